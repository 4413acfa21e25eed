package specconv

import (
	"encoding/json"
	"strings"
	"testing"
)

const withResctrl = `{"resctrl": {"mountpoint": "/sys/fs/resctrl", "resources": ["L3", "MB"], "monitoring": true}}`

func rdt(fields string) string { return linux(`"intelRdt": {` + fields + `}`) }

var intelRdtFaults = []faultCase{
	{rdt(`"closID": "."`), []string{`/linux/intelRdt/closID: must be the name of a directory, or / for the default class, not "."`}},
	{rdt(`"closID": ".."`), []string{`/linux/intelRdt/closID: must be the name of a directory, or / for the default class, not ".."`}},
	{rdt(`"closID": "/a"`), []string{`/linux/intelRdt/closID: must be the name of a directory, or / for the default class, not "/a"`}},
	{rdt(`"closID": "a/../../b"`), []string{`/linux/intelRdt/closID: must be the name of a directory, or / for the default class, not "a/../../b"`}},
	{rdt(`"closID": "a\nb"`), []string{`/linux/intelRdt/closID: must be the name of a directory, or / for the default class, not "a\nb"`}},
	{rdt(`"closID": "a\u0000"`), []string{`/linux/intelRdt/closID: has a NUL in it`}},
	{rdt(`"closID": "info"`), []string{`/linux/intelRdt/closID: resctrl has a directory "info" that is no class`}},
	{rdt(`"closID": "mon_groups"`), []string{`/linux/intelRdt/closID: resctrl has a directory "mon_groups" that is no class`}},
	{rdt(`"l3CacheSchema": "0=f"`), []string{`/linux/intelRdt/l3CacheSchema: must be a line like L3:0=7ff;1=7ff, not "0=f"`}},
	{rdt(`"l3CacheSchema": "L3:0=f\nL2:0=f"`), []string{`/linux/intelRdt/l3CacheSchema: this host's resctrl has no "L2", but L3, MB`}},
	{rdt(`"memBwSchema": "L3:0=f"`), []string{`/linux/intelRdt/memBwSchema: must begin with MB:, not be "L3:0=f"`}},
	{rdt(`"memBwSchema": "MB:0=20\nMB:1=20"`), []string{`/linux/intelRdt/memBwSchema: must be one line`}},
	{rdt(`"schemata": ["L3:0=f", "", "L3:0=f\nMB:0=20", "L2:0=f", "L3:\u0000"]`), []string{
		`/linux/intelRdt/schemata/1: must be a line like L3:0=7ff;1=7ff, not ""`, `/linux/intelRdt/schemata/2: must be one line`,
		`/linux/intelRdt/schemata/3: this host's resctrl has no "L2", but L3, MB`, `/linux/intelRdt/schemata/4: has a NUL in it`,
	}},
}

func TestFaultsOfIntelRdt(t *testing.T) {
	for _, c := range intelRdtFaults {
		refuses(t, c, pinned(t, withResctrl))
	}
}

// A class of the container's own has its name, which must not be that of
// another directory of resctrl.
func TestIDThatIsNoClass(t *testing.T) {
	opts := defaultOptions()
	opts.ID = "info"
	_, err := Compile(patched(t, rdt(``)), pinned(t, withResctrl), opts)
	if err == nil || err.Error() != `/linux/intelRdt: resctrl has a directory "info" that is no class` {
		t.Error(err)
	}
	compiled(t, patched(t, rdt(`"closID": "a"`)), pinned(t, withResctrl), opts)
}

// A hook in the container would run outside of the class.
func TestHookWithoutResctrl(t *testing.T) {
	spec := patched(t, `{"hooks": {"startContainer": [{"path": "/a"}]}, "linux": {"intelRdt": {}}}`)
	hook := HookSteps(spec, StartContainer)[0]
	if _, err := CompileHook(spec, &hook, pinned(t), &HookOptions{ID: "c1", Pid: 1}); err == nil {
		t.Error("it is compiled")
	}
	p, err := CompileHook(spec, &hook, pinned(t, withResctrl), &HookOptions{ID: "c1", Pid: 1})
	if err != nil || !strings.Contains(printed(t, p), "put init into the resctrl group /sys/fs/resctrl/c1") {
		t.Error(err, p)
	}
}

func TestUpdateOfSchemata(t *testing.T) {
	for _, c := range []struct{ has, cache, bandwidth, changes, kept, fault string }{
		{has: `{}`},
		{has: `{"intelRdt": {"closID": "a"}}`, kept: `{"closID":"a"}`},
		{
			has: `{"intelRdt": {"closID": "a", "memBwSchema": "MB:0=10"}}`, cache: "L3:0=f", changes: L3CacheSchema + "=L3:0=f ",
			kept: `{"closID":"a","l3CacheSchema":"L3:0=f","memBwSchema":"MB:0=10"}`,
		},
		{
			has: `{"intelRdt": {}}`, cache: "L3:0=f", bandwidth: "MB:0=20", changes: L3CacheSchema + "=L3:0=f " + MemBwSchema + "=MB:0=20 ",
			kept: `{"l3CacheSchema":"L3:0=f","memBwSchema":"MB:0=20"}`,
		},
		{has: `{}`, cache: "L3:0=f", fault: L3CacheSchema + ": the container was made without /linux/intelRdt: it has no class that could be given this; an empty one in its config makes one"},
		{has: `{"intelRdt": {"closID": "/"}}`, bandwidth: "MB:0=10", fault: MemBwSchema + ": the container is in the default class, which is that of the host"},
		{has: `{"intelRdt": {}}`, bandwidth: "MBA:0=10", fault: MemBwSchema + `: must begin with MB:, not be "MBA:0=10"`},
	} {
		spec := patched(t, `{"linux": `+c.has+`}`)
		changes, kept, err := CompileSchemata(spec, c.cache, c.bandwidth, pinned(t, withResctrl))
		if c.fault != "" {
			if err == nil || err.Error() != c.fault {
				t.Errorf("%s: %v", c.has, err)
			}
			continue
		}
		got := ""
		for _, s := range changes {
			got += s.Pointer + "=" + s.Line + " "
		}
		data := ""
		if kept != nil {
			text, _ := json.Marshal(kept)
			data = string(text)
		}
		if err != nil || got != c.changes || data != c.kept {
			t.Errorf("%s: %v, changes %s, kept %s", c.has, err, got, data)
		}
	}
}
