package cgroups

import (
	"time"

	"golang.org/x/sys/unix"
)

// ignoringEINTR repeats a call that a signal interrupted. The Go runtime sends
// itself SIGURG to preempt, and cgroup writes that reclaim memory give way to
// any signal.
func ignoringEINTR(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// openat opens a file of a cgroup directory. Control files are never symlinks
// and never created by opening.
func openat(dir int, name string, flags int) (fd int, err error) {
	err = ignoringEINTR(func() (err error) {
		fd, err = unix.Openat(dir, name, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
		return err
	})
	if err != nil {
		return -1, err
	}
	return fd, nil
}

// openDirectory opens a cgroup of the given file system type as an O_PATH fd.
func openDirectory(dir string, fstype int64) (int, error) {
	return openOn(dir, unix.O_PATH|unix.O_DIRECTORY, fstype)
}

// openOn opens what is on a file system of the given type, after no symlink on the
// way. Checking the type keeps every later write off an ordinary directory, such as
// one left under /sys/fs/cgroup by an unmount.
func openOn(path string, flags uint64, fstype int64) (int, error) {
	how := unix.OpenHow{
		Flags:   flags | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	fd := -1
	err := ignoringEINTR(func() (err error) {
		fd, err = unix.Openat2(unix.AT_FDCWD, path, &how)
		return err
	})
	if err != nil {
		return -1, err
	}
	var s unix.Statfs_t
	if err = unix.Fstatfs(fd, &s); err == nil && int64(s.Type) != fstype {
		err = errNotCgroup
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

type constantError string

func (e constantError) Error() string { return string(e) }

const errNotCgroup = constantError("it is not on a cgroup file system of the expected version")

// writeAt writes value to a control file in one write(2): the kernel takes each
// as a whole. An empty value becomes an empty line, because a write of no bytes
// does not reach the file.
func writeAt(dir int, name, value string) error {
	if value == "" {
		value = "\n"
	}
	fd, err := openat(dir, name, unix.O_WRONLY)
	if err != nil {
		return err
	}
	err = ignoringEINTR(func() error {
		n, err := unix.Write(fd, []byte(value))
		if err == nil && n != len(value) {
			err = unix.E2BIG // cut off at a page
		}
		return err
	})
	if e := unix.Close(fd); err == nil {
		err = e
	}
	return err
}

// readAt reads a control file whole.
func readAt(dir int, name string) ([]byte, error) {
	fd, err := openat(dir, name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }()
	return readAll(fd)
}

// readAll reads from the beginning of a file, which may be read again and again.
func readAll(fd int) ([]byte, error) {
	b := make([]byte, 0, 1024)
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n := 0
		err := ignoringEINTR(func() (err error) {
			n, err = unix.Pread(fd, b[len(b):cap(b)], int64(len(b)))
			return err
		})
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return b, nil
		}
		b = b[:len(b)+n]
	}
}

// field finds the value of a line "KEY VALUE" as in cgroup.events.
func field(text []byte, key string) string {
	s := string(text)
	for len(s) != 0 {
		line := s
		s = ""
		for i := range len(line) {
			if line[i] == '\n' {
				line, s = line[:i], line[i+1:]
				break
			}
		}
		if len(line) > len(key) && line[:len(key)] == key && line[len(key)] == ' ' {
			return line[len(key)+1:]
		}
	}
	return ""
}

// deadline bounds a wait.
type deadline struct{ at time.Time }

func within(d time.Duration) deadline { return deadline{time.Now().Add(d)} }

// milliseconds is what is left, for poll(2), rounded up; 0 when it has passed.
func (d deadline) milliseconds() int {
	left := time.Until(d.at)
	if left <= 0 {
		return 0
	}
	return int((left + time.Millisecond - 1) / time.Millisecond)
}

// poll waits for any of the events until the deadline; ready is false when none
// came.
func poll(fds []unix.PollFd, d deadline) (ready bool, err error) {
	for {
		n, err := unix.Poll(fds, d.milliseconds())
		if err == unix.EINTR {
			continue
		}
		return n > 0, err
	}
}

// waitField waits until a line of cgroup.events has a value. The kernel wakes
// poll(2) with POLLPRI whenever the file changes since it was last read.
func waitField(dir int, key, value string, d deadline) (bool, error) {
	fd, err := openat(dir, "cgroup.events", unix.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer func() { _ = unix.Close(fd) }()
	for {
		text, err := readAll(fd)
		if err != nil {
			return false, err
		}
		if field(text, key) == value {
			return true, nil
		}
		if ready, err := poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLPRI}}, d); !ready {
			return false, err
		}
	}
}
