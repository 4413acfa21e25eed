package nsenter

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// attributes is a directory like that of a procfs in which AppArmor and SELinux
// have their files: a kernel that runs neither has none that would take a label.
func attributes(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := os.MkdirAll(filepath.Join(dir, "7/attr/apparmor"), 0o755)
	for _, name := range []string{"exec", "keycreate", "apparmor/exec"} {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "7/attr", name), nil, 0o644)
		}
	}
	if err == nil {
		err = os.Symlink("7", filepath.Join(dir, "self"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// labelling is a plan that writes labels below dir. That what init opens is a
// procfs is checked by another kind of step than the open of this test.
func labelling(root, dir string, before ...plan.Step) *plan.Plan {
	p := script(root, "exit 4")
	attributes := p.Slot("attributes")
	steps := append(p.Steps[:4:4], before...)
	steps = append(
		steps,
		plan.Open(dir, attributes),
		plan.Write(attributes, "self/attr/keycreate", "system_u:system_r:container_t:s0:c1,c2"),
		plan.Write(attributes, "self/attr/exec", "system_u:system_r:container_t:s0:c1,c2"),
		plan.Write(attributes, "self/attr/apparmor/exec", "exec containers-default"),
	)
	steps[len(steps)-2].Pointer = "/process/selinuxLabel"
	p.Steps = append(steps, p.Steps[4:]...)
	return p
}

func TestLabelsAreWritten(t *testing.T) {
	needInit(t)
	dir := attributes(t)
	s, err := run(t, labelling(busybox(t), dir))
	if err != nil {
		t.Fatal(err)
	}
	if got := status(t, s); got != 4 {
		t.Errorf("the program ended with %d", got)
	}
	for name, want := range map[string]string{
		"keycreate":     "system_u:system_r:container_t:s0:c1,c2",
		"exec":          "system_u:system_r:container_t:s0:c1,c2",
		"apparmor/exec": "exec containers-default",
	} {
		if got, err := os.ReadFile(filepath.Join(dir, "7/attr", name)); err != nil || string(got) != want {
			t.Errorf("%s has %q, %v", name, got, err)
		}
	}
}

// A file that is mounted over the one for labels must not get them: the program
// would run without (CVE-2025-52881).
func TestLabelsAreNotWrittenToWhatIsMountedOverTheFile(t *testing.T) {
	needInit(t)
	dir, other := attributes(t), filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	const slot = 2 // of labelling's own two the second
	p := labelling(busybox(t), dir,
		plan.Clone(plan.Init, plan.MountClone{Path: other}, slot+1),
		plan.Attach(slot+1, 0, filepath.Join(dir, "7/attr/exec"), 0))
	p.Slot("other")
	_, err := run(t, p)
	if err == nil || !strings.HasPrefix(err.Error(), "/process/selinuxLabel: cannot write system_u:system_r:container_t:s0:c1,c2 to self/attr/exec: something is mounted over it") {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(other); len(got) != 0 {
		t.Errorf("the other file got %q", got)
	}
}

// In the host's procfs self is init itself, also in new pid and user namespaces
// and in a child. A file that like the label's may be written by a process alone, but
// that every kernel has, stands for it.
func TestSelfIsTheProcessThatIsExecuted(t *testing.T) {
	needInit(t)
	root := busybox(t)
	p := plan.New()
	dir, procfs := p.Slot("root"), p.Slot("procfs")
	p.Add("", plan.Clone(plan.Parent, plan.MountClone{Path: root, Flags: plan.CloneRecursive, Propagation: plan.PropagationSlave | plan.PropagationRec}, dir))
	p.Add("", plan.Spawn(0, false))
	p.Add("", plan.OpenProcfs("/proc", procfs))
	p.Add("", plan.Dumpable(0))
	p.Add("", plan.Unshare(plan.NewPID|plan.NewMount|plan.NewUser))
	p.Add("", plan.Fork())
	p.Add("", plan.Barrier(1, 0))
	p.Add("", plan.IDMap([]string{"0 100000 65536"}, []string{"0 100000 65536"}, true, 0))
	p.Add("", plan.User(0, 0, nil, true))
	p.Add("", plan.Write(procfs, "self/timerslack_ns", "54321"))
	p.Add("", plan.Propagation(plan.PropagationSlave|plan.PropagationRec))
	p.Add("", plan.Attach(dir, 0, "/", 0))
	p.Add("", plan.Pivot(dir))
	p.Add("", plan.Exec("/bin/sh", []string{"/bin/sh"}, []string{"sh", "-c", "read line"}, nil))
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	s := &Session{Plan: p, Dir: t.TempDir()}
	defer s.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	err = withStdin(t, read, s.Run)
	if err != nil {
		write.Close()
		t.Fatal(err)
	}
	got, err := os.ReadFile("/proc/" + strconv.Itoa(s.Pid) + "/timerslack_ns")
	write.Close() // the program ends
	status(t, s)
	if err != nil || strings.TrimSpace(string(got)) != "54321" {
		t.Errorf("the program's timer slack is %q, %v", got, err)
	}
}

// withStdin calls f while standard input is another file.
func withStdin(t *testing.T, file *os.File, f func() error) error {
	t.Helper()
	own, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(own)
	if err := unix.Dup2(int(file.Fd()), 0); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Dup2(own, 0) }()
	return f()
}

// The root of a mount takes a label as an attribute; a tmpfs does so under
// every kernel, a message queue only where SELinux runs.
func TestARootIsLabelled(t *testing.T) {
	needInit(t)
	root := busybox(t)
	p := script(root, "read line")
	queue := p.Slot("queue")
	steps := append(
		p.Steps[:6:6],
		plan.Mount(plan.FSMount{Type: "tmpfs", Source: "tmpfs", Dir: 1, Path: "/queue", Out: queue}),
		plan.Label(queue, "system_u:object_r:a:s0"),
	)
	p.Steps = append(steps, p.Steps[6:]...)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	var s *Session
	if err := withStdin(t, read, func() (err error) { s, err = run(t, p); return err }); err != nil {
		write.Close()
		t.Fatal(err)
	}
	var label [64]byte
	n, err := unix.Lgetxattr("/proc/"+strconv.Itoa(s.Pid)+"/root/queue", "security.selinux", label[:])
	write.Close()
	status(t, s)
	if err != nil || string(label[:n]) != "system_u:object_r:a:s0" {
		t.Errorf("the label is %q, %v", label[:max(n, 0)], err)
	}
}
