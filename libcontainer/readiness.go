package libcontainer

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// readiness is the socket at which a container's program says that it is ready
// (sd_notify(3)). The service manager's own socket stays out of the container: of
// what the program says, only that it is ready is passed on.
type readiness struct {
	socket int
	host   string // address of the service manager's socket
}

// checkNotifySocket refuses an address that tare cannot send to. systemd has
// others, for virtual machines.
func checkNotifySocket(host string) error {
	if host != "" && host[0] != '/' && host[0] != '@' {
		return fmt.Errorf("NOTIFY_SOCKET=%s: it must be the path of a Unix socket or, with an @, an abstract address", host)
	}
	return nil
}

// makeReadiness makes the directory of the socket at path, and the socket if it
// is to be there now.
func (m *maker) makeReadiness(_ *nsenter.Session, step *plan.Step) (func(), error) {
	path := step.S[0]
	dir := filepath.Dir(path)
	if err := unix.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	undo := func() {
		m.readiness.close()
		_ = unix.Unlink(path)
		_ = unix.Rmdir(dir)
	}
	// Whatever the umask and the user of the program are.
	err := unix.Chmod(dir, 0o755)
	if err == nil && step.N[0] != 0 {
		m.readiness, err = listenForReadiness(path, m.request.NotifySocket)
	}
	return undo, err
}

func listenForReadiness(path, host string) (*readiness, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	err = nsenter.WithShortPath(path, func(short string) error {
		if err := unix.Bind(fd, &unix.SockaddrUnix{Name: short}); err != nil {
			return err
		}
		return unix.Chmod(short, 0o777)
	})
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &readiness{fd, host}, nil
}

// StartNotifying is Start for a service manager at the address host, "" for none,
// that wants to know when the program is ready: it also waits for that, or for its end.
func (c *Container) StartNotifying(host string, warn func(string)) error {
	r, err := c.startReadiness(host)
	if err != nil {
		return err
	}
	if r == nil {
		return c.Start(warn)
	}
	defer r.close()
	pidfd, err := c.open()
	if err != nil {
		return fmt.Errorf("cannot start container %s: %w", c.State.ID, err)
	}
	defer unix.Close(pidfd)
	if err := c.Start(warn); err != nil {
		return err
	}
	return r.relay(pidfd, c.State.Pid)
}

// startReadiness makes the socket of a container that was created with the
// directory for it; it is nil for others.
func (c *Container) startReadiness(host string) (*readiness, error) {
	path := filepath.Join(c.Dir, specconv.ReadinessDir, specconv.ReadinessSocket)
	if host == "" || unix.Access(filepath.Dir(path), unix.F_OK) != nil {
		return nil, nil
	}
	if err := checkNotifySocket(host); err != nil {
		return nil, err
	}
	if err := c.startable(); err != nil {
		return nil, err
	}
	_ = unix.Unlink(path) // of a start that was killed
	r, err := listenForReadiness(path, host)
	if err != nil {
		return nil, &os.PathError{Op: "cannot make the readiness socket", Path: path, Err: err}
	}
	return r, nil
}

func (r *readiness) close() {
	if r != nil {
		unix.Close(r.socket)
	}
}

// relay waits until the program is ready or the process of the pidfd has ended,
// and in the first case tells the service manager so, and that pid is the process to watch.
func (r *readiness) relay(pidfd, pid int) error {
	fds := []unix.PollFd{{Fd: int32(r.socket), Events: unix.POLLIN}, {Fd: int32(pidfd), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return err
		}
		ended := fds[1].Revents != 0 // before the last look: it may say it and end
		for {
			ready, err := r.receive()
			if err == unix.EAGAIN {
				break
			}
			if err != nil {
				return err
			}
			if ready {
				if err := r.tell(pid); err != nil {
					return fmt.Errorf("cannot tell the service manager at %s that the container is ready: %w", r.host, err)
				}
				return nil
			}
		}
		if ended {
			return nil
		}
	}
}

// receive reads one message: lines of which one may be that it is ready.
func (r *readiness) receive() (bool, error) {
	var buf [4096]byte
	n, _, err := unix.Recvfrom(r.socket, buf[:], 0)
	if err == unix.EINTR {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for line := range bytes.SplitSeq(buf[:n], []byte("\n")) {
		if string(line) == "READY=1" {
			return true, nil
		}
	}
	return false, nil
}

// barrierWait is how long, in milliseconds, the service manager may take.
const barrierWait = 30_000

// tell sends the two words in one message, so that the manager does not see tare
// end before it knows whom to watch, and waits until it has read them
// (sd_notify_barrier(3)): it looks up the sender, which must not be gone by then.
func (r *readiness) tell(pid int) error {
	out, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(out)
	if err := unix.Connect(out, &unix.SockaddrUnix{Name: r.host}); err != nil {
		return err
	}
	if _, err := unix.SendmsgN(out, []byte("MAINPID="+strconv.Itoa(pid)+"\nREADY=1\n"), nil, nil, unix.MSG_NOSIGNAL); err != nil {
		return err
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	defer unix.Close(pipe[0])
	_, err = unix.SendmsgN(out, []byte("BARRIER=1"), unix.UnixRights(pipe[1]), nil, unix.MSG_NOSIGNAL)
	unix.Close(pipe[1])
	if err != nil {
		return err
	}
	fds := []unix.PollFd{{Fd: int32(pipe[0])}}
	for {
		n, err := unix.Poll(fds, barrierWait)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return err
		case n == 0:
			return errors.New("it does not answer")
		default:
			return nil
		}
	}
}

// AwaitReady waits, where a service manager wants to know, until the program is
// ready or has ended: the manager is to watch the container's process from then on.
func (p *Process) AwaitReady() error {
	if p.readiness == nil {
		return nil
	}
	return p.readiness.relay(p.session.Pidfd, p.Pid)
}

// announce relays beside a tare that stays, which the manager goes on to watch.
// The channel closes when there is nothing more to say.
func (p *Process) announce() <-chan struct{} {
	done := make(chan struct{})
	if p.readiness == nil {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		_ = p.readiness.relay(p.session.Pidfd, os.Getpid())
	}()
	return done
}
