package cgroups

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"
)

// Procs lists the processes of the group, and with recursive those of the
// cgroups below it as well. They are unordered and, unless the group is frozen,
// out of date at once. A process that is not visible in the caller's pid
// namespace, which the kernel shows as 0, is left out.
func (g *Group) Procs(recursive bool) ([]int, error) {
	i := g.census()
	dir, err := g.dir(i)
	if err != nil {
		return nil, err
	}
	pids, err := processes(dir, recursive)
	if err != nil {
		return nil, &WriteError{File: g.paths[i].Directory() + "/cgroup.procs", Verb: "read", Err: err}
	}
	seen := pids[:0]
	for _, p := range pids {
		if p != 0 {
			seen = append(seen, p)
		}
	}
	return seen, nil
}

// census is the hierarchy whose processes count as the container's: version 2 if
// there is one, since nothing leaves it by itself; otherwise the freezer's,
// which Signal and Kill stop; otherwise the first.
func (g *Group) census() int {
	if i := g.unified(); i >= 0 {
		return i
	}
	if i := g.paths.index("freezer"); i >= 0 {
		return i
	}
	return 0
}

// processes reads cgroup.procs of dir, and of what lies below it.
func processes(dir int, recursive bool) ([]int, error) {
	text, err := readAt(dir, "cgroup.procs")
	switch err {
	case nil:
	case unix.EOPNOTSUPP:
		// A threaded cgroup: its processes are listed by the domain above.
	case unix.ENOENT, unix.ENODEV:
		// Removed since it was opened.
		return nil, nil
	default:
		return nil, err
	}
	pids := make([]int, 0, 16)
	for line := range bytes.Lines(text) {
		if pid, err := strconv.Atoi(string(bytes.TrimSpace(line))); err == nil {
			pids = append(pids, pid)
		}
	}
	if !recursive {
		return pids, nil
	}
	err = eachChild(dir, func(child int) error {
		more, err := processes(child, true)
		pids = append(pids, more...)
		return err
	})
	return pids, err
}

// eachChild opens each cgroup directly below dir for visit. One that is removed
// meanwhile is left out.
func eachChild(dir int, visit func(child int) error) error {
	return children(dir, func(name string) error {
		child, err := openat(dir, name, unix.O_PATH|unix.O_DIRECTORY)
		if err == nil {
			err = visit(child)
			_ = unix.Close(child)
		}
		if gone(err) {
			return nil
		}
		return err
	})
}

// children calls visit for each cgroup directly below dir.
func children(dir int, visit func(name string) error) error {
	fd, err := openat(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err == unix.ENOENT {
		return nil // removed since
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	var names []string
	buf := make([]byte, 8192)
	for {
		n := 0
		err := ignoringEINTR(func() (err error) {
			n, err = unix.Getdents(fd, buf)
			return err
		})
		if err != nil && err != unix.ENOENT {
			return err
		}
		if n <= 0 {
			break
		}
		names = directories(buf[:n], names)
	}
	for _, name := range names {
		if err := visit(name); err != nil {
			return err
		}
	}
	return nil
}

// directories picks the directories out of what getdents64(2) gave. cgroup file
// systems always tell the type, and only directories are cgroups.
func directories(buf []byte, names []string) []string {
	const reclen, kind, name = 16, 18, 19 // offsets in struct linux_dirent64
	for len(buf) > name {
		n := int(binary.NativeEndian.Uint16(buf[reclen:]))
		if n < name || n > len(buf) {
			break
		}
		if buf[kind] == unix.DT_DIR {
			s := buf[name:n]
			if end := bytes.IndexByte(s, 0); end >= 0 {
				s = s[:end]
			}
			if string(s) != "." && string(s) != ".." {
				names = append(names, string(s))
			}
		}
		buf = buf[n:]
	}
	return names
}
