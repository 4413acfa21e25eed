package cgroups

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// OOMWatch tells when processes of a group run out of memory. It belongs to its
// user, who closes it.
type OOMWatch struct {
	// FD and Events are what to wait for with poll(2); then ask Happened.
	FD     int
	Events int16

	// In version 1 control is memory.oom_control and FD an eventfd; in version 2
	// FD is memory.events, and kills what it said when last read.
	control int
	kills   string
}

// WatchOOM begins to watch. It returns nil where the group has no memory
// controller: then it has no limit of memory either.
func (g *Group) WatchOOM() (*OOMWatch, error) {
	i := g.paths.index("memory")
	if i < 0 {
		return nil, nil
	}
	dir, err := g.dir(i)
	if err != nil {
		return nil, err
	}
	begin, file := watchOOMV1, "cgroup.event_control"
	if g.paths[i].Hierarchy == "" {
		begin, file = watchOOMV2, "memory.events"
	}
	watch, err := begin(dir, file)
	if err == unix.ENOENT || err == unix.ENODEV {
		return nil, nil
	}
	if err != nil {
		return nil, &WriteError{File: g.paths[i].Directory() + "/" + file, Verb: "watch", Err: err}
	}
	return watch, nil
}

// Close ends the watch.
func (w *OOMWatch) Close() {
	_ = unix.Close(w.FD)
	if w.control >= 0 {
		_ = unix.Close(w.control)
	}
}

// Happened says whether memory has run out since the last question. It does not
// wait.
func (w *OOMWatch) Happened() bool {
	if w.control >= 0 {
		return w.happenedV1()
	}
	return w.happenedV2()
}

// Version 1 signals an eventfd each time it is about to kill, or would if it were
// allowed to (Documentation/admin-guide/cgroup-v1/memory.rst, section 10).
func watchOOMV1(dir int, file string) (*OOMWatch, error) {
	control, err := openat(dir, "memory.oom_control", unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err == nil {
		if err = writeAt(dir, file, decimal(int64(fd))+" "+decimal(int64(control))); err != nil {
			_ = unix.Close(fd)
		}
	}
	if err != nil {
		_ = unix.Close(control)
		return nil, err
	}
	return &OOMWatch{FD: fd, Events: unix.POLLIN, control: control}, nil
}

func (w *OOMWatch) happenedV1() bool {
	var count [8]byte
	n, err := unix.Read(w.FD, count[:])
	if err != nil || n != 8 || binary.NativeEndian.Uint64(count[:]) == 0 {
		return false
	}
	// The removal of the cgroup is signalled as well.
	_, err = readAll(w.control)
	return err == nil
}

// Version 2 counts the processes it has killed, of the group and those below, and
// wakes poll(2) when a count changes (cgroup-v2.rst, memory.events).
func watchOOMV2(dir int, file string) (*OOMWatch, error) {
	fd, err := openat(dir, file, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	text, err := readAll(fd)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return &OOMWatch{FD: fd, Events: unix.POLLPRI, control: -1, kills: field(text, "oom_kill")}, nil
}

func (w *OOMWatch) happenedV2() bool {
	text, err := readAll(w.FD)
	if err != nil {
		return false // the cgroup has been removed
	}
	before := w.kills
	w.kills = field(text, "oom_kill")
	return w.kills != before
}
