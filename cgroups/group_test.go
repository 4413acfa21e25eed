package cgroups

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestLifeOfAGroup(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name+"/a/b")
		for _, d := range g.Paths().Directories() {
			if !exists(d) {
				t.Errorf("%s was not made", d)
			}
		}
		if !g.Exists() {
			t.Error("the group is said not to exist")
		}
		c := start(t, g, "sleep", "1000")
		pid := c.Process.Pid
		own, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
		must(t, err)
		for _, p := range g.Paths() {
			if !strings.Contains(string(own), p.Hierarchy+":"+p.Path+"\n") {
				t.Errorf("the process is not in %v:\n%s", p, own)
			}
		}
		if pids, err := g.Procs(false); err != nil || !slices.Equal(pids, []int{pid}) {
			t.Errorf("processes %v, %v; want %d", pids, err, pid)
		}
		if err := g.Wait(time.Millisecond); !errors.Is(err, unix.ETIMEDOUT) {
			t.Errorf("waiting for a living process: %v", err)
		}
		// Killed and not yet reaped, the processes are waited for.
		must(t, g.Kill())
		must(t, g.Wait(10*time.Second))
		must(t, g.Remove())
		if g.Exists() {
			t.Error("the group is said to exist")
		}
		if !exists(strings.TrimSuffix(g.Paths()[0].Directory(), "/b")) {
			t.Error("Remove took a parent away")
		}
		// All of it again, on a group that is gone.
		must(t, g.Kill())
		must(t, g.Signal(unix.SIGTERM))
		must(t, g.Wait(time.Second))
		must(t, g.Remove())
		again, err := Open(g.Paths())
		must(t, err)
		must(t, again.Kill())
		must(t, again.Remove())
	})
}

func TestRemoveTakesWhatIsBelow(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		for _, d := range g.Paths().Directories() {
			must(t, os.MkdirAll(d+"/x/y", 0o755))
			must(t, os.Mkdir(d+"/z", 0o755))
		}
		deep, err := Create(resolve(t, l, "/"+name+"/x/deep"), nil)
		must(t, err)
		defer deep.Close()
		c := start(t, deep, "sleep", "1000")
		if pids, err := g.Procs(true); err != nil || !slices.Equal(pids, []int{c.Process.Pid}) {
			t.Errorf("processes below: %v, %v", pids, err)
		}
		if pids, err := g.Procs(false); err != nil || len(pids) != 0 {
			t.Errorf("processes directly in it: %v, %v", pids, err)
		}
		must(t, g.Kill())
		must(t, g.Remove()) // at once: the end of the process is Remove's to await
		if g.Exists() {
			t.Error("it is left")
		}
	})
}

func TestCreateTakesOverWhatIsFree(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		first := create(t, l, "/"+name)
		second, err := Create(first.Paths(), nil)
		must(t, err)
		must(t, second.Undo())
		second.Close()
		if !first.Exists() {
			t.Fatal("Undo removed a cgroup that Create had only taken over")
		}
		// One below it is enough to be in use.
		below := create(t, l, "/"+name+"/below")
		c := start(t, below, "sleep", "1000")
		_, err = Create(first.Paths(), nil)
		wantError(t, err, "cannot take over cgroup "+first.Paths()[0].Mountpoint, "it has processes already")
		must(t, below.Kill())
		_ = c.Wait()
		must(t, below.Remove())
		must(t, first.Freeze())
		_, err = Create(first.Paths(), nil)
		wantError(t, err, "is frozen")
		must(t, first.Thaw())
	})
}

func TestUndoRemovesWhatCreateMade(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		base := create(t, l, "/"+name)
		g, err := Create(resolve(t, l, "/"+name+"/p/q/leaf"), nil)
		must(t, err)
		defer g.Close()
		// Another container has moved in beside it meanwhile.
		neighbour, err := Create(resolve(t, l, "/"+name+"/p/other"), nil)
		must(t, err)
		defer neighbour.Close()
		must(t, g.Undo())
		for _, d := range base.Paths().Directories() {
			if exists(d+"/p/q") || !exists(d+"/p/other") {
				t.Errorf("%s: q is left %v, other is left %v", d, exists(d+"/p/q"), exists(d+"/p/other"))
			}
		}
		must(t, neighbour.Undo())
		for _, d := range base.Paths().Directories() {
			// p was not made by the neighbour.
			if exists(d+"/p/other") || !exists(d+"/p") {
				t.Errorf("%s: other is left %v, p is left %v", d, exists(d+"/p/other"), exists(d+"/p"))
			}
			must(t, os.Remove(d+"/p"))
		}
	})
}

