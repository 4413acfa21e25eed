package cgroups

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// WriteError is a cgroup file or directory that did not take what it was given.
type WriteError struct {
	// File is its absolute path.
	File string
	// Value is what was to be written, if anything.
	Value string
	// Verb is what was tried otherwise: open, read, make cgroup, …
	Verb string
	// Err is the kernel's answer, a unix.Errno as a rule.
	Err error
	// Reason is why the kernel answers so in this case, where that is known.
	Reason string
}

func (e *WriteError) Error() string {
	s := "cannot "
	if e.Verb != "" {
		s += e.Verb + " " + e.File
	} else {
		s += "write " + e.Value + " to " + e.File
	}
	s += ": " + e.Err.Error()
	if e.Reason != "" {
		s += " (" + e.Reason + ")"
	}
	return s
}

// Unwrap gives the kernel's answer.
func (e *WriteError) Unwrap() error { return e.Err }

// Write makes one setting of the group. The file name must be that of a file in
// the cgroup itself. Errors are *WriteError.
func (g *Group) Write(s Setting) error {
	if s.File == "" || s.File[0] == '.' || strings.IndexByte(s.File, '/') >= 0 || strings.IndexByte(s.File, 0) >= 0 {
		return &WriteError{File: quote(s.File), Value: quote(s.Value), Err: unix.EINVAL, Reason: "it is not the name of a control file"}
	}
	i := g.paths.index(s.Controller)
	if i < 0 {
		return &WriteError{File: s.File, Value: s.Value, Err: unix.ENODEV, Reason: "the " + s.Controller + " controller is not mounted"}
	}
	dir, err := g.dir(i)
	if err != nil {
		return err
	}
	if s.CheckUsage {
		if err := g.checkUsage(i, dir, s); err != nil {
			return err
		}
	}
	err = writeAt(dir, s.File, s.Value)
	if err == unix.ENOENT && s.Fallback != nil {
		s.File, s.Value = s.Fallback.File, s.Fallback.Value
		if strings.IndexByte(s.File, '/') < 0 {
			err = writeAt(dir, s.File, s.Value)
		}
	}
	if err == nil || (err == unix.ENOENT && vacuous(s.File, s.Value)) {
		return nil
	}
	return g.writeError(i, s.File, s.Value, err)
}

// vacuous reports whether a kernel without the file behaves as if the value had
// been written: without swap accounting there is nothing to limit, without
// cpu.idle (5.15) and cpu.max.burst nothing to switch off.
func vacuous(file, value string) bool {
	switch file {
	case "memory.swap.max":
		return value == "max" || value == "0"
	case "memory.memsw.limit_in_bytes":
		return value == "-1"
	case "cpu.idle", "cpu.max.burst", "cpu.cfs_burst_us":
		return value == "0"
	}
	return false
}

// checkUsage refuses a limit below what is in use now. Between this look and
// the write the usage may grow past the limit: the kernel offers no such
// operation in one, and the answer is then the OOM killer's.
func (g *Group) checkUsage(i, dir int, s Setting) error {
	limit, err := strconv.ParseInt(s.Value, 10, 64)
	if err != nil {
		return nil // "max"
	}
	file := g.paths[i].Directory() + "/memory.current"
	text, err := readAt(dir, "memory.current")
	if err != nil {
		return &WriteError{File: file, Verb: "read", Err: err}
	}
	used := strings.TrimSpace(string(text))
	if n, err := strconv.ParseInt(used, 10, 64); err == nil && n > limit {
		return &WriteError{
			File: g.paths[i].Directory() + "/" + s.File, Value: s.Value, Err: unix.EBUSY,
			Reason: "it is below the memory in use, " + used + " bytes, and checkBeforeUpdate is set",
		}
	}
	return nil
}

// Apply makes settings in order, on a cgroup in use. Some pairs of files bound
// each other (memory and memory with swap, quota and period, quota and burst),
// so which comes first depends on the old values. Where the first of such a pair
// is refused, it is tried again after the second.
func (g *Group) Apply(settings []Setting) error {
	for i := 0; i < len(settings); i++ {
		err := g.Write(settings[i])
		if err == nil {
			continue
		}
		if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EBUSY) {
			return err
		}
		if i+1 == len(settings) || !bounded(settings[i].File, settings[i+1].File) {
			return err
		}
		if g.Write(settings[i+1]) != nil {
			return err
		}
		if err := g.Write(settings[i]); err != nil {
			return err
		}
		i++
	}
	return nil
}

// bounded reports whether the values of two files, neighbours in the tables,
// limit each other.
func bounded(first, second string) bool {
	switch first {
	case "memory.limit_in_bytes":
		return second == "memory.memsw.limit_in_bytes"
	case "cpu.rt_period_us":
		return second == "cpu.rt_runtime_us"
	case "cpu.cfs_period_us":
		return second == "cpu.cfs_quota_us"
	case "cpu.cfs_quota_us":
		return second == "cpu.cfs_burst_us"
	case "cpu.max":
		return second == "cpu.max.burst"
	}
	return false
}

func (g *Group) writeError(i int, file, value string, err error) error {
	p := g.paths[i]
	return &WriteError{File: p.Directory() + "/" + file, Value: value, Err: err, Reason: reason(file, value, p.Hierarchy == "", err)}
}
