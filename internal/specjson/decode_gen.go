// Code generated from the runtime-spec's types by go generate ./internal/specjson. DO NOT EDIT.

package specjson

import (
	"io/fs"

	"github.com/opencontainers/runtime-spec/specs-go"
)

var namesBox = [...]string{"height", "width"}

func decodeBox(d *decoder, v *specs.Box) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesBox[:], d.member()) {
		case 0:
			decodeUint(d, &v.Height, 64)
		case 1:
			decodeUint(d, &v.Width, 64)
		default:
			d.skip()
		}
	}
}

var namesCPUAffinity = [...]string{"initial", "final"}

func decodeCPUAffinity(d *decoder, v *specs.CPUAffinity) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesCPUAffinity[:], d.member()) {
		case 0:
			decodeString(d, &v.Initial)
		case 1:
			decodeString(d, &v.Final)
		default:
			d.skip()
		}
	}
}

var namesFreeBSD = [...]string{"devices", "jail"}

func decodeFreeBSD(d *decoder, v *specs.FreeBSD) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesFreeBSD[:], d.member()) {
		case 0:
			decodeSlice(d, &v.Devices, decodeFreeBSDDevice)
		case 1:
			decodePointer(d, &v.Jail, decodeFreeBSDJail)
		default:
			d.skip()
		}
	}
}

var namesFreeBSDDevice = [...]string{"path", "mode"}

func decodeFreeBSDDevice(d *decoder, v *specs.FreeBSDDevice) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesFreeBSDDevice[:], d.member()) {
		case 0:
			decodeString(d, &v.Path)
		case 1:
			decodePointer(d, &v.Mode, func(d *decoder, v *fs.FileMode) { decodeUint(d, v, 32) })
		default:
			d.skip()
		}
	}
}

var namesFreeBSDJail = [...]string{"parent", "host", "ip4", "ip4Addr", "ip6", "ip6Addr", "vnet", "interface", "vnetInterfaces", "sysvmsg", "sysvsem", "sysvshm", "enforceStatfs", "allow"}

func decodeFreeBSDJail(d *decoder, v *specs.FreeBSDJail) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesFreeBSDJail[:], d.member()) {
		case 0:
			decodeString(d, &v.Parent)
		case 1:
			decodeString(d, &v.Host)
		case 2:
			decodeString(d, &v.Ip4)
		case 3:
			decodeSlice(d, &v.Ip4Addr, decodeString[string])
		case 4:
			decodeString(d, &v.Ip6)
		case 5:
			decodeSlice(d, &v.Ip6Addr, decodeString[string])
		case 6:
			decodeString(d, &v.Vnet)
		case 7:
			decodeString(d, &v.Interface)
		case 8:
			decodeSlice(d, &v.VnetInterfaces, decodeString[string])
		case 9:
			decodeString(d, &v.SysVMsg)
		case 10:
			decodeString(d, &v.SysVSem)
		case 11:
			decodeString(d, &v.SysVShm)
		case 12:
			decodePointer(d, &v.EnforceStatfs, func(d *decoder, v *int) { decodeInt(d, v, 64) })
		case 13:
			decodePointer(d, &v.Allow, decodeFreeBSDJailAllow)
		default:
			d.skip()
		}
	}
}

var namesFreeBSDJailAllow = [...]string{"setHostname", "rawSockets", "chflags", "mount", "quotas", "socketAf", "mlock", "reservedPorts", "suser"}

func decodeFreeBSDJailAllow(d *decoder, v *specs.FreeBSDJailAllow) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesFreeBSDJailAllow[:], d.member()) {
		case 0:
			decodeBool(d, &v.SetHostname)
		case 1:
			decodeBool(d, &v.RawSockets)
		case 2:
			decodeBool(d, &v.Chflags)
		case 3:
			decodeSlice(d, &v.Mount, decodeString[string])
		case 4:
			decodeBool(d, &v.Quotas)
		case 5:
			decodeBool(d, &v.SocketAf)
		case 6:
			decodeBool(d, &v.Mlock)
		case 7:
			decodeBool(d, &v.ReservedPorts)
		case 8:
			decodeBool(d, &v.Suser)
		default:
			d.skip()
		}
	}
}

var namesHWConfig = [...]string{"deviceTree", "vcpus", "memory", "dtdevs", "iomems", "irqs"}

func decodeHWConfig(d *decoder, v *specs.HWConfig) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesHWConfig[:], d.member()) {
		case 0:
			decodeString(d, &v.DeviceTree)
		case 1:
			decodePointer(d, &v.VCPUs, func(d *decoder, v *uint32) { decodeUint(d, v, 32) })
		case 2:
			decodePointer(d, &v.Memory, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 3:
			decodeSlice(d, &v.DtDevs, decodeString[string])
		case 4:
			decodeSlice(d, &v.IOMems, decodeIOMems)
		case 5:
			decodeSlice(d, &v.Irqs, func(d *decoder, v *uint32) { decodeUint(d, v, 32) })
		default:
			d.skip()
		}
	}
}

