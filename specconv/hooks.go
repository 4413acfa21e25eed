package specconv

import (
	"path"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

// The places in a container's life at which hooks run (config.md, POSIX-platform
// Hooks; runtime.md, Lifecycle).
const (
	Prestart        = "prestart"
	CreateRuntime   = "createRuntime"
	CreateContainer = "createContainer"
	StartContainer  = "startContainer"
	Poststart       = "poststart"
	Poststop        = "poststop"
)

const hooksPointer = "/hooks"

// Hooks lists the names that /hooks may have, in the order of a container's life.
func Hooks() []string {
	return []string{Prestart, CreateRuntime, CreateContainer, StartContainer, Poststart, Poststop}
}

// hooksAt are the hooks of one place.
func hooksAt(spec *specs.Spec, stage string) []specs.Hook {
	h := spec.Hooks
	if h == nil {
		return nil
	}
	switch stage {
	case Prestart:
		return h.Prestart
	case CreateRuntime:
		return h.CreateRuntime
	case CreateContainer:
		return h.CreateContainer
	case StartContainer:
		return h.StartContainer
	case Poststart:
		return h.Poststart
	case Poststop:
		return h.Poststop
	}
	return nil
}

// HookSteps are the steps of the hooks of one place, in the order in which they run.
func HookSteps(spec *specs.Spec, stage string) []plan.Step {
	hooks := hooksAt(spec, stage)
	steps := make([]plan.Step, len(hooks))
	inside := stage == CreateContainer || stage == StartContainer
	for i := range hooks {
		h := &hooks[i]
		p := plan.Program{Path: h.Path, Args: h.Args, Env: h.Env}
		if len(p.Args) == 0 {
			p.Args = []string{h.Path}
		}
		if h.Timeout != nil {
			p.Timeout = *h.Timeout
		}
		steps[i] = plan.Hook(stage, inside, p)
		steps[i].Pointer = item(key(hooksPointer, stage), i)
	}
	return steps
}

func (v *validation) hooks() {
	for _, stage := range Hooks() {
		hooks := hooksAt(v.spec, stage)
		for i := range hooks {
			v.hook(&hooks[i], item(key(hooksPointer, stage), i))
		}
	}
}

func (v *validation) hook(h *specs.Hook, pointer string) {
	if !path.IsAbs(h.Path) {
		v.fault(pointer+"/path", "must be an absolute path, not "+quote(h.Path))
	}
	v.text(h.Path, pointer+"/path")
	for i, arg := range h.Args {
		v.text(arg, pointer+"/args", i)
	}
	for i, entry := range h.Env {
		if at := strings.IndexByte(entry, '='); at <= 0 {
			v.fault(item(pointer+"/env", i), "must be NAME=VALUE, not "+quote(entry))
		}
		v.text(entry, pointer+"/env", i)
	}
	if h.Timeout != nil && *h.Timeout <= 0 {
		v.fault(pointer+"/timeout", "must be greater than 0")
	}
}

func (c *compiler) hooks(stages ...string) {
	for _, stage := range stages {
		c.plan.Steps = append(c.plan.Steps, HookSteps(c.spec, stage)...)
	}
}

// poststop keeps in mind what is to be done when the container is gone.
func (c *compiler) poststop() {
	hooks := hooksAt(c.spec, Poststop)
	if len(hooks) == 0 {
		return
	}
	paths := make([]string, len(hooks))
	for i := range hooks {
		paths[i] = hooks[i].Path
	}
	c.add(key(hooksPointer, Poststop), plan.Poststop(paths))
}

// hasCreateHooks says whether hooks run while the container is made. They find its
// root where the host has it, from which the specification lets them work on it.
func (c *compiler) hasCreateHooks() bool {
	return len(hooksAt(c.spec, Prestart))+len(hooksAt(c.spec, CreateRuntime))+len(hooksAt(c.spec, CreateContainer)) > 0
}

// createHooks runs those that the specification wants between the mounts and the
// change of root.
func (c *compiler) createHooks() {
	if !c.hasCreateHooks() {
		return
	}
	c.makeCgroupNamespace() // those of createContainer are to be in it
	c.barrier(hooksPointer, 0)
	c.hooks(Prestart, CreateRuntime, CreateContainer)
}

// HookOptions say in which container a hook runs.
type HookOptions struct {
	ID     string
	Bundle string
	// Pid and Start are those of the container's init (see plan.OpenPidfd).
	Pid   int
	Start uint64
}

// CompileHook makes the plan of a hook that runs inside of the container. One of
// createContainer is a program of the host: it has the container's namespaces,
// and all that root of them may do, but the root that init still has. One of
// startContainer is a program of the container's image: it gets what the
// container's own process gets and no more.
func CompileHook(spec *specs.Spec, hook *plan.Step, facts *Facts, opts *HookOptions) (*plan.Plan, error) {
	stage, _, program := plan.HookOf(hook)
	process := specs.Process{Cwd: RootPath(spec, opts.Bundle)}
	if stage == StartContainer {
		process = *spec.Process
		process.Terminal = false
		// Not limits but what the program is good for.
		process.Scheduler, process.IOPriority, process.ExecCPUAffinity = nil, nil, nil
	}
	c := newCompiler(spec, &process, facts)
	c.joining, c.opts = true, &Options{ID: opts.ID}
	c.hostProgram = stage != StartContainer
	c.hasFilter = c.hasFilter && !c.hostProgram
	var err error
	if c.cgroup, err = CgroupPaths(spec, facts, opts.ID); err != nil {
		return nil, err
	}
	v := newValidation(spec, &process, facts)
	if v.resctrl(); len(v.faults) > 0 {
		return nil, v.result()
	}

	container := c.plan.Slot("container")
	c.add("", plan.OpenPidfd(opts.Pid, opts.Start, container))
	c.add("", plan.Spawn(0, c.born()))
	c.add("", plan.Signals())
	// Both before the join, as in CompileExec.
	c.hostProcfs()
	c.add("", plan.Dumpable(0))
	// With the root that init has: that of its mount namespace is another while the
	// container is made, and for a tare that runs in a chroot.
	c.joinContainer(container, opts.Pid, false)
	c.session() // after the fork: its process group is what a timeout kills
	c.attend()
	c.keyring()
	c.labels() // of startContainer alone: a program of the host keeps the host's
	c.meetJoined("", "")
	if stage == StartContainer {
		c.become()
	} else {
		c.add("/root/path", plan.Chdir(process.Cwd))
		c.add("", plan.CloseFds())
	}
	c.add(hook.Pointer, plan.Exec(program.Path, []string{program.Path}, program.Args, program.Env))
	return c.plan, nil
}
