package cgroups

import (
	"errors"
	"os"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// From each list to each other one, the kernel enforces the new one at the end.
func TestDevicesAreReplaced(t *testing.T) {
	inView(t, []Mode{V1, V2}, func(t *testing.T, l Layout, name string) {
		dir := deviceNodes(t)
		g := create(t, l, "/"+name)
		before := rules(t, deviceLists[0])
		settings, err := Settings(&specs.LinuxResources{Devices: before}, l)
		must(t, err)
		_, err = g.Apply(settings)
		must(t, err)
		for i := range deviceLists {
			for _, j := range []int{0, 3, 7, i} {
				after := rules(t, deviceLists[j])
				must(t, g.ReplaceDevices(before, after))
				wantDevices(t, g, dir, after)
				before = after
			}
		}
		if f, err := g.Frozen(); f || err != nil {
			t.Errorf("afterwards, frozen: %v, %v", f, err)
		}
	})
}

// What was allowed and stays allowed is not taken away in between: only the
// differences are written.
func TestDevicesChangeByDifferences(t *testing.T) {
	dir := t.TempDir()
	list := dir + "/devices.list"
	must(t, os.WriteFile(list, []byte("c *:* m\nc 1:3 rwm\nc 1:5 rw\n"), 0o644))
	fifo := func(name string) func() string {
		must(t, unix.Mkfifo(dir+"/"+name, 0o600))
		fd, err := unix.Open(dir+"/"+name, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		must(t, err)
		t.Cleanup(func() { _ = unix.Close(fd) })
		return func() string {
			b := make([]byte, 100)
			n, _ := unix.Read(fd, b)
			return string(b[:max(n, 0)])
		}
	}
	allow, deny := fifo("devices.allow"), fifo("devices.deny")
	g := fixed(t, dir, "devices")
	must(t, g.ReplaceDevices(nil, rules(t, "allow c *:* m\nallow c 1:3 rwm\nallow c 1:5 r\nallow b 8:0 rw")))
	if a, d := allow(), deny(); a != "b 8:0 rw" || d != "c 1:5 w" {
		t.Errorf("allowed %q, denied %q", a, d)
	}
	// With the other default the kernel hides the exceptions, and the record tells them.
	must(t, os.WriteFile(list, []byte("a *:* rwm\n"), 0o644))
	must(t, g.ReplaceDevices(rules(t, "allow a *:* rwm\ndeny c 1:5 rw"), rules(t, "allow a *:* rwm\ndeny c 1:5 w\ndeny b 8:0 r")))
	if a, d := allow(), deny(); a != "c 1:5 r" || d != "b 8:0 r" {
		t.Errorf("allowed %q, denied %q", a, d)
	}
}

func TestDevicesThatCannotBeReplaced(t *testing.T) {
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		dir := deviceNodes(t)
		g := create(t, l, "/"+name)
		old, narrow := rules(t, "allow a *:* rwm"), rules(t, "allow c 1:3 rwm")
		create(t, l, "/"+name+"/below")
		wantError(t, g.ReplaceDevices(old, narrow), "cannot write a to ", "devices.deny: invalid argument (the default of a cgroup that has children cannot change")
		wantDevices(t, g, dir, old)
		if f, err := g.Frozen(); f || err != nil {
			t.Errorf("afterwards, frozen: %v, %v", f, err)
		}
		err := g.ReplaceDevices(old, rules(t, "allow c 1:* rwm\ndeny c 1:5 w"))
		wantError(t, err, "/linux/resources/devices: /1: cannot use this device rule: it takes back a part of what rule 0 says")
	})
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		dir := deviceNodes(t)
		parent, g := create(t, l, "/"+name), create(t, l, "/"+name+"/g")
		list := rules(t, "allow c 1:3 rwm\nallow c 1:5 rwm")
		must(t, g.ReplaceDevices(nil, rules(t, "")))
		must(t, parent.ReplaceDevices(nil, rules(t, "allow a *:* rwm")))
		must(t, g.ReplaceDevices(nil, list))
		must(t, parent.ReplaceDevices(nil, rules(t, "allow a *:* rwm\ndeny c 1:7 rwm")))
		// The first of these is written and taken back when the second is refused.
		err := g.ReplaceDevices(list, rules(t, "allow c 1:3 rwm\nallow b 120:5 rw\nallow c 1:7 r"))
		wantError(t, err, "devices.allow: operation not permitted (the parent cgroup does not allow this device")
		wantDevices(t, g, dir, list)
	})
}

