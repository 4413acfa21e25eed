package nsenter

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/plan"
)

// clone is the parent's half of plan.Clone: open_tree(2) in the host's mount
// namespace, with the final attributes set while nobody can see the mount.
func (s *Session) clone(step *plan.Step) error {
	c := plan.MountClone{
		Flags: step.N[2], Set: step.N[3], Clear: step.N[4],
		SetAll: step.N[5], ClearAll: step.N[6], Propagation: step.N[7],
	}
	flags := uint(unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC)
	if c.Flags&plan.CloneRecursive != 0 {
		flags |= unix.AT_RECURSIVE
	}
	if c.Flags&plan.CloneNofollow != 0 {
		flags |= unix.AT_SYMLINK_NOFOLLOW
	}
	fd, err := unix.OpenTree(unix.AT_FDCWD, step.S[0], flags)
	if err != nil {
		return kernelFloor(err, "open_tree")
	}
	if err := setattr(fd, c); err != nil {
		unix.Close(fd)
		return err
	}
	s.Assign(plan.Slot(step.N[1]), fd)
	return nil
}

// setattr changes a whole tree first and then its top, so that what is asked of
// the top alone wins there.
func setattr(fd int, c plan.MountClone) error {
	tree := unix.MountAttr{Attr_set: uint64(c.SetAll), Attr_clr: uint64(c.ClearAll)}
	top := unix.MountAttr{Attr_set: uint64(c.Set), Attr_clr: uint64(c.Clear)}
	target := &top
	if c.Propagation&plan.PropagationRec != 0 {
		target = &tree
	}
	target.Propagation = uint64(c.Propagation &^ plan.PropagationRec)
	for _, change := range []struct {
		attr  *unix.MountAttr
		flags uint
	}{{&tree, unix.AT_RECURSIVE}, {&top, 0}} {
		if *change.attr == (unix.MountAttr{}) {
			continue
		}
		if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|change.flags, change.attr); err != nil {
			return kernelFloor(err, "mount_setattr")
		}
	}
	return nil
}

// kernelFloor turns "no such system call" into what it means.
func kernelFloor(err error, call string) error {
	if err == unix.ENOSYS {
		return errors.New(call + ": this kernel is older than Linux 5.14, the oldest that tare runs on")
	}
	return err
}

func (s *Session) openNamespace(step *plan.Step) error {
	path := step.S[0]
	if path[0] != '/' {
		path = "/proc/" + strconv.Itoa(s.Pid) + "/" + path
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err != nil || int64(kind) != step.N[0] {
		unix.Close(fd)
		if err != nil {
			return errors.New("it is not a namespace")
		}
		return errors.New("it is a namespace of another kind")
	}
	if step.N[2] != 0 && own(fd, step.N[0]) {
		unix.Close(fd)
		return errors.New("it is the host's own, and the config would change it")
	}
	s.Assign(plan.Slot(step.N[1]), fd)
	return nil
}

// own says whether fd is the namespace of that kind that tare itself is in.
func own(fd int, kind int64) bool {
	names := map[int64]string{plan.NewNetwork: "net", plan.NewUTS: "uts", plan.NewIPC: "ipc", plan.NewUser: "user"}
	var theirs, ours unix.Stat_t
	err := errors.Join(unix.Fstat(fd, &theirs), unix.Stat("/proc/self/ns/"+names[kind], &ours))
	return err == nil && theirs.Dev == ours.Dev && theirs.Ino == ours.Ino
}

func (s *Session) openPidfd(step *plan.Step) error {
	pid := int(step.N[0])
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return err
	}
	// The pidfd holds whoever has the pid now: ask who that is only after opening it.
	stat, err := procfs.ReadStat(pid)
	if err != nil || stat.Start != uint64(step.N[1]) || stat.Dead() {
		unix.Close(fd)
		return unix.ESRCH
	}
	s.Assign(plan.Slot(step.N[2]), fd)
	return nil
}

func (s *Session) listen(step *plan.Step) (func(), error) {
	path := step.S[0]
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	err = WithShortPath(path, func(short string) error {
		return unix.Bind(fd, &unix.SockaddrUnix{Name: short})
	})
	if err == nil {
		err = unix.Listen(fd, 4)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	s.Assign(plan.Slot(step.N[0]), fd)
	return func() { _ = unix.Unlink(path) }, nil
}

func (s *Session) rlimit(step *plan.Step) error {
	limit := unix.Rlimit{Cur: uint64(step.N[1]), Max: uint64(step.N[2])}
	err := unix.Prlimit(s.Pid, int(step.N[0]), &limit, nil)
	if err == unix.EPERM {
		return errors.New("raising a hard limit needs CAP_SYS_RESOURCE: " + err.Error())
	}
	return err
}

func (s *Session) oomScoreAdj(step *plan.Step) error {
	err := writeFile("/proc/"+strconv.Itoa(s.Pid)+"/oom_score_adj", strconv.FormatInt(step.N[0], 10))
	if errors.Is(err, unix.EACCES) {
		return errors.New("lowering it needs CAP_SYS_RESOURCE: " + unix.EACCES.Error())
	}
	return err
}

// sendTerminal hands the master to the console socket in one message, as
// engines read it, or keeps it for tare's own terminal.
func (s *Session) sendTerminal(step *plan.Step) error {
	master := s.slots[step.N[0]]
	if step.S[0] == "" {
		s.slots[step.N[0]] = -1
		s.Terminal = os.NewFile(uintptr(master), "/dev/ptmx")
		return nil
	}
	return SendOne(step.S[0], []byte("/dev/ptmx"), master)
}

func writeFile(path, value string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = write(fd, value)
	return err
}
