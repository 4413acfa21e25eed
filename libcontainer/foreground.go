package libcontainer

import (
	"io"
	"os"

	"github.com/containerd/console"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/signalpipe"
)

// Foreground is tare's stay with a process: it passes signals and the terminal
// on, and reaps. Make it before the process: a signal that comes while tare is
// making a container then waits for the container to be there.
type Foreground struct {
	signals *signalpipe.Pipe
	own     console.Console // tare's own terminal, nil if it has none or it is not in use
}

// Stay begins to collect signals. With subreaper, processes that the container
// leaves behind become tare's children (prctl(2), PR_SET_CHILD_SUBREAPER).
func Stay(subreaper bool) (*Foreground, error) {
	if subreaper {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return nil, err
		}
	}
	signals, err := signalpipe.Open(collected())
	return &Foreground{signals: signals}, err
}

// collected lists the signals that tare passes on, and SIGCHLD, by which it
// learns whom to reap. Not SIGURG: Go's own. Not 32 and 33: the C libraries'.
// Not SIGTTIN and SIGTTOU: they are about tare's own use of its terminal, and
// one that catches them spins on the call that raised them.
func collected() []unix.Signal {
	list := make([]unix.Signal, 0, 64)
	for s := unix.Signal(1); s <= 64; s++ {
		switch s {
		case unix.SIGKILL, unix.SIGSTOP, unix.SIGURG, unix.SIGTTIN, unix.SIGTTOU, 32, 33:
		default:
			list = append(list, s)
		}
	}
	return list
}

// Wait stays until the process ends and returns its exit status, 128 plus the
// signal if one killed it.
func (f *Foreground) Wait(p *Process) (int, error) {
	drained := f.attach(p.Terminal)
	announced := p.announce()
	status, err := f.serve(p)
	<-announced
	if p.Terminal != nil {
		<-drained
		p.Terminal.Close()
	}
	if f.own != nil {
		_ = f.own.Reset()
	}
	return status, err
}

// serve passes signals to the process until it has ended; a change of the
// terminal's size goes to its terminal if it has one.
func (f *Foreground) serve(p *Process) (int, error) {
	for {
		status, ended, err := reap(p.Pid)
		if ended || err != nil {
			return status, err
		}
		signal, err := f.signals.Next()
		switch {
		case err != nil:
			return -1, err
		case signal == unix.SIGCHLD:
		case signal == unix.SIGWINCH && f.own != nil:
			f.resize(p.Terminal)
		default:
			_ = unix.PidfdSendSignal(p.session.Pidfd, signal, nil, 0)
		}
	}
}

// reap takes the children that have ended, until it has that with the pid: as
// a subreaper tare has others.
func reap(pid int) (status int, ended bool, err error) {
	for {
		var status unix.WaitStatus
		got, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return -1, false, err
		case got == 0:
			return -1, false, nil
		case got == pid && status.Exited():
			return status.ExitStatus(), true, nil
		case got == pid && status.Signaled():
			return 128 + int(status.Signal()), true, nil
		}
	}
}

// attach copies between tare's standard streams and the container's terminal.
// The channel closes when all that the container wrote is out.
func (f *Foreground) attach(master *os.File) <-chan struct{} {
	drained := make(chan struct{})
	if master == nil {
		close(drained)
		return drained
	}
	if own, err := console.ConsoleFromFile(os.Stdin); err == nil {
		if own.SetRaw() == nil {
			f.own = own
			f.resize(master)
		}
	}
	go func() { _, _ = io.Copy(master, os.Stdin) }()
	go func() {
		// The read ends with EIO when the last slave is closed.
		_, _ = io.Copy(os.Stdout, master)
		close(drained)
	}()
	return drained
}

// takeSize lets a process whose terminal tare will copy find tare's own terminal's
// size from its first moment: attach, which sets it again, comes after the exec.
func takeSize(process *specs.Process, socket string) {
	if process == nil || !process.Terminal || socket != "" {
		return
	}
	if size, err := unix.IoctlGetWinsize(int(os.Stdin.Fd()), unix.TIOCGWINSZ); err == nil {
		process.ConsoleSize = &specs.Box{Height: uint(size.Row), Width: uint(size.Col)}
	}
}

// resize gives the container's terminal the size of tare's own.
func (f *Foreground) resize(master *os.File) {
	size, err := unix.IoctlGetWinsize(int(os.Stdin.Fd()), unix.TIOCGWINSZ)
	if err == nil {
		_ = unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, size)
	}
}
