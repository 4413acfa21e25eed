package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/specconv"
)

// Delete removes a container that has stopped, or one that was created and not
// started; with force, one in any state. A force-delete of what is not there succeeds.
func Delete(root, id string, force bool, warn func(string)) error {
	c, err := Load(root, id)
	if err != nil {
		return deleteUnloaded(root, id, force, err)
	}
	switch status := c.Status(); status {
	case Stopped, Created:
	default:
		if !force {
			return fmt.Errorf("cannot delete container %s: it is %s; stop it first, or use --force", id, status)
		}
	}
	return c.Destroy(warn)
}

// deleteUnloaded deals with an id whose state cannot be read.
func deleteUnloaded(root, id string, force bool, cause error) error {
	var missing *NotExistError
	var broken *brokenError
	switch {
	case !force:
		return cause
	case errors.As(cause, &missing):
		return nil
	case errors.As(cause, &broken):
		return removeBroken(filepath.Join(root, id))
	}
	return cause
}

// removeBroken removes what a killed tare has left of a container's directory. One that
// has anything else in it was never a container's: --root names another place than it should.
func removeBroken(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !ownName(e.Name()) {
			return fmt.Errorf("%s is not a container's directory: it has %q in it; see --root", dir, e.Name())
		}
	}
	return os.RemoveAll(dir)
}

// ownName says whether tare makes files of that name in a container's directory.
func ownName(name string) bool {
	switch name {
	case stateFile, configFile, startSocket, specconv.ReadinessDir, yardDir:
		return true
	}
	return strings.HasPrefix(name, "."+stateFile+".") || strings.HasPrefix(name, "."+configFile+".") // see writeAside
}

// Destroy ends what is left of the container's processes and removes its
// cgroup, its resctrl groups, its mounts on the host and its state, in that order, so that a second try finds what a first one
// left. Then its poststop hooks run; warn is told which of them fail.
func (c *Container) Destroy(warn func(string)) error {
	err := c.end()
	if err == nil && c.hasCgroup() {
		if c.State.Unit.Name != "" {
			err = c.removeUnit(warn)
		} else {
			err = c.withGroup((*cgroups.Group).Destroy)
		}
	}
	if err == nil {
		err = c.State.Resctrl.remove()
	}
	if err == nil {
		err = c.detachRoot()
	}
	if err != nil {
		return fmt.Errorf("cannot delete container %s: %w", c.State.ID, err)
	}
	hooks := c.deletedHooks(warn)
	err = c.remove()
	if errors.Is(err, os.ErrNotExist) {
		return nil // somebody else has deleted it, and runs its hooks
	}
	if err != nil {
		return fmt.Errorf("cannot delete container %s: %w", c.State.ID, err)
	}
	hooks()
	return nil
}

// end kills init, and with it its pid namespace, and waits for it.
func (c *Container) end() error {
	if !c.hasCgroup() && !c.ownsPidNamespace() {
		// Before init: its end takes away what shows that they are the container's.
		if err := c.signalMembers(unix.SIGKILL); err != nil {
			return err
		}
	}
	if c.State.Pid != 0 {
		pidfd, err := c.open()
		if err == nil {
			defer unix.Close(pidfd)
			if err := unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0); err != nil && err != unix.ESRCH {
				return err
			}
			if err := c.release(); err != nil {
				return err
			}
			if err := awaitEnd(pidfd); err != nil {
				return err
			}
		}
	}
	return nil
}

// awaitEnd waits until the process of a pidfd has ended (pidfd_open(2): readable).
func awaitEnd(pidfd int) error {
	fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		if err != unix.EINTR {
			return err
		}
	}
}
