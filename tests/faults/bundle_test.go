package faults

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// bundle makes a bundle from what `tare spec` writes, changed, and returns its path.
func (w *world) bundle(t *testing.T, name string, change func(*specs.Spec)) string {
	t.Helper()
	dir := w.path(name)
	bin := filepath.Join(dir, "rootfs/bin")
	must(t, os.MkdirAll(bin, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	busybox, err := exec.LookPath("busybox")
	must(t, err)
	program, err := os.ReadFile(busybox)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(bin, "busybox"), program, 0o755))
	for _, applet := range []string{"true", "sleep"} {
		must(t, os.Symlink("busybox", filepath.Join(bin, applet)))
	}
	if got := w.run(t, nil, "spec", "--bundle", dir); got.status != 0 {
		t.Fatal(got.stderr)
	}
	config := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(config)
	must(t, err)
	spec := new(specs.Spec)
	must(t, json.Unmarshal(data, spec))
	spec.Process.Terminal = false
	spec.Process.Args = []string{"/bin/true"}
	change(spec)
	data, err = json.Marshal(spec)
	must(t, err)
	must(t, os.WriteFile(config, data, 0o644))
	if ids := spec.Linux.UIDMappings; len(ids) > 0 {
		// Mount points are made by root of the user namespace.
		must(t, os.Chown(filepath.Join(dir, "rootfs"), int(ids[0].HostID), int(ids[0].HostID)))
	}
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func pointer[T any](v T) *T { return &v }

// likeAnEngines makes a config that uses what engines use, as far as the cgroups of
// this machine go.
func (w *world) likeAnEngines(spec *specs.Spec) {
	p := spec.Process
	p.Terminal = true
	p.ConsoleSize = &specs.Box{Height: 24, Width: 80}
	p.Cwd = "/work"
	p.User = specs.User{UID: 1000, GID: 1000, AdditionalGids: []uint32{10, 20}, Umask: pointer(uint32(0o027))}
	p.OOMScoreAdj = pointer(100)
	p.Scheduler = &specs.Scheduler{Policy: specs.SchedBatch, Nice: 5}
	p.IOPriority = &specs.LinuxIOPriority{Class: specs.IOPRIO_CLASS_BE, Priority: 6}
	p.NoNewPrivileges = false // the filter then comes before the identity
	caps := []string{"CAP_CHOWN", "CAP_NET_BIND_SERVICE"}
	p.Capabilities = &specs.LinuxCapabilities{Bounding: caps, Permitted: caps, Effective: caps, Inheritable: caps, Ambient: caps}

	spec.Domainname = "example"

	hosts := w.path("hosts")
	_ = os.WriteFile(hosts, []byte("127.0.0.1 localhost\n"), 0o644)
	volume := w.path("volume")
	lower := w.path("lower")
	_ = os.MkdirAll(volume, 0o755)
	_ = os.MkdirAll(lower, 0o755)
	spec.Mounts = append(
		spec.Mounts,
		specs.Mount{Destination: "/etc/hosts", Type: "bind", Source: hosts, Options: []string{"bind", "rprivate", "ro"}},
		specs.Mount{Destination: "/data", Type: "bind", Source: volume, Options: []string{"rbind", "rslave", "nosuid"}},
		specs.Mount{Destination: "/cache", Type: "tmpfs", Source: "tmpfs", Options: []string{"idmap", "tmpcopyup", "ro"}, UIDMappings: ids(1000, 1), GIDMappings: ids(1000, 1)},
		// An option of 256 bytes and more goes by mount(2).
		specs.Mount{Destination: "/layers", Type: "overlay", Source: "overlay", Options: []string{"lowerdir=" + lower + strings.Repeat("/.", 128) + ":" + volume}},
	)

	l := spec.Linux
	l.CgroupsPath = "/" + w.prefix() + "/engine"
	l.Resources = w.limits()
	l.Resources.Devices = append(
		[]specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}},
		specs.LinuxDeviceCgroup{Allow: true, Type: "c", Major: pointer(int64(10)), Minor: pointer(int64(229)), Access: "rwm"},
	)
	l.Devices = []specs.LinuxDevice{{Path: "/dev/fuse", Type: "c", Major: 10, Minor: 229, FileMode: pointer(os.FileMode(0o666))}}
	l.Personality = &specs.LinuxPersonality{Domain: specs.PerLinux}
	l.MemoryPolicy = &specs.LinuxMemoryPolicy{Mode: specs.MpolLocal}
	l.Sysctl = map[string]string{"kernel.shm_rmid_forced": "0"}
	l.RootfsPropagation = "rslave"
	l.Seccomp = profile()
	for i := range l.Namespaces {
		if l.Namespaces[i].Type == specs.NetworkNamespace {
			l.Namespaces[i].Path = w.path("net")
		}
	}
	withNamespace(l, specs.LinuxNamespace{Type: specs.CgroupNamespace})
}

