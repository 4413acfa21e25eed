package nsenter

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// errExecuted is the end of a session whose program runs.
var errExecuted = errors.New("the program was executed")

// aboutEnd separates, in the text of a failure after await, the kind and the
// words for the step from the detail.
const aboutEnd = "\x1f"

// receive returns init's next message that the caller must act on: at a
// barrier. A failure of init, its death and its exec come back as errors.
func (s *Session) receive() (plan.Message, int, error) {
	for {
		m, fd, err := receive(s.socket, 0)
		if err != nil {
			return m, -1, err
		}
		switch m.Type {
		case 0:
			return m, -1, s.ended()
		case plan.MessageAt:
			return m, fd, nil
		case plan.MessageForked:
			if err := s.follow(int(m.Number), fd); err != nil {
				return m, -1, err
			}
		case plan.MessageExecute:
			s.executed = true
		case plan.MessageListener:
			if err := handOver(fd, s.Listener); err != nil {
				return m, -1, err
			}
		case plan.MessageFailed:
			return m, -1, s.failure(m)
		}
	}
}

// ended explains an end-of-file: an exec closes the session, and so does death.
func (s *Session) ended() error {
	if s.executed {
		return errExecuted
	}
	return death(s.Pidfd)
}

// goExecFailed is what Go's child exits with (syscall, forkAndExecInChild) once
// its execve(2) has failed and it has told the parent so through a pipe. Where the cgroup has no
// page left for that pipe the parent hears nothing, and takes init for executed.
const goExecFailed = 253

// death says how init ended; pidfd is that of a child of ours.
func death(pidfd int) error {
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PIDFD, pidfd, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		return errors.New("init ended before its plan did")
	}
	status := siginfoStatus(&info)
	if info.Code == cldExited {
		if status == goExecFailed {
			return errors.New("init could not be executed; the memory limit may be too low")
		}
		return errors.New("init ended with status " + strconv.Itoa(status) + " before its plan did")
	}
	text := "init was killed by signal " + strconv.Itoa(status) + " before its plan was done"
	if unix.Signal(status) == unix.SIGKILL {
		text += "; the memory limit may be too low, or someone killed it"
	}
	return errors.New(text)
}

// failedAlready looks, without waiting, whether init has failed.
func (s *Session) failedAlready() error {
	for {
		m, fd, err := receive(s.socket, unix.MSG_DONTWAIT)
		if err != nil || m.Type == 0 {
			return nil
		}
		if fd >= 0 && m.Type != plan.MessageForked {
			unix.Close(fd)
		}
		switch m.Type {
		case plan.MessageForked:
			if err := s.follow(int(m.Number), fd); err != nil {
				return err
			}
		case plan.MessageFailed:
			return s.failure(m)
		}
	}
}

// failure puts a failed message into words.
func (s *Session) failure(m plan.Message) error {
	i := int(m.Number) - 1
	if i < 0 || i >= len(s.Plan.Steps) {
		return errors.New("BUG: init refused its plan: " + m.Text)
	}
	f := &Failure{Sentence: s.Plan.Failure(i), Step: int(m.Number), Word: s.Plan.Steps[i].Kind.Word()}
	return f.cause(m)
}

// cause fills in the reason that init gave.
func (f *Failure) cause(m plan.Message) error {
	f.Detail = m.Text
	if about, detail, ok := strings.Cut(m.Text, aboutEnd); ok {
		f.Detail = detail
		f.Word, f.Sentence, _ = strings.Cut(about, " ")
	}
	if m.Errno != 0 {
		f.Err = unix.Errno(m.Errno)
	}
	return f
}

