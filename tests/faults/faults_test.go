package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// step is what `tare plan --json` says of one.
type step struct {
	Number   int
	Actor    string
	Word     string `json:"step"`
	Text     string
	Pointer  string
	Fallback []string
}

// sweep is a verb, the plan that it carries out, and how to clean up after it.
type sweep struct {
	*world
	plan   []string // `tare plan --json` with its arguments
	verb   []string
	failed int    // status of a verb that failed
	says   string // what its sentence begins with
	id     string // the container
	starts bool   // the container waits for start
	runs   bool   // the container runs, detached
	keeps  bool   // the container is there before and after: the verb is exec
	after  func() // what is to be done after a verb that did not fail
}

func (s *sweep) steps(t *testing.T) []step {
	t.Helper()
	o := s.run(t, nil, s.plan...)
	var plan struct{ Steps []step }
	if err := json.Unmarshal([]byte(o.stdout), &plan); err != nil || len(plan.Steps) == 0 {
		t.Fatalf("tare plan: %q %q", o.stdout, o.stderr)
	}
	return plan.Steps
}

// all makes each step fail, and kills tare at each barrier. First it lets the
// verb succeed: a fault in a verb that would fail anyhow shows nothing.
func (s *sweep) all(t *testing.T) {
	s.succeedsWhole(t) // it makes mount points in the root file system, which stay
	s.nothingLeft(t, func() { s.succeedsWhole(t) })
	if t.Failed() {
		return
	}
	steps := s.steps(t)
	awaited := false
	for _, st := range steps {
		t.Run(fmt.Sprintf("step-%02d-%s", st.Number, st.Word), func(t *testing.T) {
			for _, errno := range st.errnos() {
				s.nothingLeft(t, func() { s.fault(t, st, errno, awaited) })
			}
		})
		awaited = awaited || st.Word == "await"
	}
	barrier := 0
	for _, st := range steps {
		if st.Word != "barrier" {
			continue
		}
		barrier++
		t.Run(fmt.Sprintf("killed-at-barrier-%d", barrier), func(t *testing.T) {
			s.nothingLeft(t, func() { s.killed(t, barrier) })
		})
	}
}

// errnos are the faults of a step: for one with a fallback also what is not
// the reason to fall back.
func (st *step) errnos() []unix.Errno {
	if len(st.Fallback) > 0 {
		return []unix.Errno{unix.EIO, unix.EPERM}
	}
	return []unix.Errno{unix.EIO}
}

// sentence is what tare has to say when the step fails.
func (st *step) sentence(errno unix.Errno) string {
	text := fmt.Sprintf("cannot %s: %s (step %d, %s)", st.Text, errno.Error(), st.Number, st.Word)
	if st.Pointer != "" {
		text = st.Pointer + ": " + text
	}
	return text
}

// nothingLeft compares what is there before and after an act, and cleans up
// what there should not be, for the tests that follow.
func (s *sweep) nothingLeft(t *testing.T, act func()) {
	t.Helper()
	before := s.inventory(t)
	act()
	for _, line := range difference(before, s.inventory(t)) {
		t.Error(line)
	}
	if !t.Failed() {
		return
	}
	killOthers(t, before)
	if !s.keeps {
		s.run(t, nil, "delete", "--force", s.id)
	}
	s.clean()
}

// succeedsWhole lets the verb succeed and removes the container.
func (s *sweep) succeedsWhole(t *testing.T) {
	t.Helper()
	count := len(processes())
	s.succeeds(t, s.verb...)
	if s.starts {
		if status := s.status(t, s.id); status != "created" {
			t.Errorf("the container is %s, not created", status)
		}
		s.succeeds(t, "start", s.id)
	}
	if s.runs {
		if status := s.status(t, s.id); status != "running" {
			t.Errorf("the container is %s, not running", status)
		}
		s.succeeds(t, "delete", "--force", s.id)
	}
	ends(t, count)
	if s.starts {
		s.succeeds(t, "delete", s.id)
	}
	s.clean()
}

func (s *sweep) clean() {
	if s.after != nil {
		s.after()
	}
	if !s.keeps {
		s.removeCgroups() // parents, which delete leaves to their owner
	}
}