// inUserNamespace makes a config whose namespaces init must enter one by one, in
// a second process, and without a mount for which a cgroup namespace would be made.
func (w *world) inUserNamespace(spec *specs.Spec) {
	l := spec.Linux
	l.UIDMappings, l.GIDMappings = ids(100000, 65536), ids(100000, 65536)
	withNamespace(l, specs.LinuxNamespace{Type: specs.UserNamespace})
	withNamespace(l, specs.LinuxNamespace{Type: specs.CgroupNamespace})
	for i := range l.Namespaces {
		if l.Namespaces[i].Type == specs.UTSNamespace {
			l.Namespaces[i].Path = w.path("uts")
		}
	}
	spec.Hostname = ""
	l.Seccomp = profile()
	volume := w.path("volume")
	_ = os.MkdirAll(volume, 0o755)
	mounts := []specs.Mount{{Destination: "/data", Type: "bind", Source: volume, Options: []string{"rbind", "ridmap"}}}
	for _, m := range spec.Mounts {
		if m.Type != "cgroup" {
			mounts = append(mounts, m)
		}
	}
	spec.Mounts = mounts
}

// withoutMountNamespace makes a config whose container has the host's mounts.
func withoutMountNamespace(spec *specs.Spec) {
	kept := spec.Linux.Namespaces[:0]
	for _, n := range spec.Linux.Namespaces {
		if n.Type != specs.MountNamespace {
			kept = append(kept, n)
		}
	}
	spec.Linux.Namespaces = kept
}

func ids(host, size uint32) []specs.LinuxIDMapping {
	return []specs.LinuxIDMapping{{ContainerID: 0, HostID: host, Size: size}}
}

// withHooks makes a config with hooks of every kind.
func (w *world) withHooks(spec *specs.Spec) {
	one := []specs.Hook{{Path: "/bin/true"}}
	two := append(one, one...)
	spec.Hooks = &specs.Hooks{
		Prestart: one, CreateRuntime: one, CreateContainer: two, StartContainer: two, Poststart: two, Poststop: one,
	}
}

// withNetworkDevices makes a config with the network devices of networkDevices.
func withNetworkDevices(spec *specs.Spec) {
	spec.Linux.NetDevices = map[string]specs.LinuxNetDevice{networkDevice: {Name: "eth0"}, networkDevice + "b": {}}
	spec.Linux.UIDMappings, spec.Linux.GIDMappings = ids(100000, 65536), ids(100000, 65536)
	withNamespace(spec.Linux, specs.LinuxNamespace{Type: specs.UserNamespace})
}

func withNamespace(l *specs.Linux, ns specs.LinuxNamespace) {
	for _, have := range l.Namespaces {
		if have.Type == ns.Type {
			return
		}
	}
	l.Namespaces = append(l.Namespaces, ns)
}

// profile is a seccomp profile that lets init, which runs under the sanitizers
// here, do what it must.
func profile() *specs.LinuxSeccomp {
	return &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Syscalls: []specs.LinuxSyscall{
			{Names: []string{"acct", "swapon", "swapoff"}, Action: specs.ActErrno, ErrnoRet: pointer(uint(unix.EPERM))},
		},
	}
}

// limits are those that this machine's controllers can enforce.
func (w *world) limits() *specs.LinuxResources {
	r := new(specs.LinuxResources)
	unified := func(dir string) bool {
		return unix.Access(filepath.Join(dir, "cgroup.controllers"), unix.F_OK) == nil
	}
	var controllers string
	if data, err := os.ReadFile(filepath.Join(cgroupRoot, "cgroup.controllers")); err == nil {
		controllers = string(data)
	}
	have := func(name string) bool {
		_, err := os.Stat(filepath.Join(cgroupRoot, name))
		return err == nil || strings.Contains(" "+strings.TrimSpace(controllers)+" ", " "+name+" ")
	}
	if have("memory") {
		r.Memory = &specs.LinuxMemory{Limit: pointer(int64(512 << 20)), Reservation: pointer(int64(256 << 20))}
	}
	if have("cpu") {
		r.CPU = &specs.LinuxCPU{Shares: pointer(uint64(512)), Quota: pointer(int64(50000)), Period: pointer(uint64(100000))}
	}
	if have("pids") {
		r.Pids = &specs.LinuxPids{Limit: pointer(int64(1000))}
	}
	if unified(cgroupRoot) || unified(filepath.Join(cgroupRoot, "unified")) {
		r.Unified = map[string]string{"cgroup.max.descendants": "100", "cgroup.max.depth": "10"}
	}
	return r
}
