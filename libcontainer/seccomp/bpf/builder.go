package bpf

import "golang.org/x/sys/unix"

// builder writes a program from its end to its beginning. Jumps of BPF go
// forward only, so whatever an instruction jumps to is there already: its
// distance is known, and the same continuation is written only once.
type builder struct {
	reverse Program
	made    map[node]label
	// steps has for a place the last copy of it, or jump to it, that was put
	// where it can be reached from.
	steps map[label]label
}

// label is the place of an instruction, counted from the end of the program.
type label int

// node is an instruction and where it goes on.
type node struct {
	code    uint16
	k       uint32
	yes, no label
}

// reach is how far a conditional jump goes.
const reach = 255

func (b *builder) ret(k uint32) label {
	return b.once(node{code: ret, k: k}, func() {})
}

// load, and: the accumulator changes and the program goes on at next.
func (b *builder) load(offset uint32, next label) label {
	return b.once(node{code: load, k: offset, yes: next}, func() { b.fallTo(next) })
}

func (b *builder) and(mask uint32, next label) label {
	return b.once(node{code: and, k: mask, yes: next}, func() { b.fallTo(next) })
}

// branch compares the accumulator with k and goes on at yes or no.
func (b *builder) branch(code uint16, k uint32, yes, no label) label {
	if yes == no {
		return yes
	}
	n := node{code: code, k: k, yes: yes, no: no}
	if to, ok := b.made[n]; ok {
		return to
	}
	// One place less of reach: bringing no near may put something in between.
	yes = b.near(yes, reach-1)
	no = b.near(no, reach)
	to := b.put(unix.SockFilter{Code: code, K: k, Jt: uint8(b.distance(yes)), Jf: uint8(b.distance(no))})
	b.made[n] = to
	return to
}

// search chooses by the number in the accumulator.
func (b *builder) search(spans []span) label {
	if len(spans) == 1 {
		return spans[0].to
	}
	half := len(spans) / 2
	above := b.search(spans[half:])
	return b.branch(jumpGe, spans[half].first, above, b.search(spans[:half]))
}

// once writes the instruction of a node unless it is there.
func (b *builder) once(n node, before func()) label {
	if to, ok := b.made[n]; ok {
		return to
	}
	before()
	to := b.put(unix.SockFilter{Code: n.code, K: n.k})
	b.made[n] = to
	return to
}

func (b *builder) put(in unix.SockFilter) label {
	b.reverse = append(b.reverse, in)
	return label(len(b.reverse) - 1)
}

// distance is how many instructions the next one to be written has to jump over.
func (b *builder) distance(to label) int { return len(b.reverse) - 1 - int(to) }

// fallTo sees to it that the next instruction to be written is followed by to.
func (b *builder) fallTo(to label) {
	if b.distance(to) != 0 {
		b.put(unix.SockFilter{Code: jump, K: uint32(b.distance(to))})
	}
}

// near gives a place within limit that does as to does.
func (b *builder) near(to label, limit int) label {
	if b.distance(to) <= limit {
		return to
	}
	if step, ok := b.steps[to]; ok && b.distance(step) <= limit {
		return step
	}
	in := b.reverse[to]
	if in.Code != ret {
		in = unix.SockFilter{Code: jump, K: uint32(b.distance(to))}
	}
	step := b.put(in)
	b.steps[to] = step
	return step
}
