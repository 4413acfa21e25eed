package specconv

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/plan"
)

// compiler carries a config through the passes, each of which appends steps.
type compiler struct {
	plan    *plan.Plan
	spec    *specs.Spec
	process *specs.Process
	linux   *specs.Linux
	facts   *Facts
	opts    *Options
	ns      namespaces
	cgroup  cgroups.Paths
	joining bool // the plan is of a process that joins a container
	// restoring says that the plan is of CRIU, which makes the container.
	restoring bool
	// hostProgram says that what joins is a program of the host, with all privileges.
	hostProgram bool
	// shed says that init has given up privileges before its fork.
	shed bool
	// noNewKeyring and console are of Options or ExecOptions.
	noNewKeyring bool
	console      string
	below        []string // see ExecOptions
	crowded      bool     // see oneProcess
	// scoped says that systemd makes the cgroup around init, and unit has the steps that are still to
	// do so. Never for CRIU, which enters the cgroup by itself, and never for exec.
	scoped bool
	unit   []plan.Step

	entries  []mount // of /mounts
	nodes    []node
	mapLater []*mount  // whose ids are mapped by init's own user namespace
	mappings []mapping // of all other mounts
	late     []late    // what becomes read-only at last
	rules    []string  // of devices, for a program that is still to be loaded
	loaded   bool      // and is still to be attached
	bareDev  bool      // /dev is the host's: no devices are made in it

	root, master, slave        plan.Slot
	null, proc, filter, listen plan.Slot
	notify                     plan.Slot

	barriers            int
	cgroupNamespaceMade bool
	settled             bool
	hasFilter           bool
}

// Compile turns a config into the plan that creates its container and executes
// its process. A config that is wrong gives *Faults with all that is wrong.
func Compile(spec *specs.Spec, facts *Facts, opts *Options) (*plan.Plan, error) {
	if err := Validate(spec, facts); err != nil {
		return nil, err
	}
	c := newCompiler(spec, spec.Process, facts)
	c.opts, c.noNewKeyring, c.console = opts, opts.NoNewKeyring, opts.ConsoleSocket
	c.entries = readMounts(spec.Mounts)
	var err error
	if c.cgroup, err = CgroupPaths(spec, facts, opts.ID); err != nil {
		return nil, err
	}

	c.scoped = c.fitsScope()

	// The parent alone.
	c.poststop() // before claim: its hooks run when all else has been undone
	c.claim()    // first: whoever has the directory has the id
	c.readiness()
	if err := c.makeCgroup(); err != nil {
		return nil, err // before spawn, or kept until then: see scoped
	}
	if err := c.resctrl(); err != nil {
		return nil, err
	}
	if c.mountsDevices() && !c.scoped {
		c.deviceRules() // before init opens one; else while it works
	}
	c.openNamespaces()    // before spawn: init is born with their descriptors
	c.clones(plan.Parent) // before spawn as well, and with the host's privileges
	c.spawn()

	// Init becomes who it is; the parent follows it.
	c.add("", plan.Signals())
	c.hostProcfs() // before another mount namespace is joined: it is the host's
	c.oomScoreOfUser()
	c.enterNamespaces()
	c.session() // after the fork: it is the last process that leads the session
	c.attend()  // after the barrier, if any: now init has its final pid
	c.keyring() // in the user namespace, to be owned by its users
	c.uts()
	c.loopback()

	c.fileTree()

	// The parent's last words, and the program.
	c.meet()
	c.await()
	c.hooks(StartContainer) // after all else: they find the container as its program will
	c.execute()
	c.hooks(Poststart)
	if len(c.plan.Slots) > plan.MaxSlots {
		return nil, &Faults{List: []Fault{{"/mounts", "has more entries than tare can hold open at once"}}}
	}
	return c.plan, nil
}

// fileTree is init's work on what the container sees of files.
func (c *compiler) fileTree() {
	c.detachPropagation() // before any mount, or the host would see it
	c.openHost()          // before pivot: these are the host's
	c.sysctls()           // with the namespaces made, through the host's procfs
	c.labels()            // before the last barrier: whoever waits for start holds no procfs
	c.makeMounts()        // before the root is attached, and could be a part of them
	c.attachRoot()
	c.mounts()
	c.attachReadiness()  // after the mounts: /run may be one
	c.workingDirectory() // after the mounts: it may lie on one; before the root is read-only
	c.devices()          // after the mounts: /dev is one
	c.deviceLinks()
	c.terminal()     // after the mounts: it comes from the container's devpts
	c.createHooks()  // before anything is read-only or hidden that they may work on
	c.coverPaths()   // after everything that is made below them
	c.lateReadonly() // after everything that is made in them
	c.changeRoot()
	c.rootPropagation() // after pivot_root(2), which refuses shared mounts
	// If no mount needed it. Before the last barrier: of what fails between
	// that and await nobody hears.
	c.makeCgroupNamespace()
	c.findProgram() // in its own root, with all that is mounted there
}

