package plan

// The constructors of init's steps and of those both actors know. A path is
// resolved inside dir, a slot that holds a directory, as if dir were the root
// (openat2(2), RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS).

// Barrier makes the actors meet: init says "at number" and waits; the parent
// does the steps of its own that follow, then says "go". Init hands over the
// descriptor in send, if any; the parent's go carries every slot that it
// assigned since it spawned init or last said go.
func Barrier(number int, send Slot) Step {
	return Step{Kind: KindBarrier, Actor: Both, N: [maxInts]int64{int64(number), int64(send)}}
}

// MountClone describes what the clone step makes: a detached copy of the mount
// at Path (open_tree(2), OPEN_TREE_CLONE), with its final attributes
// (mount_setattr(2)) set before anyone can see it.
type MountClone struct {
	From  Slot   // directory or file to clone; with 0, Path is the host's
	Path  string // absolute when From is 0; below From otherwise; may be empty to mean From itself
	Flags int64  // Clone*
	// Set and Clear change the mount itself, SetAll and ClearAll the whole tree.
	Set, Clear, SetAll, ClearAll int64
	Propagation                  int64
}

// Clone makes m and leaves it in out. Done by the parent it runs in the host's
// mount namespace with the host's privileges; done by init, in init's.
func Clone(actor Actor, m MountClone, out Slot) Step {
	return Step{
		Kind: KindClone, Actor: actor,
		N: [maxInts]int64{int64(m.From), int64(out), m.Flags, m.Set, m.Clear, m.SetAll, m.ClearAll, m.Propagation},
		S: [maxStrings]string{m.Path},
	}
}

// Dumpable sets PR_SET_DUMPABLE: 0 keeps processes that share a pid namespace
// with init away from its descriptors (CVE-2016-9962).
func Dumpable(value int) Step {
	return Step{Kind: KindDumpable, Actor: Init, N: [maxInts]int64{int64(value)}}
}

// Signals sets every signal's disposition to the default and empties the mask,
// so that nothing of tare's parents leaks in (signal(7): ignored ones survive execve).
func Signals() Step { return Step{Kind: KindSignals, Actor: Init} }

// Session makes init the leader of a new session (setsid(2)).
func Session() Step { return Step{Kind: KindSession, Actor: Init} }

// Keyring joins a new session keyring of that name (keyctl(2), KEYCTL_JOIN_SESSION_KEYRING).
// A kernel without keyrings (ENOSYS), or one that forbids them here (EPERM, EDQUOT is an error), has none to leak.
func Keyring(name string) Step {
	return Step{Kind: KindKeyring, Actor: Init, S: [maxStrings]string{name}}
}

// Join enters the namespaces in one setns(2): from holds a namespace file, or a
// pidfd for several at once. of says whose they are, for the reader.
func Join(from Slot, namespaces int64, of string) Step {
	return Step{Kind: KindJoin, Actor: Init, N: [maxInts]int64{int64(from), namespaces}, S: [maxStrings]string{of}}
}

// Unshare makes new namespaces with unshare(2); a new pid or time namespace
// holds for children only, so a fork must follow.
func Unshare(namespaces int64) Step {
	return Step{Kind: KindUnshare, Actor: Init, N: [maxInts]int64{namespaces}}
}

// Fork goes on in a child that is tare's child too (clone3(2), CLONE_PARENT) and
// lives in the pid namespace that was joined or unshared before. Init tells the
// parent its pid and pidfd, and ends.
func Fork() Step { return Step{Kind: KindFork, Actor: Init} }

// Loopback sets the device lo of a new network namespace up (netdevice(7)).
func Loopback() Step { return Step{Kind: KindLoopback, Actor: Init} }

// Hostname and Domainname call sethostname(2) and setdomainname(2).
func Hostname(name string) Step {
	return Step{Kind: KindHostname, Actor: Init, S: [maxStrings]string{name}}
}

// Domainname calls setdomainname(2).
func Domainname(name string) Step {
	return Step{Kind: KindDomainname, Actor: Init, S: [maxStrings]string{name}}
}

// Open opens an absolute path of init's present root with O_PATH.
func Open(path string, out Slot) Step {
	return Step{Kind: KindOpen, Actor: Init, N: [maxInts]int64{int64(out)}, S: [maxStrings]string{path}}
}

