package plan

// Kind names a kind of step: a row of the table below.
type Kind uint16

// The kinds, in table order; the numbers go over the wire.
const (
	KindNone Kind = iota
	// What the parent does around init.
	KindClaim
	KindScope
	KindCgroupAdopt
	KindCgroupCreate
	KindCgroupWrite
	KindLoadDevices
	KindCgroupDevices
	KindCgroupEnter
	KindOpenNamespace
	KindOpenPidfd
	KindMapping
	KindSpawn
	KindListen
	KindFilter
	KindIDMap
	KindRlimit
	KindOOMScoreAdj
	KindSendTerminal
	KindSendPidfd
	KindReadiness
	KindKeep
	KindPublish
	KindAffinity
	KindScheduler
	KindIOPriority
	KindPoststop
	KindHook
	KindMountIDMap
	KindResctrl
	KindMonitor
	KindAssign
	KindPass
	KindRestore
	KindProcesses
	KindVerify
	KindResume
	KindNetDevice
	// What either may do.
	KindClone
	KindMount
	// Where they meet.
	KindBarrier
	// What init does.
	KindDumpable
	KindSignals
	KindSession
	KindKeyring
	KindJoin
	KindUnshare
	KindFork
	KindLoopback
	KindHostname
	KindDomainname
	KindOpen
	KindOpenProcfs
	KindWrite
	KindPropagation
	KindMountLegacy
	KindAttach
	KindSetattr
	KindLabel
	KindMkdir
	KindPoint
	KindSymlink
	KindDevice
	KindMask
	KindReadonly
	KindTerminal
	KindControl
	KindPivot
	KindMoveRoot
	KindChroot
	KindPersonality
	KindMemoryPolicy
	KindFind
	KindAwait
	KindChdir
	KindStdio
	KindUmask
	KindBounding
	KindUser
	KindCaps
	KindNoNewPrivs
	KindSeccomp
	KindCloseFds
	KindExec
	kindCount
)

// form is how an integer operand is shown, and whether it is a slot.
type form uint8

const (
	decimal form = iota
	number       // decimal, with a sign, and not shown when it is 0
	octal
	yesno
	slotIn  // a slot this step reads
	slotOut // a slot this step assigns
	bits    // a flag word with names
	atime   // MOUNT_ATTR_*: names, with the access time as a value
	device  // a dev_t in the encoding of mknod(2)
	caps    // a set of capabilities, bit n is capability n
)

// operand is one integer of a step.
type operand struct {
	name  string
	form  form
	names []name // for bits
}

// row describes a kind: who may do it, what its operands are called, and the
// words for it. text is the sentence that both the printed plan and errors use
// ("cannot " + text); more is detail for the printed plan alone. Both name
// operands in braces.
type row struct {
	word   string
	actors Actor
	n      []operand
	s      []string
	l      []string
	ids    string
	text   string
	more   string
	// each is the part of text that differs between steps that a printed plan
	// may put into one line; apart keeps those of different fields apart.
	each  string
	apart bool
	whole bool // all of a list is printed, not its beginning
}

