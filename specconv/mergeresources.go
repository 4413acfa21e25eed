package specconv

import (
	"cmp"
	"maps"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// merger takes over what is given of new resources, and remembers the pointers.
type merger struct{ given []string }

// mergeResources gives the resources with what is given of others. The two are
// not changed.
func mergeResources(old, r *specs.LinuxResources) (*specs.LinuxResources, []string) {
	m := &merger{}
	merged := *old
	part(m, &merged.Memory, r.Memory, m.memory)
	part(m, &merged.CPU, r.CPU, m.cpu)
	part(m, &merged.BlockIO, r.BlockIO, m.blockIO)
	part(m, &merged.Network, r.Network, m.network)
	if r.Pids != nil && r.Pids.Limit != nil {
		merged.Pids = &specs.LinuxPids{}
		take(m, "/pids/limit", &merged.Pids.Limit, r.Pids.Limit, true)
	}
	if r.Devices != nil {
		merged.Devices = r.Devices
		m.note("/devices")
	}
	takeList(m, "/hugepageLimits", &merged.HugepageLimits, r.HugepageLimits, func(a, b *specs.LinuxHugepageLimit) bool {
		return a.Pagesize == b.Pagesize
	})
	takeMap(m, "/rdma", &merged.Rdma, r.Rdma, func(had, limits specs.LinuxRdma) specs.LinuxRdma {
		return specs.LinuxRdma{HcaHandles: cmp.Or(limits.HcaHandles, had.HcaHandles), HcaObjects: cmp.Or(limits.HcaObjects, had.HcaObjects)}
	})
	takeMap(m, "/unified", &merged.Unified, r.Unified, func(_, value string) string { return value })
	return &merged, m.given
}

// part merges a part that may be absent. One of which nothing is given stays.
func part[T any](m *merger, to **T, r *T, take func(merged, r *T)) {
	if r == nil {
		return
	}
	before := len(m.given)
	var merged T
	if *to != nil {
		merged = **to
	}
	if take(&merged, r); len(m.given) > before {
		*to = &merged
	}
}

func (m *merger) note(field string) { m.given = append(m.given, resourcesPointer+field) }

// take takes a value over. Where zero is a value, it counts as given.
func take[T comparable](m *merger, field string, to **T, from *T, zeroCounts bool) {
	var zero T
	if from == nil || *from == zero && !zeroCounts {
		return
	}
	*to = from
	m.note(field)
}

// takeList takes entries over, in place of those about the same.
func takeList[T any](m *merger, field string, to *[]T, from []T, same func(a, b *T) bool) {
	if len(from) == 0 {
		return
	}
	var list []T
	for i := range *to {
		if !slices.ContainsFunc(from, func(f T) bool { return same(&(*to)[i], &f) }) {
			list = append(list, (*to)[i])
		}
	}
	*to = append(list, from...)
	m.note(field)
}

func takeMap[T any](m *merger, field string, to *map[string]T, from map[string]T, join func(had, given T) T) {
	if len(from) == 0 {
		return
	}
	merged := make(map[string]T, len(*to)+len(from))
	maps.Copy(merged, *to)
	for name, value := range from {
		merged[name] = join(merged[name], value)
	}
	*to = merged
	m.note(field)
}

func (m *merger) memory(merged, r *specs.LinuxMemory) {
	take(m, "/memory/limit", &merged.Limit, r.Limit, false)
	take(m, "/memory/swap", &merged.Swap, r.Swap, false)
	take(m, "/memory/reservation", &merged.Reservation, r.Reservation, false)
	take(m, "/memory/kernel", &merged.Kernel, r.Kernel, false)
	take(m, "/memory/kernelTCP", &merged.KernelTCP, r.KernelTCP, false)
	take(m, "/memory/swappiness", &merged.Swappiness, r.Swappiness, true)
	take(m, "/memory/disableOOMKiller", &merged.DisableOOMKiller, r.DisableOOMKiller, true)
	take(m, "/memory/useHierarchy", &merged.UseHierarchy, r.UseHierarchy, true)
	take(m, "/memory/checkBeforeUpdate", &merged.CheckBeforeUpdate, r.CheckBeforeUpdate, true)
	if r.Limit != nil && *r.Limit == -1 && (r.Swap == nil || *r.Swap == 0) {
		merged.Swap = nil // unlimited memory takes the limit of both away (Settings)
	}
}

func (m *merger) cpu(merged, r *specs.LinuxCPU) {
	take(m, "/cpu/shares", &merged.Shares, r.Shares, false)
	take(m, "/cpu/quota", &merged.Quota, r.Quota, false)
	take(m, "/cpu/burst", &merged.Burst, r.Burst, true)
	take(m, "/cpu/period", &merged.Period, r.Period, false)
	take(m, "/cpu/realtimeRuntime", &merged.RealtimeRuntime, r.RealtimeRuntime, false)
	take(m, "/cpu/realtimePeriod", &merged.RealtimePeriod, r.RealtimePeriod, false)
	take(m, "/cpu/idle", &merged.Idle, r.Idle, true)
	if r.Cpus != "" {
		merged.Cpus = r.Cpus
		m.note("/cpu/cpus")
	}
	if r.Mems != "" {
		merged.Mems = r.Mems
		m.note("/cpu/mems")
	}
}

func (m *merger) blockIO(merged, r *specs.LinuxBlockIO) {
	take(m, "/blockIO/weight", &merged.Weight, r.Weight, false)
	take(m, "/blockIO/leafWeight", &merged.LeafWeight, r.LeafWeight, false)
	takeList(m, "/blockIO/weightDevice", &merged.WeightDevice, r.WeightDevice, func(a, b *specs.LinuxWeightDevice) bool {
		return a.LinuxBlockIODevice == b.LinuxBlockIODevice
	})
	for _, t := range [...]struct {
		field string
		to    *[]specs.LinuxThrottleDevice
		from  []specs.LinuxThrottleDevice
	}{
		{"throttleReadBpsDevice", &merged.ThrottleReadBpsDevice, r.ThrottleReadBpsDevice},
		{"throttleWriteBpsDevice", &merged.ThrottleWriteBpsDevice, r.ThrottleWriteBpsDevice},
		{"throttleReadIOPSDevice", &merged.ThrottleReadIOPSDevice, r.ThrottleReadIOPSDevice},
		{"throttleWriteIOPSDevice", &merged.ThrottleWriteIOPSDevice, r.ThrottleWriteIOPSDevice},
	} {
		takeList(m, "/blockIO/"+t.field, t.to, t.from, func(a, b *specs.LinuxThrottleDevice) bool {
			return a.LinuxBlockIODevice == b.LinuxBlockIODevice
		})
	}
}

func (m *merger) network(merged, r *specs.LinuxNetwork) {
	take(m, "/network/classID", &merged.ClassID, r.ClassID, true)
	takeList(m, "/network/priorities", &merged.Priorities, r.Priorities, func(a, b *specs.LinuxInterfacePriority) bool {
		return a.Name == b.Name
	})
}