// OpenProcfs is Open for a mounted procfs: it checks the file system
// (fstatfs(2), PROC_SUPER_MAGIC) and that path is its root (inode 1).
func OpenProcfs(path string, out Slot) Step {
	return Step{Kind: KindOpenProcfs, Actor: Init, N: [maxInts]int64{int64(out)}, S: [maxStrings]string{path}}
}

// Write writes value to an existing file below dir in one write(2), without
// crossing mounts or following magic links (RESOLVE_BENEATH|RESOLVE_NO_XDEV|RESOLVE_NO_MAGICLINKS).
func Write(dir Slot, path, value string) Step {
	return Step{Kind: KindWrite, Actor: Init, N: [maxInts]int64{int64(dir)}, S: [maxStrings]string{path, value}}
}

// Propagation changes the propagation of every mount at and below /, so that
// what init unmounts stays mounted on the host (mount_namespaces(7)).
func Propagation(flags int64) Step {
	return Step{Kind: KindPropagation, Actor: Init, N: [maxInts]int64{flags}}
}

// FSMount is a new instance of a file system (fsopen(2), fsmount(2)).
type FSMount struct {
	Type, Source string
	Options      []string // "key=value" or "flag", for fsconfig(2)
	Attrs        int64    // Attr*
	Dir          Slot     // 0 leaves the mount detached, and Path is for the reader
	Path         string   // the target below Dir, made if missing
	Flags        int64    // Target*
	Propagation  int64
	Out          Slot // the mount, attached or not; 0 if no step needs it
}

// Mount makes m and attaches it.
func Mount(m FSMount) Step { return mount(Init, m) }

// MountDetached makes m and leaves it in out. Done by the parent it has the host's privileges and ids.
func MountDetached(actor Actor, m FSMount, out Slot) Step {
	m.Dir, m.Out, m.Flags = 0, out, 0
	return mount(actor, m)
}

func mount(actor Actor, m FSMount) Step {
	return Step{
		Kind: KindMount, Actor: actor,
		N: [maxInts]int64{int64(m.Dir), int64(m.Out), m.Attrs, m.Flags, m.Propagation},
		S: [maxStrings]string{m.Type, m.Source, m.Path}, L: [maxLists][]string{m.Options},
	}
}

// MountLegacy mounts with mount(2) onto a target descriptor: for options that
// fsconfig(2) cannot carry (strings of 256 bytes and more). flags are MS_*.
func MountLegacy(fstype, source string, dir Slot, path string, flags int64, data string, target int64) Step {
	return Step{
		Kind: KindMountLegacy, Actor: Init,
		N: [maxInts]int64{int64(dir), flags, target}, S: [maxStrings]string{fstype, source, path}, L: [maxLists][]string{{data}},
	}
}

// Attach moves a detached mount to a target below dir, which is made if missing
// (a directory for a directory, an empty file for anything else); with dir 0 the
// target is the absolute path of init's present root, and must exist.
func Attach(from, dir Slot, path string, flags int64) Step {
	return Step{Kind: KindAttach, Actor: Init, N: [maxInts]int64{int64(from), int64(dir), flags}, S: [maxStrings]string{path}}
}

// AttachOutside is the parent's Attach, to an absolute path in the mount namespace
// that it shares with init. Undo unmounts, and so does the container's deletion.
func AttachOutside(from Slot, path string) Step {
	s := Attach(from, 0, path, 0)
	s.Actor = Parent
	return s
}

// ThatIs makes an attach step refuse what is not the device of that type
// (S_IFCHR or S_IFBLK) and number: a host's path may lead anywhere.
func (s Step) ThatIs(kind uint32, dev uint64) Step {
	s.N[3], s.N[4] = int64(kind), int64(dev)
	return s
}

// Setattr changes attributes of the mount in from and of the tree below it.
func Setattr(from Slot, set, clear, setAll, clearAll, propagation int64) Step {
	return Step{Kind: KindSetattr, Actor: Init, N: [maxInts]int64{int64(from), set, clear, setAll, clearAll, propagation}}
}

// Label gives the root directory of the mount in from a label of SELinux, as its
// extended attribute security.selinux (xattr(7)).
func Label(from Slot, label string) Step {
	return Step{Kind: KindLabel, Actor: Init, N: [maxInts]int64{int64(from)}, S: [maxStrings]string{label}}
}

