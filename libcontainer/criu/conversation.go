package criu

import (
	"errors"
	"fmt"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"golang.org/x/sys/unix"
)

// Conversation is tare's end of the socket at which a "criu swrk" works.
type Conversation struct{ socket int }

// Open makes a conversation, and the other end of its socket, which is the caller's.
func Open() (c *Conversation, theirs int, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, -1, err
	}
	return &Conversation{pair[0]}, pair[1], nil
}

// Close ends it. A CRIU that is at work notices, takes back what it did, and ends.
func (c *Conversation) Close() {
	if c != nil && c.socket >= 0 {
		unix.Close(c.socket)
		c.socket = -1
	}
}

// Answer is what CRIU says: that it has got to a point (Script), or the end.
type Answer struct {
	Script string
	// Pid is that of the container's first process, where the answer is about it.
	Pid int
	// Descriptor comes with the script orphan-pts-master; -1 for none.
	Descriptor int
	version    int
}

// Failure is a request that CRIU could not serve; its log says why.
type Failure struct {
	Errno   unix.Errno // may be 0
	Message string     // may be empty
}

func (f *Failure) Error() string {
	switch {
	case f.Message != "":
		return f.Message
	case f.Errno != 0:
		return f.Errno.Error()
	}
	return "it failed"
}

// errGone is the end of a CRIU that had not answered.
var errGone = errors.New("it ended without an answer")

// CheckVersion asks for the version and says if it is too old.
func (c *Conversation) CheckVersion() error {
	kind, open := rpc.CriuReqType_VERSION, true
	if err := c.send(&rpc.CriuReq{Type: &kind, KeepOpen: &open}); err != nil {
		return err
	}
	a, err := c.Next()
	if err != nil {
		return fmt.Errorf("cannot ask it for its version: %w", err)
	}
	if a.version < Oldest {
		return fmt.Errorf("it is version %s: at least %s is needed", version(a.version), version(Oldest))
	}
	return nil
}

// Ask makes a request whose answers Next gives.
func (c *Conversation) Ask(kind rpc.CriuReqType, opts *rpc.CriuOpts) error {
	return c.send(&rpc.CriuReq{Type: &kind, Opts: opts})
}

// Continue lets a CRIU go on that has got to a point.
func (c *Conversation) Continue() error {
	kind, good := rpc.CriuReqType_NOTIFY, true
	return c.send(&rpc.CriuReq{Type: &kind, NotifySuccess: &good})
}

func (c *Conversation) send(req *rpc.CriuReq) error {
	data, err := req.MarshalVT()
	if err != nil {
		return err
	}
	for {
		err := unix.Sendmsg(c.socket, data, nil, nil, unix.MSG_NOSIGNAL)
		switch err {
		case unix.EINTR:
			continue
		case unix.EPIPE, unix.ECONNRESET:
			return errGone
		}
		return err
	}
}

// longest is what CRIU sends at most in one message.
const longest = 64 << 10

// Next waits for the next answer. The error of a request that failed is a *Failure.
func (c *Conversation) Next() (Answer, error) {
	a := Answer{Descriptor: -1}
	buf := make([]byte, longest)
	var oob [64]byte
	n, oobn, err := 0, 0, error(unix.EINTR)
	for err == unix.EINTR {
		n, oobn, _, _, err = unix.Recvmsg(c.socket, buf, oob[:], unix.MSG_CMSG_CLOEXEC)
	}
	if err == unix.ECONNRESET || err == nil && n == 0 {
		return a, errGone
	}
	if err != nil {
		return a, err
	}
	if oobn > 0 {
		a.Descriptor = descriptor(oob[:oobn])
	}
	var resp rpc.CriuResp
	if err := resp.UnmarshalVT(buf[:n]); err != nil {
		return a, fmt.Errorf("it says something that is no answer: %w", err)
	}
	if !resp.GetSuccess() {
		return a, &Failure{unix.Errno(resp.GetCrErrno()), resp.GetCrErrmsg()}
	}
	if v := resp.GetVersion(); v != nil {
		a.version = int(v.GetMajorNumber()*10000 + v.GetMinorNumber()*100 + v.GetSublevel())
	}
	if notify := resp.GetNotify(); notify != nil {
		a.Script, a.Pid = notify.GetScript(), int(notify.GetPid())
	}
	if restored := resp.GetRestore(); restored != nil {
		a.Pid = int(restored.GetPid())
	}
	return a, nil
}

// descriptor takes the one descriptor out of a control message, -1 for none.
func descriptor(oob []byte) int {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return -1
	}
	for i := range messages {
		if fds, err := unix.ParseUnixRights(&messages[i]); err == nil && len(fds) > 0 {
			for _, fd := range fds[1:] {
				unix.Close(fd)
			}
			return fds[0]
		}
	}
	return -1
}
