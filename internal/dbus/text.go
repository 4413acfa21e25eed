package dbus

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Values in GVariant's text format (GLib, GVariant Text Format), in which people
// write them: true, uint64 5, 'a string', ['two', 'strings'], (1, 'tuple').

// words are the types of numbers, and what is like a string, that are named by a word.
var words = [...]struct {
	kind byte
	word string
}{
	{'b', "boolean"},
	{'y', "byte"},
	{'n', "int16"},
	{'q', "uint16"},
	{'i', "int32"},
	{'u', "uint32"},
	{'x', "int64"},
	{'t', "uint64"},
	{'d', "double"},
	{'s', "string"},
	{'o', "objectpath"},
	{'g', "signature"},
}

// String writes the value with what it takes to read its type again.
func (v Value) String() string { return string(v.text(nil, true)) }

// text appends the value; typed says that its type is not known from elsewhere.
func (v *Value) text(b []byte, typed bool) []byte {
	kind := v.Type[0]
	switch kind {
	case 'b':
		return strconv.AppendBool(b, v.N != 0)
	case 'v':
		b = append(b, '<')
		return append(v.L[0].text(b, true), '>')
	case 'a':
		if len(v.L) == 0 {
			if typed {
				b = append(append(append(b, '@'), v.Type...), ' ')
			}
			return append(b, "[]"...)
		}
		return append(v.list(append(b, '['), func(i int) bool { return typed && i == 0 }), ']')
	case '(':
		b = v.list(append(b, '('), func(int) bool { return typed })
		if len(v.L) == 1 {
			b = append(b, ',')
		}
		return append(b, ')')
	}
	if typed && kind != 'i' && kind != 'd' && kind != 's' {
		for _, w := range words {
			if w.kind == kind {
				b = append(append(b, w.word...), ' ')
			}
		}
	}
	switch kind {
	case 's', 'o', 'g':
		return quote(b, v.S)
	case 'd':
		text := strconv.FormatFloat(math.Float64frombits(v.N), 'g', -1, 64)
		if !strings.ContainsAny(text, ".eN") {
			text += ".0"
		}
		return append(b, text...)
	case 'y':
		return append(append(b, "0x"...), strconv.FormatUint(v.N+0x100, 16)[1:]...)
	case 'n', 'i', 'x':
		return strconv.AppendInt(b, int64(v.N), 10)
	}
	return strconv.AppendUint(b, v.N, 10)
}

func (v *Value) list(b []byte, typed func(i int) bool) []byte {
	for i := range v.L {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = v.L[i].text(b, typed(i))
	}
	return b
}

func quote(b []byte, s string) []byte {
	b = append(b, '\'')
	for _, c := range s {
		switch {
		case c == '\'' || c == '\\':
			b = append(b, '\\', byte(c))
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < ' ' || c == 0x7f:
			b = append(b, "\\u00"...)
			b = append(b, strconv.FormatInt(int64(c)+0x100, 16)[1:]...)
		default:
			b = utf8.AppendRune(b, c)
		}
	}
	return append(b, '\'')
}

// ParseValue reads a value. A whole number without a type is an int32, one with a
// point or an exponent a double.
func ParseValue(text string) (Value, error) {
	p := &parser{text: text}
	v, err := p.value("", 0)
	if err == nil {
		if p.space(); p.at != len(text) {
			err = errors.New("something follows the value: " + strconv.Quote(text[p.at:]))
		}
	}
	if err != nil {
		return Value{}, err
	}
	return v, v.refused()
}

type parser struct {
	text string
	at   int
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// next is the byte after the space, 0 at the end.
func (p *parser) next() byte {
	if p.space(); p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// skip takes the byte c, if it is next.
func (p *parser) skip(c byte) bool {
	if p.next() != c {
		return false
	}
	p.at++
	return true
}

// word takes what a word or a number is made of.
func (p *parser) word() string {
	p.space()
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte("+-._", c) < 0 {
			break
		}
		p.at++
	}
	return p.text[start:p.at]
}

// value reads a value of a type, "" for any.
func (p *parser) value(kind string, depth int) (Value, error) {
	if depth > maxDepth {
		return Value{}, errors.New("it is nested too deeply")
	}
	switch c := p.next(); {
	case c == 0:
		return Value{}, errors.New("a value is missing")
	case c == '@':
		return p.annotated(kind, depth)
	case c == '\'' || c == '"':
		s, err := p.quoted()
		return typedText(kind, s, err)
	case c == '[':
		return p.array(kind, depth)
	case c == '(':
		return p.tuple(kind, depth)
	case c == '<':
		return p.variant(kind, depth)
	}
	word := p.word()
	if word == "" {
		return Value{}, errors.New("there is no value that begins with " + strconv.Quote(p.text[p.at:p.at+1]) + "; text is written in quotes")
	}
	for _, w := range words {
		if w.word == word {
			if kind != "" && kind != string(w.kind) {
				return Value{}, errors.New("a value of type " + kind + " is wanted, not " + word)
			}
			return p.value(string(w.kind), depth+1)
		}
	}
	return number(kind, word)
}

// annotated reads "@TYPE VALUE".
func (p *parser) annotated(kind string, depth int) (Value, error) {
	p.at++
	one, _, err := cut(p.text[p.at:])
	if err != nil {
		return Value{}, errors.New("@ must be followed by the letters of a type")
	}
	p.at += len(one)
	if kind != "" && kind != one {
		return Value{}, errors.New("a value of type " + kind + " is wanted, not " + one)
	}
	return p.value(one, depth+1)
}

func typedText(kind, s string, err error) (Value, error) {
	switch {
	case err != nil:
		return Value{}, err
	case kind == "":
		kind = "s"
	case kind != "s" && kind != "o" && kind != "g":
		return Value{}, errors.New("a value of type " + kind + " is wanted, not text")
	}
	return Value{Type: kind, S: s}, nil
}

func number(kind, word string) (Value, error) {
	if (kind == "" || kind == "b") && (word == "true" || word == "false") {
		return Bool(word == "true"), nil
	}
	if kind == "" {
		if kind = "i"; strings.ContainsAny(word, ".e") && !strings.HasPrefix(word, "0x") {
			kind = "d"
		}
	}
	bad := func(why string) (Value, error) {
		return Value{}, errors.New(strconv.Quote(word) + " is " + why)
	}
	var n uint64
	var err error
	switch kind {
	case "d":
		var f float64
		f, err = strconv.ParseFloat(word, 64)
		n = math.Float64bits(f)
	case "n", "i", "x":
		var i int64
		i, err = strconv.ParseInt(word, 0, 64)
		n = uint64(i)
	case "y", "q", "u", "t":
		n, err = strconv.ParseUint(word, 0, 64)
	case "b":
		return bad("neither true nor false")
	default:
		return bad("no value of type " + kind)
	}
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return bad("no number; text is written in quotes")
	}
	if err != nil || !narrow(kind[0], n) {
		return bad("too large for its type, " + kind + `; a type stands before the number, as in "uint64 5"`)
	}
	return Value{Type: kind, N: n}, nil
}

