package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/internal/smallpages"
	"github.com/tare-oci/tare/internal/wholefile"
	"github.com/tare-oci/tare/libcontainer/criu"
	"github.com/tare-oci/tare/specconv"
)

// CheckpointRequest is what the command line asks of a checkpoint.
type CheckpointRequest struct {
	CRIUOptions
	// Parent is an earlier pre-dump, relative to Images.
	Parent string
	// PreDump writes memory alone, while the container runs.
	PreDump bool
	// LeaveRunning keeps the container, which else is deleted.
	LeaveRunning bool
	// PageServer is the address of who takes the memory, "" for the image directory.
	PageServer string
	// StatusFD is a descriptor of tare's at which CRIU writes a NUL when it is
	// ready to hand out pages, -1 for none.
	StatusFD int
	// Warn is as that of a Request.
	Warn func(text string)
}

const dumpLog = "dump.log"

// Checkpoint writes the container's processes to files, from which Restore makes
// them again. Unless it is left running the container is then deleted. When it
// fails the container goes on.
func (c *Container) Checkpoint(r *CheckpointRequest) error {
	err := c.checkpoint(r)
	if err != nil {
		return fmt.Errorf("cannot checkpoint container %s: %w", c.State.ID, err)
	}
	if r.LeaveRunning || r.PreDump {
		return nil
	}
	return c.Destroy(r.Warn)
}

func (c *Container) checkpoint(r *CheckpointRequest) error {
	if err := r.check(); err != nil {
		return err
	}
	if err := r.checkParent(); err != nil {
		return err
	}
	// Another one would find the processes in CRIU's hands.
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	status := c.Status()
	if status != Running && status != Paused {
		if status == Stopped {
			return errNotRunning
		}
		return fmt.Errorf("it is %s, and has not run yet", status)
	}
	program, err := criu.Find(r.Path)
	if err != nil {
		return err
	}
	at, err := r.openDirectories()
	if err != nil {
		return err
	}
	defer at.close()
	opts, err := c.dumpOptions(r, at)
	if err != nil {
		return err
	}
	yard, err := c.makeYard()
	if err != nil {
		return err
	}
	defer c.removeYard()
	opts.CgroupYard = &yard
	if status != Paused {
		return r.dump(program, opts)
	}
	return c.held(func() error { return r.dump(program, opts) })
}

// checkParent looks for the earlier pre-dump: without it CRIU would write all memory.
func (r *CheckpointRequest) checkParent() error {
	if r.Parent == "" {
		return nil
	}
	dir := r.Parent
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.Images, dir)
	}
	if _, err := os.Stat(filepath.Join(dir, "inventory.img")); err != nil {
		return fmt.Errorf("--parent-path: there are no images in %s: %w", dir, unwrapped(err))
	}
	return nil
}

// held dumps a paused container, which CRIU finds in the freezer that it uses. What is
// left of it is paused again as it was.
func (c *Container) held(dump func() error) error {
	if err := c.withGroup((*cgroups.Group).ToV1); err != nil {
		return err
	}
	err := dump()
	if c.Status() != Stopped {
		err = errors.Join(err, c.withGroup((*cgroups.Group).ToV2))
	}
	return err
}

