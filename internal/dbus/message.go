package dbus

import (
	"encoding/binary"
	"errors"
)

// Kind is a type of message.
type Kind byte

// The types of messages.
const (
	MethodCall Kind = iota + 1
	MethodReturn
	Failure
	Signal
)

// Message is one message. What a kind does not have is empty.
type Message struct {
	Kind        Kind
	Serial      uint32
	Path        string
	Interface   string
	Member      string
	Destination string
	Sender      string
	ErrorName   string
	ReplyTo     uint32
	Body        []Value
}

// The fields of a message's header.
const (
	fieldPath = iota + 1
	fieldInterface
	fieldMember
	fieldErrorName
	fieldReplySerial
	fieldDestination
	fieldSender
	fieldSignature
)

const (
	protocol = 1
	// fixed is the length of what tells how long the whole is.
	fixed = 16
	// longest is how long the parts of a message may be that tare reads. The
	// specification allows 128 MiB; what tare asks for takes a few hundred bytes.
	longest = 256 << 10
)

// native is the mark of the machine's byte order.
func native() byte {
	if order.Uint16([]byte{1, 0}) == 1 {
		return 'l'
	}
	return 'B'
}

// Encode makes the message's bytes.
func (m *Message) Encode() []byte {
	var body writer
	signature := ""
	for i := range m.Body {
		signature += m.Body[i].Type
		body.value(&m.Body[i])
	}
	w := writer{b: make([]byte, 0, 256+len(body.b))}
	w.b = append(w.b, native(), byte(m.Kind), 0, protocol)
	w.number(32, uint64(len(body.b)))
	w.number(32, uint64(m.Serial))
	fields := Value{Type: "a(yv)"}
	add := func(field byte, v Value) {
		fields.L = append(fields.L, Tuple(Value{Type: "y", N: uint64(field)}, Variant(v)))
	}
	for _, f := range [...]struct {
		field      byte
		kind, text string
	}{
		{fieldPath, "o", m.Path},
		{fieldInterface, "s", m.Interface},
		{fieldMember, "s", m.Member},
		{fieldErrorName, "s", m.ErrorName},
		{fieldDestination, "s", m.Destination},
		{fieldSender, "s", m.Sender},
		{fieldSignature, "g", signature},
	} {
		if f.text != "" {
			add(f.field, Value{Type: f.kind, S: f.text})
		}
	}
	if m.ReplyTo != 0 {
		add(fieldReplySerial, Uint32(m.ReplyTo))
	}
	w.value(&fields)
	w.align(8)
	return append(w.b, body.b...)
}

// byteOrder is that of a message whose beginning is given.
func byteOrder(b []byte) (binary.ByteOrder, error) {
	switch b[0] {
	case 'l':
		return binary.LittleEndian, nil
	case 'B':
		return binary.BigEndian, nil
	}
	return nil, errors.New("it is no message of D-Bus")
}

// wholeLength is how long the message is whose first 16 bytes are given.
func wholeLength(b []byte) (int, error) {
	order, err := byteOrder(b)
	if err != nil {
		return 0, err
	}
	body, fields := order.Uint32(b[4:]), order.Uint32(b[12:])
	if body > longest || fields > longest {
		return 0, errors.New("it is longer than tare reads")
	}
	return fixed + int((fields+7)&^7) + int(body), nil
}

// Decode reads a whole message.
func Decode(b []byte) (*Message, error) {
	if len(b) < fixed {
		return nil, errShort
	}
	order, err := byteOrder(b)
	if err != nil {
		return nil, err
	}
	if b[3] != protocol {
		return nil, errors.New("it is of another version of D-Bus")
	}
	if n, err := wholeLength(b); err != nil || n != len(b) {
		return nil, errors.Join(err, errShort)
	}
	m := &Message{Kind: Kind(b[1]), Serial: order.Uint32(b[8:])}
	r := reader{b: b, at: 12, order: order}
	fields := r.value("a(yv)", 0)
	r.align(8)
	if r.err != nil {
		return nil, r.err
	}
	signature := m.fields(fields)
	if m.Body, err = r.body(signature); err == errSignature && m.Kind == Signal {
		return m, nil // of a thing that nobody here waits for, as of properties in a dictionary
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// body reads what the signature says. Alignment counts from the body's beginning,
// which is a multiple of 8.
func (r *reader) body(signature string) (list []Value, err error) {
	for rest := signature; rest != "" && r.err == nil; {
		var one string
		if one, rest, err = cut(rest); err != nil {
			return nil, err
		}
		list = append(list, r.value(one, 0))
	}
	if r.err != nil {
		return nil, r.err
	}
	return list, nil
}

// fields takes the header's fields over and gives the body's signature.
func (m *Message) fields(list Value) (signature string) {
	for _, f := range list.L {
		v := f.L[1].L[0]
		switch f.L[0].N {
		case fieldPath:
			m.Path = v.S
		case fieldInterface:
			m.Interface = v.S
		case fieldMember:
			m.Member = v.S
		case fieldErrorName:
			m.ErrorName = v.S
		case fieldReplySerial:
			m.ReplyTo = uint32(v.N)
		case fieldDestination:
			m.Destination = v.S
		case fieldSender:
			m.Sender = v.S
		case fieldSignature:
			signature = v.S
		}
	}
	return signature
}
