package cgroups

import (
	"strings"

	"golang.org/x/sys/unix"
)

// eNOTSUPP is the kernel's internal "operation not supported", which a few old
// control files let out; it has no name in user space.
const eNOTSUPP = unix.Errno(524)

// reason says why the kernel refuses a write, where an errno has one likely
// cause for that file. "" is an honest answer.
func reason(file, value string, v2 bool, err error) string {
	if err == unix.EROFS {
		return "the cgroup file system is mounted read-only"
	}
	if err == unix.E2BIG {
		return "the kernel takes at most a page at a time"
	}
	if err == unix.ENODEV && !namesDevice(file) {
		return "the cgroup has been removed"
	}
	switch {
	case file == "cgroup.procs":
		return procsReason(v2, err)
	case file == "cgroup.kill" && err == unix.EOPNOTSUPP:
		return "the cgroup is threaded; its processes belong to the domain above it"
	case file == "cgroup.subtree_control":
		return subtreeReason(err)
	case strings.HasPrefix(file, "memory."):
		return memoryReason(file, err)
	case strings.HasPrefix(file, "cpuset."):
		return cpusetReason(file, err)
	case strings.HasPrefix(file, "cpu."):
		return cpuReason(file, err)
	case strings.HasPrefix(file, "devices."):
		return devicesReason(err)
	}
	return deviceFileReason(file, value, err)
}

// namesDevice reports whether a file's values begin with a device, so that
// ENODEV is about that.
func namesDevice(file string) bool {
	return strings.HasPrefix(file, "io.") || strings.HasPrefix(file, "blkio.") || file == "rdma.max" || file == "net_prio.ifpriomap"
}

func absent(what string) string {
	return "the kernel was built or booted without " + what + ", or a parent cgroup does not pass the controller on"
}

func procsReason(v2 bool, err error) string {
	switch err {
	case unix.ESRCH:
		return "the process is gone"
	case unix.EBUSY:
		return "in cgroup v2 a cgroup that passes controllers on to children cannot have processes of its own"
	case unix.EOPNOTSUPP:
		return "the cgroup is threaded or an invalid domain, see cgroup.type there and in its parents; a process can only enter a domain"
	case unix.ENOSPC:
		return "cpuset.cpus or cpuset.mems of the cgroup is empty"
	case unix.EACCES, unix.EPERM:
		if v2 {
			return "moving a process takes write access to the nearest cgroup that holds both its old and its new place"
		}
	case unix.EINVAL:
		return "a kernel thread or a realtime process that has no runtime there (cpu.rt_runtime_us) cannot enter"
	}
	return ""
}

func subtreeReason(err error) string {
	switch err {
	case unix.EBUSY:
		return "the cgroup has processes of its own, and cgroup v2 wants them in the leaves; choose another parent or move them"
	case unix.ENOENT:
		return "the controller is not passed on by the parent, or not in the kernel"
	case unix.EOPNOTSUPP:
		return "the cgroup is threaded or an invalid domain, see cgroup.type; it can pass on threaded controllers only"
	case unix.EACCES, unix.EPERM:
		return "this user was not given the cgroup (delegation)"
	}
	return ""
}

func memoryReason(file string, err error) string {
	switch err {
	case unix.ENOENT:
		if strings.Contains(file, "sw") {
			return absent("swap accounting (swapaccount=1)")
		}
		return absent("the memory controller or this file")
	case unix.EBUSY:
		return "more memory is in use than that, and the kernel could not reclaim it"
	case unix.EINVAL:
		switch file {
		case "memory.limit_in_bytes":
			return "it is more than the limit of memory and swap together, memory.memsw.limit_in_bytes, or no number"
		case "memory.memsw.limit_in_bytes":
			return "it is less than the memory limit, memory.limit_in_bytes, or no number"
		case "memory.oom_control":
			return "the root cgroup always has an OOM killer"
		}
	case eNOTSUPP, unix.EOPNOTSUPP:
		if file == "memory.kmem.limit_in_bytes" {
			return "Linux has no limit of kernel memory since 5.16; the memory limit counts it"
		}
	}
	return ""
}

