package specconv

import (
	"path"
	"strconv"
	"strings"

	"github.com/tare-oci/tare/plan"
)

// resourceLimits are the resources of setrlimit(2) with the numbers they have
// on the architectures that tare is built for (asm-generic/resource.h).
var resourceLimits = [...]struct {
	name   string
	number int
}{
	{"RLIMIT_AS", 9},
	{"RLIMIT_CORE", 4},
	{"RLIMIT_CPU", 0},
	{"RLIMIT_DATA", 2},
	{"RLIMIT_FSIZE", 1},
	{"RLIMIT_LOCKS", 10},
	{"RLIMIT_MEMLOCK", 8},
	{"RLIMIT_MSGQUEUE", 12},
	{"RLIMIT_NICE", 13},
	{"RLIMIT_NOFILE", 7},
	{"RLIMIT_NPROC", 6},
	{"RLIMIT_RSS", 5},
	{"RLIMIT_RTPRIO", 14},
	{"RLIMIT_RTTIME", 15},
	{"RLIMIT_SIGPENDING", 11},
	{"RLIMIT_STACK", 3},
}

func resourceLimit(name string) (number int, ok bool) {
	for i := range resourceLimits {
		if resourceLimits[i].name == name {
			return resourceLimits[i].number, true
		}
	}
	return 0, false
}

const (
	rlimitsPointer = "/process/rlimits"
	oomPointer     = "/process/oomScoreAdj"
	argsPointer    = "/process/args"
	envPointer     = "/process/env"
)

func (v *validation) limits() {
	seen := 0
	for i := range v.process.Rlimits {
		r := &v.process.Rlimits[i]
		number, ok := resourceLimit(r.Type)
		switch {
		case !ok:
			v.fault(item(rlimitsPointer, i)+"/type", "unknown resource limit "+quote(r.Type))
			continue
		case seen>>number&1 != 0:
			v.fault(item(rlimitsPointer, i)+"/type", r.Type+" is there twice")
		case r.Soft > r.Hard:
			v.fault(item(rlimitsPointer, i)+"/soft", "must not be greater than hard")
		}
		seen |= 1 << number
	}
	if adj := v.process.OOMScoreAdj; adj != nil && (*adj < -1000 || *adj > 1000) {
		v.fault(oomPointer, "must be between -1000 and 1000, not "+strconv.Itoa(*adj))
	}
}

// limits are set from outside: to raise one takes privileges that init may not
// have in its user namespace. At the last barrier, since they hold for init as
// well, which has many descriptors open before.
func (c *compiler) limits() {
	for i := range c.process.Rlimits {
		r := &c.process.Rlimits[i]
		number, _ := resourceLimit(r.Type)
		c.add(item(rlimitsPointer, i), plan.Rlimit(number, r.Type, r.Soft, r.Hard))
	}
	if c.process.OOMScoreAdj != nil && c.facts.EffectiveUID == 0 {
		c.add(oomPointer, plan.OOMScoreAdj(*c.process.OOMScoreAdj))
	}
}

// oomScoreOfUser is set while init is as it was started: once it cannot be
// dumped, or has other ids, its files in /proc are no longer those of an
// ordinary user (proc_pid(5)).
func (c *compiler) oomScoreOfUser() {
	if c.process.OOMScoreAdj != nil && c.facts.EffectiveUID != 0 {
		c.barrier(oomPointer, 0)
		c.add(oomPointer, plan.OOMScoreAdj(*c.process.OOMScoreAdj))
	}
}

// program checks what is executed, with what and where.
func (v *validation) program() {
	p := v.process
	switch {
	case len(p.Args) == 0:
		v.fault(argsPointer, "must name a program")
	case p.Args[0] == "":
		v.fault("/process/args/0", "must not be empty")
	}
	for i, arg := range p.Args {
		v.text(arg, argsPointer, i)
	}
	for i, entry := range p.Env {
		if at := strings.IndexByte(entry, '='); at <= 0 {
			v.fault(item(envPointer, i), "must be NAME=VALUE, not "+quote(entry))
		}
		v.text(entry, envPointer, i)
	}
	if !path.IsAbs(p.Cwd) {
		v.fault("/process/cwd", "must be an absolute path, not "+quote(p.Cwd))
	}
	v.text(p.Cwd, "/process/cwd")
	if p.CommandLine != "" {
		v.fault("/process/commandLine", "is for Windows: set args")
	}
}

// workingDirectory makes it, as images expect.
func (c *compiler) workingDirectory() {
	if cwd := path.Clean(c.process.Cwd); cwd != "/" {
		c.add("/process/cwd", plan.Mkdir(c.root, cwd, 0o755))
	}
}

