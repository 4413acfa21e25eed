package libcontainer

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
)

// errNotRunning has the words engines look for when a signal comes too late.
var errNotRunning = errors.New("container not running")

// Kill sends a signal to the container's init, or with all to each of its processes.
func (c *Container) Kill(signal unix.Signal, all bool) error {
	if all {
		return c.killAll(signal)
	}
	if c.Status() == Stopped {
		return fmt.Errorf("cannot signal container %s: %w", c.State.ID, errNotRunning)
	}
	pidfd, err := c.open()
	if err != nil {
		return fmt.Errorf("cannot signal container %s: %w", c.State.ID, err)
	}
	defer unix.Close(pidfd)
	if err := unix.PidfdSendSignal(pidfd, signal, nil, 0); err != nil {
		if err == unix.ESRCH {
			err = errNotRunning
		}
		return fmt.Errorf("cannot signal container %s: %w", c.State.ID, err)
	}
	if signal == unix.SIGKILL {
		if err := c.release(); err != nil {
			return fmt.Errorf("cannot kill container %s: %w", c.State.ID, err)
		}
	}
	return nil
}

// release lets processes that a v1 hierarchy has frozen see the SIGKILL they were sent.
func (c *Container) release() error {
	if len(c.State.Cgroup) == 0 || c.unifiedOnly() {
		return nil
	}
	return c.withGroup((*cgroups.Group).Release)
}

func (c *Container) unifiedOnly() bool {
	_, unified := c.State.Cgroup.Unified()
	return unified && len(c.State.Cgroup) == 1
}

// killAll signals every process of the container's cgroup; with none there it succeeds.
func (c *Container) killAll(signal unix.Signal) error {
	if !c.hasCgroup() {
		if err := c.signalMembers(signal); err != nil {
			return fmt.Errorf("cannot signal the processes of container %s: %w", c.State.ID, err)
		}
		return nil
	}
	err := c.withGroup(func(g *cgroups.Group) error {
		if signal == unix.SIGKILL {
			return g.Kill()
		}
		return g.Signal(signal)
	})
	if err != nil {
		return fmt.Errorf("cannot signal the processes of container %s: %w", c.State.ID, err)
	}
	return nil
}

// open returns a pidfd of the container's init, which is the one that was started.
func (c *Container) open() (int, error) {
	pidfd, err := unix.PidfdOpen(c.State.Pid, 0)
	if err != nil {
		if err == unix.ESRCH {
			err = errNotRunning
		}
		return -1, err
	}
	if !alive(c.State.Pid, c.State.Start) {
		unix.Close(pidfd)
		return -1, errNotRunning
	}
	return pidfd, nil
}