var namesHook = [...]string{"path", "args", "env", "timeout"}

func decodeHook(d *decoder, v *specs.Hook) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesHook[:], d.member()) {
		case 0:
			decodeString(d, &v.Path)
		case 1:
			decodeSlice(d, &v.Args, decodeString[string])
		case 2:
			decodeSlice(d, &v.Env, decodeString[string])
		case 3:
			decodePointer(d, &v.Timeout, func(d *decoder, v *int) { decodeInt(d, v, 64) })
		default:
			d.skip()
		}
	}
}

var namesHooks = [...]string{"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"}

func decodeHooks(d *decoder, v *specs.Hooks) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesHooks[:], d.member()) {
		case 0:
			decodeSlice(d, &v.Prestart, decodeHook)
		case 1:
			decodeSlice(d, &v.CreateRuntime, decodeHook)
		case 2:
			decodeSlice(d, &v.CreateContainer, decodeHook)
		case 3:
			decodeSlice(d, &v.StartContainer, decodeHook)
		case 4:
			decodeSlice(d, &v.Poststart, decodeHook)
		case 5:
			decodeSlice(d, &v.Poststop, decodeHook)
		default:
			d.skip()
		}
	}
}

var namesIOMems = [...]string{"firstGFN", "firstMFN", "nrMFNs"}

func decodeIOMems(d *decoder, v *specs.IOMems) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesIOMems[:], d.member()) {
		case 0:
			decodePointer(d, &v.FirstGFN, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 1:
			decodePointer(d, &v.FirstMFN, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 2:
			decodePointer(d, &v.NrMFNs, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		default:
			d.skip()
		}
	}
}

var namesLinux = [...]string{"uidMappings", "gidMappings", "sysctl", "resources", "cgroupsPath", "namespaces", "devices", "netDevices", "seccomp", "rootfsPropagation", "maskedPaths", "readonlyPaths", "mountLabel", "intelRdt", "memoryPolicy", "personality", "timeOffsets"}

func decodeLinux(d *decoder, v *specs.Linux) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinux[:], d.member()) {
		case 0:
			decodeSlice(d, &v.UIDMappings, decodeLinuxIDMapping)
		case 1:
			decodeSlice(d, &v.GIDMappings, decodeLinuxIDMapping)
		case 2:
			decodeMap(d, &v.Sysctl, decodeString[string])
		case 3:
			decodePointer(d, &v.Resources, decodeLinuxResources)
		case 4:
			decodeString(d, &v.CgroupsPath)
		case 5:
			decodeSlice(d, &v.Namespaces, decodeLinuxNamespace)
		case 6:
			decodeSlice(d, &v.Devices, decodeLinuxDevice)
		case 7:
			decodeMap(d, &v.NetDevices, decodeLinuxNetDevice)
		case 8:
			decodePointer(d, &v.Seccomp, decodeLinuxSeccomp)
		case 9:
			decodeString(d, &v.RootfsPropagation)
		case 10:
			decodeSlice(d, &v.MaskedPaths, decodeString[string])
		case 11:
			decodeSlice(d, &v.ReadonlyPaths, decodeString[string])
		case 12:
			decodeString(d, &v.MountLabel)
		case 13:
			decodePointer(d, &v.IntelRdt, decodeLinuxIntelRdt)
		case 14:
			decodePointer(d, &v.MemoryPolicy, decodeLinuxMemoryPolicy)
		case 15:
			decodePointer(d, &v.Personality, decodeLinuxPersonality)
		case 16:
			decodeMap(d, &v.TimeOffsets, decodeLinuxTimeOffset)
		default:
			d.skip()
		}
	}
}

var namesLinuxBlockIO = [...]string{"weight", "leafWeight", "weightDevice", "throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice"}

func decodeLinuxBlockIO(d *decoder, v *specs.LinuxBlockIO) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxBlockIO[:], d.member()) {
		case 0:
			decodePointer(d, &v.Weight, func(d *decoder, v *uint16) { decodeUint(d, v, 16) })
		case 1:
			decodePointer(d, &v.LeafWeight, func(d *decoder, v *uint16) { decodeUint(d, v, 16) })
		case 2:
			decodeSlice(d, &v.WeightDevice, decodeLinuxWeightDevice)
		case 3:
			decodeSlice(d, &v.ThrottleReadBpsDevice, decodeLinuxThrottleDevice)
		case 4:
			decodeSlice(d, &v.ThrottleWriteBpsDevice, decodeLinuxThrottleDevice)
		case 5:
			decodeSlice(d, &v.ThrottleReadIOPSDevice, decodeLinuxThrottleDevice)
		case 6:
			decodeSlice(d, &v.ThrottleWriteIOPSDevice, decodeLinuxThrottleDevice)
		default:
			d.skip()
		}
	}
}

