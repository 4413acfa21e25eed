package signalpipe

//lint:file-ignore U1000 the assembly uses the variables

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The handlers read these; they are set once, before the first handler is.
var (
	writeEnd int32   // descriptor that signals' numbers are written to
	self     int32   // pid of this process
	goOwn    uintptr // Go's handler, for signals that the kernel or this process raised
)

// Addresses of the handlers, from the assembly.
var (
	deliverPC     uintptr
	deliverSentPC uintptr
	restorerPC    uintptr
)

// Pipe is where the signals come out.
type Pipe struct{ readEnd int }

// sigaction is the kernel's struct (rt_sigaction(2)).
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

const (
	saSiginfo  = 0x4
	saRestorer = 0x04000000
	saOnstack  = 0x08000000
	saRestart  = 0x10000000
)

// Open catches the signals from now on, once in the life of a process. Those
// by which the kernel tells of a fault (SIGSEGV and the like) stay with Go's
// runtime unless another process sent them.
func Open(signals []unix.Signal) (*Pipe, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	// A handler must not wait for a reader that is the thread it interrupts.
	if err := unix.SetNonblock(ends[1], true); err != nil {
		return nil, err
	}
	writeEnd, self = int32(ends[1]), int32(os.Getpid())
	var old sigaction
	if err := act(unix.SIGSEGV, nil, &old); err != nil {
		return nil, err
	}
	goOwn = old.handler
	for _, signal := range signals {
		// SA_ONSTACK: goroutines' stacks are too small for a handler.
		catch := sigaction{handler: deliverPC, flags: saSiginfo | saOnstack | saRestart | saRestorer, restorer: restorerPC, mask: ^uint64(0)}
		if ofGo(signal) {
			catch.handler = deliverSentPC
		}
		if err := act(signal, &catch, nil); err != nil {
			return nil, err
		}
	}
	return &Pipe{readEnd: ends[0]}, unblock(signals)
}

// unblock lets this thread take the signals. Go's threads have the mask that
// the process was started with, and one that takes them is enough.
func unblock(signals []unix.Signal) error {
	var set unix.Sigset_t
	const bits = 8 * unsafe.Sizeof(set.Val[0])
	for _, signal := range signals {
		n := uintptr(signal - 1)
		set.Val[n/bits] |= 1 << (n % bits)
	}
	return unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, nil)
}

// ofGo lists the signals that mean something to Go's runtime when they do not
// come from another process.
func ofGo(signal unix.Signal) bool {
	switch signal {
	case unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV, unix.SIGSYS, unix.SIGPIPE:
		return true
	}
	return false
}

func act(signal unix.Signal, set, old *sigaction) error {
	const maskSize = 8
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(signal), uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), maskSize, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// Next waits for the next signal.
func (p *Pipe) Next() (unix.Signal, error) {
	var b [1]byte
	for {
		n, err := unix.Read(p.readEnd, b[:])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 1:
			return unix.Signal(b[0]), nil
		}
	}
}