// dumpOptions looks at the container for what CRIU must be told, and keeps the record.
func (c *Container) dumpOptions(r *CheckpointRequest, at directories) (*rpc.CriuOpts, error) {
	config, err := c.CreationConfig()
	if err != nil {
		return nil, err
	}
	facts, err := Facts(config, &Request{Root: filepath.Dir(c.Dir), ID: c.State.ID, Bundle: c.State.Bundle, Rootless: RootlessAuto})
	if err != nil {
		return nil, err
	}
	c.State.Unit.factsOf(facts)
	mounts, err := specconv.HostMounts(config.Spec, facts, &specconv.Options{
		ID: c.State.ID, Bundle: c.State.Bundle, StateDir: c.Dir,
		Notify: unix.Access(filepath.Join(c.Dir, specconv.ReadinessDir), unix.F_OK) == nil,
	})
	if err != nil {
		return nil, err
	}
	survey, err := surveyMounts(c.State.Pid, mounts)
	if err != nil {
		return nil, err
	}
	opts := r.request(dumpLog, at, config.Spec.Annotations)
	pid := int32(c.State.Pid)
	opts.Pid, opts.LeaveRunning, opts.Root = &pid, &r.LeaveRunning, &c.State.Rootfs
	opts.External = survey.External
	for _, ns := range specconv.JoinedNamespaces(config.Spec) {
		external, err := c.externalNamespace(ns)
		if err != nil {
			return nil, err
		}
		opts.External = append(opts.External, external...)
	}
	streams, external, terminal := streamsOf(c.State.Pid, survey.mounts)
	if terminal >= 0 && !r.ShellJob {
		return nil, fmt.Errorf("its standard stream %d is a terminal of the host, which takes --shell-job", terminal)
	}
	survey.Record.Streams = streams
	opts.External = append(opts.External, external...)
	// Of a hierarchy in which the container has no cgroup of its own CRIU would keep, and
	// make again, those of everybody else.
	for _, p := range c.State.Cgroup {
		opts.CgroupDumpController = append(opts.CgroupDumpController, p.Hierarchy)
	}
	if dir := c.freezer(); dir != "" {
		opts.FreezeCgroup = &dir
	}
	if err := r.memory(opts); err != nil || r.PreDump {
		return opts, err
	}
	return opts, survey.Record.save(r.Images)
}

// memory says what becomes of it.
func (r *CheckpointRequest) memory(opts *rpc.CriuOpts) (err error) {
	if r.PageServer != "" {
		if opts.Ps, err = pageServer(r.PageServer); err != nil {
			return err
		}
	}
	if r.StatusFD >= 0 {
		fd := int32(r.StatusFD)
		opts.StatusFd = &fd
	}
	if r.Parent != "" {
		opts.ParentImg = &r.Parent
	}
	if r.PreDump || r.Parent != "" {
		yes := true
		opts.TrackMem = &yes
	}
	return nil
}

// dump has CRIU do it.
func (r *CheckpointRequest) dump(program string, opts *rpc.CriuOpts) error {
	talk, theirs, err := criu.Open()
	if err != nil {
		return err
	}
	defer talk.Close()
	process, err := launchCRIU(program, r.Path, theirs)
	unix.Close(theirs)
	if err != nil {
		return fmt.Errorf("cannot start %s: %w", program, err)
	}
	defer process.reap()
	defer talk.Close() // first: it ends when it is not spoken to any more
	if err := talk.CheckVersion(); err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	kind := rpc.CriuReqType_DUMP
	if r.PreDump {
		kind = rpc.CriuReqType_PRE_DUMP
	}
	if err := talk.Ask(kind, opts); err != nil {
		return err
	}
	for {
		a, err := talk.Next()
		switch {
		case err != nil:
			return criuError(err, r.Work, dumpLog)
		case a.Script == "":
			return nil
		}
		// A tare that was killed does not say so, and the container goes on.
		if err := talk.Continue(); err != nil {
			return criuError(err, r.Work, dumpLog)
		}
	}
}

// launchCRIU starts CRIU on the host, away from tare's terminal and its signals:
// interrupted, it could leave a process in the middle of what it has put into it.
func launchCRIU(program, path string, socket int) (*hookProcess, error) {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(null)
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, err
	}
	files := []uintptr{uintptr(null), uintptr(null), uintptr(null), uintptr(socket)} // which is criuSocket
	p := &hookProcess{pidfd: -1}
	p.pid, err = smallpages.ForkExec(program, criuArguments(), &syscall.ProcAttr{
		Dir: "/", Env: criuEnvironment(path), Files: files, Sys: &syscall.SysProcAttr{Setsid: true, PidFD: &p.pidfd},
	})
	return p, err
}

func criuArguments() []string { return []string{"criu", "swrk", strconv.Itoa(criuSocket)} }

