package seccompspec

import (
	"encoding/binary"
	"errors"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// The wire form of a profile holds what decides about its filter's
// instructions, and nothing else: flags go to seccomp(2) beside the program and
// the listener is the parent's. It is what the compiler reads and what its
// results are cached under, so a field that is not in it can by construction
// neither change a filter nor be missing in the key of one.
//
// Numbers are little-endian; a string is its length in 32 bits and its bytes; a
// list is its length in 32 bits and its elements; an errno is one byte that
// says whether it is there, and 64 bits.

// Append appends the wire form of the profile.
func Append(b []byte, profile *specs.LinuxSeccomp) []byte {
	b = appendString(b, string(profile.DefaultAction))
	b = appendErrno(b, profile.DefaultErrnoRet)
	b = appendLen(b, len(profile.Architectures))
	for _, name := range profile.Architectures {
		b = appendString(b, string(name))
	}
	b = appendLen(b, len(profile.Syscalls))
	for i := range profile.Syscalls {
		b = appendSyscall(b, &profile.Syscalls[i])
	}
	return b
}

func appendSyscall(b []byte, rule *specs.LinuxSyscall) []byte {
	b = appendLen(b, len(rule.Names))
	for _, name := range rule.Names {
		b = appendString(b, name)
	}
	b = appendString(b, string(rule.Action))
	b = appendErrno(b, rule.ErrnoRet)
	b = appendLen(b, len(rule.Args))
	for i := range rule.Args {
		arg := &rule.Args[i]
		b = binary.LittleEndian.AppendUint64(b, uint64(arg.Index))
		b = binary.LittleEndian.AppendUint64(b, arg.Value)
		b = binary.LittleEndian.AppendUint64(b, arg.ValueTwo)
		b = appendString(b, string(arg.Op))
	}
	return b
}

func appendLen(b []byte, n int) []byte {
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

func appendString(b []byte, s string) []byte {
	return append(appendLen(b, len(s)), s...)
}

func appendErrno(b []byte, errno *uint) []byte {
	if errno == nil {
		return binary.LittleEndian.AppendUint64(append(b, 0), 0)
	}
	return binary.LittleEndian.AppendUint64(append(b, 1), uint64(*errno))
}

// Decode is the reverse of Append: the profile without what has no place in its
// wire form. It fails on what is cut short or too long.
func Decode(b []byte) (*specs.LinuxSeccomp, error) {
	r := reader{rest: b}
	p := &specs.LinuxSeccomp{
		DefaultAction:   specs.LinuxSeccompAction(r.string()),
		DefaultErrnoRet: r.errno(),
	}
	for n := r.len(); n > 0 && !r.broken; n-- {
		p.Architectures = append(p.Architectures, specs.Arch(r.string()))
	}
	for n := r.len(); n > 0 && !r.broken; n-- {
		p.Syscalls = append(p.Syscalls, r.syscall())
	}
	if r.broken || len(r.rest) != 0 {
		return nil, errors.New("the profile is not in its wire form")
	}
	return p, nil
}

// reader takes values off rest; once broken it gives zeros.
type reader struct {
	rest   []byte
	broken bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.broken, r.rest = true, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) len() int {
	if b := r.take(4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (r *reader) string() string { return string(r.take(r.len())) }

func (r *reader) errno() *uint {
	present := r.take(1)
	value := uint(r.uint64())
	if len(present) == 0 || present[0] == 0 {
		return nil
	}
	return &value
}

func (r *reader) syscall() (rule specs.LinuxSyscall) {
	for n := r.len(); n > 0 && !r.broken; n-- {
		rule.Names = append(rule.Names, r.string())
	}
	rule.Action = specs.LinuxSeccompAction(r.string())
	rule.ErrnoRet = r.errno()
	for n := r.len(); n > 0 && !r.broken; n-- {
		rule.Args = append(rule.Args, specs.LinuxSeccompArg{
			Index: uint(r.uint64()), Value: r.uint64(), ValueTwo: r.uint64(),
			Op: specs.LinuxSeccompOperator(r.string()),
		})
	}
	return rule
}
