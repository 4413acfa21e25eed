package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/internal/wholefile"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// Request is what the command line asks of a new container.
type Request struct {
	Root          string // state root
	ID            string
	Bundle        string // directory of config.json
	ConsoleSocket string
	PidfdSocket   string
	PidFile       string
	PreserveFDs   int // how many descriptors from 3 on the program gets, after ListenFDs
	// ListenFDs and ListenNames are as those of specconv.Options.
	ListenFDs   int
	ListenNames string
	// NotifySocket is the address of a service manager that waits for the program to be ready, "" for none.
	NotifySocket string
	NoPivot      bool
	NoNewKeyring bool
	// Await makes the container wait for start; otherwise its program is
	// executed at once.
	Await bool
	// Detach says that nobody stays to copy a terminal's bytes.
	Detach   bool
	Rootless Rootless
	// Systemd says whether systemd makes the cgroup.
	Systemd Systemd
	// NoCgroup keeps the container in the cgroup of its caller.
	NoCgroup bool
	// systemd is the connection to it, and unreached why there is none.
	systemd   *cgroups.Systemd
	unreached error
	// Warn is told what the config asks for in vain, Note what else may be good
	// to know; nil if nobody wants to know.
	Warn, Note func(text string)
}

// Config is a bundle's config.json, decoded and as it was.
type Config struct {
	Spec *specs.Spec
	Raw  []byte
}

