//go:build tare_seccomp

package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/seccomp/libseccomp-golang"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/seccompspec"
	"github.com/tare-oci/tare/libcontainer/seccomp/bpf"
)

const (
	amd64  = unix.AUDIT_ARCH_X86_64
	i386   = unix.AUDIT_ARCH_I386
	x32    = 0x40000000
	allow  = unix.SECCOMP_RET_ALLOW
	errno  = unix.SECCOMP_RET_ERRNO
	perm   = errno | uint32(unix.EPERM)
	nosys  = errno | uint32(unix.ENOSYS)
	future = 9999 // a number that no kernel uses yet
)

func ptr(n uint) *uint { return &n }

// engine is what Podman 4.3 writes into config.json by default.
func engine(t testing.TB) *specs.LinuxSeccomp {
	t.Helper()
	text, err := os.ReadFile("../testdata/podman.json")
	if err != nil {
		t.Fatal(err)
	}
	profile := &specs.LinuxSeccomp{}
	if err := json.Unmarshal(text, profile); err != nil {
		t.Fatal(err)
	}
	return profile
}

func mustCompile(t testing.TB, profile *specs.LinuxSeccomp) bpf.Program {
	t.Helper()
	if native, _ := seccomp.GetNativeArch(); native != seccomp.ArchAMD64 {
		t.Skip("the expected numbers are those of x86_64, and this is another machine")
	}
	program, err := compile(profile)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func rule(action specs.LinuxSeccompAction, names ...string) specs.LinuxSyscall {
	return specs.LinuxSyscall{Names: names, Action: action}
}

type query struct {
	arch, nr uint32
	args     [6]uint64
	want     uint32
}

func ask(t *testing.T, program bpf.Program, queries []query) {
	t.Helper()
	for _, q := range queries {
		got, err := program.Run(&bpf.Call{Arch: q.arch, Nr: int32(q.nr), Args: q.args})
		if err != nil || got != q.want {
			t.Errorf("call %d of %#x with %v: %#x, %v, not %#x", q.nr, q.arch, q.args, got, err, q.want)
		}
	}
}

func TestActions(t *testing.T) {
	for _, c := range []struct {
		action specs.LinuxSeccompAction
		errno  *uint
		want   uint32
	}{
		{specs.ActAllow, nil, allow},
		{specs.ActErrno, nil, perm},
		{specs.ActErrno, ptr(0), errno},
		{specs.ActErrno, ptr(4094), errno | 4094},
		{specs.ActTrace, nil, unix.SECCOMP_RET_TRACE | uint32(unix.EPERM)},
		{specs.ActTrace, ptr(65535), unix.SECCOMP_RET_TRACE | 65535},
		{specs.ActTrap, nil, unix.SECCOMP_RET_TRAP},
		{specs.ActKill, nil, unix.SECCOMP_RET_KILL_THREAD},
		{specs.ActKillThread, nil, unix.SECCOMP_RET_KILL_THREAD},
		{specs.ActKillProcess, nil, unix.SECCOMP_RET_KILL_PROCESS},
		{specs.ActLog, nil, unix.SECCOMP_RET_LOG},
		{specs.ActNotify, nil, unix.SECCOMP_RET_USER_NOTIF},
	} {
		other, otherWant := specs.ActAllow, uint32(allow)
		if c.action == specs.ActAllow {
			other, otherWant = specs.ActLog, unix.SECCOMP_RET_LOG
		}
		byRule := mustCompile(t, &specs.LinuxSeccomp{
			DefaultAction: other, Syscalls: []specs.LinuxSyscall{{Names: []string{"write"}, Action: c.action, ErrnoRet: c.errno}},
		})
		ask(t, byRule, []query{{arch: amd64, nr: unix.SYS_WRITE, want: c.want}, {arch: amd64, nr: unix.SYS_READ, want: otherWant}})
		byDefault := mustCompile(t, &specs.LinuxSeccomp{
			DefaultAction: c.action, DefaultErrnoRet: c.errno, Syscalls: []specs.LinuxSyscall{rule(other, "write"), rule(c.action, "statx")},
		})
		ask(t, byDefault, []query{{arch: amd64, nr: unix.SYS_WRITE, want: otherWant}, {arch: amd64, nr: unix.SYS_READ, want: c.want}})
	}
}

func TestOperators(t *testing.T) {
	const big = 1<<32 + 5
	for _, c := range []struct {
		op         specs.LinuxSeccompOperator
		value, two uint64
		yes, no    []uint64
	}{
		{specs.OpEqualTo, big, 0, []uint64{big}, []uint64{5, big + 1, 0}},
		{specs.OpNotEqual, big, 0, []uint64{5, big + 1}, []uint64{big}},
		{specs.OpLessThan, big, 0, []uint64{0, 6, big - 1}, []uint64{big, big + 1, 2 << 32}},
		{specs.OpLessEqual, big, 0, []uint64{6, big}, []uint64{big + 1, 2 << 32}},
		{specs.OpGreaterThan, big, 0, []uint64{big + 1, 2 << 32}, []uint64{big, 6}},
		{specs.OpGreaterEqual, big, 0, []uint64{big, 2 << 32}, []uint64{big - 1, 6}},
		{specs.OpMaskedEqual, 0xf0000000f, big & 0xf0000000f, []uint64{big, big + 0x10}, []uint64{5, big + 1}},
	} {
		for index := range uint(6) {
			program := mustCompile(t, &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{
				Names: []string{"ioctl"}, Action: specs.ActErrno,
				Args: []specs.LinuxSeccompArg{{Index: index, Value: c.value, ValueTwo: c.two, Op: c.op}},
			}}})
			for _, value := range append(slices.Clone(c.yes), c.no...) {
				q := query{arch: amd64, nr: unix.SYS_IOCTL, want: allow}
				q.args[index] = value
				if slices.Contains(c.yes, value) {
					q.want = perm
				}
				ask(t, program, []query{q})
			}
		}
	}
}

