package plan

// The constructors of the parent's steps. Each says what the step does, what
// undoes it when a later step fails, and what it leaves in a slot.

// Claim makes the container's state directory, which claims its id: the step
// fails when it exists. Undo removes it.
func Claim(path string) Step {
	return Step{Kind: KindClaim, Actor: Parent, S: [maxStrings]string{path}}
}

// Keep writes the container's config to path in the state directory, for the verbs
// that come later. It goes with the directory.
func Keep(path string) Step {
	return Step{Kind: KindKeep, Actor: Parent, S: [maxStrings]string{path}}
}

// CgroupCreate makes the container's cgroup: directories has its path in each
// mounted hierarchy. Undo removes what was made.
func CgroupCreate(path string, directories []string) Step {
	return Step{Kind: KindCgroupCreate, Actor: Parent, S: [maxStrings]string{path}, L: [maxLists][]string{directories}}
}

// Enable names, for a CgroupCreate or a CgroupAdopt, the v2 controllers that its parents must
// hand down (cgroup.subtree_control, cgroups(7)).
func (s Step) Enable(controllers []string) Step {
	s.L[1] = controllers
	return s
}

// Scope starts a unit of systemd's for the container (systemd.scope(5)), whose
// cgroup becomes the container's; of the calling user's own systemd, or of the
// system's. Each property reads NAME=VALUE, the value in GVariant's text format. A
// process of tare's that does nothing keeps the unit alive until init is in it. Undo stops the unit.
func Scope(unit, slice string, user bool, properties []string) Step {
	return Step{
		Kind: KindScope, Actor: Parent, N: [maxInts]int64{flag(user)},
		S: [maxStrings]string{unit, slice}, L: [maxLists][]string{properties},
	}
}

// AroundInit begins, for a Scope, to start the unit with init as its process; the
// CgroupAdopt that follows waits until it is there.
func (s Step) AroundInit() Step {
	s.N[1] = 1
	return s
}

// CgroupAdopt is CgroupCreate for the cgroup that systemd has made for a Scope: it
// makes those in the hierarchies that systemd leaves alone. Undo kills what is in
// it, and removes what was made.
func CgroupAdopt(path string, directories []string) Step {
	return Step{Kind: KindCgroupAdopt, Actor: Parent, S: [maxStrings]string{path}, L: [maxLists][]string{directories}}
}

// CgroupWrite writes value to a control file of the container's cgroup in the
// hierarchy of controller. Undone by the removal of the cgroup.
func CgroupWrite(controller, file, value string) Step {
	return Step{Kind: KindCgroupWrite, Actor: Parent, S: [maxStrings]string{controller, file, value}}
}

// Else declares, for a CgroupWrite, what is written where the kernel has no such file.
func (s Step) Else(file, value string) Step {
	s.L[0] = []string{file, value}
	return s
}

// CheckUsage makes a CgroupWrite refuse a memory limit, in bytes, below what is
// in use, where the kernel would call the OOM killer.
func (s Step) CheckUsage() Step {
	s.N[0] = 1
	return s
}

// LoadDevices loads a device program made of rules (BPF_PROG_LOAD, bpf(2);
// BPF_PROG_TYPE_CGROUP_DEVICE), which takes no cgroup yet. A rule reads "allow c 1:3 rwm";
// the last that matches decides, and what none matches is denied.
func LoadDevices(rules []string) Step {
	return Step{Kind: KindLoadDevices, Actor: Parent, L: [maxLists][]string{rules}}
}

// CgroupDevices attaches the device program of the LoadDevices before it to the cgroup
// (BPF_PROG_ATTACH; cgroup v2).
func CgroupDevices() Step { return Step{Kind: KindCgroupDevices, Actor: Parent} }

// Beside leaves other programs attached, for a CgroupDevices: those of systemd, which
// attaches them anew at every daemon-reload. All have to agree.
func (s Step) Beside() Step {
	s.N[0] = 1
	return s
}

// CgroupEnter moves init into the cgroup by writing to cgroup.procs of every
// v1 hierarchy (cgroups(7)); v2 has no need of it, see Spawn.
func CgroupEnter() Step { return Step{Kind: KindCgroupEnter, Actor: Parent} }

// BySystemd has systemd do a CgroupEnter (AttachProcessesToUnit,
// org.freedesktop.systemd1(5)): it may take a process out of the part of the tree
// that its user was given, into which the user may not.
func (s Step) BySystemd() Step {
	s.N[0] = 1
	return s
}

// Below names, for a CgroupEnter or a Spawn, the directories that are meant
// instead of the container's own: cgroups below it.
func (s Step) Below(directories []string) Step {
	s.L[0] = directories
	return s
}

// OpenNamespace opens a namespace file and checks that it is one of the kind
// that kind names (NS_GET_NSTYPE, ioctl_ns(2)). A relative path is one of init's
// own, below its directory in the host's procfs. With other it must not be
// tare's own: the plan changes something in it.
func OpenNamespace(kind int64, path string, out Slot, other bool) Step {
	return Step{Kind: KindOpenNamespace, Actor: Parent, N: [maxInts]int64{kind, int64(out), flag(other)}, S: [maxStrings]string{path}}
}

