package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/libcontainer/criu"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// RestoreRequest is what the command line asks of a container that is restored.
type RestoreRequest struct {
	Request
	CRIUOptions
}

const restoreLog = "restore.log"

// CompileRestore makes the plan for a request, as Restore will run it. facts may be
// nil for those of this host.
func CompileRestore(config *Config, r *RestoreRequest, facts *specconv.Facts) (*plan.Plan, error) {
	x, err := newRestorer(config, r, facts)
	if err != nil {
		return nil, err
	}
	return x.compile()
}

// newRestorer finds out what a plan depends on.
func newRestorer(config *Config, r *RestoreRequest, facts *specconv.Facts) (*restorer, error) {
	x := &restorer{
		maker: maker{request: &r.Request, config: config, facts: facts, container: &Container{Dir: filepath.Join(r.Root, r.ID)}, devices: -1},
		asked: r, theirs: -1, null: -1,
	}
	err := r.CRIUOptions.check()
	if err == nil && r.Cgroups == "strict" {
		// It wants none of the container's cgroups to be there (criu(8)).
		err = errors.New("--manage-cgroups-mode strict: CRIU would have to make the container's cgroup, which tare makes and limits before there is a process")
	}
	if err == nil {
		x.record, err = readRecord(r.Images)
	}
	if err == nil {
		x.program, err = criu.Find(r.Path)
	}
	if err == nil && facts == nil {
		x.facts, err = factsOf(config, &r.Request)
	}
	return x, err
}

func (x *restorer) compile() (*plan.Plan, error) {
	r, spec := x.asked, x.config.Spec
	if r.LSMMountContext != "" && spec.Linux != nil {
		spec.Linux.MountLabel = r.LSMMountContext
	}
	return specconv.CompileRestore(spec, x.facts, &specconv.RestoreOptions{
		Options: specconv.Options{
			ID: r.ID, Bundle: r.Bundle, StateDir: filepath.Join(r.Root, r.ID), ConsoleSocket: r.ConsoleSocket, PidfdSocket: r.PidfdSocket,
		},
		Images: r.Images, Work: r.Work, Mounts: x.record.Mounts, Points: x.record.Points,
		CRIU: x.program, Arguments: criuArguments(), Environment: criuEnvironment(r.Path), Cgroups: r.Cgroups, ShellJob: r.ShellJob,
	})
}

// Restore makes a container again from a checkpoint. When it fails nothing is left.
func Restore(r *RestoreRequest) (*Container, *Process, error) {
	if err := CheckID(r.ID); err != nil {
		return nil, nil, err
	}
	r.reachSystemd()
	defer func() { r.systemd.Close() }()
	config, err := ReadConfig(r.Bundle)
	if err != nil {
		return nil, nil, err
	}
	if err := checkTerminal(config.Spec.Process, r.ConsoleSocket, r.Detach); err != nil {
		return nil, nil, err
	}
	container, process, err := r.restore(config)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot restore container %s: %w", r.ID, err)
	}
	return container, process, nil
}

func (r *RestoreRequest) restore(config *Config) (*Container, *Process, error) {
	x, err := newRestorer(config, r, nil)
	if err != nil {
		return nil, nil, err
	}
	p, err := x.compile()
	if err != nil {
		return nil, nil, err
	}
	if err := p.Check(); err != nil {
		return nil, nil, err
	}
	if err := makeRoot(r.Root); err != nil {
		return nil, nil, err
	}
	if x.container.State, err = firstState(&r.Request, config.Spec, x.facts); err != nil {
		return nil, nil, err
	}
	x.container.State.Restored = true
	if config.Spec.Hooks != nil {
		x.container.State.Hooks = laterHooks(p)
	}
	session := &nsenter.Session{Plan: p, Actions: x.actions(), Dir: r.Root, Born: x.settled}
	if err := x.open(session); err != nil {
		x.close()
		return nil, nil, err
	}
	err = session.Run()
	x.close()
	if err != nil {
		session.Close()
		return nil, nil, err
	}
	return x.container, &Process{Pid: session.Pid, Terminal: session.Terminal, session: session}, nil
}

// inherited are descriptors that CRIU gives to restored processes by the names that
// they had when they were checkpointed.
type inherited struct {
	key        string
	descriptor int // as CRIU has it
}

// streams hands tare's own standard streams to CRIU for those of the container: all
// that were pipes, sockets, files or terminals of the host. Of the rest CRIU has images.
func (x *restorer) streams(session *nsenter.Session) {
	for fd, name := range x.record.Streams {
		if fd > 2 {
			break
		}
		if slices.ContainsFunc(replaced[:], func(kind string) bool { return strings.HasPrefix(name, kind) }) {
			x.inherit(session, name, fd)
		}
	}
}

// replaced begin the names of streams that are of restore; a terminal and a file must
// be one again, since CRIU sets its modes or its position.
var replaced = [...]string{"pipe:", "socket:", streamFileKey, streamTerminalKey}

const (
	streamFileKey     = "file["
	streamTerminalKey = "tty["
)

// checkStreams looks at restore's standard streams for those of the container.
func (x *restorer) checkStreams() error {
	for fd, name := range x.record.Streams {
		var st unix.Stat_t
		switch {
		case fd > 2:
			return nil
		case strings.HasPrefix(name, streamTerminalKey) && (unix.Fstat(fd, &st) != nil || !isTerminal(&st)):
			return fmt.Errorf("standard stream %d of the container was a terminal of the host, and that of restore is none", fd)
		case strings.HasPrefix(name, streamFileKey):
			if _, err := unix.Seek(fd, 0, unix.SEEK_CUR); err != nil {
				return fmt.Errorf("standard stream %d of the container was a file, and that of restore is none: redirect it, be it to /dev/null", fd)
			}
		}
	}
	return nil
}

// inherit passes a descriptor on to CRIU under a key, once.
func (x *restorer) inherit(session *nsenter.Session, key string, fd int) {
	for i := range x.inherited {
		if x.inherited[i].key == key {
			return
		}
	}
	x.inherited = append(x.inherited, inherited{key, criuSocket + len(session.Pass)})
	session.Pass = append(session.Pass, fd)
}

// open prepares what CRIU is started with.
func (x *restorer) open(session *nsenter.Session) (err error) {
	if x.null, err = unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
		return &os.PathError{Op: "cannot open", Path: "/dev/null", Err: err}
	}
	session.Streams = &[3]int{x.null, x.null, x.null}
	if x.talk, x.theirs, err = criu.Open(); err != nil {
		return err
	}
	session.Pass = []int{x.theirs} // which is criuSocket
	x.streams(session)
	return nil
}

// close releases what is not needed once CRIU has ended.
func (x *restorer) close() {
	x.talk.Close()
	closeAll([]int{x.theirs, x.null})
	x.theirs, x.null = -1, -1
}
