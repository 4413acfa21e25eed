package faults

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// outcome is how a tare ended and what it said.
type outcome struct {
	status int // 128 plus the signal that killed it
	stdout string
	stderr string
	log    string // of --log, as JSON
}

// run runs tare with more variables. Its output goes to files, which a container that
// lives on may hold open without anyone waiting for it.
func (w *world) run(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	stdout, stderr, log := w.unnamed(t), w.unnamed(t), w.path("log")
	defer stdout.Close()
	defer stderr.Close()
	words := append([]string{w.tare, "--root", w.path("state"), "--log", log, "--log-format", "json"}, args...)
	if w.host != "" {
		words = append([]string{"nsenter", "--net=" + w.host}, words...)
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	_ = cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%s cannot be started", w.tare)
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	o := outcome{status: status.ExitStatus()}
	if status.Signaled() {
		o.status = 128 + int(status.Signal())
	}
	for f, to := range map[*os.File]*string{stdout: &o.stdout, stderr: &o.stderr} {
		data, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<24))
		must(t, err)
		*to = string(data)
	}
	data, _ := os.ReadFile(log) // there is none if tare never came to open it
	o.log = string(data)
	_ = os.Remove(log)
	return o
}

func (w *world) unnamed(t *testing.T) *os.File {
	t.Helper()
	f, err := os.CreateTemp(w.dir, "output")
	must(t, err)
	must(t, os.Remove(f.Name()))
	return f
}

// succeeds runs tare, which must have nothing to say.
func (w *world) succeeds(t *testing.T, args ...string) {
	t.Helper()
	if o := w.run(t, nil, args...); o.status != 0 || o.stderr != "" {
		t.Fatalf("tare %s: status %d, %q", strings.Join(args, " "), o.status, o.stderr)
	}
}

// failsWith looks whether tare failed with status and exactly that sentence, at
// stderr and as one object in the log.
func (o *outcome) failsWith(t *testing.T, status int, sentence string) {
	t.Helper()
	if o.status != status {
		t.Errorf("status %d instead of %d", o.status, status)
	}
	if o.stderr != "tare: "+sentence+"\n" {
		t.Errorf("tare says\n%s instead of\ntare: %s", o.stderr, sentence)
	}
	var entry struct{ Level, Msg, Time string }
	d := json.NewDecoder(strings.NewReader(o.log))
	if err := d.Decode(&entry); err != nil {
		t.Errorf("the log has no object: %q: %v", o.log, err)
		return
	}
	if d.More() {
		t.Errorf("the log has more than one object: %q", o.log)
	}
	if entry.Level != "error" || entry.Msg != sentence || entry.Time == "" {
		t.Errorf("the log has %q", o.log)
	}
}

// status asks tare for a container's status.
func (w *world) status(t *testing.T, id string) string {
	t.Helper()
	o := w.run(t, nil, "state", id)
	var state struct{ Status string }
	if err := json.Unmarshal([]byte(o.stdout), &state); err != nil {
		t.Errorf("tare state: status %d, %q, %q", o.status, o.stdout, o.stderr)
	}
	return state.Status
}

// bound is how long something may take before the test gives up on it; none of
// it takes that long.
const bound = 30 * time.Second

// ends reaps the orphans, which are ours, until there are no more processes than
// before; they must end by themselves.
func ends(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(bound); ; time.Sleep(time.Millisecond) {
		reap()
		left := processes()
		if len(left) <= before {
			return
		}
		if time.Now().After(end) {
			t.Errorf("after %v there still are %q", bound, left)
			return
		}
	}
}

func reap() {
	for {
		if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 && err != unix.EINTR {
			return
		}
	}
}

// killOthers ends the processes that are not in an inventory.
func killOthers(t *testing.T, inventory []string) {
	t.Helper()
	keep := 0
	for _, p := range processes() {
		if slices.Contains(inventory, "process "+p) {
			keep++
			continue
		}
		if pid, err := strconv.Atoi(strings.Fields(p)[0]); err == nil {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
	ends(t, keep)
}

// desk is a console socket. It holds the terminals that it gets, as engines do:
// to let go of one hangs it up.
type desk struct {
	path  string
	mutex sync.Mutex
	held  []int
}

func (w *world) newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{path: w.path("console.sock")}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: d.path, Net: "unix"})
	must(t, err)
	t.Cleanup(func() {
		l.Close()
		d.hangUp()
	})
	go func() {
		for {
			conn, err := l.AcceptUnix()
			if err != nil {
				return
			}
			d.receive(conn)
		}
	}()
	return d
}

func (d *desk) receive(conn *net.UnixConn) {
	defer conn.Close()
	buf, oob := make([]byte, 64), make([]byte, 64)
	_, n, _, _, err := conn.ReadMsgUnix(buf, oob)
	if err != nil {
		return
	}
	messages, _ := unix.ParseSocketControlMessage(oob[:n])
	for i := range messages {
		fds, _ := unix.ParseUnixRights(&messages[i])
		d.mutex.Lock()
		d.held = append(d.held, fds...)
		d.mutex.Unlock()
	}
}

func (d *desk) hangUp() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for _, fd := range d.held {
		unix.Close(fd)
	}
	d.held = nil
}