// Conditions on different arguments must all hold, of several on the same any.
func TestConditions(t *testing.T) {
	profile := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{
		Names: []string{"socket"}, Action: specs.ActErrno, ErrnoRet: ptr(22),
		Args: []specs.LinuxSeccompArg{{Index: 0, Value: 16, Op: specs.OpEqualTo}, {Index: 2, Value: 9, Op: specs.OpEqualTo}},
	}}}
	ask(t, mustCompile(t, profile), []query{
		{amd64, unix.SYS_SOCKET, [6]uint64{16, 0, 9}, errno | 22},
		{amd64, unix.SYS_SOCKET, [6]uint64{16, 0, 8}, allow},
		{amd64, unix.SYS_SOCKET, [6]uint64{1, 0, 9}, allow},
	})
	profile.Syscalls[0].Args = append(profile.Syscalls[0].Args, specs.LinuxSeccompArg{Index: 0, Value: 17, Op: specs.OpEqualTo})
	ask(t, mustCompile(t, profile), []query{
		{amd64, unix.SYS_SOCKET, [6]uint64{16, 0, 8}, errno | 22},
		{amd64, unix.SYS_SOCKET, [6]uint64{17, 0, 8}, errno | 22},
		{amd64, unix.SYS_SOCKET, [6]uint64{1, 0, 9}, errno | 22},
		{amd64, unix.SYS_SOCKET, [6]uint64{1, 0, 8}, allow},
	})
}

