package cgroups

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain turns the test binary into a program that a test runs in a cgroup.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CGROUPS_TEST_DEVICES"); dir != "" {
		tryDevices(dir)
		return
	}
	os.Exit(m.Run())
}

// inView runs a test on real cgroups, once for each of the modes. Each runs in a
// mount namespace of its own thread, in which /sys/fs/cgroup looks as on a host
// of that mode; what the test leaves below its own cgroups is a failure.
func inView(t *testing.T, modes []Mode, test func(t *testing.T, l Layout, name string)) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("missing: root, to make cgroups")
	}
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			// Never unlocked: the thread ends with the goroutine, and its
			// mount namespace with it. Programs it starts inherit that.
			runtime.LockOSThread()
			must(t, unix.Unshare(unix.CLONE_NEWNS))
			must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
			arrange(t, mode)
			l, err := Probe()
			must(t, err)
			if l.Mode != mode {
				t.Fatalf("Probe sees %+v, the view is %s", l, mode)
			}
			name := "tare-test-" + strconv.Itoa(os.Getpid()) + "-" + strings.Map(func(r rune) rune {
				if r == '/' {
					return '-'
				}
				return r
			}, t.Name())
			t.Cleanup(func() {
				for _, h := range l.Hierarchies() {
					for _, dir := range mustGlob(h.Mountpoint + "/" + name + "*") {
						if !t.Failed() {
							t.Errorf("%s is left", dir)
						}
						removeTree(dir)
					}
				}
			})
			test(t, l, name)
		})
	}
}

// arrange makes /sys/fs/cgroup look like a host of a mode, for this thread.
func arrange(t *testing.T, mode Mode) {
	t.Helper()
	host, err := Probe()
	must(t, err)
	if mode == V2 {
		if host.Mode != V2 {
			must(t, unix.Unmount(root, unix.MNT_DETACH))
			must(t, unix.Mount("cgroup2", root, "cgroup2", 0, ""))
		}
		return
	}
	if host.Mode != Hybrid {
		t.Skip("missing: a hybrid host, with v1 hierarchies mounted; this one is " + string(host.Mode))
	}
	if mode == Hybrid {
		return
	}
	view := t.TempDir()
	must(t, unix.Mount("tmpfs", view, "tmpfs", 0, "mode=755"))
	for _, h := range host.Hierarchies() {
		dir := view + "/" + filepath.Base(h.Mountpoint)
		must(t, os.Mkdir(dir, 0o755))
		if len(h.Controllers) != 0 { // an empty "unified" stays behind, as on real hosts
			must(t, unix.Mount(h.Mountpoint, dir, "", unix.MS_BIND, ""))
		}
	}
	must(t, unix.Mount(view, root, "", unix.MS_BIND|unix.MS_REC, ""))
	t.Cleanup(func() { _ = unix.Unmount(view, unix.MNT_DETACH) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustGlob(pattern string) []string {
	found, err := filepath.Glob(pattern)
	if err != nil {
		panic(err)
	}
	return found
}

// removeTree clears up after a test that failed.
func removeTree(dir string) {
	for _, sub := range mustGlob(dir + "/*/") {
		removeTree(strings.TrimSuffix(sub, "/"))
	}
	_ = os.Remove(dir)
}

func resolve(t *testing.T, l Layout, path string) Paths {
	t.Helper()
	ps, err := l.Resolve(path, "")
	must(t, err)
	return ps
}

// create makes a group that is removed at the end of the test.
func create(t *testing.T, l Layout, path string, controllers ...string) *Group {
	t.Helper()
	g, err := Create(resolve(t, l, path), controllers)
	must(t, err)
	t.Cleanup(func() {
		if err := g.Kill(); err != nil {
			t.Error(err)
		}
		if err := g.Undo(); err != nil {
			t.Error(err)
		}
		g.Close()
	})
	return g
}

// start runs a program and moves it into a group, where there is one.
func start(t *testing.T, g *Group, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(args[0], args[1:]...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	if g != nil {
		must(t, g.Enter(c.Process.Pid))
	}
	return c
}

// read gives a control file of the group as it is now.
func read(t *testing.T, g *Group, controller, file string) string {
	t.Helper()
	text, err := os.ReadFile(g.paths[g.paths.index(controller)].Directory() + "/" + file)
	must(t, err)
	return strings.TrimSpace(string(text))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func wantError(t *testing.T, err error, pieces ...string) {
	t.Helper()
	for _, p := range pieces {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("got %v, want an error with %q", err, p)
			return
		}
	}
}

// withHugetlb makes the root pass hugetlb on for the time of a test: of all the
// controllers it is the one that hybrid hosts have left for version 2.
func withHugetlb(t *testing.T, l Layout) {
	t.Helper()
	if !slices.Contains(l.Available, "hugetlb") {
		t.Skip("missing: the hugetlb controller in cgroup v2")
	}
	file := l.Unified + "/cgroup.subtree_control"
	text, err := os.ReadFile(file)
	must(t, err)
	if !slices.Contains(strings.Fields(string(text)), "hugetlb") {
		t.Cleanup(func() { _ = os.WriteFile(file, []byte("-hugetlb"), 0) })
	}
}

var (
	everyMode = []Mode{V1, V2, Hybrid}
	onlyV2    = []Mode{V2}
	onlyV1    = []Mode{V1}
)

// tryDevices is the program that finds out what its cgroup lets it do: it opens
// each node of a directory in every way and makes each once more, and prints what
// worked, in the words of requestName. A device without a driver, or a medium,
// answers an open with ENXIO and the like, which is not the cgroup's no.
func tryDevices(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		panic(err)
	}
	permitted := func(err error) bool { return err != unix.EPERM }
	for _, e := range entries {
		kind, major, minor := parseNode(e.Name())
		for asked, flags := range map[access]int{accessRead: unix.O_RDONLY, accessWrite: unix.O_WRONLY, accessRead | accessWrite: unix.O_RDWR} {
			fd, err := unix.Open(dir+"/"+e.Name(), flags|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
			if err == nil {
				_ = unix.Close(fd)
			}
			if permitted(err) {
				fmt.Println(requestName(kind, major, minor, asked))
			}
		}
		mode := uint32(unix.S_IFCHR)
		if kind == 'b' {
			mode = unix.S_IFBLK
		}
		err := unix.Mknod(dir+"/new", mode|0o600, int(unix.Mkdev(uint32(major), uint32(minor))))
		if permitted(err) {
			fmt.Println(requestName(kind, major, minor, accessMknod))
		}
		_ = unix.Unlink(dir + "/new")
	}
}

// parseNode reads the name of a node, as "c-1-3".
func parseNode(name string) (kind byte, major, minor int64) {
	if _, err := fmt.Sscanf(name, "%c-%d-%d", &kind, &major, &minor); err != nil {
		panic(err)
	}
	return kind, major, minor
}
