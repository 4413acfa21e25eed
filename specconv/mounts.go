package specconv

import (
	"path"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/plan"
)

const mountsPointer = "/mounts"

// mount is an entry of /mounts, understood.
type mount struct {
	*specs.Mount
	mountOptions
	pointer string
	at      string // destination, absolute and clean
	clone   plan.Slot
	cgroups []plan.Slot // clones of the own cgroup, in the order of its hierarchies
}

// destination makes a relative one absolute, as the specification wants it for old configs.
func destination(m *specs.Mount) string { return path.Clean("/" + m.Destination) }

// binds says whether the entry is a bind mount. The specification goes by the
// options alone, but configs that say it by the type only are common.
func binds(m *specs.Mount, o *mountOptions) bool { return o.bind || m.Type == "bind" }

func readMounts(list []specs.Mount) []mount {
	ms := make([]mount, len(list))
	for i := range list {
		m := &ms[i]
		m.Mount, m.mountOptions = &list[i], readOptions(list[i].Options)
		m.pointer, m.at = item(mountsPointer, i), destination(&list[i])
		m.bind = binds(&list[i], &m.mountOptions)
	}
	return ms
}

// underProc are the paths inside a procfs that may be mounted over: what
// lxcfs shows, and nothing that a container's isolation rests on.
var underProc = [...]string{
	"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo",
	"/proc/slabinfo", "/proc/stat", "/proc/swaps", "/proc/sys/crypto/fips_enabled",
	"/proc/sys/kernel/ns_last_pid", "/proc/uptime",
}

func (v *validation) mounts() {
	for i := range v.spec.Mounts {
		v.mount(i, &v.spec.Mounts[i])
	}
}

func (v *validation) mount(i int, m *specs.Mount) {
	o := readOptions(m.Options)
	at := destination(m)
	pointer := func(field string) string { return item(mountsPointer, i) + field }
	if v.bad(m.Destination) || v.bad(m.Type) || v.bad(m.Source) {
		v.fault(pointer(""), "has a NUL in one of its strings")
	}
	switch {
	case m.Destination == "":
		v.fault(pointer("/destination"), "must be set")
	case at == "/":
		v.fault(pointer("/destination"), "a mount cannot replace the root: set /root/path")
	case strings.HasPrefix(at, "/proc"):
		v.mountOnProc(pointer, at, m, &o)
	}
	for n, word := range m.Options {
		v.text(word, pointer("/options"), n)
	}
	v.idmap(pointer, at, m, &o)
	if o.copyUp && (m.Type != "tmpfs" || binds(m, &o) || o.remount) {
		v.fault(pointer("/options"), "tmpcopyup is for a new tmpfs")
	}
	switch {
	case o.remount && (len(o.data) > 0 || o.super != 0):
		v.fault(pointer("/options"), "a remount can change attributes of the mount, not options of its file system")
	case o.remount:
	case binds(m, &o):
		if m.Source == "" {
			v.fault(pointer("/source"), "must be set for a bind mount")
		}
	default:
		v.fileSystem(pointer, m, &o)
	}
}

// fileSystem checks a mount of a new instance of a file system.
func (v *validation) fileSystem(pointer func(string) string, m *specs.Mount, o *mountOptions) {
	v.owned(pointer, m)
	v.idOptions(pointer, m)
	switch {
	case m.Type == "":
		v.fault(pointer("/type"), "must be set for a mount that is no bind mount")
	case o.source != 0 || o.copySymlink:
		v.fault(pointer("/options"), "src-nofollow and copy-symlink are for bind mounts")
	case isCgroup(m) && v.facts.Cgroups.Mode == cgroups.None:
		v.fault(pointer("/type"), "no cgroup hierarchy is mounted on the host")
	case m.Type == "cgroup2" && v.facts.Cgroups.Unified == "":
		v.fault(pointer("/type"), "cgroup v2 is not mounted on the host")
	case m.Type == "cgroup" && v.facts.Cgroups.Mode != cgroups.V2 && len(o.data) > 0:
		v.fault(pointer("/options"), quote(o.data[0])+" is no option of a cgroup v1 mount")
	case !o.needsLegacy():
	case isCgroup(m):
		v.fault(pointer("/options"), "no file system of cgroups has such options")
	case o.copyUp:
		v.fault(pointer("/options"), "tmpcopyup does not go together with options that only mount(2) takes")
	case o.propagation != 0:
		v.fault(pointer("/options"), "a propagation does not go together with options that only mount(2) takes")
	case len(strings.Join(o.data, ",")) >= pageSize:
		v.fault(pointer("/options"), "are together longer than the 4095 bytes that mount(2) takes")
	}
}

