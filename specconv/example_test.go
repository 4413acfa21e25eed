package specconv

import (
	"encoding/json"
	"strings"
	"testing"
)

// What `tare spec` writes must run on the host that wrote it.
func TestExampleIsAcceptedOnEveryHost(t *testing.T) {
	for name, facts := range hosts(t) {
		if facts.EffectiveUID != 0 {
			continue // without root a container needs a user namespace: tare spec --rootless
		}
		t.Run(name, func(t *testing.T) {
			compiled(t, Example(facts), facts, defaultOptions())
		})
	}
}

// What `tare spec --rootless` writes must run for the user who wrote it, also
// where no cgroup was given to it.
func TestRootlessExampleIsAcceptedOnEveryHost(t *testing.T) {
	for name, facts := range hosts(t) {
		facts.EffectiveUID, facts.EffectiveGID = 1000, 1001
		t.Run(name, func(t *testing.T) {
			compiled(t, ExampleRootless(facts), facts, defaultOptions())
			for _, h := range facts.Cgroups.Hierarchies() {
				facts.Undelegated = append(facts.Undelegated, h.Mountpoint)
			}
			compiled(t, ExampleRootless(facts), facts, defaultOptions())
		})
	}
}

func TestRootlessExample(t *testing.T) {
	spec := ExampleRootless(pinned(t, `{"effectiveUID": 1000, "effectiveGID": 1001}`))
	data, err := json.MarshalIndent(spec.Linux.Namespaces, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); strings.Contains(text, "network") || !strings.Contains(text, "user") {
		t.Error(text)
	}
	if u, g := spec.Linux.UIDMappings[0], spec.Linux.GIDMappings[0]; u.HostID != 1000 || g.HostID != 1001 {
		t.Error(u, g)
	}
	if spec.Linux.Resources != nil {
		t.Error(spec.Linux.Resources)
	}
	for _, m := range spec.Mounts {
		if text := strings.Join(m.Options, ","); strings.Contains(text, "gid=") || m.Type == "sysfs" {
			t.Error(m)
		}
	}
}

// hosts are those that the tests know.
func hosts(t testing.TB) map[string]*Facts {
	return map[string]*Facts{
		"v2":                pinned(t),
		"v1":                pinned(t, string(read(t, "testdata/v1.json"))),
		"hybrid":            pinned(t, string(read(t, "testdata/hybrid.json"))),
		"no cgroups":        pinned(t, noCgroups),
		"user":              pinned(t, `{"effectiveUID": 1000, "effectiveGID": 1000}`),
		"in user namespace": pinned(t, `{"userNamespace": true}`),
	}
}

const noCgroups = `{"cgroups": {"mode": "none", "unified": null, "available": null, "own": null}}`
