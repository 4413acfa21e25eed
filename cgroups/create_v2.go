package cgroups

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/wholefile"
)

// enableControllers makes the controllers available in the cgroup of dir. Those
// that are there already cost one read; the others are enabled in each cgroup
// from the mount point down to the parent. Only those asked for are: each costs
// every process below something.
func enableControllers(p Path, dir int, controllers []string) error {
	if len(controllers) == 0 {
		return nil
	}
	absent, err := lacking(dir, "cgroup.controllers", controllers)
	if err != nil {
		return &WriteError{File: p.Directory() + "/cgroup.controllers", Verb: "read", Err: err}
	}
	if len(absent) == 0 {
		return nil
	}
	for end := 0; end >= 0; end = next(p.Path, end) {
		if err := enableAt(p.Mountpoint+p.Path[:end], absent); err != nil {
			return err
		}
	}
	return nil
}

// next is the end of the path's next component, or -1 where that is the last.
func next(path string, end int) int {
	i := strings.IndexByte(path[end+1:], '/')
	if i < 0 {
		return -1
	}
	return end + 1 + i
}

// enableAt lets a cgroup pass controllers on to its children.
func enableAt(directory string, controllers []string) error {
	dir, err := openDirectory(directory, superV2)
	if err != nil {
		return &WriteError{File: directory, Verb: "open", Err: err}
	}
	defer func() { _ = unix.Close(dir) }()
	file := directory + "/cgroup.subtree_control"
	absent, err := lacking(dir, "cgroup.subtree_control", controllers)
	if err != nil {
		return &WriteError{File: file, Verb: "read", Err: err}
	}
	if len(absent) == 0 {
		return nil
	}
	value := "+" + strings.Join(absent, " +")
	if err := writeAt(dir, "cgroup.subtree_control", value); err != nil {
		return &WriteError{File: file, Value: value, Err: err, Reason: subtreeReason(err)}
	}
	return nil
}

// lacking lists the controllers that a file does not name.
func lacking(dir int, file string, controllers []string) ([]string, error) {
	text, err := readAt(dir, file)
	if err != nil {
		return nil, err
	}
	there := strings.Fields(string(text))
	var absent []string
	for _, c := range controllers {
		if !slices.Contains(there, c) {
			absent = append(absent, c)
		}
	}
	return absent, nil
}

// UnifiedControllers lists the version 2 controllers that settings need, sorted:
// what Create must be told.
func (l *Layout) UnifiedControllers(settings []Setting) []string {
	var cs []string
	for i := range settings {
		c := settings[i].Controller
		if version, present := l.version(c); present && version == 2 && !slices.Contains(cs, c) {
			cs = append(cs, c)
		}
	}
	slices.Sort(cs)
	return cs
}

// Delegate gives the version 2 cgroup to a user, who may then make cgroups below
// it and move processes among them, but not change its limits: the directory,
// and the files that the kernel names for that (cgroup-v2.rst, Model of
// Delegation; /sys/kernel/cgroup/delegate). uid is one of the host; the group of
// the files stays.
func (g *Group) Delegate(uid int) error {
	i := g.unified()
	if i < 0 {
		return &WriteError{File: g.paths[0].Directory(), Verb: "delegate", Err: unix.ENODEV, Reason: "only cgroup v2 can be delegated"}
	}
	dir, err := g.dir(i)
	if err != nil {
		return err
	}
	list, err := wholefile.Read("/sys/kernel/cgroup/delegate")
	if err != nil {
		// Linux 4.15 has it; an absent sysfs hides it. These are for certain.
		list = []byte("cgroup.procs cgroup.subtree_control cgroup.threads")
	}
	for _, file := range append(strings.Fields(string(list)), "") {
		// Last the directory itself, by the empty name.
		err := unix.Fchownat(dir, file, uid, -1, unix.AT_SYMLINK_NOFOLLOW|unix.AT_EMPTY_PATH)
		// Not every controller's files are there.
		if err != nil && (err != unix.ENOENT || file == "") {
			return &WriteError{File: g.paths[i].Directory() + "/" + file, Verb: "change the owner of", Err: err}
		}
	}
	return nil
}
