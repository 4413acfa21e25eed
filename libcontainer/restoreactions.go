package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/libcontainer/criu"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// restorer does the parent's steps that restore a container: those of a maker, and
// the conversation with CRIU, which init has become.
type restorer struct {
	maker
	asked     *RestoreRequest
	program   string
	record    *record
	inherited []inherited
	joined    []*rpc.JoinNamespace

	talk *criu.Conversation
	// theirs is CRIU's end of the conversation, null what it has for standard streams.
	theirs, null int
	// pid and pidfd are CRIU's; the session's are those of the container's first
	// process as soon as there is one.
	pid, pidfd int
}

func (x *restorer) actions() map[plan.Kind]nsenter.Action {
	actions := x.maker.actions()
	actions[plan.KindPass] = x.pass
	actions[plan.KindRestore] = x.restore
	actions[plan.KindProcesses] = x.processes
	actions[plan.KindVerify] = x.verify
	actions[plan.KindResume] = x.resume
	return actions
}

// pass hands a namespace over. Those that have no key in CRIU's images it opens by a
// path: that of tare's own descriptor, of which it is known what it leads to.
func (x *restorer) pass(s *nsenter.Session, step *plan.Step) (func(), error) {
	key, fd := step.S[0], s.Descriptor(plan.Slot(step.N[0]))
	for _, kind := range [...]string{"ipc", "uts"} {
		if key == specconv.NamespaceKey(kind) {
			file := "/proc/" + strconv.Itoa(os.Getpid()) + "/fd/" + strconv.Itoa(fd)
			x.joined = append(x.joined, &rpc.JoinNamespace{Ns: &kind, NsFile: &file})
			return nil, nil
		}
	}
	x.inherit(s, key, fd)
	return nil, nil
}

// restore asks CRIU for the container, and hears from it when the first process is
// there.
func (x *restorer) restore(s *nsenter.Session, step *plan.Step) (func(), error) {
	closeAll([]int{x.theirs}) // only CRIU has it now: its end is one of the conversation
	x.theirs = -1
	x.pid, x.pidfd = s.Pid, s.Pidfd
	undo := func() { x.end(s) }
	if err := x.checkStreams(); err != nil {
		return undo, err
	}
	if err := x.talk.CheckVersion(); err != nil {
		return undo, fmt.Errorf("%s: %w", x.program, err)
	}
	if err := x.talk.Ask(rpc.CriuReqType_RESTORE, x.options(s, step)); err != nil {
		return undo, x.failed(err)
	}
	a, err := x.until("setup-namespaces")
	if err != nil {
		return undo, err
	}
	// It is a child of tare's and of no one else: nobody takes its number from it.
	pidfd, err := unix.PidfdOpen(a.Pid, 0)
	if err != nil {
		return undo, err
	}
	s.Pid, s.Pidfd = a.Pid, pidfd
	return undo, nil
}

func (x *restorer) options(s *nsenter.Session, step *plan.Step) *rpc.CriuOpts {
	at := directories{s.Descriptor(plan.Slot(step.N[0])), s.Descriptor(plan.Slot(step.N[1]))}
	opts := x.asked.request(restoreLog, at, x.config.Spec.Annotations)
	root, yes := x.container.Dir+"/"+specconv.RestoredRoot, true
	opts.Root, opts.RstSibling = &root, &yes
	// CRIU's newer way of mounting takes slaves of one master for copies of one mount,
	// and so the root and what is bound from the same file system of the host.
	opts.MntnsCompatMode = &yes
	for _, mount := range step.L[0] {
		key, path, _ := strings.Cut(mount, ":")
		opts.External = append(opts.External, "mnt["+key+"]:"+path)
	}
	opts.JoinNs = x.joined
	for i := range x.inherited {
		fd := int32(x.inherited[i].descriptor)
		opts.InheritFd = append(opts.InheritFd, &rpc.InheritFd{Key: &x.inherited[i].key, Fd: &fd})
	}
	if x.asked.Cgroups != "ignore" {
		if _, ok := x.container.State.Cgroup.Unified(); ok {
			opts.CgroupYard = &x.container.Dir
		}
		for _, p := range x.container.State.Cgroup {
			// One by one; a root that is of no controller would be that of all
			// hierarchies, and that of version 2 has an empty name.
			for controller := range strings.SplitSeq(p.Hierarchy, ",") {
				path := p.Path
				opts.CgRoot = append(opts.CgRoot, &rpc.CgroupRoot{Ctrl: &controller, Path: &path})
			}
		}
	}
	return opts
}