// defaultUmask is what runc gives to a process whose config has none.
const defaultUmask = 0o022

// findProgram lets create fail where start would: engines make other exit codes of
// it. Whoever runs the program at once hears of it anyway, and a startContainer hook
// may be what brings it.
func (c *compiler) findProgram() {
	p := c.process
	if !c.opts.Await || c.spec.Hooks != nil && len(c.spec.Hooks.StartContainer) > 0 {
		return
	}
	paths := search(p.Args[0], p.Env)
	for i, file := range paths {
		if !path.IsAbs(file) {
			paths[i] = p.Cwd + "/" + file // as it is: a link before .. counts
		}
	}
	c.add(argsPointer, plan.Find(p.Args[0], paths))
}

// execute turns init into the program.
func (c *compiler) execute() {
	c.become()
	p := c.process
	env := environment(append(p.Env[:len(p.Env):len(p.Env)], c.service()...), c.facts.Home)
	c.add(argsPointer, plan.Exec(p.Args[0], search(p.Args[0], env), p.Args, env))
}

// become gives init all that the program is to have.
func (c *compiler) become() {
	p := c.process
	// With all privileges still: directories above it may be closed to the
	// user. Where it is /, init is there already.
	if cwd := path.Clean(p.Cwd); cwd != "/" {
		c.add("/process/cwd", plan.Chdir(cwd))
	}
	umask := uint32(defaultUmask)
	if p.User.Umask != nil {
		umask = *p.User.Umask
	}
	c.add("/process/user/umask", plan.Umask(umask))
	c.domain() // before a filter that may forbid it
	if !c.shed {
		c.streams() // before the privilege to give them away is gone
	}
	c.add("", plan.CloseFds()) // before a filter that may forbid it
	if p.NoNewPrivileges {
		c.add("/process/noNewPrivileges", plan.NoNewPrivs()) // before the filter that relies on it
	}
	sets := c.capabilities()
	c.add(capabilitiesPointer+"/bounding", plan.Bounding(sets.bounding)) // while CAP_SETPCAP is there
	c.seccomp(false)
	c.add("/process/user", plan.User(p.User.UID, p.User.GID, c.groups(), c.dropsGroups()))
	// After the user: setuid(2) clears the effective set.
	c.add(capabilitiesPointer, plan.Caps(sets.effective, sets.permitted, sets.inheritable, sets.ambient))
	c.seccomp(true)
}

// streams gives the standard streams to the user; a terminal has its owner already.
func (c *compiler) streams() {
	if !c.process.Terminal {
		c.add("/process/user/uid", plan.Stdio(c.process.User.UID))
	}
}

// environment is the config's, in which the last entry of a name holds, and
// HOME, which programs rely on, from the passwd file where the config has none.
func environment(list []string, home string) []string {
	env := make([]string, 0, len(list)+1)
	last := lastOfName(list)
	hasHome := false
	for i, entry := range list {
		if last(i) {
			env = append(env, entry)
			hasHome = hasHome || strings.HasPrefix(entry, "HOME=")
		}
	}
	if hasHome {
		return env
	}
	if home == "" {
		home = "/"
	}
	return append(env, "HOME="+home)
}

// fewEntries is up to where comparing all names is cheaper than a map of them.
const fewEntries = 48

// lastOfName says of an entry whether none with its name follows.
func lastOfName(list []string) func(i int) bool {
	name := func(entry string) string { return entry[:strings.IndexByte(entry, '=')+1] }
	if len(list) <= fewEntries {
		return func(i int) bool {
			n := name(list[i])
			for _, later := range list[i+1:] {
				if strings.HasPrefix(later, n) {
					return false
				}
			}
			return true
		}
	}
	last := make(map[string]int, len(list))
	for i, entry := range list {
		last[name(entry)] = i
	}
	return func(i int) bool { return last[name(list[i])] == i }
}

// defaultPath is where execvp(3) searches without PATH.
const defaultPath = "/bin:/usr/bin"

// search lists where the program may be: the name itself if it has a slash,
// which counts from the working directory, or it in each directory of PATH, of
// which an empty one is the working directory (execvp(3)).
func search(name string, env []string) []string {
	if strings.IndexByte(name, '/') >= 0 {
		return []string{name}
	}
	directories := defaultPath
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, "PATH="); ok {
			directories = value
		}
	}
	paths := make([]string, 0, strings.Count(directories, ":")+1)
	for more := true; more; {
		var directory string
		directory, directories, more = strings.Cut(directories, ":")
		if directory == "" {
			directory = "."
		}
		paths = append(paths, strings.TrimRight(directory, "/")+"/"+name)
	}
	return paths
}
