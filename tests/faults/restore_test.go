package faults

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// criu has tare find one that works on this kernel.
func criu(t *testing.T) {
	t.Helper()
	fetch := exec.Command("../criu/fetch.sh")
	var said strings.Builder
	fetch.Stderr = &said
	dir, err := fetch.Output()
	if err != nil {
		t.Skip(strings.TrimSpace(said.String()))
	}
	t.Setenv("PATH", strings.TrimSpace(string(dir))+":"+os.Getenv("PATH"))
}

// checkpointed makes a container, writes it to files and returns their directory.
func (w *world) checkpointed(t *testing.T, id, bundle string, more ...string) string {
	t.Helper()
	images := w.path(id + "-images")
	t.Cleanup(func() { _ = os.RemoveAll(images) })
	w.succeeds(t, append(append([]string{"run", "--detach", "--bundle", bundle}, more...), id)...)
	w.succeeds(t, "checkpoint", "--image-path", images, id)
	ends(t, 0)
	w.removeCgroups()
	return images
}

// program is one that goes on until it is killed.
func program(spec *specs.Spec) { spec.Process.Args = []string{"/bin/sleep", "1000000"} }

func TestRestore(t *testing.T) {
	w := newWorld(t)
	criu(t)
	bundle := w.bundle(t, "restore", func(spec *specs.Spec) {
		program(spec)
		volume := w.path("restore-volume")
		must(t, os.MkdirAll(volume, 0o755))
		t.Cleanup(func() { _ = os.RemoveAll(volume) })
		spec.Mounts = append(spec.Mounts, specs.Mount{Destination: "/data", Type: "bind", Source: volume, Options: []string{"rbind", "ro"}})
		spec.Linux.Resources = w.limits()
		spec.Root.Readonly = true
		one := []specs.Hook{{Path: "/bin/true"}}
		spec.Hooks = &specs.Hooks{Prestart: one, CreateRuntime: append(one, one...), Poststop: one}
	})
	id := w.prefix() + "-restore"
	images := w.checkpointed(t, id, bundle)
	(&sweep{
		world: w, id: id, failed: 1, says: "cannot restore container " + id + ": ", runs: true,
		plan: []string{"plan", "--json", "--restore", images, "--id", id, bundle},
		verb: []string{"restore", "--detach", "--image-path", images, "--bundle", bundle, id},
	}).all(t)
}

func TestRestoreWithTerminal(t *testing.T) {
	w := newWorld(t)
	criu(t)
	bundle := w.bundle(t, "restore-terminal", func(spec *specs.Spec) {
		program(spec)
		spec.Process.Terminal = true
		for i := range spec.Linux.Namespaces {
			if spec.Linux.Namespaces[i].Type == specs.NetworkNamespace {
				spec.Linux.Namespaces[i].Path = w.path("net")
			}
		}
	})
	desk, id, pidFile := w.newDesk(t), w.prefix()+"-restore-terminal", w.path("restore.pid")
	images := w.checkpointed(t, id, bundle, "--console-socket", desk.path)
	desk.hangUp()
	(&sweep{
		world: w, id: id, failed: 1, says: "cannot restore container " + id + ": ", runs: true,
		plan: []string{"plan", "--json", "--restore", images, "--console-socket", desk.path, "--id", id, bundle},
		verb: []string{"restore", "--detach", "--console-socket", desk.path, "--pid-file", pidFile, "--image-path", images, "--bundle", bundle, id},
		after: func() {
			desk.hangUp()
			_ = os.Remove(pidFile)
		},
	}).all(t)
}
