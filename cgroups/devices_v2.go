package cgroups

import (
	"encoding/binary"
	"errors"
	"slices"
	"strconv"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Instruction is one eBPF instruction (struct bpf_insn, include/uapi/linux/bpf.h).
type Instruction struct {
	Op uint8
	// Registers has the destination in its low half byte and the source in its
	// high one.
	Registers uint8
	Offset    int16
	Immediate int32
}

// Program is a BPF_PROG_TYPE_CGROUP_DEVICE program. The kernel runs it for each
// open(2) and mknod(2) of a device; 1 allows and 0 denies.
type Program []Instruction

// Operations that a device program is made of (Documentation/bpf/standardization).
const (
	opLoad32  = 0x61 // dst = *(u32 *)(src + offset)
	opMove    = 0xb7 // dst = immediate
	opMove32R = 0xbc // dst = src, 32 bits
	opAnd32   = 0x54 // dst &= immediate, 32 bits
	opShift32 = 0x74 // dst >>= immediate, 32 bits
	opJumpNE  = 0x55 // if dst != immediate goto
	opJumpSet = 0x45 // if dst & immediate goto
	opJump    = 0x05 // goto
	opExit    = 0x95
)

// Registers of the program.
const (
	regResult  = 0
	regContext = 1 // struct bpf_cgroup_dev_ctx
	regKind    = 2
	regAccess  = 3 // what is still undecided of the access asked for
	regMajor   = 4
	regMinor   = 5
)

// BPF_DEVCG_DEV_*.
const (
	kindBlock     = 1
	kindCharacter = 2
)

// prunable is the length of a list up to which it is worth the time, which grows with its square,
// to look for rules that others decide.
const prunable = 512

// DeviceProgram makes the program for an ordered list of rules. For each device
// and each kind of access, the last rule that matches decides, and without one
// access is denied; what asks for several kinds at once, as opening for reading
// and writing does, needs all of them. Faults are reported at once, each a
// *FieldError below /linux/resources/devices.
func DeviceProgram(list []specs.LinuxDeviceCgroup) (Program, error) {
	var faults []error
	rules := checkRules(list, func(part, text string) {
		faults = append(faults, &FieldError{"/linux/resources/devices" + part, text})
	})
	if len(faults) != 0 {
		return nil, errors.Join(faults...)
	}
	p := make(Program, 0, 8+8*len(rules))
	p = append(
		p,
		Instruction{opLoad32, regKind | regContext<<4, 0, 0}, // access_type: kind below, access above
		Instruction{opMove32R, regAccess | regKind<<4, 0, 0},
		Instruction{opAnd32, regKind, 0, 0xffff},
		Instruction{opShift32, regAccess, 0, 16},
		Instruction{opLoad32, regMajor | regContext<<4, 4, 0},
		Instruction{opLoad32, regMinor | regContext<<4, 8, 0},
	)
	for i := len(rules) - 1; i >= 0; i-- {
		if len(rules) <= prunable && slices.ContainsFunc(rules[i+1:], rules[i].within) {
			continue // a later one decides
		}
		p = append(p, ruleBlock(&rules[i])...)
		if rules[i].everything() {
			// Earlier rules cannot be reached, and the verifier refuses
			// instructions that nothing leads to.
			return p, nil
		}
	}
	return append(p, Instruction{opMove, regResult, 0, 0}, Instruction{Op: opExit}), nil
}

// ruleBlock takes the bits that a rule decides out of regAccess. An allowing
// rule ends the program when none is left, a denying one when it has met any.
func ruleBlock(r *rule) Program {
	var p Program
	var tests []int // jumps that must lead behind the block
	test := func(register uint8, value int64) {
		tests = append(tests, len(p))
		p = append(p, Instruction{opJumpNE, register, 0, int32(value)})
	}
	switch r.kind {
	case 'b':
		test(regKind, kindBlock)
	case 'c':
		test(regKind, kindCharacter)
	}
	if r.major != anyNumber {
		test(regMajor, r.major)
	}
	if r.minor != anyNumber {
		test(regMinor, r.minor)
	}
	result := int32(0)
	switch {
	case r.allow:
		result = 1
		if r.access != accessAll {
			p = append(p, Instruction{opAnd32, regAccess, 0, int32(accessAll &^ r.access)})
			test(regAccess, 0)
		}
	case r.access != accessAll:
		p = append(p, Instruction{opJumpSet, regAccess, 1, int32(r.access)})
		tests = append(tests, len(p))
		p = append(p, Instruction{Op: opJump})
	}
	p = append(p, Instruction{opMove, regResult, 0, result}, Instruction{Op: opExit})
	for _, i := range tests {
		p[i].Offset = int16(len(p) - i - 1)
	}
	return p
}

// Bytes is the program as bpf(2) takes it, 8 bytes an instruction, in the byte
// order of the machine.
func (p Program) Bytes() []byte {
	b := make([]byte, 0, 8*len(p))
	big := binary.NativeEndian.Uint16([]byte{0, 1}) == 1
	for _, i := range p {
		if big { // the registers are bit fields in C: they change places
			i.Registers = i.Registers<<4 | i.Registers>>4
		}
		b = append(b, i.Op, i.Registers)
		b = binary.NativeEndian.AppendUint16(b, uint16(i.Offset))
		b = binary.NativeEndian.AppendUint32(b, uint32(i.Immediate))
	}
	return b
}

// String is the program in words, one numbered instruction a line.
func (p Program) String() string {
	var b []byte
	for n, i := range p {
		b = strconv.AppendInt(b, int64(n), 10)
		b = append(b, '\t')
		b = append(b, i.text(n)...)
		b = append(b, '\n')
	}
	return string(b)
}

func (i Instruction) text(n int) string {
	name := func(r uint8) string {
		return [...]string{"result", "context", "kind", "access", "major", "minor"}[r%6]
	}
	dst, src := name(i.Registers&0xf), name(i.Registers>>4)
	value, to := strconv.Itoa(int(i.Immediate)), strconv.Itoa(n+1+int(i.Offset))
	switch i.Op {
	case opLoad32:
		return dst + " = u32[" + src + " + " + strconv.Itoa(int(i.Offset)) + "]"
	case opMove:
		return dst + " = " + value
	case opMove32R:
		return dst + " = " + src
	case opAnd32:
		return dst + " &= " + value
	case opShift32:
		return dst + " >>= " + value
	case opJumpNE:
		return "if " + dst + " != " + value + " goto " + to
	case opJumpSet:
		return "if " + dst + " & " + value + " goto " + to
	case opJump:
		return "goto " + to
	case opExit:
		return "exit"
	}
	return "BUG: operation " + strconv.Itoa(int(i.Op))
}