func TestFailedCreateLeavesNothing(t *testing.T) {
	inView(t, []Mode{V2, Hybrid}, func(t *testing.T, l Layout, name string) {
		before := descriptors(t)
		_, err := Create(resolve(t, l, "/"+name+"/a/b"), []string{"nosuch"})
		wantError(t, err, "cannot write +nosuch to "+l.Unified+"/cgroup.subtree_control: ")
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors became %d", before, after)
		}
		// inView looks for what is left.
	})
}

func descriptors(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(fds)
}

func TestCloseLeavesNoDescriptor(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		before := descriptors(t)
		g, err := Create(resolve(t, l, "/"+name), nil)
		must(t, err)
		c := start(t, g, "sleep", "1000")
		must(t, g.Freeze())
		must(t, g.Kill())
		_ = c.Wait()
		must(t, g.Remove())
		g.Close()
		// The pidfd that os/exec keeps for the program is closed by Wait.
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors became %d", before, after)
		}
	})
}

// An ordinary directory in the place of a hierarchy is never written to.
func TestOnlyCgroupFileSystemsAreWritten(t *testing.T) {
	dir := t.TempDir()
	for _, p := range []Path{{"", dir, "/x"}, {"memory", dir, "/x"}} {
		if p.Hierarchy == "" {
			_, err := Create(Paths{p}, nil)
			wantError(t, err, "cannot open "+dir+"/x: it is not on a cgroup file system")
		}
		if exists(dir + "/x") {
			t.Error("the directory is left")
		}
		must(t, os.Mkdir(dir+"/x", 0o755))
		must(t, os.WriteFile(dir+"/x/memory.max", nil, 0o600))
		g, err := Open(Paths{p})
		must(t, err)
		wantError(t, g.Write(Setting{Controller: "memory", File: "memory.max", Value: "1"}), "not on a cgroup file system")
		wantError(t, g.Enter(os.Getpid()), "not on a cgroup file system")
		if text, _ := os.ReadFile(dir + "/x/memory.max"); len(text) != 0 {
			t.Errorf("%q was written", text)
		}
		must(t, os.RemoveAll(dir+"/x"))
		// Nor through a symlink.
		must(t, os.Symlink(root, dir+"/x"))
		wantError(t, g.Enter(os.Getpid()), "too many levels of symbolic links")
		must(t, os.Remove(dir+"/x"))
	}
}

func TestBornInTheGroup(t *testing.T) {
	inView(t, []Mode{V2, Hybrid}, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		fd, err := g.FD()
		must(t, err)
		c := exec.Command("sleep", "1000")
		c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: fd, Pdeathsig: syscall.SIGKILL}
		must(t, c.Start())
		if pids, err := g.Procs(false); err != nil || !slices.Equal(pids, []int{c.Process.Pid}) {
			t.Errorf("processes %v, %v", pids, err)
		}
		must(t, g.Kill())
		_ = c.Wait()
	})
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		if fd, err := g.FD(); err != unix.ENODEV {
			t.Errorf("FD without version 2: %d, %v", fd, err)
		}
	})
}

func TestFreezeAndThaw(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		written := t.TempDir() + "/written"
		start(t, g, "sh", "-c", `while :; do echo; done >"$0"`, written)
		grown(t, written, 0)
		for range 3 {
			must(t, g.Freeze())
			if f, err := g.Frozen(); !f || err != nil {
				t.Errorf("frozen: %v, %v", f, err)
			}
			size := fileSize(t, written)
			time.Sleep(30 * time.Millisecond) // a moment in which a running process would write
			if now := fileSize(t, written); now != size {
				t.Errorf("a frozen group has written %d bytes", now-size)
			}
			must(t, g.Thaw())
			if f, err := g.Frozen(); f || err != nil {
				t.Errorf("after a thaw, frozen: %v, %v", f, err)
			}
			grown(t, written, size)
		}
		// Killed while it is frozen.
		must(t, g.Freeze())
		must(t, g.Kill())
		must(t, g.Wait(10*time.Second))
	})
}

