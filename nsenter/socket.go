package nsenter

import (
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// WithShortPath calls f with a path of at most 108 bytes, what a Unix socket
// address holds (unix(7)), by way of a descriptor of the directory.
func WithShortPath(path string, f func(string) error) error {
	if len(path) < 108 {
		return f(path)
	}
	dir, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	return f("/proc/self/fd/" + strconv.Itoa(dir) + "/" + filepath.Base(path))
}

// SendOne connects to the stream socket at path, sends one message with a
// descriptor, and closes the connection.
func SendOne(path string, message []byte, descriptor int) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := WithShortPath(path, func(short string) error {
		return unix.Connect(fd, &unix.SockaddrUnix{Name: short})
	}); err != nil {
		return &os.PathError{Op: "connect to", Path: path, Err: err}
	}
	n, err := unix.SendmsgN(fd, message, unix.UnixRights(descriptor), nil, unix.MSG_NOSIGNAL)
	for err == unix.EINTR {
		n, err = unix.SendmsgN(fd, message, unix.UnixRights(descriptor), nil, unix.MSG_NOSIGNAL)
	}
	// The rest of a message that did not fit goes without the descriptor.
	for err == nil && n < len(message) {
		message = message[n:]
		n, err = unix.SendmsgN(fd, message, nil, nil, unix.MSG_NOSIGNAL)
		if err == unix.EINTR {
			n, err = 0, nil
		}
	}
	return err
}