// OpenPidfd opens the process pid, whose start time in clock ticks since boot
// (proc_pid_stat(5), field 22) must be start, so that a recycled pid is refused.
func OpenPidfd(pid int, start uint64, out Slot) Step {
	return Step{Kind: KindOpenPidfd, Actor: Parent, N: [maxInts]int64{int64(pid), int64(start), int64(out)}}
}

// Mapping makes a user namespace that stands for id mappings and has no
// processes: what mount_setattr(2) takes them from. Lines as for IDMap.
func Mapping(uids, gids []string, out Slot) Step {
	return Step{Kind: KindMapping, Actor: Parent, N: [maxInts]int64{int64(out)}, L: [maxLists][]string{uids, gids}}
}

// MountMapping is what the mountidmap step changes.
type MountMapping struct {
	Mount   Slot   // detached, as it must be
	Mapping Slot   // a user namespace
	Flags   int64  // CloneRecursive: the mounts below as well
	Path    string // where the mount goes, for the reader
	// Type and Source are what was mounted, or Source is what was cloned, to
	// find out which file system it is that refuses.
	Type, Source string
}

// MountIDMap maps the owners of a mount's files (mount_setattr(2),
// MOUNT_ATTR_IDMAP). The parent does it, since it takes CAP_SYS_ADMIN in the
// user namespace of the file system.
func MountIDMap(m MountMapping) Step {
	return Step{
		Kind: KindMountIDMap, Actor: Parent,
		N: [maxInts]int64{int64(m.Mount), int64(m.Mapping), m.Flags}, S: [maxStrings]string{m.Path, m.Type, m.Source},
	}
}

// NetDevice moves a device of tare's network namespace into another one, where it has
// that name, the addresses that are permanent and of global scope, and is up
// (runtime-spec, config-linux.md, Network Devices). In the name the kernel counts
// for a %d. Undo returns the device as it was, but without its routes.
func NetDevice(namespace Slot, device, name string) Step {
	return Step{Kind: KindNetDevice, Actor: Parent, N: [maxInts]int64{int64(namespace)}, S: [maxStrings]string{device, name}}
}

// Spawn starts init in new namespaces. With cgroup it begins life in the
// container's v2 cgroup (CLONE_INTO_CGROUP), so that nobody has to move it.
// Undo kills and reaps it.
func Spawn(namespaces int64, cgroup bool) Step {
	return Step{Kind: KindSpawn, Actor: Parent, N: [maxInts]int64{namespaces, flag(cgroup)}}
}

// ElseWith declares, for a Spawn, where init begins its life if the container's v2
// cgroup can have no processes since those below it have controllers (EBUSY,
// cgroups(7), "no internal processes"): in the cgroup of the process pid.
func (s Step) ElseWith(pid int) Step {
	s.N[2] = int64(pid)
	return s
}

// Listen makes the socket at which the created container waits for start.
func Listen(path string, out Slot) Step {
	return Step{Kind: KindListen, Actor: Parent, N: [maxInts]int64{int64(out)}, S: [maxStrings]string{path}}
}

// Filter fetches or compiles the seccomp profile into a file of BPF. size is
// shown to the reader: how much of a profile it is.
func Filter(out Slot, size string) Step {
	return Step{Kind: KindFilter, Actor: Parent, N: [maxInts]int64{int64(out)}, S: [maxStrings]string{size}}
}

// IDMap writes the user namespace's maps (user_namespaces(7)); each line reads
// "inside outside count". setgroups says whether setgroups(2) stays allowed,
// helpers (Newuidmap, Newgidmap) which maps are left to a privileged program.
func IDMap(uids, gids []string, setgroups bool, helpers int64) Step {
	return Step{Kind: KindIDMap, Actor: Parent, N: [maxInts]int64{flag(setgroups), helpers}, L: [maxLists][]string{uids, gids}}
}

// Rlimit sets a resource limit of init from outside (prlimit(2)), since raising
// one needs CAP_SYS_RESOURCE in the first user namespace. Numbers are RLIMIT_*
// and its unit; -1 is unlimited.
func Rlimit(resource int, name string, soft, hard uint64) Step {
	return Step{Kind: KindRlimit, Actor: Parent, N: [maxInts]int64{int64(resource), int64(soft), int64(hard)}, S: [maxStrings]string{name}}
}

// OOMScoreAdj writes init's oom_score_adj, -1000 to 1000 (proc_pid_oom_score_adj(5)).
func OOMScoreAdj(value int) Step {
	return Step{Kind: KindOOMScoreAdj, Actor: Parent, N: [maxInts]int64{int64(value)}}
}

// Affinity restricts init to the CPUs in numbers (sched_setaffinity(2)), or, with
// tare, the thread of tare that does the plan's steps, from which init inherits it
// at birth; that thread gets its own affinity back at the end. list is numbers
// for the reader, as the config has them.
func Affinity(tare bool, list string, numbers []uint32) Step {
	return Step{Kind: KindAffinity, Actor: Parent, N: [maxInts]int64{flag(tare)}, S: [maxStrings]string{list}, IDs: numbers}
}