// table is the one schema of a plan. Its order is that of the constants above.
var table = [kindCount]row{
	KindClaim:         {word: "claim", actors: Parent, s: []string{"path"}, text: "claim the state directory {path}"},
	KindScope:         {word: "scope", actors: Parent, n: []operand{{"user", bits, userNames}, {"around", bits, aroundNames}}, s: []string{"unit", "slice"}, l: []string{"properties"}, whole: true, text: "start the unit {unit} of systemd in {slice}", more: "{user}; {around}; {properties}"},
	KindCgroupAdopt:   {word: "adopt", actors: Parent, s: []string{"path"}, l: []string{"directories", "controllers"}, text: "take over the cgroup {path} of that unit", more: "{directories}; enable {controllers}"},
	KindCgroupCreate:  {word: "cgroup", actors: Parent, s: []string{"path"}, l: []string{"directories", "controllers"}, text: "create cgroup {path}", more: "{directories}; enable {controllers}"},
	KindCgroupWrite:   {word: "limit", actors: Parent, n: []operand{{"check", yesno, nil}}, s: []string{"controller", "file", "value"}, l: []string{"fallback"}, text: "set {file} to {value}", more: "else {fallback}", each: "{value}"},
	KindLoadDevices:   {word: "rules", actors: Parent, l: []string{"rules"}, text: "load the device rules", more: "{rules}"},
	KindCgroupDevices: {word: "devices", actors: Parent, n: []operand{{"beside", bits, besideNames}}, text: "attach the device rules to the cgroup", more: "{beside}"},
	KindCgroupEnter:   {word: "enter", actors: Parent, n: []operand{{"by", bits, byNames}}, l: []string{"below"}, text: "move init into the cgroup", more: "{by}; {below}"},
	KindOpenNamespace: {word: "namespace", actors: Parent, n: []operand{{"flag", bits, namespaceNames}, {"out", slotOut, nil}, {"other", bits, otherNames}}, s: []string{"path"}, text: "open the {flag} namespace {path}", more: "{other}"},
	KindOpenPidfd:     {word: "pidfd", actors: Parent, n: []operand{{"pid", decimal, nil}, {"start", decimal, nil}, {"out", slotOut, nil}}, text: "open process {pid}"},
	KindMapping:       {word: "mapping", actors: Parent, n: []operand{{"out", slotOut, nil}}, l: []string{"uids", "gids"}, text: "make a user namespace for mappings", more: "uids {uids}; gids {gids}"},
	KindSpawn:         {word: "spawn", actors: Parent, n: []operand{{"namespaces", bits, namespaceNames}, {"cgroup", yesno, nil}, {"else", number, nil}}, l: []string{"below"}, text: "start init", more: "new: {namespaces}; in its cgroup: {cgroup}; {below}; else in that of process {else}"},
	KindListen:        {word: "listen", actors: Parent, n: []operand{{"out", slotOut, nil}}, s: []string{"path"}, text: "listen for start on {path}"},
	KindFilter:        {word: "filter", actors: Parent, n: []operand{{"out", slotOut, nil}}, s: []string{"size"}, text: "compile the seccomp profile", more: "{size}"},
	KindIDMap:         {word: "idmap", actors: Parent, n: []operand{{"setgroups", yesno, nil}, {"helpers", bits, helperNames}}, l: []string{"uids", "gids"}, text: "write the user namespace's id mappings", more: "uids {uids}; gids {gids}; setgroups: {setgroups}; with {helpers}"},
	KindRlimit:        {word: "rlimit", actors: Parent, n: []operand{{"resource", decimal, nil}, {"soft", decimal, nil}, {"hard", decimal, nil}}, s: []string{"name"}, text: "set {name} to {soft}:{hard}"},
	KindOOMScoreAdj:   {word: "oom", actors: Parent, n: []operand{{"value", decimal, nil}}, text: "set oom_score_adj to {value}"},
	KindSendTerminal:  {word: "terminal", actors: Parent, n: []operand{{"master", slotIn, nil}}, s: []string{"socket"}, text: "hand the terminal over", more: "{master} to {socket}"},
	KindKeep:          {word: "keep", actors: Parent, s: []string{"path"}, text: "keep the config in {path}"},
	KindPublish:       {word: "publish", actors: Parent, s: []string{"path"}, text: "record the container in {path}"},
	KindPoststop:      {word: "poststop", actors: Parent, l: []string{"paths"}, text: "keep the poststop hooks for the container's end", more: "{paths}"},
	KindHook:          {word: "hook", actors: Parent, n: []operand{{"timeout", number, nil}, {"inside", yesno, nil}}, s: []string{"stage", "path"}, l: []string{"args", "env"}, text: "run the {stage} hook {path}", more: "args {args} env {env} timeout {timeout}; in the container: {inside}"},

	KindSendPidfd: {word: "sendpidfd", actors: Parent, s: []string{"socket", "message"}, text: "send a pidfd of init to {socket}"},
	KindReadiness: {word: "readiness", actors: Parent, n: []operand{{"now", yesno, nil}}, s: []string{"path"}, text: "make the directory of the readiness socket {path}", more: "and the socket: {now}"},

	KindAffinity: {word: "affinity", actors: Parent, n: []operand{{"tare", yesno, nil}}, s: []string{"cpus"}, ids: "numbers", text: "set the CPU affinity to {cpus}", more: "of tare itself: {tare}"},
	KindScheduler: {
		word: "scheduler", actors: Parent,
		n: []operand{{"policy", decimal, nil}, {"flags", bits, schedulerNames}, {"nice", number, nil}, {"priority", number, nil}, {"runtime", number, nil}, {"deadline", number, nil}, {"period", number, nil}},
		s: []string{"name"}, text: "set the scheduling policy to {name}", more: "nice {nice} priority {priority} runtime {runtime} deadline {deadline} period {period} {flags}",
	},
	KindIOPriority: {word: "ioprio", actors: Parent, n: []operand{{"class", decimal, nil}, {"level", decimal, nil}}, s: []string{"name"}, text: "set the I/O priority to {name} {level}"},

	KindResctrl: {word: "resctrl", actors: Parent, n: []operand{{"make", yesno, nil}}, s: []string{"path"}, l: []string{"schemata"}, text: "use the resctrl group {path}", more: "schemata {schemata}; make it: {make}"},
	KindMonitor: {word: "monitor", actors: Parent, s: []string{"path"}, text: "make the monitoring group {path}"},
	KindAssign:  {word: "assign", actors: Parent, s: []string{"path"}, text: "put init into the resctrl group {path}"},

	KindMountIDMap: {
		word: "mountidmap", actors: Parent,
		n: []operand{{"mount", slotIn, nil}, {"mapping", slotIn, nil}, {"flags", bits, cloneNames}},
		s: []string{"path", "type", "source"}, text: "idmap {path}", more: "{mount} by {mapping} {flags}",
	},
	KindPass:      {word: "pass", actors: Parent, n: []operand{{"from", slotIn, nil}}, s: []string{"key"}, text: "pass {from} on to CRIU", more: "as {key}"},
	KindRestore:   {word: "restore", actors: Parent, n: []operand{{"from", slotIn, nil}, {"log", slotIn, nil}}, s: []string{"images", "cgroups"}, l: []string{"mounts", "namespaces"}, text: "have CRIU make the namespaces of {images}", more: "mounts {mounts}; join {namespaces}; cgroups: {cgroups}"},
	KindProcesses: {word: "processes", actors: Parent, n: []operand{{"master", slotOut, nil}}, text: "have CRIU restore the processes", more: "terminal → {master}"},
	KindVerify:    {word: "verify", actors: Parent, text: "compare the mounts with those that were checkpointed"},
	KindResume:    {word: "resume", actors: Parent, text: "let the processes run"},
	KindNetDevice: {word: "netdevice", actors: Parent, n: []operand{{"namespace", slotIn, nil}}, s: []string{"device", "name"}, text: "move the network device {device} into the container", more: "to {namespace} as {name}"},
	KindClone: {
		word: "clone", actors: Both,
		n: []operand{
			{"from", slotIn, nil},
			{"out", slotOut, nil},
			{"flags", bits, cloneNames},
			{"set", atime, nil},
			{"clear", atime, nil},
			{"rset", atime, nil},
			{"rclear", atime, nil},
			{"propagation", bits, propagationNames},
		},
		s: []string{"path"}, text: "clone the mount of {from}{path}", more: "{flags} {set} clear {clear} all {rset} clear all {rclear} {propagation}",
		each: "{from}{path}", apart: true,
	},
	KindMount: {
		word: "mount", actors: Both,
		n: []operand{{"dir", slotIn, nil}, {"out", slotOut, nil}, {"attrs", atime, nil}, {"flags", bits, targetNames}, {"propagation", bits, propagationNames}},
		s: []string{"type", "source", "path"}, l: []string{"options"},
		text: "mount {type} on {path}", more: "{attrs} {options} {propagation} {flags}",
		each: "{path}", apart: true,
	},
	KindBarrier: {word: "barrier", actors: Both, n: []operand{{"barrier", decimal, nil}, {"send", slotIn, nil}}, text: "meet at barrier {barrier}", more: "send {send}"},

	KindDumpable:    {word: "dumpable", actors: Init, n: []operand{{"value", decimal, nil}}, text: "set dumpable to {value}"},
	KindSignals:     {word: "signals", actors: Init, text: "reset signal handling to the default"},
	KindSession:     {word: "session", actors: Init, text: "start a session"},
	KindKeyring:     {word: "keyring", actors: Init, s: []string{"name"}, text: "join a new session keyring {name}"},
	KindJoin:        {word: "join", actors: Init, n: []operand{{"from", slotIn, nil}, {"namespaces", bits, namespaceNames}}, s: []string{"path"}, text: "join the {namespaces} namespace of {path}", more: "{from}"},
	KindUnshare:     {word: "unshare", actors: Init, n: []operand{{"namespaces", bits, namespaceNames}}, text: "make a new {namespaces} namespace"},
	KindFork:        {word: "fork", actors: Init, text: "continue in a child process"},
	KindLoopback:    {word: "loopback", actors: Init, text: "bring up the loopback device"},
	KindHostname:    {word: "hostname", actors: Init, s: []string{"name"}, text: "set the hostname to {name}"},
	KindDomainname:  {word: "domainname", actors: Init, s: []string{"name"}, text: "set the domain name to {name}"},
	KindOpen:        {word: "open", actors: Init, n: []operand{{"out", slotOut, nil}}, s: []string{"path"}, text: "open {path}"},
	KindOpenProcfs:  {word: "procfs", actors: Init, n: []operand{{"out", slotOut, nil}}, s: []string{"path"}, text: "open the procfs {path}"},
	KindWrite:       {word: "write", actors: Init, n: []operand{{"dir", slotIn, nil}}, s: []string{"path", "value"}, text: "write {value} to {path}", more: "under {dir}"},
	KindPropagation: {word: "propagation", actors: Init, n: []operand{{"flags", bits, propagationNames}}, text: "make the mounts under / {flags}"},
	KindMountLegacy: {
		word: "mount2", actors: Init,
		n: []operand{{"dir", slotIn, nil}, {"flags", decimal, nil}, {"target", bits, targetNames}},
		s: []string{"type", "source", "path"}, l: []string{"data"},
		text: "mount {type} on {path}", more: "with mount(2): flags {flags} {data} {target}",
	},
	KindAttach: {
		word: "attach", actors: Both,
		n: []operand{{"from", slotIn, nil}, {"dir", slotIn, nil}, {"flags", bits, targetNames}, {"type", octal, nil}, {"device", device, nil}},
		s: []string{"path"}, text: "attach {from} to {path}", more: "{flags}",
		each: "{from} to {path}", apart: true,
	},
	KindSetattr: {
		word: "setattr", actors: Init,
		n:    []operand{{"from", slotIn, nil}, {"set", atime, nil}, {"clear", atime, nil}, {"rset", atime, nil}, {"rclear", atime, nil}, {"propagation", bits, propagationNames}},
		text: "set {set}{propagation} on {from}", more: "clear {clear} all {rset} clear all {rclear}",
	},
	KindLabel:    {word: "label", actors: Init, n: []operand{{"from", slotIn, nil}}, s: []string{"label"}, text: "label {from} {label}"},
	KindMkdir:    {word: "mkdir", actors: Init, n: []operand{{"dir", slotIn, nil}, {"mode", octal, nil}}, s: []string{"path"}, text: "make the directory {path}", more: "mode {mode}"},
	KindPoint:    {word: "point", actors: Init, n: []operand{{"dir", slotIn, nil}, {"like", slotIn, nil}}, s: []string{"path"}, text: "make the mount point {path}", each: "{path}"},
	KindSymlink:  {word: "symlink", actors: Init, n: []operand{{"dir", slotIn, nil}, {"flags", bits, symlinkNames}}, s: []string{"path", "target"}, text: "link {path} to {target}", more: "{flags}", each: "{path} to {target}"},
	KindDevice:   {word: "device", actors: Init, n: []operand{{"dir", slotIn, nil}, {"mode", octal, nil}, {"device", device, nil}, {"uid", decimal, nil}, {"gid", decimal, nil}}, s: []string{"path"}, text: "make the device {path} {device}", more: "mode {mode} owner {uid}:{gid}", each: "{path} {device}"},
	KindMask:     {word: "mask", actors: Init, n: []operand{{"dir", slotIn, nil}, {"null", slotIn, nil}}, s: []string{"path", "label"}, text: "mask {path}", more: "{label}", each: "{path}"},
	KindReadonly: {word: "readonly", actors: Init, n: []operand{{"dir", slotIn, nil}}, s: []string{"path"}, text: "make {path} read-only", each: "{path}"},
	KindTerminal: {word: "pty", actors: Init, n: []operand{{"dir", slotIn, nil}, {"master", slotOut, nil}, {"slave", slotOut, nil}, {"rows", decimal, nil}, {"columns", decimal, nil}, {"uid", decimal, nil}}, text: "make a terminal", more: "{rows}x{columns} owner {uid}"},
	KindControl:  {word: "control", actors: Init, n: []operand{{"slave", slotIn, nil}}, text: "make the terminal the controlling one and the standard streams"},
	KindPivot:    {word: "pivot", actors: Init, n: []operand{{"root", slotIn, nil}}, text: "pivot to the new root and drop the host's mounts"},
	KindMoveRoot: {word: "moveroot", actors: Init, n: []operand{{"root", slotIn, nil}}, text: "move the new root over / and change into it"},
	KindChroot:   {word: "chroot", actors: Init, n: []operand{{"root", slotIn, nil}}, text: "change the root directory"},

	KindPersonality: {word: "personality", actors: Init, n: []operand{{"domain", decimal, nil}}, s: []string{"name"}, text: "set the personality to {name}"},
	KindMemoryPolicy: {
		word: "mempolicy", actors: Init,
		n: []operand{{"mode", decimal, nil}, {"flags", bits, memoryPolicyNames}},
		s: []string{"name", "nodes"}, ids: "numbers", text: "set the memory policy to {name}", more: "nodes {nodes} {flags}",
	},

	KindFind:       {word: "find", actors: Init, s: []string{"name"}, l: []string{"paths"}, text: "find the program {name}"},
	KindAwait:      {word: "await", actors: Init, n: []operand{{"listen", slotIn, nil}}, text: "wait for start"},
	KindChdir:      {word: "chdir", actors: Init, s: []string{"path"}, text: "change the working directory to {path}"},
	KindStdio:      {word: "stdio", actors: Init, n: []operand{{"uid", decimal, nil}}, text: "give the standard streams to uid {uid}"},
	KindUmask:      {word: "umask", actors: Init, n: []operand{{"mask", octal, nil}}, text: "set the umask to {mask}"},
	KindBounding:   {word: "bounding", actors: Init, n: []operand{{"keep", caps, nil}}, text: "reduce the capability bounding set", more: "to {keep}"},
	KindUser:       {word: "user", actors: Init, n: []operand{{"uid", decimal, nil}, {"gid", decimal, nil}, {"setgroups", yesno, nil}}, ids: "groups", text: "become uid {uid} gid {gid}", more: "groups {groups} set: {setgroups}"},
	KindCaps:       {word: "caps", actors: Init, n: []operand{{"effective", caps, nil}, {"permitted", caps, nil}, {"inheritable", caps, nil}, {"ambient", caps, nil}}, text: "set the capabilities", more: "effective {effective}; permitted {permitted}; inheritable {inheritable}; ambient {ambient}"},
	KindNoNewPrivs: {word: "nonewprivs", actors: Init, text: "set no_new_privs"},
	KindSeccomp:    {word: "seccomp", actors: Init, n: []operand{{"from", slotIn, nil}, {"flags", bits, seccompNames}}, s: []string{"listener"}, text: "install the seccomp filter", more: "{flags} listener to {listener}"},
	KindCloseFds:   {word: "closefds", actors: Init, text: "close every descriptor of tare on exec"},
	KindExec:       {word: "exec", actors: Init, s: []string{"name"}, l: []string{"paths", "args", "env"}, text: "execute {name}", more: "args {args} env {env}"},
}

// Word is the kind's short name, as printed and as in errors ("step 11, attach").
func (k Kind) Word() string {
	if k == KindNone || k >= kindCount {
		return "BUG: no such step"
	}
	return table[k].word
}

// Kinds returns every kind, in table order.
func Kinds() []Kind {
	ks := make([]Kind, 0, kindCount-1)
	for k := KindNone + 1; k < kindCount; k++ {
		ks = append(ks, k)
	}
	return ks
}