// ReadConfig reads the bundle's config.json; errors say where it is wrong.
func ReadConfig(bundle string) (*Config, error) {
	path := filepath.Join(bundle, configFile)
	raw, err := wholefile.ReadRegular(path)
	if errors.Is(err, unix.EINVAL) {
		return nil, fmt.Errorf("cannot read the bundle's config %s: it is not a regular file", path)
	}
	if err != nil {
		if _, dirErr := os.Stat(bundle); dirErr != nil {
			return nil, fmt.Errorf("cannot open the bundle %s: %w", bundle, errors.Unwrap(dirErr))
		}
		return nil, fmt.Errorf("cannot read the bundle's config %s: %w", path, errors.Unwrap(err))
	}
	spec, err := specjson.DecodeSpec(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Config{Spec: spec, Raw: raw}, nil
}

// factsOf are the facts of this host that the plan for a request depends on.
func factsOf(config *Config, r *Request) (*specconv.Facts, error) {
	facts, err := HostFacts()
	if err == nil {
		err = complete(facts, config.Spec, r)
	}
	return facts, err
}

// Facts are those of this host that the plan for a request can depend on, whatever its config
// becomes.
func Facts(config *Config, r *Request) (*specconv.Facts, error) {
	facts, err := factsOf(config, r)
	if err == nil && facts.Systemd != nil && facts.Systemd.Version == 0 {
		err = r.askManager(facts)
	}
	return facts, err
}

// complete adds what depends on the bundle.
func complete(facts *specconv.Facts, spec *specs.Spec, r *Request) error {
	if err := r.askSystemd(facts, spec); err != nil {
		return err
	}
	facts.Home = home(spec, r.Bundle)
	facts.Links = links(spec, r.Bundle)
	facts.SetgroupsDenied = setgroupsDenied(spec, facts)
	delegation(facts, spec, r)
	return nil
}

// Compile makes the plan for a request, as Create will run it. facts may be nil
// for those of this host.
func Compile(config *Config, r *Request, facts *specconv.Facts) (*plan.Plan, *specconv.Facts, error) {
	if facts == nil {
		var err error
		if facts, err = factsFor(config.Spec, config.Spec.Process); err != nil {
			return nil, nil, err
		}
		if err = complete(facts, config.Spec, r); err != nil {
			return nil, nil, err
		}
	} else if (facts.Systemd != nil) != (r.Systemd != NoSystemd) {
		return nil, nil, errors.New("--facts: whether systemd makes the cgroup must be the same for facts and plan: give --systemd-cgroup to both or to none")
	}
	if r.Warn != nil {
		tell(r.Warn, specconv.MountWarnings(config.Spec))
	}
	warnings(r.Warn, config.Spec, config.Spec.Process, facts)
	p, err := specconv.Compile(config.Spec, facts, &specconv.Options{
		ID: r.ID, Bundle: r.Bundle, StateDir: filepath.Join(r.Root, r.ID),
		ConsoleSocket: r.ConsoleSocket, PidfdSocket: r.PidfdSocket, Await: r.Await,
		ListenFDs: r.ListenFDs, ListenNames: r.ListenNames, Notify: r.NotifySocket != "",
		NoPivot: r.NoPivot, NoNewKeyring: r.NoNewKeyring,
	})
	return p, facts, err
}

func warnings(warn func(string), spec *specs.Spec, process *specs.Process, facts *specconv.Facts) {
	if warn == nil {
		return
	}
	tell(warn, specconv.Warnings(spec, process, facts))
}

func tell(warn func(string), warnings []specconv.Fault) {
	for _, w := range warnings {
		warn((&specconv.Faults{List: []specconv.Fault{w}}).Error())
	}
}

// Process is the first process of a container, or one that joined it, while
// tare stays with it.
type Process struct {
	Pid      int
	Terminal *os.File // master of its terminal, nil if it has none of tare's
	session  *nsenter.Session
	// readiness is nil if nobody wants to know.
	readiness *readiness
}

// Close releases what tare holds of the process, which lives on.
func (p *Process) Close() {
	p.session.Close()
	p.readiness.close()
}

// Create makes the container and, unless the request says to await start,
// executes its program. When it fails nothing is left.
func Create(r *Request) (*Container, *Process, error) {
	if err := CheckID(r.ID); err != nil {
		return nil, nil, err
	}
	r.reachSystemd()
	defer func() { r.systemd.Close() }()
	config, err := ReadConfig(r.Bundle)
	if err != nil {
		return nil, nil, err
	}
	if err := checkTerminal(config.Spec.Process, r.ConsoleSocket, r.Await || r.Detach); err != nil {
		return nil, nil, err
	}
	if err := checkService(r); err != nil {
		return nil, nil, err
	}
	takeSize(config.Spec.Process, r.ConsoleSocket)
	p, facts, err := Compile(config, r, nil)
	if err != nil {
		return nil, nil, err
	}
	if err := p.Check(); err != nil {
		return nil, nil, err
	}
	if err := makeRoot(r.Root); err != nil {
		return nil, nil, err
	}
	m := &maker{request: r, config: config, facts: facts, container: &Container{Dir: filepath.Join(r.Root, r.ID)}, devices: -1}
	if m.container.State, err = firstState(r, config.Spec, facts); err != nil {
		return nil, nil, err
	}
	if config.Spec.Hooks != nil {
		m.container.State.Hooks = laterHooks(p)
	}
	session := &nsenter.Session{Plan: p, Actions: m.actions(), Dir: r.Root, Preserve: r.ListenFDs + r.PreserveFDs, Born: m.settled}
	if l := config.Spec.Linux; l != nil && l.Seccomp != nil {
		session.Listener = m.container.agentOf(l.Seccomp, m.container.pid, Creating)
	}
	if err := session.Run(); err != nil {
		session.Close()
		return nil, nil, err
	}
	return m.container, &Process{Pid: session.Pid, Terminal: session.Terminal, session: session, readiness: m.readiness}, nil
}

// makeRoot makes the state root. The sticky bit keeps what cleans an ordinary
// user's XDG_RUNTIME_DIR away from it (XDG Base Directory Specification).
func makeRoot(root string) error {
	mode := os.FileMode(0o700)
	if os.Geteuid() != 0 {
		mode |= os.ModeSticky
	}
	if err := os.MkdirAll(root, mode); err != nil {
		return fmt.Errorf("cannot make the state root: %w", err)
	}
	return nil
}

// firstState is what is known before anything happens; with it a later delete
// finds what a killed tare left behind.
func firstState(r *Request, spec *specs.Spec, facts *specconv.Facts) (State, error) {
	paths, err := specconv.CgroupPaths(spec, facts, r.ID)
	if err != nil {
		return State{}, err
	}
	self, err := procfs.ReadStat(os.Getpid())
	if err != nil {
		return State{}, err
	}
	state := State{
		OCIVersion: spec.Version, ID: r.ID, Bundle: r.Bundle, Rootfs: specconv.RootPath(spec, r.Bundle),
		Creator: os.Getpid(), CreatorBorn: self.Start, Created: time.Now().UTC(),
		Owner: os.Geteuid(), Cgroup: paths, Annotations: spec.Annotations,
	}
	if facts.Systemd != nil {
		u, err := specconv.UnitOf(spec, facts, r.ID)
		if err != nil {
			return State{}, err
		}
		state.Unit = Unit{Name: u.Name, User: facts.Systemd.User, Root: facts.Systemd.Root}
	}
	return state, nil
}

// checkTerminal refuses what cannot work: a terminal needs someone to hold its master.
func checkTerminal(process *specs.Process, socket string, detached bool) error {
	terminal := process != nil && process.Terminal
	switch {
	case terminal && detached && socket == "":
		return errors.New("/process/terminal: a terminal needs --console-socket when tare does not stay in the foreground")
	case !terminal && socket != "":
		return errors.New("--console-socket was given, but /process/terminal is not true")
	}
	return nil
}

// checkPreserved makes sure that every descriptor to be preserved is open.
func checkPreserved(count, first int) error {
	if count < 0 {
		return fmt.Errorf("--preserve-fds: %d is negative", count)
	}
	if fd := notOpen(count, first); fd != 0 {
		return fmt.Errorf("--preserve-fds %d: descriptor %d is not open", count, fd)
	}
	return nil
}

// notOpen is the first of so many descriptors that tare was not started with, 0 if
// it has them all. One that tare has opened itself is closed on exec.
func notOpen(count, first int) int {
	for fd := first; fd < first+count; fd++ {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC != 0 {
			return fd
		}
	}
	return 0
}

// checkService looks at what the command line and the environment hand over.
func checkService(r *Request) error {
	if fd := notOpen(r.ListenFDs, firstPreserved); fd != 0 {
		return fmt.Errorf("LISTEN_FDS=%d: descriptor %d is not open", r.ListenFDs, fd)
	}
	if err := checkPreserved(r.PreserveFDs, firstPreserved+r.ListenFDs); err != nil {
		return err
	}
	return checkNotifySocket(r.NotifySocket)
}

// firstPreserved is the first descriptor after the standard streams.
const firstPreserved = 3
