package cgroups

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tare-oci/tare/internal/dbus"
)

// fakeSystemd is a service manager that answers as a test wants.
type fakeSystemd struct {
	listener net.Listener
	// answer gives what is sent back for a call: an answer, signals, or nothing at
	// all. A nil answer closes the connection.
	answer func(call *dbus.Message) []*dbus.Message
	calls  []string
	// sender is who answers the calls that are for the bus.
	sender string
}

func fake(t *testing.T, answer func(call *dbus.Message) []*dbus.Message) (*Systemd, *fakeSystemd) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", path)
	must(t, err)
	f := &fakeSystemd{listener: listener, answer: answer}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.serve(conn)
		}
	}()
	s := &Systemd{addresses: []string{"unix:path=" + path}, patience: 5 * time.Second, job: 5 * time.Second}
	t.Cleanup(func() {
		s.Close()
		_ = listener.Close()
		<-done
	})
	return s, f
}

func (f *fakeSystemd) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if strings.Contains(line, "EXTERNAL") {
			_, _ = io.WriteString(conn, "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n")
		}
		if line == "BEGIN\r\n" {
			break
		}
	}
	for {
		head := make([]byte, 16)
		if _, err := io.ReadFull(r, head); err != nil {
			return
		}
		body, fields := binary.NativeEndian.Uint32(head[4:]), binary.NativeEndian.Uint32(head[12:])
		rest := make([]byte, int((fields+7)&^7+body))
		if _, err := io.ReadFull(r, rest); err != nil {
			return
		}
		call, err := dbus.Decode(append(head, rest...))
		if err != nil {
			panic(err)
		}
		f.calls = append(f.calls, call.Member)
		answers := []*dbus.Message{returning(call)}
		answers[0].Sender = f.sender
		switch call.Member {
		case "Hello", "AddMatch", "Subscribe":
		default:
			answers = f.answer(call)
		}
		for _, m := range answers {
			if m == nil {
				return
			}
			_, _ = conn.Write(m.Encode())
		}
	}
}

func returning(call *dbus.Message, body ...dbus.Value) *dbus.Message {
	return &dbus.Message{Kind: dbus.MethodReturn, Serial: 1, ReplyTo: call.Serial, Body: body}
}

func failing(call *dbus.Message, name, text string) *dbus.Message {
	return &dbus.Message{Kind: dbus.Failure, Serial: 1, ReplyTo: call.Serial, ErrorName: name, Body: []dbus.Value{dbus.String(text)}}
}

const job = "/org/freedesktop/systemd1/job/7"

func queued(call *dbus.Message) *dbus.Message {
	return returning(call, dbus.Value{Type: "o", S: job})
}

func removed(job, result string) *dbus.Message {
	return &dbus.Message{
		Kind: dbus.Signal, Serial: 1, Path: systemdPath, Interface: managerInterface, Member: "JobRemoved",
		Body: []dbus.Value{dbus.Uint32(7), {Type: "o", S: job}, dbus.String("a.scope"), dbus.String(result)},
	}
}

func TestAScopeIsStarted(t *testing.T) {
	var start *dbus.Message
	s, f := fake(t, func(call *dbus.Message) []*dbus.Message {
		start = call
		// Signals of others come first, and one may come before its answer.
		return []*dbus.Message{removed(job+"0", "failed"), removed(job, "done"), queued(call)}
	})
	must(t, s.Start("a.scope", []Property{{"Delegate", dbus.Bool(true)}}, 42))
	want := "('a.scope', 'fail', [('Delegate', <true>), ('PIDs', <[uint32 42]>)], @a(sa(sv)) [])"
	if got := dbus.Tuple(start.Body...).String(); got != want {
		t.Error(got)
	}
	if got := strings.Join(f.calls, " "); got != "Hello AddMatch Subscribe StartTransientUnit" {
		t.Error(got)
	}
}

func TestSystemdRefuses(t *testing.T) {
	for name, why := range map[string]string{
		systemdName + ".UnitExists":                         "another container or service has this name",
		busName + ".Error.AccessDenied":                     "only root may ask",
		busName + ".Error.InteractiveAuthorizationRequired": "only root may ask",
		busName + ".Error.ServiceUnknown":                   "no systemd on this bus",
		busName + ".Error.PropertyReadOnly":                 "systemd: Words.",
	} {
		s, f := fake(t, func(call *dbus.Message) []*dbus.Message {
			return []*dbus.Message{failing(call, name, "Words.")}
		})
		wantError(t, s.Start("a.scope", nil, os.Getpid()), "Words.", why)
		tries := 0
		for _, call := range f.calls {
			if call == "StartTransientUnit" {
				tries++
			}
		}
		wanted := 1
		if name == systemdName+".UnitExists" {
			wanted = 2 // a failed one of the name is cleared away
		}
		if tries != wanted {
			t.Errorf("%s: %v", name, f.calls)
		}
	}
}

