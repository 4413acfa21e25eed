package dbus

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Conn is a connection. It is not safe for concurrent use.
type Conn struct {
	fd     int
	serial uint32
	// admitted says that the other side has accepted this user.
	admitted bool
	buffer   [4096]byte
	unread   []byte // of what is in buffer
	// Heed says which signals are kept; all others are dropped when they come. On a bus
	// anybody may send one, in any number. nil keeps all.
	Heed func(*Message) bool
	// Answerer is the Sender of the last answer. On a bus it is the bus that writes it
	// (D-Bus Specification, Header Fields), so nobody can pretend to be another.
	Answerer string
	// signals have come while an answer was waited for.
	signals []*Message
}

// Error is an answer that says that a call failed.
type Error struct {
	Name    string // such as org.freedesktop.DBus.Error.AccessDenied
	Message string
}

func (e *Error) Error() string {
	if e.Message == "" {
		return e.Name
	}
	return e.Message
}

// NotAdmittedError is the error of a call to somebody who has not accepted this user.
type NotAdmittedError struct{ Err error }

func (e *NotAdmittedError) Error() string { return e.Err.Error() }

// Unwrap is the reason.
func (e *NotAdmittedError) Unwrap() error { return e.Err }

// ErrTimeout is the error of what took longer than it may.
var ErrTimeout = errors.New("it does not answer")

// Dial connects to one address (D-Bus Specification, Server Addresses), and shows who it is: the
// kernel tells the other side the user. It does not wait for an answer to that, which the first
// call does.
func Dial(address string, timeout time.Duration) (*Conn, error) {
	at, err := socketAddress(address)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	c := &Conn{fd: fd}
	if err = unix.Connect(fd, at); err == nil {
		// It is left to the other side to ask the kernel who this is, and no user id
		// is named: in a user namespace it would be another one.
		err = c.write([]byte("\x00AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"), time.Now().Add(timeout))
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// socketAddress reads one address, "unix:path=/run/dbus/system_bus_socket".
func socketAddress(address string) (*unix.SockaddrUnix, error) {
	options, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return nil, errors.New("the address " + address + " is not one of a Unix socket")
	}
	for option := range strings.SplitSeq(options, ",") {
		key, value, _ := strings.Cut(option, "=")
		value, err := url.PathUnescape(value)
		if err != nil {
			return nil, errors.New("the address " + address + " is malformed")
		}
		switch key {
		case "path":
			return &unix.SockaddrUnix{Name: value}, nil
		case "abstract":
			return &unix.SockaddrUnix{Name: "@" + value}, nil
		}
	}
	return nil, errors.New("the address " + address + " has neither path nor abstract")
}

// Close ends the connection.
func (c *Conn) Close() {
	if c.fd >= 0 {
		_ = unix.Close(c.fd)
		c.fd = -1
	}
}

// admit waits until this user is accepted.
func (c *Conn) admit(deadline time.Time) error {
	for !c.admitted {
		line, err := c.line(deadline)
		if err != nil {
			return &NotAdmittedError{err}
		}
		switch word, _, _ := strings.Cut(line, " "); word {
		case "OK":
			c.admitted = true
		case "DATA": // asks for what was sent already
		default:
			return &NotAdmittedError{errors.New("it does not accept this user: " + line)}
		}
	}
	return nil
}

// line reads one line of the authentication.
func (c *Conn) line(deadline time.Time) (string, error) {
	var line []byte
	var b [1]byte
	for len(line) < 4096 {
		if err := c.read(b[:], deadline); err != nil {
			return "", err
		}
		if b[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		line = append(line, b[0])
	}
	return "", errors.New("it does not speak D-Bus")
}

// Call sends a method call and waits for the answer, at most until the deadline.
// An answer that says that it failed is an *Error.
func (c *Conn) Call(m *Message, deadline time.Time) ([]Value, error) {
	if err := c.admit(deadline); err != nil {
		return nil, err
	}
	c.serial++
	m.Kind, m.Serial = MethodCall, c.serial
	if err := c.write(m.Encode(), deadline); err != nil {
		return nil, err
	}
	for {
		answer, err := c.receive(deadline)
		if err != nil {
			return nil, err
		}
		switch {
		case answer.Kind == Signal:
			c.keep(answer)
		case answer.ReplyTo != m.Serial: // of a call that was given up
		case answer.Kind == MethodReturn:
			c.Answerer = answer.Sender
			return answer.Body, nil
		case answer.Kind == Failure:
			c.Answerer = answer.Sender
			e := &Error{Name: answer.ErrorName}
			if len(answer.Body) > 0 {
				e.Message = answer.Body[0].S
			}
			return nil, e
		}
	}
}

// Await waits for the first signal that is wanted, among those that have come
// already as well. All others are dropped.
func (c *Conn) Await(wanted func(*Message) bool, deadline time.Time) (*Message, error) {
	for {
		for len(c.signals) > 0 {
			m := c.signals[0]
			c.signals = c.signals[1:]
			if wanted(m) {
				return m, nil
			}
		}
		m, err := c.receive(deadline)
		if err != nil {
			return nil, err
		}
		if m.Kind == Signal {
			c.keep(m)
		}
	}
}

func (c *Conn) keep(signal *Message) {
	if c.Heed == nil || c.Heed(signal) {
		c.signals = append(c.signals, signal)
	}
}

func (c *Conn) receive(deadline time.Time) (*Message, error) {
	head := make([]byte, fixed, 1024)
	if err := c.read(head, deadline); err != nil {
		return nil, err
	}
	n, err := wholeLength(head)
	if err != nil {
		return nil, err
	}
	whole := append(head, make([]byte, n-fixed)...)
	if err := c.read(whole[fixed:], deadline); err != nil {
		return nil, err
	}
	return Decode(whole)
}

// read fills b.
func (c *Conn) read(b []byte, deadline time.Time) error {
	for {
		n := copy(b, c.unread)
		if b, c.unread = b[n:], c.unread[n:]; len(b) == 0 {
			return nil
		}
		if err := c.fill(deadline); err != nil {
			return err
		}
	}
}

// fill takes what there is to read, and waits for it, when all else has been read.
func (c *Conn) fill(deadline time.Time) error {
	for {
		n, err := unix.Read(c.fd, c.buffer[:])
		switch {
		case err == unix.EAGAIN:
			if err := c.ready(unix.POLLIN, deadline); err != nil {
				return err
			}
		case err == unix.EINTR:
		case err != nil:
			return err
		case n == 0:
			return unix.ECONNRESET
		default:
			c.unread = c.buffer[:n]
			return nil
		}
	}
}

func (c *Conn) write(b []byte, deadline time.Time) error {
	for len(b) > 0 {
		n, err := unix.SendmsgN(c.fd, b, nil, nil, unix.MSG_NOSIGNAL)
		switch err {
		case nil:
			b = b[n:]
		case unix.EINTR:
		case unix.EAGAIN:
			if err := c.ready(unix.POLLOUT, deadline); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

func (c *Conn) ready(events int16, deadline time.Time) error {
	fds := []unix.PollFd{{Fd: int32(c.fd), Events: events}}
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return ErrTimeout
		}
		n, err := unix.Poll(fds, int((left+time.Millisecond-1)/time.Millisecond))
		if err != nil && err != unix.EINTR {
			return err
		}
		if n > 0 {
			return nil
		}
	}
}

// Peer is the pid of the process that made the socket, 0 if it has none in the pid
// namespace of this one.
func (c *Conn) Peer() int {
	cred, err := unix.GetsockoptUcred(c.fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0
	}
	return int(cred.Pid)
}
