package libcontainer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/jsonwrite"
	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/internal/wholefile"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// Systemd says which systemd, if any, makes a container's cgroup.
type Systemd string

// The values of a Request's Systemd.
const (
	NoSystemd     Systemd = ""
	SystemSystemd Systemd = "system"
	UserSystemd   Systemd = "user"
)

// Unit is what is remembered of a container's unit, none if Name is "".
type Unit struct {
	Name string
	User bool   // of the user's own systemd
	Root string // see cgroups.Manager
}

func (u *Unit) encode(w *jsonwrite.Writer) {
	w.Object(func() {
		w.Name("name")
		w.String(u.Name)
		w.Name("root")
		w.String(u.Root)
		if u.User {
			w.Name("user")
			w.Int(1)
		}
	})
}

func (u *Unit) decode(r specjson.Reader) {
	r.Object(func(r specjson.Reader, name string) {
		switch name {
		case "name":
			r.String(&u.Name)
		case "root":
			r.String(&u.Root)
		case "user":
			var user int
			r.Int(&user)
			u.User = user != 0
		}
	})
}

// factsOf makes it a fact for a process that joins the container that it is the unit of.
func (u *Unit) factsOf(facts *specconv.Facts) {
	if u.Name != "" {
		facts.Systemd = &cgroups.Manager{User: u.User, Root: u.Root}
	}
}

// reachSystemd connects to the systemd that is to make the cgroup, and does not wait for an answer:
// it takes longer to accept a connection than tare to read a config.
func (r *Request) reachSystemd() {
	if r.Systemd == NoSystemd || r.systemd != nil || r.unreached != nil {
		return
	}
	if r.systemd, r.unreached = cgroups.NewSystemd(r.Systemd == UserSystemd); r.unreached == nil {
		r.unreached = r.systemd.Connect()
	}
}

// askSystemd makes what is known of that systemd a fact. The system's is asked for what
// cannot be known otherwise alone.
func (r *Request) askSystemd(facts *specconv.Facts, spec *specs.Spec) error {
	if r.Systemd == NoSystemd || facts.Cgroups.Mode == cgroups.None {
		return nil
	}
	user := r.Systemd == UserSystemd
	if user && facts.Cgroups.Mode != cgroups.V2 {
		return errors.New("--systemd-cgroup: the systemd of a user has cgroups to give on cgroup v2 alone, and this host has v1; go without --systemd-cgroup")
	}
	if r.reachSystemd(); r.unreached != nil {
		return fmt.Errorf("--systemd-cgroup: %w", r.unreached)
	}
	if !user && !needsVersion(spec, facts) {
		if known, ok := cgroups.SystemManager(); ok {
			facts.Systemd = known
			return nil
		}
	}
	if err := r.askManager(facts); err != nil || !user {
		return err
	}
	below := cgroups.Path{Mountpoint: facts.Cgroups.Unified, Path: facts.Systemd.Root}
	facts.Systemd.Outside = !below.Enterable(facts.Cgroups.OwnPath(below))
	return nil
}

// askManager asks systemd itself.
func (r *Request) askManager(facts *specconv.Facts) (err error) {
	if facts.Systemd, err = r.systemd.Manager(); err != nil {
		return fmt.Errorf("--systemd-cgroup: %w", err)
	}
	return nil
}

// needsVersion says whether the properties of the unit depend on systemd's version.
func needsVersion(spec *specs.Spec, facts *specconv.Facts) bool {
	if spec.Linux == nil || spec.Linux.Resources == nil {
		return false
	}
	settings, _ := cgroups.Settings(spec.Linux.Resources, facts.Cgroups) // Compile tells the errors
	return cgroups.NeedsVersion(settings, &facts.Cgroups)
}

