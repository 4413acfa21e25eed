package libcontainer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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

// askSystemd finds out what there is to know of the systemd that is to make the cgroup.
func (r *Request) askSystemd(facts *specconv.Facts) (err error) {
	if r.Systemd == NoSystemd || facts.Cgroups.Mode == cgroups.None {
		return nil
	}
	user := r.Systemd == UserSystemd
	if user && facts.Cgroups.Mode != cgroups.V2 {
		return errors.New("--systemd-cgroup: the systemd of a user has cgroups to give on cgroup v2 alone, and this host has v1; go without --systemd-cgroup")
	}
	if r.systemd, err = cgroups.NewSystemd(user); err == nil {
		facts.Systemd, err = r.systemd.Manager()
	}
	if err != nil {
		return fmt.Errorf("--systemd-cgroup: %w", err)
	}
	if user {
		below := cgroups.Path{Mountpoint: facts.Cgroups.Unified, Path: facts.Systemd.Root}
		facts.Systemd.Outside = !below.Enterable(facts.Cgroups.OwnPath(below))
	}
	return nil
}

// scope has systemd make the cgroup around a process that does nothing, since it
// makes none without.
func (m *maker) scope(_ *nsenter.Session, step *plan.Step) (func(), error) {
	properties := make([]cgroups.Property, len(step.L[0]))
	for i, text := range step.L[0] {
		var err error
		if properties[i], err = cgroups.ParseProperty(text); err != nil {
			return nil, err
		}
	}
	keeper, err := nsenter.ForkIdle()
	if err != nil {
		return nil, err
	}
	m.keeper = &keeper
	unit := step.S[0]
	if err := m.request.systemd.Start(unit, properties, keeper.Pid); err != nil {
		return m.settled, err // the unit may be another's
	}
	undo := func() {
		m.settled()
		_ = m.request.systemd.Stop(unit)
	}
	text, err := wholefile.Read("/proc/" + strconv.Itoa(keeper.Pid) + "/cgroup")
	if err != nil {
		return undo, err
	}
	if at, ok := m.container.State.Cgroup.Hold(string(text)); !ok {
		return undo, errors.New("systemd made its cgroup at " + at + " and not where it was to be")
	}
	return undo, nil
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
// end, and wait for a minute and a half. Where systemd cannot be reached it finds out by
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
