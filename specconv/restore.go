package specconv

import (
	"path"
	"slices"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

// HostMount is a mount of the container that shows something of the host: what
// CRIU cannot make again on its own, and is given.
type HostMount struct {
	Pointer string
	// Destination is where the config puts it, absolute and clean.
	Destination string
	Readonly    bool
	// Null says that it masks a file, with the null device.
	Null bool
	slot plan.Slot
}

// HostMounts lists them. A mount that neither CRIU nor tare could make again gives *Faults.
func HostMounts(spec *specs.Spec, facts *Facts, opts *Options) ([]HostMount, error) {
	c, err := newRestorer(spec, facts, opts)
	if err != nil {
		return nil, err
	}
	c.readiness()
	c.cloneSources()
	c.cloneNodes()
	var faults []Fault
	for i := range c.entries {
		m := &c.entries[i]
		switch {
		case m.remount:
		case m.at == "/proc" && m.bind:
			faults = append(faults, Fault{m.pointer, "a bind mount of a procfs cannot be checkpointed: what it shows are other processes"})
		case !m.bind && m.clone != 0:
			faults = append(faults, Fault{m.pointer, "an idmapped new file system cannot be checkpointed"})
		}
	}
	if faults != nil {
		return nil, &Faults{faults}
	}
	return c.hostMounts(), nil
}

func newRestorer(spec *specs.Spec, facts *Facts, opts *Options) (*compiler, error) {
	c := newCompiler(spec, spec.Process, facts)
	if len(c.linux.NetDevices) > 0 && c.ns.made&plan.NewNetwork != 0 {
		return nil, &Faults{[]Fault{{netDevicesPointer, "cannot be checkpointed with the network namespace: CRIU makes no devices of the host again"}}}
	}
	c.opts, c.restoring = opts, true
	c.entries = readMounts(spec.Mounts)
	var err error
	c.cgroup, err = CgroupPaths(spec, facts, opts.ID)
	return c, err
}

// hostMounts lists them when their sources have been cloned, in the order of the config.
func (c *compiler) hostMounts() (list []HostMount) {
	for i := range c.entries {
		m := &c.entries[i]
		add := func(at string, slot plan.Slot) {
			list = append(list, HostMount{
				Pointer: m.pointer, Destination: at, slot: slot,
				Readonly: (m.top.set|m.tree.set)&plan.AttrRdonly != 0,
			})
		}
		switch {
		case m.bind && m.clone != 0:
			add(m.at, m.clone)
		case m.cgroups == nil:
		case c.showsVersion1(m):
			for n, h := range c.version1() {
				add(m.at+"/"+path.Base(h.Mountpoint), m.cgroups[n])
			}
		default:
			add(m.at, m.cgroups[0])
		}
	}
	if c.notify != 0 {
		list = append(list, HostMount{Destination: readinessPoint, Readonly: true, slot: c.notify})
	}
	for i := range c.nodes {
		if n := &c.nodes[i]; n.bind != 0 {
			list = append(list, HostMount{Pointer: n.pointer, Destination: n.path, slot: n.bind})
		}
	}
	for i, p := range c.linux.MaskedPaths {
		list = append(list, HostMount{Pointer: item(maskedPointer, i), Destination: path.Clean(p), Null: true})
	}
	return list
}

// Checkpointed is what a checkpoint says of a mount of the host.
type Checkpointed struct {
	Key string // what CRIU's images call it
	// Destination is as that of a HostMount, and Below the path from there: a
	// recursive bind mount is several mounts.
	Destination, Below string
}

// Point is a directory, or with File a file, of the root on which something is mounted.
type Point struct {
	Path string
	File bool
}

// RestoreOptions are the caller's choices for a container that is restored.
type RestoreOptions struct {
	Options
	// Images and Work are the absolute paths of the directories of the checkpoint and
	// of the log.
	Images, Work string
	// Mounts and Points are those that the container had.
	Mounts []Checkpointed
	Points []Point
	// CRIU is the program's absolute path, with its arguments from args[0] on and its
	// whole environment.
	CRIU                   string
	Arguments, Environment []string
	// Cgroups says what is done about the cgroups: soft, full, strict or ignore.
	Cgroups string
	// ShellJob leaves the container in the session of whoever restores it.
	ShellJob bool
}

// RestoredRoot, a name in the state directory, is where CRIU finds the root.
const RestoredRoot = "root"

// CompileRestore turns a config into the plan that restores its container from a
// checkpoint. A config that is wrong, or tells not where a mount comes from, gives *Faults.
func CompileRestore(spec *specs.Spec, facts *Facts, opts *RestoreOptions) (*plan.Plan, error) {
	if err := Validate(spec, facts); err != nil {
		return nil, err
	}
	c, err := newRestorer(spec, facts, &opts.Options)
	if err != nil {
		return nil, err
	}
	c.console = opts.ConsoleSocket
	// The socket itself is for whoever starts a program.
	c.opts.Await, c.opts.Notify = true, slices.ContainsFunc(opts.Mounts, func(m Checkpointed) bool { return m.Destination == readinessPoint })

	// The parent alone, as in Compile.
	c.poststop()
	c.claim()
	c.add("", plan.Keep(c.opts.StateDir+"/"+KeptConfig))
	if err := c.makeCgroup(); err != nil {
		return nil, err
	}
	if err := c.resctrl(); err != nil {
		return nil, err
	}
	c.deviceRules()
	c.openNamespaces()
	namespaces, err := c.passNamespaces()
	if err != nil {
		return nil, err
	}
	c.readiness()
	stage := c.plan.Slot("stage")
	c.add("", plan.MountDetached(plan.Parent, plan.FSMount{Type: "tmpfs", Source: "tmpfs", Options: []string{"mode=700"}, Path: opts.StateDir, Propagation: plan.PropagationPrivate}, stage))
	c.cloneRoot()
	c.cloneSources()
	c.cloneNodes()
	c.null = c.plan.Slot("null")
	c.add(maskedPointer, plan.Clone(plan.Parent, plan.MountClone{Path: "/dev/null", Propagation: c.slaveOrPrivate()}, c.null))
	sources, err := c.sources(opts.Mounts)
	if err != nil {
		return nil, err
	}
	unified := c.cloneYard(opts)
	inCgroup := opts.Cgroups == "ignore" // CRIU leaves its children where it is
	c.add("", plan.Spawn(plan.NewMount, inCgroup && c.born()))
	if inCgroup && c.moved() {
		c.enter()
		c.barrier(cgroupsPathPointer, 0)
	}

	c.becomeCRIU(stage, unified, sources, namespaces, opts)
	if len(c.plan.Slots) > plan.MaxSlots {
		return nil, &Faults{List: []Fault{{"/mounts", "has more entries than tare can hold open at once"}}}
	}
	return c.plan, nil
}

// becomeCRIU is init's part, and what the parent asks of the CRIU that it becomes.
func (c *compiler) becomeCRIU(stage, unified plan.Slot, sources []HostMount, namespaces []string, opts *RestoreOptions) {
	c.add("", plan.Signals())
	if !opts.ShellJob {
		c.session() // which with it is that of whoever restores
	}
	if c.process.SelinuxLabel != "" {
		c.openProcfs(selinuxPointer)
	}
	c.keyring() // CRIU makes none: the processes get that of theirs
	// What CRIU finds is arranged where nobody else sees it.
	c.add("", plan.Propagation(plan.PropagationSlave|plan.PropagationRec))
	c.add("", plan.Attach(stage, 0, opts.StateDir, 0))
	mounts := c.stage(stage, sources, opts)
	if unified != 0 {
		c.add(cgroupsPathPointer, plan.Attach(unified, stage, UnifiedYard, 0))
	}
	from, log := c.plan.Slot("images"), c.plan.Slot("log")
	c.handBack(opts.Images, from)
	c.handBack(opts.Work, log)
	// A process that had no supplementary groups CRIU leaves those that it has itself.
	c.add("", plan.User(0, 0, nil, true))
	c.add("", plan.CloseFds())
	c.add("", plan.Exec(opts.CRIU, []string{opts.CRIU}, opts.Arguments, opts.Environment))

	c.add("", plan.Restore(plan.Restoration{Images: opts.Images, From: from, Log: log, Mounts: mounts, Namespaces: namespaces, Cgroups: opts.Cgroups}))
	c.assign()                       // while the first process is the only one: the others inherit it
	c.hooks(Prestart, CreateRuntime) // with the namespaces made, and nothing run in them
	if c.process.Terminal {
		c.master = c.plan.Slot("master")
	}
	c.add("", plan.Processes(c.master))
	c.add("", plan.Verify()) // before anything runs
	if c.process.Terminal {
		c.add(terminalPointer, plan.SendTerminal(c.master, c.console))
	}
	if opts.PidfdSocket != "" {
		c.add("", plan.SendPidfd(opts.PidfdSocket, "standard"))
	}
	c.add("", plan.Publish(opts.StateDir+"/state.json"))
	c.add("", plan.Resume()) // last: what fails before leaves nothing that has run
}

// UnifiedYard is what CRIU calls the hierarchy of version 2 in its yard of cgroups,
// which is the stage.
const UnifiedYard = "unified"

// cloneYard keeps CRIU from a mount of its own of version 2: in the host's cgroup
// namespace that resets nsdelegate and what else the hierarchy has been mounted with.
func (c *compiler) cloneYard(opts *RestoreOptions) plan.Slot {
	unified, ok := c.cgroup.Unified()
	if !ok || opts.Cgroups == "ignore" {
		return 0
	}
	slot := c.plan.Slot("unified")
	c.add(cgroupsPathPointer, plan.Clone(plan.Parent, plan.MountClone{Path: unified.Mountpoint, Propagation: plan.PropagationPrivate}, slot))
	return slot
}

// handBack opens a directory as init sees it, for the parent: it is there that CRIU
// looks for the descriptors that it is told.
func (c *compiler) handBack(path string, out plan.Slot) {
	c.add("", plan.Open(path, out))
	c.barrier("", out)
}

// passNamespaces hands those that are joined to CRIU, which knows the others how
// to make. It has no words for the others. And as root of a user namespace it opens its
// images and the sources of mounts, which are in directories of the host's root alone.
func (c *compiler) passNamespaces() (list []string, err error) {
	var faults []Fault
	for i := range c.linux.Namespaces {
		if ns := &c.linux.Namespaces[i]; ns.Type == specs.UserNamespace && ns.Path == "" {
			faults = append(faults, Fault{item("/linux/namespaces", i), "a container in a user namespace of its own can be checkpointed, but CRIU cannot restore it: root of the namespace may not open the images"})
		}
	}
	for i := range c.ns.paths {
		n := &c.ns.paths[i]
		name := namespaceName(n.flag)
		switch n.flag {
		case plan.NewNetwork, plan.NewPID, plan.NewIPC, plan.NewUTS:
			c.add(n.pointer, plan.Pass(n.slot, NamespaceKey(name)))
			list = append(list, name+":"+n.path)
		default:
			faults = append(faults, Fault{n.pointer, "CRIU cannot restore a container into a " + name + " namespace that exists"})
		}
	}
	if faults != nil {
		return nil, &Faults{faults}
	}
	return list, nil
}

func namespaceName(flag int64) string {
	for i := range namespaceTypes {
		if namespaceTypes[i].flag == flag {
			return string(namespaceTypes[i].name)
		}
	}
	return ""
}

// JoinedNamespaces lists the types of those that a config gives by path.
func JoinedNamespaces(spec *specs.Spec) (names []string) {
	if spec.Linux == nil {
		return nil
	}
	for i := range spec.Linux.Namespaces {
		if ns := &spec.Linux.Namespaces[i]; ns.Path != "" {
			names = append(names, string(ns.Type))
		}
	}
	return names
}

// NamespaceKey is what the images of a checkpoint call a namespace that was joined.
func NamespaceKey(name string) string { return "tare-" + name }

// sources finds for each mount of the host in a checkpoint the clone that takes
// its place, by the place that it has in the container.
func (c *compiler) sources(wanted []Checkpointed) (list []HostMount, err error) {
	known := c.hostMounts()
	var faults []Fault
	for i := range wanted {
		w := &wanted[i]
		at := -1
		for n := range known {
			if known[n].Destination == w.Destination {
				at = n // the last of several, which covers the others
			}
		}
		if at < 0 {
			faults = append(faults, Fault{"/mounts", "have nothing for " + quote(w.Destination) + ", where the container had a mount of the host when it was checkpointed"})
			continue
		}
		if known[at].Null {
			known[at].slot = c.null
		}
		list = append(list, known[at])
	}
	if faults != nil {
		return nil, &Faults{faults}
	}
	return list, nil
}

// stage puts the root and the sources where CRIU finds them, and tells it where
// that is: by a number, for no name of the image or the config is to be part of it.
func (c *compiler) stage(stage plan.Slot, sources []HostMount, opts *RestoreOptions) (mounts []string) {
	c.add("/root/path", plan.Attach(c.root, stage, RestoredRoot, 0))
	for _, p := range opts.Points {
		like := plan.Slot(0)
		if p.File {
			like = c.null
		}
		c.add("/root/path", plan.Point(c.root, like, p.Path))
	}
	if c.spec.Root.Readonly {
		// CRIU pivots by way of this directory, and where it is missing makes one in the
		// root, which it cannot soon.
		c.add("/root/readonly", plan.Point(c.root, 0, "/tmp"))
		c.add("/root/readonly", plan.Setattr(c.root, plan.AttrRdonly, 0, 0, 0, 0))
	}
	places := map[plan.Slot]string{}
	for i := range sources {
		s := &sources[i]
		place, there := places[s.slot]
		if !there {
			place = strconv.Itoa(len(places))
			places[s.slot] = place
			attach := plan.Attach(s.slot, stage, place, 0)
			if s.Null {
				attach = attach.ThatIs(sIFCHR, plan.Makedev(1, 3))
			}
			c.add(s.Pointer, attach)
		}
		mounts = append(mounts, opts.Mounts[i].Key+":"+path.Join(opts.StateDir, place, opts.Mounts[i].Below))
	}
	return mounts
}
