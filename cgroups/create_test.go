package cgroups

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestControllersAreEnabledOnTheWay(t *testing.T) {
	inView(t, []Mode{V2, Hybrid}, func(t *testing.T, l Layout, name string) {
		withHugetlb(t, l)
		g := create(t, l, "/"+name+"/a/b", "hugetlb")
		if got := read(t, g, "cgroup", "cgroup.controllers"); got != "hugetlb" {
			t.Errorf("controllers: %s", got)
		}
		if got := read(t, g, "cgroup", "cgroup.subtree_control"); got != "" {
			t.Errorf("the container's own subtree_control was touched: %s", got)
		}
		must(t, g.applyAll(t, l, `{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}`))
		for _, file := range []string{"hugetlb.2MB.max", "hugetlb.2MB.rsvd.max"} {
			if got := read(t, g, "hugetlb", file); got != "4194304" {
				t.Errorf("%s is %s", file, got)
			}
		}
		// Once more, where they are enabled already, and without any.
		create(t, l, "/"+name+"/a/c", "hugetlb")
		plain := create(t, l, "/"+name+"/d/e")
		if got := read(t, plain, "cgroup", "cgroup.controllers"); got != "" {
			t.Errorf("controllers that nobody asked for: %s", got)
		}
	})
}

func TestControllersThatCannotBeEnabled(t *testing.T) {
	inView(t, onlyV2, func(t *testing.T, l Layout, name string) {
		withHugetlb(t, l)
		busy := create(t, l, "/"+name)
		c := start(t, busy, "sleep", "1000")
		_, err := Create(resolve(t, l, "/"+name+"/below"), []string{"hugetlb"})
		wantError(t, err, "cannot write +hugetlb to "+l.Unified+"/"+name+"/cgroup.subtree_control: device or resource busy (the cgroup has processes of its own")
		// Nor can a process enter where controllers are passed on.
		must(t, busy.Kill())
		_ = c.Wait()
		parent := create(t, l, "/"+name+"/parent")
		create(t, l, "/"+name+"/parent/child", "hugetlb")
		c = start(t, nil, "sleep", "1000")
		wantError(t, parent.Enter(c.Process.Pid), "/cgroup.procs: device or resource busy (in cgroup v2 a cgroup that passes controllers on to children cannot have processes")
		// Threaded cgroups.
		domain := create(t, l, "/"+name+"/domain")
		invalid := create(t, l, "/"+name+"/domain/invalid")
		threaded := domain.Paths()[0].Directory() + "/threaded"
		must(t, os.Mkdir(threaded, 0o755))
		t.Cleanup(func() { _ = os.Remove(threaded) })
		must(t, os.WriteFile(threaded+"/cgroup.type", []byte("threaded"), 0))
		wantError(t, invalid.Enter(c.Process.Pid), "operation not supported (the cgroup is threaded or an invalid domain")
		if pids, err := domain.Procs(true); err != nil || len(pids) != 0 {
			t.Errorf("processes of a threaded domain: %v, %v", pids, err)
		}
		_, err = Create(resolve(t, l, "/"+name+"/domain/threaded/x"), []string{"hugetlb"})
		wantError(t, err, "cgroup.subtree_control: ")
	})
}

func TestCpusetsAreFilled(t *testing.T) {
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		mount := l.V1["cpuset"]
		// Somebody made the parent and did not fill it.
		must(t, os.Mkdir(mount+"/"+name, 0o755))
		t.Cleanup(func() { _ = os.Remove(mount + "/" + name) })
		g := create(t, l, "/"+name+"/a/b")
		for _, file := range []string{"/cpuset.cpus", "/cpuset.mems"} {
			want, err := os.ReadFile(mount + file)
			must(t, err)
			for _, dir := range []string{"", "/a", "/a/b"} {
				if got, _ := os.ReadFile(mount + "/" + name + dir + file); string(got) != string(want) {
					t.Errorf("%s%s has %q, want %q", dir, file, got, want)
				}
			}
		}
		start(t, g, "sleep", "1000")
		// What a parent was given is kept, and passed on.
		narrow := create(t, l, "/"+name+"/narrow")
		must(t, narrow.applyAll(t, l, `{"cpu":{"cpus":"0"}}`))
		below := create(t, l, "/"+name+"/narrow/below")
		if got := read(t, below, "cpuset", "cpuset.cpus"); got != "0" {
			t.Errorf("below a parent with CPU 0: %s", got)
		}
	})
}

