package nsenter

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// Action does one of the parent's steps and returns what takes it back, or nil.
type Action func(s *Session, step *plan.Step) (undo func(), err error)

// Session is one run of a plan. Fill the exported fields that the plan's steps
// need, call Run, and then Close.
type Session struct {
	Plan *plan.Plan
	// Actions are the steps that the caller does; the others are done here.
	Actions map[plan.Kind]Action
	// Dir is a directory on a file system that may be executed from, for
	// kernels without memfd.
	Dir string
	// Preserve is how many descriptors from 3 on go to the program.
	Preserve int
	// Pass are descriptors that go to the program after those; a step before spawn
	// may add to them.
	Pass []int
	// Streams are the standard streams of what is executed; nil for tare's own.
	Streams *[3]int
	// Inner marks the plan of a hook, which is a step of another plan: what the
	// tests make fail, or kill, is of the outer one.
	Inner bool
	// CgroupFD is the v2 cgroup that init begins its life in; set it before
	// the spawn step that asks for it.
	CgroupFD int
	// CgroupElse opens another cgroup for a CgroupFD that can have no processes (see
	// plan.Step.ElseWith); the descriptor becomes the session's.
	CgroupElse func() (int, error)

	// Born is called when init has begun its life in CgroupFD.
	Born func()

	// Listener takes the listener of a seccomp filter that notifies; it does not
	// keep the descriptor. An error ends init.
	Listener func(listener int) error

	// Pid and Pidfd are init's, once it was spawned, and change when it forks.
	Pid, Pidfd int
	// Terminal is the master of the container's terminal when a step handed
	// it to tare itself.
	Terminal *os.File

	socket   int
	slots    []int  // descriptor by slot, -1 for none
	read     []bool // by init, by slot
	pending  []plan.Slot
	owed     uint32 // the barrier that init waits at
	undo     []func()
	spawned  bool
	forks    bool   // init is still to fork
	unpin    func() // gives the thread its own CPU affinity back
	executed bool
	fault    plan.Fault
}

// Failure is the error of a step, in words for people.
type Failure struct {
	// Sentence says what could not be done, beginning with the JSON pointer of
	// the config field it comes from, if any.
	Sentence string
	Detail   string // what is known beyond the errno, may be empty
	Err      error  // may be nil if Detail is the cause
	Step     int
	Word     string
}

func (f *Failure) Error() string {
	text := f.Sentence
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text + " (step " + strconv.Itoa(f.Step) + ", " + f.Word + ")"
}

// Unwrap gives the errno.
func (f *Failure) Unwrap() error { return f.Err }

