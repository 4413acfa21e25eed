// Package wholefile reads files in one piece, without Go's poller: os.ReadFile
// asks epoll about every file it opens, and sets epoll up for that.
package wholefile

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// Longest is how many bytes are read of a file at most. What an engine writes has
// some hundred KiB; what never ends, or is a hole of terabytes, would take all memory.
const Longest = 64 << 20

// Read reads the file at path. The error is an *fs.PathError, of EFBIG for a file
// that is longer than Longest.
func Read(path string) ([]byte, error) {
	fd, err := open(path, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return From(fd, path)
}

// ReadRegular is Read for what must be a regular file. For any other the error is of
// EINVAL, at once: who opens a fifo waits for somebody to write to it, and no signal that
// is held back ends that.
func ReadRegular(path string) ([]byte, error) {
	fd, err := open(path, unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return from(fd, path, st.Size, st.Size > 0)
	case unix.S_IFDIR:
		return nil, &fs.PathError{Op: "read", Path: path, Err: unix.EISDIR}
	}
	return nil, &fs.PathError{Op: "read", Path: path, Err: unix.EINVAL}
}

func open(path string, flags int) (int, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|flags, 0)
		switch err {
		case nil:
			return fd, nil
		case unix.EINTR:
		default:
			return -1, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// From reads an open file to its end. name is for errors, which are those of Read.
func From(fd int, name string) ([]byte, error) {
	var st unix.Stat_t
	_ = unix.Fstat(fd, &st)
	// Files of procfs, sysfs and cgroups say 0 or a page.
	return from(fd, name, max(4095, st.Size), false)
}

// from begins with room for size, and one byte more, so that the end is seen without growing.
// Where the size is exact, a read that stops there has seen the end.
func from(fd int, name string, size int64, exact bool) ([]byte, error) {
	if size > Longest {
		return nil, &fs.PathError{Op: "read", Path: name, Err: unix.EFBIG}
	}
	data := make([]byte, 0, size+1)
	for {
		n, err := unix.Read(fd, data[len(data):cap(data)])
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, &fs.PathError{Op: "read", Path: name, Err: err}
		case n == 0:
			return data, nil
		case len(data)+n > Longest:
			return nil, &fs.PathError{Op: "read", Path: name, Err: unix.EFBIG}
		}
		data = data[:len(data)+n]
		if exact && int64(len(data)) == size {
			return data, nil
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}
