package cgroups

import (
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

func (g *Group) writeError(i int, file, value string, err error) error {
	p := g.paths[i]
	e := &WriteError{File: p.Directory() + "/" + file, Value: value, Err: err, Reason: reason(file, value, p.Hierarchy == "", err)}
	if used := g.inUse(i, file); used != "" && err == unix.EBUSY {
		e.Reason += ": " + used + " bytes are in use"
	}
	return e
}

// inUse is how much is used of what a file limits. Of the files of version 2 only
// those of huge pages refuse: it takes any limit of memory, and makes room by
// killing.
func (g *Group) inUse(i int, file string) string {
	usage, ok := strings.CutSuffix(file, ".limit_in_bytes")
	if usage += ".usage_in_bytes"; !ok {
		if usage, ok = strings.CutSuffix(file, ".max"); !ok || !strings.HasPrefix(file, "hugetlb.") {
			return ""
		}
		usage += ".current"
	}
	text, _ := readAt(g.dirs[i], usage)
	return strings.TrimSpace(string(text))
}