func TestCallsNewerThanTheProfile(t *testing.T) {
	// mkdir and openat2 are not named; statx (332, and 383 on x86) is the largest number.
	profile := &specs.LinuxSeccomp{
		DefaultAction: specs.ActErrno,
		Architectures: []specs.Arch{specs.ArchX86, specs.ArchX32, specs.ArchX86_64},
		Syscalls:      []specs.LinuxSyscall{rule(specs.ActAllow, "read", "statx", "no_such_call")},
	}
	ask(t, mustCompile(t, profile), []query{
		{arch: amd64, nr: unix.SYS_READ, want: allow},
		{arch: amd64, nr: unix.SYS_MKDIR, want: perm},
		{arch: amd64, nr: 332, want: allow},
		{arch: amd64, nr: 333, want: nosys},
		{arch: amd64, nr: unix.SYS_OPENAT2, want: nosys},
		{arch: amd64, nr: future, want: nosys},
		{arch: amd64, nr: x32 - 1, want: nosys},
		{arch: amd64, nr: x32 + 0, want: allow},
		{arch: amd64, nr: x32 + 83, want: perm},
		{arch: amd64, nr: x32 + 332, want: allow},
		{arch: amd64, nr: x32 + 333, want: nosys},
		{arch: amd64, nr: ^uint32(0), want: nosys},
		{arch: i386, nr: 3, want: allow},
		{arch: i386, nr: 382, want: perm},
		{arch: i386, nr: 383, want: allow},
		{arch: i386, nr: 384, want: nosys},
	})
	profile.Architectures = nil
	ask(t, mustCompile(t, profile), []query{
		{arch: amd64, nr: unix.SYS_MKDIR, want: perm},
		{arch: amd64, nr: future, want: nosys},
		{arch: amd64, nr: x32 + 0, want: nosys},
		{arch: i386, nr: 3, want: unix.SECCOMP_RET_KILL_THREAD},
		{arch: i386, nr: future, want: unix.SECCOMP_RET_KILL_THREAD},
	})
	for _, c := range []struct {
		action specs.LinuxSeccompAction
		errno  *uint
		want   uint32
	}{
		{specs.ActKillProcess, nil, nosys},
		{specs.ActTrap, nil, nosys},
		{specs.ActErrno, ptr(13), nosys},
		{specs.ActErrno, ptr(38), nosys},
		{specs.ActTrace, nil, unix.SECCOMP_RET_TRACE | uint32(unix.EPERM)},
		{specs.ActLog, nil, unix.SECCOMP_RET_LOG},
		{specs.ActNotify, nil, unix.SECCOMP_RET_USER_NOTIF},
	} {
		profile.DefaultAction, profile.DefaultErrnoRet = c.action, c.errno
		ask(t, mustCompile(t, profile), []query{{arch: amd64, nr: future, want: c.want}})
	}
	// Nothing named says nothing about age.
	ask(t, mustCompile(t, &specs.LinuxSeccomp{DefaultAction: specs.ActErrno}), []query{{arch: amd64, nr: future, want: perm}})
}

// ARM has calls of its own far above the common ones, and a profile that names
// them knows no more of the common ones.
func TestPrivateCallsOfARM(t *testing.T) {
	const arm = unix.AUDIT_ARCH_ARM
	profile := &specs.LinuxSeccomp{
		DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.ArchARM},
		Syscalls: []specs.LinuxSyscall{rule(specs.ActAllow, "read", "statx", "cacheflush", "set_tls")},
	}
	ask(t, mustCompile(t, profile), []query{
		{arch: arm, nr: 397, want: allow},
		{arch: arm, nr: 396, want: perm},
		{arch: arm, nr: 398, want: nosys},
		{arch: arm, nr: 0xf0002, want: allow},
		{arch: arm, nr: 0xf0003, want: perm},
		{arch: arm, nr: 0xf0005, want: allow},
	})
}

// Names that only some of the architectures have are passed over on the others.
func TestNamesOfOneArchitecture(t *testing.T) {
	profile := &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86},
		Syscalls: []specs.LinuxSyscall{rule(specs.ActErrno, "arch_prctl", "chown32", "s390_pci_mmio_read")},
	}
	ask(t, mustCompile(t, profile), []query{{arch: i386, nr: 212, want: perm}, {arch: amd64, nr: 212, want: allow}, {arch: amd64, nr: unix.SYS_ARCH_PRCTL, want: perm}})
}

// What the running kernel can, as libseccomp found out, does not show in a filter.
func TestFilterDoesNotDependOnTheKernel(t *testing.T) {
	profile := &specs.LinuxSeccomp{DefaultAction: specs.ActKillProcess, Syscalls: []specs.LinuxSyscall{
		rule(specs.ActNotify, "mkdir"), rule(specs.ActLog, "rmdir"), rule(specs.ActAllow, "read"),
	}}
	want := mustCompile(t, profile)
	if err := seccomp.SetAPI(1); err != nil {
		t.Fatal(err)
	}
	if got := mustCompile(t, profile); !slices.Equal(got, want) {
		t.Error("another filter on an older kernel")
	}
}