// grown waits until the file has more than size bytes.
func grown(t *testing.T, path string, size int64) {
	t.Helper()
	for d := within(time.Minute); ; time.Sleep(time.Millisecond) {
		if st, err := os.Stat(path); err == nil && st.Size() > size {
			return
		}
		if d.milliseconds() == 0 {
			t.Fatalf("%s does not grow beyond %d bytes", path, size)
		}
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	st, err := os.Stat(path)
	must(t, err)
	return st.Size()
}

func TestSignalReachesEveryProcess(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		// None is in g itself: the kernel's account of what is frozen does not hold for a
		// cgroup that has processes as well as cgroups (kernel/cgroup/freezer.c).
		one, two := create(t, l, "/"+name+"/one"), create(t, l, "/"+name+"/two")
		cs := []*exec.Cmd{start(t, one, "sleep", "1000"), start(t, one, "sleep", "1000"), start(t, two, "sleep", "1000")}
		must(t, g.Freeze())
		must(t, g.Signal(unix.SIGTERM))
		// On v2 a signal wakes a frozen process, and the group is frozen again when it has
		// stopped or ended.
		d := within(10 * time.Second)
		f, err := g.Frozen()
		for !f && err == nil && d.milliseconds() > 0 {
			f, err = g.Frozen()
		}
		if !f || err != nil {
			t.Errorf("a group that was frozen is %v, %v", f, err)
		}
		must(t, g.Thaw())
		for _, c := range cs {
			if s := c.Process; waitSignal(t, c) != syscall.SIGTERM {
				t.Errorf("%d did not end by the signal", s.Pid)
			}
		}
		c := start(t, two, "sleep", "1000")
		must(t, g.Signal(unix.SIGUSR1)) // which nobody has ignored, as nohup(1) does SIGHUP
		if waitSignal(t, c) != syscall.SIGUSR1 {
			t.Error("a running process did not end by the signal")
		}
		if f, err := g.Frozen(); f || err != nil {
			t.Errorf("after a signal, frozen: %v, %v", f, err)
		}
		must(t, one.Remove())
		must(t, two.Remove())
	})
}

func waitSignal(t *testing.T, c *exec.Cmd) syscall.Signal {
	t.Helper()
	_ = c.Wait()
	return c.ProcessState.Sys().(syscall.WaitStatus).Signal()
}

// Processes that fork all the time do not escape, with a freezer and without.
func TestKillMeetsAForkStorm(t *testing.T) {
	storm := func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		if l.V1["pids"] != "" {
			must(t, g.Write(Setting{Controller: "pids", File: "pids.max", Value: "60"}))
		}
		start(t, g, "sh", "-c", "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); sleep 0.02 & done 2>/dev/null; wait")
		time.Sleep(100 * time.Millisecond) // let it rage
		must(t, g.Kill())
		must(t, g.Wait(10*time.Second))
		must(t, g.Remove())
	}
	inView(t, everyMode, storm)
	inView(t, onlyV1, func(t *testing.T, l Layout, name string) {
		delete(l.V1, "freezer")
		storm(t, l, name+"-nofreezer")
	})
}

func TestWhatIsFrozenBelowIsKilled(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		for _, p := range g.Paths() {
			file, value := "freezer.state", frozen
			switch {
			case p.Hierarchy == "":
				file, value = "cgroup.freeze", "1"
			case !p.Has("freezer"):
				continue
			}
			below := p.Directory() + "/below"
			must(t, os.Mkdir(below, 0o755))
			c := start(t, g, "sleep", "1000")
			must(t, os.WriteFile(below+"/cgroup.procs", []byte(strconv.Itoa(c.Process.Pid)), 0))
			must(t, os.WriteFile(below+"/"+file, []byte(value), 0))
			must(t, g.Kill())
			_ = c.Wait()
			must(t, os.Remove(below))
		}
		must(t, g.Destroy())
		if g.Exists() {
			t.Error("the group is said to exist")
		}
	})
}

func TestNoGroupBelowAFrozenOne(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		parent := create(t, l, "/"+name)
		must(t, parent.Freeze())
		_, err := Create(resolve(t, l, "/"+name+"/below"), nil)
		wantError(t, err, "cannot use cgroup ", "/"+name+"/below: it or a parent is frozen")
		must(t, parent.Thaw())
		create(t, l, "/"+name+"/below")
	})
}

// Whoever waits for a group to be removed by another hears of it, and does not wait where it is gone.
func TestWaitRemoved(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		i := g.unified()
		if i < 0 {
			g.WaitRemoved(time.Hour) // in version 1 nobody says so
			return
		}
		other := exec.Command("sh", "-c", `sleep 0.1; rmdir "$1"`, "sh", g.Paths()[i].Directory())
		must(t, other.Start())
		g.WaitRemoved(time.Hour)
		if exists(g.Paths()[i].Directory()) {
			t.Error("a group that is there was not waited for")
		}
		must(t, other.Wait())
		g.WaitRemoved(time.Hour)
	})
}
