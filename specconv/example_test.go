package specconv

import "testing"

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
