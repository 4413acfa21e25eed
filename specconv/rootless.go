package specconv

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/plan"
)

// What changes where tare is not root of the host: an ordinary user, or root of
// a user namespace (user_namespaces(7)).

// unprivileged says whether tare is anything but root of the host.
func unprivileged(facts *Facts) bool { return facts.EffectiveUID != 0 || facts.UserNamespace }

// cloner is who clones the host's mounts: the parent, with the host's
// privileges, or else init, which has them in a mount namespace of its own.
func (c *compiler) cloner() plan.Actor {
	if c.facts.EffectiveUID != 0 || c.facts.ForeignMounts {
		return plan.Init
	}
	return plan.Parent
}

// clones takes the host's mounts, if it is this actor's part.
func (c *compiler) clones(actor plan.Actor) {
	if actor != c.cloner() {
		return
	}
	c.cloneRoot()
	c.cloneSources()
	c.cloneNodes()
	c.attachOutside() // after all of the host's mounts are cloned, of which it would be one
}

// privilegesOfMaker checks that tare may make and join the namespaces: an
// ordinary user gets the right to any of them from a user namespace of its own.
func (v *validation) privilegesOfMaker() {
	if v.facts.EffectiveUID == 0 {
		return
	}
	if !v.ns.user() {
		v.fault(namespacesPointer, "a user namespace must be among them: without one, only root can make the others")
		return
	}
	if v.ns.made&plan.NewUser == 0 {
		return
	}
	for i := range v.ns.paths {
		v.fault(v.ns.paths[i].pointer+"/path", "cannot be joined by an ordinary user without the user namespace that owns it: join that by its path as well, instead of a new one")
	}
}

// mapHelpers are the programs that an ordinary user needs for mappings of more
// than its own id: newuidmap(1), newgidmap(1).
func mapHelpers(linux *specs.Linux, facts *Facts) (helpers int64) {
	if facts.EffectiveUID == 0 {
		return 0
	}
	if !own(linux.UIDMappings, facts.EffectiveUID) {
		helpers |= plan.Newuidmap
	}
	if !own(linux.GIDMappings, facts.EffectiveGID) {
		helpers |= plan.Newgidmap
	}
	return helpers
}

// own says whether a mapping is of tare's own id alone, which takes no privilege.
func own(list []specs.LinuxIDMapping, id int) bool {
	return len(list) == 1 && list[0].Size == 1 && list[0].HostID == uint32(id)
}

// setgroups says whether setgroups(2) is allowed in the container's user
// namespace: who maps its own gid without privileges must have given it up.
func setgroups(ns *namespaces, linux *specs.Linux, facts *Facts, joining bool) bool {
	switch {
	case facts.SetgroupsDenied:
		return false
	case joining || ns.made&plan.NewUser == 0 || facts.EffectiveUID == 0:
		return true
	}
	return mapHelpers(linux, facts)&plan.Newgidmap != 0
}

func (c *compiler) setgroups() bool { return setgroups(&c.ns, c.linux, c.facts, c.joining) }

// ownedTypes are the file systems of which an instance can be had only by root
// of the user namespace that owns a namespace, and the path of the host's.
var ownedTypes = [...]struct {
	fstype string
	flag   int64
	needs  string
	host   string
}{
	{"proc", plan.NewPID, "a pid", "/proc"},
	{"sysfs", plan.NewNetwork, "a network", "/sys"},
	{"mqueue", plan.NewIPC, "an ipc", "/dev/mqueue"},
}

// owned refuses a mount that the kernel would refuse: in a user namespace, of a
// namespace that is the host's.
func (v *validation) owned(pointer func(string) string, m *specs.Mount) {
	if !v.ns.user() {
		return
	}
	for i := range ownedTypes {
		t := &ownedTypes[i]
		if m.Type == t.fstype && !v.ns.has(t.flag) {
			v.fault(pointer("/type"), "a new "+t.fstype+" in a user namespace needs "+t.needs+" namespace as well: add one, or bind the host's "+t.host)
		}
	}
}

// idOptions refuses an owner that the user namespace does not have: the kernel
// would only say that the option is invalid.
func (v *validation) idOptions(pointer func(string) string, m *specs.Mount) {
	if m.Type != "tmpfs" && m.Type != "devpts" && m.Type != "proc" {
		return
	}
	for i, option := range m.Options {
		name, value, _ := strings.Cut(option, "=")
		list, field := v.linux.UIDMappings, "/linux/uidMappings"
		switch name {
		case "uid":
		case "gid":
			list, field = v.linux.GIDMappings, "/linux/gidMappings"
		default:
			continue
		}
		id, err := strconv.ParseUint(value, 10, 32)
		if err == nil && len(list) > 0 && !mapped(list, uint32(id)) {
			v.fault(item(pointer("/options"), i), option+": the id is not mapped in "+field)
		}
	}
}

// undelegated says whether a setting is one of a cgroup that cannot be made.
func undelegated(facts *Facts, s *cgroups.Setting) bool {
	return len(facts.Undelegated) > 0 && slices.Contains(facts.Undelegated, facts.Cgroups.Serving(s.Controller))
}

// withoutCgroup says why a limit cannot be had.
func withoutCgroup(facts *Facts) string {
	if facts.NoCgroup {
		return "cannot be limited without a cgroup (--cgroup-manager disabled)"
	}
	return "cannot be limited: no cgroup was given to this user (delegation); --rootless=true goes without the limit"
}

// unlimited names the fields whose limits would be set in a cgroup that cannot
// be made. A field may need several settings.
func unlimited(settings []cgroups.Setting, facts *Facts, text string) (faults []Fault) {
	for i := range settings {
		at := settings[i].Pointer
		known := slices.ContainsFunc(faults, func(f Fault) bool { return f.Pointer == at })
		if undelegated(facts, &settings[i]) && !known {
			faults = append(faults, Fault{at, text})
		}
	}
	return faults
}

// ignoredLimits are the warnings about limits that --rootless=true goes without.
func ignoredLimits(spec *specs.Spec, facts *Facts) []Fault {
	if !facts.IgnoreLimits || len(facts.Undelegated) == 0 || spec.Linux == nil {
		return nil
	}
	settings, _ := cgroups.Settings(resources(spec.Linux, facts), facts.Cgroups) // Validate tells the error
	return unlimited(settings, facts, "is not limited: no cgroup was given to this user (delegation)")
}

// ownCgroup is the directory of a hierarchy that is shown to a container which
// cannot have the hierarchy itself: its cgroup, or else the one that tare is in.
func (c *compiler) ownCgroup(h cgroups.Hierarchy) string {
	at := slices.IndexFunc(c.cgroup, func(p cgroups.Path) bool { return p.Mountpoint == h.Mountpoint })
	if at >= 0 {
		return c.cgroup[at].Directory()
	}
	p := cgroups.Path{Mountpoint: h.Mountpoint}
	if len(h.Controllers) > 0 {
		p.Hierarchy = h.Controllers[0]
	}
	if p.Path = c.facts.Cgroups.OwnPath(p); p.Path == "/" {
		return p.Mountpoint
	}
	return p.Directory()
}
