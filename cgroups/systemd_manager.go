package cgroups

import (
	"errors"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/dbus"
	"github.com/tare-oci/tare/internal/wholefile"
)

// Systemd is a connection to a systemd, which makes and removes scopes. It is not
// safe for concurrent use.
type Systemd struct {
	user      bool
	addresses []string
	refusal   error         // of the first address that was tried in vain
	patience  time.Duration // with one answer
	job       time.Duration // with one job
	conn      *dbus.Conn
	address   string // of conn
	greeted   bool   // see greet
}

const (
	systemdName      = "org.freedesktop.systemd1"
	systemdPath      = "/org/freedesktop/systemd1"
	managerInterface = systemdName + ".Manager"
	busName          = "org.freedesktop.DBus"
	busPath          = "/org/freedesktop/DBus"
)

// transientUnits is where the system's systemd keeps a file of each unit that it was asked to
// make, until it forgets the unit (systemd.unit(5), Unit File Load Path).
var transientUnits = "/run/systemd/transient"

// UnitForgotten says whether a systemd surely knows nothing of a unit that it has made. To
// look costs much less than to ask.
func UnitForgotten(name string, user bool) bool {
	dir := transientUnits
	if user {
		dir = os.Getenv("XDG_RUNTIME_DIR") + "/systemd/transient"
	}
	return unix.Access(dir, unix.F_OK) == nil && unix.Access(dir+"/"+name, unix.F_OK) == unix.ENOENT
}

func (s *Systemd) deadline() time.Time { return time.Now().Add(s.patience) }

func (s *Systemd) message(member string, body ...dbus.Value) *dbus.Message {
	return &dbus.Message{Destination: systemdName, Path: systemdPath, Interface: managerInterface, Member: member, Body: body}
}

// call is one method call of the manager.
func (s *Systemd) call(member string, body ...dbus.Value) (answer []dbus.Value, err error) {
	return s.conn.Call(s.message(member, body...), s.deadline())
}

// get reads a property of the manager, which is a string.
func (s *Systemd) get(name string) (string, error) {
	m := s.message("Get", dbus.String(managerInterface), dbus.String(name))
	m.Interface = busName + ".Properties"
	answer, err := s.conn.Call(m, s.deadline())
	if err != nil {
		return "", err
	}
	if len(answer) != 1 || answer[0].Type != "v" || answer[0].L[0].Type != "s" {
		return "", errors.New("BUG of systemd: the property " + name + " is no string")
	}
	return answer[0].L[0].S, nil
}

// Manager finds out what has to be known of this systemd.
func (s *Systemd) Manager() (*Manager, error) {
	m := &Manager{User: s.user}
	err := s.try(func() error {
		version, err := s.get("Version")
		if err != nil {
			return err
		}
		m.Version = majorOf(version)
		m.Root, err = s.get("ControlGroup")
		return err
	})
	if err != nil {
		return nil, err
	}
	if m.Root == "" { // as the system's has it that has the whole tree
		m.Root = "/"
	}
	return m, nil
}

// SystemManager is what is known of the system's systemd without asking it, but for its
// version. Process 1, which it is, has a scope of its own right below the cgroup of all units
// (systemd, cg_get_root_path). ok is false where it looks otherwise.
func SystemManager() (m *Manager, ok bool) {
	text, err := wholefile.Read("/proc/1/cgroup")
	if err != nil || !booted() {
		return nil, false
	}
	root, ok := rootOf(string(text))
	return &Manager{Root: root}, ok
}

// rootOf is the cgroup below which the units of a systemd lie whose /proc/PID/cgroup
// (cgroups(7)) is text.
func rootOf(text string) (root string, ok bool) {
	own := ownPaths(text)
	at, named := own["name=systemd"]
	if !named {
		at = own[""]
	}
	root, ok = strings.CutSuffix(at, "/init.scope")
	return path.Join("/", root), ok
}

// majorOf takes the number out of a version like "257.9-1~deb13u1".
func majorOf(version string) int {
	version = strings.TrimPrefix(version, "v")
	end := 0
	for end < len(version) && version[end] >= '0' && version[end] <= '9' {
		end++
	}
	n, _ := strconv.Atoi(version[:end])
	return n
}

