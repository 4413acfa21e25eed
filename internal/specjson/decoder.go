package specjson

import (
	"bytes"
	"strconv"
	"strings"
)

// maxDepth bounds the nesting of what is skipped; known types nest far less.
const maxDepth = 1000

// maxFaults is how many faults are worth reading.
const maxFaults = 20

// decoder walks a document once. After a fault of syntax it stands at the end,
// where every question is answered with "no more".
type decoder struct {
	data   []byte
	pos    int
	path   []step
	room   [8]step // of path, as long as it is short
	faults []Fault
	broken bool
}

// step is a member's name, or an element's index if the name is empty.
type step struct {
	name  string
	index int
}

func newDecoder(data []byte) *decoder {
	d := &decoder{data: data}
	d.path = d.room[:0]
	return d
}

// finish checks that nothing follows and returns what was wrong.
func (d *decoder) finish() error {
	if !d.broken {
		if d.space(); d.pos < len(d.data) {
			d.syntax("something follows the end of the document")
		}
	}
	if len(d.faults) == 0 {
		return nil
	}
	return &Error{d.faults}
}

func (d *decoder) space() {
	for d.pos < len(d.data) {
		switch d.data[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

// peek is the first byte of the next token, 0 at the end.
func (d *decoder) peek() byte {
	d.space()
	if d.broken || d.pos >= len(d.data) {
		return 0
	}
	return d.data[d.pos]
}

// syntax notes that the document is no JSON; nothing more of it is read.
func (d *decoder) syntax(message string) {
	if d.broken {
		return
	}
	switch {
	case len(bytes.TrimSpace(d.data)) == 0:
		message = "the document is empty"
	case d.pos >= len(d.data):
		message = "the document ends too early: " + message
	}
	d.fault("", d.pos, message)
	d.broken, d.pos = true, len(d.data)
}

func (d *decoder) fault(pointer string, offset int, message string) {
	if len(d.faults) == maxFaults {
		return
	}
	before := d.data[:min(offset, len(d.data))]
	d.faults = append(d.faults, Fault{
		Pointer: pointer, Message: message,
		Line: 1 + bytes.Count(before, []byte{'\n'}), Column: len(before) - bytes.LastIndexByte(before, '\n'),
	})
}

// wrong notes that the next value is of a wrong type, and skips it.
func (d *decoder) wrong(want string) {
	offset := d.pos
	got := "nothing"
	switch c := d.peek(); {
	case c == '{':
		got = "an object"
	case c == '[':
		got = "an array"
	case c == '"':
		got = "a string"
	case c == 't' || c == 'f':
		got = "true or false"
	case c == 'n':
		got = "null"
	case c == '-' || '0' <= c && c <= '9':
		got = "a number"
	}
	if d.skip(); !d.broken {
		d.fault(d.pointer(), offset, "must be "+want+", not "+got)
	}
}

// pointer is the JSON pointer of the value at hand.
func (d *decoder) pointer() string {
	var b strings.Builder
	for _, s := range d.path {
		b.WriteByte('/')
		if s.name == "" {
			b.WriteString(strconv.Itoa(s.index))
			continue
		}
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(s.name, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

// null reads a null if there is one.
func (d *decoder) null() bool {
	if d.peek() == 'n' {
		return d.word("null")
	}
	return false
}

func (d *decoder) word(word string) bool {
	if !bytes.HasPrefix(d.data[d.pos:], []byte(word)) {
		d.syntax("an unknown word")
		return false
	}
	d.pos += len(word)
	return true
}

// open begins an object or array and says whether there is one.
func (d *decoder) open(bracket byte, want string) bool {
	if d.null() {
		return false
	}
	if d.peek() != bracket {
		d.wrong(want)
		return false
	}
	d.pos++
	d.path = append(d.path, step{index: -1})
	return true
}

// more goes to the next member or element; n counts them.
func (d *decoder) more(bracket byte, n int) bool {
	c := d.peek()
	if c == bracket {
		d.pos++
		d.path = d.path[:len(d.path)-1]
		return false
	}
	if n > 0 {
		if c != ',' {
			d.syntax("a comma or " + string(bracket) + " is missing")
			return false
		}
		d.pos++
		if d.peek() == bracket {
			d.syntax("a value is missing after a comma")
			return false
		}
	}
	if c == 0 {
		d.syntax("a " + string(bracket) + " is missing")
		return false
	}
	if bracket == ']' {
		d.path[len(d.path)-1].index++
	}
	return true
}

// member reads a name and its colon.
func (d *decoder) member() string {
	if d.peek() != '"' {
		d.syntax("a name in quotes is missing")
		return ""
	}
	name := d.text()
	if d.peek() != ':' {
		d.syntax("a colon is missing")
		return ""
	}
	d.pos++
	d.path[len(d.path)-1].name = name
	return name
}

// field finds a member's name among those of a struct: exactly, else in any case.
func field(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	for i, n := range names {
		if strings.EqualFold(n, name) {
			return i
		}
	}
	return -1
}