func cpusetReason(file string, err error) string {
	what := "CPUs"
	if strings.HasSuffix(file, "mems") {
		what = "memory nodes"
	}
	switch err {
	case unix.ENOENT:
		return absent("the cpuset controller")
	case unix.EACCES:
		return "the parent cgroup does not have all of these " + what
	case unix.EINVAL, unix.ERANGE, unix.EOVERFLOW:
		return "the list names " + what + " that do not exist, an exclusive cpuset overlaps, or it is malformed"
	case unix.EBUSY:
		return "a child cgroup or a deadline process still needs " + what + " that would be taken away"
	case unix.ENOSPC:
		return "the cgroup has processes and cannot be left without " + what
	}
	return ""
}

func cpuReason(file string, err error) string {
	switch {
	case err == unix.ENOENT && strings.HasPrefix(file, "cpu.rt_"):
		return absent("realtime group scheduling (CONFIG_RT_GROUP_SCHED)")
	case err == unix.ENOENT:
		return absent("the cpu controller or this file")
	case err == unix.EBUSY && file == "cpu.rt_runtime_us":
		return "a realtime process is in the cgroup"
	case err != unix.EINVAL:
		return ""
	}
	switch file {
	case "cpu.weight", "cpu.shares", "cpu.weight.nice":
		return "the cgroup is idle, see cpu.idle, and has no weight of its own"
	case "cpu.rt_runtime_us", "cpu.rt_period_us":
		return "the runtime exceeds its period, or its parent's and siblings' runtimes leave less than that"
	case "cpu.cfs_quota_us", "cpu.cfs_period_us":
		return "a quota is at least 1000 µs, a period 1000 to 1000000 µs, a burst no more than the quota, and the quota's share no more than the parent's"
	case "cpu.max", "cpu.max.burst", "cpu.cfs_burst_us":
		return "a quota is at least 1000 µs, a period 1000 to 1000000 µs, and a burst no more than the quota"
	}
	return ""
}

func devicesReason(err error) string {
	switch err {
	case unix.EPERM:
		return "the parent cgroup does not allow this device, or this process lacks CAP_SYS_ADMIN"
	case unix.EINVAL:
		return "the default of a cgroup that has children cannot change, or the rule is malformed"
	}
	return ""
}

func deviceFileReason(file, value string, err error) string {
	name, _, _ := strings.Cut(value, " ")
	switch {
	case (err == unix.ENODEV || err == unix.ENXIO) && (strings.HasPrefix(file, "io.") || strings.HasPrefix(file, "blkio.")):
		return name + " is no whole block device of this host"
	case err == unix.ENODEV && file == "net_prio.ifpriomap", err == unix.EINVAL && file == "net_prio.ifpriomap":
		return "there is no interface " + name + " in this network namespace"
	case (err == unix.ENODEV || err == unix.EINVAL) && file == "rdma.max":
		return "there is no RDMA device " + name + ", or it was not registered for cgroups"
	case err == unix.EBUSY && strings.HasPrefix(file, "hugetlb."):
		return "more huge pages are in use than that"
	case err == unix.ENOENT && strings.HasPrefix(file, "hugetlb."):
		return "the kernel has no huge pages of this size, or a parent cgroup does not pass the controller on"
	case err == unix.ENOENT && (strings.HasPrefix(file, "io.bfq.") || strings.HasPrefix(file, "io.weight") || strings.HasPrefix(file, "blkio.bfq.")):
		return absent("a scheduler that knows weights (BFQ, or blk-iocost)")
	case err == unix.EOPNOTSUPP && strings.Contains(file, "weight"):
		return "the device does not use the BFQ scheduler"
	case err == unix.ENOENT:
		return absent("this file")
	}
	return ""
}
