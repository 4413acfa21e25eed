package rtnetlink

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// A message is a header, a body that its type says the form of, and attributes
// (netlink(7), rtnetlink(7)), all in the byte order of the machine.

const attributeHeader = unix.SizeofRtAttr

// aligned rounds up to 4 (NLMSG_ALIGN, RTA_ALIGN).
func aligned(n int) int { return (n + 3) &^ 3 }

// newMessage begins one; send fills in length and sequence.
func newMessage(kind, flags uint16, body []byte) []byte {
	m := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(body)+64)
	binary.NativeEndian.PutUint16(m[4:], kind)
	binary.NativeEndian.PutUint16(m[6:], flags|unix.NLM_F_REQUEST)
	return append(m, body...)
}

// withAttribute adds one, and with it the padding that the one before may need.
func withAttribute(m []byte, kind uint16, value []byte) []byte {
	for len(m) != aligned(len(m)) {
		m = append(m, 0)
	}
	m = binary.NativeEndian.AppendUint16(m, uint16(attributeHeader+len(value)))
	m = binary.NativeEndian.AppendUint16(m, kind)
	return append(m, value...)
}

func withNumber(m []byte, kind uint16, value uint32) []byte {
	return withAttribute(m, kind, binary.NativeEndian.AppendUint32(nil, value))
}

func withName(m []byte, kind uint16, name string) []byte {
	return withAttribute(m, kind, append([]byte(name), 0))
}

// attribute is one of a message, as the kernel sent it.
type attribute struct {
	kind  uint16
	value []byte
}

// number is 0 for a value that is too short to be one.
func (a attribute) number() uint32 {
	if len(a.value) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(a.value)
}

func (a attribute) text() string {
	for i, c := range a.value {
		if c == 0 {
			return string(a.value[:i])
		}
	}
	return string(a.value)
}

// malformed is an error that costs nothing at start-up.
type malformed struct{}

func (malformed) Error() string { return "BUG: the kernel sent a malformed netlink message" }

var errMalformed error = malformed{}

// attributes takes them apart.
func attributes(data []byte) (list []attribute, err error) {
	for len(data) >= attributeHeader {
		size := int(binary.NativeEndian.Uint16(data))
		if size < attributeHeader || size > len(data) {
			return nil, errMalformed
		}
		const flags = unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER
		list = append(list, attribute{binary.NativeEndian.Uint16(data[2:]) &^ flags, data[attributeHeader:size]})
		data = data[min(aligned(size), len(data)):]
	}
	return list, nil
}

// reply is one message of the kernel's.
type reply struct {
	kind, flags uint16
	sequence    uint32
	data        []byte
}

// replies takes what one recvmsg(2) brought apart.
func replies(data []byte) (list []reply, err error) {
	for len(data) >= unix.SizeofNlMsghdr {
		size := int(binary.NativeEndian.Uint32(data))
		if size < unix.SizeofNlMsghdr || size > len(data) {
			return nil, errMalformed
		}
		list = append(list, reply{
			kind: binary.NativeEndian.Uint16(data[4:]), flags: binary.NativeEndian.Uint16(data[6:]), sequence: binary.NativeEndian.Uint32(data[8:]),
			data: data[unix.SizeofNlMsghdr:size],
		})
		data = data[min(aligned(size), len(data)):]
	}
	return list, nil
}

// failure is the error in a reply, nil for an acknowledgement, with the kernel's
// own words where it has some (NETLINK_EXT_ACK, netlink(7)).
func failure(r reply) error {
	if len(r.data) < 4 {
		return errMalformed
	}
	code := int32(binary.NativeEndian.Uint32(r.data))
	if code == 0 {
		return nil
	}
	errno := unix.Errno(-code)
	// With NETLINK_CAP_ACK no more than the header of the request comes back.
	const echoed = 4 + unix.SizeofNlMsghdr
	if r.flags&unix.NLM_F_ACK_TLVS == 0 || len(r.data) < echoed {
		return errno
	}
	list, err := attributes(r.data[echoed:])
	if err != nil {
		return errno
	}
	for _, a := range list {
		if a.kind == unix.NLMSGERR_ATTR_MSG {
			return &Refusal{Errno: errno, Words: a.text()}
		}
	}
	return errno
}

// Refusal is an error that the kernel has told the cause of.
type Refusal struct {
	Errno unix.Errno
	Words string
}

func (r *Refusal) Error() string { return r.Words + ": " + r.Errno.Error() }

// Unwrap gives the errno.
func (r *Refusal) Unwrap() error { return r.Errno }
