package cli

import "github.com/tare-oci/tare/internal/resctrl"

// resctrl leaves out what the host does not have, as runc does.
func (w eventWriter) resctrl(s *resctrl.Stats) {
	if c := s.Cache; c != nil {
		w.object("l3_cache_info", func() {
			w.word("cbm_mask", c.Mask)
			w.number("min_cbm_bits", c.MinBits)
			w.number("num_closids", c.Closids)
		})
	}
	w.word("l3_cache_schema_root", s.RootCache)
	w.word("l3_cache_schema", s.GroupCache)
	if b := s.Bandwidth; b != nil {
		w.object("mem_bw_info", func() {
			w.number("bandwidth_gran", b.Granularity)
			w.number("delay_linear", b.Linear)
			w.number("min_bandwidth", b.Min)
			w.number("num_closids", b.Closids)
		})
	}
	w.word("mem_bw_schema_root", s.RootBandwidth)
	w.word("mem_bw_schema", s.GroupBandwidth)
	if len(s.Domains) == 0 {
		return
	}
	w.domains("mbm_stats", s.Domains, func(c *resctrl.Counts) {
		w.counted("mbm_total_bytes", c.TotalBytes)
		w.counted("mbm_local_bytes", c.LocalBytes)
	})
	w.domains("cmt_stats", s.Domains, func(c *resctrl.Counts) { w.counted("llc_occupancy", c.Occupancy) })
}

func (w eventWriter) domains(name string, list []resctrl.Counts, fill func(c *resctrl.Counts)) {
	w.Name(name)
	w.Array(func() {
		for i := range list {
			w.Object(func() { fill(&list[i]) })
		}
	})
}

func (w eventWriter) word(name, text string) {
	if text != "" {
		w.Name(name)
		w.String(text)
	}
}

func (w eventWriter) counted(name string, n *uint64) {
	if n != nil {
		w.number(name, *n)
	}
}