func criuEnvironment(path string) []string { return []string{"PATH=" + path} }

// reap waits for the end of a process that is going to end.
func (p *hookProcess) reap() {
	for {
		if _, err := unix.Wait4(p.pid, nil, 0, nil); err != unix.EINTR {
			break
		}
	}
	unix.Close(p.pidfd)
}

// externalNamespace declares a namespace that the container has joined. Of the kinds
// that CRIU finds when it restores, it need not be told.
func (c *Container) externalNamespace(name string) ([]string, error) {
	var file string
	switch name {
	case "network":
		file = "net"
	case "pid":
		file = "pid"
	default:
		return nil, nil
	}
	var st unix.Stat_t
	path := "/proc/" + strconv.Itoa(c.State.Pid) + "/ns/" + file
	if err := unix.Stat(path, &st); err != nil {
		return nil, &os.PathError{Op: "cannot look at", Path: path, Err: err}
	}
	return []string{file + "[" + strconv.FormatUint(st.Ino, 10) + "]:" + specconv.NamespaceKey(name)}, nil
}

// streamsOf names the standard streams of a process, and declares those that are
// files outside of its mounts, which CRIU could not open again. terminal is one of them
// that is a terminal, -1 if none is.
func streamsOf(pid int, mounts []procfs.Mount) (names, external []string, terminal int) {
	terminal = -1
	for fd := range 3 {
		name, outside := streamOf(pid, fd, mounts)
		names = append(names, name)
		if !outside {
			continue
		}
		if strings.HasPrefix(name, streamTerminalKey) && terminal < 0 {
			terminal = fd
		}
		if !slices.Contains(external, name) {
			external = append(external, name)
		}
	}
	return names, external, terminal
}

// streamOf names one, in the words of CRIU (criu(8), --external) if it is outside.
func streamOf(pid, fd int, mounts []procfs.Mount) (name string, outside bool) {
	path := "/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(fd)
	name, err := os.Readlink(path)
	if err != nil || !strings.HasPrefix(name, "/") {
		return name, false
	}
	var st unix.Stat_t
	id, ok := mountOfDescriptor(pid, fd)
	if !ok || slices.ContainsFunc(mounts, func(m procfs.Mount) bool { return m.ID == id }) ||
		unix.Stat(path, &st) != nil || st.Mode&unix.S_IFMT == unix.S_IFSOCK {
		return name, false
	}
	if isTerminal(&st) {
		return streamTerminalKey + strconv.FormatUint(st.Rdev, 16) + ":" + strconv.FormatUint(st.Dev, 16) + "]", true
	}
	return streamFileKey + strconv.FormatUint(id, 16) + ":" + strconv.FormatUint(st.Ino, 16) + "]", true
}

// isTerminal says whether a file is one of Unix98's (devices.txt: 136 to 143).
func isTerminal(st *unix.Stat_t) bool {
	major := unix.Major(st.Rdev)
	return st.Mode&unix.S_IFMT == unix.S_IFCHR && major >= 136 && major <= 143
}

// mountOfDescriptor finds the mount that an open file is on (proc_pid_fdinfo(5)).
func mountOfDescriptor(pid, fd int) (uint64, bool) {
	text, err := wholefile.Read("/proc/" + strconv.Itoa(pid) + "/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return 0, false
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if value, ok := strings.CutPrefix(line, "mnt_id:"); ok {
			id, err := strconv.ParseUint(strings.TrimSpace(value), 10, 64)
			return id, err == nil
		}
	}
	return 0, false
}

// freezer is the cgroup with which CRIU stops all processes at once, "" for none. It
// wants that of version 1 where there is one.
func (c *Container) freezer() string {
	at := slices.IndexFunc(c.State.Cgroup, func(p cgroups.Path) bool { return p.Has("freezer") })
	if at >= 0 {
		return c.State.Cgroup[at].Directory()
	}
	if p, ok := c.State.Cgroup.Unified(); ok {
		return p.Directory()
	}
	return ""
}
