package cgroups

import (
	"strings"

	"golang.org/x/sys/unix"
)

// fillCpuset gives a cpuset that is empty what its parent has, and the parent
// first what its own has: a new cpuset has neither CPUs nor memory nodes, and a
// process cannot enter it (cpuset(7)). With cgroup.clone_children set in the
// parent the kernel has done so.
func fillCpuset(mountpoint, path string) error {
	dir, err := openDirectory(mountpoint+path, superV1)
	if err != nil {
		return &WriteError{File: mountpoint + path, Verb: "open", Err: err}
	}
	defer func() { _ = unix.Close(dir) }()
	parent := -1
	for _, file := range [...]string{"cpuset.cpus", "cpuset.mems"} {
		value, err := readList(dir, mountpoint+path, file)
		if err != nil {
			return err
		}
		if value != "" {
			continue
		}
		up := path[:strings.LastIndexByte(path, '/')]
		if parent < 0 {
			if up != "" {
				if err := fillCpuset(mountpoint, up); err != nil {
					return err
				}
			}
			if parent, err = openDirectory(mountpoint+up, superV1); err != nil {
				return &WriteError{File: mountpoint + up, Verb: "open", Err: err}
			}
			defer func() { _ = unix.Close(parent) }()
		}
		if value, err = readList(parent, mountpoint+up, file); err != nil {
			return err
		}
		if err := writeAt(dir, file, value); err != nil {
			return &WriteError{File: mountpoint + path + "/" + file, Value: value, Err: err, Reason: cpusetReason(file, err)}
		}
	}
	return nil
}

func readList(dir int, directory, file string) (string, error) {
	text, err := readAt(dir, file)
	if err != nil {
		return "", &WriteError{File: directory + "/" + file, Verb: "read", Err: err}
	}
	return strings.TrimSpace(string(text)), nil
}
