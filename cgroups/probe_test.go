package cgroups

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// everyMount says that no mount is hidden by another.
func everyMount(string, string) bool { return true }

const hybridMounts = `23 1 254:0 / / rw,relatime - ext4 /dev/root rw
31 23 0:28 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/unified rw,nosuid shared:5 - cgroup2 cgroup2 rw,nsdelegate
33 31 0:30 / /sys/fs/cgroup/systemd rw,nosuid shared:6 - cgroup cgroup rw,xattr,name=systemd
34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:7 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,nosuid shared:8 - cgroup cgroup rw,memory
`

const hybridOwn = `4:memory:/user.slice
3:cpu,cpuacct:/user.slice
1:name=systemd:/user.slice/session-1.scope
0::/user.slice/session-1.scope
`

func TestLayoutIsReadFromMountinfo(t *testing.T) {
	hybrid := Layout{
		Mode: Hybrid, Unified: "/sys/fs/cgroup/unified",
		V1: map[string]string{
			"cpu": "/sys/fs/cgroup/cpu,cpuacct", "cpuacct": "/sys/fs/cgroup/cpu,cpuacct",
			"memory": "/sys/fs/cgroup/memory", "name=systemd": "/sys/fs/cgroup/systemd",
		},
		Own: map[string]string{
			"": "/user.slice/session-1.scope", "cpu": "/user.slice", "cpuacct": "/user.slice",
			"memory": "/user.slice", "name=systemd": "/user.slice/session-1.scope",
		},
	}
	v1 := hybrid
	v1.Mode, v1.Unified = V1, ""
	v1.Own = map[string]string{"cpu": "/user.slice", "cpuacct": "/user.slice", "memory": "/user.slice", "name=systemd": "/user.slice/session-1.scope"}
	for _, c := range []struct {
		name, mounts, own string
		visible           func(id, mountpoint string) bool
		want              Layout
	}{
		{"hybrid", hybridMounts, hybridOwn, everyMount, hybrid},
		{
			"a unified mount that is hidden below another does not count", hybridMounts, hybridOwn,
			func(id, _ string) bool { return id != "32" }, v1,
		},
		{
			"a cgroup2 mount in an unusual place does not count beside v1",
			strings.Replace(hybridMounts, "/sys/fs/cgroup/unified", "/run/cilium/cgroupv2", 1), hybridOwn, everyMount, v1,
		},
		{
			"a cgroup2 mount in an unusual place is all there is",
			`9 1 0:9 / /mnt/my\040cgroups rw - cgroup2 none rw` + "\n", "0::/a\n", everyMount,
			Layout{Mode: V2, Unified: "/mnt/my cgroups", V1: nil, Own: map[string]string{"": "/a"}},
		},
		{
			"in a container without a cgroup namespace, paths are below the mount's root",
			"9 1 0:9 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
				"10 1 0:10 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n" +
				"11 1 0:11 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n",
			"3:memory:/docker/abc/x\n2:pids:/docker/abc\n1:cpu:/docker/abcd\n", everyMount,
			Layout{
				Mode: V1,
				V1:   map[string]string{"memory": "/sys/fs/cgroup/memory", "pids": "/sys/fs/cgroup/pids", "cpu": "/sys/fs/cgroup/cpu"},
				Own:  map[string]string{"memory": "/x", "pids": "/", "cpu": "/"},
			},
		},
		{
			"outside the cgroup namespace's root, or deleted",
			"9 1 0:9 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n10 1 0:9 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n",
			"3:memory:/../x\n2:pids:/y (deleted)\n", everyMount,
			Layout{
				Mode: V1, V1: map[string]string{"memory": "/sys/fs/cgroup/memory", "pids": "/sys/fs/cgroup/pids"},
				Own: map[string]string{"memory": "/", "pids": "/y"},
			},
		},
		{
			"the customary mount wins",
			"9 1 0:9 / /a rw - cgroup cgroup rw,memory\n10 1 0:9 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n11 1 0:9 / /b rw - cgroup cgroup rw,memory\n",
			"3:memory:/\n", everyMount,
			Layout{Mode: V1, V1: map[string]string{"memory": "/sys/fs/cgroup/memory"}, Own: map[string]string{"memory": "/"}},
		},
		{"nothing", "23 1 254:0 / / rw - ext4 /dev/root rw\n", "0::/\n", everyMount, Layout{Mode: None}},
	} {
		if got := layoutOf(c.mounts, c.own, c.visible); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestHierarchiesHaveOneOrder(t *testing.T) {
	l := layoutOf(hybridMounts, hybridOwn, everyMount)
	want := []Hierarchy{
		{[]string{"cpu", "cpuacct"}, "/sys/fs/cgroup/cpu,cpuacct"},
		{[]string{"memory"}, "/sys/fs/cgroup/memory"},
		{[]string{"name=systemd"}, "/sys/fs/cgroup/systemd"},
		{nil, "/sys/fs/cgroup/unified"},
	}
	for range 50 { // maps change their order
		if got := l.Hierarchies(); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestLayoutSurvivesAFile(t *testing.T) {
	l := layoutOf(hybridMounts, hybridOwn, everyMount)
	l.Available = []string{"hugetlb"}
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var back Layout
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, l) {
		t.Errorf("%v: %s became %+v", err, text, back)
	}
}

func TestVersionOfAController(t *testing.T) {
	l := Layout{Mode: Hybrid, Unified: "/u", Available: []string{"hugetlb", "io"}, V1: map[string]string{"blkio": "/b", "memory": "/m"}}
	for _, c := range []struct {
		controller string
		version    int
		present    bool
	}{
		{"memory", 1, true}, {"hugetlb", 2, true}, {"io", 1, true}, {"blkio", 1, true}, {"pids", 1, false},
	} {
		if v, p := l.version(c.controller); v != c.version || p != c.present {
			t.Errorf("%s: version %d, present %v", c.controller, v, p)
		}
	}
	if l.DevicesByProgram() != true || (&Layout{V1: map[string]string{"devices": "/d"}, Unified: "/u"}).DevicesByProgram() || (&Layout{Mode: V1}).DevicesByProgram() {
		t.Error("DevicesByProgram: wrong")
	}
}

// TestProbe needs no privilege, whatever is mounted.
func TestProbe(t *testing.T) {
	l, err := Probe()
	if err != nil {
		t.Fatal(err)
	}
	if l.Mode == None {
		t.Skip("no cgroups are mounted here")
	}
	for _, h := range l.Hierarchies() {
		if _, err := os.Stat(h.Mountpoint + "/cgroup.procs"); err != nil {
			t.Errorf("%v is no mounted hierarchy: %v", h, err)
		}
	}
}

func BenchmarkProbe(b *testing.B) {
	for b.Loop() {
		if _, err := Probe(); err != nil {
			b.Fatal(err)
		}
	}
}
