package bpf

import (
	"slices"

	"golang.org/x/sys/unix"
)

// Reduce gives a program with the same answers as p that is several times
// shorter and quicker, or p itself where p holds something it does not expect.
// archs are the AUDIT_ARCH_* that p knows; the first is asked for first.
//
// libseccomp writes a filter as one test after the other. The kernel checks and
// compiles all of it at each load and then evaluates it once for every system
// call there is (seccomp_cache_prepare, kernel/seccomp.c): 1.2 ms at each start
// of a container with an engine's profile, of which 1.1 go away here.
//
// What p answers is a function of the architecture, the number and the
// arguments. For a given architecture p compares the number with constants only,
// so that between two neighbours of them it does the same for all numbers. For
// one number of each such span p is therefore carried out as far as it can be
// without arguments (partial evaluation): what is left is a return or the few
// instructions that look at arguments. Then a binary search over the spans
// chooses among these.
func Reduce(p Program, archs []uint32) Program {
	e := evaluation{p: p, archs: archs, b: builder{made: map[node]label{}, steps: map[label]label{}}}
	starts := e.starts()
	e.other, e.seen = true, map[int]label{}
	entry := e.at(0, unknown)
	for _, arch := range slices.Backward(archs) {
		e.arch, e.other = arch, false
		var spans []span
		for _, nr := range starts {
			e.nr, e.seen = nr, map[int]label{}
			if to := e.at(0, unknown); len(spans) == 0 || spans[len(spans)-1].to != to {
				spans = append(spans, span{nr, to})
			}
		}
		numbers := e.b.load(offsetNr, e.b.search(spans))
		entry = e.b.branch(jumpEq, arch, numbers, entry)
	}
	e.b.load(offsetArch, entry)
	if e.failed || len(e.b.reverse) >= len(p) {
		return p
	}
	slices.Reverse(e.b.reverse)
	return e.b.reverse
}

// span is the numbers from first up to the next span's, for which the program
// goes on at one place.
type span struct {
	first uint32
	to    label
}

// What the accumulator holds while p is carried out.
type holds int

const (
	unknown holds = iota // an argument, or nothing yet
	arch
	nr
)

// evaluation carries p out for one architecture and one number.
type evaluation struct {
	p        Program
	archs    []uint32
	arch, nr uint32
	other    bool          // the architecture is none of archs, and the number any
	seen     map[int]label // what once has built for this architecture and number
	b        builder
	failed   bool
}

// starts lists the numbers at which a comparison of p can change its outcome.
func (e *evaluation) starts() []uint32 {
	starts := []uint32{0}
	for _, in := range e.p {
		if in.Code == jumpEq || in.Code == jumpGt || in.Code == jumpGe {
			starts = append(starts, in.K, in.K+1)
		}
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// at builds what p does from pc on. With a known accumulator it goes on until
// there is something to build; with an unknown one the result depends on pc
// alone, and is built once.
func (e *evaluation) at(pc int, a holds) label {
	for !e.failed && pc < len(e.p) {
		in := e.p[pc]
		switch {
		case in.Code == ret:
			return e.b.ret(in.K)
		case in.Code == jump:
			pc += 1 + int(in.K)
		case in.Code == load && in.K == offsetArch:
			pc, a = pc+1, arch
		case in.Code == load && in.K == offsetNr:
			pc, a = pc+1, nr
			e.failed = e.failed || e.other
		case a == unknown || in.Code == load:
			return e.once(pc)
		default:
			pc += 1 + int(e.decide(in, a))
		}
	}
	e.failed = true
	return 0
}

// decide gives the jump that a comparison with the architecture or the number takes.
func (e *evaluation) decide(in unix.SockFilter, a holds) uint8 {
	value := e.nr
	if a == arch {
		value = e.arch
		// The rest of the architectures are all alike only if p asks for none of them.
		e.failed = e.failed || in.Code != jumpEq || !slices.Contains(e.archs, in.K)
	}
	taken := false
	switch in.Code {
	case jumpEq:
		taken = value == in.K && !(a == arch && e.other)
	case jumpGt:
		taken = value > in.K
	case jumpGe:
		taken = value >= in.K
	default:
		e.failed = true // bits of a number: spans would not do
	}
	if taken {
		return in.Jt
	}
	return in.Jf
}

// once builds the instruction at pc, which has to do with arguments, and all behind it.
func (e *evaluation) once(pc int) label {
	if to, ok := e.seen[pc]; ok {
		return to
	}
	in := e.p[pc]
	var to label
	switch in.Code {
	case load:
		to = e.b.load(in.K, e.at(pc+1, unknown))
	case and:
		to = e.b.and(in.K, e.at(pc+1, unknown))
	case jumpEq, jumpGt, jumpGe, jumpSet:
		yes := e.at(pc+1+int(in.Jt), unknown)
		to = e.b.branch(in.Code, in.K, yes, e.at(pc+1+int(in.Jf), unknown))
	default:
		e.failed = true
	}
	e.seen[pc] = to
	return to
}
