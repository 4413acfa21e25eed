package cgroups

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Delegated reports whether the calling user may make this cgroup, or use the
// one that is there, and put processes of its own cgroup, own, into it. Who is
// not root can do so below a directory that was given to it (cgroups(7), cgroup
// v2 delegation).
func (p Path) Delegated(own string) bool {
	there := p.Path
	for there != "/" && unix.Access(p.Mountpoint+there, unix.F_OK) == unix.ENOENT {
		there = path.Dir(there)
	}
	if there != p.Path && unix.Access(p.Mountpoint+there, unix.W_OK|unix.X_OK) != nil {
		return false
	}
	return p.enterable(there, own)
}

// Enterable reports whether the calling user may put processes of its own
// cgroup, own, into this one, which exists.
func (p Path) Enterable(own string) bool { return p.enterable(p.Path, own) }

// enterable looks at the files that moving a process needs: that of the cgroup,
// if it is there yet, and in version 2 that of the nearest cgroup that is above
// both, so that nothing is taken out of where an administrator has put it
// (cgroup-v2.rst, Delegation Containment).
func (p Path) enterable(there, own string) bool {
	const procs = "/cgroup.procs"
	if there == p.Path && unix.Access(p.Directory()+procs, unix.W_OK) != nil {
		return false
	}
	return p.Hierarchy != "" || unix.Access(path.Join(p.Mountpoint, common(p.Path, own), procs), unix.W_OK) == nil
}

// common is the longest path that is above both, or is one of them.
func common(a, b string) string {
	for a != "/" && a != b && !strings.HasPrefix(b, a+"/") {
		a = path.Dir(a)
	}
	return a
}

// OwnPath is the calling process's cgroup in the hierarchy of p.
func (l *Layout) OwnPath(p Path) string {
	controller, _, _ := strings.Cut(p.Hierarchy, ",")
	return l.own(controller)
}

// Serving is the mount point of the hierarchy in which a controller's files
// are, "" if none has it.
func (l *Layout) Serving(controller string) string {
	switch controller {
	case "io":
		if at, ok := l.V1["blkio"]; ok {
			return at
		}
	case "":
		return l.Unified
	}
	if at, ok := l.V1[controller]; ok {
		return at
	}
	return l.Unified
}
