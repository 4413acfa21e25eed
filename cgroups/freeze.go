package cgroups

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// freezeWait bounds the wait for a freeze: a process in an uninterruptible sleep
// (a dead network file system) cannot be frozen until it wakes.
const freezeWait = 10 * time.Second

// errNoFreezer is the answer where neither version can freeze.
const errNoFreezer = constantError("cannot freeze: this host has neither cgroup v2 nor the v1 freezer controller mounted")

// Freeze stops every process of the group and waits until all have stopped. If
// they have not within 10 s they are thawed again and an error is returned.
func (g *Group) Freeze() error {
	return g.freezer(func(i, dir int) error {
		if g.paths[i].Hierarchy == "" {
			return g.freezeV2(i, dir)
		}
		return g.freezeV1(i, dir)
	})
}

// Thaw lets the processes run again, and waits until they do.
func (g *Group) Thaw() error {
	return g.freezer(func(i, dir int) error {
		if g.paths[i].Hierarchy == "" {
			return g.thawV2(i, dir)
		}
		return g.thawV1(i, dir)
	})
}

// Release lets every process of the group and below meet a SIGKILL. A version 1
// freezer holds it back, that of a cgroup below, too, which the container may have
// frozen itself; what version 2 has frozen dies of it (cgroup-v2.rst, cgroup.freeze).
func (g *Group) Release() error {
	i := g.paths.index("freezer")
	if i < 0 || g.paths[i].Hierarchy == "" {
		return nil
	}
	dir, err := g.dir(i)
	if err == nil {
		if err = release(dir); err != nil {
			err = g.writeError(i, "freezer.state", thawed, err)
		}
	}
	if err == nil {
		var text []byte
		if text, err = readAt(dir, "freezer.parent_freezing"); string(text) == "1\n" {
			return errHeld
		}
	}
	if gone(err) {
		return nil
	}
	return err
}

const errHeld = constantError("a cgroup above its own is frozen by the cgroup v1 freezer, which keeps SIGKILL from it; thaw that first")

func release(dir int) error {
	if err := writeAt(dir, "freezer.state", thawed); err != nil {
		return err
	}
	return eachChild(dir, release)
}

// Frozen reports whether every process of the group is stopped, by its own
// freezer or by a parent's.
func (g *Group) Frozen() (frozen bool, err error) {
	if g.surelyRuns() {
		return false, nil
	}
	err = g.freezer(func(i, dir int) (err error) {
		if g.paths[i].Hierarchy == "" {
			frozen, err = g.frozenV2(i, dir)
		} else {
			frozen, err = g.frozenV1(i, dir)
		}
		return err
	})
	return frozen, err
}

// FrozenAbove reports whether a cgroup above the group is frozen: then no process of
// it runs, whatever its own freezer says.
func (g *Group) FrozenAbove() (frozen bool, err error) {
	err = g.freezer(func(i, dir int) (err error) {
		if g.paths[i].Hierarchy == "" {
			frozen, err = g.askedAbove(i)
			return err
		}
		text, err := readAt(dir, "freezer.parent_freezing")
		frozen = string(text) == "1\n"
		return err
	})
	return frozen, err
}

// freezer calls do for the hierarchy that freezes. On a hybrid host that is
// version 2: what it has frozen can still be killed.
func (g *Group) freezer(do func(i, dir int) error) error {
	i := g.paths.index("freezer")
	if u := g.unified(); u >= 0 {
		i = u
	}
	if i < 0 {
		return errNoFreezer
	}
	dir, err := g.dir(i)
	if err != nil {
		return err
	}
	return do(i, dir)
}

// ToV1 has the version 1 freezer hold the processes that version 2 has frozen, on a
// hybrid host: CRIU thaws there only what version 1 holds. None of them runs in between.
func (g *Group) ToV1() error {
	return g.both(func(v1, dir1, v2, dir2 int) error {
		if err := g.freezeV1(v1, dir1); err != nil {
			return err
		}
		return g.thawV2(v2, dir2)
	})
}