// Scheduling is what sched_setattr(2) takes; times are in nanoseconds.
type Scheduling struct {
	Policy                    string // the name of Number, for the reader
	Number                    int64  // SCHED_*
	Flags                     int64  // Scheduler*
	Nice, Priority            int32
	Runtime, Deadline, Period uint64
}

// Scheduler sets init's scheduling policy from outside, since a real-time one
// needs CAP_SYS_NICE in the first user namespace.
func Scheduler(a Scheduling) Step {
	return Step{
		Kind: KindScheduler, Actor: Parent,
		N: [maxInts]int64{a.Number, a.Flags, int64(a.Nice), int64(a.Priority), int64(a.Runtime), int64(a.Deadline), int64(a.Period)},
		S: [maxStrings]string{a.Policy},
	}
}

// IOPriority sets the I/O scheduling class, by number and by name, and the level
// in it, 0 (highest) to 7, of init's process group (ioprio_set(2)), from outside
// for the same reason.
func IOPriority(number int, class string, level int) Step {
	return Step{Kind: KindIOPriority, Actor: Parent, N: [maxInts]int64{int64(number), int64(level)}, S: [maxStrings]string{class}}
}

// SendTerminal takes the master of the container's terminal from init and
// sends it to the console socket (one SCM_RIGHTS message), or keeps it for
// tare's own terminal when socket is empty.
func SendTerminal(master Slot, socket string) Step {
	return Step{Kind: KindSendTerminal, Actor: Parent, N: [maxInts]int64{int64(master)}, S: [maxStrings]string{socket}}
}

// SendPidfd sends a descriptor of init as a process (pidfd_open(2)) to the stream
// socket, in one message with SCM_RIGHTS whose text tells the receiver whose it is.
func SendPidfd(socket, message string) Step {
	return Step{Kind: KindSendPidfd, Actor: Parent, S: [maxStrings]string{socket, message}}
}

// Readiness makes the directory of the socket at which the program says that it is
// ready (sd_notify(3)), and with now the socket too, which otherwise whoever
// starts the container makes. Undo removes them.
func Readiness(path string, now bool) Step {
	return Step{Kind: KindReadiness, Actor: Parent, N: [maxInts]int64{flag(now)}, S: [maxStrings]string{path}}
}

// Publish records init's pid, so that other verbs find the container; path is
// state.json, or a pid file for a process that joins a container.
func Publish(path string) Step {
	return Step{Kind: KindPublish, Actor: Parent, S: [maxStrings]string{path}}
}

// Resctrl makes a group of tasks that share caches and memory bandwidth, with
// schemata in so many writes (Documentation/filesystems/resctrl.rst). Of a group that is there
// the schemata, if any are given, must be these; without mayMake it must be there.
// Undo removes one that it made and that nobody else uses.
func Resctrl(path string, schemata []string, mayMake bool) Step {
	return Step{Kind: KindResctrl, Actor: Parent, N: [maxInts]int64{flag(mayMake)}, S: [maxStrings]string{path}, L: [maxLists][]string{schemata}}
}

// Monitor makes a resctrl group that counts what its tasks use; it must be new.
// Undo removes it.
func Monitor(path string) Step {
	return Step{Kind: KindMonitor, Actor: Parent, S: [maxStrings]string{path}}
}

// Assign puts init, with whatever it starts, into a resctrl group. A monitoring
// group takes only who is in the group that it is part of already.
func Assign(path string) Step {
	return Step{Kind: KindAssign, Actor: Parent, S: [maxStrings]string{path}}
}

// Poststop promises that these hooks run when the container has been deleted,
// after whatever ends it. It comes before Claim, so that it is undone last: undo
// runs the hooks if the container had come to be.
func Poststop(paths []string) Step {
	return Step{Kind: KindPoststop, Actor: Parent, L: [maxLists][]string{paths}}
}

// Program is what a hook executes: a path, which is looked up nowhere, args from
// args[0] on and the whole environment. With a Timeout, in seconds, it is killed after that.
type Program struct {
	Path      string
	Args, Env []string
	Timeout   int
}

// Hook runs a program of the config beside the container and waits for it
// (runtime-spec, config.md, POSIX-platform Hooks): inside, in the container's
// namespaces, or on the host. After Await, whoever starts the container does it.
func Hook(stage string, inside bool, p Program) Step {
	return Step{
		Kind: KindHook, Actor: Parent, N: [maxInts]int64{int64(p.Timeout), flag(inside)},
		S: [maxStrings]string{stage, p.Path}, L: [maxLists][]string{p.Args, p.Env},
	}
}

// HookOf takes a Hook step apart.
func HookOf(s *Step) (stage string, inside bool, p Program) {
	return s.S[0], s.N[1] != 0, Program{Path: s.S[1], Args: s.L[0], Env: s.L[1], Timeout: int(s.N[0])}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
