package cgroups

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// Group is a container's cgroup in all its hierarchies. It holds file
// descriptors until Close and is not safe for concurrent use.
type Group struct {
	paths Paths
	// dirs are O_PATH descriptors of the directories, opened when first used.
	dirs []int
	// made are the directories that Create made, parents before children.
	made []string
	// fresh[i] says that the directory of paths[i] is among them.
	fresh []bool
	// adopted says that systemd has made it, and has put a process into it.
	adopted bool
	// Beside makes SetDevices leave the programs of others, which are systemd's.
	Beside bool
	// programmed says that SetDevices has attached a program.
	programmed bool
}

const (
	superV1 = unix.CGROUP_SUPER_MAGIC
	superV2 = unix.CGROUP2_SUPER_MAGIC
)

// Create makes the cgroup in every hierarchy, with the parents that are missing.
// In version 2 it sees to it that the cgroup has the named controllers, by
// enabling them on the way down (cgroup.subtree_control) where they are not; in
// version 1 it gives empty cpusets what their parents have, without which no
// process could enter.
//
// A directory that exists already is taken over when no process is in it or
// below it and it is not frozen. When anything fails, what was made is removed.
func Create(paths Paths, controllers []string) (*Group, error) {
	g, err := newGroup(paths)
	if err != nil {
		return nil, err
	}
	return g.make(controllers)
}

// Adopt is Create for a cgroup that systemd has made, except in the hierarchies
// that it leaves alone, and that has a process in it.
func Adopt(paths Paths, controllers []string) (*Group, error) {
	g, err := newGroup(paths)
	if err != nil {
		return nil, err
	}
	g.adopted = true
	return g.make(controllers)
}

func (g *Group) make(controllers []string) (*Group, error) {
	g.fresh = make([]bool, len(g.paths))
	for i := range g.paths {
		if err := g.create(i, controllers); err != nil {
			_ = g.Undo()
			g.Close()
			return nil, err
		}
	}
	return g, nil
}

// Open is the cgroup of a container made earlier. Hierarchies in which it does
// not exist are an error only when they are used.
func Open(paths Paths) (*Group, error) { return newGroup(paths) }

func newGroup(paths Paths) (*Group, error) {
	if err := paths.check(); err != nil {
		return nil, err
	}
	g := &Group{paths: paths, dirs: make([]int, len(paths))}
	for i := range g.dirs {
		g.dirs[i] = -1
	}
	return g, nil
}

// Close closes the descriptors, if there is a group. The cgroup stays.
func (g *Group) Close() {
	if g == nil {
		return
	}
	for i, fd := range g.dirs {
		if fd >= 0 {
			_ = unix.Close(fd)
			g.dirs[i] = -1
		}
	}
}

// Paths are where the group is.
func (g *Group) Paths() Paths { return g.paths }

// FD is an O_PATH descriptor of the version 2 directory, for CLONE_INTO_CGROUP
// (clone3(2)); it belongs to the group. On a host without version 2 the error is
// unix.ENODEV.
func (g *Group) FD() (int, error) {
	i := g.unified()
	if i < 0 {
		return -1, unix.ENODEV
	}
	return g.dir(i)
}

// unified is the index of the version 2 hierarchy, or -1.
func (g *Group) unified() int {
	if n := len(g.paths); g.paths[n-1].Hierarchy == "" {
		return n - 1
	}
	return -1
}

// dir is the descriptor of a directory, opened once.
func (g *Group) dir(i int) (int, error) {
	if g.dirs[i] >= 0 {
		return g.dirs[i], nil
	}
	fstype := int64(superV1)
	if g.paths[i].Hierarchy == "" {
		fstype = superV2
	}
	d := g.paths[i].Directory()
	fd, err := openDirectory(d, fstype)
	if err != nil {
		return -1, &WriteError{File: d, Verb: "open", Err: err}
	}
	g.dirs[i] = fd
	return fd, nil
}

func (g *Group) create(i int, controllers []string) error {
	p := g.paths[i]
	made, err := makeDirectories(p.Mountpoint, p.Path)
	g.made = append(g.made, made...)
	g.fresh[i] = len(made) != 0
	if err != nil {
		return err
	}
	if !g.adopted {
		if err := g.mayTake(i); err != nil {
			return err
		}
	}
	if p.Hierarchy == "" {
		// The descriptor is what init is cloned into; and here a directory
		// that is no cgroup shows before anything is written.
		dir, err := g.dir(i)
		if err != nil {
			return err
		}
		return enableControllers(p, dir, controllers)
	}
	if p.Has("cpuset") {
		return fillCpuset(p.Mountpoint, p.Path)
	}
	return nil
}

