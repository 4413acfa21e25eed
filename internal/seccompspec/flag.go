package seccompspec

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// flagTsync is in the specification's text but not among its Go constants.
const flagTsync = specs.LinuxSeccompFlag("SECCOMP_FILTER_FLAG_TSYNC")

type flag struct {
	name specs.LinuxSeccompFlag
	bit  uint64
}

var flags = [...]flag{
	{specs.LinuxSeccompFlagLog, unix.SECCOMP_FILTER_FLAG_LOG},
	{specs.LinuxSeccompFlagSpecAllow, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW},
	{flagTsync, unix.SECCOMP_FILTER_FLAG_TSYNC},
	{specs.LinuxSeccompFlagWaitKillableRecv, unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
}

func flagOf(name specs.LinuxSeccompFlag) (uint64, bool) {
	for i := range flags {
		if flags[i].name == name {
			return flags[i].bit, true
		}
	}
	return 0, false
}

// Flags gives the SECCOMP_FILTER_FLAG_* with which seccomp(2) is to load the
// profile's filter. A profile without the flags property (not with an empty
// one) gets SPEC_ALLOW, which engines have come to expect. The error names the
// first unknown flag.
func Flags(profile *specs.LinuxSeccomp) (uint64, error) {
	if profile.Flags == nil {
		return withListener(profile, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW), nil
	}
	var bits uint64
	for _, name := range profile.Flags {
		bit, known := flagOf(name)
		if !known {
			return 0, errors.New(unknown("flag", string(name)))
		}
		bits |= bit
	}
	return withListener(profile, bits), nil
}

// withListener fits the flags to whether loading the filter makes a listener.
// seccomp(2) answers EINVAL to WAIT_KILLABLE_RECV (Linux 5.19) without
// NEW_LISTENER, where it has no meaning. TSYNC has none where the program is
// executed by the thread that loads the filter, and would bind the other
// thread of init, which hands the listener over.
func withListener(profile *specs.LinuxSeccomp, bits uint64) uint64 {
	if !Notifies(profile) {
		return bits &^ unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	}
	return bits&^unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
}

// KnownFlags lists the names of all flags, for the features verb.
func KnownFlags() []string {
	names := make([]string, 0, len(flags))
	for i := range flags {
		names = append(names, string(flags[i].name))
	}
	return names
}

// SupportedFlags lists, for the features verb, the names of those flags that the
// running kernel knows.
func SupportedFlags() []string {
	return slices.DeleteFunc(KnownFlags(), func(name string) bool {
		bits, _ := flagOf(specs.LinuxSeccompFlag(name))
		if bits == unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV {
			bits |= unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
		}
		return !kernelKnows(bits)
	})
}

// kernelKnows says whether seccomp(2) takes flags. A program that is not there, EFAULT,
// is what it looks at after them, so that nothing is loaded; EINVAL alone is about flags.
func kernelKnows(bits uint64) bool {
	_, _, err := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, uintptr(bits), 0)
	return err != unix.EINVAL
}
