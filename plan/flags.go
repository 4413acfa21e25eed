package plan

// The kernel's flag words as they stand in steps. They are kernel ABI and the
// same on every architecture; plan makes no syscalls and so names them itself.

// Namespaces, as clone(2), unshare(2) and setns(2) take them.
const (
	NewTime    = 0x00000080
	NewMount   = 0x00020000
	NewCgroup  = 0x02000000
	NewUTS     = 0x04000000
	NewIPC     = 0x08000000
	NewUser    = 0x10000000
	NewPID     = 0x20000000
	NewNetwork = 0x40000000
)

// Mount attributes, MOUNT_ATTR_* of mount_setattr(2). The access time is a
// value in AttrAtime's bits, not a flag: relatime is 0.
const (
	AttrRdonly      = 0x00000001
	AttrNosuid      = 0x00000002
	AttrNodev       = 0x00000004
	AttrNoexec      = 0x00000008
	AttrAtime       = 0x00000070
	AttrNoatime     = 0x00000010
	AttrStrictatime = 0x00000020
	AttrNodiratime  = 0x00000080
	AttrNosymfollow = 0x00200000
)

// Propagation types of mount_namespaces(7), as MS_* of mount(2).
const (
	PropagationUnbindable = 1 << 17
	PropagationPrivate    = 1 << 18
	PropagationSlave      = 1 << 19
	PropagationShared     = 1 << 20
	// PropagationRec makes the change apply to the whole tree (MS_REC).
	PropagationRec = 1 << 14
)

// Flags of the clone step.
const (
	CloneRecursive = 1 << iota // the mounts below come along (AT_RECURSIVE)
	CloneNofollow              // a symlink as the last component is not followed
)

// Flags of the attach and mount steps.
const (
	TargetNofollow = 1 << iota // a symlink as the last component of the target is refused
	// TargetOrdinary refuses a target that is reached through a symlink or is not a plain
	// directory: what /proc and /sys must be (CVE-2019-19921).
	TargetOrdinary
	TargetOver // a symlink as the last component of the target is what is mounted over
	// What a new mount takes over from the directory that is there already; one that is made has nothing.
	TargetMode   // the mode
	TargetOwner  // with TargetCopyUp: the owner
	TargetCopyUp // a copy of what is in it, but not of what is mounted there; and its times and extended attributes
	// TargetReadonly makes the mount read-only when it has taken over, before it is attached.
	TargetReadonly
)

// Programs that write id maps for an ordinary user, from /etc/subuid and /etc/subgid.
const (
	Newuidmap = 1 << iota // newuidmap(1)
	Newgidmap             // newgidmap(1)
)

// symlinkExact is a flag of the symlink step.
const symlinkExact = 1

// Flags of seccomp(2), SECCOMP_FILTER_FLAG_*.
const (
	SeccompTsync            = 1 << 0
	SeccompLog              = 1 << 1
	SeccompSpecAllow        = 1 << 2
	SeccompNewListener      = 1 << 3
	SeccompTsyncEsrch       = 1 << 4
	SeccompWaitKillableRecv = 1 << 5
)

// Flags of sched_setattr(2), SCHED_FLAG_*.
const (
	SchedulerResetOnFork  = 1 << 0
	SchedulerReclaim      = 1 << 1
	SchedulerDLOverrun    = 1 << 2
	SchedulerKeepPolicy   = 1 << 3
	SchedulerKeepParams   = 1 << 4
	SchedulerUtilClampMin = 1 << 5
	SchedulerUtilClampMax = 1 << 6
)

// Flags of a memory policy's mode, MPOL_F_* of set_mempolicy(2).
const (
	MemoryNUMABalancing = 1 << 13
	MemoryRelativeNodes = 1 << 14
	MemoryStaticNodes   = 1 << 15
)

// name is a bit and what a printed plan calls it.
type name struct {
	bits int64
	word string
}