var namesLinuxCPU = [...]string{"shares", "quota", "burst", "period", "realtimeRuntime", "realtimePeriod", "cpus", "mems", "idle"}

func decodeLinuxCPU(d *decoder, v *specs.LinuxCPU) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxCPU[:], d.member()) {
		case 0:
			decodePointer(d, &v.Shares, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 1:
			decodePointer(d, &v.Quota, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		case 2:
			decodePointer(d, &v.Burst, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 3:
			decodePointer(d, &v.Period, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 4:
			decodePointer(d, &v.RealtimeRuntime, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		case 5:
			decodePointer(d, &v.RealtimePeriod, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 6:
			decodeString(d, &v.Cpus)
		case 7:
			decodeString(d, &v.Mems)
		case 8:
			decodePointer(d, &v.Idle, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		default:
			d.skip()
		}
	}
}

var namesLinuxCapabilities = [...]string{"bounding", "effective", "inheritable", "permitted", "ambient"}

func decodeLinuxCapabilities(d *decoder, v *specs.LinuxCapabilities) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxCapabilities[:], d.member()) {
		case 0:
			decodeSlice(d, &v.Bounding, decodeString[string])
		case 1:
			decodeSlice(d, &v.Effective, decodeString[string])
		case 2:
			decodeSlice(d, &v.Inheritable, decodeString[string])
		case 3:
			decodeSlice(d, &v.Permitted, decodeString[string])
		case 4:
			decodeSlice(d, &v.Ambient, decodeString[string])
		default:
			d.skip()
		}
	}
}

var namesLinuxDevice = [...]string{"path", "type", "major", "minor", "fileMode", "uid", "gid"}

func decodeLinuxDevice(d *decoder, v *specs.LinuxDevice) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxDevice[:], d.member()) {
		case 0:
			decodeString(d, &v.Path)
		case 1:
			decodeString(d, &v.Type)
		case 2:
			decodeInt(d, &v.Major, 64)
		case 3:
			decodeInt(d, &v.Minor, 64)
		case 4:
			decodePointer(d, &v.FileMode, func(d *decoder, v *fs.FileMode) { decodeUint(d, v, 32) })
		case 5:
			decodePointer(d, &v.UID, func(d *decoder, v *uint32) { decodeUint(d, v, 32) })
		case 6:
			decodePointer(d, &v.GID, func(d *decoder, v *uint32) { decodeUint(d, v, 32) })
		default:
			d.skip()
		}
	}
}

var namesLinuxDeviceCgroup = [...]string{"allow", "type", "major", "minor", "access"}

func decodeLinuxDeviceCgroup(d *decoder, v *specs.LinuxDeviceCgroup) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxDeviceCgroup[:], d.member()) {
		case 0:
			decodeBool(d, &v.Allow)
		case 1:
			decodeString(d, &v.Type)
		case 2:
			decodePointer(d, &v.Major, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		case 3:
			decodePointer(d, &v.Minor, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		case 4:
			decodeString(d, &v.Access)
		default:
			d.skip()
		}
	}
}

var namesLinuxHugepageLimit = [...]string{"pageSize", "limit"}

func decodeLinuxHugepageLimit(d *decoder, v *specs.LinuxHugepageLimit) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxHugepageLimit[:], d.member()) {
		case 0:
			decodeString(d, &v.Pagesize)
		case 1:
			decodeUint(d, &v.Limit, 64)
		default:
			d.skip()
		}
	}
}

var namesLinuxIDMapping = [...]string{"containerID", "hostID", "size"}

func decodeLinuxIDMapping(d *decoder, v *specs.LinuxIDMapping) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxIDMapping[:], d.member()) {
		case 0:
			decodeUint(d, &v.ContainerID, 32)
		case 1:
			decodeUint(d, &v.HostID, 32)
		case 2:
			decodeUint(d, &v.Size, 32)
		default:
			d.skip()
		}
	}
}

var namesLinuxIOPriority = [...]string{"class", "priority"}

func decodeLinuxIOPriority(d *decoder, v *specs.LinuxIOPriority) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxIOPriority[:], d.member()) {
		case 0:
			decodeString(d, &v.Class)
		case 1:
			decodeInt(d, &v.Priority, 64)
		default:
			d.skip()
		}
	}
}

var namesLinuxIntelRdt = [...]string{"closID", "schemata", "l3CacheSchema", "memBwSchema", "enableMonitoring"}

func decodeLinuxIntelRdt(d *decoder, v *specs.LinuxIntelRdt) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxIntelRdt[:], d.member()) {
		case 0:
			decodeString(d, &v.ClosID)
		case 1:
			decodeSlice(d, &v.Schemata, decodeString[string])
		case 2:
			decodeString(d, &v.L3CacheSchema)
		case 3:
			decodeString(d, &v.MemBwSchema)
		case 4:
			decodeBool(d, &v.EnableMonitoring)
		default:
			d.skip()
		}
	}
}

