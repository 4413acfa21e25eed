package bpf

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	amd64 = unix.AUDIT_ARCH_X86_64
	i386  = unix.AUDIT_ARCH_I386
	arm   = unix.AUDIT_ARCH_ARM
	x32   = 0x40000000
	allow = unix.SECCOMP_RET_ALLOW
	nosys = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

// sound is what the kernel checks of a program (bpf_check_classic and
// seccomp_check_filter), as far as our instructions go.
func sound(t *testing.T, p Program) {
	t.Helper()
	if err := Check(p.Append(nil)); err != nil {
		t.Fatal(err)
	}
	for i, in := range p {
		past := len(p) - i - 1
		switch in.Code {
		case jump:
			if int64(in.K) >= int64(past) {
				t.Fatalf("instruction %d of %d jumps out by %d", i, len(p), in.K)
			}
		case jumpEq, jumpGt, jumpGe, jumpSet:
			if int(in.Jt) >= past || int(in.Jf) >= past {
				t.Fatalf("instruction %d of %d jumps out by %d or %d", i, len(p), in.Jt, in.Jf)
			}
		case load, and, ret:
		default:
			t.Fatalf("instruction %d has code %#x", i, in.Code)
		}
	}
}

func run(t *testing.T, p Program, call Call) uint32 {
	t.Helper()
	answer, err := p.Run(&call)
	if err != nil {
		t.Fatalf("%+v: %v", call, err)
	}
	return answer
}

// Calls above what is known get ENOSYS, all others reach the filter.
func TestUnknown(t *testing.T) {
	ranges := []Range{
		{Audit: amd64, Last: x32 - 1, Known: 440},
		{Audit: amd64, First: x32, Last: ^uint32(0), Known: x32 + 500},
		{Audit: arm, Last: 0xeffff, Known: 400},
		{Audit: i386, Last: ^uint32(0), Known: 380},
	}
	// Architectures in number, so that jumps over all of them would be too long.
	for i := range uint32(60) {
		ranges = append(ranges, Range{Audit: 1000 + i, Last: ^uint32(0), Known: i})
	}
	p := append(Unknown(ranges), Program{{Code: load, K: offsetArch}, {Code: ret, K: allow}}...)
	sound(t, p)
	if len(p) < 256 {
		t.Fatalf("%d instructions: too few to prove anything about long jumps", len(p))
	}
	for _, c := range []struct {
		arch, nr, want uint32
	}{
		{amd64, 0, allow},
		{amd64, 440, allow},
		{amd64, 441, nosys},
		{amd64, x32 - 1, nosys},
		{amd64, x32, allow},
		{amd64, x32 + 500, allow},
		{amd64, x32 + 501, nosys},
		{amd64, ^uint32(0), nosys},
		{arm, 400, allow},
		{arm, 401, nosys},
		{arm, 0xeffff, nosys},
		{arm, 0xf0000, allow},
		{arm, 0xf0005, allow},
		{arm, i386, allow}, // a number that looks like an architecture
		{i386, 380, allow},
		{i386, 381, nosys},
		{1000, 0, allow},
		{1000, 1, nosys},
		{1059, 59, allow},
		{1059, 60, nosys},
		{7, 9999, allow},
	} {
		if got := run(t, p, Call{Arch: c.arch, Nr: int32(c.nr)}); got != c.want {
			t.Errorf("call %#x of architecture %#x: %#x, not %#x", c.nr, c.arch, got, c.want)
		}
	}
	if Unknown(nil) != nil {
		t.Error("no ranges, but a program")
	}
	alone := append(Unknown(ranges[1:2]), Program{{Code: load, K: offsetArch}, {Code: ret, K: allow}}...)
	if got := run(t, alone, Call{Arch: amd64, Nr: 441}); got != allow {
		t.Errorf("a call below the only range: %#x", got)
	}
}

// random makes a filter as a compiler might: architectures, then numbers, then arguments.
func random(r *rand.Rand, archs []uint32) Program {
	var p Program
	for _, arch := range archs {
		var body Program
		body = append(body, unix.SockFilter{Code: load, K: offsetNr})
		for range r.IntN(120) {
			k := r.Uint32N(300)
			if r.IntN(10) == 0 {
				k |= x32
			}
			code := []uint16{jumpEq, jumpGt, jumpGe}[r.IntN(3)]
			switch {
			case r.IntN(4) > 0:
				body = append(body, unix.SockFilter{Code: code, K: k, Jf: 1}, unix.SockFilter{Code: ret, K: r.Uint32N(3)})
			default:
				part := Program{{Code: load, K: 16 + 4*r.Uint32N(12)}}
				for range r.IntN(4) {
					if r.IntN(3) == 0 {
						part = append(part, unix.SockFilter{Code: and, K: r.Uint32N(8)})
					}
					part = append(part, unix.SockFilter{
						Code: []uint16{jumpEq, jumpGt, jumpGe, jumpSet}[r.IntN(4)], K: r.Uint32N(4), Jt: uint8(r.IntN(2)), Jf: uint8(r.IntN(2)),
					}, unix.SockFilter{Code: ret, K: r.Uint32N(5)})
				}
				part = append(part, unix.SockFilter{Code: load, K: offsetNr}, unix.SockFilter{Code: jump}, unix.SockFilter{Code: jump})
				body = append(append(body, unix.SockFilter{Code: code, K: k, Jf: uint8(len(part))}), part...)
			}
		}
		body = append(body, unix.SockFilter{Code: ret, K: r.Uint32N(3)})
		p = append(append(p, unix.SockFilter{Code: load, K: offsetArch}, unix.SockFilter{Code: jumpEq, K: arch, Jt: 1},
			unix.SockFilter{Code: jump, K: uint32(len(body))}), body...)
	}
	return append(p, unix.SockFilter{Code: ret, K: 99})
}