// makeDirectories makes mountpoint+path and lists what did not exist. The leaf
// is tried first: its parent nearly always exists. The mount point is not made.
func makeDirectories(mountpoint, path string) (made []string, err error) {
	mkdir := func() error { return unix.Mkdir(mountpoint+path, 0o755) }
	err = ignoringEINTR(mkdir)
	if up := strings.LastIndexByte(path, '/'); err == unix.ENOENT && up > 0 {
		if made, err = makeDirectories(mountpoint, path[:up]); err != nil {
			return made, err
		}
		err = ignoringEINTR(mkdir)
	}
	switch err {
	case nil:
		return append(made, mountpoint+path), nil
	case unix.EEXIST:
		return made, nil
	}
	return made, &WriteError{File: mountpoint + path, Verb: "make cgroup", Err: err, Reason: mkdirReason(err)}
}

func mkdirReason(err error) string {
	switch err {
	case unix.EAGAIN:
		return "a parent's cgroup.max.depth or cgroup.max.descendants is reached"
	case unix.EROFS:
		return "the cgroup file system is mounted read-only"
	case unix.EACCES, unix.EPERM:
		return "this user was not given the parent cgroup (delegation)"
	case unix.ENOENT:
		return "the hierarchy is not mounted there, or the parent was just removed"
	case unix.ENOSPC:
		return "the kernel has no cgroup identifiers left"
	}
	return ""
}

// mayTake tells whether a directory may become the container's: what is there
// already must not be in use, and nothing that enters may stand still. A new one
// is frozen when a parent is.
func (g *Group) mayTake(i int) error {
	d := g.paths[i].Directory()
	dir, err := g.dir(i)
	if err != nil {
		return err
	}
	look := g.lookV1
	if g.paths[i].Hierarchy == "" {
		look = g.lookV2
	}
	u, err := look(i, dir)
	switch {
	case err != nil:
		return err
	case u.populated:
		return errors.New("cannot take over cgroup " + d + ": it has processes already; another container or service uses it")
	case u.frozen:
		return errors.New("cannot use cgroup " + d + ": it or a parent is frozen, and so would be every process that enters")
	case u.threaded:
		return errors.New("cannot use cgroup " + d + ": it is threaded (cgroup.type), and a container needs a domain")
	}
	return nil
}

// use is what makes a cgroup unfit for a container.
type use struct{ populated, frozen, threaded bool }

func (g *Group) lookV2(i, dir int) (u use, err error) {
	p := g.paths[i]
	text, err := readAt(dir, "cgroup.events")
	if err != nil {
		return u, &WriteError{File: p.Directory() + "/cgroup.events", Verb: "read", Err: err}
	}
	u.populated = field(text, "populated") == "1"
	if field(text, "frozen") == "1" {
		if u.frozen, err = g.told(i, dir); err != nil {
			return u, err
		}
	}
	if g.fresh[i] {
		return u, nil // a domain; whether a valid one shows when a process enters
	}
	if text, err = readAt(dir, "cgroup.type"); err != nil {
		return u, &WriteError{File: p.Directory() + "/cgroup.type", Verb: "read", Err: err}
	}
	u.threaded = string(text) == "threaded\n"
	return u, nil
}

func (g *Group) lookV1(i, dir int) (u use, err error) {
	p := g.paths[i]
	if !g.fresh[i] {
		pids, err := processes(dir, true)
		if err != nil {
			return u, &WriteError{File: p.Directory() + "/cgroup.procs", Verb: "read", Err: err}
		}
		u.populated = len(pids) != 0
	}
	if !u.populated && p.Has("freezer") {
		state, err := freezerState(dir)
		if err != nil {
			return u, &WriteError{File: p.Directory() + "/freezer.state", Verb: "read", Err: err}
		}
		u.frozen = state != thawed
	}
	return u, nil
}

// Enter moves a process, with all its threads, into the cgroup of every
// hierarchy. The first move waits for the kernel to exclude concurrent forks
// (an RCU grace period, 8 to 12 ms on an idle machine); those that follow at
// once find them still excluded, so they are made back to back, and by one
// thread, since the kernel takes them one at a time anyway. In version 2 a
// process can be born in its cgroup instead, see FD; moving it to where it is
// does no harm.
func (g *Group) Enter(pid int) error { return g.enter(pid, len(g.paths)) }

// EnterVersion1 is Enter for a process that is in its cgroup of version 2 already,
// which need not be the group's.
func (g *Group) EnterVersion1(pid int) error {
	if i := g.unified(); i >= 0 {
		return g.enter(pid, i)
	}
	return g.enter(pid, len(g.paths))
}

// enter moves a process in the first so many hierarchies.
func (g *Group) enter(pid, hierarchies int) error {
	for i := range hierarchies {
		dir, err := g.dir(i)
		if err != nil {
			return err
		}
		if err := writeAt(dir, "cgroup.procs", decimal(int64(pid))); err != nil {
			return g.writeError(i, "cgroup.procs", decimal(int64(pid)), err)
		}
	}
	return nil
}
