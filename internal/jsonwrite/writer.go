package jsonwrite

import (
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Writer appends one JSON document to a buffer. Its methods are called in the
// order of the document; it puts the commas.
type Writer struct {
	buf    []byte
	indent string
	depth  int
	bare   bool // nothing stands in the innermost object or array yet
	named  bool // a name was written, and its value comes next
}

// New makes a writer. With an indent, such as two spaces, every member and
// element has a line of its own.
func New(indent string) *Writer {
	return &Writer{buf: make([]byte, 0, 1024), indent: indent}
}

// Bytes is what was written.
func (w *Writer) Bytes() []byte { return w.buf }

// Object writes an object whose members fill writes.
func (w *Writer) Object(fill func()) { w.nest('{', '}', fill) }

// Array writes an array whose elements fill writes.
func (w *Writer) Array(fill func()) { w.nest('[', ']', fill) }

func (w *Writer) nest(open, shut byte, fill func()) {
	w.begin()
	w.buf = append(w.buf, open)
	w.depth++
	w.bare = true
	fill()
	w.depth--
	if !w.bare {
		w.line()
	}
	w.bare = false
	w.buf = append(w.buf, shut)
}

// Name begins a member.
func (w *Writer) Name(name string) {
	w.begin()
	w.text(name)
	w.buf = append(w.buf, ':')
	if w.indent != "" {
		w.buf = append(w.buf, ' ')
	}
	w.named = true
}

// String writes a string.
func (w *Writer) String(s string) {
	w.begin()
	w.text(s)
}

// Int writes a whole number.
func (w *Writer) Int(n int64) {
	w.begin()
	w.buf = strconv.AppendInt(w.buf, n, 10)
}

// Uint writes a whole number that is not negative.
func (w *Writer) Uint(n uint64) {
	w.begin()
	w.buf = strconv.AppendUint(w.buf, n, 10)
}

// Float writes a number, which must be finite.
func (w *Writer) Float(f float64) {
	w.begin()
	w.buf = strconv.AppendFloat(w.buf, f, 'f', -1, 64)
}

// Strings writes an object of strings, its names in order.
func (w *Writer) Strings(m map[string]string) {
	w.Object(func() {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			w.Name(name)
			w.String(m[name])
		}
	})
}

// begin puts what stands before a value or name.
func (w *Writer) begin() {
	if w.named {
		w.named = false
		return
	}
	if w.depth == 0 {
		return
	}
	if !w.bare {
		w.buf = append(w.buf, ',')
	}
	w.bare = false
	w.line()
}

func (w *Writer) line() {
	if w.indent == "" {
		return
	}
	w.buf = append(w.buf, '\n')
	for range w.depth {
		w.buf = append(w.buf, w.indent...)
	}
}

// text writes a string as RFC 8259, section 7, has it. Bytes that are not UTF-8
// become U+FFFD.
func (w *Writer) text(s string) {
	const hex = "0123456789abcdef"
	w.buf = append(w.buf, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			w.buf = utf8.AppendRune(w.buf, r)
			i += size
			continue
		}
		switch {
		case c == '"' || c == '\\':
			w.buf = append(w.buf, '\\', c)
		case c == '\n':
			w.buf = append(w.buf, '\\', 'n')
		case c == '\t':
			w.buf = append(w.buf, '\\', 't')
		case c < ' ' || c == 0x7f:
			w.buf = append(w.buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			w.buf = append(w.buf, c)
		}
		i++
	}
	w.buf = append(w.buf, '"')
}