var namesLinuxInterfacePriority = [...]string{"name", "priority"}

func decodeLinuxInterfacePriority(d *decoder, v *specs.LinuxInterfacePriority) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxInterfacePriority[:], d.member()) {
		case 0:
			decodeString(d, &v.Name)
		case 1:
			decodeUint(d, &v.Priority, 32)
		default:
			d.skip()
		}
	}
}

var namesLinuxMemory = [...]string{"limit", "reservation", "swap", "kernel", "kernelTCP", "swappiness", "disableOOMKiller", "useHierarchy", "checkBeforeUpdate"}

func decodeLinuxMemory(d *decoder, v *specs.LinuxMemory) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxMemory[:], d.member()) {
		case 0:
			decodePointer(d, &v.Limit, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		case 1:
			decodePointer(d, &v.Reservation, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		case 2:
			decodePointer(d, &v.Swap, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		case 3:
			decodePointer(d, &v.Kernel, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		case 4:
			decodePointer(d, &v.KernelTCP, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		case 5:
			decodePointer(d, &v.Swappiness, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 6:
			decodePointer(d, &v.DisableOOMKiller, decodeBool)
		case 7:
			decodePointer(d, &v.UseHierarchy, decodeBool)
		case 8:
			decodePointer(d, &v.CheckBeforeUpdate, decodeBool)
		default:
			d.skip()
		}
	}
}

var namesLinuxMemoryPolicy = [...]string{"mode", "nodes", "flags"}

func decodeLinuxMemoryPolicy(d *decoder, v *specs.LinuxMemoryPolicy) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxMemoryPolicy[:], d.member()) {
		case 0:
			decodeString(d, &v.Mode)
		case 1:
			decodeString(d, &v.Nodes)
		case 2:
			decodeSlice(d, &v.Flags, decodeString[specs.MemoryPolicyFlagType])
		default:
			d.skip()
		}
	}
}

var namesLinuxNamespace = [...]string{"type", "path"}

func decodeLinuxNamespace(d *decoder, v *specs.LinuxNamespace) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxNamespace[:], d.member()) {
		case 0:
			decodeString(d, &v.Type)
		case 1:
			decodeString(d, &v.Path)
		default:
			d.skip()
		}
	}
}

var namesLinuxNetDevice = [...]string{"name"}

func decodeLinuxNetDevice(d *decoder, v *specs.LinuxNetDevice) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxNetDevice[:], d.member()) {
		case 0:
			decodeString(d, &v.Name)
		default:
			d.skip()
		}
	}
}

var namesLinuxNetwork = [...]string{"classID", "priorities"}

func decodeLinuxNetwork(d *decoder, v *specs.LinuxNetwork) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxNetwork[:], d.member()) {
		case 0:
			decodePointer(d, &v.ClassID, func(d *decoder, v *uint32) { decodeUint(d, v, 32) })
		case 1:
			decodeSlice(d, &v.Priorities, decodeLinuxInterfacePriority)
		default:
			d.skip()
		}
	}
}

var namesLinuxPersonality = [...]string{"domain", "flags"}

func decodeLinuxPersonality(d *decoder, v *specs.LinuxPersonality) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxPersonality[:], d.member()) {
		case 0:
			decodeString(d, &v.Domain)
		case 1:
			decodeSlice(d, &v.Flags, decodeString[specs.LinuxPersonalityFlag])
		default:
			d.skip()
		}
	}
}

var namesLinuxPids = [...]string{"limit"}

func decodeLinuxPids(d *decoder, v *specs.LinuxPids) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxPids[:], d.member()) {
		case 0:
			decodePointer(d, &v.Limit, func(d *decoder, v *int64) { decodeInt(d, v, 64) })
		default:
			d.skip()
		}
	}
}

var namesLinuxRdma = [...]string{"hcaHandles", "hcaObjects"}

func decodeLinuxRdma(d *decoder, v *specs.LinuxRdma) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxRdma[:], d.member()) {
		case 0:
			decodePointer(d, &v.HcaHandles, func(d *decoder, v *uint32) { decodeUint(d, v, 32) })
		case 1:
			decodePointer(d, &v.HcaObjects, func(d *decoder, v *uint32) { decodeUint(d, v, 32) })
		default:
			d.skip()
		}
	}
}

var namesLinuxResources = [...]string{"devices", "memory", "cpu", "pids", "blockIO", "hugepageLimits", "network", "rdma", "unified"}

