package specconv

import (
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

// namespaces is /linux/namespaces as flag words.
type namespaces struct {
	made, joined int64
	paths        []joined
}

// joined is a namespace that is given by path.
type joined struct {
	flag    int64
	path    string
	pointer string
	slot    plan.Slot
}

func (n *namespaces) has(flag int64) bool { return (n.made|n.joined)&flag != 0 }

// user says whether the process lives in a user namespace of its container.
func (n *namespaces) user() bool { return n.has(plan.NewUser) }

// hostMounts says whether the mount namespace is the one that tare is in: "if a
// namespace type is not specified, the container MUST inherit the runtime
// namespace of that type" (config-linux.md, Namespaces).
func (n *namespaces) hostMounts() bool { return !n.has(plan.NewMount) }

// apart says whether namespaces must be entered one by one by init, instead of
// being born in them: one that is joined is entered with the privileges that
// init has before it is in a user namespace of the container.
func (n *namespaces) apart() bool {
	return n.joined&plan.NewUser != 0 || n.made&plan.NewUser != 0 && n.joined != 0
}

// forks says whether the program needs a second process: a pid namespace that
// is joined or unshared, and a time namespace, are for children (pid_namespaces(7), time_namespaces(7)).
func (n *namespaces) forks() bool {
	return n.joined&plan.NewPID != 0 || n.made&plan.NewTime != 0 || n.apart() && n.made&plan.NewPID != 0
}

// atBirth are the namespaces that init is born in.
func (n *namespaces) atBirth() int64 {
	if n.apart() {
		return 0
	}
	// clone(2) has no flag for a time namespace, and the root of a cgroup
	// namespace is where its maker is: init is not there yet (cgroup_namespaces(7)).
	flags := n.made &^ (plan.NewTime | plan.NewCgroup)
	if n.forks() {
		flags &^= plan.NewPID // the child is to be process 1
	}
	return flags
}

// namespaceTypes are the types of runtime-spec, in the order of their flags' use.
var namespaceTypes = [...]struct {
	name specs.LinuxNamespaceType
	flag int64
}{
	{specs.CgroupNamespace, plan.NewCgroup},
	{specs.IPCNamespace, plan.NewIPC},
	{specs.MountNamespace, plan.NewMount},
	{specs.NetworkNamespace, plan.NewNetwork},
	{specs.PIDNamespace, plan.NewPID},
	{specs.TimeNamespace, plan.NewTime},
	{specs.UserNamespace, plan.NewUser},
	{specs.UTSNamespace, plan.NewUTS},
}

// Namespaces lists the types that a config may have, for the features verb.
func Namespaces() []string {
	names := make([]string, 0, len(namespaceTypes))
	for i := range namespaceTypes {
		names = append(names, string(namespaceTypes[i].name))
	}
	return names
}

func namespaceFlag(name specs.LinuxNamespaceType) int64 {
	for i := range namespaceTypes {
		if namespaceTypes[i].name == name {
			return namespaceTypes[i].flag
		}
	}
	return 0
}

const namespacesPointer = "/linux/namespaces"

func namespacesOf(list []specs.LinuxNamespace) namespaces {
	var n namespaces
	for i := range list {
		flag := namespaceFlag(list[i].Type)
		if list[i].Path == "" {
			n.made |= flag
			continue
		}
		n.joined |= flag
		n.paths = append(n.paths, joined{flag: flag, path: list[i].Path, pointer: item(namespacesPointer, i)})
	}
	return n
}

func (v *validation) namespaces() {
	var seen int64
	for i := range v.linux.Namespaces {
		ns := &v.linux.Namespaces[i]
		flag := namespaceFlag(ns.Type)
		switch {
		case flag == 0:
			v.fault(item(namespacesPointer, i)+"/type", "unknown namespace "+quote(string(ns.Type)))
		case seen&flag != 0:
			v.fault(item(namespacesPointer, i), "the "+string(ns.Type)+" namespace is there twice")
		case ns.Path != "" && ns.Path[0] != '/':
			v.fault(item(namespacesPointer, i)+"/path", "must be absolute, not "+quote(ns.Path))
		}
		seen |= flag
		v.text(ns.Path, item(namespacesPointer, i)+"/path")
	}
	if v.ns.hostMounts() && (v.ns.user() || v.facts.EffectiveUID != 0 || v.facts.ForeignMounts) {
		v.fault(namespacesPointer, "a mount namespace must be among them: only root can make a container's mounts in that of the host")
	}
	v.privilegesOfMaker()
	v.mappings()
	v.timeOffsets()
}

// mappings checks the id maps against user_namespaces(7).
func (v *validation) mappings() {
	made := v.ns.made&plan.NewUser != 0
	for _, m := range []struct {
		name string
		list []specs.LinuxIDMapping
	}{{"/linux/uidMappings", v.linux.UIDMappings}, {"/linux/gidMappings", v.linux.GIDMappings}} {
		switch {
		case len(m.list) > 0 && !v.ns.user():
			v.fault(m.name, "needs a user namespace")
		case len(m.list) == 0 && made:
			v.fault(m.name, "must be set for a new user namespace")
		}
		v.mappingList(m.name, m.list)
	}
}

// maxMappings is how many lines a map may have (user_namespaces(7), Linux 4.15).
const maxMappings = 340

func (v *validation) mappingList(name string, list []specs.LinuxIDMapping) {
	if len(list) > maxMappings {
		v.fault(name, "has "+strconv.Itoa(len(list))+" entries, more than the 340 that the kernel takes")
		return
	}
	const (
		end    = 1 << 32
		beyond = "with size goes beyond the largest id, 4294967294"
	)
	overlap := func(a, b, n, m uint32) bool {
		return uint64(a) < uint64(b)+uint64(m) && uint64(b) < uint64(a)+uint64(n)
	}
	for i := range list {
		m := &list[i]
		switch {
		case m.Size == 0:
			v.fault(item(name, i)+"/size", "must not be 0")
		case uint64(m.ContainerID)+uint64(m.Size) >= end:
			v.fault(item(name, i)+"/containerID", beyond)
		case uint64(m.HostID)+uint64(m.Size) >= end:
			v.fault(item(name, i)+"/hostID", beyond)
		}
		for j := range list[:i] {
			o := &list[j]
			if overlap(m.ContainerID, o.ContainerID, m.Size, o.Size) || overlap(m.HostID, o.HostID, m.Size, o.Size) {
				v.fault(item(name, i), "overlaps with entry "+strconv.Itoa(j))
			}
		}
	}
}

func (c *compiler) openNamespaces() {
	for i := range c.ns.paths {
		n := &c.ns.paths[i]
		n.slot = c.plan.Slot("namespace " + strconv.Itoa(i))
		c.add(n.pointer, plan.OpenNamespace(n.flag, n.path, n.slot, c.changes()&n.flag != 0))
	}
}

// changes are the namespaces in which the plan changes what all their processes see.
func (c *compiler) changes() int64 {
	var flags int64
	if c.spec.Hostname != "" || c.spec.Domainname != "" {
		flags |= plan.NewUTS
	}
	if len(c.linux.NetDevices) > 0 {
		flags |= plan.NewNetwork
	}
	for name := range c.linux.Sysctl {
		flag, _ := sysctlNamespace(sysctlPath(name))
		flags |= flag
	}
	return flags
}

func (c *compiler) spawn() {
	c.add(namespacesPointer, plan.Spawn(c.ns.atBirth(), c.born()))
}

// enterNamespaces brings init into what it was not born in.
func (c *compiler) enterNamespaces() {
	if c.ns.joined&(plan.NewPID|plan.NewUser) != 0 {
		// Before the join: its other processes could look into init.
		c.add("", plan.Dumpable(0))
	}
	c.join()
	// After the joins: what is made belongs to the user namespace that init is in by then.
	made := c.ns.made &^ c.ns.atBirth() &^ plan.NewCgroup
	if made != 0 {
		c.add(namespacesPointer, plan.Unshare(made))
	}
	c.timeOffsets() // before the fork: they are fixed once a process is in the namespace
	// After join and unshare: the child is the one whom they concern.
	if c.ns.forks() {
		c.add(namespacesPointer, plan.Fork())
	}
	mapped := c.ns.made&plan.NewUser != 0
	// After the fork: its message tells the parent the pid to use from now on.
	if mapped || c.ns.forks() && c.moved() || c.entersEarly() || len(c.linux.NetDevices) > 0 {
		c.barrier("", 0)
	}
	if mapped {
		c.add("/linux/uidMappings", plan.IDMap(mapLines(c.linux.UIDMappings), mapLines(c.linux.GIDMappings), c.setgroups(), mapHelpers(c.linux, c.facts)))
		c.idmapByOwn()
	}
	c.enterEarly()
	c.netDevices()
	// With the ids that tare has, which the host's files are for, and the
	// privileges that init has in its own mount namespace.
	c.clones(plan.Init)
	c.becomeRoot()
}

// becomeRoot makes init root of the container's user namespace. After the
// mapping: an id that is not mapped can own nothing.
func (c *compiler) becomeRoot() {
	if c.ns.user() {
		c.add("/linux/uidMappings", plan.User(insideRoot(c.linux.UIDMappings), insideRoot(c.linux.GIDMappings), nil, c.dropsGroups()))
	}
}

// entersEarly says whether init must be moved into its cgroup before
// it becomes root of its user namespace: an ordinary user can move processes
// that have its own uid (cgroup1_procs_write). Neither does systemd move others for it.
// And before it opens a device, if there are rules of devices.
func (c *compiler) entersEarly() bool {
	if c.scoped && (unprivileged(c.facts) || c.mountsDevices()) {
		return true
	}
	return c.onVersion1() && c.facts.EffectiveUID != 0 || c.outside() && c.moved()
}

func (c *compiler) enterEarly() {
	if !c.entersEarly() {
		return
	}
	if c.scoped && c.mountsDevices() {
		c.startUnit() // which takes longer
		c.loadRules()
	}
	c.enter()
	c.settled = true // init is at the barrier before
	if c.mountsDevices() {
		c.deviceRules()
	}
}

// join enters namespaces in an order in which each is permitted: the right to
// enter one is held in the user namespace that owns it (setns(2)). Root of the
// host holds it before it is in another user namespace; any other user only
// after that.
func (c *compiler) join() {
	order := [2]int64{^int64(plan.NewUser), plan.NewUser}
	if c.facts.EffectiveUID != 0 {
		order[0], order[1] = order[1], order[0]
	}
	for _, pass := range order {
		for i := range c.ns.paths {
			if n := &c.ns.paths[i]; n.flag&pass != 0 {
				c.add(n.pointer, plan.Join(n.slot, n.flag, n.path))
			}
		}
	}
}

// joinContainer enters all namespaces of a container at once: no process is ever
// in some of them only. whole says that the container's root is that of its mount namespace.
func (c *compiler) joinContainer(container plan.Slot, pid int, whole bool) {
	flags := c.ns.made | c.ns.joined
	if flags == 0 {
		// setns(2) takes no fewer than one: the host's uts namespace, in which
		// init is already, so that nothing changes.
		flags = plan.NewUTS
	}
	if whole {
		c.add(namespacesPointer, plan.Join(container, flags, c.opts.ID))
	} else {
		// setns(2) leads to the root of the mount namespace, which is not the
		// container's in one that it has joined: see changeRoot. And while it is
		// made, something may be mounted over the root that init has. Before the
		// join, in the host's procfs; that the join succeeds shows that the pid
		// was the container's when it was looked up.
		root := c.plan.Slot("container's root")
		c.add(namespacesPointer, plan.Open("/proc/"+strconv.Itoa(pid)+"/root", root))
		c.add(namespacesPointer, plan.Join(container, flags, c.opts.ID))
		c.add(namespacesPointer, plan.Chroot(root))
	}
	if flags&plan.NewPID != 0 {
		c.shedPrivileges()                    // before the fork: nobody in the container sees init yet
		c.add(namespacesPointer, plan.Fork()) // after the join: the child is in the pid namespace
	}
	// After the fork: its message tells the parent the pid to use.
	if c.moved() && flags&plan.NewPID != 0 || c.entersEarly() {
		c.barrier("", 0)
	}
	c.enterEarly()
	c.becomeRoot()
}

// mapLines are the lines of a map: "inside outside count".
func mapLines(list []specs.LinuxIDMapping) []string {
	lines := make([]string, len(list))
	for i, m := range list {
		b := strconv.AppendUint(make([]byte, 0, 32), uint64(m.ContainerID), 10)
		b = strconv.AppendUint(append(b, ' '), uint64(m.HostID), 10)
		lines[i] = string(strconv.AppendUint(append(b, ' '), uint64(m.Size), 10))
	}
	return lines
}

// insideRoot is the id that sets the container up: 0 if it is mapped, else the
// first that is, since files cannot be made by one that is not. A joined
// namespace whose maps the config does not tell has 0.
func insideRoot(list []specs.LinuxIDMapping) uint32 {
	if len(list) == 0 || mapped(list, 0) {
		return 0
	}
	return list[0].ContainerID
}

// mapped says whether an id inside is mapped.
func mapped(list []specs.LinuxIDMapping, id uint32) bool {
	for i := range list {
		if m := &list[i]; id >= m.ContainerID && uint64(id) < uint64(m.ContainerID)+uint64(m.Size) {
			return true
		}
	}
	return false
}
