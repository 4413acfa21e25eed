package cgroups

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func (g *Group) applyAll(t *testing.T, l Layout, text string) error {
	t.Helper()
	settings, err := Settings(resources(t, text), l)
	must(t, err)
	_, err = g.Apply(settings)
	return err
}

func TestSettingsReachTheKernel(t *testing.T) {
	inView(t, []Mode{V1, Hybrid}, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		must(t, g.applyAll(t, l, `{
			"memory":{"limit":67108864,"swap":134217728,"reservation":33554432,"swappiness":7,"kernelTCP":1048576,"disableOOMKiller":true},
			"cpu":{"shares":512,"quota":50000,"period":200000,"burst":1000,"cpus":"0","mems":"0"},
			"pids":{"limit":100}}`))
		for file, want := range map[string]string{
			"memory.limit_in_bytes": "67108864", "memory.memsw.limit_in_bytes": "134217728", "memory.soft_limit_in_bytes": "33554432",
			"memory.swappiness": "7", "memory.kmem.tcp.limit_in_bytes": "1048576",
			"cpu.shares": "512", "cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "200000", "cpu.cfs_burst_us": "1000",
			"cpuset.cpus": "0", "cpuset.mems": "0", "pids.max": "100",
		} {
			controller, _, _ := strings.Cut(file, ".")
			if got := read(t, g, controller, file); got != want {
				t.Errorf("%s is %s, want %s", file, got, want)
			}
		}
		if got := read(t, g, "memory", "memory.oom_control"); !strings.HasPrefix(got, "oom_kill_disable 1\n") {
			t.Errorf("memory.oom_control is %s", got)
		}
		must(t, g.applyAll(t, l, `{"memory":{"disableOOMKiller":false},"cpu":{"idle":1,"shares":300}}`))
		if got := read(t, g, "memory", "memory.oom_control"); !strings.HasPrefix(got, "oom_kill_disable 0\n") {
			t.Errorf("memory.oom_control is %s", got)
		}
		must(t, g.applyAll(t, l, `{"cpu":{"idle":0,"shares":300}}`))
		if got := read(t, g, "cpu", "cpu.shares"); got != "300" {
			t.Errorf("cpu.shares is %s", got)
		}
	})
}

// An update finds the order in which both old and new values allow it.
func TestApplyOrdersPairs(t *testing.T) {
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		for _, c := range []struct {
			resources, file, first, second string
			want                           [2]string
		}{
			{`{"memory":{"limit":8388608,"swap":8388608}}`, "memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", [2]string{"8388608", "8388608"}},
			{`{"memory":{"limit":67108864,"swap":67108864}}`, "memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", [2]string{"67108864", "67108864"}},
			{`{"memory":{"limit":8388608,"swap":8388608}}`, "memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", [2]string{"8388608", "8388608"}},
			{`{"memory":{"limit":-1}}`, "memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", [2]string{"9223372036854771712", "9223372036854771712"}},
			{`{"cpu":{"quota":50000,"burst":50000}}`, "cpu", "cpu.cfs_quota_us", "cpu.cfs_burst_us", [2]string{"50000", "50000"}},
			{`{"cpu":{"quota":20000,"burst":10000}}`, "cpu", "cpu.cfs_quota_us", "cpu.cfs_burst_us", [2]string{"20000", "10000"}},
			{`{"cpu":{"quota":90000,"burst":80000}}`, "cpu", "cpu.cfs_quota_us", "cpu.cfs_burst_us", [2]string{"90000", "80000"}},
		} {
			must(t, g.applyAll(t, l, c.resources))
			if a, b := read(t, g, c.file, c.first), read(t, g, c.file, c.second); a != c.want[0] || b != c.want[1] {
				t.Errorf("%s: %s and %s", c.resources, a, b)
			}
		}
		// What is wrong in either order stays an error, about the first.
		_, err := g.Apply([]Setting{
			{Controller: "memory", File: "memory.limit_in_bytes", Value: "8388608"},
			{Controller: "memory", File: "memory.memsw.limit_in_bytes", Value: "8388608"},
			{Controller: "memory", File: "memory.limit_in_bytes", Value: "67108864"},
			{Controller: "memory", File: "memory.memsw.limit_in_bytes", Value: "33554432"},
		})
		wantError(t, err, "cannot write 67108864 to ", "/memory.limit_in_bytes: invalid argument (it is more than the limit of memory and swap together")
	})
}