func decodeLinuxResources(d *decoder, v *specs.LinuxResources) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxResources[:], d.member()) {
		case 0:
			decodeSlice(d, &v.Devices, decodeLinuxDeviceCgroup)
		case 1:
			decodePointer(d, &v.Memory, decodeLinuxMemory)
		case 2:
			decodePointer(d, &v.CPU, decodeLinuxCPU)
		case 3:
			decodePointer(d, &v.Pids, decodeLinuxPids)
		case 4:
			decodePointer(d, &v.BlockIO, decodeLinuxBlockIO)
		case 5:
			decodeSlice(d, &v.HugepageLimits, decodeLinuxHugepageLimit)
		case 6:
			decodePointer(d, &v.Network, decodeLinuxNetwork)
		case 7:
			decodeMap(d, &v.Rdma, decodeLinuxRdma)
		case 8:
			decodeMap(d, &v.Unified, decodeString[string])
		default:
			d.skip()
		}
	}
}

var namesLinuxSeccomp = [...]string{"defaultAction", "defaultErrnoRet", "architectures", "flags", "listenerPath", "listenerMetadata", "syscalls"}

func decodeLinuxSeccomp(d *decoder, v *specs.LinuxSeccomp) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxSeccomp[:], d.member()) {
		case 0:
			decodeString(d, &v.DefaultAction)
		case 1:
			decodePointer(d, &v.DefaultErrnoRet, func(d *decoder, v *uint) { decodeUint(d, v, 64) })
		case 2:
			decodeSlice(d, &v.Architectures, decodeString[specs.Arch])
		case 3:
			decodeSlice(d, &v.Flags, decodeString[specs.LinuxSeccompFlag])
		case 4:
			decodeString(d, &v.ListenerPath)
		case 5:
			decodeString(d, &v.ListenerMetadata)
		case 6:
			decodeSlice(d, &v.Syscalls, decodeLinuxSyscall)
		default:
			d.skip()
		}
	}
}

var namesLinuxSeccompArg = [...]string{"index", "value", "valueTwo", "op"}

func decodeLinuxSeccompArg(d *decoder, v *specs.LinuxSeccompArg) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxSeccompArg[:], d.member()) {
		case 0:
			decodeUint(d, &v.Index, 64)
		case 1:
			decodeUint(d, &v.Value, 64)
		case 2:
			decodeUint(d, &v.ValueTwo, 64)
		case 3:
			decodeString(d, &v.Op)
		default:
			d.skip()
		}
	}
}

var namesLinuxSyscall = [...]string{"names", "action", "errnoRet", "args"}

func decodeLinuxSyscall(d *decoder, v *specs.LinuxSyscall) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxSyscall[:], d.member()) {
		case 0:
			decodeSlice(d, &v.Names, decodeString[string])
		case 1:
			decodeString(d, &v.Action)
		case 2:
			decodePointer(d, &v.ErrnoRet, func(d *decoder, v *uint) { decodeUint(d, v, 64) })
		case 3:
			decodeSlice(d, &v.Args, decodeLinuxSeccompArg)
		default:
			d.skip()
		}
	}
}

var namesLinuxThrottleDevice = [...]string{"major", "minor", "rate"}

func decodeLinuxThrottleDevice(d *decoder, v *specs.LinuxThrottleDevice) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxThrottleDevice[:], d.member()) {
		case 0:
			decodeInt(d, &v.Major, 64)
		case 1:
			decodeInt(d, &v.Minor, 64)
		case 2:
			decodeUint(d, &v.Rate, 64)
		default:
			d.skip()
		}
	}
}

var namesLinuxTimeOffset = [...]string{"secs", "nanosecs"}

func decodeLinuxTimeOffset(d *decoder, v *specs.LinuxTimeOffset) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxTimeOffset[:], d.member()) {
		case 0:
			decodeInt(d, &v.Secs, 64)
		case 1:
			decodeUint(d, &v.Nanosecs, 32)
		default:
			d.skip()
		}
	}
}

var namesLinuxWeightDevice = [...]string{"major", "minor", "weight", "leafWeight"}

func decodeLinuxWeightDevice(d *decoder, v *specs.LinuxWeightDevice) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesLinuxWeightDevice[:], d.member()) {
		case 0:
			decodeInt(d, &v.Major, 64)
		case 1:
			decodeInt(d, &v.Minor, 64)
		case 2:
			decodePointer(d, &v.Weight, func(d *decoder, v *uint16) { decodeUint(d, v, 16) })
		case 3:
			decodePointer(d, &v.LeafWeight, func(d *decoder, v *uint16) { decodeUint(d, v, 16) })
		default:
			d.skip()
		}
	}
}

var namesMount = [...]string{"destination", "type", "source", "options", "uidMappings", "gidMappings"}

func decodeMount(d *decoder, v *specs.Mount) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesMount[:], d.member()) {
		case 0:
			decodeString(d, &v.Destination)
		case 1:
			decodeString(d, &v.Type)
		case 2:
			decodeString(d, &v.Source)
		case 3:
			decodeSlice(d, &v.Options, decodeString[string])
		case 4:
			decodeSlice(d, &v.UIDMappings, decodeLinuxIDMapping)
		case 5:
			decodeSlice(d, &v.GIDMappings, decodeLinuxIDMapping)
		default:
			d.skip()
		}
	}
}

