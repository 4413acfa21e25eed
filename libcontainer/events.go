package libcontainer

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/internal/resctrl"
)

// Stats is what the kernel has counted for a container.
type Stats struct {
	*cgroups.Stats
	// Interfaces are those of its network namespace, if it has one of its own.
	Interfaces []procfs.Interface
	// Resctrl is of its resctrl group, nil if it is in none.
	Resctrl *resctrl.Stats
}

// Stats reads the container's figures.
func (c *Container) Stats() (stats *Stats, err error) {
	err = c.observe(func(_ int, g *cgroups.Group) error {
		stats, err = c.stats(g)
		return err
	})
	return stats, err
}

// observe gives act a pidfd of the container's init and its cgroup.
func (c *Container) observe(act func(pidfd int, g *cgroups.Group) error) error {
	switch status := c.Status(); status {
	case Stopped, Creating:
		return fmt.Errorf("cannot tell the events of container %s: it is %s: %w", c.State.ID, status, errNotRunning)
	}
	pidfd, err := c.open()
	if err == nil {
		defer unix.Close(pidfd)
		err = c.withGroup(func(g *cgroups.Group) error { return act(pidfd, g) })
	}
	if err != nil {
		return fmt.Errorf("cannot tell the events of container %s: %w", c.State.ID, err)
	}
	return nil
}

func (c *Container) stats(g *cgroups.Group) (*Stats, error) {
	s, err := g.Stats()
	if err != nil {
		return nil, err
	}
	rdt, err := c.resctrlStats()
	if err != nil {
		return nil, err
	}
	interfaces, err := procfs.Interfaces(c.State.Pid)
	// A process that is ending gives its namespaces back before it is a zombie.
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ESRCH) {
		err = errNotRunning
	}
	if err == nil && !alive(c.State.Pid, c.State.Start) {
		err = errNotRunning // what was read may be of another
	}
	if err != nil {
		return nil, err
	}
	return &Stats{Stats: s, Interfaces: interfaces, Resctrl: rdt}, nil
}

// Watch calls stats at every interval, and oom whenever the container has run out
// of memory, until the container ends or one of them fails.
func (c *Container) Watch(interval time.Duration, stats func(*Stats) error, oom func() error) error {
	return c.observe(func(pidfd int, g *cgroups.Group) error {
		w := watcher{container: c, group: g, pidfd: pidfd, oom: oom, stats: stats}
		defer w.close()
		next := time.Now().Add(interval)
		for {
			ended, err := w.wait(next)
			if ended || err != nil {
				return err
			}
			if now := time.Now(); !now.Before(next) {
				if ended, err = w.report(); ended || err != nil {
					return err
				}
				// Not from now on, which would drift, unless it is late already.
				if next = next.Add(interval); next.Before(now) {
					next = now.Add(interval)
				}
			}
		}
	})
}

type watcher struct {
	container *Container
	group     *cgroups.Group
	pidfd     int
	memory    *cgroups.OOMWatch // nil while the cgroup has no memory controller
	stats     func(*Stats) error
	oom       func() error
}

func (w *watcher) close() {
	if w.memory != nil {
		w.memory.Close()
	}
}

// wait returns at the time, after memory has run out, or when the container ends.
func (w *watcher) wait(until time.Time) (ended bool, err error) {
	if w.memory == nil { // asked again: an update may bring the controller
		if w.memory, err = w.group.WatchOOM(); err != nil {
			return false, err
		}
	}
	fds := []unix.PollFd{{Fd: int32(w.pidfd), Events: unix.POLLIN}}
	if w.memory != nil {
		fds = append(fds, unix.PollFd{Fd: int32(w.memory.FD), Events: w.memory.Events})
	}
	// Rounded up, so as not to wake a moment too early and turn.
	left := max(0, time.Until(until)+time.Millisecond-1)
	_, err = unix.Poll(fds, int(min(left/time.Millisecond, 1<<30)))
	if err != nil && err != unix.EINTR {
		return false, err
	}
	// Always asked: version 2 tells of changes no more than every 10 ms, and init
	// may have been the one that was killed.
	if w.memory != nil && w.memory.Happened() {
		err = w.oom()
	} else {
		err = nil
	}
	return fds[0].Revents != 0, err
}

// report gives the figures. Those of a container that ends meanwhile are nobody's.
func (w *watcher) report() (ended bool, err error) {
	s, err := w.container.stats(w.group)
	if err != nil {
		if errors.Is(err, errNotRunning) {
			return false, nil // its pidfd will tell of the end
		}
		if !alive(w.container.State.Pid, w.container.State.Start) {
			return true, nil
		}
		return false, err
	}
	return false, w.stats(s)
}