// What systemd has to do with a step.
var (
	userNames   = []name{{1, "of this user"}}
	aroundNames = []name{{1, "around init"}}
	besideNames = []name{{1, "beside those of systemd"}}
	byNames     = []name{{1, "by systemd"}}
)

// otherNames says of a namespace that it must not be tare's own.
var otherNames = []name{{1, "must not be the host's"}}

var namespaceNames = []name{
	{NewPID, "pid"},
	{NewMount, "mount"},
	{NewIPC, "ipc"},
	{NewUTS, "uts"},
	{NewNetwork, "network"},
	{NewUser, "user"},
	{NewCgroup, "cgroup"},
	{NewTime, "time"},
}

var attrNames = []name{
	{AttrRdonly, "ro"},
	{AttrNosuid, "nosuid"},
	{AttrNodev, "nodev"},
	{AttrNoexec, "noexec"},
	{AttrNoatime, "noatime"},
	{AttrStrictatime, "strictatime"},
	{AttrNodiratime, "nodiratime"},
	{AttrNosymfollow, "nosymfollow"},
}

var propagationNames = []name{
	{PropagationUnbindable, "unbindable"},
	{PropagationPrivate, "private"},
	{PropagationSlave, "slave"},
	{PropagationShared, "shared"},
	{PropagationRec, "recursive"},
}

var cloneNames = []name{{CloneRecursive, "recursive"}, {CloneNofollow, "nofollow"}}

var helperNames = []name{{Newuidmap, "newuidmap"}, {Newgidmap, "newgidmap"}}

var targetNames = []name{{TargetNofollow, "nofollow"}, {TargetOrdinary, "ordinary"}, {TargetOver, "over"}, {TargetMode, "mode"}, {TargetOwner, "owner"}, {TargetCopyUp, "copyup"}, {TargetReadonly, "readonly"}}

var symlinkNames = []name{{symlinkExact, "exact"}}

var seccompNames = []name{
	{SeccompTsync, "tsync"},
	{SeccompLog, "log"},
	{SeccompSpecAllow, "spec-allow"},
	{SeccompNewListener, "new-listener"},
	{SeccompTsyncEsrch, "tsync-esrch"},
	{SeccompWaitKillableRecv, "wait-killable-recv"},
}

var schedulerNames = []name{
	{SchedulerResetOnFork, "reset-on-fork"},
	{SchedulerReclaim, "reclaim"},
	{SchedulerDLOverrun, "dl-overrun"},
	{SchedulerKeepPolicy, "keep-policy"},
	{SchedulerKeepParams, "keep-params"},
	{SchedulerUtilClampMin, "util-clamp-min"},
	{SchedulerUtilClampMax, "util-clamp-max"},
}

var memoryPolicyNames = []name{
	{MemoryNUMABalancing, "numa-balancing"},
	{MemoryRelativeNodes, "relative-nodes"},
	{MemoryStaticNodes, "static-nodes"},
}

// capabilityNames are the names of capabilities(7) in bit order, without CAP_.
var capabilityNames = [...]string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
	"setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
	"ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod",
	"lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
	"wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
}

// Capability returns the bit number of a capability by its name in
// capabilities(7), with or without CAP_ and in any case; ok is false for a
// name this version does not know.
func Capability(word string) (bit uint, ok bool) {
	if len(word) > 4 && fold(word[:4], "cap_") {
		word = word[4:]
	}
	for i, n := range capabilityNames {
		if fold(word, n) {
			return uint(i), true
		}
	}
	return 0, false
}

// Capabilities is how many capabilities this version knows by name.
const Capabilities = len(capabilityNames)

// CapabilityName is the inverse of Capability, in the spec's form (CAP_CHOWN).
func CapabilityName(bit int) string {
	b := []byte("CAP_" + capabilityNames[bit])
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// fold says whether s, in any case, is the lower-case word.
func fold(s, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