var namesPOSIXRlimit = [...]string{"type", "hard", "soft"}

func decodePOSIXRlimit(d *decoder, v *specs.POSIXRlimit) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesPOSIXRlimit[:], d.member()) {
		case 0:
			decodeString(d, &v.Type)
		case 1:
			decodeUint(d, &v.Hard, 64)
		case 2:
			decodeUint(d, &v.Soft, 64)
		default:
			d.skip()
		}
	}
}

var namesProcess = [...]string{"terminal", "consoleSize", "user", "args", "commandLine", "env", "cwd", "capabilities", "rlimits", "noNewPrivileges", "apparmorProfile", "oomScoreAdj", "scheduler", "selinuxLabel", "ioPriority", "execCPUAffinity"}

func decodeProcess(d *decoder, v *specs.Process) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesProcess[:], d.member()) {
		case 0:
			decodeBool(d, &v.Terminal)
		case 1:
			decodePointer(d, &v.ConsoleSize, decodeBox)
		case 2:
			decodeUser(d, &v.User)
		case 3:
			decodeSlice(d, &v.Args, decodeString[string])
		case 4:
			decodeString(d, &v.CommandLine)
		case 5:
			decodeSlice(d, &v.Env, decodeString[string])
		case 6:
			decodeString(d, &v.Cwd)
		case 7:
			decodePointer(d, &v.Capabilities, decodeLinuxCapabilities)
		case 8:
			decodeSlice(d, &v.Rlimits, decodePOSIXRlimit)
		case 9:
			decodeBool(d, &v.NoNewPrivileges)
		case 10:
			decodeString(d, &v.ApparmorProfile)
		case 11:
			decodePointer(d, &v.OOMScoreAdj, func(d *decoder, v *int) { decodeInt(d, v, 64) })
		case 12:
			decodePointer(d, &v.Scheduler, decodeScheduler)
		case 13:
			decodeString(d, &v.SelinuxLabel)
		case 14:
			decodePointer(d, &v.IOPriority, decodeLinuxIOPriority)
		case 15:
			decodePointer(d, &v.ExecCPUAffinity, decodeCPUAffinity)
		default:
			d.skip()
		}
	}
}

var namesRoot = [...]string{"path", "readonly"}

func decodeRoot(d *decoder, v *specs.Root) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesRoot[:], d.member()) {
		case 0:
			decodeString(d, &v.Path)
		case 1:
			decodeBool(d, &v.Readonly)
		default:
			d.skip()
		}
	}
}

var namesScheduler = [...]string{"policy", "nice", "priority", "flags", "runtime", "deadline", "period"}

func decodeScheduler(d *decoder, v *specs.Scheduler) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesScheduler[:], d.member()) {
		case 0:
			decodeString(d, &v.Policy)
		case 1:
			decodeInt(d, &v.Nice, 32)
		case 2:
			decodeInt(d, &v.Priority, 32)
		case 3:
			decodeSlice(d, &v.Flags, decodeString[specs.LinuxSchedulerFlag])
		case 4:
			decodeUint(d, &v.Runtime, 64)
		case 5:
			decodeUint(d, &v.Deadline, 64)
		case 6:
			decodeUint(d, &v.Period, 64)
		default:
			d.skip()
		}
	}
}

var namesSolaris = [...]string{"milestone", "limitpriv", "maxShmMemory", "anet", "cappedCPU", "cappedMemory"}

func decodeSolaris(d *decoder, v *specs.Solaris) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesSolaris[:], d.member()) {
		case 0:
			decodeString(d, &v.Milestone)
		case 1:
			decodeString(d, &v.LimitPriv)
		case 2:
			decodeString(d, &v.MaxShmMemory)
		case 3:
			decodeSlice(d, &v.Anet, decodeSolarisAnet)
		case 4:
			decodePointer(d, &v.CappedCPU, decodeSolarisCappedCPU)
		case 5:
			decodePointer(d, &v.CappedMemory, decodeSolarisCappedMemory)
		default:
			d.skip()
		}
	}
}

var namesSolarisAnet = [...]string{"linkname", "lowerLink", "allowedAddress", "configureAllowedAddress", "defrouter", "linkProtection", "macAddress"}

func decodeSolarisAnet(d *decoder, v *specs.SolarisAnet) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesSolarisAnet[:], d.member()) {
		case 0:
			decodeString(d, &v.Linkname)
		case 1:
			decodeString(d, &v.Lowerlink)
		case 2:
			decodeString(d, &v.Allowedaddr)
		case 3:
			decodeString(d, &v.Configallowedaddr)
		case 4:
			decodeString(d, &v.Defrouter)
		case 5:
			decodeString(d, &v.Linkprotection)
		case 6:
			decodeString(d, &v.Macaddress)
		default:
			d.skip()
		}
	}
}

var namesSolarisCappedCPU = [...]string{"ncpus"}

