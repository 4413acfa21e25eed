package cgroups

import (
	"errors"
	"path"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Kill sends SIGKILL to every process of the group and below, without letting
// one escape by forking. It does not wait for them to end; see Wait. A group
// without processes, or one that is gone, is no error.
func (g *Group) Kill() error {
	i := g.unified()
	if i < 0 {
		return g.killV1()
	}
	dir, err := g.dir(i)
	if err == nil {
		// Linux 5.14. Works on a frozen cgroup too.
		if err = writeAt(dir, "cgroup.kill", "1"); err != nil {
			err = g.writeError(i, "cgroup.kill", "1", err)
		}
	}
	if err != nil && !gone(err) {
		return err
	}
	return g.Release()
}

// gone reports whether an error says that the cgroup does not exist any more.
func gone(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) }

// killV1 stops the processes first, so that none can fork while the list is
// read, and lets them go to meet the signal. Without a freezer, or where
// a process cannot be frozen, it sends the signal until a look finds nobody new.
func (g *Group) killV1() error {
	freezeErr := g.Freeze()
	if gone(freezeErr) {
		return nil
	}
	err := g.signalAll(unix.SIGKILL, freezeErr == nil)
	if e := g.Release(); err == nil {
		err = e
	}
	return err
}

// Signal sends a signal to every process of the group and below, each exactly
// once. They are frozen meanwhile, where they can be, so that none is born
// unsignalled; a group that was frozen before stays so and gets the signal when
// it is thawed. SIGKILL is Kill.
func (g *Group) Signal(signal unix.Signal) error {
	if signal == unix.SIGKILL {
		return g.Kill()
	}
	before, err := g.Frozen()
	if gone(err) {
		return nil
	}
	stopped := before
	if !before && err == nil {
		stopped = g.Freeze() == nil
	}
	err = g.signalAll(signal, stopped)
	if stopped && !before {
		if e := g.Thaw(); err == nil && !gone(e) {
			err = e
		}
	}
	return err
}

// signalAll signals every process once: it looks until it meets nobody new, since
// version 2 may call a group with children frozen a moment before they are (see
// frozenV2). In a frozen group no pid can be reused. Otherwise it holds each process
// by a pidfd that is used only when a second look, after the pidfd was opened, still
// finds the pid in the group: so a pid that was reused outside is not hit.
func (g *Group) signalAll(signal unix.Signal, stopped bool) error {
	var done []int
	for {
		pids, err := g.Procs(true)
		if err != nil {
			if gone(err) {
				return nil
			}
			return err
		}
		fresh := pids[:0]
		for _, p := range pids {
			if !slices.Contains(done, p) {
				fresh = append(fresh, p)
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		send := g.signalByPidfd
		if stopped {
			send = signalByNumber
		}
		if err := send(fresh, signal); err != nil {
			return err
		}
		done = append(done, fresh...)
	}
}

func signalByNumber(pids []int, signal unix.Signal) error {
	for _, p := range pids {
		if err := unix.Kill(p, signal); err != nil && err != unix.ESRCH {
			return signalError(p, err)
		}
	}
	return nil
}

// atOnce is how many processes are held by descriptors at a time.
const atOnce = 64

func (g *Group) signalByPidfd(pids []int, signal unix.Signal) error {
	for batch := range slices.Chunk(pids, atOnce) {
		if err := g.signalBatch(batch, signal); err != nil {
			return err
		}
	}
	return nil
}

func (g *Group) signalBatch(pids []int, signal unix.Signal) error {
	fds := make([]int, len(pids))
	for i, p := range pids {
		fds[i] = -1
		if fd, err := unix.PidfdOpen(p, 0); err == nil {
			fds[i] = fd
			defer func() { _ = unix.Close(fd) }()
		}
	}
	still, err := g.Procs(true)
	if err != nil {
		return err
	}
	for i, p := range pids {
		if fds[i] < 0 || !slices.Contains(still, p) {
			continue
		}
		if err := unix.PidfdSendSignal(fds[i], signal, nil, 0); err != nil && err != unix.ESRCH {
			return signalError(p, err)
		}
	}
	return nil
}

func signalError(pid int, err error) error {
	return errors.New("cannot signal process " + decimal(int64(pid)) + " of the cgroup: " + err.Error())
}

// Wait waits until no process is left in the group or below, at most as long as
// timeout. A group that is gone has none. The error of a timeout is
// unix.ETIMEDOUT.
func (g *Group) Wait(timeout time.Duration) error {
	i := g.census()
	dir, err := g.dir(i)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return waitEmpty(dir, g.paths[i].Hierarchy == "", within(timeout))
}

// WaitRemoved waits until somebody else has removed the group's directory in version 2,
// at most as long as timeout. Without one it does not wait.
func (g *Group) WaitRemoved(timeout time.Duration) {
	i := g.unified()
	if i < 0 {
		return
	}
	dir := g.paths[i].Directory()
	watch, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return
	}
	defer unix.Close(watch)
	// The parent's, which hears of it at once: the directory itself is told when its last descriptor is closed.
	if _, err := unix.InotifyAddWatch(watch, path.Dir(dir), unix.IN_DELETE); err != nil {
		return
	}
	var events [4096]byte
	for d := within(timeout); unix.Access(dir, unix.F_OK) == nil; {
		if ready, _ := poll([]unix.PollFd{{Fd: int32(watch), Events: unix.POLLIN}}, d); !ready {
			return
		}
		_, _ = unix.Read(watch, events[:])
	}
}

// waitEmpty waits until a cgroup has no processes: in version 2 for the kernel
// to say so in cgroup.events, in version 1, which has no such file, for the end
// of each process that is there.
func waitEmpty(dir int, v2 bool, d deadline) error {
	if v2 {
		ok, err := waitField(dir, "populated", "0", d)
		if ok || gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		return unix.ETIMEDOUT
	}
	for {
		pids, err := processes(dir, true)
		if err != nil {
			return err
		}
		if len(pids) == 0 {
			return nil
		}
		if err := waitExit(pids, d); err != nil {
			return err
		}
		if d.milliseconds() == 0 {
			return unix.ETIMEDOUT
		}
	}
}

// waitExit waits for the end of the first of the processes; those that follow
// are met at the next look. pids in a pid namespace that cannot be seen are 0.
func waitExit(pids []int, d deadline) error {
	for _, p := range pids {
		if p == 0 {
			continue
		}
		fd, err := unix.PidfdOpen(p, 0)
		if err == unix.ESRCH || err == unix.EINVAL || err == unix.ENOENT {
			// It has ended, or it is a thread whose leader has: EINVAL, from Linux
			// 6.16 on ENOENT, which would be taken for a cgroup that is gone.
			wait(50 * time.Microsecond)
			return nil
		}
		if err != nil {
			return err
		}
		ready, err := poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, d)
		_ = unix.Close(fd)
		if err == nil && !ready {
			err = unix.ETIMEDOUT
		}
		return err
	}
	wait(time.Millisecond)
	return nil
}
