package cgroups

import (
	"strconv"
	"strings"
)

// rowsV2 is how resources are spelt in version 2 of cgroups
// (Documentation/admin-guide/cgroup-v2.rst). The order is that of the writes.
var rowsV2 = []row{
	// Swap before memory: an update that lowers memory reclaims at once, and
	// what it may swap out is bounded by the new word on swap, not the old.
	{"/memory/swap", "memory", "memory.swap.max", (*builder).swapV2},
	{"/memory/limit", "memory", "memory.max", (*builder).memoryV2},
	{"/memory/reservation", "memory", "memory.low", func(b *builder) { b.limit(b.memory.Reservation) }},
	{"/memory/kernel", "memory", "", func(b *builder) {
		b.refuse(positive(b.memory.Kernel), "cgroup v2 has no limit for kernel memory alone; memory.max counts it, so set memory/limit")
	}},
	{"/memory/kernelTCP", "memory", "", func(b *builder) {
		b.refuse(positive(b.memory.KernelTCP), "cgroup v2 has no limit for TCP buffers alone; memory.max counts them, so set memory/limit")
	}},
	{"/memory/swappiness", "memory", "", func(b *builder) {
		b.refuse(b.memory.Swappiness != nil, "cgroup v2 has no swappiness of a cgroup; use memory/swap or the sysctl vm.swappiness")
	}},
	{"/memory/disableOOMKiller", "memory", "", func(b *builder) {
		b.refuse(b.memory.DisableOOMKiller != nil && *b.memory.DisableOOMKiller, "cgroup v2 cannot switch the OOM killer off; use process/oomScoreAdj")
	}},
	// Leaving SCHED_IDLE comes before the weight, which an idle cgroup refuses.
	{"/cpu/idle", "cpu", "cpu.idle", (*builder).idle},
	{"/cpu/shares", "cpu", "cpu.weight", func(b *builder) {
		if s, ok := b.shares(); ok {
			b.put(unsigned(Weight(s)))
		}
	}},
	{"/cpu/realtimeRuntime", "cpu", "", func(b *builder) {
		b.refuse(b.cpu.RealtimeRuntime != nil && *b.cpu.RealtimeRuntime != 0, noRealtime)
	}},
	{"/cpu/realtimePeriod", "cpu", "", func(b *builder) {
		b.refuse(b.cpu.RealtimePeriod != nil && *b.cpu.RealtimePeriod != 0, noRealtime)
	}},
	// A burst must fit the quota: quota (with its period) first.
	{"/cpu/quota", "cpu", "cpu.max", (*builder).maxV2},
	{"/cpu/period", "cpu", "cpu.max", func(b *builder) { b.periodFault() }},
	{"/cpu/burst", "cpu", "cpu.max.burst", (*builder).burst},
	{"/cpu/cpus", "cpuset", "cpuset.cpus", func(b *builder) { b.list(b.cpu.Cpus) }},
	{"/cpu/mems", "cpuset", "cpuset.mems", func(b *builder) { b.list(b.cpu.Mems) }},
	{"/pids/limit", "pids", "pids.max", (*builder).pidsV2},
	{"/blockIO/weight", "io", "io.bfq.weight", func(b *builder) {
		if w, ok := b.weight("", b.blockIO.Weight); ok {
			b.put(unsigned(w)).Fallback = &Fallback{"io.weight", unsigned(ioWeight(w))}
		}
	}},
	{"/blockIO/leafWeight", "io", "", (*builder).leafWeight},
	// Devices after the weight of all: they are exceptions to it.
	{"/blockIO/weightDevice", "io", "io.bfq.weight", (*builder).weightDevicesV2},
	{"/blockIO/throttleReadBpsDevice", "io", "io.max", func(b *builder) {
		b.throttleV2("rbps", b.blockIO.ThrottleReadBpsDevice)
	}},
	{"/blockIO/throttleWriteBpsDevice", "io", "io.max", func(b *builder) {
		b.throttleV2("wbps", b.blockIO.ThrottleWriteBpsDevice)
	}},
	{"/blockIO/throttleReadIOPSDevice", "io", "io.max", func(b *builder) {
		b.throttleV2("riops", b.blockIO.ThrottleReadIOPSDevice)
	}},
	{"/blockIO/throttleWriteIOPSDevice", "io", "io.max", func(b *builder) {
		b.throttleV2("wiops", b.blockIO.ThrottleWriteIOPSDevice)
	}},
	{"/hugepageLimits", "hugetlb", "", func(b *builder) { b.hugepages(".max", ".rsvd.max") }},
	{"/network/classID", "net_cls", "", func(b *builder) {
		b.refuse(b.network.ClassID != nil && *b.network.ClassID != 0, "cgroup v2 has no net_cls; match the cgroup itself (iptables -m cgroup --path)")
	}},
	{"/network/priorities", "net_prio", "", func(b *builder) {
		b.refuse(len(b.network.Priorities) != 0, "cgroup v2 has no net_prio; match the cgroup itself (iptables -m cgroup --path)")
	}},
	{"/rdma", "rdma", "rdma.max", (*builder).rdma},
}

