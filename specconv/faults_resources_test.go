package specconv

// resourceFaults are those of a host with cgroup v2.
var resourceFaults = []faultCase{
	{resourcesOf(`"memory": {"limit": 5, "reservation": -3, "swap": 4, "kernel": 1, "kernelTCP": 1, "disableOOMKiller": true}`), []string{
		`/linux/resources/memory/swap: cannot set memory and swap to 4: it must be at least the memory limit, 5`,
		`/linux/resources/memory/reservation: cannot set memory.low to -3: it must be positive, or -1 for unlimited`,
		`/linux/resources/memory/kernel: cannot be set: cgroup v2 has no limit for kernel memory alone; memory.max counts it, so set memory/limit`,
		`/linux/resources/memory/kernelTCP: cannot be set: cgroup v2 has no limit for TCP buffers alone; memory.max counts them, so set memory/limit`,
		`/linux/resources/memory/disableOOMKiller: cannot be set: cgroup v2 cannot switch the OOM killer off; use process/oomScoreAdj`,
	}},
	{resourcesOf(`"cpu": {"quota": 999, "period": 1000001, "idle": 2, "cpus": "a", "mems": "0\n", "realtimeRuntime": 1, "realtimePeriod": 2}`), []string{
		`/linux/resources/cpu/idle: cannot set cpu.idle to 2: it is 0 or 1`,
		`/linux/resources/cpu/realtimeRuntime: cannot be set: cgroup v2 does not divide realtime time among cgroups; use process/scheduler`,
		`/linux/resources/cpu/realtimePeriod: cannot be set: cgroup v2 does not divide realtime time among cgroups; use process/scheduler`,
		`/linux/resources/cpu/quota: cannot set a CPU quota of 999 µs: it must be at least 1000 µs, or -1 for unlimited`,
		`/linux/resources/cpu/period: cannot set a CPU period of 1000001 µs: it must lie between 1000 and 1000000 µs`,
		`/linux/resources/cpu/cpus: cannot set cpuset.cpus to "a": it is not a list like "0-3,7"`,
		`/linux/resources/cpu/mems: cannot set cpuset.mems to "0\n": it is not a list like "0-3,7"`,
	}},
	{resourcesOf(`"cpu": {"quota": 2000, "burst": 2001}`), []string{
		`/linux/resources/cpu/burst: cannot set a CPU burst of 2001 µs: it must not exceed the quota, 2000 µs`,
	}},
	{resourcesOf(`"blockIO": {"weight": 9, "leafWeight": 10, "weightDevice": [{"major": 8, "minor": 0, "weight": 1001}, {"major": 4096, "minor": 0, "leafWeight": 10}, {"major": 8, "minor": -1}]}`), []string{
		`/linux/resources/blockIO/weight: cannot set a block I/O weight of 9: it must lie between 10 and 1000`,
		`/linux/resources/blockIO/leafWeight: cannot be set: leaf weights went with the CFQ scheduler in Linux 5.0; use weight`,
		`/linux/resources/blockIO/weightDevice/0/weight: cannot set a block I/O weight of 1001: it must lie between 10 and 1000`,
		`/linux/resources/blockIO/weightDevice/1/leafWeight: cannot be set: leaf weights went with the CFQ scheduler in Linux 5.0; use weight`,
		`/linux/resources/blockIO/weightDevice/1/major: cannot name device 4096:0: major numbers end at 4095, minor numbers at 1048575`,
		`/linux/resources/blockIO/weightDevice/2/minor: cannot name device 8:-1: major numbers end at 4095, minor numbers at 1048575`,
	}},
	{resourcesOf(`"hugepageLimits": [{"pageSize": "2M", "limit": 1}]`), []string{
		`/linux/resources/hugepageLimits/0/pageSize: cannot limit huge pages of "2M": the size reads like "64KB", "2MB" or "1GB"`,
	}},
	{resourcesOf(`"network": {"classID": 1, "priorities": [{"name": "a", "priority": 1}]}`), []string{
		`/linux/resources/network/classID: cannot be set: cgroup v2 has no net_cls; match the cgroup itself (iptables -m cgroup --path)`,
		`/linux/resources/network/priorities: cannot be set: cgroup v2 has no net_prio; match the cgroup itself (iptables -m cgroup --path)`,
	}},
	{resourcesOf(`"rdma": {"a b": {"hcaHandles": 1}, "c": {}}`), []string{
		`/linux/resources/rdma/a b: cannot limit RDMA device "a b": it is not a device name`,
		`/linux/resources/rdma/c: cannot limit RDMA device "c": hcaHandles or hcaObjects must be given`,
	}},
	{resourcesOf(`"unified": {"memory": "1", "cgroup.procs": "1", "memory.high": "\u0000"}`), []string{
		`/linux/resources/unified/cgroup.procs: cannot write "cgroup.procs": it would move other processes into the container's cgroup`,
		`/linux/resources/unified/memory: cannot write "memory": it is not the name of a cgroup v2 file like "memory.high"`,
		`/linux/resources/unified/memory.high: cannot write "memory.high": its value contains a NUL byte`,
	}},
}

