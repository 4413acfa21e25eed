package cgroups

import (
	"strconv"
	"strings"
)

// rowsV1 is how resources are spelt in version 1 of cgroups
// (Documentation/admin-guide/cgroup-v1). The order is that of the writes.
var rowsV1 = []row{
	// First of all: whatever fails later, no device has been open meanwhile.
	{"/devices", "devices", "devices.allow", (*builder).devicesV1},
	// A limit must never exceed the limit of memory and swap together, which
	// is unlimited in a new cgroup: so memory first.
	{"/memory/limit", "memory", "memory.limit_in_bytes", func(b *builder) { b.limit(b.memory.Limit) }},
	{"/memory/swap", "memory", "memory.memsw.limit_in_bytes", (*builder).swapV1},
	{"/memory/reservation", "memory", "memory.soft_limit_in_bytes", func(b *builder) { b.limit(b.memory.Reservation) }},
	// Without effect since Linux 5.16, which refuses it, and Write says why;
	// later kernels (6.18 for one) take it again and ignore it.
	{"/memory/kernel", "memory", "memory.kmem.limit_in_bytes", func(b *builder) { b.limit(b.memory.Kernel) }},
	{"/memory/kernelTCP", "memory", "memory.kmem.tcp.limit_in_bytes", func(b *builder) { b.limit(b.memory.KernelTCP) }},
	{"/memory/swappiness", "memory", "memory.swappiness", (*builder).swappinessV1},
	{"/memory/disableOOMKiller", "memory", "memory.oom_control", (*builder).oomV1},
	// /memory/useHierarchy needs no row: since Linux 5.11 accounting is always
	// hierarchical. Neither does /memory/checkBeforeUpdate: version 1 refuses a
	// limit below the usage with EBUSY of itself.

	// Leaving SCHED_IDLE comes before the weight, which an idle cgroup refuses.
	{"/cpu/idle", "cpu", "cpu.idle", (*builder).idle},
	{"/cpu/shares", "cpu", "cpu.shares", (*builder).sharesV1},
	// A runtime must fit its period, and is 0 in a new cgroup: period first.
	{"/cpu/realtimePeriod", "cpu", "cpu.rt_period_us", (*builder).rtPeriodV1},
	{"/cpu/realtimeRuntime", "cpu", "cpu.rt_runtime_us", (*builder).rtRuntimeV1},
	// A burst must fit the quota, and the quota's share of its period that of
	// the parent: period, quota, burst.
	{"/cpu/period", "cpu", "cpu.cfs_period_us", (*builder).periodV1},
	{"/cpu/quota", "cpu", "cpu.cfs_quota_us", (*builder).quotaV1},
	{"/cpu/burst", "cpu", "cpu.cfs_burst_us", (*builder).burst},
	{"/cpu/cpus", "cpuset", "cpuset.cpus", func(b *builder) { b.list(b.cpu.Cpus) }},
	{"/cpu/mems", "cpuset", "cpuset.mems", func(b *builder) { b.list(b.cpu.Mems) }},
	{"/pids/limit", "pids", "pids.max", (*builder).pids},
	{"/blockIO/weight", "blkio", "blkio.bfq.weight", func(b *builder) {
		if w, ok := b.weight("", b.blockIO.Weight); ok {
			b.put(unsigned(w))
		}
	}},
	{"/blockIO/leafWeight", "blkio", "", (*builder).leafWeight},
	// Devices after the weight of all: they are exceptions to it.
	{"/blockIO/weightDevice", "blkio", "blkio.bfq.weight_device", (*builder).weightDevicesV1},
	{"/blockIO/throttleReadBpsDevice", "blkio", "blkio.throttle.read_bps_device", func(b *builder) {
		b.throttleV1(b.blockIO.ThrottleReadBpsDevice)
	}},
	{"/blockIO/throttleWriteBpsDevice", "blkio", "blkio.throttle.write_bps_device", func(b *builder) {
		b.throttleV1(b.blockIO.ThrottleWriteBpsDevice)
	}},
	{"/blockIO/throttleReadIOPSDevice", "blkio", "blkio.throttle.read_iops_device", func(b *builder) {
		b.throttleV1(b.blockIO.ThrottleReadIOPSDevice)
	}},
	{"/blockIO/throttleWriteIOPSDevice", "blkio", "blkio.throttle.write_iops_device", func(b *builder) {
		b.throttleV1(b.blockIO.ThrottleWriteIOPSDevice)
	}},
	{"/hugepageLimits", "hugetlb", "", func(b *builder) { b.hugepages(".limit_in_bytes", ".rsvd.limit_in_bytes") }},
	{"/network/classID", "net_cls", "net_cls.classid", (*builder).classV1},
	{"/network/priorities", "net_prio", "net_prio.ifpriomap", (*builder).prioritiesV1},
	{"/rdma", "rdma", "rdma.max", (*builder).rdma},
}