func TestDelegate(t *testing.T) {
	inView(t, []Mode{V2, Hybrid}, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		must(t, g.Delegate(12345))
		dir := g.Paths()[len(g.Paths())-1].Directory()
		for file, want := range map[string]uint32{"": 12345, "/cgroup.procs": 12345, "/cgroup.subtree_control": 12345, "/cgroup.threads": 12345, "/cgroup.max.depth": 0, "/cgroup.freeze": 0} {
			var s unix.Stat_t
			must(t, unix.Stat(dir+file, &s))
			if s.Uid != want {
				t.Errorf("%s belongs to %d, want %d", dir+file, s.Uid, want)
			}
		}
	})
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		wantError(t, create(t, l, "/"+name).Delegate(12345), "only cgroup v2 can be delegated")
	})
}

// Hosts seldom mount these two, so the test mounts them for itself.
func TestNetworkClassAndPriorities(t *testing.T) {
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		dir := t.TempDir()
		if err := unix.Mount("cgroup", dir, "cgroup", 0, "net_cls,net_prio"); err != nil {
			t.Skip("missing: net_cls and net_prio as cgroup v1 controllers: " + err.Error())
		}
		t.Cleanup(func() { _ = unix.Unmount(dir, 0) })
		l.V1 = map[string]string{"net_cls": dir, "net_prio": dir}
		g := create(t, l, "/"+name)
		must(t, g.applyAll(t, l, `{"network":{"classID":1048577,"priorities":[{"name":"lo","priority":5}]}}`))
		if got := read(t, g, "net_cls", "net_cls.classid"); got != "1048577" {
			t.Errorf("class %s", got)
		}
		if got := read(t, g, "net_prio", "net_prio.ifpriomap"); !slices.Contains(strings.Split(got, "\n"), "lo 5") {
			t.Errorf("priorities %s", got)
		}
		wantError(t, g.Write(Setting{Controller: "net_prio", File: "net_prio.ifpriomap", Value: "nosuch0 5"}), "(there is no interface nosuch0 in this network namespace)")
		must(t, g.Undo())
	})
}

// deviceNodes makes a directory of nodes: harmless ones (null, zero, full), and
// block devices without a driver.
func deviceNodes(t *testing.T) string {
	dir := t.TempDir()
	must(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "")) // without nodev, whatever /tmp is
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	for name, mode := range map[string]uint32{"c-1-3": unix.S_IFCHR, "c-1-5": unix.S_IFCHR, "c-1-7": unix.S_IFCHR, "b-1-3": unix.S_IFBLK, "b-120-5": unix.S_IFBLK} {
		_, major, minor := parseNode(name)
		must(t, unix.Mknod(dir+"/"+name, mode|0o600, int(unix.Mkdev(uint32(major), uint32(minor)))))
	}
	return dir
}

