package cgroups

import (
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestUnitNames(t *testing.T) {
	system, user := &Manager{Version: 257, Root: "/"}, &Manager{User: true, Version: 257, Root: "/"}
	for _, c := range []struct {
		m                     *Manager
		path                  string
		name, slice, location string
	}{
		{system, "", "tare-c1.scope", "system.slice", "/system.slice/tare-c1.scope"},
		{user, "", "tare-c1.scope", "user.slice", "/user.slice/tare-c1.scope"},
		{system, "::", "-c1.scope", "system.slice", "/system.slice/-c1.scope"},
		{user, ":libpod:x", "libpod-x.scope", "user.slice", "/user.slice/libpod-x.scope"},
		{system, "machine.slice:libpod:x", "libpod-x.scope", "machine.slice", "/machine.slice/libpod-x.scope"},
		{system, "a-b-c.slice:p:n", "p-n.scope", "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice/p-n.scope"},
		{system, "-.slice:p:n", "p-n.scope", "-.slice", "/p-n.scope"},
		{system, "memory.slice:cpu.x:n", "cpu.x-n.scope", "memory.slice", "/_memory.slice/_cpu.x-n.scope"},
		{system, "_a.slice:cgroup.p:n", "cgroup.p-n.scope", "_a.slice", "/__a.slice/_cgroup.p-n.scope"},
		{system, ":cgroups.p:n", "cgroups.p-n.scope", "system.slice", "/system.slice/cgroups.p-n.scope"},
	} {
		u, err := c.m.UnitOf(c.path, "c1")
		if err != nil {
			t.Errorf("%q: %v", c.path, err)
			continue
		}
		if u.Name != c.name || u.Slice != c.slice || u.Path() != c.location {
			t.Errorf("%q is %s in %s at %s", c.path, u.Name, u.Slice, u.Path())
		}
	}
}

func TestUnitNamesThatAreRefused(t *testing.T) {
	m := &Manager{Version: 257, Root: "/"}
	for path, why := range map[string]string{
		"/a/b":                           `it does not read like "SLICE:PREFIX:NAME"`,
		"a.slice:b":                      `it does not read like "SLICE:PREFIX:NAME"`,
		"a.slice:b:c:d":                  `it does not read like "SLICE:PREFIX:NAME"`,
		"a:b:c":                          `it is not a name like "user.slice"`,
		".slice:b:c":                     `it is not a name like "user.slice"`,
		"../x.slice:b:c":                 "a character that is not",
		"a--b.slice:b:c":                 "each dash must stand between",
		"-a.slice:b:c":                   "each dash must stand between",
		"a-.slice:b:c":                   "each dash must stand between",
		"a.slice:b:../c":                 "a character that is not",
		"a.slice:b/d:c":                  "a character that is not",
		"a.slice:b:c+d":                  "a character that is not",
		"a.slice:b:c\n":                  "a character that is not",
		"a.slice:b:c.slice":              "a slice of systemd has no processes of its own",
		":b:" + strings.Repeat("x", 249): "and systemd takes 255",
	} {
		if u, err := m.UnitOf(path, "c1"); err == nil {
			t.Errorf("%q is %v", path, u)
		} else if !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func propertyText(list []Property) string {
	words := make([]string, len(list))
	for i := range list {
		words[i] = list[i].String()
	}
	return strings.Join(words, " ")
}

func TestSettingsAsProperties(t *testing.T) {
	v2 := Layout{Mode: V2, Unified: "/sys/fs/cgroup", Available: []string{"cpu", "cpuset", "io", "memory", "pids", "hugetlb"}}
	v1 := Layout{Mode: V1, V1: map[string]string{"cpu": "/c", "memory": "/m", "pids": "/p", "blkio": "/b", "cpuset": "/s", "hugetlb": "/h"}}
	for _, c := range []struct {
		layout           *Layout
		version          int
		controller, file string
		value, want      string
	}{
		{&v2, 257, "memory", "memory.max", "max", "MemoryMax=uint64 18446744073709551615"},
		{&v2, 257, "memory", "memory.high", "1G", "MemoryHigh=uint64 1073741824"},
		{&v2, 257, "memory", "memory.low", "4096", "MemoryLow=uint64 4096"},
		{&v2, 257, "memory", "memory.min", "0", "MemoryMin=uint64 0"},
		{&v2, 257, "memory", "memory.swap.max", "0", "MemorySwapMax=uint64 0"},
		{&v2, 253, "memory", "memory.zswap.max", "5", "MemoryZSwapMax=uint64 5"},
		{&v2, 252, "memory", "memory.zswap.max", "5", ""},
		{&v2, 256, "memory", "memory.zswap.writeback", "0", "MemoryZSwapWriteback=false"},
		{&v2, 257, "memory", "memory.oom.group", "1", ""},
		{&v2, 257, "memory", "memory.max", "lots", ""},
		{&v2, 257, "memory", "memory.max", "20000000000G", ""},
		{&v2, 257, "cpu", "cpu.weight", "100", "CPUWeight=uint64 100"},
		{&v2, 252, "cpu", "cpu.idle", "1", "CPUWeight=uint64 0"},
		{&v2, 252, "cpu", "cpu.idle", "0", ""},
		{&v2, 251, "cpu", "cpu.idle", "1", ""},
		{&v2, 257, "cpu", "cpu.max", "50000 100000", "CPUQuotaPerSecUSec=uint64 500000 CPUQuotaPeriodUSec=uint64 100000"},
		{&v2, 257, "cpu", "cpu.max", "max 50000", "CPUQuotaPerSecUSec=uint64 18446744073709551615 CPUQuotaPeriodUSec=uint64 50000"},
		{&v2, 257, "cpu", "cpu.max", "20000", "CPUQuotaPerSecUSec=uint64 200000 CPUQuotaPeriodUSec=uint64 100000"},
		{&v2, 257, "cpu", "cpu.max.burst", "5", ""},
		{&v2, 257, "cpuset", "cpuset.cpus", "0-1, 16", "AllowedCPUs=[byte 0x03, 0x00, 0x01]"},
		{&v2, 257, "cpuset", "cpuset.mems", "1", "AllowedMemoryNodes=[byte 0x02]"},
		{&v2, 257, "cpuset", "cpuset.cpus", "9999", ""},
		{&v2, 257, "cpuset", "cpuset.cpus", "3-1", ""},
		{&v2, 257, "pids", "pids.max", "max", "TasksMax=uint64 18446744073709551615"},
		{&v2, 257, "io", "io.bfq.weight", "10", "IOWeight=uint64 1"},
		{&v2, 257, "io", "io.bfq.weight", "8:0 1000", "IODeviceWeight=[('/dev/block/8:0', uint64 10000)]"},
		{&v2, 257, "io", "io.weight", "default 50", "IOWeight=uint64 50"},
		{&v2, 257, "io", "io.weight", "8:0 50", "IODeviceWeight=[('/dev/block/8:0', uint64 50)]"},
		{&v2, 257, "io", "io.max", "8:0 rbps=1 wbps=2 riops=3 wiops=max", "IOReadBandwidthMax=[('/dev/block/8:0', uint64 1)] IOWriteBandwidthMax=[('/dev/block/8:0', uint64 2)] IOReadIOPSMax=[('/dev/block/8:0', uint64 3)] IOWriteIOPSMax=[('/dev/block/8:0', uint64 18446744073709551615)]"},
		{&v2, 257, "hugetlb", "hugetlb.2MB.max", "5", ""},
		{&v1, 257, "memory", "memory.limit_in_bytes", "-1", "MemoryLimit=uint64 18446744073709551615"},
		{&v1, 257, "memory", "memory.memsw.limit_in_bytes", "5", ""},
		{&v1, 257, "cpu", "cpu.shares", "1024", "CPUShares=uint64 1024"},
		{&v1, 257, "cpu", "cpu.cfs_quota_us", "50000", "CPUQuotaPerSecUSec=uint64 500000"},
		{&v1, 257, "cpu", "cpu.cfs_period_us", "50000", "CPUQuotaPeriodUSec=uint64 50000"},
		{&v1, 257, "pids", "pids.max", "5", "TasksMax=uint64 5"},
		{&v1, 257, "blkio", "blkio.bfq.weight", "500", "BlockIOWeight=uint64 500"},
		{&v1, 257, "blkio", "blkio.bfq.weight_device", "8:0 500", "BlockIODeviceWeight=[('/dev/block/8:0', uint64 500)]"},
		{&v1, 257, "blkio", "blkio.throttle.write_bps_device", "8:0 5", "BlockIOWriteBandwidth=[('/dev/block/8:0', uint64 5)]"},
		{&v1, 257, "cpuset", "cpuset.cpus", "0", ""},
	} {
		m := Manager{Version: c.version}
		got := propertyText(m.Properties([]Setting{{Controller: c.controller, File: c.file, Value: c.value}}, c.layout))
		if got != c.want {
			t.Errorf("%s in %s for %d is %s, not %s", c.value, c.file, c.version, got, c.want)
		}
	}
}

func TestSomePropertiesDependOnTheVersion(t *testing.T) {
	l := Layout{Mode: V2, Unified: "/", Available: []string{"cpu", "memory", "pids"}}
	settings := []Setting{{Controller: "pids", File: "pids.max", Value: "5"}, {Controller: "memory", File: "memory.max", Value: "5"}}
	if NeedsVersion(settings, &l) {
		t.Error("an old property needs the version")
	}
	if got := propertyText((&Manager{}).Properties(settings, &l)); got != "TasksMax=uint64 5 MemoryMax=uint64 5" {
		t.Errorf("without a version: %s", got)
	}
	if !NeedsVersion(append(settings, Setting{Controller: "cpu", File: "cpu.idle", Value: "1"}), &l) {
		t.Error("a newer property does not need the version")
	}
}

// What is set last counts, and a device joins the others.
func TestSettingsJoinInOneProperty(t *testing.T) {
	l := Layout{Mode: V2, Unified: "/", Available: []string{"io", "memory"}}
	got := propertyText((&Manager{Version: 257}).Properties([]Setting{
		{Controller: "memory", File: "memory.max", Value: "5"},
		{Controller: "io", File: "io.max", Value: "8:0 rbps=1"},
		{Controller: "io", File: "io.max", Value: "8:16 rbps=2"},
		{Controller: "memory", File: "memory.max", Value: "7"},
	}, &l))
	if got != "MemoryMax=uint64 7 IOReadBandwidthMax=[('/dev/block/8:0', uint64 1), ('/dev/block/8:16', 2)]" {
		t.Error(got)
	}
}

// Systemd makes a quota of a period out of one of a second by dividing; the quota
// must be the one that was asked for, or more by what a second is rounded.
func TestQuotasSurviveSystemd(t *testing.T) {
	for _, period := range []uint64{1000, 1001, 33333, 70000, 100000, 999999, 1000000} {
		for _, quota := range []uint64{1000, 1001, 33333, 99999, 123456, 800000, 10000000} {
			if got := perSecond(quota, period) * period / 1000000; got < quota || got-quota > period/10000 {
				t.Errorf("%d of %d becomes %d", quota, period, got)
			}
		}
	}
}

func TestDeviceRulesAsProperties(t *testing.T) {
	v2 := Layout{Mode: V2, Unified: "/sys/fs/cgroup"}
	v1 := Layout{Mode: V1, V1: map[string]string{"devices": "/d"}}
	for _, c := range []struct {
		layout *Layout
		rules  string
		want   string
		fault  string
	}{
		{&v2, "", "DevicePolicy='strict' DeviceAllow=@a(ss) []", ""},
		{&v2, "allow c 1:3 rwm,allow b 8:* r,allow c *:* m", "DevicePolicy='strict' DeviceAllow=[('/dev/char/1:3', 'rwm'), ('block-8', 'r'), ('char-*', 'm')]", ""},
		{&v2, "allow c *:3 rw", "DevicePolicy='strict' DeviceAllow=[('char-*', 'rw')]", ""},
		{&v1, "allow c *:3 rw", "", "no minor number of all drivers"},
		{&v2, "allow a *:* rwm", "DevicePolicy='auto'", ""},
		{&v1, "allow a *:* rwm", "DevicePolicy='auto'", ""},
		{&v2, "allow a *:* rwm,deny c 1:3 rw", "DevicePolicy='auto'", ""},
		{&v1, "allow a *:* rwm,deny c 1:3 rw", "", "denied among others"},
		{&v2, "allow c 1:* rw,deny c 1:3 rw", "DevicePolicy='auto'", ""},
		{&v1, "allow c 1:* rw,deny c 1:3 rw", "", "takes back a part"},
		// One entry must allow all that is opened for.
		{&v2, "allow c *:* r,allow c 1:3 w", "DevicePolicy='strict' DeviceAllow=[('char-*', 'r'), ('/dev/char/1:3', 'rw')]", ""},
	} {
		var list []specs.LinuxDeviceCgroup
		for _, line := range strings.Split(c.rules, ",") {
			if line != "" {
				list = append(list, rules(t, line)...)
			}
		}
		got, faults := DeviceProperties(list, c.layout)
		switch {
		case c.fault == "" && (len(faults) > 0 || propertyText(got) != c.want):
			t.Errorf("%s is %s, %v", c.rules, propertyText(got), faults)
		case c.fault != "" && (len(faults) == 0 || !strings.Contains(faults[0].Error(), c.fault)):
			t.Errorf("%s: %v", c.rules, faults)
		}
	}
}

func TestAnnotatedProperties(t *testing.T) {
	for _, c := range []struct{ name, value, want, fault string }{
		{"CollectMode", "'inactive'", "CollectMode='inactive'", ""},
		{"TimeoutStopUSec", "uint64 5", "TimeoutStopUSec=uint64 5", ""},
		{"TimeoutStopSec", "uint64 5", "TimeoutStopUSec=uint64 5000000", ""},
		{"TimeoutStopSec", "0.25", "TimeoutStopUSec=uint64 250000", ""},
		{"TimeoutStopSec", "5", "TimeoutStopUSec=uint64 5000000", ""},
		{"TimeoutStopSec", "-5", "", "number of seconds"},
		{"TimeoutStopSec", "-0.5", "", "number of seconds"},
		{"TimeoutStopSec", "uint64 18446744073709551615", "", "number of seconds"},
		{"TimeoutStopSec", "'5s'", "", "number of seconds"},
		{"After", "['a.service']", "After=['a.service']", ""},
		{"CPUSec", "'x'", "CPUSec='x'", ""}, // an abbreviation before it: no time
		{"Sec", "5", "Sec=5", ""},
		{"ab", "5", "", "not the name"},
		{"a.b", "5", "", "more than letters"},
		{"PIDs", "[uint32 1]", "", "for tare to say"},
		{"Slice", "'a.slice'", "", "for tare to say"},
		{"CollectMode", "inactive", "", "text is written in quotes"},
	} {
		p, fault := AnnotatedProperty(c.name, c.value)
		switch {
		case c.fault == "" && (fault != "" || p.String() != c.want):
			t.Errorf("%s=%s is %s: %s", c.name, c.value, p, fault)
		case c.fault != "" && !strings.Contains(fault, c.fault):
			t.Errorf("%s=%s: %s", c.name, c.value, fault)
		}
		if c.fault == "" {
			if again, err := ParseProperty(p.String()); err != nil || again.String() != p.String() {
				t.Errorf("%s is read as %s: %v", p, again, err)
			}
		}
	}
	for _, text := range []string{"", "x", "=1", "a=", "a=b"} {
		if p, err := ParseProperty(text); err == nil {
			t.Errorf("%q is %s", text, p)
		}
	}
}

func TestWhereSystemdPutAProcess(t *testing.T) {
	v2 := Paths{{"", "/sys/fs/cgroup", "/system.slice/a.scope"}}
	hybrid := Paths{{"cpu,cpuacct", "/c", "/system.slice/a.scope"}, {"name=systemd", "/s", "/system.slice/a.scope"}, {"", "/u", "/system.slice/a.scope"}}
	v1 := hybrid[:2]
	for _, c := range []struct {
		ps   Paths
		text string
		at   string
		ok   bool
	}{
		{v2, "0::/system.slice/a.scope\n", "/system.slice/a.scope", true},
		{v2, "0::/system.slice/b.scope\n", "/system.slice/b.scope", false},
		{v1, "3:cpu,cpuacct:/\n2:name=systemd:/system.slice/a.scope\n", "/system.slice/a.scope", true},
		{hybrid, "2:name=systemd:/system.slice/a.scope\n0::/\n", "/", false},
		{Paths{{"cpu", "/c", "/a"}}, "2:cpu:/a\n", "", false},
	} {
		if at, ok := c.ps.Hold(c.text); at != c.at || ok != c.ok {
			t.Errorf("%q: %s, %v", c.text, at, ok)
		}
	}
}
