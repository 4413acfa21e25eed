package specconv

import (
	"errors"
	"path"
	"strconv"

	"github.com/tare-oci/tare/internal/seccompspec"
	"github.com/tare-oci/tare/plan"
)

const seccompPointer = "/linux/seccomp"

func (v *validation) seccomp() {
	profile := v.linux.Seccomp
	if profile == nil {
		return
	}
	for _, err := range seccompspec.Validate(profile) {
		var fault *seccompspec.Fault
		if errors.As(err, &fault) {
			v.fault(fault.Pointer, fault.Text)
		} else {
			v.fault(seccompPointer, err.Error())
		}
	}
	if p := profile.ListenerPath; p != "" && !path.IsAbs(p) {
		v.fault(seccompPointer+"/listenerPath", "must be an absolute path, not "+quote(p))
	}
	v.text(profile.ListenerPath, seccompPointer+"/listenerPath")
}

func (c *compiler) compileFilter() {
	c.filter = c.plan.Slot("filter")
	c.add(seccompPointer, plan.Filter(c.filter, strconv.Itoa(len(c.linux.Seccomp.Syscalls))+" rules"))
}

// seccomp installs the filter. Without no_new_privs that takes CAP_SYS_ADMIN, so
// it comes before the program's identity, and the profile has to allow what
// follows; with it, it comes last and governs the program alone.
func (c *compiler) seccomp(late bool) {
	if !c.hasFilter || late != c.process.NoNewPrivileges {
		return
	}
	flags, err := seccompspec.Flags(c.linux.Seccomp)
	if err != nil {
		return // Validate has refused the profile
	}
	listener := ""
	if seccompspec.Notifies(c.linux.Seccomp) {
		listener = c.linux.Seccomp.ListenerPath
	}
	c.add(seccompPointer, plan.Seccomp(c.filter, int64(flags), listener))
}