func decodeSolarisCappedCPU(d *decoder, v *specs.SolarisCappedCPU) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesSolarisCappedCPU[:], d.member()) {
		case 0:
			decodeString(d, &v.Ncpus)
		default:
			d.skip()
		}
	}
}

var namesSolarisCappedMemory = [...]string{"physical", "swap"}

func decodeSolarisCappedMemory(d *decoder, v *specs.SolarisCappedMemory) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesSolarisCappedMemory[:], d.member()) {
		case 0:
			decodeString(d, &v.Physical)
		case 1:
			decodeString(d, &v.Swap)
		default:
			d.skip()
		}
	}
}

var namesSpec = [...]string{"ociVersion", "process", "root", "hostname", "domainname", "mounts", "hooks", "annotations", "linux", "solaris", "windows", "vm", "zos", "freebsd"}

func decodeSpec(d *decoder, v *specs.Spec) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesSpec[:], d.member()) {
		case 0:
			decodeString(d, &v.Version)
		case 1:
			decodePointer(d, &v.Process, decodeProcess)
		case 2:
			decodePointer(d, &v.Root, decodeRoot)
		case 3:
			decodeString(d, &v.Hostname)
		case 4:
			decodeString(d, &v.Domainname)
		case 5:
			decodeSlice(d, &v.Mounts, decodeMount)
		case 6:
			decodePointer(d, &v.Hooks, decodeHooks)
		case 7:
			decodeMap(d, &v.Annotations, decodeString[string])
		case 8:
			decodePointer(d, &v.Linux, decodeLinux)
		case 9:
			decodePointer(d, &v.Solaris, decodeSolaris)
		case 10:
			decodePointer(d, &v.Windows, decodeWindows)
		case 11:
			decodePointer(d, &v.VM, decodeVM)
		case 12:
			decodePointer(d, &v.ZOS, decodeZOS)
		case 13:
			decodePointer(d, &v.FreeBSD, decodeFreeBSD)
		default:
			d.skip()
		}
	}
}

var namesUser = [...]string{"uid", "gid", "umask", "additionalGids", "username"}

func decodeUser(d *decoder, v *specs.User) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesUser[:], d.member()) {
		case 0:
			decodeUint(d, &v.UID, 32)
		case 1:
			decodeUint(d, &v.GID, 32)
		case 2:
			decodePointer(d, &v.Umask, func(d *decoder, v *uint32) { decodeUint(d, v, 32) })
		case 3:
			decodeSlice(d, &v.AdditionalGids, func(d *decoder, v *uint32) { decodeUint(d, v, 32) })
		case 4:
			decodeString(d, &v.Username)
		default:
			d.skip()
		}
	}
}

var namesVM = [...]string{"hypervisor", "kernel", "image", "hwconfig"}

func decodeVM(d *decoder, v *specs.VM) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesVM[:], d.member()) {
		case 0:
			decodeVMHypervisor(d, &v.Hypervisor)
		case 1:
			decodeVMKernel(d, &v.Kernel)
		case 2:
			decodeVMImage(d, &v.Image)
		case 3:
			decodePointer(d, &v.HwConfig, decodeHWConfig)
		default:
			d.skip()
		}
	}
}

var namesVMHypervisor = [...]string{"path", "parameters"}

func decodeVMHypervisor(d *decoder, v *specs.VMHypervisor) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesVMHypervisor[:], d.member()) {
		case 0:
			decodeString(d, &v.Path)
		case 1:
			decodeSlice(d, &v.Parameters, decodeString[string])
		default:
			d.skip()
		}
	}
}

var namesVMImage = [...]string{"path", "format"}

func decodeVMImage(d *decoder, v *specs.VMImage) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesVMImage[:], d.member()) {
		case 0:
			decodeString(d, &v.Path)
		case 1:
			decodeString(d, &v.Format)
		default:
			d.skip()
		}
	}
}

var namesVMKernel = [...]string{"path", "parameters", "initrd"}

func decodeVMKernel(d *decoder, v *specs.VMKernel) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesVMKernel[:], d.member()) {
		case 0:
			decodeString(d, &v.Path)
		case 1:
			decodeSlice(d, &v.Parameters, decodeString[string])
		case 2:
			decodeString(d, &v.InitRD)
		default:
			d.skip()
		}
	}
}

var namesWindows = [...]string{"layerFolders", "devices", "resources", "credentialSpec", "servicing", "ignoreFlushesDuringBoot", "hyperv", "network"}

func decodeWindows(d *decoder, v *specs.Windows) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesWindows[:], d.member()) {
		case 0:
			decodeSlice(d, &v.LayerFolders, decodeString[string])
		case 1:
			decodeSlice(d, &v.Devices, decodeWindowsDevice)
		case 2:
			decodePointer(d, &v.Resources, decodeWindowsResources)
		case 3:
			decodeAny(d, &v.CredentialSpec)
		case 4:
			decodeBool(d, &v.Servicing)
		case 5:
			decodeBool(d, &v.IgnoreFlushesDuringBoot)
		case 6:
			decodePointer(d, &v.HyperV, decodeWindowsHyperV)
		case 7:
			decodePointer(d, &v.Network, decodeWindowsNetwork)
		default:
			d.skip()
		}
	}
}

