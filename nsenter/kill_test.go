package nsenter

import (
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
