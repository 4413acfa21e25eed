package plan

import "encoding/binary"

// MessageType is what a record of the session protocol says.
type MessageType uint32

// The messages of the session protocol. Init sends all but Go.
const (
	MessageAt       MessageType = 1 + iota // init is at barrier Number; may carry one descriptor
	MessageGo                              // go on from barrier Number; carries descriptors for Slots
	MessageForked                          // init goes on as process Number, whose pidfd it carries
	MessageFailed                          // step Number failed with Errno; Text says more
	MessageExecute                         // the next thing init does is execve
	MessageListener                        // carries the listener of the seccomp filter that was installed
)

// Sizes of a message: its fixed part, the most text it holds, and the most
// descriptors (the kernel's SCM_MAX_FD is 253).
const (
	messageHeader = 16
	messageText   = 1024
	MaxMessage    = messageHeader + messageText
	MaxMessageFds = 250
)

// Message is one record of the session protocol.
type Message struct {
	Type   MessageType
	Number uint32
	Errno  int32
	Slots  []Slot
	Text   string
}

// AppendTo appends the wire form of m to b.
func (m *Message) AppendTo(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(m.Type))
	b = binary.LittleEndian.AppendUint32(b, m.Number)
	b = binary.LittleEndian.AppendUint32(b, uint32(m.Errno))
	if m.Type == MessageGo {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(m.Slots)))
		for _, s := range m.Slots {
			b = binary.LittleEndian.AppendUint16(b, uint16(s))
		}
		return b
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.Text)))
	return append(b, m.Text...)
}

// ParseMessage reads a record that init sent; ok is false if it is malformed,
// which only a broken or hostile init does.
func ParseMessage(b []byte) (m Message, ok bool) {
	if len(b) < messageHeader {
		return m, false
	}
	m.Type = MessageType(binary.LittleEndian.Uint32(b))
	m.Number = binary.LittleEndian.Uint32(b[4:])
	m.Errno = int32(binary.LittleEndian.Uint32(b[8:]))
	n := binary.LittleEndian.Uint32(b[12:])
	if m.Type == MessageGo || m.Type < MessageAt || m.Type > MessageListener || n > messageText || uint32(len(b)-messageHeader) < n {
		return m, false
	}
	m.Text = string(b[messageHeader : messageHeader+n])
	return m, true
}

// MoreFollows is set in the Number of a Go that could not carry all its
// descriptors: another with the same number comes.
const MoreFollows = 1 << 31
