package nsenter

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// needInit skips what cannot run here, and takes init from its build if this
// test was built without it.
func needInit(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("making namespaces needs root")
	}
	if initProgram != "" {
		return
	}
	program, err := os.ReadFile("init/init.bin")
	if err != nil {
		t.Skip("init is not built: make -C nsenter/init release")
	}
	initProgram = string(program)
}

// busybox makes a root file system with busybox in it.
func busybox(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("busybox is not installed")
	}
	root := t.TempDir()
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.MkdirAll(filepath.Join(root, "bin"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "bin/sh"), data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// script is a plan that runs a shell script in root and writes to the file out.
func script(root, text string) *plan.Plan {
	p := plan.New()
	slot := p.Slot("root")
	p.Add("/root/path", plan.Clone(plan.Parent, plan.MountClone{Path: root, Flags: plan.CloneRecursive, Propagation: plan.PropagationSlave | plan.PropagationRec}, slot))
	p.Add("/linux/namespaces", plan.Spawn(plan.NewPID|plan.NewMount|plan.NewUTS|plan.NewIPC|plan.NewNetwork, false))
	p.Add("", plan.Signals())
	p.Add("", plan.Propagation(plan.PropagationSlave|plan.PropagationRec))
	p.Add("/root/path", plan.Attach(slot, 0, "/", 0))
	p.Add("/hostname", plan.Hostname("tested"))
	p.Add("/mounts/0", plan.Mount(plan.FSMount{Type: "proc", Source: "proc", Dir: slot, Path: "/proc", Flags: plan.TargetOrdinary}))
	p.Add("/root", plan.Pivot(slot))
	p.Add("", plan.Barrier(1, 0))
	p.Add("/process/oomScoreAdj", plan.OOMScoreAdj(500))
	p.Add("/process/args", plan.Exec("/bin/sh", []string{"/bin/sh"}, []string{"sh", "-c", text}, []string{"PATH=/bin"}))
	return p
}

func run(t *testing.T, p *plan.Plan) (*Session, error) {
	t.Helper()
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	s := &Session{Plan: p, Dir: t.TempDir()}
	err := s.Run()
	t.Cleanup(s.Close)
	return s, err
}

func status(t *testing.T, s *Session) int {
	t.Helper()
	var ws unix.WaitStatus
	if _, err := unix.Wait4(s.Pid, &ws, 0, nil); err != nil {
		t.Fatal(err)
	}
	return ws.ExitStatus()
}

func TestRunExecutesTheProgram(t *testing.T) {
	needInit(t)
	root := busybox(t)
	s, err := run(t, script(root, `echo $$ $(hostname) $(cat /proc/self/oom_score_adj) > /seen; ls -l /proc/self/fd > /fds; exit 7`))
	if err != nil {
		t.Fatal(err)
	}
	if got := status(t, s); got != 7 {
		t.Errorf("the program ended with %d, not 7", got)
	}
	seen, _ := os.ReadFile(filepath.Join(root, "seen"))
	if string(seen) != "1 tested 500\n" {
		t.Errorf("it saw %q", seen)
	}
	fds, _ := os.ReadFile(filepath.Join(root, "fds"))
	if strings.Contains(string(fds), "memfd") || strings.Contains(string(fds), "socket") {
		t.Errorf("descriptors of tare's came through:\n%s", fds)
	}
}

func TestAFailureNamesItsStep(t *testing.T) {
	needInit(t)
	p := script(busybox(t), "true")
	p.Steps[6] = plan.Mount(plan.FSMount{Type: "tmpfs", Source: "tmpfs", Options: []string{"size=much"}, Dir: 1, Path: "/proc"})
	p.Steps[6].Pointer = "/mounts/0"
	_, err := run(t, p)
	if err == nil {
		t.Fatal("it did not fail")
	}
	for _, want := range []string{"/mounts/0: cannot mount tmpfs on /proc: ", "size", ": invalid argument (step 7, mount)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if !errors.Is(err, unix.EINVAL) {
		t.Error("the errno is lost")
	}
}

func TestAMissingProgramIsReported(t *testing.T) {
	needInit(t)
	p := script(busybox(t), "true")
	last := len(p.Steps) - 1
	p.Steps[last] = plan.Exec("nosuch", []string{"/bin/nosuch", "/sbin/nosuch"}, []string{"nosuch"}, nil)
	_, err := run(t, p)
	if err == nil || !strings.Contains(err.Error(), "cannot execute nosuch: executable file not found in $PATH") {
		t.Fatal(err)
	}
}

func TestFailureUndoesInReverse(t *testing.T) {
	needInit(t)
	var order []string
	note := func(word string) Action {
		return func(*Session, *plan.Step) (func(), error) {
			return func() { order = append(order, word) }, nil
		}
	}
	p := script(busybox(t), "true")
	p.Steps = append([]plan.Step{plan.Claim("/x"), plan.CgroupCreate("/y", nil)}, p.Steps...)
	p.Steps[11] = plan.OOMScoreAdj(5000)
	s := &Session{Plan: p, Actions: map[plan.Kind]Action{plan.KindClaim: note("claim"), plan.KindCgroupCreate: note("cgroup")}}
	err := s.Run()
	defer s.Close()
	if err == nil || !strings.Contains(err.Error(), "cannot set oom_score_adj to 5000: invalid argument (step 12, oom)") {
		t.Errorf("got %v", err)
	}
	if strings.Join(order, " ") != "cgroup claim" {
		t.Errorf("undone: %v", order)
	}
	if err := unix.Kill(s.Pid, 0); err != unix.ESRCH {
		t.Errorf("init is still there: %v", err)
	}
}

func TestManyDescriptorsReachInit(t *testing.T) {
	needInit(t)
	root := busybox(t)
	p := script(root, "ls /many | wc -l > /seen")
	var slots []plan.Step
	var uses []plan.Step
	for i := range 600 {
		slot := p.Slot("many")
		slots = append(slots, plan.Clone(plan.Parent, plan.MountClone{Path: filepath.Join(root, "bin/sh")}, slot))
		uses = append(uses, plan.Attach(slot, 1, "/many/"+string(rune('a'+i/26))+string(rune('a'+i%26)), 0))
	}
	// Half are there from the start, half come with the go of a barrier.
	steps := append([]plan.Step{}, p.Steps[0])
	steps = append(steps, slots[:300]...)
	steps = append(steps, p.Steps[1:5]...)
	steps = append(steps, plan.Barrier(1, 0))
	steps = append(steps, slots[300:]...)
	steps = append(steps, uses...)
	steps = append(steps, p.Steps[5:8]...)
	p.Steps = append(steps, p.Steps[10:]...)
	s, err := run(t, p)
	if err != nil {
		t.Fatal(err)
	}
	status(t, s)
	if seen, _ := os.ReadFile(filepath.Join(root, "seen")); strings.TrimSpace(string(seen)) != "600" {
		t.Errorf("saw %q", seen)
	}
}

func TestAwaitAndStart(t *testing.T) {
	needInit(t)
	for name, program := range map[string]string{"runs": "/bin/sh", "missing": "/bin/nosuch"} {
		t.Run(name, func(t *testing.T) {
			root := busybox(t)
			socket := filepath.Join(t.TempDir(), "start.sock")
			p := script(root, "exit 3")
			listen := p.Slot("listen")
			steps := append([]plan.Step{plan.Listen(socket, listen)}, p.Steps[:10]...)
			steps = append(steps, plan.Await(listen))
			steps = append(steps, plan.Exec(program, []string{program}, []string{"sh", "-c", "exit 3"}, nil))
			p.Steps = steps
			p.Steps[len(steps)-1].Pointer = "/process/args"
			s, err := run(t, p)
			if err != nil {
				t.Fatal(err)
			}
			err = Start(socket, nil)
			if name == "runs" {
				if err != nil {
					t.Fatal(err)
				}
				if got := status(t, s); got != 3 {
					t.Errorf("ended with %d", got)
				}
				return
			}
			want := "/process/args: cannot execute /bin/nosuch: no such file or directory (step 13, exec)"
			if err == nil || !strings.HasPrefix(err.Error(), "/process/args: cannot execute /bin/nosuch: no such file or directory") {
				t.Errorf("got %v, want %s", err, want)
			}
			status(t, s)
		})
	}
}