// pageSize is how much mount(2) reads of its data, with the NUL.
const pageSize = 4096

// mountOnProc lets nothing but a procfs stand for a procfs (CVE-2019-16884).
func (v *validation) mountOnProc(pointer func(string) string, at string, m *specs.Mount, o *mountOptions) {
	if at == "/proc" {
		if m.Type != "proc" && !binds(m, o) && !o.remount {
			v.fault(pointer("/type"), "only a procfs may be mounted on /proc")
		}
		return
	}
	if !strings.HasPrefix(at, "/proc/") || o.remount {
		return
	}
	for _, known := range underProc {
		if at == known {
			return
		}
	}
	v.fault(pointer("/destination"), printable(at)+" is inside of /proc, where only certain files may be mounted over")
}

// cloneSources clones what bind mounts show and init does not clone in its turn, while the
// host's paths are still the host's and tare has the host's privileges.
func (c *compiler) cloneSources() {
	for i := range c.entries {
		m := &c.entries[i]
		switch wanted, _ := idmap(m.Mount, &m.mountOptions); {
		case c.inTurn(m):
			continue
		case c.takes(m):
			c.cloneSource(c.cloner(), m)
		case m.bind || m.remount:
			continue
		case isCgroup(m.Mount):
			c.cloneCgroups(m)
		case wanted:
			c.makeDetached(plan.Parent, m) // the ids that are mapped are the host's
		}
		c.idmapSource(m)
	}
}

func (c *compiler) cloneSource(actor plan.Actor, m *mount) {
	m.clone = c.plan.Slot(m.pointer[1:])
	c.add(m.pointer, plan.Clone(actor, c.cloneOf(m, 0, fromBundle(m.Source, c.opts.Bundle)), m.clone))
}

// cloneOf is the clone that shows a bind mount's source with its final attributes.
func (c *compiler) cloneOf(m *mount, from plan.Slot, source string) plan.MountClone {
	now, _ := c.bindPropagation(m)
	return plan.MountClone{
		From: from, Path: source, Flags: m.source, Propagation: now,
		Set: m.top.set, Clear: m.top.clear, SetAll: m.tree.set, ClearAll: m.tree.clear,
	}
}

// bindPropagation is the option's, or else the root's: what the clone gets, and
// what has to wait until it is attached, 0 for nothing.
func (c *compiler) bindPropagation(m *mount) (now, late int64) {
	p := m.propagation
	if p == 0 {
		p = propagation(c.linux.RootfsPropagation)
		if p == 0 || p&plan.PropagationUnbindable != 0 {
			p = c.slaveOrPrivate()
		}
	}
	const slaves = plan.PropagationSlave | plan.PropagationRec
	switch {
	case p&plan.PropagationShared != 0 && (c.ns.user() || m.bind && !c.reachesHost()):
		// Shared from here on, and a slave of the host's. What root of a user namespace
		// mounts must never reach the host.
		return slaves, p
	case p&plan.PropagationShared != 0, p&plan.PropagationRec != 0, !m.recursive:
		return p, 0
	case p == plan.PropagationSlave:
		return slaves, 0
	}
	// The word is for the top alone; the rest would stay the host's peers.
	return slaves, p
}

// reachesHost says whether what the container mounts below a shared mount appears on the
// host as well: as with runc where the root is to be shared, too.
func (c *compiler) reachesHost() bool {
	return propagation(c.linux.RootfsPropagation)&plan.PropagationShared != 0
}

func (c *compiler) mounts() {
	for i := range c.entries {
		m := &c.entries[i]
		if isCgroup(m.Mount) && !m.bind {
			c.makeCgroupNamespace() // before the mount: what it shows is the namespace's
		}
		switch {
		case m.remount:
			c.remount(m)
		case c.linked(m) != "":
			c.add(m.pointer, plan.Symlink(c.root, m.at, c.linked(m)).Exact())
		case m.bind:
			c.bindMount(m)
		case isCgroup(m.Mount):
			c.cgroupMount(m)
		case m.needsLegacy():
			c.addContext(m)
			c.add(m.pointer, plan.MountLegacy(m.Type, m.Source, c.root, m.at, m.msFlags(), quoted(m.data), m.targetFlags()))
		default:
			c.newMount(m)
		}
	}
}

