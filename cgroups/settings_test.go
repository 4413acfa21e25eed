package cgroups

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// all returns a host of one generation with every controller.
func all(mode Mode) Layout {
	if mode == V2 {
		return Layout{Mode: V2, Unified: root, Available: []string{"cpu", "cpuset", "hugetlb", "io", "memory", "pids", "rdma"}}
	}
	l := Layout{Mode: V1, V1: map[string]string{}}
	for _, c := range []string{"cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "net_cls", "net_prio", "rdma", "devices", "freezer"} {
		l.V1[c] = root + "/" + c
	}
	return l
}

func resources(t testing.TB, text string) *specs.LinuxResources {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	var r specs.LinuxResources
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &r
}

// lines shows settings one a line: field, file, value.
func lines(settings []Setting) string {
	var b strings.Builder
	for _, s := range settings {
		b.WriteString(strings.TrimPrefix(s.Pointer, "/linux/resources") + " " + s.File + "=" + s.Value)
		if s.Fallback != nil {
			b.WriteString(" else " + s.Fallback.File + "=" + s.Fallback.Value)
		}
		if s.CheckUsage {
			b.WriteString(" checked")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func wantLines(lines ...string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		resources string
		v1, v2    []string
	}{
		{`{}`, nil, nil},
		{
			`{"memory":{"limit":67108864,"swap":134217728,"reservation":33554432,"checkBeforeUpdate":true,"useHierarchy":true}}`,
			[]string{
				"/memory/limit memory.limit_in_bytes=67108864", "/memory/swap memory.memsw.limit_in_bytes=134217728",
				"/memory/reservation memory.soft_limit_in_bytes=33554432",
			},
			[]string{"/memory/swap memory.swap.max=67108864", "/memory/limit memory.max=67108864 checked", "/memory/reservation memory.low=33554432"},
		},
		{
			`{"memory":{"limit":1000,"swap":1000}}`,
			[]string{"/memory/limit memory.limit_in_bytes=1000", "/memory/swap memory.memsw.limit_in_bytes=1000"},
			[]string{"/memory/swap memory.swap.max=0", "/memory/limit memory.max=1000"},
		},
		{
			`{"memory":{"limit":1000,"swap":-1,"reservation":-1,"checkBeforeUpdate":false}}`,
			[]string{"/memory/limit memory.limit_in_bytes=1000", "/memory/swap memory.memsw.limit_in_bytes=-1", "/memory/reservation memory.soft_limit_in_bytes=-1"},
			[]string{"/memory/swap memory.swap.max=max", "/memory/limit memory.max=1000", "/memory/reservation memory.low=max"},
		},
		{
			// Unlimited memory means unlimited swap, unless swap says otherwise.
			`{"memory":{"limit":-1,"checkBeforeUpdate":true}}`,
			[]string{"/memory/limit memory.limit_in_bytes=-1", "/memory/swap memory.memsw.limit_in_bytes=-1"},
			[]string{"/memory/swap memory.swap.max=max", "/memory/limit memory.max=max"},
		},
		{`{"memory":{"limit":0,"swap":0,"reservation":0,"kernel":0,"kernelTCP":0}}`, nil, nil},
		{
			`{"memory":{"kernel":-1,"kernelTCP":-1}}`,
			[]string{"/memory/kernel memory.kmem.limit_in_bytes=-1", "/memory/kernelTCP memory.kmem.tcp.limit_in_bytes=-1"},
			nil,
		},
		{`{"memory":{"disableOOMKiller":false}}`, []string{"/memory/disableOOMKiller memory.oom_control=0"}, nil},
		{
			`{"cpu":{"shares":1024,"quota":50000,"period":200000,"burst":1000}}`,
			[]string{"/cpu/shares cpu.shares=1024", "/cpu/period cpu.cfs_period_us=200000", "/cpu/quota cpu.cfs_quota_us=50000", "/cpu/burst cpu.cfs_burst_us=1000"},
			[]string{"/cpu/shares cpu.weight=100", "/cpu/quota cpu.max=50000 200000", "/cpu/burst cpu.max.burst=1000"},
		},
		{`{"cpu":{"quota":-1}}`, []string{"/cpu/quota cpu.cfs_quota_us=-1"}, []string{"/cpu/quota cpu.max=max 100000"}},
		{`{"cpu":{"quota":1000}}`, []string{"/cpu/quota cpu.cfs_quota_us=1000"}, []string{"/cpu/quota cpu.max=1000 100000"}},
		{`{"cpu":{"period":1000000}}`, []string{"/cpu/period cpu.cfs_period_us=1000000"}, []string{"/cpu/period cpu.max=max 1000000"}},
		{`{"cpu":{"shares":0,"quota":0,"period":0,"realtimeRuntime":0,"realtimePeriod":0,"cpus":"","mems":""}}`, nil, nil},
		{`{"cpu":{"shares":1}}`, []string{"/cpu/shares cpu.shares=2"}, []string{"/cpu/shares cpu.weight=1"}},
		{`{"cpu":{"shares":999999999}}`, []string{"/cpu/shares cpu.shares=262144"}, []string{"/cpu/shares cpu.weight=10000"}},
		// An idle cgroup has no weight; one that stops being idle gets it after.
		{`{"cpu":{"shares":512,"idle":1}}`, []string{"/cpu/idle cpu.idle=1"}, []string{"/cpu/idle cpu.idle=1"}},
		{
			`{"cpu":{"shares":512,"idle":0,"burst":0}}`,
			[]string{"/cpu/idle cpu.idle=0", "/cpu/shares cpu.shares=512", "/cpu/burst cpu.cfs_burst_us=0"},
			[]string{"/cpu/idle cpu.idle=0", "/cpu/shares cpu.weight=59", "/cpu/burst cpu.max.burst=0"},
		},
		{`{"cpu":{"cpus":"0-3,7","mems":"0"}}`, []string{"/cpu/cpus cpuset.cpus=0-3,7", "/cpu/mems cpuset.mems=0"}, []string{"/cpu/cpus cpuset.cpus=0-3,7", "/cpu/mems cpuset.mems=0"}},
		{`{"pids":{"limit":100}}`, []string{"/pids/limit pids.max=100"}, []string{"/pids/limit pids.max=100"}},
		{`{"pids":{"limit":-1}}`, []string{"/pids/limit pids.max=max"}, []string{"/pids/limit pids.max=max"}},
		{`{"pids":{"limit":0}}`, []string{"/pids/limit pids.max=0"}, []string{"/pids/limit pids.max=1"}},
		{`{"pids":{}}`, nil, nil},
		{
			`{"blockIO":{"weight":10,"weightDevice":[{"major":8,"minor":0,"weight":1000},{"major":8,"minor":16,"weight":500}]}}`,
			[]string{
				"/blockIO/weight blkio.bfq.weight=10", "/blockIO/weightDevice/0 blkio.bfq.weight_device=8:0 1000",
				"/blockIO/weightDevice/1 blkio.bfq.weight_device=8:16 500",
			},
			[]string{
				"/blockIO/weight io.bfq.weight=10 else io.weight=1", "/blockIO/weightDevice/0 io.bfq.weight=8:0 1000 else io.weight=8:0 10000",
				"/blockIO/weightDevice/1 io.bfq.weight=8:16 500 else io.weight=8:16 4950",
			},
		},
		{
			`{"blockIO":{"weight":0,"leafWeight":0,"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":600}],"throttleWriteBpsDevice":[{"major":8,"minor":0,"rate":0}],` +
				`"throttleReadIOPSDevice":[{"major":8,"minor":1,"rate":7}],"throttleWriteIOPSDevice":[{"major":8,"minor":0,"rate":8},{"major":8,"minor":16,"rate":18446744073709551615}]}}`,
			[]string{
				"/blockIO/throttleReadBpsDevice/0 blkio.throttle.read_bps_device=8:0 600",
				"/blockIO/throttleWriteBpsDevice/0 blkio.throttle.write_bps_device=8:0 0",
				"/blockIO/throttleReadIOPSDevice/0 blkio.throttle.read_iops_device=8:1 7",
				"/blockIO/throttleWriteIOPSDevice/0 blkio.throttle.write_iops_device=8:0 8",
				"/blockIO/throttleWriteIOPSDevice/1 blkio.throttle.write_iops_device=8:16 18446744073709551615",
			},
			[]string{
				"/blockIO/throttleReadBpsDevice/0 io.max=8:0 rbps=600", "/blockIO/throttleWriteBpsDevice/0 io.max=8:0 wbps=max",
				"/blockIO/throttleReadIOPSDevice/0 io.max=8:1 riops=7", "/blockIO/throttleWriteIOPSDevice/0 io.max=8:0 wiops=8",
				"/blockIO/throttleWriteIOPSDevice/1 io.max=8:16 wiops=18446744073709551615",
			},
		},
		{
			`{"hugepageLimits":[{"pageSize":"2MB","limit":0},{"pageSize":"1GB","limit":1073741824}]}`,
			[]string{
				"/hugepageLimits/0 hugetlb.2MB.limit_in_bytes=0", "/hugepageLimits/0 hugetlb.2MB.rsvd.limit_in_bytes=0",
				"/hugepageLimits/1 hugetlb.1GB.limit_in_bytes=1073741824", "/hugepageLimits/1 hugetlb.1GB.rsvd.limit_in_bytes=1073741824",
			},
			[]string{
				"/hugepageLimits/0 hugetlb.2MB.max=0", "/hugepageLimits/0 hugetlb.2MB.rsvd.max=0",
				"/hugepageLimits/1 hugetlb.1GB.max=1073741824", "/hugepageLimits/1 hugetlb.1GB.rsvd.max=1073741824",
			},
		},
		{
			`{"rdma":{"mlx5_1":{"hcaObjects":0},"mlx4_0":{"hcaHandles":3,"hcaObjects":10000}}}`,
			[]string{"/rdma/mlx4_0 rdma.max=mlx4_0 hca_handle=3 hca_object=10000", "/rdma/mlx5_1 rdma.max=mlx5_1 hca_object=0"},
			[]string{"/rdma/mlx4_0 rdma.max=mlx4_0 hca_handle=3 hca_object=10000", "/rdma/mlx5_1 rdma.max=mlx5_1 hca_object=0"},
		},
		{`{"network":{"classID":0}}`, []string{"/network/classID net_cls.classid=0"}, nil},
		{`{"devices":[]}`, []string{"/devices devices.deny=a"}, nil},
	} {
		for mode, want := range map[Mode][]string{V1: c.v1, V2: c.v2} {
			settings, err := Settings(resources(t, c.resources), all(mode))
			if err != nil {
				t.Errorf("%s %s: %v", mode, c.resources, err)
			} else if got := lines(settings); got != wantLines(want...) {
				t.Errorf("%s %s:\n%swant\n%s", mode, c.resources, got, wantLines(want...))
			}
		}
	}
	if s, err := Settings(nil, all(V1)); s != nil || err != nil {
		t.Errorf("no resources: %v %v", s, err)
	}
}

func TestSettingsOfOneVersion(t *testing.T) {
	for _, c := range []struct {
		mode      Mode
		resources string
		want      []string
	}{
		{V1, `{"memory":{"kernel":4096,"kernelTCP":8192,"swappiness":100,"disableOOMKiller":true,"useHierarchy":false}}`, []string{
			"/memory/kernel memory.kmem.limit_in_bytes=4096", "/memory/kernelTCP memory.kmem.tcp.limit_in_bytes=8192",
			"/memory/swappiness memory.swappiness=100", "/memory/disableOOMKiller memory.oom_control=1",
		}},
		{V1, `{"memory":{"swappiness":0}}`, []string{"/memory/swappiness memory.swappiness=0"}},
		{V1, `{"cpu":{"realtimeRuntime":950000,"realtimePeriod":1000000}}`, []string{
			"/cpu/realtimePeriod cpu.rt_period_us=1000000", "/cpu/realtimeRuntime cpu.rt_runtime_us=950000",
		}},
		{V1, `{"network":{"classID":1048577,"priorities":[{"name":"eth0","priority":500},{"name":"lo","priority":0}]}}`, []string{
			"/network/classID net_cls.classid=1048577", "/network/priorities/0 net_prio.ifpriomap=eth0 500", "/network/priorities/1 net_prio.ifpriomap=lo 0",
		}},
		{V2, `{"memory":{"limit":-1,"swap":4096}}`, []string{"/memory/swap memory.swap.max=4096", "/memory/limit memory.max=max"}},
		{V2, `{"unified":{"memory.high":"1024","io.max":"8:0 rbps=1\n8:16 rbps=2","cgroup.max.depth":"3","cpu.pressure":"some 1 2"},"memory":{"limit":4096}}`, []string{
			"/memory/limit memory.max=4096",
			"/unified/cgroup.max.depth cgroup.max.depth=3", "/unified/cpu.pressure cpu.pressure=some 1 2",
			"/unified/io.max io.max=8:0 rbps=1\n8:16 rbps=2", "/unified/memory.high memory.high=1024",
		}},
	} {
		settings, err := Settings(resources(t, c.resources), all(c.mode))
		if err != nil {
			t.Errorf("%s %s: %v", c.mode, c.resources, err)
		} else if got := lines(settings); got != wantLines(c.want...) {
			t.Errorf("%s %s:\n%swant\n%s", c.mode, c.resources, got, wantLines(c.want...))
		}
	}
}

// On a hybrid host each controller is where it is mounted.
func TestSettingsOnAHybridHost(t *testing.T) {
	l := Layout{
		Mode: Hybrid, Unified: "/u", Available: []string{"hugetlb", "io"},
		V1: map[string]string{"memory": "/m", "devices": "/d"},
	}
	settings, err := Settings(resources(t, `{"memory":{"limit":4096},"hugepageLimits":[{"pageSize":"2MB","limit":5}],
		"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":6}]},"unified":{"hugetlb.1GB.max":"7"},
		"devices":[{"allow":true,"type":"c","major":1,"minor":3,"access":"rw"}]}`), l)
	if err != nil {
		t.Fatal(err)
	}
	want := wantLines(
		"/devices devices.deny=a", "/devices/0 devices.allow=c 1:3 rw", "/memory/limit memory.limit_in_bytes=4096",
		"/blockIO/throttleReadBpsDevice/0 io.max=8:0 rbps=6",
		"/hugepageLimits/0 hugetlb.2MB.max=5", "/hugepageLimits/0 hugetlb.2MB.rsvd.max=5", "/unified/hugetlb.1GB.max hugetlb.1GB.max=7",
	)
	if got := lines(settings); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := strings.Join(l.UnifiedControllers(settings), " "); got != "hugetlb io" {
		t.Errorf("controllers of version 2: %s", got)
	}
}

func TestSettingsRefuse(t *testing.T) {
	for _, c := range []struct {
		mode      Mode
		resources string
		want      []string // a piece of each fault, pointer first
	}{
		{V1, `{"memory":{"limit":-2,"reservation":-3,"swap":-4,"kernel":-5,"swappiness":101}}`, []string{
			"/memory/limit: cannot set memory.limit_in_bytes to -2: it must be positive", "/memory/swap: cannot set memory and swap to -4",
			"/memory/reservation: ", "/memory/kernel: ", "/memory/swappiness: cannot set swappiness to 101: it must lie between 0 and 100",
		}},
		{V1, `{"memory":{"limit":1000,"swap":999}}`, []string{"/memory/swap: cannot set memory and swap to 999: it must be at least the memory limit, 1000"}},
		{V2, `{"memory":{"limit":1000,"swap":999}}`, []string{"/memory/swap: cannot set memory and swap to 999: it must be at least the memory limit, 1000"}},
		{V2, `{"memory":{"swap":999}}`, []string{"/memory/swap: cannot set memory and swap to 999: it needs /linux/resources/memory/limit beside it"}},
		{V1, `{"memory":{"limit":-1,"swap":999}}`, []string{"/memory/swap: cannot set memory and swap to 999: it must be -1 as well"}},
		{V2, `{"memory":{"kernel":1,"kernelTCP":1,"swappiness":0,"disableOOMKiller":true}}`, []string{
			"/memory/kernel: cannot be set: cgroup v2 has no limit for kernel memory alone", "/memory/kernelTCP: cannot be set: ",
			"/memory/swappiness: cannot be set: ", "/memory/disableOOMKiller: cannot be set: ",
		}},
		{V1, `{"cpu":{"quota":999,"period":999,"burst":1,"idle":2,"cpus":"all","mems":"0\n1"}}`, []string{
			"/cpu/idle: cannot set cpu.idle to 2: it is 0 or 1", "/cpu/period: cannot set a CPU period of 999 µs: ",
			"/cpu/quota: cannot set a CPU quota of 999 µs: it must be at least 1000", `/cpu/cpus: cannot set cpuset.cpus to "all": it is not a list like "0-3,7"`, "/cpu/mems: ",
		}},
		{V2, `{"cpu":{"quota":-2,"period":1000001}}`, []string{"/cpu/quota: cannot set a CPU quota of -2 µs", "/cpu/period: cannot set a CPU period of 1000001 µs"}},
		{V2, `{"cpu":{"quota":2000,"burst":2001}}`, []string{"/cpu/burst: cannot set a CPU burst of 2001 µs: it must not exceed the quota, 2000 µs"}},
		{V2, `{"cpu":{"realtimeRuntime":1,"realtimePeriod":2}}`, []string{"/cpu/realtimeRuntime: cannot be set: cgroup v2 does not divide realtime time", "/cpu/realtimePeriod: "}},
		{V1, `{"cpu":{"realtimeRuntime":3,"realtimePeriod":2}}`, []string{"/cpu/realtimeRuntime: cannot set a realtime runtime of 3 µs: "}},
		{V1, `{"pids":{"limit":-2}}`, []string{"/pids/limit: cannot set pids.max to -2"}},
		{V1, `{"blockIO":{"weight":9,"leafWeight":10,"weightDevice":[{"major":8,"minor":0,"weight":1001},{"major":-1,"minor":0,"weight":10,"leafWeight":10}]}}`, []string{
			"/blockIO/weight: cannot set a block I/O weight of 9: it must lie between 10 and 1000", "/blockIO/leafWeight: cannot be set: leaf weights went with the CFQ scheduler",
			"/blockIO/weightDevice/0/weight: cannot set a block I/O weight of 1001", "/blockIO/weightDevice/1/leafWeight: ", "/blockIO/weightDevice/1/major: cannot name device -1:0",
		}},
		{V2, `{"blockIO":{"throttleReadBpsDevice":[{"major":4096,"minor":0,"rate":1}],"throttleWriteIOPSDevice":[{"major":0,"minor":1048576,"rate":1}]}}`, []string{
			"/blockIO/throttleReadBpsDevice/0/major: cannot name device 4096:0", "/blockIO/throttleWriteIOPSDevice/0/minor: cannot name device 0:1048576",
		}},
		{V2, `{"hugepageLimits":[{"pageSize":"2MB/../../x","limit":1},{"pageSize":"2M","limit":1},{"pageSize":"","limit":1},{"pageSize":"B","limit":1},{"pageSize":"02MB","limit":1},{"pageSize":"MB","limit":1}]}`, []string{
			`/hugepageLimits/0/pageSize: cannot limit huge pages of "2MB/../../x"`, "/hugepageLimits/1/pageSize: ", "/hugepageLimits/2/pageSize: ", "/hugepageLimits/3/pageSize: ", "/hugepageLimits/4/pageSize: ", "/hugepageLimits/5/pageSize: ",
		}},
		{V1, `{"network":{"priorities":[{"name":"eth0 1\neth1","priority":1},{"name":"","priority":1},{"name":"sixteen-letters-","priority":1}]}}`, []string{
			"/network/priorities/0/name: cannot set a priority for interface", "/network/priorities/1/name: ", "/network/priorities/2/name: ",
		}},
		{V2, `{"network":{"classID":1,"priorities":[{"name":"eth0","priority":1}]}}`, []string{
			"/network/classID: cannot be set: cgroup v2 has no net_cls", "/network/priorities: cannot be set: cgroup v2 has no net_prio",
		}},
		{V2, `{"rdma":{"a b":{"hcaHandles":1},"x/y":{"hcaHandles":1},"z":{}}}`, []string{
			`/rdma/a b: cannot limit RDMA device "a b"`, "/rdma/x~1y: ", `/rdma/z: cannot limit RDMA device "z": hcaHandles or hcaObjects must be given`,
		}},
		{V1, `{"unified":{"memory.high":"1"}}`, []string{`/unified/memory.high: cannot write "memory.high": it is a file of cgroup v2, and this host has cgroup v1 only`}},
		{V2, `{"unified":{"../memory.max":"1","a/b.c":"1",".":"1","..":"1","":"1","tasks":"1","memory.hi\u0000gh":"1","memory.high":"\u0000","~.x":"1"}}`, []string{
			`/unified/: cannot write "": it is not the name of a cgroup v2 file`, "/unified/.: ", "/unified/..: ", "/unified/..~1memory.max: ", "/unified/a~1b.c: ",
			"/unified/memory.hi\x00gh: ", `/unified/memory.high: cannot write "memory.high": its value contains a NUL byte`, "/unified/tasks: ", "/unified/~0.x: ",
		}},
		{V2, `{"unified":{"cgroup.procs":"1","cgroup.threads":"1","cgroup.kill":"1","cgroup.freeze":"1","cgroup.type":"threaded","cgroup.subtree_control":"+memory"}}`, []string{
			"/unified/cgroup.freeze: ", "/unified/cgroup.kill: ", "/unified/cgroup.procs: ", "/unified/cgroup.subtree_control: ", "/unified/cgroup.threads: ", "/unified/cgroup.type: ",
		}},
		{V2, `{"unified":{"misc.max":"1"}}`, []string{`/unified/misc.max: cannot write "misc.max": cgroup v2 at /sys/fs/cgroup has no misc controller`}},
		{V1, `{"devices":[{"allow":true,"type":"p","access":"r"},{"allow":true,"access":"x"},{"allow":true,"access":""},{"allow":true,"type":"c","major":-2,"access":"r"},{"allow":true,"type":"c","minor":1048576,"access":"r"}]}`, []string{
			`/devices/0/type: cannot use this device rule: type "p" is none of "a", "b", "c"`, "/devices/1/access: ", "/devices/2/access: ", "/devices/3/major: ", "/devices/4/minor: ",
		}},
	} {
		_, err := Settings(resources(t, c.resources), all(c.mode))
		checkFaults(t, string(c.mode)+" "+c.resources, err, c.want)
	}
}

func checkFaults(t *testing.T, name string, err error, want []string) {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Errorf("%s: %v is no list of faults", name, err)
		return
	}
	faults := joined.Unwrap()
	for i := range max(len(faults), len(want)) {
		switch {
		case i >= len(faults):
			t.Errorf("%s: no fault %q", name, want[i])
		case i >= len(want):
			t.Errorf("%s: unexpected %v", name, faults[i])
		default:
			var f *FieldError
			if !errors.As(faults[i], &f) || !strings.HasPrefix(f.Error(), "/linux/resources"+want[i]) {
				t.Errorf("%s:\n got %v\nwant %s", name, faults[i], want[i])
			}
		}
	}
}

// A host that lacks a controller is wrong only for a config that needs it.
func TestSettingsNeedTheirController(t *testing.T) {
	const wish = `{"memory":{"limit":1,"disableOOMKiller":false},"cpu":{"shares":5,"cpus":"0"},"pids":{"limit":1},
		"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":6},{"major":8,"minor":1,"rate":6}]},"devices":[]}`
	_, err := Settings(resources(t, wish), Layout{Mode: V1, V1: map[string]string{"name=systemd": "/s"}})
	checkFaults(t, "v1", err, []string{
		"/devices: cannot set devices.deny: the devices controller is not mounted; mount it (mount -t cgroup -o devices devices /sys/fs/cgroup/devices) or remove the field",
		"/memory/limit: cannot set memory.limit_in_bytes: the memory controller is not mounted", "/cpu/shares: cannot set cpu.shares: ",
		"/cpu/cpus: cannot set cpuset.cpus: the cpuset controller", "/pids/limit: ", "/blockIO/throttleReadBpsDevice: ",
	})
	_, err = Settings(resources(t, wish), Layout{Mode: V2, Unified: "/u", Available: []string{"cpu"}})
	checkFaults(t, "v2", err, []string{
		"/memory/limit: cannot set memory.max: cgroup v2 at /u has no memory controller (see cgroup.controllers there)",
		"/cpu/cpus: ", "/pids/limit: ", "/blockIO/throttleReadBpsDevice: ",
	})
	_, err = Settings(resources(t, `{"pids":{"limit":1}}`), Layout{Mode: None})
	checkFaults(t, "none", err, []string{"/pids/limit: cannot set pids.max: no cgroup hierarchy is mounted"})
	_, err = Settings(resources(t, `{"memory":{"disableOOMKiller":false},"pids":{}}`), Layout{Mode: None})
	if err != nil {
		t.Error(err)
	}
}

// Settings are the same every time, although maps are not.
func TestSettingsAreDeterministic(t *testing.T) {
	r := resources(t, `{"unified":{"memory.a":"1","memory.b":"1","memory.c":"1","memory.d":"1"},"rdma":{"a":{"hcaHandles":1},"b":{"hcaHandles":1},"c":{"hcaHandles":1}}}`)
	first, err := Settings(r, all(V2))
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if again, _ := Settings(r, all(V2)); lines(again) != lines(first) {
			t.Fatalf("got\n%sand\n%s", lines(first), lines(again))
		}
	}
}

func TestWeightCurve(t *testing.T) {
	// The points that define the curve, some between as the published formula
	// ⌈10^((l² + 125l)/612 − 7/34)⌉ gives them, and the clamps.
	for shares, want := range map[uint64]uint64{
		0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 10: 4, 100: 17, 102: 17, 256: 35, 512: 59, 1000: 99, 1023: 100, 1024: 100, 1025: 101,
		2048: 174, 4096: 303, 10240: 639, 65536: 3023, 262143: 10000, 262144: 10000, 1 << 40: 10000,
	} {
		if got := Weight(shares); got != want {
			t.Errorf("%d shares: weight %d, want %d", shares, got, want)
		}
	}
	last := uint64(0)
	for shares := uint64(2); shares <= 262144; shares++ {
		w := Weight(shares)
		if w < last || w < 1 || w > 10000 {
			t.Fatalf("%d shares: weight %d after %d", shares, w, last)
		}
		last = w
	}
}