// array reads elements, which have the type of the first.
func (p *parser) array(kind string, depth int) (Value, error) {
	element := ""
	if kind != "" {
		if kind[0] != 'a' {
			return Value{}, errors.New("a value of type " + kind + " is wanted, not an array")
		}
		element = kind[1:]
	}
	list, err := p.elements(']', depth, func(int) string { return element }, func(v *Value) { element = v.Type })
	switch {
	case err != nil:
		return Value{}, err
	case element == "":
		return Value{}, errors.New("an empty array must be told its type, as in @as []")
	}
	return Value{Type: "a" + element, L: list}, nil
}

func (p *parser) tuple(kind string, depth int) (Value, error) {
	var types []string
	if kind != "" {
		if kind[0] != '(' {
			return Value{}, errors.New("a value of type " + kind + " is wanted, not a tuple")
		}
		types = members(kind)
	}
	one := func(i int) string {
		if i < len(types) {
			return types[i]
		}
		return ""
	}
	list, err := p.elements(')', depth, one, func(*Value) {})
	switch {
	case err != nil:
		return Value{}, err
	case len(list) == 0:
		return Value{}, errors.New("a tuple has something in it")
	case kind != "" && len(list) != len(types):
		return Value{}, errors.New("the tuple is not one of type " + kind)
	}
	return Tuple(list...), nil
}

// elements reads values up to the closing mark; kind says of which type.
func (p *parser) elements(shut byte, depth int, kind func(i int) string, found func(*Value)) ([]Value, error) {
	p.at++
	var list []Value
	for !p.skip(shut) {
		if len(list) > 0 {
			if !p.skip(',') {
				return nil, errors.New("a " + string(shut) + " is missing")
			}
			if p.skip(shut) {
				return list, nil
			}
		}
		v, err := p.value(kind(len(list)), depth+1)
		if err != nil {
			return nil, err
		}
		found(&v)
		list = append(list, v)
	}
	return list, nil
}

func (p *parser) variant(kind string, depth int) (Value, error) {
	if kind != "" && kind != "v" {
		return Value{}, errors.New("a value of type " + kind + " is wanted, not a variant")
	}
	p.at++
	v, err := p.value("", depth+1)
	if err == nil && !p.skip('>') {
		err = errors.New("a > is missing")
	}
	return Variant(v), err
}

// quoted reads text in single or double quotes.
func (p *parser) quoted() (string, error) {
	mark := p.text[p.at]
	p.at++
	var b strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch c {
		case mark:
			if s := b.String(); utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
				return s, nil
			}
			return "", errors.New("text must be UTF-8 without a NUL")
		case '\\':
			if err := p.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("the closing " + string(mark) + " is missing")
}

func (p *parser) escape(b *strings.Builder) error {
	if p.at == len(p.text) {
		return errors.New("nothing follows the last backslash")
	}
	c := p.text[p.at]
	p.at++
	digits := map[byte]int{'u': 4, 'U': 8}[c]
	if digits == 0 {
		if at := strings.IndexByte("abfnrtv", c); at >= 0 {
			c = "\a\b\f\n\r\t\v"[at]
		}
		b.WriteByte(c)
		return nil
	}
	if p.at+digits > len(p.text) {
		return errors.New("an escape is cut off")
	}
	r, err := strconv.ParseUint(p.text[p.at:p.at+digits], 16, 32)
	if err != nil || !utf8.ValidRune(rune(r)) {
		return errors.New("\\" + p.text[p.at-1:p.at+digits] + " is no character")
	}
	p.at += digits
	b.WriteRune(rune(r))
	return nil
}
