package libcontainer

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tare-oci/tare/cgroups"
)

func TestStateIsReadAsItWasWritten(t *testing.T) {
	want := State{
		OCIVersion: "1.3.0", ID: "a", Pid: 7, Start: 1 << 63, Creator: 8, CreatorBorn: 9,
		Created: time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC), Bundle: "/b \"c\"", Rootfs: "/b/r\n", Owner: 1000,
		Cgroup:      cgroups.Paths{{Hierarchy: "cpu,cpuacct", Mountpoint: "/sys/fs/cgroup/cpu", Path: "/a"}, {Mountpoint: "/sys/fs/cgroup", Path: "/a"}},
		Annotations: map[string]string{"x": "y", "é": "\x00"},
		Hooks:       LaterHooks{StartContainer: 71, Poststart: 80, Poststop: 1}, RootMount: 1<<31 + 5, Restored: true,
		Resctrl: Resctrl{Mountpoint: "/r", Group: "/r/a", Made: "/r/a", Monitor: "/r/a/mon_groups/a"},
	}
	data := want.encode()
	if !json.Valid(data) {
		t.Fatalf("not JSON: %s", data)
	}
	var got State
	if err := got.decode(data); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestStateOfALaterVersionIsRead(t *testing.T) {
	var got State
	if err := got.decode([]byte(`{"id":"a","created":"2026-01-02T03:04:05Z","news":{"a":[1,{"b":null}]}}`)); err != nil || got.ID != "a" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestStateThatMakesNoSense(t *testing.T) {
	for _, data := range []string{"", "{", "[]", `{"pid":"x"}`, `{"pid":-1e99}`, `{"id":"a"}`, `{"created":"yesterday"}`, strings.Repeat("[", 1e6)} {
		var s State
		if err := s.decode([]byte(data)); err == nil {
			t.Errorf("%.20q was taken for a state", data)
		}
	}
}

func FuzzState(f *testing.F) {
	s := State{ID: "a", Cgroup: cgroups.Paths{{Path: "/a"}}}
	f.Add(s.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		var s State
		if s.decode(data) != nil {
			return
		}
		var again State
		if err := again.decode(s.encode()); err != nil || !reflect.DeepEqual(again.Cgroup, s.Cgroup) {
			t.Errorf("%s became %s: %v", data, s.encode(), err)
		}
	})
}
