package libcontainer

import (
	"errors"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/jsonwrite"
	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// LaterHooks are the hooks that run after create, by the number that the first of
// them has in the container's plan, 0 if there is none. They stand in state.json,
// so that the verbs that run them read the config of no container that has none.
type LaterHooks struct{ StartContainer, Poststart, Poststop int }

func laterHooks(p *plan.Plan) (h LaterHooks) {
	first := func(at *int, i int) {
		if *at == 0 {
			*at = plan.Number(i)
		}
	}
	for i := range p.Steps {
		switch step := &p.Steps[i]; step.Kind {
		case plan.KindPoststop:
			first(&h.Poststop, i)
		case plan.KindHook:
			switch stage, _, _ := plan.HookOf(step); stage {
			case specconv.StartContainer:
				first(&h.StartContainer, i)
			case specconv.Poststart:
				first(&h.Poststart, i)
			}
		}
	}
	return h
}

// hookRunner runs the hooks of one container.
type hookRunner struct {
	container *Container
	config    *Config
	root      string // state root
	pid       int    // of init, 0 if it has ended
	start     uint64
	// facts and group are for hooks inside of the container alone.
	facts *specconv.Facts
	group *cgroups.Group
}

// statusAt is the container's status as a hook is told it. "creating" is step 2 of
// the lifecycle, "created" what comes after (runtime.md, State): the hooks of the
// create operation are its steps 3 to 5. For all others, who could not start the
// container yet, it is still being created.
func statusAt(stage string) Status {
	switch stage {
	case specconv.Poststart:
		return Running
	case specconv.Poststop:
		return Stopped
	}
	return Created
}

// run runs one hook to its end.
func (h *hookRunner) run(step *plan.Step) error {
	stage, inside, program := plan.HookOf(step)
	pid := h.pid
	if inside {
		var err error
		// A hook in the container's namespaces is told the pid that init has there.
		if pid, err = procfs.InnermostPid(h.pid); err != nil {
			return err
		}
	}
	state := jsonwrite.New("")
	h.container.State.specState(state, statusAt(stage), pid)
	streams, err := openHookStreams(state.Bytes(), h.root)
	if err != nil {
		return err
	}
	defer streams.close()
	if !inside {
		p, err := launch(&program, streams)
		if err != nil {
			return unexecuted(err, "")
		}
		defer unix.Close(p.pidfd)
		return p.wait(streams, program.Timeout)
	}
	session, err := h.join(step, streams)
	if err != nil {
		return err
	}
	defer session.Close()
	p := hookProcess{pid: session.Pid, pidfd: session.Pidfd}
	return p.wait(streams, program.Timeout)
}

func (h *hookRunner) close() {
	if h.group != nil {
		h.group.Close()
	}
}

// join starts a hook inside of the container.
func (h *hookRunner) join(step *plan.Step, streams *hookStreams) (*nsenter.Session, error) {
	p, err := specconv.CompileHook(h.config.Spec, step, h.facts, &specconv.HookOptions{
		ID: h.container.State.ID, Bundle: h.container.State.Bundle, Pid: h.pid, Start: h.start,
	})
	if err == nil {
		err = p.Check()
	}
	if err != nil {
		return nil, err
	}
	j := &joiner{request: &ExecRequest{Root: h.root}, config: h.config, group: h.group, container: h.container}
	session := &nsenter.Session{
		Plan: p, Actions: j.actions(), Dir: h.root, Inner: true,
		Streams: &[3]int{streams.stdin, streams.null, streams.stderr},
	}
	if l := h.config.Spec.Linux; l != nil && l.Seccomp != nil {
		session.Listener = h.container.agentOf(l.Seccomp, func() int { return session.Pid }, Created)
	}
	if err := bornIn(session, h.group); err != nil {
		return nil, err
	}
	if err := session.Run(); err != nil {
		session.Close()
		return nil, ofInner(err)
	}
	return session, nil
}

// ofInner is the failure of a plan that a step of another plan carries out, whose
// number nobody could look up.
func ofInner(err error) error {
	var f *nsenter.Failure
	switch {
	case !errors.As(err, &f):
		return err
	case f.Word == plan.KindExec.Word():
		return unexecuted(f.Err, f.Detail)
	}
	text := f.Sentence
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return errors.New(text)
}

// unexecuted says why a hook could not be executed, in words that no engine takes
// for its container's own program being missing.
func unexecuted(err error, detail string) error {
	switch {
	case detail != "":
		return errors.New(detail)
	case errors.Is(err, unix.ENOENT):
		return errors.New("there is no such program, or its interpreter is missing")
	case errors.Is(err, unix.EACCES):
		return errors.New("it may not be executed")
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.EISDIR):
		return errors.New("its path does not lead to a file")
	case errors.Is(err, unix.ENOEXEC):
		return errors.New("no program for this machine, and no #! line")
	}
	return err
}

// runAll runs the hooks of one place until one fails. first is the number that
// the first of them has in the container's plan.
func (h *hookRunner) runAll(stage string, first int) error {
	steps := specconv.HookSteps(h.config.Spec, stage)
	for i := range steps {
		err := nsenter.Fault(first + i)
		if err == nil {
			err = h.run(&steps[i])
		}
		if err != nil {
			return &nsenter.Failure{Sentence: failureOf(&steps[i]), Err: err, Step: first + i, Word: steps[i].Kind.Word()}
		}
	}
	return nil
}

// poststop runs the hooks of a container that is no more. What goes wrong is
// warned of, and the rest still run (runtime.md, Lifecycle).
func (h *hookRunner) poststop(warn func(string)) {
	steps := specconv.HookSteps(h.config.Spec, specconv.Poststop)
	for i := range steps {
		if err := h.run(&steps[i]); err != nil && warn != nil {
			warn(failureOf(&steps[i]) + ": " + err.Error())
		}
	}
}

// failureOf begins the error of a step that is in nobody's hands as a part of its plan.
func failureOf(step *plan.Step) string {
	p := plan.Plan{Steps: []plan.Step{*step}}
	return p.Failure(0)
}

// deletedHooks returns what runs the poststop hooks after the container's
// directory is gone, which it must be called before.
func (c *Container) deletedHooks(warn func(string)) func() {
	if c.State.Hooks.Poststop == 0 {
		return func() {}
	}
	config, err := c.CreationConfig()
	if err != nil {
		return func() {
			if warn != nil {
				warn("cannot run the poststop hooks of container " + c.State.ID + ": " + err.Error())
			}
		}
	}
	h := &hookRunner{container: c, config: config, root: filepath.Dir(c.Dir)}
	return func() { h.poststop(warn) }
}