func TestAFailedUnitIsClearedAway(t *testing.T) {
	failed := true
	s, _ := fake(t, func(call *dbus.Message) []*dbus.Message {
		switch {
		case call.Member == "ResetFailedUnit":
			failed = false
			return []*dbus.Message{returning(call)}
		case failed:
			return []*dbus.Message{failing(call, systemdName+".UnitExists", "Unit a.scope already exists.")}
		}
		return []*dbus.Message{queued(call), removed(job, "done")}
	})
	must(t, s.Start("a.scope", nil, os.Getpid()))
}

func TestAJobFails(t *testing.T) {
	s, f := fake(t, func(call *dbus.Message) []*dbus.Message {
		if call.Member == "StartTransientUnit" {
			return []*dbus.Message{queued(call), removed(job, "failed")}
		}
		return []*dbus.Message{failing(call, systemdName+".NoSuchUnit", "Unit a.scope not loaded.")}
	})
	wantError(t, s.Start("a.scope", nil, os.Getpid()), `the job for a.scope ended as "failed"`, "journalctl -u a.scope")
	if got := strings.Join(f.calls[3:], " "); got != "StartTransientUnit StopUnit ResetFailedUnit" {
		t.Error(got)
	}
}

// On a bus anybody may send tare a signal that no match rule asked for.
func TestASignalOfAnotherIsNotSystemds(t *testing.T) {
	by := func(sender string, m *dbus.Message) *dbus.Message {
		m.Sender = sender
		return m
	}
	elsewhere := removed(job, "failed")
	elsewhere.Interface = "org.example.Manager"
	s, f := fake(t, func(call *dbus.Message) []*dbus.Message {
		forged := by(":1.66", removed(job, "failed"))
		return []*dbus.Message{forged, by(":1.1", elsewhere), by(":1.1", queued(call)), forged, by(":1.1", removed(job, "done"))}
	})
	f.sender = ":1.1"
	must(t, s.Start("a.scope", nil, os.Getpid()))
}

func TestSystemdDoesNotAnswer(t *testing.T) {
	s, f := fake(t, func(*dbus.Message) []*dbus.Message { return []*dbus.Message{} })
	s.patience = time.Millisecond
	wantError(t, s.Set("a.scope", nil), "systemd", "it does not answer")
	s.Close()
	_ = f.listener.Close()
}

func TestAJobThatDoesNotEnd(t *testing.T) {
	s, _ := fake(t, func(call *dbus.Message) []*dbus.Message { return []*dbus.Message{queued(call)} })
	s.job = time.Millisecond
	wantError(t, s.Start("a.scope", nil, os.Getpid()), "systemd", "it does not answer")
}

// Systemd may be executed anew (daemon-reexec) while it is asked.
func TestTheConnectionIsLostOnce(t *testing.T) {
	lost := false
	s, f := fake(t, func(call *dbus.Message) []*dbus.Message {
		if !lost {
			lost = true
			return []*dbus.Message{nil}
		}
		return []*dbus.Message{queued(call), removed(job, "done")}
	})
	must(t, s.Start("a.scope", nil, os.Getpid()))
	if got := strings.Join(f.calls, " "); got != "Hello AddMatch Subscribe StartTransientUnit Hello AddMatch Subscribe StartTransientUnit" {
		t.Error(got)
	}
	lost = false
	s.Close()
	f.answer = func(*dbus.Message) []*dbus.Message { return []*dbus.Message{nil} }
	wantError(t, s.Start("a.scope", nil, os.Getpid()), "connection reset")
}

func TestThereIsNoSystemd(t *testing.T) {
	gone := "unix:path=" + t.TempDir() + "/bus"
	s := &Systemd{addresses: []string{gone}, patience: time.Second}
	_, err := s.Manager()
	wantError(t, err, "systemd cannot be reached ("+gone, "no such file or directory")
	s.user = true
	_, err = s.Manager()
	wantError(t, err, "no user session", "loginctl enable-linger")
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	_, err = NewSystemd(true)
	wantError(t, err, "no user session", "loginctl enable-linger")
	s.addresses = []string{"tcp:host=localhost"}
	_, err = s.Manager()
	wantError(t, err, "is not one of a Unix socket")
}

func TestTheManagerIsAsked(t *testing.T) {
	s, _ := fake(t, func(call *dbus.Message) []*dbus.Message {
		value := map[string]string{"Version": "257.9-1~deb13u1", "ControlGroup": "/user.slice/x"}[call.Body[1].S]
		return []*dbus.Message{returning(call, dbus.Variant(dbus.String(value)))}
	})
	m, err := s.Manager()
	must(t, err)
	if m.Version != 257 || m.Root != "/user.slice/x" || m.User {
		t.Errorf("got %+v", m)
	}
	if n := majorOf("v260~rc1"); n != 260 {
		t.Error(n)
	}
}