func TestWriteSaysWhy(t *testing.T) {
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		parent := create(t, l, "/"+name)
		must(t, parent.applyAll(t, l, `{"cpu":{"cpus":"0","quota":10000},"devices":[{"allow":false,"access":"rwm"}]}`))
		g := create(t, l, "/"+name+"/below")
		occupyMemory(t, g)
		for _, c := range []struct{ controller, file, value, want string }{
			{"memory", "memory.limit_in_bytes", "0", "/memory.limit_in_bytes: device or resource busy (more memory is in use than that"},
			{"memory", "memory.nosuch", "1", "no such file or directory (the kernel was built or booted without"},
			{"cpuset", "cpuset.cpus", "1", "cannot write 1 to " + g.Paths()[g.Paths().index("cpuset")].Directory() + "/cpuset.cpus: permission denied (the parent cgroup does not have all of these CPUs)"},
			{"cpuset", "cpuset.cpus", "4000", "(the list names CPUs that do not exist"},
			{"cpuset", "cpuset.mems", "60", "(the "},
			{"cpuset", "cpuset.cpus", "", "no space left on device (the cgroup has processes and cannot be left without CPUs)"},
			{"cpu", "cpu.cfs_quota_us", "90000", "invalid argument (a quota is at least 1000 µs"},
			{"devices", "devices.allow", "c 1:3 rwm", "operation not permitted (the parent cgroup does not allow this device"},
			{"blkio", "blkio.throttle.read_bps_device", "4000:9 1", "no such device (4000:9 is no whole block device of this host)"},
			{"cpuset", "cgroup.procs", "999999999", "no such process (the process is gone)"},
			{"hugetlb", "hugetlb.2MB.limit_in_bytes", "1", "the hugetlb controller is not mounted"},
		} {
			wantError(t, g.Write(Setting{Controller: c.controller, File: c.file, Value: c.value}), c.want)
		}
	})
	inView(t, onlyV2, func(t *testing.T, l Layout, name string) {
		withHugetlb(t, l)
		g := create(t, l, "/"+name, "hugetlb")
		for _, c := range []struct{ controller, file, value, want string }{
			{"hugetlb", "hugetlb.3MB.max", "1", "no such file or directory (the kernel has no huge pages of this size"},
			{"memory", "memory.max", "1", "(the kernel was built or booted without the memory controller"},
			{"cgroup", "cgroup.procs", "999999999", "no such process (the process is gone)"},
			{"io", "io.bfq.weight", "1", "(the kernel was built or booted without a scheduler that knows weights"},
		} {
			err := g.Write(Setting{Controller: c.controller, File: c.file, Value: c.value})
			wantError(t, err, "cannot write "+c.value+" to "+g.Paths()[0].Directory()+"/"+c.file+": ", c.want)
			if w := (*WriteError)(nil); !errors.As(err, &w) || w.Err == nil {
				t.Errorf("%v is no WriteError", err)
			}
		}
	})
}

// occupyMemory has a process in the group that holds memory which cannot be
// reclaimed: a file on a tmpfs.
func occupyMemory(t *testing.T, g *Group) {
	t.Helper()
	dir := t.TempDir()
	must(t, unix.Mount("tmpfs", dir, "tmpfs", 0, ""))
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	in, out, err := os.Pipe()
	must(t, err)
	defer func() { _ = in.Close() }()
	c := exec.Command("sh", "-c", "read go; head -c 4194304 /dev/zero >"+dir+"/file; echo; exec sleep 1000")
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	c.Stdout = out
	begin, err := c.StdinPipe()
	must(t, err)
	must(t, c.Start())
	_ = out.Close()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	must(t, g.Enter(c.Process.Pid))
	_, err = begin.Write([]byte("\n"))
	must(t, err)
	_, err = in.Read(make([]byte, 1))
	must(t, err)
}

func TestWriteStaysInItsCgroup(t *testing.T) {
	inView(t, onlyV2, func(t *testing.T, l Layout, name string) {
		outer, sibling := create(t, l, "/"+name), create(t, l, "/"+name+"2")
		g := create(t, l, "/"+name+"/in")
		for _, file := range []string{
			"../cgroup.max.depth", "../../" + name + "2/cgroup.max.depth", "x/../../cgroup.max.depth", "/proc/self/comm", "..", ".", "", "cgroup.max.depth/",
			"cgroup.max.depth\x00/x",
		} {
			for _, s := range []Setting{
				{Controller: "cgroup", File: file, Value: "7"},
				{Controller: "cgroup", File: "nosuch", Value: "7", Fallback: &Fallback{file, "7"}},
			} {
				if err := g.Write(s); err == nil {
					t.Errorf("%q was written", file)
				}
			}
		}
		for _, other := range []*Group{outer, sibling, g} {
			if got := read(t, other, "cgroup", "cgroup.max.depth"); got != "max" {
				t.Errorf("%v: depth is %s", other.Paths(), got)
			}
		}
	})
}