// throttleFaults are the same for all four kinds of rates.
func throttleFaults() (all []faultCase) {
	const numbers = ": major numbers end at 4095, minor numbers at 1048575"
	for _, field := range []string{"throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice"} {
		all = append(all, faultCase{
			resourcesOf(`"blockIO": {"` + field + `": [{"major": -1, "minor": 0, "rate": 1}, {"major": 0, "minor": 1048576, "rate": 1}]}`), []string{
				`/linux/resources/blockIO/` + field + `/0/major: cannot name device -1:0` + numbers,
				`/linux/resources/blockIO/` + field + `/1/minor: cannot name device 0:1048576` + numbers,
			},
		})
	}
	return all
}

func seccomp(fields string) string { return linux(`"seccomp": {` + fields + `}`) }

var seccompFaults = []faultCase{
	{seccomp(`"defaultAction": "SCMP_ACT_LOGG", "syscalls": [{"names": [], "action": "SCMP_ACT_KILL", "errnoRet": 1}, {"names": ["", "a\u0000"], "action": "KILL"}]`), []string{
		`/linux/seccomp/defaultAction: unknown action "SCMP_ACT_LOGG"`, `/linux/seccomp/syscalls/0/names: must name at least one system call`,
		`/linux/seccomp/syscalls/0/errnoRet: must not be set: SCMP_ACT_KILL has no errno`, `/linux/seccomp/syscalls/1/names/0: must not be empty`,
		`/linux/seccomp/syscalls/1/names/1: has a NUL in it`, `/linux/seccomp/syscalls/1/action: unknown action "KILL"`,
	}},
	{seccomp(`"defaultAction": "SCMP_ACT_ERRNO"`), []string{`/linux/seccomp: refuses execve: no program could be executed`}},
	{seccomp(`"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1, "architectures": ["SCMP_ARCH_X86", "x86"], "flags": ["LOG"], "listenerMetadata": "a"`), []string{
		`/linux/seccomp/defaultErrnoRet: must not be set: SCMP_ACT_ALLOW has no errno`, `/linux/seccomp/architectures/1: unknown architecture "x86"`,
		`/linux/seccomp/flags/0: unknown flag "LOG"`, `/linux/seccomp/listenerMetadata: must not be set without listenerPath`,
	}},
	{seccomp(`"defaultAction": "SCMP_ACT_NOTIFY"`), []string{`/linux/seccomp/listenerPath: must be set: SCMP_ACT_NOTIFY needs an agent to notify`}},
	{seccomp(`"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "agent\u0000"`), []string{
		`/linux/seccomp/listenerPath: must be an absolute path, not "agent\x00"`, `/linux/seccomp/listenerPath: has a NUL in it`,
	}},
	{seccomp(`"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO", "errnoRet": 4095, "args": [{"index": 6, "op": "EQ"}]}]`), []string{
		`/linux/seccomp/syscalls/0/errnoRet: must be at most 4094, not 4095`, `/linux/seccomp/syscalls/0/args/0/index: must be 0 to 5, not 6`,
		`/linux/seccomp/syscalls/0/args/0/op: unknown operator "EQ"`,
	}},
}

var annotationFaults = []faultCase{
	{`{"annotations": {"run.oci.keep_original_groups": "yes", "org.criu.config": "\u0000", "org.systemd.property.a-b": "1", "org.example": "\u0000"}}`, []string{
		`/annotations/org.systemd.property.a-b: "a-b" is not the name of a property of systemd's: it has more than letters in it`,
		`/annotations/run.oci.keep_original_groups: must be "1" or "0", not "yes"`, `/annotations/org.criu.config: has a NUL in it`,
	}},
}

// hookFaults are the same at all places at which hooks run.
func hookFaults() (all []faultCase) {
	for _, stage := range Hooks() {
		at := "/hooks/" + stage
		all = append(all, faultCase{
			`{"hooks": {"` + stage + `": [{"path": "true"}, {"path": "/a\u0000"}, {"path": "/a", "args": ["a", "\u0000"], "env": ["A", "=B", "C=\u0000"], "timeout": 0}, {"path": "/a", "timeout": -1}]}}`, []string{
				at + `/0/path: must be an absolute path, not "true"`, at + `/1/path: has a NUL in it`, at + `/2/args/1: has a NUL in it`,
				at + `/2/env/0: must be NAME=VALUE, not "A"`, at + `/2/env/1: must be NAME=VALUE, not "=B"`, at + `/2/env/2: has a NUL in it`,
				at + `/2/timeout: must be greater than 0`, at + `/3/timeout: must be greater than 0`,
			},
		})
	}
	return all
}