func TestApplyRestores(t *testing.T) {
	inView(t, []Mode{V1, Hybrid}, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		must(t, g.applyAll(t, l, `{"memory":{"limit":67108864,"swap":67108864,"reservation":33554432,"swappiness":7,"disableOOMKiller":true},
			"cpu":{"shares":512,"quota":50000,"period":200000,"burst":1000,"cpus":"0","mems":"0"},"pids":{"limit":100}}`))
		files := map[string][]string{
			"memory": {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.swappiness", "memory.oom_control"},
			"cpu":    {"cpu.shares", "cpu.idle", "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.cfs_burst_us"},
			"cpuset": {"cpuset.cpus", "cpuset.mems"}, "pids": {"pids.max"}, "blkio": {"blkio.throttle.read_bps_device", "blkio.throttle.write_iops_device", "blkio.bfq.weight"},
		}
		now := func() (all string) {
			for _, controller := range []string{"memory", "cpu", "cpuset", "pids", "blkio"} {
				for _, file := range files[controller] {
					all += file + "=" + read(t, g, controller, file) + "\n"
				}
			}
			return all
		}
		settings := func(text string) []Setting {
			s, err := Settings(resources(t, text), l)
			must(t, err)
			return s
		}
		device := wholeDevice(t)
		if device != "" {
			must(t, g.Write(Setting{Controller: "blkio", File: "blkio.throttle.read_bps_device", Value: device + " 12345"}))
		}
		was := now()
		change := settings(`{"memory":{"limit":134217728,"swap":268435456,"reservation":-1,"swappiness":50,"disableOOMKiller":false},
			"cpu":{"shares":2000,"idle":1,"quota":-1,"period":100000,"burst":0,"cpus":"0-1"},"pids":{"limit":-1},"blockIO":{"weight":300}}`)
		if device != "" {
			change = append(change, Setting{Controller: "blkio", File: "blkio.throttle.read_bps_device", Value: device + " 777"},
				Setting{Controller: "blkio", File: "blkio.throttle.write_iops_device", Value: device + " 99"})
		}
		undo, err := g.Apply(change)
		must(t, err)
		if now() == was {
			t.Fatal("nothing changed")
		}
		if err := undo(unix.EIO); err.Error() != "input/output error" || now() != was {
			t.Errorf("it was\n%sand is\n%swith %v", was, now(), err)
		}
		// The same by itself, when the last write fails.
		_, err = g.Apply(append(change, Setting{Pointer: "/p", Controller: "pids", File: "pids.max", Value: "many"}))
		wantError(t, err, "/p: cannot write many to ", "pids.max: invalid argument")
		var s *SettingError
		if !errors.As(err, &s) || s.Pointer != "/p" || !errors.Is(err, unix.EINVAL) {
			t.Errorf("%#v", err)
		}
		if now() != was {
			t.Errorf("it was\n%sand is\n%s", was, now())
		}
	})
}

// wholeDevice is the number of a block device of this host, "" if there is none.
func wholeDevice(t *testing.T) string {
	for _, file := range mustGlob("/sys/block/[hsvn]*/dev") {
		text, err := os.ReadFile(file)
		must(t, err)
		return strings.TrimSpace(string(text))
	}
	return ""
}

