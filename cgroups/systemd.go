package cgroups

import (
	"errors"
	"path"
	"slices"
	"strings"
)

// Manager is a systemd that makes cgroups: a fact of the host.
type Manager struct {
	// User says that it is the calling user's own instance, not the system's.
	User bool `json:"user,omitempty"`
	// Version is its major version, such as 257, or 0 where nobody has asked: see NeedsVersion.
	Version int `json:"version,omitempty"`
	// Root is the cgroup below which its units lie, seen from the mount points.
	Root string `json:"root"`
	// Outside says that the calling process is in a cgroup out of which it may not
	// put a process into those below Root: the manager has to.
	Outside bool `json:"outside,omitempty"`
}

// Unit is the scope of systemd's (systemd.scope(5)) that a container's cgroup is.
type Unit struct {
	// Name is "PREFIX-NAME.scope".
	Name string
	// Slice is where it lies (systemd.slice(5)): a dash in its name leads to a
	// slice within a slice, and "-.slice" is the root.
	Slice string
}

// The parts that /linux/cgroupsPath may leave out.
const (
	systemSlice   = "system.slice"
	userSlice     = "user.slice"
	defaultPrefix = "tare"
	rootSlice     = "-.slice"
)

// longestUnit is UNIT_NAME_MAX without its NUL (systemd, unit-name.h).
const longestUnit = 255

// UnitOf reads /linux/cgroupsPath as engines write it for systemd,
// "SLICE:PREFIX:NAME". Where it is absent or the slice is empty, that is
// system.slice, or user.slice in a user's own systemd; an empty name is the
// container's id.
func (m *Manager) UnitOf(cgroupsPath, id string) (Unit, error) {
	u := Unit{Slice: systemSlice}
	if m.User {
		u.Slice = userSlice
	}
	prefix, name := defaultPrefix, id
	if cgroupsPath != "" {
		parts := strings.Split(cgroupsPath, ":")
		if len(parts) != 3 {
			return u, errors.New("cannot make a unit of systemd from " + quote(cgroupsPath) + `: it does not read like "SLICE:PREFIX:NAME"`)
		}
		if parts[0] != "" {
			u.Slice = parts[0]
		}
		prefix = parts[1]
		if parts[2] != "" {
			name = parts[2]
		}
	}
	if fault := sliceFault(u.Slice); fault != "" {
		return u, errors.New("cannot use the slice " + quote(u.Slice) + ": " + fault)
	}
	if strings.HasSuffix(name, ".slice") {
		return u, errors.New("cannot make a container of " + quote(name) + ": a slice of systemd has no processes of its own; name a scope")
	}
	u.Name = prefix + "-" + name + ".scope"
	if fault := unitFault(u.Name); fault != "" {
		return u, errors.New("cannot name a unit of systemd " + quote(u.Name) + ": " + fault)
	}
	return u, nil
}

// unitFault says why systemd would not take a name (systemd.unit(5)), or "".
func unitFault(name string) string {
	if len(name) > longestUnit {
		return "it has " + decimal(int64(len(name))) + " bytes, and systemd takes 255"
	}
	for _, c := range []byte(name) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte(`:-_.\`, c) < 0 {
			return "it has a character that is not a letter, a digit or one of : - _ . \\"
		}
	}
	return ""
}

// sliceFault says why a name is not one of a slice, or "".
func sliceFault(name string) string {
	stem, ok := strings.CutSuffix(name, ".slice")
	switch {
	case !ok || stem == "":
		return `it is not a name like "user.slice"`
	case name == rootSlice:
		return ""
	case strings.HasPrefix(stem, "-") || strings.HasSuffix(stem, "-") || strings.Contains(stem, "--"):
		return "each dash must stand between the names of two slices"
	}
	return unitFault(name)
}

// Path is the unit's cgroup below the manager's root: its slice within the slices
// that the dashes of its name tell of.
func (u Unit) Path() string {
	at := "/"
	if u.Slice != rootSlice {
		stem := strings.TrimSuffix(u.Slice, ".slice")
		for i := range len(stem) + 1 {
			if i == len(stem) || stem[i] == '-' {
				at = path.Join(at, escapeUnit(stem[:i]+".slice"))
			}
		}
	}
	return path.Join(at, escapeUnit(u.Name))
}

// escapeUnit is how systemd names a unit's cgroup (cg_escape): what could be
// taken for a file of the kernel's gets an underscore.
func escapeUnit(name string) string {
	switch first, _, _ := strings.Cut(name, "."); {
	case name[0] == '_', name[0] == '.', first == "cgroup", slices.Contains(systemdControllers[:], first):
		return "_" + name
	}
	return name
}

// systemdControllers are those that systemd knows by name (cgroup_controller_table).
var systemdControllers = [...]string{"cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids"}

// ResolveUnit is Resolve for a unit of systemd's: it has the same path in every
// hierarchy.
func (l *Layout) ResolveUnit(m *Manager, u Unit) (Paths, error) {
	hs := l.Hierarchies()
	if len(hs) == 0 {
		return nil, errors.New("cannot place " + quote(u.Name) + ": no cgroup hierarchy is mounted")
	}
	ps := make(Paths, len(hs))
	for i, h := range hs {
		ps[i] = Path{Hierarchy: strings.Join(h.Controllers, ","), Mountpoint: h.Mountpoint, Path: path.Join("/", m.Root, u.Path())}
	}
	return ps, ps.check()
}

// Hold says whether a process whose /proc/PID/cgroup (cgroups(7)) is text is in the
// cgroup, in the hierarchy by which systemd tells its units apart: that of version 2,
// or its own of version 1.
func (ps Paths) Hold(text string) (where string, ok bool) {
	at := ps.index("name=systemd")
	if _, unified := ps.Unified(); unified {
		at = len(ps) - 1
	}
	if at < 0 {
		return "", false
	}
	controller, _, _ := strings.Cut(ps[at].Hierarchy, ",")
	where = ownPaths(text)[controller]
	return where, where == ps[at].Path
}
