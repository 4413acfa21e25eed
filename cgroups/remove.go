package cgroups

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// removeWait bounds the wait for processes that are ending. Killing them is the
// caller's business, see Kill.
const removeWait = 10 * time.Second

// Remove removes the cgroup with everything below it, in every hierarchy. It
// waits, at most 10 s, for processes that have been killed and have not ended
// yet. A cgroup that is gone already is no error; parents stay.
func (g *Group) Remove() error {
	var faults []error
	d := within(removeWait)
	for i := range g.paths {
		if err := g.remove(i, d); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Destroy is Remove, and Kill before that where any process is left. Nearly always
// none is, and to try costs less than to ask.
func (g *Group) Destroy() error {
	if g.removeIdle() {
		return nil
	}
	return errors.Join(g.Kill(), g.Remove())
}

// removeIdle removes a cgroup without processes and children. The one whose
// processes count comes first: while it is there, Kill finds them.
func (g *Group) removeIdle() bool {
	idle := func(i int) bool {
		err := rmdir(unix.AT_FDCWD, g.paths[i].Directory())
		return err == nil || gone(err)
	}
	census := g.census()
	removed := idle(census)
	for i := range g.paths {
		removed = removed && (i == census || idle(i))
	}
	return removed
}

// Undo removes exactly the directories that Create made: the cgroup itself as
// Remove does, and of the parents those that are empty, since another container
// may have moved in meanwhile. Controllers that were enabled in parents stay
// enabled. Where Create took over a cgroup, it stays.
func (g *Group) Undo() error {
	var faults []error
	d := within(removeWait)
	for i := range g.fresh {
		if g.fresh[i] {
			if err := g.remove(i, d); err != nil {
				faults = append(faults, err)
			}
		}
	}
	for i := len(g.made) - 1; i >= 0; i-- {
		// Leaves are gone by now and answer ENOENT.
		err := ignoringEINTR(func() error { return unix.Rmdir(g.made[i]) })
		if err != nil && err != unix.EBUSY && err != unix.ENOTEMPTY && err != unix.ENOENT && len(faults) == 0 {
			faults = append(faults, &WriteError{File: g.made[i], Verb: "remove", Err: err})
		}
	}
	g.made, g.fresh = nil, nil
	return errors.Join(faults...)
}

// remove removes the cgroup in one hierarchy. Nearly always it is empty, and one
// rmdir(2) does it.
func (g *Group) remove(i int, d deadline) error {
	p := g.paths[i]
	err := rmdir(unix.AT_FDCWD, p.Directory())
	if err == unix.EBUSY {
		var dir int
		if dir, err = g.dir(i); err == nil {
			err = removeBusy(p, dir, d)
		}
	}
	if err == nil || gone(err) {
		return nil
	}
	var w *WriteError
	if errors.As(err, &w) {
		return err
	}
	return &WriteError{File: p.Directory(), Verb: "remove cgroup", Err: err, Reason: removeReason(err)}
}

// removeBusy removes a cgroup that has children or processes: the children
// first, and when that does not do, again after the processes have ended. The
// end of a process shows a moment before the kernel lets go of its cgroup (from
// Linux 6.19 on that happens after the parent could wait for it), so EBUSY
// is met again for a while, with pauses that grow from 50 µs to 10 ms: an empty
// cgroup that is busy has nothing to wait for.
func removeBusy(p Path, dir int, d deadline) error {
	for pause := 50 * time.Microsecond; ; pause = min(2*pause, 10*time.Millisecond) {
		err := removeChildren(dir)
		if err != nil && err != unix.EBUSY {
			return err
		}
		if err = rmdir(unix.AT_FDCWD, p.Directory()); err != unix.EBUSY {
			return err
		}
		if err := waitEmpty(dir, p.Hierarchy == "", d); err != nil {
			return err
		}
		if err = removeChildren(dir); err == nil {
			err = rmdir(unix.AT_FDCWD, p.Directory())
		}
		if err != unix.EBUSY || d.milliseconds() == 0 {
			return err
		}
		wait(pause)
	}
}

// removeChildren removes what lies below a cgroup, the deepest first.
func removeChildren(dir int) error {
	return children(dir, func(name string) error {
		err := rmdir(dir, name)
		if err == unix.EBUSY {
			var child int
			if child, err = openat(dir, name, unix.O_PATH|unix.O_DIRECTORY); err == nil {
				err = removeChildren(child)
				_ = unix.Close(child)
			}
			if err == nil {
				err = rmdir(dir, name)
			}
		}
		if gone(err) {
			return nil
		}
		return err
	})
}

func rmdir(dir int, name string) error {
	return ignoringEINTR(func() error { return unix.Unlinkat(dir, name, unix.AT_REMOVEDIR) })
}

func removeReason(err error) string {
	switch err {
	case unix.ETIMEDOUT, unix.EBUSY:
		return "processes are still in it after 10 s; they may be in an uninterruptible sleep, state D"
	case unix.EROFS:
		return "the cgroup file system is mounted read-only"
	case unix.EACCES, unix.EPERM:
		return "this user was not given the parent cgroup (delegation)"
	}
	return ""
}

// Exists reports whether the cgroup is there in any hierarchy.
func (g *Group) Exists() bool {
	for i := range g.paths {
		if unix.Access(strings.TrimSuffix(g.paths[i].Directory(), "/"), unix.F_OK) == nil {
			return true
		}
	}
	return false
}
