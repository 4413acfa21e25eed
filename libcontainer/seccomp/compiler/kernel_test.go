//go:build tare_seccomp

package main

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/seccomp/libseccomp-golang"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/seccompspec"
)

// answer is what became of a call under a filter.
type answer struct {
	done    bool
	result  int64
	trapped int64 // the number that SIGSYS brought, plus 1
	signal  syscall.Signal
}

// kernel loads the profile's filter in a process of its own, which then makes
// the call of the given ABI (see testdata/probe.c).
func kernel(t *testing.T, probe string, profile *specs.LinuxSeccomp, env []string, abi string, numbers ...uint64) answer {
	t.Helper()
	filter := filepath.Join(t.TempDir(), "filter")
	if err := os.WriteFile(filter, mustCompile(t, profile).Append(nil), 0o600); err != nil {
		t.Fatal(err)
	}
	flags, err := seccompspec.Flags(profile)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.Create(filepath.Join(t.TempDir(), "page"))
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	if err := page.Truncate(4096); err != nil {
		t.Fatal(err)
	}
	args := []string{filter, strconv.FormatUint(flags, 10), abi}
	for _, number := range numbers {
		args = append(args, strconv.FormatUint(number, 10))
	}
	cmd := exec.Command(probe, args...)
	cmd.Env, cmd.ExtraFiles = env, []*os.File{page}
	_ = cmd.Run()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Exited() && status.ExitStatus() != 0 {
		t.Fatalf("the probe ended with %d: the filter could not be loaded", status.ExitStatus())
	}
	var words [24]byte
	if _, err := page.ReadAt(words[:], 0); err != nil {
		t.Fatal(err)
	}
	word := func(i int) int64 { return int64(binary.NativeEndian.Uint64(words[8*i:])) }
	got := answer{done: word(0) != 0, result: word(1), trapped: word(2)}
	if status.Signaled() {
		got.signal = status.Signal()
	}
	return got
}

func buildProbe(t *testing.T) string {
	t.Helper()
	if native, _ := seccomp.GetNativeArch(); native != seccomp.ArchAMD64 {
		t.Skip("the probe knows the system calls of x86_64, and this is another machine")
	}
	probe := filepath.Join(t.TempDir(), "probe")
	out, err := exec.Command("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o", probe, "testdata/probe.c").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return probe
}

func result(errno unix.Errno) answer { return answer{done: true, result: -int64(errno)} }