// until listens to CRIU until it has got to a point.
func (x *restorer) until(script string) (criu.Answer, error) {
	for {
		a, err := x.talk.Next()
		switch {
		case err != nil:
			return a, x.failed(err)
		case a.Script == script:
			return a, nil
		case a.Script == "":
			return a, errors.New("BUG: CRIU was done before it got to " + script)
		case a.Script == "orphan-pts-master":
			return a, nil
		}
		if err := x.talk.Continue(); err != nil {
			return a, x.failed(err)
		}
	}
}

func (x *restorer) failed(err error) error { return criuError(err, x.asked.Work, restoreLog) }

// processes lets CRIU restore what runs in the namespaces.
func (x *restorer) processes(s *nsenter.Session, step *plan.Step) (func(), error) {
	for {
		if err := x.talk.Continue(); err != nil {
			return nil, x.failed(err)
		}
		a, err := x.until("post-restore")
		if err != nil {
			return nil, err
		}
		if a.Script == "post-restore" {
			x.settled() // the cgroup has processes of its own now
			break
		}
		if step.N[0] == 0 || a.Descriptor < 0 {
			closeAll([]int{a.Descriptor})
			continue
		}
		s.Assign(plan.Slot(step.N[0]), a.Descriptor)
	}
	if step.N[0] != 0 && s.Descriptor(plan.Slot(step.N[0])) < 0 {
		return nil, errors.New("/process/terminal: the checkpoint has no terminal")
	}
	return nil, nil
}

// verify finds what the images, or a root that was changed since, made different.
func (x *restorer) verify(s *nsenter.Session, _ *plan.Step) (func(), error) {
	mounts, err := procfs.MountsOf(s.Pid)
	if err != nil {
		return nil, err
	}
	got, wanted := visible(mounts), slices.Clone(x.record.Visible)
	slices.Sort(got)
	slices.Sort(wanted)
	for i := range max(len(got), len(wanted)) {
		switch {
		case i == len(got) || i < len(wanted) && got[i] > wanted[i]:
			return nil, errors.New("there was a mount that there is no more: " + wanted[i])
		case i == len(wanted) || got[i] < wanted[i]:
			return nil, errors.New("there is a mount that there was not: " + got[i])
		}
	}
	return nil, nil
}

// resume lets the processes run, and waits for CRIU's end.
func (x *restorer) resume(s *nsenter.Session, _ *plan.Step) (func(), error) {
	for {
		if err := x.talk.Continue(); err != nil {
			return nil, x.failed(err)
		}
		a, err := x.talk.Next()
		if err != nil {
			return nil, x.failed(err)
		}
		if a.Script == "" {
			break
		}
	}
	x.talk.Close()
	_ = unix.Waitid(unix.P_PIDFD, x.pidfd, nil, unix.WEXITED, nil)
	unix.Close(x.pidfd)
	x.pidfd = -1
	return nil, nil
}

// end has CRIU end, which undoes what it did, and sees to it that nothing is left of
// the container's processes.
func (x *restorer) end(s *nsenter.Session) {
	x.talk.Close()
	if x.pidfd < 0 { // CRIU has ended
		kill(s.Pidfd)
		return
	}
	_ = unix.Waitid(unix.P_PIDFD, x.pidfd, nil, unix.WEXITED, nil)
	if s.Pidfd != x.pidfd {
		kill(s.Pidfd)
		unix.Close(s.Pidfd)
		s.Pid, s.Pidfd = x.pid, x.pidfd
	}
}

// kill ends and reaps a child of tare's.
func kill(pidfd int) {
	_ = unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0)
	_ = unix.Waitid(unix.P_PIDFD, pidfd, nil, unix.WEXITED, nil)
}