// Mkdir makes a directory and those above it that are missing (mode 0755); one that exists is left as it is.
func Mkdir(dir Slot, path string, mode uint32) Step {
	return Step{Kind: KindMkdir, Actor: Init, N: [maxInts]int64{int64(dir), int64(mode)}, S: [maxStrings]string{path}}
}

// Point makes what something is going to be mounted on: what like is, a directory or
// not, or with 0 a directory. What exists is left as it is.
func Point(dir, like Slot, path string) Step {
	return Step{Kind: KindPoint, Actor: Init, N: [maxInts]int64{int64(dir), int64(like)}, S: [maxStrings]string{path}}
}

// Symlink makes a symbolic link; one that exists with the same target is left as
// it is, anything else in its place is left as well (the image's own wins).
func Symlink(dir Slot, path, target string) Step {
	return Step{Kind: KindSymlink, Actor: Init, N: [maxInts]int64{int64(dir)}, S: [maxStrings]string{path, target}}
}

// Exact makes a Symlink fail where anything else is in its place.
func (s Step) Exact() Step {
	s.N[1] = symlinkExact
	return s
}

// Device makes a device node or fifo (mknod(2)) with exactly that mode (S_IFMT
// bits included), number and owner. A node of the same type and number that exists is kept;
// anything else in its place is an error.
func Device(dir Slot, path string, mode uint32, dev uint64, uid, gid uint32) Step {
	return Step{Kind: KindDevice, Actor: Init, N: [maxInts]int64{int64(dir), int64(mode), int64(dev), int64(uid), int64(gid)}, S: [maxStrings]string{path}}
}

// Mask hides a path: a file behind null, which must be the device 1:3; a directory
// behind an empty read-only tmpfs (with label as its context= option if set). A path that does not exist is fine.
func Mask(dir, null Slot, path, label string) Step {
	return Step{Kind: KindMask, Actor: Init, N: [maxInts]int64{int64(dir), int64(null)}, S: [maxStrings]string{path, label}}
}

// Readonly covers a path with a read-only clone of itself and what is below. A
// path that does not exist is fine.
func Readonly(dir Slot, path string) Step {
	return Step{Kind: KindReadonly, Actor: Init, N: [maxInts]int64{int64(dir)}, S: [maxStrings]string{path}}
}

// Terminal opens /dev/pts/ptmx below dir and its peer (TIOCGPTPEER, ioctl_tty(2)),
// checks both, sets the size unless it is 0x0 and gives the peer to uid.
func Terminal(dir, master, slave Slot, rows, columns uint16, uid uint32) Step {
	return Step{Kind: KindTerminal, Actor: Init, N: [maxInts]int64{int64(dir), int64(master), int64(slave), int64(rows), int64(columns), int64(uid)}}
}

// Control makes slave the controlling terminal and descriptors 0, 1 and 2.
func Control(slave Slot) Step {
	return Step{Kind: KindControl, Actor: Init, N: [maxInts]int64{int64(slave)}}
}

// Pivot makes root, which must be attached, the root of the mount namespace and
// unmounts the old one (pivot_root(2)). Like the other two changes of root it leaves init in /.
func Pivot(root Slot) Step {
	return Step{Kind: KindPivot, Actor: Init, N: [maxInts]int64{int64(root)}}
}

// MoveRoot is --no-pivot, for a host that runs from an initramfs: root, which must be attached over /, becomes the
// root directory. All other mounts go; where a user namespace holds them, every procfs and sysfs is covered.
func MoveRoot(root Slot) Step {
	return Step{Kind: KindMoveRoot, Actor: Init, N: [maxInts]int64{int64(root)}}
}

// Chroot changes the root directory only: for a joined mount namespace, whose other processes must keep theirs.
func Chroot(root Slot) Step {
	return Step{Kind: KindChroot, Actor: Init, N: [maxInts]int64{int64(root)}}
}

// Await waits for start to connect to the listening socket; from then on that
// connection is the session, and errors go to it.
func Await(listen Slot) Step {
	return Step{Kind: KindAwait, Actor: Init, N: [maxInts]int64{int64(listen)}}
}

