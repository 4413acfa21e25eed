package nsenter

import (
	"errors"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/smallpages"
	"github.com/tare-oci/tare/plan"
)

const cldExited = 1 // CLD_EXITED, sigaction(2)

// spawn starts init. It finds its session at the first descriptor after those for
// the program, its plan next to it, then one descriptor for each slot assigned so
// far, and last itself; nothing else of tare's is open in it.
func (s *Session) spawn(step *plan.Step) (func(), error) {
	program, err := image(s.Dir)
	if err != nil {
		return nil, err
	}
	defer unix.Close(program)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	s.socket = pair[0]
	defer unix.Close(pair[1])

	inherited, fds := s.inherited()
	wire, err := s.Plan.Encode(inherited, s.fault)
	if err != nil {
		return nil, err
	}
	planFD, err := MemoryFile("tare-plan", wire, s.Dir)
	if err != nil {
		return nil, err
	}
	defer unix.Close(planFD)

	files := s.files(append(append([]int{pair[1], planFD}, fds...), program))
	pidfd := -1
	attr := syscall.ProcAttr{Files: files, Sys: &syscall.SysProcAttr{
		Cloneflags: uintptr(step.N[0]), PidFD: &pidfd,
		UseCgroupFD: step.N[1] != 0, CgroupFD: s.CgroupFD,
	}}
	if step.N[0]&plan.NewUser != 0 {
		attr.Sys.AmbientCaps = everyCapability()
	}
	path := "/proc/self/fd/" + strconv.Itoa(len(files)-1)
	args := []string{"tare-init", strconv.Itoa(3 + s.Preserve + len(s.Pass))}
	pid, err := smallpages.ForkExec(path, args, &attr)
	if err == unix.EBUSY && step.N[2] != 0 && s.CgroupElse != nil {
		if attr.Sys.CgroupFD, err = s.CgroupElse(); err == nil {
			defer unix.Close(attr.Sys.CgroupFD)
			pid, err = smallpages.ForkExec(path, args, &attr)
		}
	}
	if err != nil {
		return nil, spawnError(err, attr.Sys.UseCgroupFD)
	}
	s.Pid, s.Pidfd, s.spawned = pid, pidfd, true
	if s.Born != nil && attr.Sys.UseCgroupFD {
		s.Born()
	}
	for i := range s.Plan.Steps {
		s.forks = s.forks || s.Plan.Steps[i].Kind == plan.KindFork
	}
	return s.kill, nil
}

// files are the descriptors of a new process: the standard streams, those to be
// preserved, and its own.
func (s *Session) files(own []int) []uintptr {
	base := 3 + s.Preserve
	files := make([]uintptr, 0, base+len(own))
	for fd := 0; fd < base; fd++ {
		files = append(files, uintptr(fd))
	}
	if s.Streams != nil {
		for i, fd := range s.Streams {
			files[i] = uintptr(fd)
		}
	}
	for _, fd := range s.Pass {
		files = append(files, uintptr(fd))
	}
	for _, fd := range own {
		files = append(files, uintptr(fd))
	}
	return files
}

// everyCapability lists the capabilities of Linux 5.14. Init is executed in its
// user namespace before that has a mapping: the kernel sees no root in it whose
// capabilities would survive execve(2), only ambient ones do. The plan's caps
// step replaces them.
func everyCapability() []uintptr {
	all := make([]uintptr, unix.CAP_LAST_CAP+1)
	for i := range all {
		all[i] = uintptr(i)
	}
	return all
}

// inherited lists the slots for init that have a descriptor by now.
func (s *Session) inherited() (slots []plan.Slot, fds []int) {
	for i, fd := range s.slots {
		if fd >= 0 && s.read[i] {
			slots = append(slots, plan.Slot(i))
			fds = append(fds, fd)
		}
	}
	return slots, fds
}

// kill ends init and reaps it. Its session is closed first: were it blocked on
// something that a signal cannot end, it would still see the end of file.
func (s *Session) kill() {
	s.awaitFork()
	unix.Close(s.socket)
	s.socket = -1
	_ = unix.PidfdSendSignal(s.Pidfd, unix.SIGKILL, nil, 0)
	_ = unix.Waitid(unix.P_PIDFD, s.Pidfd, nil, unix.WEXITED, nil)
}

// awaitFork waits until an init that is going to fork has done so or has ended.
// Killed on its way, it might leave a child that nobody knows of, and in whose
// pid namespace the container could not end before somebody reaped it.
func (s *Session) awaitFork() {
	for s.forks && s.owed == 0 { // at a barrier it does nothing until it is told to
		m, fd, err := receive(s.socket, 0)
		switch {
		case err == nil && m.Type == plan.MessageForked:
			_ = s.follow(int(m.Number), fd)
		case err != nil || m.Type == 0 || m.Type == plan.MessageAt || m.Type == plan.MessageFailed:
			return
		}
	}
}

// spawnError names the usual reasons for a failing clone3(2); born says that it
// was to be into a cgroup.
func spawnError(err error, born bool) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	switch errno {
	case unix.ENOSYS:
		return errors.New("clone3: this kernel is older than Linux 5.14, the oldest that tare runs on")
	case unix.EUSERS, unix.ENOSPC:
		return errors.New("too many namespaces (see /proc/sys/user): " + errno.Error())
	case unix.EBUSY:
		return errors.New("processes are not allowed in the cgroup while those below it have controllers: " + errno.Error())
	case unix.EOPNOTSUPP:
		if born {
			return errors.New("the cgroup is threaded or an invalid domain, see cgroup.type there and in its parents; a process can only enter a domain: " + errno.Error())
		}
	case unix.EPERM:
		return errors.New("this system does not let this user make namespaces (see kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns and user.max_user_namespaces, or a seccomp filter): " + errno.Error())
	case unix.EACCES:
		if born {
			return errors.New("this user may not put a process into that cgroup from where tare is (delegation): " + errno.Error())
		}
	case unix.EAGAIN:
		return errors.New("too many processes (a pids limit of the cgroup or RLIMIT_NPROC): " + errno.Error())
	}
	return errno
}

// siginfoStatus is si_status of a SIGCHLD's siginfo (sigaction(2)): after the
// three leading integers, padding to a word, and pid and uid.
func siginfoStatus(info *unix.Siginfo) int {
	const header = 3 * 4
	offset := (header+unsafe.Sizeof(uintptr(0))-1)&^(unsafe.Sizeof(uintptr(0))-1) + 8
	return int(*(*int32)(unsafe.Add(unsafe.Pointer(info), offset)))
}
