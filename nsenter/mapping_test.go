package nsenter

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// mapped does one mapping step.
func mapped(t *testing.T, uids, gids []string) (*Session, error) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("missing: root, who may map any id")
	}
	step := plan.Mapping(uids, gids, 1)
	s := &Session{slots: []int{-1, -1}, read: make([]bool, 2), socket: -1, Pidfd: -1}
	t.Cleanup(s.Close)
	return s, s.mapping(&step)
}

func TestMappingMakesAUserNamespaceAndLeavesNoProcess(t *testing.T) {
	s, err := mapped(t, []string{"0 1000 10", "20 5 1"}, []string{"0 2000 10"})
	if err != nil {
		t.Fatal(err)
	}
	kind, err := unix.IoctlRetInt(s.slots[1], unix.NS_GET_NSTYPE)
	if err != nil || kind != unix.CLONE_NEWUSER {
		t.Errorf("it is of kind %x, %v", kind, err)
	}
	if pid, err := unix.Wait4(-1, nil, unix.WALL|unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("there is a child: %d, %v", pid, err)
	}
	// Signals come through again.
	var now unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, nil, &now); err != nil || now.Val[0]&(1<<(unix.SIGTERM-1)) != 0 {
		t.Errorf("blocked: %x, %v", now.Val[0], err)
	}
}

func TestMappingsThatTheKernelRefuses(t *testing.T) {
	for name, c := range map[string][2][]string{
		"uid_map": {{"0 0 1", "0 5 1"}, {"0 0 1"}},
		"gid_map": {{"0 0 1"}, {"0 0 0"}},
	} {
		_, err := mapped(t, c[0], c[1])
		if err == nil || !strings.HasPrefix(err.Error(), "writing its "+name+": invalid argument") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A mount that init never sees is not sent to it; init does with what it reads.
func TestSlotsThatInitDoesNotReadStayHere(t *testing.T) {
	p := script("/nosuch", "true")
	own := p.Slot("own")
	p.Steps = append([]plan.Step{plan.Mapping(nil, nil, own)}, p.Steps...)
	s := &Session{Plan: p, slots: []int{-1, 10, 11}, read: p.ReadByInit()}
	slots, fds := s.inherited()
	if len(slots) != 1 || slots[0] != 1 || fds[0] != 10 {
		t.Errorf("inherited: %v, %v", slots, fds)
	}
	s.spawned = true
	s.Assign(own, 12)
	if len(s.pending) != 0 {
		t.Errorf("to be sent: %v", s.pending)
	}
}