// ToV2 takes ToV1 back. Version 2 calls a process frozen only when it has left the other
// freezer, so the wait comes last.
func (g *Group) ToV2() error {
	return g.both(func(v1, dir1, v2, dir2 int) error {
		if err := writeAt(dir2, "cgroup.freeze", "1"); err != nil {
			return g.writeError(v2, "cgroup.freeze", "1", err)
		}
		if err := g.thawV1(v1, dir1); err != nil {
			return err
		}
		return g.freezeV2(v2, dir2)
	})
}

// both calls do where the host has both freezers, and otherwise nothing.
func (g *Group) both(do func(v1, dir1, v2, dir2 int) error) error {
	v1, v2 := g.paths.index("freezer"), g.unified()
	if v1 < 0 || v2 < 0 || g.paths[v1].Hierarchy == "" {
		return nil
	}
	dir1, err := g.dir(v1)
	if err != nil {
		return err
	}
	dir2, err := g.dir(v2)
	if err != nil {
		return err
	}
	return do(v1, dir1, v2, dir2)
}

// errSlow says which processes would not stop.
func (g *Group) errSlow(i int) error {
	return errors.New("cannot freeze " + g.paths[i].Directory() + ": a process did not stop within 10 s (it may be in an uninterruptible sleep, state D)")
}

// The version 1 freezer (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst).

const (
	thawed   = "THAWED"
	freezing = "FREEZING"
	frozen   = "FROZEN"
)

// freezeV1 writes FROZEN until the state says so. The version 1 freezer notifies
// nobody: its state is worked out when it is read, so reading is the only way to
// know, and there is nothing to poll(2). Between reads it waits on an empty
// poll(2), 50 µs at first and twice as long each time up to 10 ms, since nearly
// every freeze is done at the first or second look. It writes again each
// time, because a process that enters a cgroup while it is FREEZING is stopped
// only by the next write.
func (g *Group) freezeV1(i, dir int) error {
	d := within(freezeWait)
	for pause := 50 * time.Microsecond; ; pause = min(2*pause, 10*time.Millisecond) {
		if err := writeAt(dir, "freezer.state", frozen); err != nil {
			return g.writeError(i, "freezer.state", frozen, err)
		}
		state, err := freezerState(dir)
		if err != nil {
			return &WriteError{File: g.paths[i].Directory() + "/freezer.state", Verb: "read", Err: err}
		}
		if state == frozen {
			return nil
		}
		if d.milliseconds() == 0 {
			_ = writeAt(dir, "freezer.state", thawed)
			return g.errSlow(i)
		}
		wait(pause)
	}
}

// wait lets a moment pass where the kernel offers nothing to wait for.
func wait(pause time.Duration) {
	t := unix.NsecToTimespec(int64(pause))
	_, _ = unix.Ppoll(nil, &t, nil)
}

// thawV1 need not wait: the write wakes the processes itself.
func (g *Group) thawV1(i, dir int) error {
	if err := writeAt(dir, "freezer.state", thawed); err != nil {
		return g.writeError(i, "freezer.state", thawed, err)
	}
	return nil
}

func (g *Group) frozenV1(i, dir int) (bool, error) {
	state, err := freezerState(dir)
	if err != nil {
		return false, &WriteError{File: g.paths[i].Directory() + "/freezer.state", Verb: "read", Err: err}
	}
	return state == frozen, nil
}

func freezerState(dir int) (string, error) {
	text, err := readAt(dir, "freezer.state")
	if err != nil {
		return "", err
	}
	for _, s := range [...]string{thawed, freezing, frozen} {
		if string(text) == s+"\n" {
			return s, nil
		}
	}
	return "", errState
}

const errState = constantError("it holds none of THAWED, FREEZING, FROZEN")
