package bpf

import (
	"encoding/binary"
	"errors"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// Size is that of an instruction in bytes.
	Size = 8
	// Max is how many instructions seccomp(2) takes (BPF_MAXINSNS).
	Max = unix.BPF_MAXINSNS

	// Offsets in struct seccomp_data (uapi/linux/seccomp.h).
	offsetNr   = 0
	offsetArch = 4

	load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	jumpEq  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	jumpGt  = unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K
	jumpGe  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	jumpSet = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	jump    = unix.BPF_JMP | unix.BPF_JA
	and     = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
	ret     = unix.BPF_RET | unix.BPF_K
)

// Program is a filter, as an array of struct sock_filter (linux/filter.h).
type Program []unix.SockFilter

// Parse reads an array of struct sock_filter in the machine's byte order, of any
// length.
func Parse(b []byte) (Program, error) {
	if len(b)%Size != 0 {
		return nil, errCut
	}
	p := make(Program, 0, len(b)/Size)
	for ; len(b) > 0; b = b[Size:] {
		p = append(p, unix.SockFilter{
			Code: binary.NativeEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.NativeEndian.Uint32(b[4:]),
		})
	}
	return p, nil
}

var errCut = errors.New("the filter is not made of whole instructions")

// Check says whether b can be a program that seccomp(2) takes: whole
// instructions, not too many, and the last one a return.
func Check(b []byte) error {
	switch {
	case len(b) == 0 || len(b)%Size != 0:
		return errCut
	case len(b)/Size > Max:
		return errors.New("the filter has " + strconv.Itoa(len(b)/Size) + " instructions, and the kernel takes at most " + strconv.Itoa(Max))
	case binary.NativeEndian.Uint16(b[len(b)-Size:]) != ret:
		return errors.New("the filter does not end in a return")
	}
	return nil
}

// Append appends the program as an array of struct sock_filter in the machine's
// byte order.
func (p Program) Append(b []byte) []byte {
	for i := range p {
		b = binary.NativeEndian.AppendUint16(b, p[i].Code)
		b = append(b, p[i].Jt, p[i].Jf)
		b = binary.NativeEndian.AppendUint32(b, p[i].K)
	}
	return b
}
