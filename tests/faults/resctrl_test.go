package faults

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// resctrl mounts what behaves as resctrl does (tests/resctrl), which is a part of the
// world's files, so that a group that is left is seen.
func (w *world) resctrl(t *testing.T) {
	t.Helper()
	program, dir := "../../bin/resctrl", w.path("resctrl")
	if _, err := os.Stat(program); err != nil {
		t.Skip("missing: " + program + " (tests/run-faults.sh builds it)")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skip("missing: /dev/fuse")
	}
	must(t, os.Mkdir(dir, 0o755))
	server := exec.Command(program, dir)
	server.Stderr = os.Stderr
	must(t, server.Start())
	t.Cleanup(func() {
		_ = unix.Unmount(dir, unix.MNT_DETACH)
		_ = server.Wait()
		_ = os.Remove(dir)
	})
	for end := time.Now().Add(bound); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(dir + "/schemata"); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("there is no resctrl")
		}
	}
	t.Setenv("TARE_RESCTRL", dir)
}

func TestCreateWithResctrl(t *testing.T) {
	w := newWorld(t)
	w.resctrl(t)
	bundle := w.bundle(t, "rdt", func(spec *specs.Spec) {
		spec.Linux.IntelRdt = &specs.LinuxIntelRdt{L3CacheSchema: "L3:0=f", MemBwSchema: "MB:0=20", Schemata: []string{"L3:1=f"}, EnableMonitoring: true}
	})
	id := w.prefix() + "-rdt"
	(&sweep{
		world: w, id: id, failed: 1, starts: true,
		plan: []string{"plan", "--json", "--id", id, bundle},
		verb: []string{"create", "--bundle", bundle, id},
	}).all(t)
}

func TestExecWithResctrl(t *testing.T) {
	w := newWorld(t)
	w.resctrl(t)
	bundle := w.bundle(t, "exec-rdt", func(spec *specs.Spec) {
		spec.Process.Args = []string{"/bin/sleep", "1000000"}
		spec.Linux.IntelRdt = &specs.LinuxIntelRdt{ClosID: "/", EnableMonitoring: true}
	})
	id := w.prefix() + "-exec-rdt"
	w.succeeds(t, "run", "--detach", "--bundle", bundle, id)
	defer func() {
		w.succeeds(t, "delete", "--force", id)
		ends(t, 1) // the server of resctrl
		w.removeCgroups()
	}()
	process := w.process(t, "rdt.json", false)
	(&sweep{
		world: w, id: id, failed: 255, keeps: true,
		plan: []string{"plan", "--json", "--exec", id, "--process", process},
		verb: []string{"exec", "--process", process, id},
	}).all(t)
}
