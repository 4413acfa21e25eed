package cgroups

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// busDaemon starts one that lets all of its users talk with each other, and gives its address.
func busDaemon(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("missing: dbus-daemon")
	}
	address := "unix:path=" + filepath.Join(t.TempDir(), "bus")
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address", "--address="+address)
	printed, err := daemon.StdoutPipe()
	must(t, err)
	must(t, daemon.Start())
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	_, err = bufio.NewReader(printed).ReadString('\n') // it listens
	must(t, err)
	return address
}

func connectTo(t *testing.T, address string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(address)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// busManager is a systemd on a bus, beside which there is somebody who pretends to be it.
type busManager struct{ conn, forger *dbus.Conn }

type (
	busProperty struct {
		Name  string
		Value dbus.Variant
	}
	busAuxiliary struct {
		Name       string
		Properties []busProperty
	}
)

func (m *busManager) Subscribe() *dbus.Error { return nil }

func (m *busManager) StartTransientUnit(caller dbus.Sender, name, _ string, _ []busProperty, _ []busAuxiliary) (dbus.ObjectPath, *dbus.Error) {
	ended := func(result string) []any { return []any{uint32(7), dbus.ObjectPath(job), name, result} }
	forged := ended("failed")
	m.forger.Send(&dbus.Message{Type: dbus.TypeSignal, Flags: dbus.FlagNoReplyExpected, Body: forged, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldPath:        dbus.MakeVariant(dbus.ObjectPath(systemdPath)),
		dbus.FieldInterface:   dbus.MakeVariant(managerInterface),
		dbus.FieldMember:      dbus.MakeVariant("JobRemoved"),
		dbus.FieldDestination: dbus.MakeVariant(string(caller)),
		dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf(forged...)),
	}}, nil)
	// When this is answered, the bus has passed the signal on.
	if err := m.forger.BusObject().Call("org.freedesktop.DBus.GetId", 0).Err; err != nil {
		return "", dbus.MakeFailedError(err)
	}
	if err := m.conn.Emit(systemdPath, managerInterface+".JobRemoved", ended("done")...); err != nil {
		return "", dbus.MakeFailedError(err)
	}
	return job, nil
}

func TestOnABusNobodyEndsAJobButSystemd(t *testing.T) {
	address := busDaemon(t)
	m := &busManager{connectTo(t, address), connectTo(t, address)}
	must(t, m.conn.Export(m, systemdPath, managerInterface))
	_, err := m.conn.RequestName(systemdName, dbus.NameFlagDoNotQueue)
	must(t, err)
	s := &Systemd{addresses: []string{address}, patience: 30 * time.Second, job: 30 * time.Second}
	defer s.Close()
	must(t, s.Start("a.scope", nil, os.Getpid()))
}
