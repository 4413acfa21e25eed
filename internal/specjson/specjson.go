package specjson

import (
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Fault is one thing wrong with a document.
type Fault struct {
	Pointer      string // JSON pointer (RFC 6901) of the value, "" for a fault of syntax
	Line, Column int    // from 1; columns count bytes
	Message      string
}

// Error is everything wrong with a document.
type Error struct{ Faults []Fault }

// Error gives the faults in one line, with "; " between them.
func (e *Error) Error() string {
	var b strings.Builder
	for i := range e.Faults {
		f := &e.Faults[i]
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString("line " + strconv.Itoa(f.Line) + ", column " + strconv.Itoa(f.Column) + ": ")
		if f.Pointer != "" {
			b.WriteString(f.Pointer + " ")
		}
		b.WriteString(f.Message)
	}
	return b.String()
}

// DecodeSpec reads a config.json. The error is an *Error.
func DecodeSpec(data []byte) (*specs.Spec, error) {
	d, v := newDecoder(data), new(specs.Spec)
	decodeSpec(d, v)
	return v, d.finish()
}

// DecodeProcess reads a process as exec takes it. The error is an *Error.
func DecodeProcess(data []byte) (*specs.Process, error) {
	d, v := newDecoder(data), new(specs.Process)
	decodeProcess(d, v)
	return v, d.finish()
}

// DecodeResources reads resources as update takes them. The error is an *Error.
func DecodeResources(data []byte) (*specs.LinuxResources, error) {
	d, v := newDecoder(data), new(specs.LinuxResources)
	decodeLinuxResources(d, v)
	return v, d.finish()
}
