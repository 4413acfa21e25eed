package libcontainer

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/internal/wholefile"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// ExecRequest is what the command line asks of a process that joins a container.
type ExecRequest struct {
	Root          string
	Process       *specs.Process
	ConsoleSocket string
	PidFile       string
	PreserveFDs   int
	NoNewKeyring  bool
	Detach        bool
	// Warn is as that of a Request.
	Warn func(text string)
}

// CreationConfig is the config that the container was created from.
func (c *Container) CreationConfig() (*Config, error) {
	raw, err := wholefile.Read(filepath.Join(c.Dir, configFile))
	if err != nil {
		return nil, err
	}
	spec, err := specjson.DecodeSpec(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(c.Dir, configFile), err)
	}
	return &Config{Spec: spec, Raw: raw}, nil
}

// CompileExec makes the plan for a process that joins the container.
func (c *Container) CompileExec(config *Config, r *ExecRequest, facts *specconv.Facts) (*plan.Plan, error) {
	if facts == nil {
		var err error
		if facts, err = factsFor(config.Spec, r.Process); err != nil {
			return nil, err
		}
		facts.Home = homeOf(c.State.Pid, r.Process)
	}
	warnings(r.Warn, config.Spec, r.Process, facts)
	return specconv.CompileExec(config.Spec, r.Process, facts, &specconv.ExecOptions{
		ID: c.State.ID, Pid: c.State.Pid, Start: c.State.Start,
		PidFile: r.PidFile, ConsoleSocket: r.ConsoleSocket, NoNewKeyring: r.NoNewKeyring,
	})
}

// CanExec says why a process cannot join the container, or nil.
func (c *Container) CanExec() error {
	switch status := c.Status(); status {
	case Running, Created:
		return nil
	case Paused:
		return fmt.Errorf("cannot exec in container %s: it is paused", c.State.ID)
	default:
		return fmt.Errorf("cannot exec in container %s: it is %s: %w", c.State.ID, status, errNotRunning)
	}
}

// Exec runs a process in the container. When it fails nothing of it is left.
func (c *Container) Exec(config *Config, r *ExecRequest) (*Process, error) {
	if r.Process == nil {
		return nil, errors.New("there is no process to execute")
	}
	if err := c.CanExec(); err != nil {
		return nil, err
	}
	if err := checkTerminal(r.Process, r.ConsoleSocket, r.Detach); err != nil {
		return nil, err
	}
	if err := checkPreserved(r.PreserveFDs); err != nil {
		return nil, err
	}
	takeSize(r.Process, r.ConsoleSocket)
	p, err := c.CompileExec(config, r, nil)
	if err != nil {
		return nil, err
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	group, err := c.group()
	if err != nil {
		return nil, err
	}
	defer group.Close()
	j := &joiner{request: r, config: config, group: group}
	session := &nsenter.Session{Plan: p, Actions: j.actions(), Dir: r.Root, Preserve: r.PreserveFDs}
	if l := config.Spec.Linux; l != nil && l.Seccomp != nil {
		session.Listener = c.agentOf(l.Seccomp, func() int { return session.Pid }, Running)
	}
	if _, unified := c.State.Cgroup.Unified(); unified {
		if session.CgroupFD, err = group.FD(); err != nil {
			return nil, fmt.Errorf("cannot join the cgroup of container %s: %w", c.State.ID, err)
		}
	}
	if err := session.Run(); err != nil {
		session.Close()
		return nil, err
	}
	return &Process{Pid: session.Pid, Terminal: session.Terminal, session: session}, nil
}

// joiner does the parent's steps of a process that joins a container.
type joiner struct {
	request *ExecRequest
	config  *Config
	group   *cgroups.Group
}

func (j *joiner) actions() map[plan.Kind]nsenter.Action {
	return map[plan.Kind]nsenter.Action{
		plan.KindCgroupEnter: func(s *nsenter.Session, _ *plan.Step) (func(), error) {
			return nil, j.group.Enter(s.Pid)
		},
		plan.KindFilter: func(s *nsenter.Session, step *plan.Step) (func(), error) {
			return nil, assignFilter(s, step, j.request.Root, j.config)
		},
		plan.KindPublish: func(s *nsenter.Session, _ *plan.Step) (func(), error) {
			return writePidFile(j.request.PidFile, s.Pid)
		},
	}
}