// Chdir changes the working directory and checks that it lies inside the root
// (getcwd(2) starts with '/'; CVE-2024-21626).
func Chdir(path string) Step {
	return Step{Kind: KindChdir, Actor: Init, S: [maxStrings]string{path}}
}

// Stdio gives standard streams that are pipes, sockets or terminals to uid, so
// that a program which is not root can reopen /dev/stderr, and reopens those
// that are the null device as the container's own /dev/null (only if that is char 1:3).
func Stdio(uid uint32) Step {
	return Step{Kind: KindStdio, Actor: Init, N: [maxInts]int64{int64(uid)}}
}

// Umask sets the file mode creation mask.
func Umask(mask uint32) Step {
	return Step{Kind: KindUmask, Actor: Init, N: [maxInts]int64{int64(mask)}}
}

// Personality sets the execution domain, by number and by name, without flags (personality(2)).
func Personality(number int, domain string) Step {
	return Step{Kind: KindPersonality, Actor: Init, N: [maxInts]int64{int64(number)}, S: [maxStrings]string{domain}}
}

// NUMAPolicy is what set_mempolicy(2) takes.
type NUMAPolicy struct {
	Mode    string // the name of Number, for the reader
	Number  int64  // MPOL_*
	Flags   int64  // Memory*
	Nodes   string // Numbers for the reader, as the config has them
	Numbers []uint32
}

// MemoryPolicy sets from which NUMA nodes the process gets memory. Only it itself
// can do that, and only with nodes of its cpuset.
func MemoryPolicy(p NUMAPolicy) Step {
	return Step{Kind: KindMemoryPolicy, Actor: Init, N: [maxInts]int64{p.Number, p.Flags}, S: [maxStrings]string{p.Mode, p.Nodes}, IDs: p.Numbers}
}

// Bounding drops every capability outside keep from the bounding set.
func Bounding(keep uint64) Step {
	return Step{Kind: KindBounding, Actor: Init, N: [maxInts]int64{int64(keep)}}
}

// User sets all gids and uids; with setgroups, the supplementary groups as well.
// Permitted capabilities survive (PR_SET_KEEPCAPS) until caps.
func User(uid, gid uint32, groups []uint32, setgroups bool) Step {
	return Step{Kind: KindUser, Actor: Init, N: [maxInts]int64{int64(uid), int64(gid), flag(setgroups)}, IDs: groups}
}

// Caps sets the capability sets exactly (capset(2), PR_CAP_AMBIENT) and takes PR_SET_KEEPCAPS back.
func Caps(effective, permitted, inheritable, ambient uint64) Step {
	return Step{Kind: KindCaps, Actor: Init, N: [maxInts]int64{int64(effective), int64(permitted), int64(inheritable), int64(ambient)}}
}

// NoNewPrivs sets PR_SET_NO_NEW_PRIVS.
func NoNewPrivs() Step { return Step{Kind: KindNoNewPrivs, Actor: Init} }

// Seccomp installs the BPF in from with seccomp(2). The listener of a profile
// that notifies goes to the parent, which hands it to the agent at the path
// listener (seccomp_unotify(2)); "" for a profile that does not.
func Seccomp(from Slot, flags int64, listener string) Step {
	return Step{Kind: KindSeccomp, Actor: Init, N: [maxInts]int64{int64(from), flags}, S: [maxStrings]string{listener}}
}

// CloseFds marks every descriptor above the standard and preserved ones
// close-on-exec (close_range(2), CLOSE_RANGE_CLOEXEC).
func CloseFds() Step { return Step{Kind: KindCloseFds, Actor: Init} }

// Find fails where Exec is certain to: when none of paths, which are absolute, is
// there, or what is there no one could execute. Everything else, as whether the
// user may, is left to execve(2). name is the program as the config wrote it.
func Find(name string, paths []string) Step {
	return Step{Kind: KindFind, Actor: Init, S: [maxStrings]string{name}, L: [maxLists][]string{paths}}
}

// Exec replaces init by the first of paths that exists and can be executed, as
// execvp(3) searches; name is the program as the config wrote it.
func Exec(name string, paths, args, env []string) Step {
	return Step{Kind: KindExec, Actor: Init, S: [maxStrings]string{name}, L: [maxLists][]string{paths, args, env}}
}
