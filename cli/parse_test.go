package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestParseSignal(t *testing.T) {
	for text, want := range map[string]unix.Signal{
		"": unix.SIGTERM, "9": 9, "KILL": 9, "SIGKILL": 9, "sigkill": 9, "Kill": 9, "HUP": 1, "0": 0,
		"SIGRTMIN": 34, "RTMIN+3": 37, "RTMAX-1": 63, "64": 64,
	} {
		if got, err := parseSignal(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"NOSUCH", "65", "-1", "SIG", "SIGSIGKILL", "RTMIN+31", "RTMIN-1", "9x", " 9"} {
		if got, err := parseSignal(text); err == nil {
			t.Errorf("%q is %d, and should be refused", text, got)
		}
	}
}

// CVE-2026-30892 and CVE-2016-3697: a user that is not plainly a number must never become another.
func TestSetUser(t *testing.T) {
	for text, want := range map[string]specs.User{
		"1": {UID: 1, GID: 7}, "0": {UID: 0, GID: 7}, "1000:100": {UID: 1000, GID: 100}, "4294967294": {UID: 4294967294, GID: 7},
	} {
		user := specs.User{UID: 5, GID: 7}
		if err := setUser(&user, text); err != nil || user.UID != want.UID || user.GID != want.GID {
			t.Errorf("%q gives %d:%d, %v", text, user.UID, user.GID, err)
		}
	}
	for _, text := range []string{"", ":", "1:", ":1", "01", "4294967295", "4294967296", "-1", "+1", "1x", "root", "1:1:1", " 1", "0x1"} {
		user := specs.User{UID: 5, GID: 7}
		if err := setUser(&user, text); err == nil {
			t.Errorf("%q was taken for %d:%d", text, user.UID, user.GID)
		}
	}
}

func TestAddCapabilitiesLeavesInheritableAlone(t *testing.T) {
	p := specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: []string{"CAP_KILL"}}}
	before := p.Capabilities
	addCapabilities(&p, []string{"net_raw", "CAP_CHOWN"})
	sets := p.Capabilities
	if len(sets.Bounding) != 3 || sets.Effective[0] != "CAP_NET_RAW" || sets.Permitted[1] != "CAP_CHOWN" {
		t.Errorf("got %+v", sets)
	}
	if sets.Inheritable != nil || sets.Ambient != nil {
		t.Error("inheritable or ambient capabilities were added")
	}
	if len(before.Bounding) != 1 {
		t.Error("the config's own sets were changed")
	}
}

func TestStateIsPrintedAsTheLibraryWould(t *testing.T) {
	state := containerState{
		OCIVersion: "1.3.0", ID: "a", Pid: 3, Status: "running", Bundle: "/b", Rootfs: "/b/rootfs",
		Created: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Annotations: map[string]string{"k": "v", "a": "\""}, Owner: "root",
	}
	for _, state := range []containerState{state, {}} {
		var got, want bytes.Buffer
		if err := printState(&got, state); err != nil {
			t.Fatal(err)
		}
		if err := printJSON(&want, state); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("got\n%s\nwant\n%s", got.String(), want.String())
		}
	}
}
