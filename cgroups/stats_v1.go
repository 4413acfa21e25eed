package cgroups

import (
	"bytes"
	"strconv"
)

// measuresV1 is where version 1 keeps its figures
// (Documentation/admin-guide/cgroup-v1).
var measuresV1 = []measure{
	{"cpuacct", cpuUsageV1},
	{"cpu", throttlingV1},
	{"cpuset", cpusetV1},
	{"memory", memoryV1},
	{"pids", pids},
	{"blkio", blockIOV1},
	{"hugetlb", hugePagesV1},
	{"rdma", rdma},
}

// tick is the unit of cpuacct.stat, USER_HZ, in nanoseconds: 100 a second on
// every architecture that Go runs on.
const tick = 1e9 / 100

func cpuUsageV1(r *gauge, s *Stats) {
	c := &s.CPU
	c.Total = r.number("cpuacct.usage")
	for _, n := range bytes.Fields(r.text("cpuacct.usage_percpu")) {
		c.PerCPU = append(c.PerCPU, parseNumber(n))
	}
	c.PerCPUUser, c.PerCPUKernel = parseUsageAll(r.text("cpuacct.usage_all"))
	// Not cpuacct.usage_user and _sys: those are samples, whereas these two are
	// scaled to add up to the total.
	stat := r.keyed("cpuacct.stat")
	c.User, c.Kernel = stat["user"]*tick, stat["system"]*tick
}

// parseUsageAll reads a header and lines "CPU USER SYSTEM".
func parseUsageAll(text []byte) (user, system []uint64) {
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) != 3 {
			continue
		}
		if _, err := strconv.Atoi(string(f[0])); err == nil {
			user, system = append(user, parseNumber(f[1])), append(system, parseNumber(f[2]))
		}
	}
	return user, system
}

func throttlingV1(r *gauge, s *Stats) {
	stat := r.keyed("cpu.stat")
	s.CPU.Periods, s.CPU.ThrottledPeriods, s.CPU.ThrottledTime = stat["nr_periods"], stat["nr_throttled"], stat["throttled_time"]
}

func cpusetV1(r *gauge, s *Stats) {
	c := &s.CPUSet
	c.CPUs, c.Mems = parseNumbers(r.text("cpuset.cpus")), parseNumbers(r.text("cpuset.mems"))
	for _, f := range [...]struct {
		file string
		to   *uint64
	}{
		{"cpu_exclusive", &c.CPUExclusive},
		{"mem_exclusive", &c.MemExclusive},
		{"mem_hardwall", &c.MemHardwall},
		{"memory_migrate", &c.MemoryMigrate},
		{"memory_spread_page", &c.MemorySpreadPage},
		{"memory_spread_slab", &c.MemorySpreadSlab},
		{"memory_pressure", &c.MemoryPressure},
		{"sched_load_balance", &c.SchedLoadBalance},
	} {
		*f.to = r.number("cpuset." + f.file)
	}
	// It may be -1.
	level := string(bytes.TrimSpace(r.text("cpuset.sched_relax_domain_level")))
	c.SchedRelaxDomainLevel, _ = strconv.ParseInt(level, 10, 64)
}

func memoryV1(r *gauge, s *Stats) {
	m := &s.Memory
	m.Raw = r.keyed("memory.stat")
	m.Cache = m.Raw["cache"]
	m.Usage = counterV1(r, "memory")
	m.Swap = counterV1(r, "memory.memsw")
	m.Kernel = counterV1(r, "memory.kmem")
	m.KernelTCP = counterV1(r, "memory.kmem.tcp")
}

func counterV1(r *gauge, prefix string) Counter {
	return Counter{
		Usage: r.number(prefix + ".usage_in_bytes"), Max: r.number(prefix + ".max_usage_in_bytes"),
		Limit: r.number(prefix + ".limit_in_bytes"), Failures: r.number(prefix + ".failcnt"),
	}
}

// pids is the same in both versions.
func pids(r *gauge, s *Stats) {
	current := r.text("pids.current")
	if current == nil && r.err == nil {
		r.countThreads(s)
		return
	}
	s.Pids.Current = parseNumber(current)
	if limit := r.number("pids.max"); limit != Unlimited {
		s.Pids.Limit = limit
	}
}

// blockIOV1 asks the BFQ scheduler, which counts in more detail and knows nothing
// of devices with another one, or else the throttling layer, which sees them all.
func blockIOV1(r *gauge, s *Stats) {
	b := &s.BlockIO
	if b.Serviced = r.devices("blkio.bfq.io_serviced_recursive"); b.Serviced == nil {
		b.Serviced = r.devices("blkio.throttle.io_serviced_recursive")
		b.ServiceBytes = r.devices("blkio.throttle.io_service_bytes_recursive")
		return
	}
	b.ServiceBytes = r.devices("blkio.bfq.io_service_bytes_recursive")
	// These are compiled in with CONFIG_BFQ_CGROUP_DEBUG.
	b.Queued = r.devices("blkio.bfq.io_queued_recursive")
	b.ServiceTime = r.devices("blkio.bfq.io_service_time_recursive")
	b.WaitTime = r.devices("blkio.bfq.io_wait_time_recursive")
	b.Merged = r.devices("blkio.bfq.io_merged_recursive")
	b.Time = r.devices("blkio.bfq.time_recursive")
	b.Sectors = r.devices("blkio.bfq.sectors_recursive")
}

func (r *gauge) devices(file string) []DeviceCount { return parseDevicesV1(r.text(file)) }

// parseDevicesV1 reads lines "MAJOR:MINOR OP NUMBER" or "MAJOR:MINOR NUMBER". The
// sums, "MAJOR:MINOR Total NUMBER", are counts as well; that of all devices is not.
func parseDevicesV1(text []byte) (list []DeviceCount) {
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) != 2 && len(f) != 3 {
			continue
		}
		major, minor, ok := parseDevice(f[0])
		if !ok {
			continue
		}
		c := DeviceCount{Major: major, Minor: minor, Value: parseNumber(f[len(f)-1])}
		if len(f) == 3 {
			c.Op = string(f[1])
		}
		list = append(list, c)
	}
	return list
}

func hugePagesV1(r *gauge, s *Stats) {
	for _, size := range pageSizes() {
		prefix := "hugetlb." + size + ".rsvd"
		usage := r.text(prefix + ".usage_in_bytes")
		if usage == nil {
			prefix = "hugetlb." + size
			if usage = r.text(prefix + ".usage_in_bytes"); usage == nil {
				continue
			}
		}
		s.HugePages = append(s.HugePages, HugePageStats{
			Size: size, Usage: parseNumber(usage), Max: r.number(prefix + ".max_usage_in_bytes"), Failures: r.number(prefix + ".failcnt"),
		})
	}
}