func TestErrors(t *testing.T) {
	for want, profile := range map[string]*specs.LinuxSeccomp{
		`/linux/seccomp/defaultAction: unknown action "x"`:          {DefaultAction: "x"},
		`/linux/seccomp/defaultErrnoRet: must be at most 4094`:      {DefaultAction: specs.ActErrno, DefaultErrnoRet: ptr(4095)},
		`/linux/seccomp/architectures/0: unknown architecture "x"`:  {DefaultAction: specs.ActErrno, Architectures: []specs.Arch{"x"}},
		`/linux/seccomp/architectures/0: cannot filter calls of`:    {DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.ArchS390X}},
		`/linux/seccomp/syscalls/0/action: unknown action "x"`:      {DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{rule("x", "read")}},
		`/linux/seccomp/syscalls/0/args/0/op: unknown operator "x"`: {DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{{Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{{Op: "x"}}}}},
		`/linux/seccomp/syscalls/0/args/0/index: `:                  {DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{{Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{{Index: 6, Op: specs.OpEqualTo}}}}},
	} {
		if _, err := compile(profile); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

// The tables of internal/seccompspec and those here are about the same things.
func TestTables(t *testing.T) {
	for _, name := range seccompspec.Archs() {
		if _, ok := archs[specs.Arch(name)]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range seccompspec.Operators() {
		if _, ok := operator(specs.LinuxSeccompOperator(name)); !ok {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range seccompspec.Actions() {
		if scmp, err := action("", "", specs.LinuxSeccompAction(name), nil); err != nil || scmp == seccomp.ActInvalid {
			t.Errorf("%s: %v, %v", name, scmp, err)
		}
	}
}

// same compares the filter with what libseccomp wrote, for every number there
// is and around it, and for arguments around every constant that it compares.
func same(t *testing.T, profile *specs.LinuxSeccomp) (before, after int) {
	t.Helper()
	whole, audits, err := translate(profile)
	if err != nil {
		t.Fatal(err)
	}
	program := bpf.Reduce(whole, audits)
	values := []uint64{0, 1, ^uint64(0), 1 << 32}
	for _, in := range whole {
		values = append(values, uint64(in.K), uint64(in.K)+1, uint64(in.K)<<32|uint64(in.K))
	}
	slices.Sort(values)
	values = slices.Compact(values)
	r := rand.New(rand.NewPCG(3, 4))
	numbers := []uint32{x32 - 1, ^uint32(0), ^uint32(0) - 1, 0xf0000, future}
	for nr := range uint32(600) {
		numbers = append(numbers, nr, x32+nr)
	}
	for _, arch := range append(slices.Clone(audits), i386, unix.AUDIT_ARCH_AARCH64, 0) {
		for _, nr := range numbers {
			for range 40 {
				call := bpf.Call{Arch: arch, Nr: int32(nr)}
				for i := range call.Args {
					call.Args[i] = values[r.IntN(len(values))]
				}
				got, err := program.Run(&call)
				want, wantErr := whole.Run(&call)
				if err != nil || wantErr != nil || got != want {
					t.Fatalf("%+v: %#x, %v, not %#x, %v", call, got, err, want, wantErr)
				}
			}
		}
	}
	return len(whole), len(program)
}

func TestReducedFilterIsTheSame(t *testing.T) {
	profile := engine(t)
	for _, errno := range []uint{1, 38} {
		profile.DefaultErrnoRet = &errno
		before, after := same(t, profile)
		t.Logf("%d instructions became %d", before, after)
		if after*3 > before {
			t.Errorf("%d instructions only became %d", before, after)
		}
	}
	operators := seccompspec.Operators()
	actions := seccompspec.Actions()
	names := profile.Syscalls[1].Names
	compared := 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 5))
		profile := &specs.LinuxSeccomp{
			DefaultAction: specs.LinuxSeccompAction(actions[r.IntN(len(actions))]),
			Architectures: [][]specs.Arch{nil, {specs.ArchX86}, {specs.ArchX32}, {specs.ArchX86, specs.ArchX32}, {specs.ArchAARCH64, specs.ArchARM}}[r.IntN(5)],
		}
		for range r.IntN(60) {
			rule := rule(specs.LinuxSeccompAction(actions[r.IntN(len(actions))]), names[r.IntN(len(names))])
			for range r.IntN(4) {
				rule.Args = append(rule.Args, specs.LinuxSeccompArg{
					Index: uint(r.IntN(6)), Value: r.Uint64N(20), ValueTwo: r.Uint64N(20), Op: specs.LinuxSeccompOperator(operators[r.IntN(len(operators))]),
				})
			}
			profile.Syscalls = append(profile.Syscalls, rule)
		}
		if _, _, err := translate(profile); err != nil {
			continue // rules that libseccomp finds at odds with each other
		}
		same(t, profile)
		compared++
	}
	if compared < 10 {
		t.Errorf("only %d of 20 random profiles could be compared", compared)
	}
}
