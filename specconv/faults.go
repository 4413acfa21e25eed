package specconv

import (
	"strconv"
	"strings"
	"unicode"
)

// Fault is something wrong with one field of a config.
type Fault struct {
	// Pointer is the field's JSON pointer (RFC 6901), "" for the whole.
	Pointer string
	Message string
}

// Faults is everything that is wrong with a config.
type Faults struct {
	List []Fault
}

// enough is the length from which on faults are counted and not told: engines
// read an error in one piece of 8 KiB, and people none that long.
const enough = 2048

// Error joins the faults as "POINTER: MESSAGE" with "; ".
func (f *Faults) Error() string {
	var b strings.Builder
	for i := range f.List {
		if b.Len() > enough {
			b.WriteString("; and " + strconv.Itoa(len(f.List)-i) + " more")
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		if f.List[i].Pointer != "" {
			b.WriteString(printable(f.List[i].Pointer) + ": ")
		}
		b.WriteString(printable(f.List[i].Message))
	}
	return b.String()
}

// item is the pointer of an element.
func item(list string, i int) string { return list + "/" + strconv.Itoa(i) }

// key is the pointer of a member whose name may need RFC 6901's escapes.
func key(object, name string) string {
	if strings.ContainsAny(name, "~/") {
		name = strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
	}
	return object + "/" + name
}

// quote shows a word of the config in a message: cut, and without control characters.
func quote(s string) string {
	const most = 128
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

// printable keeps control characters that a config has in its names out of a terminal.
func printable(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}