const noRealtime = "cgroup v2 does not divide realtime time among cgroups; use process/scheduler"

func positive(n *int64) bool { return n != nil && *n > 0 }

func (b *builder) memoryV2() {
	n := len(b.settings)
	b.limit(b.memory.Limit)
	if check := b.memory.CheckBeforeUpdate; check != nil && *check && positive(b.memory.Limit) && len(b.settings) > n {
		b.settings[n].CheckUsage = true
	}
}

// swapV2 subtracts: version 2 limits swap alone, the config memory and swap
// together.
func (b *builder) swapV2() {
	swap, ok := b.swap()
	switch {
	case !ok:
	case swap == -1:
		b.put("max")
	case positive(b.memory.Limit):
		b.put(decimal(swap - *b.memory.Limit))
	default:
		b.put(decimal(swap))
	}
}

// pidsV2 makes a limit of zero one of one. To a process that is in the cgroup
// they are the same, it can make no other; but with zero none could be born there
// (clone3(2), CLONE_INTO_CGROUP).
func (b *builder) pidsV2() {
	if b.r.Pids != nil && b.r.Pids.Limit != nil && *b.r.Pids.Limit == 0 {
		b.put("1")
		return
	}
	b.pids()
}

// maxV2 writes quota and period, which version 2 keeps in one file.
func (b *builder) maxV2() {
	q, hasQuota := b.quota()
	p, hasPeriod := b.period()
	if (!hasQuota && !hasPeriod) || b.quotaFault() {
		return
	}
	value := "max "
	if q != -1 {
		value = decimal(q) + " "
	}
	s := b.put(value + unsigned(p))
	if !hasQuota {
		s.Pointer = "/linux/resources/cpu/period"
	}
}

// ioWeight takes a weight of 10 to 1000 to one of 1 to 10000 along a straight
// line, as runc does.
func ioWeight(w uint64) uint64 { return 1 + (w-10)*9999/990 }

func (b *builder) weightDevicesV2() {
	for i := range b.blockIO.WeightDevice {
		d := &b.blockIO.WeightDevice[i]
		part := "/" + strconv.Itoa(i)
		b.leafWeightDevice(part, d.LeafWeight)
		dev, ok := b.device(part, d.Major, d.Minor)
		if w, given := b.weight(part+"/weight", d.Weight); ok && given {
			b.write(part, b.row.file, dev+" "+unsigned(w)).Fallback = &Fallback{"io.weight", dev + " " + unsigned(ioWeight(w))}
		}
	}
}

// unified adds the files that the config names itself. They are only for
// version 2, and only plain files of the container's own cgroup.
func (b *builder) unified() {
	for _, key := range sortedKeys(b.r.Unified) {
		b.row = &row{field: "/unified/" + escape(key)}
		if fault := b.unifiedFault(key); fault != "" {
			b.fault("", "cannot write "+quote(key)+": "+fault)
			continue
		}
		controller, _, _ := strings.Cut(key, ".")
		b.settings = append(b.settings, Setting{
			Pointer: "/linux/resources" + b.row.field, Controller: controller, File: key, Value: b.r.Unified[key],
		})
	}
}

// unifiedFault says why a file is not written, or "".
func (b *builder) unifiedFault(key string) string {
	if strings.ContainsAny(key, "/\x00\n") || !strings.Contains(key, ".") || key[0] == '.' {
		return `it is not the name of a cgroup v2 file like "memory.high"`
	}
	if strings.IndexByte(b.r.Unified[key], 0) >= 0 {
		return "its value contains a NUL byte"
	}
	if b.layout.Unified == "" {
		return "it is a file of cgroup v2, and this host has cgroup v1 only; use the other fields of resources"
	}
	switch key {
	case "cgroup.procs", "cgroup.threads":
		return "it would move other processes into the container's cgroup"
	case "cgroup.kill", "cgroup.freeze":
		return "it would stop the container before it begins"
	case "cgroup.type", "cgroup.subtree_control":
		return "no process could enter the container's cgroup any more"
	}
	controller, _, _ := strings.Cut(key, ".")
	// Core files and pressure files (PSI) belong to no controller.
	if controller == "cgroup" || strings.HasSuffix(key, ".pressure") {
		return ""
	}
	if version, present := b.layout.version(controller); !present {
		return missing(controller, b.layout)
	} else if version == 1 {
		return "the " + controller + " controller is on a cgroup v1 hierarchy here; use the other fields of resources"
	}
	return ""
}