func TestRestoring(t *testing.T) {
	for _, c := range []struct{ file, value, text, want string }{
		{"memory.max", "5", "max\n", "max"},
		{"memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "0"},
		{"cpu.max", "max 100000", "50000 200000\n", "50000 200000"},
		{"io.max", "8:0 rbps=7", "8:16 rbps=1 wbps=2 riops=3 wiops=4\n8:0 rbps=5 wbps=max riops=6 wiops=max\n", "8:0 rbps=5"},
		{"io.max", "8:0 wiops=7", "8:16 rbps=1 wbps=2 riops=3 wiops=4\n", "8:0 wiops=max"},
		{"io.max", "8:0 rbps=7 wbps=8", "", "none"},
		{"io.weight", "300", "default 100\n8:0 50\n", "100"},
		{"io.weight", "8:0 300", "default 100\n8:0 50\n", "8:0 50"},
		{"io.bfq.weight", "8:1 300", "default 100\n8:16 50\n", "8:1 default"},
		{"blkio.bfq.weight", "300", "100\n", "100"},
		{"blkio.bfq.weight_device", "8:1 300", "default 100\n8:1 70\n", "8:1 70"},
		{"blkio.throttle.read_bps_device", "8:1 300", "8:16 50\n", "8:1 0"},
		{"blkio.throttle.read_bps_device", "8:1 300", "8:1 50\n", "8:1 50"},
		{"rdma.max", "mlx5_0 hca_handle=2", "mlx4_0 hca_handle=1 hca_object=2\nmlx5_0 hca_handle=3 hca_object=max\n", "mlx5_0 hca_handle=3 hca_object=max"},
		{"rdma.max", "nosuch hca_handle=2", "mlx5_0 hca_handle=3 hca_object=max\n", "none"},
		{"net_prio.ifpriomap", "lo 5", "lo 0\neth0 1\n", "lo 0"},
		{"cpu.pressure", "some 150000 1000000", "some avg10=0.00\nfull avg10=0.00\n", "none"},
		{"cpuset.cpus", "0", "0-3\n", "0-3"},
		{"cpuset.cpus", "0", "\n", ""},
	} {
		got, ok := restoring(c.file, c.value, c.text)
		if !ok {
			got = "none"
		}
		if got != c.want {
			t.Errorf("%s, before %s is written: %q, want %q", c.file, c.value, got, c.want)
		}
	}
}

// What cannot be set back is said.
func TestRestoringThatFails(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"pids.max", "memory.max"} {
		must(t, os.WriteFile(dir+"/"+file, []byte("7\n"), 0o644))
	}
	must(t, os.Mkdir(dir+"/cpu.idle", 0o755))
	g := fixed(t, dir, "")
	undo, err := g.Apply([]Setting{{Controller: "pids", File: "pids.max", Value: "8"}, {Controller: "memory", File: "memory.max", Value: "8"}})
	must(t, err)
	must(t, os.Remove(dir+"/pids.max"))
	wantError(t, undo(unix.EIO), "input/output error; and /sys/fs/cgroup/c/pids.max could not be set back")
	if text, _ := os.ReadFile(dir + "/memory.max"); string(text) != "7\n" {
		t.Errorf("memory.max is %q", text)
	}
	_, err = g.Apply([]Setting{{Controller: "memory", File: "memory.max", Value: "9"}, {Controller: "cpu", File: "cpu.idle", Value: "1"}})
	wantError(t, err, "cannot write 1 to /sys/fs/cgroup/c/cpu.idle: is a directory")
	if text, _ := os.ReadFile(dir + "/memory.max"); string(text) != "7\n" {
		t.Errorf("memory.max is %q", text)
	}
}

// Controllers that a container did without come with its first limit of them.
func TestEnable(t *testing.T) {
	inView(t, onlyV2, func(t *testing.T, l Layout, name string) {
		withHugetlb(t, l)
		g := create(t, l, "/"+name+"/a")
		start(t, g, "sleep", "1000")
		settings, err := Settings(resources(t, `{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}`), l)
		must(t, err)
		must(t, g.Enable(l.UnifiedControllers(settings)))
		_, err = g.Apply(settings)
		must(t, err)
		if got := read(t, g, "hugetlb", "hugetlb.2MB.max"); got != "4194304" {
			t.Errorf("hugetlb.2MB.max is %s", got)
		}
	})
}
