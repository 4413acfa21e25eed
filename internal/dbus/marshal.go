package dbus

import (
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// order is the machine's own: a message says which one it is in.
var order = binary.NativeEndian

// writer marshals values. What it is given must be well formed.
type writer struct{ b []byte }

func (w *writer) align(n int) {
	for len(w.b)%n != 0 {
		w.b = append(w.b, 0)
	}
}

func (w *writer) number(bits int, n uint64) {
	w.align(bits / 8)
	switch bits {
	case 8:
		w.b = append(w.b, byte(n))
	case 16:
		w.b = order.AppendUint16(w.b, uint16(n))
	case 32:
		w.b = order.AppendUint32(w.b, uint32(n))
	case 64:
		w.b = order.AppendUint64(w.b, n)
	}
}

func (w *writer) text(kind byte, s string) {
	if kind == 'g' {
		w.b = append(w.b, byte(len(s)))
	} else {
		w.number(32, uint64(len(s)))
	}
	w.b = append(append(w.b, s...), 0)
}

func (w *writer) value(v *Value) {
	switch kind := v.Type[0]; kind {
	case 's', 'o', 'g':
		w.text(kind, v.S)
	case 'v':
		w.text('g', v.L[0].Type)
		w.value(&v.L[0])
	case 'a':
		w.number(32, 0)
		length := len(w.b) - 4
		w.align(alignment(v.Type[1])) // which does not count
		start := len(w.b)
		for i := range v.L {
			w.value(&v.L[i])
		}
		order.PutUint32(w.b[length:], uint32(len(w.b)-start))
	case '(':
		w.align(8)
		for i := range v.L {
			w.value(&v.L[i])
		}
	default:
		w.number(numberBits(kind), v.N)
	}
}

var errShort = errors.New("it ends too early")

// reader takes a message apart. The first error stays.
type reader struct {
	b     []byte
	at    int
	order binary.ByteOrder
	err   error
}

func (r *reader) take(n int) []byte {
	if r.err == nil && (n < 0 || n > len(r.b)-r.at) {
		r.err = errShort
	}
	if r.err != nil {
		return nil
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *reader) align(n int) { r.take((n - r.at%n) % n) }

func (r *reader) number(bits int) uint64 {
	r.align(bits / 8)
	b := r.take(bits / 8)
	if b == nil {
		return 0
	}
	switch bits {
	case 8:
		return uint64(b[0])
	case 16:
		return uint64(r.order.Uint16(b))
	case 32:
		return uint64(r.order.Uint32(b))
	}
	return r.order.Uint64(b)
}

func (r *reader) text(kind byte) string {
	n := 0
	if kind == 'g' {
		n = int(r.number(8))
	} else {
		n = int(r.number(32))
	}
	s := string(r.take(n))
	if end := r.take(1); r.err == nil && (end[0] != 0 || !utf8.ValidString(s)) {
		r.err = errors.New("a string in it is malformed")
	}
	return s
}

// value reads one of a type that cut has given.
func (r *reader) value(kind string, depth int) (v Value) {
	if depth > maxDepth {
		r.err = errSignature
	}
	if r.err != nil {
		return v
	}
	v.Type = kind
	switch c := kind[0]; c {
	case 's', 'o', 'g':
		v.S = r.text(c)
	case 'v':
		inner, rest, err := cut(r.text('g'))
		if err != nil || rest != "" {
			r.err = errSignature
			return v
		}
		v.L = []Value{r.value(inner, depth+1)}
	case 'a':
		n := int(r.number(32))
		r.align(alignment(kind[1]))
		end := r.at + n
		if r.err == nil && (n < 0 || end > len(r.b)) {
			r.err = errShort
		}
		for r.err == nil && r.at < end {
			v.L = append(v.L, r.value(kind[1:], depth+1))
		}
		if r.err == nil && r.at != end {
			r.err = errShort
		}
	case '(':
		r.align(8)
		for _, member := range members(kind) {
			v.L = append(v.L, r.value(member, depth+1))
		}
	default:
		v.N = signed(c, r.number(numberBits(c)))
	}
	return v
}

// signed extends the sign of a narrow number.
func signed(kind byte, n uint64) uint64 {
	switch kind {
	case 'n':
		return uint64(int64(int16(n)))
	case 'i':
		return uint64(int64(int32(n)))
	}
	return n
}