// follow goes on with the process that init forked. The one that forked has
// said its last word and is reaped. It happens once, and to a child of tare's: it
// is where the container's processes are, and one that may trace it could make it name any
// process of the host, whose limits and cgroup would then be the container's.
func (s *Session) follow(pid, pidfd int) error {
	if !s.forks || pidfd < 0 || !isChild(unix.P_PID, pid) || !isChild(unix.P_PIDFD, pidfd) {
		unix.Close(pidfd)
		return errors.New("BUG: init forked where its plan does not")
	}
	old := s.Pidfd
	s.Pid, s.Pidfd, s.forks = pid, pidfd, false
	_ = unix.Waitid(unix.P_PIDFD, old, nil, unix.WEXITED, nil)
	unix.Close(old)
	return nil
}

// isChild says of a process, by its pid or pidfd, whether it is a child of tare's (waitid(2)).
func isChild(by, id int) bool {
	return unix.Waitid(by, id, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil) == nil
}

// handOver gives the listener to who knows its agent.
func handOver(fd int, listener func(int) error) error {
	if fd < 0 || listener == nil {
		return errors.New("BUG: init sent a seccomp listener where its plan has none")
	}
	defer unix.Close(fd)
	return listener(fd)
}

// ListenerError says that the listener of the seccomp filter did not reach its
// agent. The program may wait for it for ever.
type ListenerError struct{ Err error }

func (e *ListenerError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *ListenerError) Unwrap() error { return e.Err }

// Start says go to a created container that waits at the socket, and waits
// until its program was executed. listener is as that of a Session; its error
// comes as a ListenerError. Other errors are init's reason if it gave one.
func Start(socket string, listener func(listener int) error) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := WithShortPath(socket, func(path string) error {
		return unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	}); err != nil {
		return err
	}
	if err := send(fd, &plan.Message{Type: plan.MessageGo}, nil); err != nil {
		return err
	}
	executed := false
	for {
		m, extra, err := receive(fd, 0)
		if err != nil {
			return err
		}
		if m.Type == plan.MessageListener {
			if err := handOver(extra, listener); err != nil {
				return &ListenerError{err}
			}
			continue
		}
		if extra >= 0 {
			unix.Close(extra)
		}
		switch m.Type {
		case 0:
			if !executed {
				return errors.New("the container's init ended before it executed the program")
			}
			return nil
		case plan.MessageExecute:
			executed = true
		case plan.MessageFailed:
			f := &Failure{Step: int(m.Number)}
			return f.cause(m)
		}
	}
}

// send sends one message with descriptors.
func send(socket int, m *plan.Message, fds []int) error {
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	buf := m.AppendTo(make([]byte, 0, 64))
	for {
		err := unix.Sendmsg(socket, buf, rights, nil, unix.MSG_NOSIGNAL)
		if err != unix.EINTR {
			return err
		}
	}
}

// receive reads one message and at most one descriptor. A message of type 0 is
// end-of-file.
func receive(socket, flags int) (m plan.Message, fd int, err error) {
	var buf [plan.MaxMessage]byte
	var oob [64]byte
	var n, oobn int
	for {
		n, oobn, _, _, err = unix.Recvmsg(socket, buf[:], oob[:], flags|unix.MSG_CMSG_CLOEXEC)
		if err != unix.EINTR {
			break
		}
	}
	if err == unix.ECONNRESET {
		return plan.Message{}, -1, nil // the peer closed without reading all: it is gone
	}
	if err != nil {
		return m, -1, err
	}
	fd = descriptor(oob[:oobn])
	if n == 0 {
		return plan.Message{}, fd, nil
	}
	m, ok := plan.ParseMessage(buf[:n])
	if !ok {
		return m, fd, errors.New("BUG: init sent a malformed message")
	}
	return m, fd, nil
}

// descriptor takes the one descriptor out of a control message, -1 for none.
func descriptor(oob []byte) int {
	if len(oob) == 0 {
		return -1
	}
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return -1
	}
	fd := -1
	for i := range msgs {
		fds, err := unix.ParseUnixRights(&msgs[i])
		if err != nil {
			continue
		}
		for _, got := range fds {
			if fd >= 0 {
				unix.Close(got)
				continue
			}
			fd = got
		}
	}
	return fd
}