// fault makes one step fail.
func (s *sweep) fault(t *testing.T, st step, errno unix.Errno, awaited bool) {
	t.Helper()
	count := len(processes())
	wanted := []string{"TARE_FAULT=" + strconv.Itoa(st.Number) + ":" + strconv.Itoa(int(errno))}
	o := s.run(t, wanted, s.verb...)
	if !awaited && st.Word != "await" {
		o.failsWith(t, s.failed, s.says+st.sentence(errno))
		if s.runs {
			ends(t, count) // a process of CRIU's ends when it sees that CRIU has
		}
		return
	}
	// Nobody hears of it before somebody starts the container.
	if o.status != 0 || o.stderr != "" {
		t.Errorf("status %d, %q", o.status, o.stderr)
	}
	if st.Word == "await" {
		ends(t, count) // while it does, start would find a container whose hooks can fail
	}
	if st.Word == "hook" {
		s.faultOfStart(t, wanted, st.sentence(errno))
		ends(t, count)
		return
	}
	o = s.run(t, nil, "start", s.id)
	if awaited {
		o.failsWith(t, 1, st.sentence(errno))
	} else if o.status != 1 || o.stderr == "" {
		// There is no session that a failing await could be reported to.
		t.Errorf("start: status %d, %q", o.status, o.stderr)
	}
	ends(t, count)
	if status := s.status(t, s.id); status != "stopped" {
		t.Errorf("the container is %s, not stopped", status)
	}
	s.succeeds(t, "delete", s.id)
	s.clean()
}

// faultOfStart makes a hook fail that start runs, which deletes the container.
func (s *sweep) faultOfStart(t *testing.T, wanted []string, sentence string) {
	t.Helper()
	o := s.run(t, wanted, "start", s.id)
	o.failsWith(t, 1, sentence)
	if o = s.run(t, nil, "state", s.id); o.status != 1 {
		t.Errorf("the container is still there: %s", o.stdout)
	}
	s.clean()
}

// killed kills tare when it has reached a barrier. Init sees it and ends; what
// else is left is removed by delete --force.
func (s *sweep) killed(t *testing.T, barrier int) {
	t.Helper()
	count := len(processes())
	o := s.run(t, []string{"TARE_KILL=" + strconv.Itoa(barrier)}, s.verb...)
	if o.status != 128+int(unix.SIGKILL) {
		t.Errorf("status %d, %q: tare was not killed", o.status, o.stderr)
	}
	ends(t, count)
	if s.keeps {
		s.succeeds(t, s.verb...) // the container is as good as ever
		ends(t, count)
	} else {
		if status := s.status(t, s.id); status != "stopped" {
			t.Errorf("the container is %s, not stopped", status)
		}
		s.succeeds(t, "delete", "--force", s.id)
	}
	s.clean()
}

func TestRun(t *testing.T) {
	w := newWorld(t)
	bundle := w.bundle(t, "default", func(*specs.Spec) {})
	id := w.prefix() + "-run"
	(&sweep{
		world: w, id: id, failed: 1,
		plan: []string{"plan", "--json", "--run", "--id", id, bundle},
		verb: []string{"run", "--bundle", bundle, id},
	}).all(t)
}

func TestRunWithHooks(t *testing.T) {
	w := newWorld(t)
	bundle := w.bundle(t, "run-hooks", w.withHooks)
	id := w.prefix() + "-run-hooks"
	(&sweep{
		world: w, id: id, failed: 1,
		plan: []string{"plan", "--json", "--run", "--id", id, bundle},
		verb: []string{"run", "--bundle", bundle, id},
	}).all(t)
}

func TestCreateWithHooks(t *testing.T) {
	w := newWorld(t)
	bundle := w.bundle(t, "create-hooks", func(spec *specs.Spec) {
		w.inUserNamespace(spec)
		w.withHooks(spec)
	})
	id := w.prefix() + "-create-hooks"
	(&sweep{
		world: w, id: id, failed: 1, starts: true,
		plan: []string{"plan", "--json", "--id", id, bundle},
		verb: []string{"create", "--bundle", bundle, id},
	}).all(t)
}

