package bpf

import "golang.org/x/sys/unix"

// Range is a span of system call numbers of one ABI, of which a profile knows
// those up to Known.
type Range struct {
	// Audit is the ABI's AUDIT_ARCH_*.
	Audit uint32
	// First and Last bound the span, both included.
	First, Last uint32
	// Known is the largest number that the profile names.
	Known uint32
}

// Unknown is a program to put in front of a filter. It answers ENOSYS to every
// call that lies in one of the ranges above what is known there, and falls off
// its end otherwise. Ranges of the same ABI must be neighbours and ascend.
//
// The accumulator is not what it was: the filter behind must load first. Only
// such instructions are used as the kernel can evaluate without arguments
// (seccomp_is_const_allow, kernel/seccomp.c, Linux 5.11), so that it keeps
// letting calls that a filter always allows pass without running the filter.
// A conditional jump reaches at most 255 instructions: each part therefore has
// its own return and leaves by an unconditional jump, which reaches any.
func Unknown(ranges []Range) Program {
	if len(ranges) == 0 {
		return nil
	}
	p := Program{{Code: load, K: offsetArch}}
	var leave []int
	for len(ranges) > 0 {
		abi, n := ranges[0].Audit, 1
		for n < len(ranges) && ranges[n].Audit == abi {
			n++
		}
		test := len(p)
		p = append(p, unix.SockFilter{Code: jumpEq, K: abi}, unix.SockFilter{Code: load, K: offsetNr})
		for _, r := range ranges[:n] {
			if r.First > 0 {
				// The calls below belong to no range or to the one before, which they have left.
				p = append(p, unix.SockFilter{Code: jumpGe, Jt: 1, K: r.First})
				leave = append(leave, len(p))
				p = append(p, unix.SockFilter{Code: jump})
			}
			if r.Last != ^uint32(0) {
				p = append(p, unix.SockFilter{Code: jumpGt, Jt: 3, K: r.Last})
			}
			p = append(p, unix.SockFilter{Code: jumpGt, Jf: 1, K: r.Known},
				unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)})
			leave = append(leave, len(p))
			p = append(p, unix.SockFilter{Code: jump})
		}
		if ranges[n-1].Last != ^uint32(0) {
			// Above the last range the part is left as well: the test for another
			// ABI below must not see a number where it expects an architecture.
			leave = append(leave, len(p))
			p = append(p, unix.SockFilter{Code: jump})
		}
		p[test].Jf = uint8(len(p) - test - 1)
		ranges = ranges[n:]
	}
	for _, at := range leave {
		p[at].K = uint32(len(p) - at - 1)
	}
	return p
}