// The kernel takes the filters and answers as the profiles say.
func TestKernel(t *testing.T) {
	probe := buildProbe(t)
	podman := engine(t)
	docker := engine(t)
	docker.DefaultErrnoRet = nil
	logging := engine(t)
	logging.Flags = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog, "SECCOMP_FILTER_FLAG_TSYNC"}
	with := func(action specs.LinuxSeccompAction, errno *uint, args ...specs.LinuxSeccompArg) *specs.LinuxSeccomp {
		return &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{
			{Names: []string{"getppid"}, Action: action, ErrnoRet: errno, Args: args},
		}}
	}
	const getppid, ioPortSet = unix.SYS_GETPPID, unix.SYS_IOPL
	parent := answer{done: true, result: int64(os.Getpid())}
	killed := answer{signal: unix.SIGSYS}
	eq5 := specs.LinuxSeccompArg{Index: 1, Value: 5, Op: specs.OpEqualTo}
	low := specs.LinuxSeccompArg{Index: 1, Value: 0xf0, ValueTwo: 0x50, Op: specs.OpMaskedEqual}
	silent := []string{"DEFAULT_SIGSYS=1"}
	// Some kernels, and some hypervisors, know nothing of int $0x80 and send SIGSEGV.
	allowed := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86}}
	missingX86 := kernel(t, probe, allowed, nil, "x86", 64).signal == unix.SIGSEGV
	for name, c := range map[string]struct {
		profile *specs.LinuxSeccomp
		env     []string
		abi     string
		call    []uint64
		want    answer
	}{
		"engine: allowed":              {podman, nil, "native", []uint64{getppid}, parent},
		"engine: denied":               {podman, nil, "native", []uint64{ioPortSet, 3}, result(unix.EPERM)},
		"engine: unknown":              {podman, nil, "native", []uint64{future}, result(unix.ENOSYS)},
		"engine: socket, audit":        {podman, nil, "native", []uint64{unix.SYS_SOCKET, 16, 3, 9}, result(unix.EINVAL)},
		"engine: personality 0":        {podman, nil, "native", []uint64{unix.SYS_PERSONALITY, 0}, answer{done: true}},
		"engine: personality 1":        {podman, nil, "native", []uint64{unix.SYS_PERSONALITY, 1}, result(unix.ENOSYS)},
		"engine: flags":                {logging, nil, "native", []uint64{future}, result(unix.ENOSYS)},
		"EPERM by default: not named":  {docker, nil, "native", []uint64{unix.SYS_PERSONALITY, 1}, result(unix.EPERM)},
		"EPERM by default: newer":      {docker, nil, "native", []uint64{future}, result(unix.ENOSYS)},
		"EPERM by default: x86":        {docker, nil, "x86", []uint64{64}, parent},
		"EPERM by default: x86, newer": {docker, nil, "x86", []uint64{future}, result(unix.ENOSYS)},
		"EPERM by default: x32, newer": {docker, nil, "x32", []uint64{future}, result(unix.ENOSYS)},
		"errno":                        {with(specs.ActErrno, ptr(77)), nil, "native", []uint64{getppid}, result(77)},
		"errno 0":                      {with(specs.ActErrno, ptr(0)), nil, "native", []uint64{getppid}, result(0)},
		"errno 4094":                   {with(specs.ActErrno, ptr(4094)), nil, "native", []uint64{getppid}, result(4094)},
		"errno, not named":             {with(specs.ActErrno, nil), nil, "native", []uint64{unix.SYS_GETPGRP}, answer{done: true, result: int64(unix.Getpgrp())}},
		"trap":                         {with(specs.ActTrap, nil), nil, "native", []uint64{getppid}, answer{done: true, result: getppid, trapped: getppid + 1}},
		"trap, unhandled":              {with(specs.ActTrap, nil), silent, "native", []uint64{getppid}, killed},
		"kill":                         {with(specs.ActKill, nil), nil, "native", []uint64{getppid}, killed},
		"kill thread":                  {with(specs.ActKillThread, nil), nil, "native", []uint64{getppid}, killed},
		"kill process":                 {with(specs.ActKillProcess, nil), nil, "native", []uint64{getppid}, killed},
		"log":                          {with(specs.ActLog, nil), nil, "native", []uint64{getppid}, parent},
		"trace, no tracer":             {with(specs.ActTrace, nil), nil, "native", []uint64{getppid}, result(unix.ENOSYS)},
		"argument equal":               {with(specs.ActErrno, nil, eq5), nil, "native", []uint64{getppid, 0, 5}, result(unix.EPERM)},
		"argument not equal":           {with(specs.ActErrno, nil, eq5), nil, "native", []uint64{getppid, 5, 1<<32 + 5}, parent},
		"argument masked equal":        {with(specs.ActErrno, nil, low), nil, "native", []uint64{getppid, 0, 0x95f}, result(unix.EPERM)},
		"argument masked not equal":    {with(specs.ActErrno, nil, low), nil, "native", []uint64{getppid, 0, 0x96f}, parent},
		"architecture not named":       {with(specs.ActErrno, nil), nil, "x86", []uint64{64}, killed},
		"everything denied": {
			&specs.LinuxSeccomp{DefaultAction: specs.ActErrno, DefaultErrnoRet: ptr(5)},
			nil, "native",
			[]uint64{getppid},
			answer{done: true, result: -5, signal: unix.SIGILL},
		},
		"everything kills": {&specs.LinuxSeccomp{DefaultAction: specs.ActKill}, nil, "native", []uint64{getppid}, killed},
	} {
		t.Run(name, func(t *testing.T) {
			if c.abi == "x86" && missingX86 {
				t.Skip("missing: system calls of 32-bit programs (int $0x80)")
			}
			if got := kernel(t, probe, c.profile, c.env, c.abi, c.call...); got != c.want {
				t.Errorf("%+v, not %+v", got, c.want)
			}
		})
	}
}

// Without a listener a call that is to be notified fails with ENOSYS; with one
// it waits, so that here only loading is tried, with every flag there is.
func TestKernelNotify(t *testing.T) {
	probe := buildProbe(t)
	profile := &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, ListenerPath: "/run/agent",
		Syscalls: []specs.LinuxSyscall{rule(specs.ActNotify, "write", "mkdir")},
	}
	for _, flag := range seccompspec.KnownFlags() {
		profile.Flags = append(profile.Flags, specs.LinuxSeccompFlag(flag))
	}
	want := answer{done: true, result: int64(os.Getpid())}
	if got := kernel(t, probe, profile, nil, "native", unix.SYS_GETPPID); got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
}
