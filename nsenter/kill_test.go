package nsenter

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// A step of the parent's fails while init is about to fork, and its undo lets
// init fork before init itself is taken back.
func TestNothingOfAnInitThatForksIsLeft(t *testing.T) {
	needInit(t)
	dir := t.TempDir()
	gate := filepath.Join(dir, "gate")
	if err := unix.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	p := plan.New()
	here, start := p.Slot("here"), p.Slot("start")
	p.Add("", plan.Spawn(0, false))
	p.Add("", plan.Open(dir, here))
	p.Add("", plan.Write(here, "gate", "x")) // blocks until someone opens it for reading
	p.Add("", plan.Unshare(plan.NewPID))
	p.Add("", plan.Fork())
	p.Add("", plan.Listen("/nowhere", start))
	p.Add("", plan.Barrier(1, 0))
	p.Add("", plan.Await(start))
	p.Add("", plan.Exec("/bin/true", []string{"/bin/true"}, []string{"true"}, nil))

	fail := func(s *Session, _ *plan.Step) (func(), error) {
		letFork := func() {
			fd, err := unix.Open(gate, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { unix.Close(fd) })
			// Readable: it has reported its child.
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(s.socket), Events: unix.POLLIN}}, -1); err != nil && err != unix.EINTR {
				t.Error(err)
			}
		}
		return letFork, unix.EIO
	}
	s := &Session{Plan: p, Dir: dir, Actions: map[plan.Kind]Action{plan.KindListen: fail}}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	err := s.Run()
	defer s.Close()
	if err == nil || err.Error() != "cannot listen for start on /nowhere: input/output error (step 6, listen)" {
		t.Errorf("got %v", err)
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG|unix.WALL, nil); err != unix.ECHILD {
		t.Errorf("there is still a child: %d, %v", pid, err)
	}
}

// A container that traces the child could send this message in its place.
func TestOnlyAChildIsFollowed(t *testing.T) {
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		t.Skip("no sleep: ", err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	pidfd := func(pid int) int {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	own, parent := child.Process.Pid, os.Getppid()
	for _, forged := range [][2]int{{parent, parent}, {parent, own}, {own, parent}} {
		s := &Session{Pid: own, Pidfd: -1, forks: true}
		if err := s.follow(forged[0], pidfd(forged[1])); err == nil || s.Pid != own || s.Pidfd != -1 {
			t.Errorf("the session follows pid %d by a pidfd of %d, which no child of it is: %v", forged[0], forged[1], err)
		}
	}
	s := &Session{Pidfd: -1, forks: true}
	if err := s.follow(own, pidfd(own)); err != nil || s.Pid != own {
		t.Errorf("the session does not follow its child: %v", err)
	}
	unix.Close(s.Pidfd)
}
