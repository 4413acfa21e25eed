package cgroups

import (
	"strings"

	"golang.org/x/sys/unix"
)

// The version 2 freezer (cgroup.freeze and cgroup.events, Linux 5.2).

func (g *Group) freezeV2(i, dir int) error {
	if err := writeAt(dir, "cgroup.freeze", "1"); err != nil {
		return g.writeError(i, "cgroup.freeze", "1", err)
	}
	ok, err := g.settleV2(dir)
	if ok {
		return nil
	}
	_ = writeAt(dir, "cgroup.freeze", "0")
	if err != nil {
		return &WriteError{File: g.paths[i].Directory() + "/cgroup.events", Verb: "read", Err: err}
	}
	return g.errSlow(i)
}

// settleV2 waits until every process that was told to stop stands still. What the
// version 1 freezer of a hybrid host holds never says so: it cannot reach the place
// where version 2 stops it before version 1 lets it go, and then it stops there.
// So the version 1 freezer is asked about them, and with them about all the others.
func (g *Group) settleV2(dir int) (bool, error) {
	v1, held, err := g.heldByV1()
	if err != nil {
		return false, err
	}
	if !held {
		return waitField(dir, "frozen", "1", within(freezeWait))
	}
	dir1, err := g.dir(v1)
	if err != nil {
		return false, err
	}
	own, err := readAt(dir1, "freezer.self_freezing")
	if err != nil {
		return false, err
	}
	if err = g.freezeV1(v1, dir1); err != nil {
		return false, err
	}
	if string(own) == "1\n" {
		return true, nil // the container's own word, which stays
	}
	return true, g.thawV1(v1, dir1)
}

// heldByV1 reports whether the version 1 freezer of a hybrid host holds the group, or
// one below: which a container can do itself, pause never does.
func (g *Group) heldByV1() (i int, held bool, err error) {
	i = g.paths.index("freezer")
	if i < 0 || g.paths[i].Hierarchy == "" {
		return i, false, nil
	}
	dir, err := g.dir(i)
	if err == nil {
		held, err = heldBelow(dir)
	}
	if gone(err) {
		err = nil
	}
	return i, held, err
}

func heldBelow(dir int) (held bool, err error) {
	state, err := freezerState(dir)
	if err != nil || state != thawed {
		return err == nil, err
	}
	err = eachChild(dir, func(child int) (err error) {
		if !held {
			held, err = heldBelow(child)
		}
		return err
	})
	return held, err
}

// thawV2 does not wait: the processes run when the write returns, and "frozen 0"
// never comes while a parent is frozen.
func (g *Group) thawV2(i, dir int) error {
	if err := writeAt(dir, "cgroup.freeze", "0"); err != nil {
		return g.writeError(i, "cgroup.freeze", "0", err)
	}
	return nil
}

// frozenV2 does not take the word of cgroup.events alone. In a cgroup that has
// processes as well as children the kernel counts one of the two at a time
// (cgroup_update_frozen and cgroup_propagate_frozen, kernel/cgroup/freezer.c), and
// "frozen 1" can stay after a thaw. Frozen is only what somebody has asked to be.
func (g *Group) frozenV2(i, dir int) (bool, error) {
	text, err := readAt(dir, "cgroup.events")
	if err != nil {
		return false, &WriteError{File: g.paths[i].Directory() + "/cgroup.events", Verb: "read", Err: err}
	}
	still := field(text, "frozen") == "1"
	if !still && g.freezesAlone(i) {
		return false, nil
	}
	told, err := g.told(i, dir)
	if err != nil || !told || still {
		return told, err
	}
	_, held, err := g.heldByV1() // and is silent because of that, see settleV2
	return held, err
}

// freezesAlone says whether i, which is of version 2, is the only hierarchy that can freeze the group.
func (g *Group) freezesAlone(i int) bool {
	v1 := g.paths.index("freezer")
	return v1 < 0 || v1 == i
}

// surelyRuns asks version 2, where it alone freezes, with as few system calls as will
// do: a list of containers asks it of each. Whatever is not as usual makes it false.
func (g *Group) surelyRuns() bool {
	i := g.unified()
	if i < 0 || !g.freezesAlone(i) {
		return false
	}
	fd, err := openOn(g.paths[i].Directory()+"/cgroup.events", unix.O_RDONLY, superV2)
	if err != nil {
		return false
	}
	defer func() { _ = unix.Close(fd) }()
	var text [256]byte // of some 21
	n, err := unix.Read(fd, text[:])
	return err == nil && field(text[:n], "frozen") == "0"
}

// told reports whether the group is told to freeze, or a cgroup above it.
func (g *Group) told(i, dir int) (bool, error) {
	if own, err := asked(dir); err != nil || own {
		return own, err
	}
	return g.askedAbove(i)
}

// asked reports whether a cgroup is itself told to freeze. The root cannot be, and
// has no such file.
func asked(dir int) (bool, error) {
	text, err := readAt(dir, "cgroup.freeze")
	if err == unix.ENOENT {
		return false, nil
	}
	return string(text) == "1\n", err
}

// askedAbove reports whether a cgroup above is told to freeze, and the group with it.
func (g *Group) askedAbove(i int) (bool, error) {
	p := g.paths[i]
	for end := strings.LastIndexByte(p.Path, '/'); end >= 0; end = strings.LastIndexByte(p.Path[:end], '/') {
		dir, err := openDirectory(p.Mountpoint+p.Path[:end], superV2)
		if err != nil {
			return false, &WriteError{File: p.Mountpoint + p.Path[:end], Verb: "open", Err: err}
		}
		frozen, err := asked(dir)
		_ = unix.Close(dir)
		if err != nil || frozen {
			return frozen, err
		}
	}
	return false, nil
}