func TestWriteFallsBack(t *testing.T) {
	inView(t, onlyV2, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		must(t, g.Write(Setting{Controller: "io", File: "io.nosuch", Value: "1", Fallback: &Fallback{"cgroup.max.depth", "3"}}))
		if got := read(t, g, "cgroup", "cgroup.max.depth"); got != "3" {
			t.Errorf("depth is %s", got)
		}
		// Only for want of the file: a value that is refused stays refused.
		err := g.Write(Setting{Controller: "io", File: "cgroup.max.depth", Value: "x", Fallback: &Fallback{"cgroup.max.depth", "4"}})
		if !errors.Is(err, unix.EINVAL) || read(t, g, "cgroup", "cgroup.max.depth") != "3" {
			t.Errorf("%v, depth is %s", err, read(t, g, "cgroup", "cgroup.max.depth"))
		}
		// What a kernel without the file does anyway.
		must(t, g.Write(Setting{Controller: "memory", File: "memory.swap.max", Value: "0"}))
		must(t, g.Write(Setting{Controller: "memory", File: "memory.swap.max", Value: "max"}))
		wantError(t, g.Write(Setting{Controller: "memory", File: "memory.swap.max", Value: "1"}), "no such file or directory (")
	})
}

func TestLimitBelowUsageIsRefused(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/memory.current", []byte("4096\n"), 0o600))
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_CLOEXEC, 0)
	must(t, err)
	defer func() { _ = unix.Close(fd) }()
	g := &Group{paths: Paths{{"", filepath.Dir(dir), "/" + filepath.Base(dir)}}}
	for value, want := range map[string]string{
		"4095": "cannot write 4095 to " + dir + "/memory.max: device or resource busy (it is below the memory in use, 4096 bytes, and checkBeforeUpdate is set)",
		"4096": "", "max": "", "99999": "",
	} {
		err := g.checkUsage(0, fd, Setting{File: "memory.max", Value: value})
		if (err == nil) != (want == "") || (err != nil && err.Error() != want) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// The reasons that the hosts of these tests cannot bring about.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		file, value string
		err         error
		want        string
	}{
		{"memory.kmem.limit_in_bytes", "1", unix.Errno(524), "no limit of kernel memory since 5.16"},
		{"memory.max", "1", unix.E2BIG, "at most a page"},
		{"memory.max", "1", unix.EROFS, "read-only"},
		{"memory.max", "1", unix.ENODEV, "the cgroup has been removed"},
		{"memory.swap.max", "1", unix.ENOENT, "swap accounting"},
		{"memory.memsw.limit_in_bytes", "1", unix.EINVAL, "less than the memory limit"},
		{"cpu.weight", "1", unix.EINVAL, "the cgroup is idle"},
		{"cpu.max", "1", unix.EINVAL, "a quota is at least 1000"},
		{"cpu.rt_runtime_us", "1", unix.ENOENT, "realtime group scheduling"},
		{"cpu.rt_runtime_us", "1", unix.EINVAL, "runtimes leave less"},
		{"cpu.rt_runtime_us", "1", unix.EBUSY, "a realtime process"},
		{"cpuset.mems", "1", unix.EBUSY, "still needs memory nodes"},
		{"io.max", "8:0 rbps=1", unix.ENODEV, "8:0 is no whole block device"},
		{"io.bfq.weight", "8:0 100", unix.EOPNOTSUPP, "does not use the BFQ scheduler"},
		{"rdma.max", "mlx5_0 hca_handle=1", unix.ENODEV, "no RDMA device mlx5_0"},
		{"net_prio.ifpriomap", "eth9 1", unix.ENODEV, "no interface eth9"},
		{"cgroup.procs", "1", unix.EBUSY, "cannot have processes of its own"},
		{"cgroup.procs", "1", unix.EOPNOTSUPP, "threaded or an invalid domain"},
		{"cgroup.procs", "1", unix.ENOSPC, "is empty"},
		{"cgroup.procs", "1", unix.EACCES, "nearest cgroup that holds both"},
		{"devices.deny", "a", unix.EINVAL, "has children"},
		{"hugetlb.2MB.max", "x", unix.EINVAL, ""},
	} {
		if got := reason(c.file, c.value, true, c.err); !strings.Contains(got, c.want) || (c.want == "" && got != "") {
			t.Errorf("%s %v: %q, want %q", c.file, c.err, got, c.want)
		}
	}
}
