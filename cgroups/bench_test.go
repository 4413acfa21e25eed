package cgroups

import (
	"os"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// engineLike is about what an engine sends for a limited container.
const engineLike = `{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":67108864,"swap":67108864,"disableOOMKiller":false},
	"cpu":{"shares":512,"quota":50000,"period":100000},"pids":{"limit":100}}`

func BenchmarkSettings(b *testing.B) {
	r := resources(b, engineLike)
	r.Devices = append(r.Devices, DefaultDeviceRules()...)
	for _, mode := range []Mode{V1, V2} {
		b.Run(string(mode), func(b *testing.B) {
			l := all(mode)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Settings(r, l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCreate makes a version 2 cgroup, makes four settings in it, opens it
// for clone3(2) and removes it. The settings are ones that every cgroup has, so
// that no controller is needed. "floor" does the same in bare system calls.
func BenchmarkCreate(b *testing.B) {
	name := "/tare-bench-" + strconv.Itoa(os.Getpid())
	settings := []Setting{
		{Controller: "cgroup", File: "cgroup.max.depth", Value: "100"},
		{Controller: "cgroup", File: "cgroup.max.descendants", Value: "100"},
		{Controller: "cgroup", File: "cgroup.pressure", Value: "1"},
		{Controller: "cgroup", File: "cgroup.max.depth", Value: "max"},
	}
	b.Run("group", func(b *testing.B) {
		dir := benchmarkMount(b)
		b.ReportAllocs()
		for b.Loop() {
			g, err := Create(Paths{{"", dir, name}}, nil)
			must(b, err)
			for _, s := range settings {
				must(b, g.Write(s))
			}
			_, err = g.FD()
			must(b, err)
			must(b, g.Undo())
			g.Close()
		}
	})
	b.Run("floor", func(b *testing.B) {
		dir := benchmarkMount(b)
		for b.Loop() {
			must(b, unix.Mkdir(dir+name, 0o755))
			fd, err := unix.Open(dir+name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
			must(b, err)
			for _, s := range settings {
				f, err := unix.Openat(fd, s.File, unix.O_WRONLY|unix.O_CLOEXEC, 0)
				must(b, err)
				_, err = unix.Write(f, []byte(s.Value))
				must(b, err)
				must(b, unix.Close(f))
			}
			must(b, unix.Rmdir(dir+name))
			must(b, unix.Close(fd))
		}
	})
}

// benchmarkMount mounts version 2 in a directory that only this thread sees.
func benchmarkMount(b *testing.B) string {
	b.Helper()
	if os.Geteuid() != 0 {
		b.Skip("missing: root, to make cgroups")
	}
	// Never unlocked: the thread and its mounts end with the benchmark.
	runtime.LockOSThread()
	must(b, unix.Unshare(unix.CLONE_NEWNS))
	must(b, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	dir := b.TempDir()
	must(b, unix.Mount("cgroup2", dir, "cgroup2", 0, ""))
	b.Cleanup(func() { must(b, unix.Unmount(dir, 0)) })
	return dir
}
