package libcontainer

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/resctrl"
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
	PidfdSocket   string
	PidFile       string
	PreserveFDs   int
	NoNewKeyring  bool
	// Cgroup has cgroups below the container's (see cgroups.Paths.Below).
	Cgroup []string
	// IgnorePaused lets a process join a paused container: it is frozen, too, until
	// the container is resumed, and so long tare waits.
	IgnorePaused bool
	Detach       bool
	Rootless     Rootless
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
		if facts, _, err = c.execFacts(config, r); err != nil {
			return nil, err
		}
	}
	warnings(r.Warn, config.Spec, r.Process, facts)
	below, err := c.State.Cgroup.Below(r.Cgroup)
	if err != nil {
		return nil, err
	}
	var directories []string
	if len(r.Cgroup) > 0 {
		directories = below.Directories()
	}
	return specconv.CompileExec(config.Spec, r.Process, facts, &specconv.ExecOptions{
		ID: c.State.ID, Pid: c.State.Pid, Start: c.State.Start, Restored: c.State.Restored,
		PidFile: r.PidFile, ConsoleSocket: r.ConsoleSocket, PidfdSocket: r.PidfdSocket, NoNewKeyring: r.NoNewKeyring, Below: directories,
	})
}

// execFacts probes what a plan to join the container depends on, and which part
// of its cgroup the process can enter.
func (c *Container) execFacts(config *Config, r *ExecRequest) (*specconv.Facts, cgroups.Paths, error) {
	facts, paths, outside, err := c.joinFacts(config, r)
	if err != nil {
		return nil, nil, err
	}
	facts.Home = homeOf(c.State.Pid, r.Process)
	if len(outside) > 0 && r.Warn != nil {
		r.Warn("the process stays outside of the container's cgroup " + strings.Join(outside, ", ") + ": this user may not put it there from where tare is")
	}
	return facts, paths, nil
}

// joinFacts are the facts of the host for a process that joins the container;
// see enterable for paths and outside.
func (c *Container) joinFacts(config *Config, r *ExecRequest) (facts *specconv.Facts, paths cgroups.Paths, outside []string, err error) {
	if facts, err = factsFor(config.Spec, r.Process); err != nil {
		return nil, nil, nil, err
	}
	if _, own := userNamespace(config.Spec); own || facts.UserNamespace {
		facts.SetgroupsDenied = denied(strconv.Itoa(c.State.Pid))
	}
	c.State.Unit.factsOf(facts)
	paths, outside, err = c.enterable(facts, r)
	return facts, paths, outside, err
}

// CanExec says why a process cannot join the container, or nil.
func (c *Container) CanExec(ignorePaused bool) error {
	switch status := c.Status(); status {
	case Running, Created:
		return nil
	case Paused:
		if ignorePaused {
			return nil
		}
		return fmt.Errorf("cannot exec in container %s: it is paused; --ignore-paused makes a process that waits", c.State.ID)
	default:
		return fmt.Errorf("cannot exec in container %s: it is %s: %w", c.State.ID, status, errNotRunning)
	}
}

// Exec runs a process in the container. When it fails nothing of it is left.
func (c *Container) Exec(config *Config, r *ExecRequest) (*Process, error) {
	if r.Process == nil {
		return nil, errors.New("there is no process to execute")
	}
	if err := c.CanExec(r.IgnorePaused); err != nil {
		return nil, err
	}
	if err := checkTerminal(r.Process, r.ConsoleSocket, r.Detach); err != nil {
		return nil, err
	}
	if err := checkPreserved(r.PreserveFDs, firstPreserved); err != nil {
		return nil, err
	}
	takeSize(r.Process, r.ConsoleSocket)
	facts, paths, err := c.execFacts(config, r)
	if err != nil {
		return nil, err
	}
	p, err := c.CompileExec(config, r, facts)
	if err != nil {
		return nil, err
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	group, err := openGroup(paths)
	if err != nil {
		return nil, err
	}
	defer group.Close()
	j := &joiner{request: r, config: config, group: group, container: c}
	session := &nsenter.Session{Plan: p, Actions: j.actions(), Dir: r.Root, Preserve: r.PreserveFDs}
	if l := config.Spec.Linux; l != nil && l.Seccomp != nil {
		session.Listener = c.agentOf(l.Seccomp, func() int { return session.Pid }, Running)
	}
	if err := bornIn(session, group); err != nil {
		return nil, fmt.Errorf("cannot join the cgroup of container %s: %w", c.State.ID, err)
	}
	if group != nil {
		session.CgroupElse = c.cgroupOfInit
	}
	if err := session.Run(); err != nil {
		session.Close()
		return nil, err
	}
	return &Process{Pid: session.Pid, Terminal: session.Terminal, session: session}, nil
}

// cgroupOfInit opens the v2 cgroup that init is in by now, below the container's.
func (c *Container) cgroupOfInit() (int, error) {
	text, err := wholefile.Read("/proc/" + strconv.Itoa(c.State.Pid) + "/cgroup")
	if err != nil {
		return -1, err
	}
	paths, ok := c.State.Cgroup.OfProcess(string(text))
	if !ok {
		return -1, unix.EBUSY
	}
	group, err := cgroups.Open(paths)
	if err != nil {
		return -1, err
	}
	defer group.Close()
	fd, err := group.FD()
	if err != nil {
		return -1, err
	}
	return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
}

// joiner does the parent's steps of a process that joins a container.
type joiner struct {
	request   *ExecRequest
	config    *Config
	group     *cgroups.Group
	container *Container
}

func (j *joiner) actions() map[plan.Kind]nsenter.Action {
	return map[plan.Kind]nsenter.Action{
		plan.KindCgroupEnter: func(s *nsenter.Session, step *plan.Step) (func(), error) {
			if step.N[0] != 0 {
				return nil, j.container.attach(j.group.Paths(), s.Pid)
			}
			return nil, j.group.EnterVersion1(s.Pid)
		},
		plan.KindAssign: func(s *nsenter.Session, step *plan.Step) (func(), error) {
			return nil, resctrl.Tree{Mountpoint: j.container.State.Resctrl.Mountpoint}.Assign(step.S[0], s.Pid)
		},
		plan.KindFilter: func(s *nsenter.Session, step *plan.Step) (func(), error) {
			return nil, assignFilter(s, step, j.request.Root, j.config)
		},
		plan.KindPublish: func(s *nsenter.Session, _ *plan.Step) (func(), error) {
			return writePidFile(j.request.PidFile, s.Pid)
		},
	}
}