// Whoever is not admitted at one address is perhaps at another: refused, or not answered.
func TestTheNextAddressIsTriedByWhoIsNotAdmitted(t *testing.T) {
	for answer, words := range map[string]string{
		"REJECTED EXTERNAL\r\n": "it does not accept this user: REJECTED EXTERNAL",
		"":                      "connection reset",
		"HTTP/1.1 400\r\n":      "it does not accept this user: HTTP/1.1 400",
	} {
		s, f := fake(t, func(call *dbus.Message) []*dbus.Message {
			return []*dbus.Message{returning(call, dbus.Variant(dbus.String("257")))}
		})
		path := filepath.Join(t.TempDir(), "bus")
		listener, err := net.Listen("unix", path)
		must(t, err)
		admit := make(chan struct{})
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				<-admit
				for line, r := "", bufio.NewReader(conn); line != "BEGIN\r\n" && err == nil; {
					line, err = r.ReadString('\n')
				}
				_, _ = io.WriteString(conn, answer)
				_ = conn.Close()
			}
		}()
		admitting := s.addresses
		s.addresses = append([]string{"unix:path=" + path}, admitting...)
		must(t, s.Connect())
		close(admit) // so Connect did not wait for an answer
		m, err := s.Manager()
		must(t, err)
		if m.Version != 257 || len(f.calls) < 3 {
			t.Errorf("got %+v after %v", m, f.calls)
		}
		s.Close()
		s.addresses, s.refusal = []string{"unix:path=" + path}, nil
		_, err = s.Manager()
		wantError(t, err, "systemd cannot be reached (unix:path="+path+": ", words)
		s.user = true
		_, err = s.Manager()
		wantError(t, err, "no user session", words)
		_ = listener.Close()
	}
}

// What process 1 tells is what the manager would answer.
func TestProcess1TellsWhereUnitsAre(t *testing.T) {
	for text, want := range map[string]string{
		"0::/init.scope\n":                                            "/",
		"0::/kubepods/pod1/c1/init.scope\n":                           "/kubepods/pod1/c1",
		"12:pids:/x/init.scope\n1:name=systemd:/init.scope\n0::/\n":   "/",
		"1:name=systemd:/docker/c1/init.scope\n0::/docker/c1/sub.y\n": "/docker/c1",
		"0::/\n":                             "",
		"0::/init.scope.d\n":                 "",
		"12:pids:/init.scope\n0::/x\n":       "",
		"1:name=systemd:/\n0::/init.scope\n": "",
		"0::/../../init.scope\n":             "",
		"":                                   "",
	} {
		root, ok := rootOf(text)
		if ok != (want != "") || ok && root != want {
			t.Errorf("%q: %q, %v, want %q", text, root, ok, want)
		}
	}
}

func TestAUnitIsStopped(t *testing.T) {
	s, f := fake(t, func(call *dbus.Message) []*dbus.Message {
		if call.Member == "StopUnit" {
			return []*dbus.Message{queued(call), removed(job, "done")}
		}
		return []*dbus.Message{failing(call, systemdName+".NoSuchUnit", "Unit a.scope not loaded.")}
	})
	must(t, s.Stop("a.scope"))
	if got := strings.Join(f.calls[3:], " "); got != "StopUnit ResetFailedUnit" {
		t.Error(got)
	}
	f.answer = func(call *dbus.Message) []*dbus.Message {
		return []*dbus.Message{failing(call, systemdName+".NoSuchUnit", "Unit a.scope not loaded.")}
	}
	must(t, s.Stop("a.scope"))
	f.answer = func(call *dbus.Message) []*dbus.Message {
		return []*dbus.Message{failing(call, busName+".Error.AccessDenied", "No.")}
	}
	wantError(t, s.Stop("a.scope"), "No.")
}

func TestAUnitIsForgotten(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "systemd", "transient"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "systemd", "transient", "known.scope"), nil, 0o600))
	before := transientUnits
	t.Cleanup(func() { transientUnits = before })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	for _, user := range []bool{false, true} {
		transientUnits = filepath.Join(dir, "systemd", "transient")
		if UnitForgotten("known.scope", user) || !UnitForgotten("gone.scope", user) {
			t.Errorf("user %v: wrong about a unit", user)
		}
		// Where nothing can be seen nothing is known.
		transientUnits = filepath.Join(dir, "nowhere")
		t.Setenv("XDG_RUNTIME_DIR", "")
		if UnitForgotten("gone.scope", user) {
			t.Errorf("user %v: something is known without a directory", user)
		}
		t.Setenv("XDG_RUNTIME_DIR", dir)
	}
}
