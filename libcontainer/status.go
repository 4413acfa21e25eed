package libcontainer

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/procfs"
)

// Status is a container's status as the runtime-spec names it (runtime.md,
// State), and paused, which engines expect.
type Status string

// The statuses, in the order of a container's life.
const (
	Creating Status = "creating"
	Created  Status = "created"
	Running  Status = "running"
	Paused   Status = "paused"
	Stopped  Status = "stopped"
)

// Status asks the kernel: is init alive, does it wait for start, is its cgroup frozen.
func (c *Container) Status() Status {
	if c.State.Pid == 0 {
		if alive(c.State.Creator, c.State.CreatorBorn) {
			return Creating
		}
		return Stopped
	}
	if !alive(c.State.Pid, c.State.Start) {
		return Stopped
	}
	if unix.Access(filepath.Join(c.Dir, startSocket), unix.F_OK) == nil {
		return Created
	}
	if c.frozen() {
		return Paused
	}
	return Running
}

// frozen says whether the container stands still. Without a cgroup nobody can have
// frozen it.
func (c *Container) frozen() bool {
	group, err := c.group()
	if err != nil {
		return false
	}
	defer group.Close()
	frozen, err := group.Frozen()
	return err == nil && frozen
}

// alive says whether pid is still the process that started then.
func alive(pid int, start uint64) bool {
	stat, err := procfs.ReadStat(pid)
	return err == nil && stat.Start == start && !stat.Dead()
}

// group opens the container's cgroup.
func (c *Container) group() (*cgroups.Group, error) {
	if !c.hasCgroup() {
		return nil, errNoCgroup
	}
	group, err := cgroups.Open(c.State.Cgroup)
	if err == nil {
		group.Beside = c.State.Unit.Name != ""
	}
	return group, err
}

// withGroup opens the container's cgroup for one act.
func (c *Container) withGroup(act func(*cgroups.Group) error) error {
	group, err := c.group()
	if err != nil {
		return err
	}
	defer group.Close()
	return act(group)
}

// Pids lists the processes of the container's cgroup and of those below it.
func (c *Container) Pids() (pids []int, err error) {
	if !c.hasCgroup() {
		pids = []int{}
		for _, m := range c.members() {
			pids = append(pids, m.pid)
		}
		return pids, nil
	}
	err = c.withGroup(func(g *cgroups.Group) error {
		pids, err = g.Procs(true)
		return err
	})
	if errors.Is(err, unix.ENOENT) && c.Status() == Stopped {
		// Systemd removes the cgroup of a unit whose processes have ended.
		return []int{}, nil
	}
	return pids, err
}

// Pause freezes the processes of a running container. One that waits for start is
// refused: start would wait for a frozen init. By the cgroup's own file where systemd
// has made it, too: systemd writes there only to freeze or thaw a unit itself
// (FreezeUnit), and leaves it alone at a daemon-reload.
func (c *Container) Pause() error {
	if status := c.Status(); status != Running {
		return fmt.Errorf("cannot pause container %s: it is %s", c.State.ID, status)
	}
	return c.freezing("pause", (*cgroups.Group).Freeze)
}

// Resume lets the processes of a paused container go on.
func (c *Container) Resume() error {
	if status := c.Status(); status != Paused {
		return fmt.Errorf("cannot resume container %s: it is %s", c.State.ID, status)
	}
	return c.freezing("resume", func(g *cgroups.Group) error {
		if err := g.Thaw(); err != nil {
			return err
		}
		if above, err := g.FrozenAbove(); err == nil && above {
			return fmt.Errorf("cannot resume container %s: a cgroup above its own is frozen", c.State.ID)
		}
		return nil
	})
}

func (c *Container) freezing(verb string, act func(*cgroups.Group) error) error {
	err := c.withGroup(act)
	if err == errNoCgroup {
		return fmt.Errorf("cannot %s container %s: %w", verb, c.State.ID, err)
	}
	return err
}
