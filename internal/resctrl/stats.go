package resctrl

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tare-oci/tare/internal/wholefile"
)

// Stats is what the files of a group, and of the whole, say.
type Stats struct {
	Cache     *CacheInfo
	Bandwidth *BandwidthInfo
	// The lines of L3 and MB in the root's schemata and in the group's.
	RootCache, RootBandwidth   string
	GroupCache, GroupBandwidth string
	// Domains is what has been counted in each of them, in their order.
	Domains []Counts
}

// CacheInfo is info/L3.
type CacheInfo struct {
	Mask             string
	MinBits, Closids uint64
}

// BandwidthInfo is info/MB.
type BandwidthInfo struct{ Granularity, Linear, Min, Closids uint64 }

// Counts are those of one L3 cache; a member is nil where the kernel does not count it.
type Counts struct{ Occupancy, TotalBytes, LocalBytes *uint64 }

// Stats reads what is told of a group, and from the files of counted, if it is not
// "", what has been counted.
func (t Tree) Stats(group, counted string) (*Stats, error) {
	s := &Stats{}
	var err error
	if s.RootCache, s.RootBandwidth, err = lines(t.Mountpoint); err != nil {
		return nil, err
	}
	if s.GroupCache, s.GroupBandwidth, err = lines(group); err != nil {
		return nil, err
	}
	if mask, err := wholefile.Read(t.Mountpoint + "/info/L3/cbm_mask"); err == nil {
		s.Cache = &CacheInfo{strings.TrimSpace(string(mask)), t.number("L3/min_cbm_bits"), t.number("L3/num_closids")}
	}
	if _, err := os.Lstat(t.Mountpoint + "/info/MB"); err == nil {
		s.Bandwidth = &BandwidthInfo{t.number("MB/bandwidth_gran"), t.number("MB/delay_linear"), t.number("MB/min_bandwidth"), t.number("MB/num_closids")}
	}
	if counted != "" {
		s.Domains, err = domains(counted + "/mon_data")
	}
	return s, err
}

// lines are those of L3 and MB in a group's schemata.
func lines(group string) (cache, bandwidth string, err error) {
	text, err := wholefile.Read(group + "/schemata")
	for line := range strings.Lines(string(text)) {
		switch line = strings.TrimSpace(line); Resource(line) {
		case "L3":
			cache = line
		case "MB":
			bandwidth = line
		}
	}
	return cache, bandwidth, err
}

// domains reads the directories mon_L3_00 and so on.
func domains(dir string) (list []Counts, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "mon_L3_") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for _, name := range names {
		at := dir + "/" + name + "/"
		list = append(list, Counts{counter(at + "llc_occupancy"), counter(at + "mbm_total_bytes"), counter(at + "mbm_local_bytes")})
	}
	return list, nil
}

// counter reads a number; the kernel may say "Unavailable" instead.
func counter(file string) *uint64 {
	text, err := wholefile.Read(file)
	if err != nil {
		return nil
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}
