package specconv

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tare-oci/tare/cgroups"
)

// Each story in testdata/updates/*.txtar is a container's resources (has.json),
// those that it is given (gets.json), and for each kind of host what is written, or
// what is wrong; and at last what is kept.
func TestUpdates(t *testing.T) {
	files, err := filepath.Glob("testdata/updates/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Errorf("there are only %d stories", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { updateStory(t, file) })
	}
}

func updateStory(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(archive.Comment)) == "" || len(archive.Files) < 2 {
		t.Fatal("the story is not told")
	}
	had, gets := string(archive.Files[0].Data), string(archive.Files[1].Data)
	told := txtar.Archive{Comment: archive.Comment, Files: slices.Clone(archive.Files[:2])}
	kept := ""
	for _, host := range []string{"v1", "v2", "hybrid"} {
		facts := pinned(t)
		if host != "v2" {
			facts = pinned(t, string(read(t, "testdata/"+host+".json")))
		}
		text, resources := updated(t, had, gets, facts)
		if resources != "" {
			kept = resources
		}
		told.Files = append(told.Files, txtar.File{Name: host, Data: []byte(text)})
	}
	told.Files = append(told.Files, txtar.File{Name: "kept.json", Data: []byte(kept)})
	got := string(txtar.Format(&told))
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := string(read(t, file)); got != want {
		t.Errorf("it is\n%s\nand not\n%s", got, want)
	}
}

// updated tells what an update writes, and what the container keeps.
func updated(t *testing.T, had, gets string, facts *Facts) (text, kept string) {
	t.Helper()
	spec, r := &specs.Spec{Linux: &specs.Linux{Resources: &specs.LinuxResources{}}}, &specs.LinuxResources{}
	strict(t, []byte(had), spec.Linux.Resources)
	strict(t, []byte(gets), r)
	u, err := CompileUpdate(spec, r, facts)
	before, _ := json.Marshal(spec.Linux.Resources)
	if old := new(specs.LinuxResources); true {
		strict(t, []byte(had), old)
		if again, _ := json.Marshal(old); string(again) != string(before) {
			t.Errorf("the resources that it had were changed: %s", before)
		}
	}
	if err != nil {
		return list(t, err), ""
	}
	var b strings.Builder
	if len(u.Controllers) > 0 {
		b.WriteString("enable " + strings.Join(u.Controllers, " ") + "\n")
	}
	for i := range u.Settings {
		s := &u.Settings[i]
		b.WriteString("set " + s.File + " to " + s.Value)
		if s.CheckUsage {
			b.WriteString(" unless more is in use")
		}
		b.WriteString(" " + s.Pointer + "\n")
	}
	for _, d := range u.After[:max(0, len(u.After)-len(cgroups.DefaultDeviceRules()))] {
		rule, err := cgroups.FormatDeviceRule(&d)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(rule + "\n")
	}
	if u.After != nil {
		b.WriteString("and what every container may use\n")
	}
	data, err := json.Marshal(u.Resources)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), string(data) + "\n"
}

func TestUpdateOfAContainerWithoutThatCgroup(t *testing.T) {
	facts := pinned(t, string(read(t, "testdata/v1.json")), `{"undelegated": ["/sys/fs/cgroup/memory"]}`)
	text, _ := updated(t, `{}`, `{"memory": {"limit": 1000}, "pids": {"limit": 3}}`, facts)
	if want := "/linux/resources/memory/limit: cannot be limited: the container has no cgroup in which it would be\n"; text != want {
		t.Errorf("got %s", text)
	}
}

func TestDeviceRulesOfAUserAreKeptAlone(t *testing.T) {
	text, kept := updated(t, `{}`, `{"devices": [{"allow": true, "access": "r"}]}`, pinned(t, `{"effectiveUID": 1000}`))
	if text != "" || kept != `{"devices":[{"allow":true,"access":"r"}]}`+"\n" {
		t.Errorf("got %s, kept %s", text, kept)
	}
}

// A spec without any resources gets the first ones.
func TestUpdateOfNothing(t *testing.T) {
	limit := int64(5)
	u, err := CompileUpdate(&specs.Spec{}, &specs.LinuxResources{Pids: &specs.LinuxPids{Limit: &limit}}, pinned(t))
	if err != nil || len(u.Settings) != 1 || *u.Resources.Pids.Limit != 5 {
		t.Errorf("%+v, %v", u, err)
	}
}

// Every field of resources can be updated.
func TestEveryResourceIsMerged(t *testing.T) {
	full := `{"devices":[{"allow":true,"type":"c","major":1,"minor":2,"access":"r"}],
		"memory":{"limit":1,"reservation":2,"swap":3,"kernel":4,"kernelTCP":5,"swappiness":6,"disableOOMKiller":true,"useHierarchy":true,"checkBeforeUpdate":true},
		"cpu":{"shares":1,"quota":2,"burst":3,"period":4,"realtimeRuntime":5,"realtimePeriod":6,"cpus":"7","mems":"8","idle":9},
		"pids":{"limit":1},
		"blockIO":{"weight":1,"leafWeight":2,"weightDevice":[{"major":1,"minor":2,"weight":3}],
			"throttleReadBpsDevice":[{"major":1,"minor":2,"rate":3}],"throttleWriteBpsDevice":[{"major":1,"minor":2,"rate":4}],
			"throttleReadIOPSDevice":[{"major":1,"minor":2,"rate":5}],"throttleWriteIOPSDevice":[{"major":1,"minor":2,"rate":6}]},
		"hugepageLimits":[{"pageSize":"2MB","limit":1}],
		"network":{"classID":1,"priorities":[{"name":"lo","priority":1}]},
		"rdma":{"a":{"hcaHandles":1,"hcaObjects":2}},
		"unified":{"memory.high":"1"}}`
	r := new(specs.LinuxResources)
	strict(t, []byte(full), r)
	merged, given := mergeResources(&specs.LinuxResources{}, r)
	got, _ := json.Marshal(merged)
	if want, _ := json.Marshal(r); string(got) != string(want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if len(given) != 32 || !slices.Contains(given, "/linux/resources/network/classID") {
		t.Errorf("%d given: %v", len(given), given)
	}
	again, _ := mergeResources(r, &specs.LinuxResources{})
	if got, _ := json.Marshal(again); string(got) != string(must(json.Marshal(r))) {
		t.Errorf("nothing given, and it is %s", got)
	}
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}
