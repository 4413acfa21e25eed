package seccompspec

import (
	"golang.org/x/sys/unix"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Action is what happens to a system call.
type Action struct {
	Name specs.LinuxSeccompAction
	// Return is the SECCOMP_RET_* of seccomp(2), its low 16 bits zero.
	Return uint32
	// Most is the largest errnoRet, which goes into the low 16 bits; 0 for an
	// action that has none. The kernel lowers an errno to MAX_ERRNO, 4095, and
	// libseccomp takes less than that only.
	Most uint
	// Permits says that the kernel, or somebody who watches, may still carry
	// the call out.
	Permits bool
}

// SCMP_ACT_KILL is libseccomp's old name of SCMP_ACT_KILL_THREAD.
var actions = [...]Action{
	{Name: specs.ActAllow, Return: unix.SECCOMP_RET_ALLOW, Permits: true},
	{Name: specs.ActErrno, Return: unix.SECCOMP_RET_ERRNO, Most: 4094},
	{Name: specs.ActKill, Return: unix.SECCOMP_RET_KILL_THREAD},
	{Name: specs.ActKillProcess, Return: unix.SECCOMP_RET_KILL_PROCESS},
	{Name: specs.ActKillThread, Return: unix.SECCOMP_RET_KILL_THREAD},
	{Name: specs.ActLog, Return: unix.SECCOMP_RET_LOG, Permits: true},
	{Name: specs.ActNotify, Return: unix.SECCOMP_RET_USER_NOTIF, Permits: true},
	{Name: specs.ActTrace, Return: unix.SECCOMP_RET_TRACE, Most: unix.SECCOMP_RET_DATA, Permits: true},
	{Name: specs.ActTrap, Return: unix.SECCOMP_RET_TRAP},
}

// ActionOf finds an action by its name.
func ActionOf(name specs.LinuxSeccompAction) (Action, bool) {
	for i := range actions {
		if actions[i].Name == name {
			return actions[i], true
		}
	}
	return Action{}, false
}

// Code is the value that a filter returns for the action: Return, and for an
// action that has one the errno in it, EPERM where the profile gives none.
func (a Action) Code(errno *uint) uint32 {
	switch {
	case a.Most == 0:
		return a.Return
	case errno == nil:
		return a.Return | uint32(unix.EPERM)
	}
	return a.Return | uint32(*errno)&unix.SECCOMP_RET_DATA
}

// Actions lists the names of all actions, for the features verb.
func Actions() []string {
	names := make([]string, 0, len(actions))
	for i := range actions {
		names = append(names, string(actions[i].Name))
	}
	return names
}

// Notifies says whether the profile hands calls to an agent, so that loading
// its filter makes a listener.
func Notifies(profile *specs.LinuxSeccomp) bool {
	if profile.DefaultAction == specs.ActNotify {
		return true
	}
	for i := range profile.Syscalls {
		if profile.Syscalls[i].Action == specs.ActNotify {
			return true
		}
	}
	return false
}
