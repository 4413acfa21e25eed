package seccompspec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// maxArgs is the number of arguments in struct seccomp_data.
const maxArgs = 6

// Fault is something wrong with a profile.
type Fault struct {
	// Pointer is the JSON pointer (RFC 6901) of the field in config.json.
	Pointer string
	// Text says what is wrong with it.
	Text string
}

func (f *Fault) Error() string { return f.Pointer + ": " + f.Text }

// Validate reports everything in the profile that cannot be right, in the order
// of config.json; each error is a *Fault. It does not know system calls: a name
// that no architecture has is no fault, since profiles are written for kernels
// of all ages.
func Validate(profile *specs.LinuxSeccomp) []error {
	v := validation{}
	v.action(pointer("defaultAction"), pointer("defaultErrnoRet"), profile.DefaultAction, profile.DefaultErrnoRet)
	for i, name := range profile.Architectures {
		if _, known := ArchOf(name); !known {
			v.add(item(pointer("architectures"), i), unknown("architecture", string(name)))
		}
	}
	for i, name := range profile.Flags {
		if _, known := flagOf(name); !known {
			v.add(item(pointer("flags"), i), unknown("flag", string(name)))
		}
	}
	v.listener(profile)
	for i := range profile.Syscalls {
		v.syscall(item(pointer("syscalls"), i), &profile.Syscalls[i])
	}
	if len(v.faults) == 0 && !mayExecute(profile) {
		v.add("/linux/seccomp", "refuses execve: no program could be executed")
	}
	return v.faults
}

// mayExecute says whether the profile has a way for execve(2). Without one
// init would fail under it, where it can tell nobody why.
func mayExecute(profile *specs.LinuxSeccomp) bool {
	if letsThrough(profile.DefaultAction) {
		return true
	}
	for i := range profile.Syscalls {
		if rule := &profile.Syscalls[i]; letsThrough(rule.Action) && slices.Contains(rule.Names, "execve") {
			return true
		}
	}
	return false
}

func letsThrough(action specs.LinuxSeccompAction) bool {
	switch action {
	case specs.ActAllow, specs.ActLog, specs.ActNotify, specs.ActTrace:
		return true
	}
	return false
}

type validation struct{ faults []error }

func (v *validation) add(at, text string) {
	v.faults = append(v.faults, &Fault{Pointer: at, Text: text})
}

// listener checks what belongs to SCMP_ACT_NOTIFY. A listenerPath that no action
// uses is to be ignored, says the specification.
func (v *validation) listener(profile *specs.LinuxSeccomp) {
	if profile.ListenerPath != "" {
		return
	}
	if Notifies(profile) {
		v.add(pointer("listenerPath"), "must be set: "+string(specs.ActNotify)+" needs an agent to notify")
	}
	if profile.ListenerMetadata != "" {
		v.add(pointer("listenerMetadata"), "must not be set without listenerPath")
	}
}

func (v *validation) syscall(at string, rule *specs.LinuxSyscall) {
	if len(rule.Names) == 0 {
		v.add(at+"/names", "must name at least one system call")
	}
	for i, name := range rule.Names {
		switch {
		case name == "":
			v.add(item(at+"/names", i), "must not be empty")
		case strings.IndexByte(name, 0) >= 0: // libseccomp would read a shorter one
			v.add(item(at+"/names", i), "has a NUL in it")
		}
	}
	v.action(at+"/action", at+"/errnoRet", rule.Action, rule.ErrnoRet)
	for i := range rule.Args {
		arg, at := &rule.Args[i], item(at+"/args", i)
		if arg.Index >= maxArgs {
			v.add(at+"/index", "must be 0 to 5, not "+strconv.FormatUint(uint64(arg.Index), 10))
		}
		if !KnownOperator(arg.Op) {
			v.add(at+"/op", unknown("operator", string(arg.Op)))
		}
	}
}

// action checks an action and the errno that goes with it. That an errno for an
// action without one is an error is a MUST of the specification.
func (v *validation) action(at, errnoAt string, name specs.LinuxSeccompAction, errno *uint) {
	action, known := ActionOf(name)
	if !known {
		v.add(at, unknown("action", string(name)))
		return
	}
	if errno == nil {
		return
	}
	switch {
	case action.Most == 0:
		v.add(errnoAt, "must not be set: "+string(name)+" has no errno")
	case *errno > action.Most:
		v.add(errnoAt, "must be at most "+strconv.FormatUint(uint64(action.Most), 10)+", not "+strconv.FormatUint(uint64(*errno), 10))
	}
}

func pointer(field string) string { return "/linux/seccomp/" + field }

func item(at string, i int) string { return at + "/" + strconv.Itoa(i) }

func unknown(what, name string) string { return "unknown " + what + " " + strconv.Quote(name) }