func (b *builder) swapV1() {
	if swap, ok := b.swap(); ok {
		b.put(decimal(swap))
	}
}

func (b *builder) swappinessV1() {
	if s := b.memory.Swappiness; s != nil {
		if *s > 100 {
			b.fault("", "cannot set swappiness to "+unsigned(*s)+": it must lie between 0 and 100")
			return
		}
		b.put(unsigned(*s))
	}
}

// oomV1 writes a false as well, because a new cgroup inherits its parent's
// choice; but false is what engines send by habit, so it does not insist on the
// memory controller.
func (b *builder) oomV1() {
	switch d := b.memory.DisableOOMKiller; {
	case d == nil:
	case *d:
		b.put("1")
	default:
		if _, present := b.layout.version("memory"); present {
			b.put("0")
		}
	}
}

func (b *builder) sharesV1() {
	if s, ok := b.shares(); ok {
		b.put(unsigned(s))
	}
}

func (b *builder) rtPeriodV1() {
	if p := b.cpu.RealtimePeriod; p != nil && *p != 0 {
		b.put(unsigned(*p))
	}
}

func (b *builder) rtRuntimeV1() {
	t := b.cpu.RealtimeRuntime
	if t == nil || *t == 0 {
		return
	}
	if p := b.cpu.RealtimePeriod; p != nil && *p != 0 && *t > 0 && uint64(*t) > *p {
		b.fault("", "cannot set a realtime runtime of "+decimal(*t)+" µs: it must not exceed the realtime period, "+unsigned(*p)+" µs")
		return
	}
	b.limit(t)
}

func (b *builder) periodV1() {
	if p, ok := b.period(); ok && !b.periodFault() {
		b.put(unsigned(p))
	}
}

func (b *builder) quotaV1() {
	if q, ok := b.quota(); ok && !b.quotaFault() {
		b.put(decimal(q))
	}
}

func (b *builder) weightDevicesV1() {
	for i := range b.blockIO.WeightDevice {
		d := &b.blockIO.WeightDevice[i]
		part := "/" + strconv.Itoa(i)
		b.leafWeightDevice(part, d.LeafWeight)
		dev, ok := b.device(part, d.Major, d.Minor)
		if w, given := b.weight(part+"/weight", d.Weight); ok && given {
			b.write(part, b.row.file, dev+" "+unsigned(w))
		}
	}
}

func (b *builder) classV1() {
	if c := b.network.ClassID; c != nil {
		b.put(unsigned(uint64(*c)))
	}
}

func (b *builder) prioritiesV1() {
	for i, p := range b.network.Priorities {
		part := "/" + strconv.Itoa(i)
		// IFNAMSIZ is 16 with its NUL (netdevice(7)).
		if p.Name == "" || len(p.Name) > 15 || strings.ContainsAny(p.Name, " \t\n\x00/") {
			b.fault(part+"/name", "cannot set a priority for interface "+quote(p.Name)+": it is not an interface name")
			continue
		}
		b.write(part, b.row.file, p.Name+" "+unsigned(uint64(p.Priority)))
	}
}