// CompileExec turns a process into the plan that executes it in the container
// that was made from spec. A process that is wrong gives *Faults.
func CompileExec(spec *specs.Spec, process *specs.Process, facts *Facts, opts *ExecOptions) (*plan.Plan, error) {
	if err := ValidateProcess(spec, process, facts); err != nil {
		return nil, err
	}
	c := newCompiler(spec, process, facts)
	c.joining, c.noNewKeyring, c.console = true, opts.NoNewKeyring, opts.ConsoleSocket
	c.opts = &Options{ID: opts.ID}
	if opts.Restored {
		c.ns.made |= plan.NewTime // with the offsets of where it was checkpointed
	}
	var err error
	if c.cgroup, err = CgroupPaths(spec, facts, opts.ID); err != nil {
		return nil, err
	}

	container := c.plan.Slot("container")
	c.add("", plan.OpenPidfd(opts.Pid, opts.Start, container))
	c.startAffinity() // before spawn: init gets it at birth
	spawn := plan.Spawn(0, c.born())
	switch {
	case !c.born():
	case len(opts.Below) > 0:
		spawn = spawn.Below(opts.Below)
	default:
		spawn = spawn.ElseWith(opts.Pid) // which a systemd in the container moves to a cgroup of its own
	}
	c.add("", spawn)
	c.below = opts.Below
	c.add("", plan.Signals())
	c.hostProcfs() // before the join, as well
	c.oomScoreOfUser()
	// Before the join: what is in the container must not look into a process
	// that still has the host's descriptors.
	c.add("", plan.Dumpable(0))
	c.joinContainer(container, opts.Pid, c.newMountNamespace())
	c.session() // after the fork: it is the last process that leads the session
	c.attend()  // after the barrier, if any: now init has its final pid
	c.keyring()
	c.labels()
	if process.Terminal {
		c.root = c.plan.Slot("root")
		c.add(terminalPointer, plan.Open("/", c.root)) // after the join: the container's
		c.terminal()
	}
	c.meetJoined(opts.PidFile, opts.PidfdSocket)
	c.execute()
	return c.plan, nil
}

func newCompiler(spec *specs.Spec, process *specs.Process, facts *Facts) *compiler {
	c := &compiler{plan: plan.New(), spec: spec, process: process, linux: spec.Linux, facts: facts}
	if c.linux == nil {
		c.linux = &specs.Linux{}
	}
	c.ns = namespacesOf(c.linux.Namespaces)
	c.hasFilter = c.linux.Seccomp != nil
	return c
}

func (c *compiler) add(pointer string, s plan.Step) { c.plan.Add(pointer, s) }

// barrier makes the actors meet; init hands over the descriptor in send, if any.
func (c *compiler) barrier(pointer string, send plan.Slot) {
	c.barriers++
	c.add(pointer, plan.Barrier(c.barriers, send))
}

func (c *compiler) claim() { c.add("", plan.Claim(c.opts.StateDir)) }

// meet is the last barrier: from here on the parent's work is done, and a
// created container waits for start without it.
func (c *compiler) meet() {
	c.barrier("", c.master)
	c.assign()
	c.limits()
	c.scheduling() // after the limits: they bound it where tare has no privileges
	if c.process.Terminal {
		c.add(terminalPointer, plan.SendTerminal(c.master, c.console))
	}
	if c.opts.PidfdSocket != "" {
		c.add("", plan.SendPidfd(c.opts.PidfdSocket, "standard"))
	}
	c.add("", plan.Publish(c.opts.StateDir+"/state.json")) // last: whoever reads it may rely on all the rest
}

// meetJoined is meet for a process that joins; where the parent has nothing to
// do or to say, they need not meet.
func (c *compiler) meetJoined(pidFile, pidfdSocket string) {
	p := c.process
	if len(p.Rlimits) == 0 && (p.OOMScoreAdj == nil || c.facts.EffectiveUID != 0) && !p.Terminal && !c.hasScheduling() && pidFile+pidfdSocket == "" && !c.hasFilter && !c.moved() && c.linux.IntelRdt == nil {
		return
	}
	c.barrier("", c.master)
	c.assign()
	c.limits()
	c.scheduling()
	if c.process.Terminal {
		c.add(terminalPointer, plan.SendTerminal(c.master, c.console))
	}
	if pidfdSocket != "" {
		c.add("", plan.SendPidfd(pidfdSocket, "setns"))
	}
	if pidFile != "" {
		c.add("", plan.Publish(pidFile))
	}
}

// attend is what the parent does while init works; it is done at the next barrier.
func (c *compiler) attend() {
	// First what takes long. What needs no cgroup is done while systemd makes it.
	c.startUnit()
	if !c.scoped {
		c.takeIn()
	}
	if !c.joining {
		c.add("", plan.Keep(c.opts.StateDir+"/"+KeptConfig))
	}
	if c.opts.Await {
		c.listen = c.plan.Slot("start")
		c.add("", plan.Listen(c.opts.StateDir+"/"+StartSocket, c.listen))
	}
	if c.hasFilter {
		c.compileFilter()
	}
	if c.scoped {
		c.loadRules()
		c.takeIn()
	}
}

// takeIn moves init into its cgroup, if it has to be moved and is not there yet, and gives that its
// device rules. The kernel waits for all processors to pass (an RCU grace period), some 10 ms,
// while init makes its mounts.
func (c *compiler) takeIn() {
	if c.moved() && !c.entersEarly() {
		c.enter()
	}
	c.deviceRules()
}

func (c *compiler) await() {
	if c.opts.Await {
		c.add("", plan.Await(c.listen))
	}
}
