package cgroups

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOOMIsToldOf(t *testing.T) {
	inView(t, []Mode{V1, Hybrid}, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		must(t, g.applyAll(t, l, `{"memory":{"limit":8388608,"swap":8388608}}`))
		w, err := g.WatchOOM()
		must(t, err)
		defer w.Close()
		fds := []unix.PollFd{{Fd: int32(w.FD), Events: w.Events}}
		if ready, err := poll(fds, within(0)); ready || err != nil || w.Happened() {
			t.Errorf("before anything happens: %v, %v", ready, err)
		}
		c := exec.Command("sh", "-c", "read go; exec head -c 64m /dev/zero | tail")
		begin, err := c.StdinPipe()
		must(t, err)
		must(t, c.Start())
		must(t, g.Enter(c.Process.Pid))
		_, err = begin.Write([]byte("\n"))
		must(t, err)
		if ready, err := poll(fds, within(freezeWait)); !ready || err != nil {
			t.Fatalf("nothing is told: %v", err)
		}
		if !w.Happened() {
			t.Error("it has not happened")
		}
		_ = c.Wait()
		for w.Happened() { // more than one process may have been killed
		}
		if w.Happened() {
			t.Error("told twice")
		}
		// The removal of the cgroup is signalled, too.
		must(t, g.Remove())
		_, _ = poll(fds, within(freezeWait))
		if w.Happened() {
			t.Error("a cgroup that is removed has not run out of memory")
		}
	})
	inView(t, onlyV2, func(t *testing.T, l Layout, name string) {
		if w, err := create(t, l, "/"+name).WatchOOM(); w != nil || err != nil {
			t.Errorf("without the memory controller: %v, %v", w, err)
		}
	})
}

func TestOOMOfVersion2IsCounted(t *testing.T) {
	dir := t.TempDir()
	say := func(kills string) {
		text := "low 0\nhigh 0\nmax 5\noom 1\noom_kill " + kills + "\noom_group_kill 0\n"
		must(t, os.WriteFile(dir+"/memory.events", []byte(text), 0o644))
	}
	say("3")
	w, err := fixed(t, dir, "").WatchOOM()
	must(t, err)
	defer w.Close()
	if w.Events != unix.POLLPRI || w.Happened() {
		t.Error("what was before the watch has happened")
	}
	say("4")
	if !w.Happened() || w.Happened() {
		t.Error("a kill was not told, or twice")
	}
	if strings.TrimSpace(w.kills) != "4" {
		t.Errorf("%q kills", w.kills)
	}
}
