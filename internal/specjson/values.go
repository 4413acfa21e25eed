package specjson

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeString reads a string of any string type.
func decodeString[T ~string](d *decoder, v *T) {
	if d.null() {
		return
	}
	if d.peek() != '"' {
		d.wrong("a string")
		return
	}
	*v = T(d.text())
}

func decodeBool(d *decoder, v *bool) {
	switch d.peek() {
	case 't':
		*v = d.word("true") || *v
	case 'f':
		if d.word("false") {
			*v = false
		}
	case 'n':
		d.null()
	default:
		d.wrong("true or false")
	}
}

// decodeInt reads a whole number of a type with that many bits.
func decodeInt[T ~int | ~int32 | ~int64](d *decoder, v *T, bits int) {
	text, ok := d.number("a whole number")
	if !ok {
		return
	}
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		d.fault(d.pointer(), d.pos-len(text), unfit(text, "from -2^"+strconv.Itoa(bits-1)+" to 2^"+strconv.Itoa(bits-1)+"-1"))
		return
	}
	*v = T(n)
}

// decodeUint reads a whole number that is not negative.
func decodeUint[T ~uint | ~uint16 | ~uint32 | ~uint64](d *decoder, v *T, bits int) {
	text, ok := d.number("a whole number")
	if !ok {
		return
	}
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		d.fault(d.pointer(), d.pos-len(text), unfit(text, "from 0 to 2^"+strconv.Itoa(bits)+"-1"))
		return
	}
	*v = T(n)
}

func unfit(text, bounds string) string {
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	return "must be a whole number " + bounds + ", not " + text
}

// number reads a number's text by the grammar of RFC 8259, section 6.
func (d *decoder) number(want string) (string, bool) {
	c := d.peek()
	if c == 'n' {
		d.null()
		return "", false
	}
	if c != '-' && (c < '0' || c > '9') {
		d.wrong(want)
		return "", false
	}
	start := d.pos
	if !d.scanNumber() {
		d.syntax("a malformed number")
		return "", false
	}
	return string(d.data[start:d.pos]), true
}

func (d *decoder) scanNumber() bool {
	if d.at('-') {
		d.pos++
	}
	switch {
	case d.at('0'):
		d.pos++
	case d.digits() == 0:
		return false
	}
	if d.at('.') {
		d.pos++
		if d.digits() == 0 {
			return false
		}
	}
	if d.at('e') || d.at('E') {
		d.pos++
		if d.at('+') || d.at('-') {
			d.pos++
		}
		return d.digits() > 0
	}
	return true
}

func (d *decoder) at(c byte) bool { return d.pos < len(d.data) && d.data[d.pos] == c }

func (d *decoder) digits() int {
	start := d.pos
	for d.pos < len(d.data) && '0' <= d.data[d.pos] && d.data[d.pos] <= '9' {
		d.pos++
	}
	return d.pos - start
}

// text reads a string, the decoder standing at its first quote.
func (d *decoder) text() string {
	d.pos++
	start := d.pos
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; {
		case c == '"':
			s := string(d.data[start:d.pos])
			d.pos++
			return valid(s)
		case c == '\\':
			return d.escaped(start)
		case c < ' ':
			d.syntax("a control character in a string")
			return ""
		}
		d.pos++
	}
	d.syntax("the closing quote of a string is missing")
	return ""
}

// valid replaces each byte that is no UTF-8 by U+FFFD, as encoding/json does.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// escaped goes on with a string that has escapes.
func (d *decoder) escaped(start int) string {
	out := append(make([]byte, 0, d.pos-start+32), d.data[start:d.pos]...)
	for d.pos < len(d.data) {
		c := d.data[d.pos]
		d.pos++
		switch {
		case c == '"':
			return valid(string(out))
		case c < ' ':
			d.pos--
			d.syntax("a control character in a string")
			return ""
		case c != '\\':
			out = append(out, c)
		default:
			r, ok := d.escape()
			if !ok {
				d.syntax("an unknown escape in a string")
				return ""
			}
			out = utf8.AppendRune(out, r)
		}
	}
	d.syntax("the closing quote of a string is missing")
	return ""
}

// escape reads what follows a backslash.
func (d *decoder) escape() (rune, bool) {
	if d.pos >= len(d.data) {
		return 0, false
	}
	c := d.data[d.pos]
	d.pos++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	if c != 'u' {
		return 0, false
	}
	r, ok := d.hex()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	// A pair of surrogates is one character; half of one is none.
	if d.pos+6 <= len(d.data) && d.data[d.pos] == '\\' && d.data[d.pos+1] == 'u' {
		before := d.pos
		d.pos += 2
		low, ok := d.hex()
		if !ok {
			return 0, false
		}
		if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
			return whole, true
		}
		d.pos = before
	}
	return utf8.RuneError, true
}

func (d *decoder) hex() (rune, bool) {
	if d.pos+4 > len(d.data) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(d.data[d.pos:d.pos+4]), 16, 16)
	if err != nil || d.data[d.pos] == '+' {
		return 0, false
	}
	d.pos += 4
	return rune(n), true
}

// skip passes over any value, checking its syntax.
func (d *decoder) skip() {
	stack := make([]byte, 0, 16) // the closing bracket of each open one
	counts := make([]int, 0, 16)
	for {
		switch c := d.peek(); {
		case c == '{' || c == '[':
			d.pos++
			stack, counts = append(stack, c+2), append(counts, 0) // '{'+2 is '}', '['+2 is ']'
			d.path = append(d.path, step{})
			if len(stack) > maxDepth {
				d.syntax("it nests too deeply")
				return
			}
		case c == '"':
			d.text()
		case c == 't':
			d.word("true")
		case c == 'f':
			d.word("false")
		case c == 'n':
			d.word("null")
		case c == '-' || '0' <= c && c <= '9':
			d.number("")
		default:
			d.syntax("a value is missing")
		}
		// To the next value, closing what ends here.
		for {
			if d.broken || len(stack) == 0 {
				return
			}
			top := len(stack) - 1
			if d.more(stack[top], counts[top]) {
				counts[top]++
				if stack[top] == '}' {
					d.member()
				}
				break
			}
			stack, counts = stack[:top], counts[:top]
		}
	}
}

// decodeMap reads an object with any names.
func decodeMap[T any](d *decoder, v *map[string]T, value func(*decoder, *T)) {
	if !d.open('{', "an object") {
		return
	}
	if *v == nil {
		*v = map[string]T{}
	}
	for n := 0; d.more('}', n); n++ {
		name := d.member()
		var e T
		value(d, &e)
		if !d.broken {
			(*v)[name] = e
		}
	}
}

// decodeSlice reads an array.
func decodeSlice[T any](d *decoder, v *[]T, value func(*decoder, *T)) {
	if d.null() {
		*v = nil
		return
	}
	if !d.open('[', "an array") {
		return
	}
	list := make([]T, 0, 8)
	for n := 0; d.more(']', n); n++ {
		// Into its place: a variable of its own would cost an allocation each.
		var zero T
		list = append(list, zero)
		value(d, &list[n])
	}
	*v = list
}

// decodeAny keeps a value that has no type as its JSON text; the spec has one
// such field, in the section for Windows.
func decodeAny(d *decoder, v *any) {
	d.peek()
	start := d.pos
	if d.skip(); !d.broken {
		*v = string(d.data[start:d.pos])
	}
}

// decodePointer reads a value that may be absent.
func decodePointer[T any](d *decoder, v **T, value func(*decoder, *T)) {
	if d.null() {
		*v = nil
		return
	}
	if *v == nil {
		*v = new(T)
	}
	value(d, *v)
}
