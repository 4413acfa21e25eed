package libcontainer

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/libcontainer/seccomp"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// seccompCache is the directory of compiled profiles under the state root; no
// container id has an @.
const seccompCache = "@seccomp"

// maker does the parent's steps that make a container.
type maker struct {
	request   *Request
	config    *Config
	facts     *specconv.Facts
	container *Container
	claimed   bool
	group     *cgroups.Group
	devices   int // the descriptor of the device program between its load and its attachment, else -1
	readiness *readiness
	// started waits until systemd has made the container's unit; unitMade says, after that,
	// whether it has.
	started  func() error
	unitMade bool
	// keeper is in the cgroup until init is, unless systemd makes it around init.
	keeper *nsenter.Idle
}

func (m *maker) actions() map[plan.Kind]nsenter.Action {
	return map[plan.Kind]nsenter.Action{
		plan.KindClaim:         m.claim,
		plan.KindScope:         m.scope,
		plan.KindCgroupAdopt:   m.cgroupAdopt,
		plan.KindCgroupCreate:  m.cgroupCreate,
		plan.KindCgroupWrite:   m.cgroupWrite,
		plan.KindLoadDevices:   m.loadDevices,
		plan.KindCgroupDevices: m.cgroupDevices,
		plan.KindCgroupEnter:   m.cgroupEnter,
		plan.KindResctrl:       m.resctrl,
		plan.KindMonitor:       m.monitor,
		plan.KindAssign:        m.assign,
		plan.KindAttach:        m.attachRoot,
		plan.KindFilter:        m.filter,
		plan.KindReadiness:     m.makeReadiness,
		plan.KindKeep:          m.keep,
		plan.KindPublish:       m.publish,
		plan.KindPoststop:      m.poststop,
		plan.KindHook:          m.hook,
	}
}

func (m *maker) claim(_ *nsenter.Session, step *plan.Step) (func(), error) {
	dir := step.S[0]
	err := unix.Mkdir(dir, 0o700)
	if err == unix.EEXIST {
		return nil, errors.New("a container with the id " + filepath.Base(dir) + " exists already")
	}
	if err != nil {
		return nil, err
	}
	m.claimed = true
	undo := func() { _ = m.container.remove() }
	return undo, m.container.save()
}

func (m *maker) keep(_ *nsenter.Session, step *plan.Step) (func(), error) {
	return nil, writeNew(step.S[0], m.config.Raw, 0o600)
}

func (m *maker) cgroupCreate(s *nsenter.Session, step *plan.Step) (func(), error) {
	group, err := cgroups.Create(m.container.State.Cgroup, step.L[1])
	if err != nil {
		return nil, err
	}
	undo := func() {
		if m.config.Spec.Hooks != nil {
			_ = group.Kill() // what a hook left in it, or a program that ran before a hook failed
		}
		_ = group.Undo()
	}
	return undo, m.takeGroup(s, group)
}

// takeGroup lets init begin its life in the cgroup, where it is one of version 2.
func (m *maker) takeGroup(s *nsenter.Session, group *cgroups.Group) error {
	m.group = group
	return bornIn(s, group)
}

func (m *maker) cgroupWrite(_ *nsenter.Session, step *plan.Step) (func(), error) {
	setting := cgroups.Setting{
		Pointer: step.Pointer, Controller: step.S[0], File: step.S[1], Value: step.S[2], CheckUsage: step.N[0] != 0,
	}
	if f := step.L[0]; len(f) == 2 {
		setting.Fallback = &cgroups.Fallback{File: f[0], Value: f[1]}
	}
	return nil, m.group.Write(setting)
}

func (m *maker) loadDevices(_ *nsenter.Session, step *plan.Step) (func(), error) {
	rules := make([]specs.LinuxDeviceCgroup, 0, len(step.L[0]))
	for _, line := range step.L[0] {
		rule, err := cgroups.ParseDeviceRule(line)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	program, err := cgroups.DeviceProgram(rules)
	if err != nil {
		return nil, err
	}
	if m.devices, err = program.Load(); err != nil {
		return nil, err
	}
	return m.forgetDevices, nil
}

// forgetDevices closes the device program's descriptor, once.
func (m *maker) forgetDevices() {
	closeAll([]int{m.devices})
	m.devices = -1
}

func (m *maker) cgroupDevices(_ *nsenter.Session, step *plan.Step) (func(), error) {
	defer m.forgetDevices()
	m.group.Beside = step.N[0] != 0
	return nil, m.group.AttachDevices(m.devices)
}

func (m *maker) cgroupEnter(s *nsenter.Session, step *plan.Step) (func(), error) {
	if step.N[0] != 0 {
		return nil, m.attach(s.Pid)
	}
	err := m.group.Enter(s.Pid)
	m.settled()
	return nil, err
}

func (m *maker) filter(s *nsenter.Session, step *plan.Step) (func(), error) {
	return nil, assignFilter(s, step, m.request.Root, m.config)
}

// assignFilter fetches the profile's BPF into the step's slot.
func assignFilter(s *nsenter.Session, step *plan.Step, root string, config *Config) error {
	file, _, err := seccomp.Filter(filepath.Join(root, seccompCache), config.Spec.Linux.Seccomp)
	if err != nil {
		return err
	}
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return err
	}
	s.Assign(plan.Slot(step.N[0]), fd)
	return nil
}

func (m *maker) publish(s *nsenter.Session, _ *plan.Step) (func(), error) {
	stat, err := procfs.ReadStat(s.Pid)
	if err != nil {
		return nil, err
	}
	m.container.State.Pid, m.container.State.Start = s.Pid, stat.Start
	if err := m.container.save(); err != nil {
		return nil, err
	}
	return writePidFile(m.request.PidFile, s.Pid)
}

// poststop does nothing yet. A container whose id was taken had not come to be, and
// is not deleted either.
func (m *maker) poststop(*nsenter.Session, *plan.Step) (func(), error) {
	return func() {
		if m.claimed {
			h := m.hooks()
			h.poststop(m.request.Warn)
		}
	}, nil
}

func (m *maker) hook(s *nsenter.Session, step *plan.Step) (func(), error) {
	stat, err := procfs.ReadStat(s.Pid)
	if err != nil {
		return nil, err
	}
	h := m.hooks()
	h.pid, h.start = s.Pid, stat.Start
	return nil, h.run(step)
}

func (m *maker) hooks() hookRunner {
	return hookRunner{container: m.container, config: m.config, root: m.request.Root, facts: m.facts, group: m.group}
}

// writePidFile writes the decimal pid, without a newline as engines expect it.
func writePidFile(path string, pid int) (func(), error) {
	if path == "" {
		return nil, nil
	}
	if err := writeAside(path, []byte(strconv.Itoa(pid)), 0o644); err != nil {
		return nil, err
	}
	return func() { _ = os.Remove(path) }, nil
}