// Start makes a scope that has one process, and waits until it is there. What is
// left of an old scope of the name that has failed is cleared away before.
func (s *Systemd) Start(name string, properties []Property, pid int) error {
	list := propertyList(properties)
	list.L = append(list.L, property("PIDs", dbus.Array("u", dbus.Uint32(uint32(pid)))))
	cleared, before := false, inUnit(pid, name) // as it is if tare was started in a unit of that name
	return s.try(func() error {
		if !s.seesPid() {
			return &jobError{"systemd is outside of the pid namespace that tare is in: a process has another number there"}
		}
		for {
			err := s.run(name, "StartTransientUnit", dbus.String(name), dbus.String("fail"), list, dbus.Array("(sa(sv))"))
			var refusal *dbus.Error
			if errors.As(err, new(*jobError)) {
				_ = s.stop(name) // what is left of it is tare's
			}
			if !errors.As(err, &refusal) || refusal.Name != systemdName+".UnitExists" {
				return err
			}
			if !before && inUnit(pid, name) {
				return nil // it was made at the first try, whose answer was lost
			}
			if cleared {
				return err
			}
			cleared = true
			_, _ = s.call("ResetFailedUnit", dbus.String(name))
		}
	})
}

// seesPid says whether the process at the other end has a number here, as it has
// if its pid namespace is tare's or one below (unix(7), SO_PEERCRED).
func (s *Systemd) seesPid() bool { return s.conn.Peer() != 0 }

// inUnit says whether a process is in a unit's cgroup.
func inUnit(pid int, unit string) bool {
	text, err := wholefile.Read("/proc/" + strconv.Itoa(pid) + "/cgroup")
	return err == nil && strings.Contains(string(text)+"\n", "/"+escapeUnit(unit)+"\n")
}

// Stop ends a unit, which should have no processes any more, and clears away what
// is left of one that has failed. One that is not there is fine.
func (s *Systemd) Stop(name string) error {
	return s.try(func() error { return s.stop(name) })
}

func (s *Systemd) stop(name string) error {
	err := s.run(name, "StopUnit", dbus.String(name), dbus.String("replace"))
	if err == nil || absentUnit(err) {
		_, err = s.call("ResetFailedUnit", dbus.String(name))
	}
	if absentUnit(err) {
		return nil
	}
	return err
}

func absentUnit(err error) bool {
	var refusal *dbus.Error
	return errors.As(err, &refusal) && refusal.Name == systemdName+".NoSuchUnit"
}

// Set changes properties of a unit until the next boot. When it returns, systemd
// has written what follows from them to the unit's cgroup: it does that before it
// answers another call.
func (s *Systemd) Set(name string, properties []Property) error {
	return s.try(func() error {
		_, err := s.call("SetUnitProperties", dbus.String(name), dbus.Bool(true), propertyList(properties))
		if err == nil {
			_, err = s.get("Version")
		}
		return err
	})
}

// Attach has systemd move a process into a unit's cgroup, or one below it, which a user may not do
// from outside of what was delegated to it.
func (s *Systemd) Attach(name, below string, pid int) error {
	return s.try(func() error {
		_, err := s.call("AttachProcessesToUnit", dbus.String(name), dbus.String(below), dbus.Array("u", dbus.Uint32(uint32(pid))))
		return err
	})
}

// run starts a job and waits for its end.
func (s *Systemd) run(unit, member string, body ...dbus.Value) error {
	answer, err := s.call(member, body...)
	if err != nil {
		return err
	}
	if len(answer) != 1 || answer[0].Type != "o" {
		return errors.New("BUG of systemd: " + member + " gave no job")
	}
	job := answer[0].S
	signal, err := s.conn.Await(func(m *dbus.Message) bool {
		return m.Body[1].S == job
	}, time.Now().Add(s.job))
	if err != nil {
		return err
	}
	if result := signal.Body[3].S; result != "done" {
		return &jobError{"the job for " + unit + " ended as " + quote(result) + ": see systemctl status " + unit + " and journalctl -u " + unit}
	}
	return nil
}

// jobError is a job that systemd took and that came to nothing.
type jobError struct{ text string }

func (e *jobError) Error() string { return e.text }

func propertyList(properties []Property) dbus.Value {
	list := dbus.Array("(sv)")
	for _, p := range properties {
		list.L = append(list.L, property(p.Name, p.Value))
	}
	return list
}

func property(name string, v dbus.Value) dbus.Value {
	return dbus.Tuple(dbus.String(name), dbus.Variant(v))
}

// explain adds to an answer of systemd's what can be done about it.
func (s *Systemd) explain(err error) error {
	var refusal *dbus.Error
	if !errors.As(err, &refusal) {
		return err
	}
	hint := ""
	switch refusal.Name {
	case systemdName + ".UnitExists":
		hint = "; another container or service has this name: stop it (systemctl stop), or give this one another /linux/cgroupsPath"
	case busName + ".Error.InteractiveAuthorizationRequired", busName + ".Error.AccessDenied":
		hint = "; only root may ask the system's systemd for it, and an ordinary user its own (systemctl --user)"
	case busName + ".Error.ServiceUnknown", busName + ".Error.NameHasNoOwner":
		hint = "; there is no systemd on this bus"
	}
	return errors.New("systemd: " + refusal.Error() + hint)
}