func TestCreateLikeAnEngine(t *testing.T) {
	w := newWorld(t)
	bundle := w.bundle(t, "engine", w.likeAnEngines)
	desk, id, pidFile := w.newDesk(t), w.prefix()+"-engine", w.path("engine.pid")
	(&sweep{
		world: w, id: id, failed: 1, starts: true,
		plan: []string{"plan", "--json", "--console-socket", desk.path, "--id", id, bundle},
		verb: []string{"create", "--console-socket", desk.path, "--pid-file", pidFile, "--bundle", bundle, id},
		after: func() {
			desk.hangUp()
			_ = os.Remove(pidFile)
		},
	}).all(t)
}

func TestCreateInUserNamespace(t *testing.T) {
	w := newWorld(t)
	bundle := w.bundle(t, "user", w.inUserNamespace)
	id := w.prefix() + "-user"
	(&sweep{
		world: w, id: id, failed: 1, starts: true,
		plan: []string{"plan", "--json", "--id", id, bundle},
		verb: []string{"create", "--bundle", bundle, id},
	}).all(t)
}

func TestCreateInTheHostsMounts(t *testing.T) {
	w := newWorld(t)
	bundle := w.bundle(t, "host", withoutMountNamespace)
	id := w.prefix() + "-host"
	(&sweep{
		world: w, id: id, failed: 1, starts: true,
		plan: []string{"plan", "--json", "--id", id, bundle},
		verb: []string{"create", "--bundle", bundle, id},
	}).all(t)
}

func TestCreateWithNetworkDevices(t *testing.T) {
	w := newWorld(t)
	w.host = w.path("net") // the machine's own network is left alone
	bundle := w.bundle(t, "network", withNetworkDevices)
	id := w.prefix() + "-network"
	(&sweep{
		world: w, id: id, failed: 1, starts: true,
		plan:  []string{"plan", "--json", "--id", id, bundle},
		verb:  []string{"create", "--bundle", bundle, id},
		after: w.networkDevices(t),
	}).all(t)
}

func TestExec(t *testing.T) {
	w := newWorld(t)
	bundle := w.bundle(t, "exec", func(spec *specs.Spec) {
		spec.Process.Args = []string{"/bin/sleep", "1000000"}
		spec.Linux.Seccomp = profile()
	})
	id := w.prefix() + "-exec"
	w.succeeds(t, "run", "--detach", "--bundle", bundle, id)
	defer func() {
		w.succeeds(t, "delete", "--force", id)
		ends(t, 0)
		w.removeCgroups()
	}()
	t.Run("process", func(t *testing.T) {
		process := w.process(t, "process.json", false)
		(&sweep{
			world: w, id: id, failed: 255, keeps: true,
			plan: []string{"plan", "--json", "--exec", id, "--process", process},
			verb: []string{"exec", "--process", process, id},
		}).all(t)
	})
	t.Run("terminal", func(t *testing.T) {
		process := w.process(t, "terminal.json", true)
		desk, pidFile := w.newDesk(t), w.path("exec.pid")
		(&sweep{
			world: w, id: id, failed: 255, keeps: true,
			plan: []string{"plan", "--json", "--exec", id, "--process", process, "--console-socket", desk.path, "--pid-file", pidFile},
			verb: []string{"exec", "--detach", "--tty", "--console-socket", desk.path, "--process", process, "--pid-file", pidFile, id},
			after: func() {
				desk.hangUp()
				_ = os.Remove(pidFile)
			},
		}).all(t)
	})
}

// process writes a file for --process.
func (w *world) process(t *testing.T, name string, terminal bool) string {
	t.Helper()
	data, err := json.Marshal(&specs.Process{
		Args: []string{"/bin/true"}, Cwd: "/dev", Env: []string{"PATH=/bin"}, Terminal: terminal,
		User: specs.User{UID: 1000, GID: 1000}, NoNewPrivileges: true,
		Rlimits:     []specs.POSIXRlimit{{Type: "RLIMIT_NOFILE", Soft: 512, Hard: 512}},
		OOMScoreAdj: pointer(200), ExecCPUAffinity: &specs.CPUAffinity{Initial: "0-8191", Final: "0-8191"},
	})
	must(t, err)
	path := w.path(name)
	must(t, os.WriteFile(path, data, 0o644))
	return path
}
