package specjson

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Replace puts a value in the place of the member that a path of names leads to,
// and leaves every other byte of the document as it is. Of two members with one
// name the last is meant; what is missing on the way is added. The error is an
// *Error.
func Replace(data []byte, path []string, value []byte) ([]byte, error) {
	if len(path) == 0 {
		return value, nil
	}
	if string(bytes.TrimSpace(data)) == "null" {
		data = []byte("{}")
	}
	d := newDecoder(data)
	start, end := -1, 0 // of the member's value
	last := -1          // the end of the last member
	if d.open('{', "an object") {
		for n := 0; d.more('}', n); n++ {
			name := d.member()
			d.space()
			from := d.pos
			d.skip()
			if last = d.pos; strings.EqualFold(name, path[0]) {
				start, end = from, last
			}
		}
	}
	shut := d.pos - 1
	if err := d.finish(); err != nil {
		return nil, err
	}
	if start >= 0 {
		inner, err := Replace(data[start:end], path[1:], value)
		if err != nil {
			return nil, err
		}
		return slices.Concat(data[:start], inner, data[end:]), nil
	}
	member := strconv.Quote(path[0]) + ":"
	for _, name := range path[1:] {
		member += "{" + strconv.Quote(name) + ":"
	}
	added := slices.Concat([]byte(member), value, bytes.Repeat([]byte("}"), len(path)-1))
	if last < 0 {
		return slices.Concat(data[:shut], added, data[shut:]), nil
	}
	return slices.Concat(data[:last], []byte(","), added, data[last:]), nil
}
