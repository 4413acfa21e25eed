package rtnetlink

import (
	"encoding/binary"
	"runtime"

	"golang.org/x/sys/unix"
)

// Conn is a connection to the kernel in one network namespace.
type Conn struct {
	fd       int
	sequence uint32
}

// Open connects in the network namespace of the calling thread.
func Open() (*Conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	c := &Conn{fd: fd}
	for _, option := range [...]int{unix.NETLINK_EXT_ACK, unix.NETLINK_CAP_ACK} {
		if err := unix.SetsockoptInt(fd, unix.SOL_NETLINK, option, 1); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

// OpenIn connects in the network namespace that the descriptor is of: a socket
// stays in the one that it was made in (network_namespaces(7)).
func OpenIn(namespace int) (c *Conn, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked: the thread, which is in the other namespace by then, ends
		// with the goroutine.
		runtime.LockOSThread()
		if err = unix.Setns(namespace, unix.CLONE_NEWNET); err == nil {
			c, err = Open()
		}
	}()
	<-done
	return c, err
}

// Close ends the connection.
func (c *Conn) Close() { unix.Close(c.fd) }

// do sends a request and waits until the kernel has acknowledged it.
func (c *Conn) do(message []byte) error {
	binary.NativeEndian.PutUint16(message[6:], binary.NativeEndian.Uint16(message[6:])|unix.NLM_F_ACK)
	_, _, err := c.ask(message)
	return err
}

// dump asks for a whole list. What changes while the kernel goes through it may
// be missed, which it says.
func (c *Conn) dump(message []byte) ([]reply, error) {
	binary.NativeEndian.PutUint16(message[6:], binary.NativeEndian.Uint16(message[6:])|unix.NLM_F_DUMP)
	for {
		list, interrupted, err := c.ask(message)
		if err != nil || !interrupted {
			return list, err
		}
	}
}

// ask sends a message and collects what comes back up to its end.
func (c *Conn) ask(message []byte) (list []reply, interrupted bool, err error) {
	c.sequence++
	binary.NativeEndian.PutUint32(message, uint32(len(message)))
	binary.NativeEndian.PutUint32(message[8:], c.sequence)
	if err := unix.Sendto(c.fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, false, err
	}
	for {
		batch, err := c.receive()
		if err != nil {
			return nil, false, err
		}
		for _, r := range batch {
			if r.sequence != c.sequence {
				continue // of a request before, whose answer was given up on
			}
			interrupted = interrupted || r.flags&unix.NLM_F_DUMP_INTR != 0
			switch r.kind {
			case unix.NLMSG_ERROR:
				return list, interrupted, failure(r)
			case unix.NLMSG_DONE:
				return list, interrupted, nil
			case unix.NLMSG_NOOP:
			default:
				list = append(list, r)
				if r.flags&unix.NLM_F_MULTI == 0 && binary.NativeEndian.Uint16(message[6:])&unix.NLM_F_ACK == 0 {
					return list, interrupted, nil
				}
			}
		}
	}
}

// receive reads one datagram, however large it is.
func (c *Conn) receive() ([]reply, error) {
	for {
		size, _, err := unix.Recvfrom(c.fd, nil, unix.MSG_PEEK|unix.MSG_TRUNC)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		buffer := make([]byte, size)
		n, from, err := unix.Recvfrom(c.fd, buffer, 0)
		if err != nil {
			return nil, err
		}
		// Any process may write to the socket; the kernel has the port 0.
		if kernel, ok := from.(*unix.SockaddrNetlink); !ok || kernel.Pid != 0 {
			continue
		}
		return replies(buffer[:n])
	}
}
