// Package wholefile reads files in one piece, without Go's poller: os.ReadFile
// asks epoll about every file it opens, and sets epoll up for that.
package wholefile

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// Read reads the file at path. The error is an *fs.PathError.
func Read(path string) ([]byte, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	for err == unix.EINTR {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	data := make([]byte, 0, sizeOf(fd))
	for {
		n, err := unix.Read(fd, data[len(data):cap(data)])
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		case n == 0:
			return data, nil
		}
		if data = data[:len(data)+n]; len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// sizeOf is room for what fstat(2) says, and one byte more, so that the end is
// seen without growing. Files of procfs, sysfs and cgroups say 0 or a page.
func sizeOf(fd int) int64 {
	const least = 4096
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return least
	}
	return max(least, st.Size+1)
}
