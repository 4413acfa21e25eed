package specjson

// Reader reads a document that is not of the spec's types, member by member.
type Reader struct{ d *decoder }

// DecodeObject reads a document that is one object; member reads the value of
// each name, or leaves it. The error is an *Error.
func DecodeObject(data []byte, member func(r Reader, name string)) error {
	r := Reader{newDecoder(data)}
	r.Object(member)
	return r.d.finish()
}

// Object reads an object.
func (r Reader) Object(member func(r Reader, name string)) {
	d := r.d
	if !d.open('{', "an object") {
		return
	}
	for n := 0; d.more('}', n); n++ {
		name := d.member()
		before := d.pos
		if member(r, name); d.pos == before {
			d.skip()
		}
	}
}

// Array reads an array.
func (r Reader) Array(element func(r Reader)) {
	d := r.d
	if !d.open('[', "an array") {
		return
	}
	for n := 0; d.more(']', n); n++ {
		before := d.pos
		if element(r); d.pos == before {
			d.skip()
		}
	}
}

// String reads a string.
func (r Reader) String(v *string) { decodeString(r.d, v) }

// Int reads a whole number.
func (r Reader) Int(v *int) { decodeInt(r.d, v, 64) }

// Uint64 reads a whole number that is not negative.
func (r Reader) Uint64(v *uint64) { decodeUint(r.d, v, 64) }

// Strings reads an object whose values are strings.
func (r Reader) Strings(v *map[string]string) { decodeMap(r.d, v, decodeString) }
