// Package faults makes every step of a plan fail, and tare die at every
// barrier, and looks whether anything is left.
package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const cgroupRoot = "/sys/fs/cgroup"

// The test runs as process 1 of a pid namespace and in a mount namespace of its
// own: whatever process or mount is there was left by tare, and goes when the
// test ends.
const worldVariable = "TARE_FAULTS_WORLD" // the world's directory, in the process that lives in it

// world is what a test may find something left in.
type world struct {
	tare string // the faults build
	dir  string // bundles, state, pid files; its name is in all container ids and cgroup paths
	host string // the network namespace that tare runs in, "" for the machine's
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(worldVariable); dir != "" {
		if err := arrange(dir); err != nil {
			fmt.Fprintln(os.Stderr, "cannot arrange the world of the test:", err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	if missing() != "" {
		os.Exit(m.Run()) // each test says what is missing
	}
	os.Exit(inWorld())
}

// missing names the fact without which no fault can be made.
func missing() string {
	if os.Geteuid() != 0 {
		return "root"
	}
	if _, err := os.Stat(tarePath()); err != nil {
		return "a faults build of tare at " + tarePath() + " (make faults, or TARE_FAULTS_BIN)"
	}
	if _, err := exec.LookPath("busybox"); err != nil {
		return "busybox"
	}
	return ""
}

func tarePath() string {
	path := os.Getenv("TARE_FAULTS_BIN")
	if path == "" {
		path = "../../bin/tare-faults"
	}
	path, _ = filepath.Abs(path)
	return path
}

// inWorld runs the test in new namespaces and removes what it made outside of them.
func inWorld() int {
	runtime.LockOSThread() // Pdeathsig is about the thread that started the child
	dir, err := os.MkdirTemp("", "tare-faults-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // root of a user namespace is somebody else here
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), worldVariable+"="+dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID, Pdeathsig: unix.SIGKILL}
	err = cmd.Run()
	w := &world{dir: dir}
	w.removeCgroups()
	_ = os.RemoveAll(dir)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "cannot make the world of the test:", err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// arrange makes the mounts shared among the namespaces made from this one, as
// they are on hosts with systemd, so that one that a container failed to make
// private shows up here; and a /proc that shows this pid namespace.
func arrange(dir string) error {
	for _, flag := range []uintptr{unix.MS_PRIVATE, unix.MS_SHARED} {
		if err := unix.Mount("", "/", "", unix.MS_REC|flag, ""); err != nil {
			return err
		}
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return err
	}
	return pinNamespaces(dir)
}

// pinNamespaces gives the containers namespaces to join: dir/net and dir/uts.
func pinNamespaces(dir string) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		done <- func() error {
			if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWUTS); err != nil {
				return err
			}
			for _, name := range []string{"net", "uts"} {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					return err
				}
				if err := unix.Mount("/proc/thread-self/ns/"+name, path, "", unix.MS_BIND, ""); err != nil {
					return err
				}
			}
			return nil
		}()
	}()
	return <-done
}

// newWorld gives a test the world.
func newWorld(t *testing.T) *world {
	t.Helper()
	if fact := missing(); fact != "" {
		t.Skip("missing: " + fact)
	}
	return &world{tare: tarePath(), dir: os.Getenv(worldVariable)}
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// prefix begins the ids of the world's containers and the paths of their cgroups.
func (w *world) prefix() string { return filepath.Base(w.dir) }

// inventory is all that tare may have left, one line for each thing.
func (w *world) inventory(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, p := range processes() {
		all = append(all, "process "+p)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(mounts)), "\n") {
		all = append(all, "mount "+line)
	}
	if w.host != "" {
		addresses, err := exec.Command("nsenter", "--net="+w.host, "ip", "-o", "address").Output()
		must(t, err)
		for _, line := range strings.Split(string(addresses), "\n") {
			_, line, _ = strings.Cut(line, ": ") // one that was made again has another index
			all = append(all, "address "+line)
		}
	}
	for _, dir := range w.cgroups() {
		all = append(all, "cgroup "+dir)
	}
	err = filepath.WalkDir(w.dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if filepath.Base(path) == "@seccomp" {
			return filepath.SkipDir // a cache is to be left
		}
		all = append(all, "file "+path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// networkDevice begins the names of the host's network devices that move.
const networkDevice = "tare0"

// networkDevices makes them, and returns what makes those again that went with a
// container: they are virtual ones.
func (w *world) networkDevices(t *testing.T) func() {
	t.Helper()
	make := func() {
		for i, name := range []string{networkDevice, networkDevice + "b"} {
			script := "ip link show " + name + " || { ip tuntap add dev " + name + " mode tap && ip link set " + name + " up && " +
				"ip address add 10.0." + strconv.Itoa(i) + ".1/24 dev " + name + "; }"
			if out, err := exec.Command("nsenter", "--net="+w.host, "sh", "-ec", script).CombinedOutput(); err != nil {
				t.Errorf("%s: %s", script, out)
			}
		}
	}
	make()
	return make
}

// processes lists all but this one, with name and state.
func processes() []string {
	entries, _ := os.ReadDir("/proc")
	var list []string
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err != nil || pid == os.Getpid() {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// pid (name) state …, proc_pid_stat(5); whether it sleeps or runs is no matter.
		text := string(stat)
		end := strings.LastIndexByte(text, ')')
		text, state := text[:end+1], text[end+2]
		if state == 'Z' {
			text += " zombie"
		}
		list = append(list, text)
	}
	return list
}

// cgroups lists the cgroups of the world's containers in every hierarchy.
func (w *world) cgroups() []string {
	var list []string
	_ = filepath.WalkDir(cgroupRoot, func(path string, e fs.DirEntry, err error) error {
		// Others make and remove cgroups meanwhile.
		if err == nil && e.IsDir() && strings.Contains(path, w.prefix()) {
			list = append(list, path)
		}
		return nil
	})
	return list
}

// removeCgroups removes what cgroups there are: parents that a container's
// delete leaves, or what a failed test did.
func (w *world) removeCgroups() {
	list := w.cgroups()
	for i := len(list) - 1; i >= 0; i-- {
		_ = os.Remove(list[i])
	}
}

// difference says what is in one inventory and not in the other.
func difference(before, after []string) []string {
	count := map[string]int{}
	for _, line := range before {
		count[line]--
	}
	for _, line := range after {
		count[line]++
	}
	var list []string
	for _, line := range after {
		if count[line] > 0 {
			list = append(list, "left: "+line)
			count[line] = 0
		}
	}
	for _, line := range before {
		if count[line] < 0 {
			list = append(list, "gone: "+line)
			count[line] = 0
		}
	}
	return list
}
