package cgroups

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// SettingError is a setting that was not made.
type SettingError struct {
	// Pointer is the JSON pointer of the field.
	Pointer string
	Err     error
	// Stuck are files that were changed before, and could not be set back.
	Stuck []string
}

func (e *SettingError) Error() string {
	if e.Pointer == "" {
		return e.Text()
	}
	return e.Pointer + ": " + e.Text()
}

// Text is the error without the pointer.
func (e *SettingError) Text() string {
	if len(e.Stuck) == 0 {
		return e.Err.Error()
	}
	return e.Err.Error() + "; and " + strings.Join(e.Stuck, ", ") + " could not be set back"
}

// Unwrap gives what went wrong.
func (e *SettingError) Unwrap() error { return e.Err }

// Undo takes back what was done because of an error, which it returns, with the
// files that could not be set back.
type Undo func(error) error

// Enable makes version 2 controllers available to a group that exists already
// (see Create).
func (g *Group) Enable(controllers []string) error {
	i := g.unified()
	if i < 0 || len(controllers) == 0 {
		return nil
	}
	dir, err := g.dir(i)
	if err != nil {
		return err
	}
	return enableControllers(g.paths[i], dir, controllers)
}

// Apply makes settings in order, on a cgroup in use. Some files bound each other
// (memory and memory with swap; period, quota and burst), so which comes first
// depends on the old values: one of them that is refused is tried again after the
// others. When a setting fails, what was changed before is set back, and the error
// is a *SettingError; otherwise undo does that later.
func (g *Group) Apply(settings []Setting) (undo Undo, err error) {
	var done []before
	undo = func(cause error) error {
		var e *SettingError
		if !errors.As(cause, &e) {
			e = &SettingError{Err: cause}
		}
		e.Stuck = g.restore(done)
		return e
	}
	for len(settings) > 0 && err == nil {
		n := 1
		for n < len(settings) && bounded(settings[0].File, settings[n].File) {
			n++
		}
		done, err = g.applyBounded(settings[:n], done)
		settings = settings[n:]
	}
	if err != nil {
		return nil, undo(err)
	}
	return undo, nil
}

// applyBounded makes settings that bound each other: all that can be made now, and
// again, until none is left or none can be made.
func (g *Group) applyBounded(settings []Setting, done []before) ([]before, error) {
	for {
		var left []Setting
		var first error
		for i := range settings {
			s := &settings[i]
			was := g.before(s)
			err := g.Write(*s)
			if err == nil {
				done = append(done, was...)
				continue
			}
			if first == nil {
				first = &SettingError{Pointer: s.Pointer, Err: err}
			}
			if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EBUSY) {
				return done, &SettingError{Pointer: s.Pointer, Err: err}
			}
			left = append(left, *s)
		}
		if len(left) == 0 || len(left) == len(settings) {
			return done, first
		}
		settings = left
	}
}

// bounded reports whether the values of two files limit each other, or are two
// entries of the same file. They are neighbours in the tables.
func bounded(a, b string) bool {
	family := func(file string) string {
		switch file {
		case "memory.limit_in_bytes", "memory.memsw.limit_in_bytes":
			return "memory"
		case "cpu.rt_period_us", "cpu.rt_runtime_us":
			return "realtime"
		case "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.cfs_burst_us", "cpu.max", "cpu.max.burst":
			return "bandwidth"
		}
		return ""
	}
	return family(a) != "" && family(a) == family(b)
}
