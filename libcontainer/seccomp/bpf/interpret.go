package bpf

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Call is what a filter sees of a system call: struct seccomp_data.
type Call struct {
	Nr   int32
	Arch uint32 // AUDIT_ARCH_*
	IP   uint64
	Args [6]uint64
}

// word reads the 32 bits at an offset as a little-endian machine has them.
func (c *Call) word(offset uint32) (uint32, bool) {
	if offset%4 != 0 || offset >= 64 {
		return 0, false
	}
	switch offset {
	case offsetNr:
		return uint32(c.Nr), true
	case offsetArch:
		return c.Arch, true
	}
	value := c.IP
	if offset >= 16 {
		value = c.Args[(offset-16)/8]
	}
	return uint32(value >> (offset % 8 * 8)), true
}

var errInvalid = errors.New("the filter is not one that the kernel would take")

// Run says what the program returns for a call (SECCOMP_RET_* and data). It
// knows the instructions that libseccomp emits.
func (p Program) Run(call *Call) (uint32, error) {
	var a uint32
	var scratch [unix.BPF_MEMWORDS]uint32
	for pc := 0; pc < len(p); pc++ {
		in := p[pc]
		taken := false
		switch in.Code {
		case load:
			word, ok := call.word(in.K)
			if !ok {
				return 0, errInvalid
			}
			a = word
			continue
		case unix.BPF_LD | unix.BPF_MEM, unix.BPF_ST:
			if in.K >= uint32(len(scratch)) {
				return 0, errInvalid
			}
			if in.Code == unix.BPF_ST {
				scratch[in.K] = a
			} else {
				a = scratch[in.K]
			}
			continue
		case and:
			a &= in.K
			continue
		case ret:
			return in.K, nil
		case jump:
			pc += int(in.K)
			continue
		case jumpEq:
			taken = a == in.K
		case jumpGt:
			taken = a > in.K
		case jumpGe:
			taken = a >= in.K
		case jumpSet:
			taken = a&in.K != 0
		default:
			return 0, errInvalid
		}
		if taken {
			pc += int(in.Jt)
		} else {
			pc += int(in.Jf)
		}
	}
	return 0, errInvalid
}
