package cgroups

import (
	"bytes"
	"strconv"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// ReplaceDevices enforces rules in place of others on a cgroup in use. What both
// lists allow is allowed at every moment between, and what neither does at none.
// When it fails, the old rules are in force again as far as that can be, and the
// error is a *SettingError.
func (g *Group) ReplaceDevices(before, after []specs.LinuxDeviceCgroup) error {
	if err := g.replaceDevices(before, after); err != nil {
		return &SettingError{Pointer: "/linux/resources/devices", Err: err}
	}
	return nil
}

func (g *Group) replaceDevices(before, after []specs.LinuxDeviceCgroup) error {
	i := g.paths.index("devices")
	if i < 0 {
		return errNoDevices
	}
	if g.paths[i].Hierarchy == "" {
		p, err := DeviceProgram(after)
		if err != nil {
			return err
		}
		return g.SetDevices(p) // which is one step
	}
	old, _ := exceptionsOf(before, func(string, string) {}) // it was in force once
	var fault error
	state, ok := exceptionsOf(after, func(part, text string) { fault = &FieldError{part, text} })
	if !ok {
		return fault
	}
	dir, err := g.dir(i)
	if err != nil {
		return err
	}
	old, err = exceptionsNow(dir, old)
	if err != nil {
		return &WriteError{File: g.paths[i].Directory() + "/devices.list", Verb: "read", Err: err}
	}
	if old.allow != state.allow {
		return g.turnDevices(i, dir, old, state)
	}
	if err := g.changeExceptions(i, dir, old, state); err != nil {
		if now, e := exceptionsNow(dir, old); e == nil {
			_ = g.changeExceptions(i, dir, now, old)
		}
		return err
	}
	return nil
}

const errNoDevices = constantError("this host has neither cgroup v2 nor the v1 devices controller mounted")

// exceptionsNow is what the kernel enforces. It lists the exceptions where the
// default is to deny, and hides them where it is to allow
// (devcgroup_seq_show): those are as recorded.
func exceptionsNow(dir int, recorded exceptions) (exceptions, error) {
	text, err := readAt(dir, "devices.list")
	if err != nil {
		return exceptions{}, err
	}
	now := exceptions{}
	for line := range bytes.Lines(text) {
		r, ok := parseListed(line)
		switch {
		case ok && r.kind == 'a':
			if recorded.allow {
				return recorded, nil
			}
			return exceptions{allow: true}, nil
		case ok:
			now.rules = append(now.rules, r)
		}
	}
	return now, nil
}

// parseListed reads a line of devices.list, "c 1:3 rwm".
func parseListed(line []byte) (r rule, ok bool) {
	f := bytes.Fields(line)
	if len(f) != 3 || len(f[0]) != 1 {
		return r, false
	}
	major, minor, ok := bytes.Cut(f[1], []byte{':'})
	d := specs.LinuxDeviceCgroup{Type: string(f[0]), Access: string(f[2]), Major: listedNumber(major), Minor: listedNumber(minor)}
	r, _, fault := checkRule(&d)
	return r, ok && fault == ""
}

func listedNumber(text []byte) *int64 {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return nil // "*"
	}
	return &n
}

// changeExceptions goes from one set to another with the same default: what is
// new comes before what goes.
func (g *Group) changeExceptions(i, dir int, from, to exceptions) error {
	add, remove := "devices.allow", "devices.deny"
	if to.allow {
		add, remove = remove, add
	}
	for _, w := range [...]struct {
		file string
		list []rule
	}{{add, to.without(from)}, {remove, from.without(to)}} {
		for _, r := range w.list {
			value := r.device() + " " + r.access.String()
			if err := writeAt(dir, w.file, value); err != nil {
				return g.writeError(i, w.file, value, err)
			}
		}
	}
	return nil
}

// without lists what the exceptions say of each device that others do not say of
// the very same one.
func (e exceptions) without(others exceptions) (list []rule) {
	for _, r := range e.rules {
		for _, o := range others.rules {
			if o.kind == r.kind && o.major == r.major && o.minor == r.minor {
				r.access &^= o.access
			}
		}
		if r.access != 0 {
			list = append(list, r)
		}
	}
	return list
}

// turnDevices goes from one default to the other, which drops all exceptions:
// the processes stand still while there are none. The kernel refuses where cgroups
// lie below.
func (g *Group) turnDevices(i, dir int, from, to exceptions) error {
	if was, err := g.Frozen(); err != nil || !was {
		if err := g.Freeze(); err != nil {
			return err
		}
		defer func() { _ = g.Thaw() }()
	}
	err := g.writeExceptions(i, dir, to)
	if err != nil {
		_ = g.writeExceptions(i, dir, from)
	}
	return err
}

// writeExceptions writes a state from scratch.
func (g *Group) writeExceptions(i, dir int, e exceptions) error {
	file := "devices.deny"
	if e.allow {
		file = "devices.allow"
	}
	if err := writeAt(dir, file, "a"); err != nil {
		return g.writeError(i, file, "a", err)
	}
	return g.changeExceptions(i, dir, exceptions{allow: e.allow}, e)
}