// scope has systemd make the cgroup: around init, and then nothing waits for it before
// cgroupAdopt does, or around a process that does nothing, since it makes none without.
func (m *maker) scope(s *nsenter.Session, step *plan.Step) (func(), error) {
	properties := make([]cgroups.Property, len(step.L[0]))
	for i, text := range step.L[0] {
		var err error
		if properties[i], err = cgroups.ParseProperty(text); err != nil {
			return nil, err
		}
	}
	unit, aroundInit, pid := step.S[0], step.N[1] != 0, s.Pid
	if !aroundInit {
		keeper, err := nsenter.ForkIdle()
		if err != nil {
			return nil, err
		}
		m.keeper, pid = &keeper, keeper.Pid
	}
	answer := make(chan error, 1)
	go func() { answer <- m.request.systemd.Start(unit, properties, pid) }()
	m.started = sync.OnceValue(func() error {
		err := <-answer
		if err == nil {
			m.unitMade = true // one that systemd refuses to start may be another's
			err = m.holdsUnit(pid)
		}
		if err != nil {
			err = s.Failure(step, err)
		}
		return err
	})
	undo := func() {
		m.settled()
		if aroundInit {
			// Systemd would ask it to end, which process 1 of a pid namespace does not heed, and
			// wait for a minute and a half.
			_ = unix.PidfdSendSignal(s.Pidfd, unix.SIGKILL, nil, 0)
			_ = awaitEnd(s.Pidfd)
		}
		if _ = m.started(); m.unitMade {
			_ = m.request.systemd.Stop(unit)
		}
	}
	if aroundInit {
		return undo, nil
	}
	return undo, m.started()
}

// holdsUnit makes sure that systemd has put a process into the cgroup that the plan is for.
func (m *maker) holdsUnit(pid int) error {
	text, err := wholefile.Read("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if err != nil {
		return err
	}
	if at, ok := m.container.State.Cgroup.Hold(string(text)); !ok {
		return errors.New("systemd made its cgroup at " + at + " and not where it was to be")
	}
	return nil
}

// settled ends the process for whose sake the cgroup is kept: init is in it now, or
// it is to go.
func (m *maker) settled() {
	if m.keeper != nil {
		m.keeper.End()
		m.keeper = nil
	}
}

func (m *maker) cgroupAdopt(s *nsenter.Session, step *plan.Step) (func(), error) {
	if err := m.started(); err != nil {
		return nil, err
	}
	group, err := cgroups.Adopt(m.container.State.Cgroup, step.L[1])
	if err != nil {
		return nil, err
	}
	undo := func() {
		_ = group.Kill()
		m.settled()
		_ = group.Wait(unitWait)
		_ = group.Undo()
	}
	return undo, m.takeGroup(s, group)
}

// attach has systemd move init.
func (m *maker) attach(pid int) error {
	err := m.request.systemd.Attach(m.container.State.Unit.Name, "", pid)
	m.settled()
	return err
}

// attach has systemd move a process into the container's cgroup, or one below it.
func (c *Container) attach(paths cgroups.Paths, pid int) error {
	own, _ := c.State.Cgroup.Unified()
	at, _ := paths.Unified()
	s, err := cgroups.NewSystemd(c.State.Unit.User)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Attach(c.State.Unit.Name, strings.TrimPrefix(at.Path, own.Path), pid)
}

const (
	unitWait   = 10 * time.Second // at most for processes that were killed
	noticeWait = 5 * time.Second  // at most for a systemd that cannot be reached
)

// removeUnit ends what is left in a unit's cgroup, the unit, and what tare has made
// beside systemd. Killed before it is stopped: systemd would ask the processes to
// end, and wait for a minute and a half. One that has ended systemd may have forgotten already, but
// may also not have made yet if tare was killed before it knew. Where systemd cannot be reached it finds out by
// itself that the cgroup is empty, and removes it; of one that was removed before it looks
// it would never hear again.
func (c *Container) removeUnit(warn func(string)) error {
	return c.withGroup(func(g *cgroups.Group) error {
		if err := g.Kill(); err != nil {
			return err
		}
		if err := g.Wait(unitWait); err != nil {
			return err
		}
		if c.State.Pid != 0 && cgroups.UnitForgotten(c.State.Unit.Name, c.State.Unit.User) {
			return g.Remove()
		}
		s, err := cgroups.NewSystemd(c.State.Unit.User)
		if err == nil {
			err = s.Stop(c.State.Unit.Name)
			s.Close()
		}
		if err != nil {
			if warn != nil {
				warn("cannot stop the unit " + c.State.Unit.Name + " of container " + c.State.ID + ": " + err.Error())
			}
			g.WaitRemoved(noticeWait)
		}
		return g.Remove()
	})
}