// wantDevices finds out what the group may do with the nodes of a directory.
func wantDevices(t *testing.T, g *Group, dir string, list []specs.LinuxDeviceCgroup) {
	t.Helper()
	c := exec.Command("/proc/self/exe")
	c.Env = []string{"CGROUPS_TEST_DEVICES=" + dir}
	got := strings.Fields(strings.ReplaceAll(output(t, g, c), " ", "_"))
	var want []string
	for _, node := range []string{"c-1-3", "c-1-5", "c-1-7", "b-1-3", "b-120-5"} {
		kind, major, minor := parseNode(node)
		for _, asked := range []access{accessRead, accessWrite, accessRead | accessWrite, accessMknod} {
			if allowed(list, kind, major, minor, asked) {
				want = append(want, strings.ReplaceAll(requestName(kind, major, minor, asked), " ", "_"))
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("with\n%s\n got %v\nwant %v", spelt(list), got, want)
	}
}

var deviceLists = []string{
	"", "deny a *:* rwm", "allow a *:* rwm", "allow c *:* m\nallow c 1:3 rw", "allow a *:* r",
	"allow c 1:5 r\nallow c 1:5 w", "allow c 1:* r\nallow c *:3 w\nallow c 1:3 m", "allow a *:* rwm\ndeny c 1:5 w\ndeny b 120:* rm",
	"allow c 1:* rwm\ndeny c 1:* w", "allow b *:* rw\nallow c 1:7 m", "deny a *:* rwm\nallow c *:5 rwm\nallow b *:5 rwm",
}

// The kernel decides about devices as the rules say.
func TestDevicesInTheKernel(t *testing.T) {
	inView(t, []Mode{V1, V2}, func(t *testing.T, l Layout, name string) {
		dir := deviceNodes(t)
		g := create(t, l, "/"+name)
		for _, text := range append(slices.Clone(deviceLists), spelt(DefaultDeviceRules())) {
			list := rules(t, text)
			if l.DevicesByProgram() {
				p, err := DeviceProgram(list)
				must(t, err)
				must(t, g.SetDevices(p))
			} else {
				settings, err := Settings(&specs.LinuxResources{Devices: list}, l)
				must(t, err)
				_, err = g.Apply(settings)
				must(t, err)
			}
			wantDevices(t, g, dir, list)
		}
	})
}

// output runs a program in a group and gives what it prints.
func output(t *testing.T, g *Group, c *exec.Cmd) string {
	t.Helper()
	if fd, err := g.FD(); err == nil {
		c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: fd}
	} else {
		// The shell waits until it has been moved.
		c.Args = []string{"sh", "-c", "read go; exec " + "/proc/" + decimal(int64(os.Getpid())) + "/exe"}
		c.Path = "/bin/sh"
	}
	var out strings.Builder
	c.Stdout = &out
	stdin, err := c.StdinPipe()
	must(t, err)
	must(t, c.Start())
	if c.SysProcAttr == nil {
		must(t, g.Enter(c.Process.Pid))
	}
	_, _ = stdin.Write([]byte("\n"))
	must(t, c.Wait())
	return out.String()
}

func TestSetDevicesReplaces(t *testing.T) {
	inView(t, []Mode{V2, Hybrid}, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		again, err := Open(g.Paths()) // knows nothing of what was attached
		must(t, err)
		defer again.Close()
		p, err := DeviceProgram(rules(t, "allow a *:* rwm"))
		must(t, err)
		count := func() int {
			fd, err := unix.Open(g.Paths()[len(g.Paths())-1].Directory(), unix.O_RDONLY|unix.O_CLOEXEC, 0)
			must(t, err)
			defer func() { _ = unix.Close(fd) }()
			programs, err := attached(fd, false)
			must(t, err)
			for _, fd := range programs {
				_ = unix.Close(fd)
			}
			return len(programs)
		}
		before := descriptors(t)
		must(t, g.SetDevices(p))
		must(t, g.SetDevices(p))
		if n := count(); n != 1 {
			t.Errorf("%d programs after two", n)
		}
		g.programmed = false // as another program would that shares the cgroup
		must(t, g.SetDevices(p))
		if n := count(); n != 2 {
			t.Errorf("%d programs, want 2 to begin with", n)
		}
		for range 2 {
			must(t, again.SetDevices(p))
			if n := count(); n != 1 {
				t.Errorf("%d programs after an update", n)
			}
		}
		if after := descriptors(t); after > before+1 { // the directory's stays open
			t.Errorf("%d descriptors became %d", before, after)
		}
	})
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		wantError(t, create(t, l, "/"+name).AttachDevices(-1), "device programs are of cgroup v2, which is not mounted")
	})
}