func (c *compiler) bindMount(m *mount) {
	if m.at == "/proc" {
		// By init, which looks whether it is a procfs (CVE-2019-16884).
		source := c.plan.Slot("source of " + m.pointer[1:])
		c.add(m.pointer, plan.OpenProcfs(fromBundle(m.Source, c.opts.Bundle), source))
		m.clone = c.plan.Slot(m.pointer[1:])
		c.add(m.pointer, plan.Clone(plan.Init, c.cloneOf(m, source, ""), m.clone))
	}
	c.add(m.pointer, plan.Attach(m.clone, c.root, m.at, m.targetFlags()))
	if _, late := c.bindPropagation(m); late != 0 {
		c.add(m.pointer, plan.Setattr(m.clone, 0, 0, 0, 0, late))
	}
}

// remount covers what is at the destination with a clone of itself that has
// other attributes: nobody sees a moment in between.
func (c *compiler) remount(m *mount) {
	m.clone = c.plan.Slot(m.pointer[1:])
	clone := plan.MountClone{
		From: c.root, Path: m.at, Flags: plan.CloneRecursive, Propagation: m.propagation,
		Set: m.top.set, Clear: m.top.clear, SetAll: m.tree.set, ClearAll: m.tree.clear,
	}
	c.add(m.pointer, plan.Clone(plan.Init, clone, m.clone))
	c.add(m.pointer, plan.Attach(m.clone, c.root, m.at, m.targetFlags()))
}

// newFileSystem is a new instance of a file system, still detached.
func (c *compiler) newFileSystem(m *mount) plan.FSMount {
	fs := plan.FSMount{
		Type: m.Type, Source: m.Source, Options: unquoted(m.data), Attrs: m.attrs(), Path: m.at, Propagation: m.propagation,
	}
	words := m.superWords()
	if fs.Attrs&plan.AttrRdonly != 0 && !pseudo(m.Type) {
		// A mount that is read-only could still write to its device.
		words = append(words, "ro")
	}
	if len(words) > 0 {
		fs.Options = append(words, fs.Options...)
	}
	if c.readonly(m) != fromTheStart {
		fs.Attrs &^= plan.AttrRdonly
	}
	return fs
}

// makeDetached makes a new instance of a file system, for init or the parent to attach.
func (c *compiler) makeDetached(actor plan.Actor, m *mount) {
	c.addContext(m)
	fs := c.newFileSystem(m)
	m.clone = c.plan.Slot(m.Type)
	_, byAttribute := labelled(m.Type)
	label := byAttribute && c.linux.MountLabel != ""
	var readonly int64
	if label { // its root gets it as an attribute, while it can be written to
		readonly = fs.Attrs & plan.AttrRdonly
		fs.Attrs &^= readonly
	}
	c.add(m.pointer, plan.MountDetached(actor, fs, m.clone))
	if label {
		c.add(mountLabelPointer, plan.Label(m.clone, c.linux.MountLabel))
	}
	if readonly != 0 {
		c.add(m.pointer, plan.Setattr(m.clone, readonly, 0, 0, 0, 0))
	}
}

// newMount mounts a new instance of a file system.
func (c *compiler) newMount(m *mount) {
	if m.copyUp {
		c.settle(m.pointer) // before the copy: its memory is the container's
	}
	if m.clone == 0 {
		c.makeDetached(plan.Init, m)
	}
	flags := m.targetFlags()
	switch c.readonly(m) {
	case takenOver:
		flags |= plan.TargetReadonly
	case atLast:
		c.late = append(c.late, late{m.pointer, m.clone})
	}
	c.add(m.pointer, plan.Attach(m.clone, c.root, m.at, flags))
}

// late is a mount that becomes read-only at last.
type late struct {
	pointer string
	mount   plan.Slot
}

// targetFlags refuses a /proc or /sys that is not an ordinary directory, where
// an image could lead the mount elsewhere (CVE-2019-19921).
func (m *mount) targetFlags() int64 {
	flags := m.target | m.heir()
	if !m.bind && (m.Type == "proc" || m.Type == "sysfs") || m.at == "/proc" || m.at == "/sys" {
		flags |= plan.TargetOrdinary
	}
	return flags
}

// pseudo says whether a file system has no device that "ro" would protect, and
// often one super block for all its mounts.
func pseudo(fstype string) bool {
	switch fstype {
	case "proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2":
		return true
	}
	return false
}

// maxOption is the length at which fsconfig(2) refuses a string.
const maxOption = 256

// needsLegacy says whether only mount(2) can carry the options.
func (m *mountOptions) needsLegacy() bool {
	if m.legacy != 0 {
		return true
	}
	for _, word := range m.data {
		if len(word) < maxOption {
			continue
		}
		name, value, _ := strings.Cut(word, "=")
		if len(name) >= maxOption || len(value) >= maxOption {
			return true
		}
	}
	return false
}
