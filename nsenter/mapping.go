package nsenter

import (
	"errors"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// mapping makes a user namespace by a process that lives no longer than it takes
// to write its maps and to open it. The descriptor keeps the namespace.
func (s *Session) mapping(step *plan.Step) error {
	child, err := forkUser()
	if err != nil {
		return spawnError(err, false)
	}
	defer child.end()
	dir := "/proc/" + strconv.Itoa(child.pid) + "/"
	for i, name := range [...]string{"uid_map", "gid_map"} {
		if err := writeFile(dir+name, strings.Join(step.L[i], "\n")+"\n"); err != nil {
			return errors.New("writing its " + name + ": " + err.Error())
		}
	}
	fd, err := unix.Open(dir+"ns/user", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	s.Assign(plan.Slot(step.N[0]), fd)
	return nil
}

// userProcess is a process that does nothing but be in a user namespace, until
// the descriptor is closed, by tare or by its end.
type userProcess struct{ pid, alive int }

func (p userProcess) end() {
	unix.Close(p.alive)
	for {
		// It ends without a signal, which not every kind of wait looks for.
		if _, err := unix.Wait4(p.pid, nil, unix.WALL, nil); err != unix.EINTR {
			return
		}
	}
}

// forkUser starts one. That it executes no program makes it several times
// cheaper than what syscall.ForkExec starts.
func forkUser() (userProcess, error) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return userProcess{}, err
	}
	defer unix.Close(pipe[0])
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// In the child no signal may come to the handlers of the Go runtime.
	var every, before unix.Sigset_t
	for i := range every.Val {
		every.Val[i] = ^every.Val[i]
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &every, &before); err != nil {
		unix.Close(pipe[1])
		return userProcess{}, err
	}
	pid, errno := forkAndRead(uintptr(pipe[0]), uintptr(pipe[1]))
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	if errno != 0 {
		unix.Close(pipe[1])
		return userProcess{}, errno
	}
	return userProcess{int(pid), pipe[1]}, nil
}

// forkAndRead forks into a new user namespace. The child reads until the end of
// the pipe, and ends. It is a copy of one thread of many, in which the runtime
// does not work: from the fork on it makes raw system calls and nothing else, has
// no stack to grow and no pointer to write.
//
//go:nosplit
//go:norace
func forkAndRead(read, write uintptr) (uintptr, unix.Errno) {
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, unix.CLONE_NEWUSER, 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	unix.RawSyscall(unix.SYS_CLOSE, write, 0, 0)
	// With no buffer anything but the end of the pipe would be an error.
	unix.RawSyscall(unix.SYS_READ, read, 0, 1)
	for {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
}
