package nsenter

import (
	"math"
	"runtime"

	"golang.org/x/sys/unix"
)

// Idle is a process that does nothing but be where it is, until the descriptor is
// closed, by tare or by its end.
type Idle struct{ Pid, alive int }

// ForkIdle starts one, which is in all that tare is in.
func ForkIdle() (Idle, error) { return forkIdle(0) }

// End lets the process end, and waits for that.
func (p Idle) End() {
	unix.Close(p.alive)
	for {
		// It ends without a signal, which not every kind of wait looks for.
		if _, err := unix.Wait4(p.Pid, nil, unix.WALL, nil); err != unix.EINTR {
			return
		}
	}
}

// forkIdle starts one in new namespaces. That it executes no program makes it
// several times cheaper than what syscall.ForkExec starts.
func forkIdle(namespaces uintptr) (Idle, error) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return Idle{}, err
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
		return Idle{}, err
	}
	pid, errno := forkAndRead(namespaces, uintptr(pipe[0]))
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	if errno != 0 {
		unix.Close(pipe[1])
		return Idle{}, errno
	}
	return Idle{int(pid), pipe[1]}, nil
}

// forkAndRead forks. The child keeps no descriptor but that of the pipe: whoever waits
// for the end of a socket of tare's would wait for the child's, too. It reads until the
// end of the pipe, and ends. It is a copy of one thread of many, in which the runtime
// does not work: from the fork on it makes raw system calls and nothing else, has no
// stack to grow and no pointer to write.
//
//go:nosplit
//go:norace
func forkAndRead(flags, read uintptr) (uintptr, unix.Errno) {
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, flags, 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	if read > 0 {
		unix.RawSyscall(unix.SYS_CLOSE_RANGE, 0, read-1, 0)
	}
	unix.RawSyscall(unix.SYS_CLOSE_RANGE, read+1, math.MaxUint32, 0)
	// With no buffer anything but the end of the pipe would be an error.
	unix.RawSyscall(unix.SYS_READ, read, 0, 1)
	for {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
}
