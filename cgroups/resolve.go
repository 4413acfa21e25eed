package cgroups

import (
	"errors"
	"path"
	"strings"
)

// Path is a container's cgroup in one hierarchy. It is kept in the container's
// state, so that later commands find the cgroup whatever has been mounted since.
type Path struct {
	// Hierarchy names the controllers, sorted and joined by commas as in
	// /proc/PID/cgroup; "" is the version 2 hierarchy.
	Hierarchy string `json:"hierarchy"`
	// Mountpoint is where the hierarchy is mounted.
	Mountpoint string `json:"mountpoint"`
	// Path is the cgroup seen from Mountpoint; it begins with "/" and is clean.
	Path string `json:"path"`
}

// Directory is the cgroup's absolute path.
func (p Path) Directory() string {
	if p.Mountpoint == "/" {
		return p.Path
	}
	return p.Mountpoint + p.Path
}

// Has reports whether the hierarchy carries a controller of version 1.
func (p Path) Has(controller string) bool {
	for rest := p.Hierarchy; rest != ""; {
		var c string
		c, rest, _ = strings.Cut(rest, ",")
		if c == controller {
			return true
		}
	}
	return false
}

// Paths is a container's cgroup in every mounted hierarchy, in the order of
// Layout.Hierarchies: version 2, where there is one, comes last.
type Paths []Path

// Directories lists the absolute paths, in order.
func (ps Paths) Directories() []string {
	ds := make([]string, len(ps))
	for i, p := range ps {
		ds[i] = p.Directory()
	}
	return ds
}

// Unified is the cgroup in the version 2 hierarchy.
func (ps Paths) Unified() (Path, bool) {
	if n := len(ps); n > 0 && ps[n-1].Hierarchy == "" {
		return ps[n-1], true
	}
	return Path{}, false
}

// index finds the hierarchy in which a controller's files lie: the version 1
// hierarchy that carries it, or else version 2. It is -1 when there is neither.
func (ps Paths) index(controller string) int {
	for i := range ps {
		if ps[i].Hierarchy == "" || ps[i].Has(controller) {
			return i
		}
	}
	return -1
}

// Resolve finds a container's cgroup in each mounted hierarchy from
// /linux/cgroupsPath and the container's id.
//
// An absolute path counts from the mount points. A relative one counts from the
// calling process's own cgroup, and an absent one is the id there. In version 2
// it counts from the parent of the own cgroup unless that is the root: a cgroup
// that has processes cannot hand domain controllers to children ("no internal
// processes", Documentation/admin-guide/cgroup-v2.rst).
//
// A path with a component "..", a NUL or a line feed is refused, and one that
// names the mount point itself: every process of the host would be a part of
// that container. Nothing is said about a path that exists; see Create.
func (l *Layout) Resolve(cgroupsPath, id string) (Paths, error) {
	name := cgroupsPath
	if name == "" {
		if id == "" || id == "." || strings.Contains(id, "/") {
			return nil, errors.New("cannot name a cgroup after the container id " + quote(id) + ": it is not a file name")
		}
		name = id
	}
	if fault := pathFault(name); fault != "" {
		return nil, errors.New("/linux/cgroupsPath: cannot use " + quote(name) + ": " + fault)
	}
	hs := l.Hierarchies()
	if len(hs) == 0 {
		return nil, errors.New("/linux/cgroupsPath: cannot place " + quote(name) + ": no cgroup hierarchy is mounted")
	}
	ps := make(Paths, len(hs))
	for i, h := range hs {
		base := "/"
		switch {
		case name[0] == '/':
		case len(h.Controllers) != 0:
			base = l.own(h.Controllers[0])
		default:
			base = path.Dir(l.own(""))
		}
		ps[i] = Path{Hierarchy: strings.Join(h.Controllers, ","), Mountpoint: h.Mountpoint, Path: path.Join(base, name)}
	}
	return ps, ps.check()
}

func (l *Layout) own(controller string) string {
	if own := l.Own[controller]; own != "" {
		return own
	}
	return "/"
}

// pathFault says why a cgroup path is refused, or "".
func pathFault(name string) string {
	if strings.IndexByte(name, 0) >= 0 {
		return "it contains a NUL byte"
	}
	// cgroup_mkdir refuses it: /proc/PID/cgroup could not be parsed any more.
	if strings.IndexByte(name, '\n') >= 0 {
		return "it contains a line feed"
	}
	empty := true
	for rest, more := name, true; more; {
		var c string
		c, rest, more = strings.Cut(rest, "/")
		switch c {
		case "..":
			return `".." would leave the place it counts from`
		case "", ".":
		default:
			empty = false
		}
	}
	if empty {
		return "it names no cgroup below the place it counts from"
	}
	return ""
}

// check tells whether every path is one that Resolve could have given. Create
// and Open ask it again, since paths come back from a file.
func (ps Paths) check() error {
	for i, p := range ps {
		switch {
		case p.Hierarchy == "" && i != len(ps)-1:
			return errors.New("cannot use cgroup paths: the version 2 hierarchy is not the last")
		case !path.IsAbs(p.Mountpoint) || path.Clean(p.Mountpoint) != p.Mountpoint:
			return errors.New("cannot use cgroup mount point " + quote(p.Mountpoint) + ": it is not a clean absolute path")
		case !path.IsAbs(p.Path) || path.Clean(p.Path) != p.Path || pathFault(p.Path) != "":
			return errors.New("cannot use cgroup path " + quote(p.Path) + ": it is not a clean absolute path below the mount point")
		}
	}
	if len(ps) == 0 {
		return errors.New("cannot use cgroup paths: there are none")
	}
	return nil
}
