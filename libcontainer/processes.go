package libcontainer

import (
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/procfs"
)

// What a cgroup tells of a container's processes is looked up in /proc for a
// container that has none: those of its pid namespace, and the descendants of
// its init. In a pid namespace that is not its own, a process whose parents have
// all ended is no longer known to be the container's.

// member is a process of the container.
type member struct {
	pid   int
	start uint64
}

// members lists the processes of a container without a cgroup, init last.
func (c *Container) members() []member {
	if !alive(c.State.Pid, c.State.Start) {
		return nil // and with it all of a pid namespace of its own
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	namespace := ""
	if c.ownsPidNamespace() {
		namespace = pidNamespace(c.State.Pid)
	}
	parents := map[int]int{}
	found := map[int]uint64{c.State.Pid: c.State.Start}
	starts := map[int]uint64{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := procfs.ReadStat(pid)
		if err != nil || stat.Dead() {
			continue
		}
		parents[pid], starts[pid] = stat.Parent, stat.Start
		if namespace != "" && pidNamespace(pid) == namespace {
			found[pid] = stat.Start
		}
	}
	for grown := true; grown; {
		grown = false
		for pid, parent := range parents {
			_, known := found[pid]
			if _, ours := found[parent]; ours && !known {
				found[pid], grown = starts[pid], true
			}
		}
	}
	list := make([]member, 0, len(found))
	for pid, start := range found {
		if pid != c.State.Pid {
			list = append(list, member{pid, start})
		}
	}
	slices.SortFunc(list, func(a, b member) int { return a.pid - b.pid })
	return append(list, member{c.State.Pid, c.State.Start})
}

// ownsPidNamespace says whether init is the first process of its pid namespace,
// with which all others of it end (pid_namespaces(7)).
func (c *Container) ownsPidNamespace() bool {
	pid, err := procfs.InnermostPid(c.State.Pid)
	return err == nil && pid == 1 && c.State.Pid != 1
}

// pidNamespace identifies a process's pid namespace, "" if this user may not know.
func pidNamespace(pid int) string {
	name, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/pid")
	return name
}

// signalMembers signals each process of a container without a cgroup once, until
// a look finds nobody new.
func (c *Container) signalMembers(signal unix.Signal) error {
	done := map[member]bool{}
	for {
		fresh := false
		for _, m := range c.members() {
			if done[m] {
				continue
			}
			done[m], fresh = true, true
			if err := m.signal(signal); err != nil && err != unix.ESRCH {
				return err
			}
		}
		if !fresh {
			return nil
		}
	}
}

// signal signals the process unless its number has become another's.
func (m member) signal(signal unix.Signal) error {
	pidfd, err := unix.PidfdOpen(m.pid, 0)
	if err != nil {
		return err
	}
	defer unix.Close(pidfd)
	if !alive(m.pid, m.start) {
		return unix.ESRCH
	}
	return unix.PidfdSendSignal(pidfd, signal, nil, 0)
}