// Run carries the plan out. When it returns nil init waits for start, or the
// program was executed; otherwise all that was done has been undone.
func (s *Session) Run() (err error) {
	s.slots = make([]int, len(s.Plan.Slots))
	for i := range s.slots {
		s.slots[i] = -1
	}
	s.read = s.Plan.ReadByInit()
	s.socket, s.Pidfd = -1, -1
	if !s.Inner {
		s.fault = wantedFault()
	}
	defer func() {
		if s.unpin != nil {
			s.unpin()
		}
		if err != nil {
			s.takeBack()
		}
	}()
	for i := range s.Plan.Steps {
		step := &s.Plan.Steps[i]
		switch {
		case step.Kind == plan.KindBarrier:
			err = s.meet(step)
		case step.Kind == plan.KindAwait:
			return s.release() // what follows is for whoever starts the container
		case step.Kind == plan.KindExec:
			err = s.executes()
		case step.Actor == plan.Init:
			err = s.release()
		default:
			err = s.perform(i, step)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// perform does one step of the parent's.
func (s *Session) perform(i int, step *plan.Step) error {
	undo, err := s.act(i, step)
	if undo != nil {
		s.undo = append(s.undo, undo)
	}
	if err == nil {
		return nil
	}
	// Init may have failed first, and with the better reason.
	if s.spawned {
		if failed := s.failedAlready(); failed != nil {
			return failed
		}
	}
	var f *Failure
	if errors.As(err, &f) {
		return err
	}
	return s.failureAt(i, err)
}

func (s *Session) failureAt(i int, err error) *Failure {
	return &Failure{Sentence: s.Plan.Failure(i), Err: err, Step: plan.Number(i), Word: s.Plan.Steps[i].Kind.Word()}
}

// Failure is the error of a step that an earlier step began and a later one waits for.
func (s *Session) Failure(step *plan.Step, err error) error {
	for i := range s.Plan.Steps {
		if step == &s.Plan.Steps[i] {
			return s.failureAt(i, err)
		}
	}
	return err
}

func (s *Session) act(i int, step *plan.Step) (func(), error) {
	if s.fault.Step == plan.Number(i) {
		return nil, unix.Errno(s.fault.Errno)
	}
	if do := s.Actions[step.Kind]; do != nil {
		return do(s, step)
	}
	switch step.Kind {
	case plan.KindSpawn:
		return s.spawn(step)
	case plan.KindClone:
		return nil, s.clone(step)
	case plan.KindMount:
		return nil, s.mount(step)
	case plan.KindMapping:
		return nil, s.mapping(step)
	case plan.KindMountIDMap:
		return nil, s.mountIDMap(step)
	case plan.KindOpenNamespace:
		return nil, s.openNamespace(step)
	case plan.KindOpenPidfd:
		return nil, s.openPidfd(step)
	case plan.KindListen:
		return s.listen(step)
	case plan.KindIDMap:
		return nil, s.idmap(step)
	case plan.KindRlimit:
		return nil, s.rlimit(step)
	case plan.KindOOMScoreAdj:
		return nil, s.oomScoreAdj(step)
	case plan.KindAffinity:
		return nil, s.affinity(step)
	case plan.KindScheduler:
		return nil, s.scheduler(step)
	case plan.KindIOPriority:
		return nil, s.ioPriority(step)
	case plan.KindNetDevice:
		return s.netDevice(step)
	case plan.KindSendTerminal:
		return nil, s.sendTerminal(step)
	case plan.KindSendPidfd:
		return nil, SendOne(step.S[0], []byte(step.S[1]), s.Pidfd)
	}
	return nil, errors.New("BUG: nobody does it")
}

// Assign gives slot its descriptor, which the session owns from then on.
func (s *Session) Assign(slot plan.Slot, fd int) {
	s.slots[slot] = fd
	if s.spawned && s.read[slot] {
		s.pending = append(s.pending, slot)
	}
}

// Descriptor is what slot holds, -1 for nothing yet; it stays the session's.
func (s *Session) Descriptor(slot plan.Slot) int { return s.slots[slot] }

// meet waits for init at a barrier; the go is said when the parent's steps
// there are done.
func (s *Session) meet(step *plan.Step) error {
	if err := s.release(); err != nil {
		return err
	}
	m, fd, err := s.receive()
	if err != nil {
		return err
	}
	if m.Type != plan.MessageAt || int64(m.Number) != step.N[0] {
		return errors.New("BUG: init is not where the plan is")
	}
	if step.N[1] != 0 {
		if fd < 0 {
			return errors.New("BUG: init did not hand over " + s.Plan.Slots[step.N[1]])
		}
		s.slots[step.N[1]] = fd
	}
	if !s.Inner {
		dieBefore(step.N[0])
	}
	s.owed = m.Number
	return nil
}

// release says go to an init that waits at a barrier, with what the parent
// assigned meanwhile.
func (s *Session) release() error {
	if s.owed == 0 {
		return nil
	}
	number := s.owed
	s.owed = 0
	for {
		batch := s.pending[:min(len(s.pending), plan.MaxMessageFds)]
		s.pending = s.pending[len(batch):]
		m := plan.Message{Type: plan.MessageGo, Number: number, Slots: batch}
		if len(s.pending) > 0 {
			m.Number |= plan.MoreFollows
		}
		fds := make([]int, len(batch))
		for i, slot := range batch {
			fds[i] = s.slots[slot]
		}
		if err := send(s.socket, &m, fds); err != nil {
			// Init is gone: it says why.
			if failed := s.failedAlready(); failed != nil {
				return failed
			}
			return err
		}
		if len(s.pending) == 0 {
			return nil
		}
	}
}

// executes waits until the program was executed.
func (s *Session) executes() error {
	if err := s.release(); err != nil {
		return err
	}
	_, _, err := s.receive()
	if err == nil {
		return errors.New("BUG: init says more than the plan has")
	}
	if err == errExecuted {
		return nil
	}
	return err
}

// takeBack undoes in reverse.
func (s *Session) takeBack() {
	for i := len(s.undo) - 1; i >= 0; i-- {
		s.undo[i]()
	}
	s.undo = nil
}

// Undo takes everything back after a Run that succeeded, for a caller whose own
// next act failed.
func (s *Session) Undo() { s.takeBack() }

// Close releases the descriptors; the container is not touched.
func (s *Session) Close() {
	for i, fd := range s.slots {
		if fd >= 0 {
			unix.Close(fd)
			s.slots[i] = -1
		}
	}
	if s.socket >= 0 {
		unix.Close(s.socket)
		s.socket = -1
	}
	if s.Pidfd >= 0 {
		unix.Close(s.Pidfd)
		s.Pidfd = -1
	}
}
