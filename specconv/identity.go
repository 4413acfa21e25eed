package specconv

import (
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

const capabilitiesPointer = "/process/capabilities"

// capabilitySets are the five of a config, as bits.
type capabilitySets struct{ bounding, effective, permitted, inheritable, ambient uint64 }

// capabilities are the sets that the process gets: the config's, without what
// cannot be granted, which the specification wants no failure for. Beyond
// tare's own bounding set nothing can be granted, except in a user namespace,
// where all is (user_namespaces(7)). A process whose config has no capabilities
// gets none.
func (c *compiler) capabilities() (s capabilitySets) {
	wanted := c.process.Capabilities
	if wanted == nil {
		return s
	}
	granted := c.facts.Capabilities
	if c.ns.user() {
		granted = 1<<plan.Capabilities - 1
	}
	s.bounding = bitsOf(wanted.Bounding) & granted
	s.permitted = bitsOf(wanted.Permitted) & granted
	// Each of the others must be a part of those before it (capabilities(7)).
	s.effective = bitsOf(wanted.Effective) & s.permitted
	s.inheritable = bitsOf(wanted.Inheritable) & granted
	s.ambient = bitsOf(wanted.Ambient) & s.permitted & s.inheritable
	return s
}

// shedPrivileges leaves init, which is about to join the container's processes, what
// it still needs and what the program gets. Whoever has CAP_SYS_PTRACE in the same
// user namespace may trace it and make use of all it has (CVE-2016-9962); from
// a user namespace of the container nobody may, since init was not executed in it (ptrace(2)).
func (c *compiler) shedPrivileges() {
	if c.hostProgram || c.ns.user() || c.facts.EffectiveUID != 0 {
		return
	}
	c.shed = true
	c.streams() // before: they may want a null device, which takes CAP_MKNOD and CAP_SYS_ADMIN
	// To own a terminal, to enter a working directory, to become the user.
	needed := []string{"chown", "dac_override", "setgid", "setuid", "setpcap"}
	if c.hasFilter && !c.process.NoNewPrivileges {
		needed = append(needed, "sys_admin") // see seccomp
	}
	sets := c.capabilities()
	keep := (bitsOf(needed) & c.facts.Capabilities) | sets.permitted | sets.inheritable
	c.add(capabilitiesPointer, plan.Caps(keep, keep, 0, 0))
}

func bitsOf(names []string) (set uint64) {
	for _, name := range names {
		if bit, ok := plan.Capability(name); ok {
			set |= 1 << bit
		}
	}
	return set
}

// Warnings tells what Compile and CompileExec leave out: capabilities that are
// unknown or cannot be granted, about which the specification wants a warning and
// no failure (config.md, Linux Process); groups that an annotation contradicts,
// which came with crun and ignores them; and limits that the caller can do without.
func Warnings(spec *specs.Spec, process *specs.Process, facts *Facts) []Fault {
	warnings := ignoredLimits(spec, facts)
	if facts.NoCgroup && spec.Linux != nil && spec.Linux.Resources != nil && len(spec.Linux.Resources.Devices) > 0 {
		warnings = append(warnings, Fault{devicesPointer, "do not hold without a cgroup (--cgroup-manager disabled)"})
	}
	if process == nil {
		return warnings
	}
	c := newCompiler(spec, process, facts)
	if len(process.User.AdditionalGids) > 0 && c.keepsGroups() {
		warnings = append(warnings, Fault{"/process/user/additionalGids", "are left out: " + keepGroups + " keeps the caller's groups"})
	}
	if process.Capabilities == nil {
		return warnings
	}
	granted, sets := c.capabilities(), process.Capabilities
	for _, s := range [...]struct {
		name string
		list []string
		has  uint64
	}{
		{"/bounding", sets.Bounding, granted.bounding},
		{"/effective", sets.Effective, granted.effective},
		{"/inheritable", sets.Inheritable, granted.inheritable},
		{"/permitted", sets.Permitted, granted.permitted},
		{"/ambient", sets.Ambient, granted.ambient},
	} {
		var denied []string
		at := capabilitiesPointer + s.name
		for i, name := range s.list {
			switch bit, known := plan.Capability(name); {
			case !known:
				warnings = append(warnings, Fault{item(capabilitiesPointer+s.name, i), "unknown capability " + quote(name) + " is left out"})
			case s.has>>bit&1 == 0:
				if denied = append(denied, name); len(denied) == 1 {
					at = item(capabilitiesPointer+s.name, i)
				}
			}
		}
		// Buildah asks for fourteen ambient ones that no inheritable one allows: one line for them.
		switch len(denied) {
		case 0:
		case 1:
			warnings = append(warnings, Fault{at, denied[0] + " cannot be granted and is left out"})
		default:
			warnings = append(warnings, Fault{capabilitiesPointer + s.name, strings.Join(denied, ", ") + " cannot be granted and are left out"})
		}
	}
	return warnings
}

// noID is (uid_t) -1, "leave it as it is" to setresuid(2) and chown(2).
const (
	noID     = ^uint32(0)
	noIDText = "4294967295 is no id"
)

// user checks that the ids exist in the container's user namespace.
func (v *validation) user() {
	u := &v.process.User
	if u.Username != "" {
		v.fault("/process/user/username", "is for Windows: set uid and gid")
	}
	if u.Umask != nil && *u.Umask > 0o777 {
		v.fault("/process/user/umask", "must be at most 0777 (511)")
	}
	if u.UID == noID {
		v.fault("/process/user/uid", noIDText)
	}
	if u.GID == noID {
		v.fault("/process/user/gid", noIDText)
	}
	if len(u.AdditionalGids) > maxGroups {
		v.fault("/process/user/additionalGids", "has "+strconv.Itoa(len(u.AdditionalGids))+" entries, more than the 65536 that the kernel takes")
	}
	for i, gid := range u.AdditionalGids {
		if gid == noID {
			v.fault(item("/process/user/additionalGids", i), noIDText)
		}
	}
	if !v.ns.user() {
		return
	}
	if uids := v.linux.UIDMappings; len(uids) > 0 && !mapped(uids, u.UID) {
		v.fault("/process/user/uid", strconv.FormatUint(uint64(u.UID), 10)+" is not mapped in /linux/uidMappings")
	}
	gids := v.linux.GIDMappings
	if len(gids) == 0 {
		return
	}
	if !mapped(gids, u.GID) {
		v.fault("/process/user/gid", strconv.FormatUint(uint64(u.GID), 10)+" is not mapped in /linux/gidMappings")
	}
	for i, gid := range u.AdditionalGids {
		if !mapped(gids, gid) {
			v.fault(item("/process/user/additionalGids", i), strconv.FormatUint(uint64(gid), 10)+" is not mapped in /linux/gidMappings")
		}
	}
}

// groups checks that supplementary groups can be set at all.
func (v *validation) groups() {
	switch {
	case len(v.process.User.AdditionalGids) == 0 || keepsGroups(v.spec) || setgroups(&v.ns, v.linux, v.facts, v.joining):
	case v.facts.SetgroupsDenied:
		v.fault("/process/user/additionalGids", "cannot be set: setgroups(2) has been given up in the user namespace")
	default:
		v.fault("/process/user/additionalGids", "cannot be set: a user who maps the own gid alone must give up setgroups(2); map a range of /etc/subgid in /linux/gidMappings as well")
	}
}

// maxGroups is NGROUPS_MAX (linux/limits.h).
const maxGroups = 65536
