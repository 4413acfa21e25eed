package cgroups

import "bytes"

// measuresV2 is where version 2 keeps its figures
// (Documentation/admin-guide/cgroup-v2.rst).
var measuresV2 = []measure{
	{"cpuacct", cpuUsageV2},
	{"cpu", throttlingV2},
	{"cpuset", cpusetV2},
	{"memory", memoryV2},
	{"pids", pids},
	{"blkio", blockIOV2},
	{"hugetlb", hugePagesV2},
	{"rdma", rdma},
	// Pressure needs no controller, and hybrid hosts have it, too.
	{"", pressureV2},
}

const microsecond = 1000 // in nanoseconds

// cpuUsageV2 works without the cpu controller.
func cpuUsageV2(r *gauge, s *Stats) {
	stat := r.keyed("cpu.stat")
	s.CPU.Total, s.CPU.User, s.CPU.Kernel = stat["usage_usec"]*microsecond, stat["user_usec"]*microsecond, stat["system_usec"]*microsecond
}

func throttlingV2(r *gauge, s *Stats) {
	stat := r.keyed("cpu.stat")
	s.CPU.Periods, s.CPU.ThrottledPeriods, s.CPU.ThrottledTime = stat["nr_periods"], stat["nr_throttled"], stat["throttled_usec"]*microsecond
}

func cpusetV2(r *gauge, s *Stats) {
	s.CPUSet.CPUs, s.CPUSet.Mems = parseNumbers(r.text("cpuset.cpus.effective")), parseNumbers(r.text("cpuset.mems.effective"))
}

// memoryV2 translates into the terms of version 1, where swap is the sum of both.
func memoryV2(r *gauge, s *Stats) {
	m := &s.Memory
	if m.Raw = r.keyed("memory.stat"); m.Raw == nil {
		return
	}
	m.Cache = m.Raw["file"]
	m.Usage = Counter{
		Usage: r.number("memory.current"), Max: r.number("memory.peak"),
		Limit: r.number("memory.max"), Failures: r.keyed("memory.events")["max"],
	}
	// There are no limits of these alone. kernel is in memory.stat since Linux 5.18.
	m.Kernel = Counter{Usage: m.Raw["kernel"], Limit: Unlimited}
	m.KernelTCP = Counter{Usage: m.Raw["sock"], Limit: Unlimited}
	current := r.text("memory.swap.current")
	if current == nil {
		return // no swap accounting
	}
	// Both peaks need not have been at the same time: there is none of the sum.
	m.Swap = Counter{
		Usage: m.Usage.Usage + parseNumber(current), Limit: r.number("memory.swap.max"),
		Failures: r.keyed("memory.swap.events")["max"],
	}
	switch {
	case m.Usage.Limit == Unlimited:
		m.Swap.Limit = Unlimited
	case m.Swap.Limit != Unlimited:
		m.Swap.Limit += m.Usage.Limit
	}
}

func blockIOV2(r *gauge, s *Stats) {
	s.BlockIO.ServiceBytes, s.BlockIO.Serviced = parseDevicesV2(r.text("io.stat"))
}

// parseDevicesV2 reads lines like "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5
// dios=6" into the terms of version 1.
func parseDevicesV2(text []byte) (bytesOf, counts []DeviceCount) {
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) == 0 {
			continue
		}
		major, minor, ok := parseDevice(f[0])
		if !ok {
			continue
		}
		for _, pair := range f[1:] {
			key, value, _ := bytes.Cut(pair, []byte{'='})
			c := DeviceCount{Major: major, Minor: minor, Value: parseNumber(value)}
			list := &bytesOf
			switch string(key) {
			case "rbytes":
				c.Op = "Read"
			case "wbytes":
				c.Op = "Write"
			case "dbytes":
				c.Op = "Discard"
			case "rios":
				c.Op, list = "Read", &counts
			case "wios":
				c.Op, list = "Write", &counts
			case "dios":
				c.Op, list = "Discard", &counts
			default:
				continue // of the controllers of cost and latency
			}
			*list = append(*list, c)
		}
	}
	return bytesOf, counts
}

func hugePagesV2(r *gauge, s *Stats) {
	for _, size := range pageSizes() {
		prefix := "hugetlb." + size
		usage := r.text(prefix + ".rsvd.current")
		if usage == nil {
			usage = r.text(prefix + ".current")
		}
		if usage == nil {
			continue
		}
		s.HugePages = append(s.HugePages, HugePageStats{Size: size, Usage: parseNumber(usage), Failures: r.keyed(prefix + ".events")["max"]})
	}
}

func pressureV2(r *gauge, s *Stats) {
	s.CPU.Pressure, s.Memory.Pressure, s.BlockIO.Pressure = r.pressure("cpu.pressure"), r.pressure("memory.pressure"), r.pressure("io.pressure")
}