var namesWindowsCPUGroupAffinity = [...]string{"mask", "group"}

func decodeWindowsCPUGroupAffinity(d *decoder, v *specs.WindowsCPUGroupAffinity) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesWindowsCPUGroupAffinity[:], d.member()) {
		case 0:
			decodeUint(d, &v.Mask, 64)
		case 1:
			decodeUint(d, &v.Group, 32)
		default:
			d.skip()
		}
	}
}

var namesWindowsCPUResources = [...]string{"count", "shares", "maximum", "affinity"}

func decodeWindowsCPUResources(d *decoder, v *specs.WindowsCPUResources) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesWindowsCPUResources[:], d.member()) {
		case 0:
			decodePointer(d, &v.Count, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 1:
			decodePointer(d, &v.Shares, func(d *decoder, v *uint16) { decodeUint(d, v, 16) })
		case 2:
			decodePointer(d, &v.Maximum, func(d *decoder, v *uint16) { decodeUint(d, v, 16) })
		case 3:
			decodeSlice(d, &v.Affinity, decodeWindowsCPUGroupAffinity)
		default:
			d.skip()
		}
	}
}

var namesWindowsDevice = [...]string{"id", "idType"}

func decodeWindowsDevice(d *decoder, v *specs.WindowsDevice) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesWindowsDevice[:], d.member()) {
		case 0:
			decodeString(d, &v.ID)
		case 1:
			decodeString(d, &v.IDType)
		default:
			d.skip()
		}
	}
}

var namesWindowsHyperV = [...]string{"utilityVMPath"}

func decodeWindowsHyperV(d *decoder, v *specs.WindowsHyperV) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesWindowsHyperV[:], d.member()) {
		case 0:
			decodeString(d, &v.UtilityVMPath)
		default:
			d.skip()
		}
	}
}

var namesWindowsMemoryResources = [...]string{"limit"}

func decodeWindowsMemoryResources(d *decoder, v *specs.WindowsMemoryResources) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesWindowsMemoryResources[:], d.member()) {
		case 0:
			decodePointer(d, &v.Limit, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		default:
			d.skip()
		}
	}
}

var namesWindowsNetwork = [...]string{"endpointList", "allowUnqualifiedDNSQuery", "DNSSearchList", "networkSharedContainerName", "networkNamespace"}

func decodeWindowsNetwork(d *decoder, v *specs.WindowsNetwork) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesWindowsNetwork[:], d.member()) {
		case 0:
			decodeSlice(d, &v.EndpointList, decodeString[string])
		case 1:
			decodeBool(d, &v.AllowUnqualifiedDNSQuery)
		case 2:
			decodeSlice(d, &v.DNSSearchList, decodeString[string])
		case 3:
			decodeString(d, &v.NetworkSharedContainerName)
		case 4:
			decodeString(d, &v.NetworkNamespace)
		default:
			d.skip()
		}
	}
}

var namesWindowsResources = [...]string{"memory", "cpu", "storage"}

func decodeWindowsResources(d *decoder, v *specs.WindowsResources) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesWindowsResources[:], d.member()) {
		case 0:
			decodePointer(d, &v.Memory, decodeWindowsMemoryResources)
		case 1:
			decodePointer(d, &v.CPU, decodeWindowsCPUResources)
		case 2:
			decodePointer(d, &v.Storage, decodeWindowsStorageResources)
		default:
			d.skip()
		}
	}
}

var namesWindowsStorageResources = [...]string{"iops", "bps", "sandboxSize"}

func decodeWindowsStorageResources(d *decoder, v *specs.WindowsStorageResources) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesWindowsStorageResources[:], d.member()) {
		case 0:
			decodePointer(d, &v.Iops, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 1:
			decodePointer(d, &v.Bps, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		case 2:
			decodePointer(d, &v.SandboxSize, func(d *decoder, v *uint64) { decodeUint(d, v, 64) })
		default:
			d.skip()
		}
	}
}

var namesZOS = [...]string{"namespaces"}

func decodeZOS(d *decoder, v *specs.ZOS) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesZOS[:], d.member()) {
		case 0:
			decodeSlice(d, &v.Namespaces, decodeZOSNamespace)
		default:
			d.skip()
		}
	}
}

var namesZOSNamespace = [...]string{"type", "path"}

func decodeZOSNamespace(d *decoder, v *specs.ZOSNamespace) {
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		switch field(namesZOSNamespace[:], d.member()) {
		case 0:
			decodeString(d, &v.Type)
		case 1:
			decodeString(d, &v.Path)
		default:
			d.skip()
		}
	}
}
