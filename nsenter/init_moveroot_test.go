package nsenter

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// nested tries, in a user namespace below the container's, to mount a procfs.
const nested = `unshare -Urmpnf sh -c 'mount -t proc proc /proc' 2> /errors && echo whole || echo refused; `

// changing is script with a masked procfs, in a user namespace if asked for,
// and with change in place of the pivot.
func changing(root, text string, user, masked bool, change func(plan.Slot) plan.Step) *plan.Plan {
	s := script(root, text)
	p := plan.New()
	slot, null := p.Slot("root"), p.Slot("null")
	namespaces := int64(plan.NewPID | plan.NewMount | plan.NewUTS | plan.NewIPC | plan.NewNetwork)
	p.Steps = append(p.Steps, s.Steps[0])
	if user {
		namespaces |= plan.NewUser
	}
	p.Add("/linux/namespaces", plan.Spawn(namespaces, false))
	if user {
		p.Add("", plan.Barrier(1, 0))
		p.Add("/linux/uidMappings", plan.IDMap([]string{"0 100000 65536"}, []string{"0 100000 65536"}, true, 0))
		p.Add("/linux/uidMappings", plan.User(0, 0, nil, true))
	}
	p.Add("", plan.Propagation(plan.PropagationSlave|plan.PropagationRec))
	p.Add("", plan.Open("/dev/null", null))
	p.Steps = append(p.Steps, s.Steps[4:7]...)
	if masked {
		p.Add("/linux/maskedPaths/0", plan.Mask(slot, null, "/proc/sys", ""))
	}
	p.Add("/root/path", change(slot))
	p.Steps = append(p.Steps, s.Steps[len(s.Steps)-1])
	return p
}

// seen runs the plan and returns what its program wrote to the file seen.
func seen(t *testing.T, root string, p *plan.Plan) string {
	t.Helper()
	s, err := run(t, p)
	if err != nil {
		t.Fatal(err)
	}
	status(t, s)
	data, err := os.ReadFile(filepath.Join(root, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// openRoot is a root file system that the users of a user namespace may enter.
func openRoot(t *testing.T) string {
	t.Helper()
	root := busybox(t)
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestUserNamespaceKeepsItsCapabilities(t *testing.T) {
	needInit(t)
	root := openRoot(t)
	got := seen(t, root, changing(root, "id -u > /seen; hostname >> /seen", true, false, plan.Pivot))
	if got != "0\ntested\n" {
		t.Errorf("got %q", got)
	}
}

// TestMoverootLeavesNoProcfs: as long as the host's procfs is in the mount
// namespace, seen or not, the kernel lets a nested user namespace mount a new
// one, and the masks of the container's mean nothing.
func TestMoverootLeavesNoProcfs(t *testing.T) {
	needInit(t)
	for name, user := range map[string]bool{"unmounted": false, "locked in a user namespace": true} {
		t.Run(name, func(t *testing.T) {
			for masked, want := range map[bool]string{false: "whole\n", true: "refused\n"} {
				root := openRoot(t)
				got := seen(t, root, changing(root, "("+nested+") > /seen", user, masked, plan.MoveRoot))
				if got != want {
					t.Errorf("with masks %v the nested procfs is %q, not %q", masked, got, want)
				}
			}
		})
	}
}

func TestMoverootShowsNothingOfTheHost(t *testing.T) {
	needInit(t)
	root := openRoot(t)
	got := seen(t, root, changing(root, "cat /proc/self/mountinfo > /seen", false, false, plan.MoveRoot))
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if len(lines) != 2 {
		t.Errorf("root and proc should be all there is:\n%s", got)
	}
	for _, line := range lines {
		if f := strings.Fields(line); len(f) < 5 || f[4] != "/" && f[4] != "/proc" {
			t.Errorf("unexpected: %s", line)
		}
	}
}

// privately calls f in a mount namespace of its own; the thread is not
// unlocked, so that it ends with its root and its mounts.
func privately(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, "")
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// TestMoverootFindsWhatIsHidden: a procfs of the host below a directory that
// something else is mounted over is there for the kernel all the same.
func TestMoverootFindsWhatIsHidden(t *testing.T) {
	needInit(t)
	for name, want := range map[string]string{"unmounted": "", "locked in a user namespace": "cannot reach the host's /"} {
		t.Run(name, func(t *testing.T) {
			root := openRoot(t)
			outer := filepath.Join(root, "..", "outer")
			inner := filepath.Join(outer, "inner")
			below := filepath.Join(inner, "proc")
			p := changing(root, "("+nested+") > /seen", want != "", true, plan.MoveRoot)
			err := privately(func() error {
				for _, m := range []struct{ fs, target string }{{"proc", below}, {"tmpfs", inner}, {"tmpfs", outer}} {
					if err := os.MkdirAll(below, 0o755); err != nil {
						return err
					}
					if err := unix.Mount(m.fs, m.target, m.fs, 0, ""); err != nil {
						return err
					}
				}
				// There is a directory where the procfs seems to be, too.
				if err := os.MkdirAll(below, 0o755); err != nil {
					return err
				}
				s := &Session{Plan: p, Dir: "/tmp"}
				defer s.Close()
				if err := s.Run(); err != nil {
					return err
				}
				return unix.Waitid(unix.P_PIDFD, s.Pidfd, nil, unix.WEXITED, nil)
			})
			if want != "" {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v", err)
				}
				return
			}
			if data, _ := os.ReadFile(filepath.Join(root, "seen")); err != nil || string(data) != "refused\n" {
				t.Errorf("got %q, %v", data, err)
			}
		})
	}
}

// TestMoverootRefusesAChroot: what leaves the container's chroot would arrive
// in tare's own, and from there in the host.
func TestMoverootRefusesAChroot(t *testing.T) {
	needInit(t)
	root, host := openRoot(t), t.TempDir()
	err := privately(func() error {
		if err := unix.Mount("/", host, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return err
		}
		if err := unix.Chroot(host); err != nil {
			return err
		}
		s := &Session{Plan: changing(root, "true", false, false, plan.MoveRoot), Dir: "/tmp"}
		defer s.Close()
		return s.Run()
	})
	if err == nil || !strings.Contains(err.Error(), "tare runs in a chroot, from which a container could escape") {
		t.Errorf("got %v", err)
	}
}
