package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/wholefile"
	"github.com/tare-oci/tare/specconv"
)

// Names in a container's directory.
const (
	stateFile   = "state.json"
	configFile  = specconv.KeptConfig
	startSocket = "start.sock"
)

// CheckID refuses a container id that is not made of letters, digits and _ + . -
// or that means something to a file system; the error says which.
func CheckID(id string) error {
	switch id {
	case "":
		return errors.New("the container id is empty")
	case ".", "..":
		return fmt.Errorf("the container id %q is a directory's name for itself or its parent", id)
	}
	if len(id) > 255 {
		return fmt.Errorf("the container id has %d bytes: at most 255 make a file name", len(id))
	}
	for _, c := range []byte(id) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '_' && c != '+' && c != '.' && c != '-' {
			return fmt.Errorf("the container id %q has a character that is not a letter, a digit or one of _ + . -", id)
		}
	}
	return nil
}

// NotExistError says that there is no container of that id. Engines look for
// the words "does not exist".
type NotExistError struct{ ID string }

func (e *NotExistError) Error() string { return "container " + e.ID + " does not exist" }

// Container is a container that has a directory under the state root.
type Container struct {
	Dir   string // absolute path of its directory
	State State
}

// Load finds the container id under the state root.
func Load(root, id string) (*Container, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	c := &Container{Dir: filepath.Join(root, id)}
	data, err := wholefile.ReadRegular(filepath.Join(c.Dir, stateFile))
	if errors.Is(err, os.ErrNotExist) {
		if _, statErr := os.Lstat(c.Dir); statErr == nil {
			return nil, &brokenError{c.Dir, errors.New("it has no " + stateFile)}
		}
		return nil, &NotExistError{id}
	}
	if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EINVAL) {
		return nil, &brokenError{c.Dir, err}
	}
	if err != nil {
		return nil, err
	}
	if err := c.State.decode(data); err != nil {
		return nil, &brokenError{c.Dir, err}
	}
	if c.State.ID != id {
		return nil, &brokenError{c.Dir, fmt.Errorf("it is of container %q", c.State.ID)}
	}
	return c, nil
}

// brokenError is a state directory that tare cannot make sense of: what a tare
// that was killed in its first instant leaves.
type brokenError struct {
	dir   string
	cause error
}

func (e *brokenError) Error() string {
	return "the state in " + e.dir + " cannot be read: " + e.cause.Error() + "; `tare delete --force` removes it"
}

// save writes state.json so that a reader sees the old one or the new one.
func (c *Container) save() error {
	return writeAside(filepath.Join(c.Dir, stateFile), c.State.encode(), 0o600)
}

// writeAside writes a file under another name and renames it.
func writeAside(path string, data []byte, mode uint32) error {
	dir, name := filepath.Split(path)
	aside := dir + "." + name + "." + strconv.Itoa(os.Getpid())
	if err := writeNew(aside, data, mode); err != nil {
		return &os.PathError{Op: "cannot write", Path: path, Err: errors.Unwrap(err)}
	}
	if err := unix.Rename(aside, path); err != nil {
		_ = unix.Unlink(aside)
		return &os.PathError{Op: "cannot write", Path: path, Err: err}
	}
	return nil
}

// writeNew writes a file that must not exist; when it fails there is none.
func writeNew(path string, data []byte, mode uint32) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
	if err != nil {
		return &os.PathError{Op: "cannot write", Path: path, Err: err}
	}
	defer unix.Close(fd)
	for len(data) > 0 {
		n, err := unix.Write(fd, data)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			_ = unix.Unlink(path)
			return &os.PathError{Op: "cannot write", Path: path, Err: err}
		}
		data = data[n:]
	}
	return nil
}

// remove deletes the container's directory, which only tare writes to. The error
// is os.ErrNotExist if there is none.
func (c *Container) remove() error {
	for _, name := range []string{startSocket, configFile, stateFile} {
		_ = unix.Unlink(filepath.Join(c.Dir, name))
	}
	err := unix.Rmdir(c.Dir)
	if err == unix.ENOTEMPTY {
		err = os.RemoveAll(c.Dir) // what a killed tare was writing aside
	}
	return err
}