// A reduced program answers as the whole one does.
func TestReduceAnswersTheSame(t *testing.T) {
	shorter := 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		archs := []uint32{amd64, i386, arm}[:1+r.IntN(3)]
		whole := random(r, archs)
		p := Reduce(whole, archs)
		sound(t, p)
		if len(p) < len(whole) {
			shorter++
		}
		for range 4000 {
			call := Call{Arch: []uint32{amd64, i386, arm, 7, 0}[r.IntN(5)], Nr: int32(r.Uint32N(310))}
			switch r.IntN(8) {
			case 0:
				call.Nr |= x32
			case 1:
				call.Nr = int32(r.Uint32())
			}
			for i := range call.Args {
				call.Args[i] = r.Uint64N(9) | r.Uint64N(5)<<32
			}
			if got, want := run(t, p, call), run(t, whole, call); got != want {
				t.Fatalf("seed %d: %+v: %#x, not %#x", seed, call, got, want)
			}
		}
	}
	if shorter < 100 {
		t.Errorf("only %d of 150 programs became shorter", shorter)
	}
}

// What the reduction does not understand it leaves alone.
func TestReduceLeavesAlone(t *testing.T) {
	pad := slices.Repeat(Program{{Code: jumpEq, K: 5}}, 100)
	for name, p := range map[string]Program{
		"bits of the number":      append(append(Program{{Code: load}, {Code: jumpSet, K: 4, Jf: 1}, {Code: ret, K: 1}}, pad...), unix.SockFilter{Code: ret}),
		"a masked number":         append(append(Program{{Code: load}, {Code: and, K: 4}}, pad...), unix.SockFilter{Code: ret}),
		"an unknown architecture": append(append(Program{{Code: load, K: 4}, {Code: jumpEq, K: 8, Jf: 1}, {Code: ret, K: 1}}, pad...), unix.SockFilter{Code: ret}),
		"ordered architectures":   append(append(Program{{Code: load, K: 4}, {Code: jumpGe, K: amd64, Jf: 1}, {Code: ret, K: 1}, {Code: load, K: 16}}, pad...), unix.SockFilter{Code: ret}),
		"memory":                  append(append(Program{{Code: load, K: 16}, {Code: unix.BPF_ST}}, pad...), unix.SockFilter{Code: ret}),
		"no end":                  pad,
		"any architecture":        append(append(Program{{Code: load}}, pad...), unix.SockFilter{Code: ret}),
	} {
		if got := Reduce(p, []uint32{amd64}); !slices.Equal(got, p) {
			t.Errorf("%s: changed", name)
		}
	}
}

// A conditional jump holds its distance in eight bits.
func TestJumpsAsFarAsTheyReach(t *testing.T) {
	for between := range uint32(300) {
		for _, swap := range []bool{false, true} {
			b := builder{made: map[node]label{}, steps: map[label]label{}}
			yes, no := b.ret(1), b.ret(2)
			if swap {
				no, yes = yes, no
			}
			for i := range between {
				b.ret(1000 + i)
			}
			b.load(offsetNr, b.branch(jumpEq, 5, yes, no))
			slices.Reverse(b.reverse)
			sound(t, b.reverse)
			want := [2]uint32{1, 2}
			if swap {
				want = [2]uint32{2, 1}
			}
			if got := [2]uint32{run(t, b.reverse, Call{Nr: 5}), run(t, b.reverse, Call{Nr: 6})}; got != want {
				t.Fatalf("%d instructions between: %v, not %v", between, got, want)
			}
		}
	}
}

func TestParseAndCheck(t *testing.T) {
	p := random(rand.New(rand.NewPCG(1, 2)), []uint32{amd64, i386})
	back, err := Parse(p.Append(nil))
	if err != nil || !slices.Equal(back, p) {
		t.Errorf("not what was appended: %v", err)
	}
	if _, err := Parse(make([]byte, 9)); err == nil {
		t.Error("nine bytes taken for instructions")
	}
	end := unix.SockFilter{Code: ret}
	for name, c := range map[string]struct {
		program []byte
		good    bool
	}{
		"nothing":         {nil, false},
		"one return":      {Program{end}.Append(nil), true},
		"no return":       {Program{end, {Code: load}}.Append(nil), false},
		"cut":             {Program{end, end}.Append(nil)[:15], false},
		strconv.Itoa(Max): {slices.Repeat(Program{end}, Max).Append(nil), true},
		"one too many":    {slices.Repeat(Program{end}, Max+1).Append(nil), false},
	} {
		if err := Check(c.program); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
