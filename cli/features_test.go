package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"

	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// claims is what the verb prints.
func claims(t *testing.T) *features.Features {
	t.Helper()
	app, out := newApp(Build{}, nil), new(bytes.Buffer)
	app.Writer = out
	if err := app.Run([]string{"tare", "features"}); err != nil {
		t.Fatal(err)
	}
	d, f := json.NewDecoder(out), new(features.Features)
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		t.Fatal(err)
	}
	return f
}

// host is a host by name, of those of specconv's tests.
func host(t *testing.T, names ...string) *specconv.Facts {
	t.Helper()
	facts := new(specconv.Facts)
	for _, name := range append([]string{"facts"}, names...) {
		data, err := os.ReadFile("../specconv/testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, facts); err != nil {
			t.Fatal(err)
		}
	}
	return facts
}

// config is the least that makes a container, and what the text, which is JSON, adds.
func config(t *testing.T, text string) *specs.Spec {
	t.Helper()
	spec := &specs.Spec{
		Version: specs.Version, Root: &specs.Root{Path: "rootfs"}, Process: &specs.Process{Cwd: "/", Args: []string{"a"}},
		Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.NetworkNamespace}}},
	}
	if err := json.Unmarshal([]byte(text), spec); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return spec
}

func planOf(spec *specs.Spec, facts *specconv.Facts) (*plan.Plan, error) {
	p, err := specconv.Compile(spec, facts, &specconv.Options{ID: "c", Bundle: "/b", StateDir: "/s"})
	if err == nil {
		err = p.Check()
	}
	return p, err
}

func printedPlan(t *testing.T, p *plan.Plan) string {
	t.Helper()
	var b strings.Builder
	if err := p.Print(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// compiles says whether a config is taken; does, whether the plan is another with it.
func compiles(t *testing.T, text string, facts *specconv.Facts) bool {
	t.Helper()
	_, err := planOf(config(t, text), facts)
	return err == nil
}

func does(t *testing.T, text string, facts *specconv.Facts) bool {
	t.Helper()
	with, err := planOf(config(t, text), facts)
	if err != nil {
		return false
	}
	without, err := planOf(config(t, "{}"), facts)
	if err != nil {
		t.Fatal(err)
	}
	return printedPlan(t, with) != printedPlan(t, without)
}

// object is a JSON object of names and values, the latter written as JSON.
func object(t *testing.T, members map[string]any) string {
	t.Helper()
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func inLinux(t *testing.T, name string, value any) string {
	t.Helper()
	return object(t, map[string]any{"linux": map[string]any{name: value}})
}

// switches are what a feature that is on or off promises, by its place in the
// verb's output.
var switches = map[string]struct {
	config string
	host   string
	facts  string
}{
	"linux.cgroup.v1":          {`{"linux": {"resources": {"pids": {"limit": 5}}}}`, "v1", `{}`},
	"linux.cgroup.v2":          {`{"linux": {"resources": {"pids": {"limit": 5}}}}`, "facts", `{}`},
	"linux.cgroup.rdma":        {`{"linux": {"resources": {"rdma": {"mlx5_1": {"hcaHandles": 3}}}}}`, "facts", `{}`},
	"linux.cgroup.systemd":     {`{"linux": {"cgroupsPath": "a.slice:b:c"}}`, "facts", `{"systemd": {"version": 257}}`},
	"linux.cgroup.systemdUser": {`{"linux": {"cgroupsPath": "a.slice:b:c"}}`, "facts", `{"systemd": {"version": 257, "user": true}}`},
	"linux.seccomp.enabled": {
		`{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}}}`, "facts", `{}`,
	},
	"linux.apparmor.enabled":    {`{"process": {"apparmorProfile": "a"}}`, "facts", `{"appArmor": true}`},
	"linux.selinux.enabled":     {`{"process": {"selinuxLabel": "a"}}`, "facts", `{"selinux": true}`},
	"linux.intelRdt.enabled":    {`{"linux": {"intelRdt": {"closID": "a"}}}`, "facts", `{"resctrl": {"mountpoint": "/r"}}`},
	"linux.intelRdt.schemata":   {`{"linux": {"intelRdt": {"schemata": ["L3:0=f"]}}}`, "facts", `{"resctrl": {"mountpoint": "/r"}}`},
	"linux.intelRdt.monitoring": {`{"linux": {"intelRdt": {"enableMonitoring": true}}}`, "facts", `{"resctrl": {"mountpoint": "/r", "monitoring": true}}`},
	"linux.mountExtensions.idmap.enabled": {
		`{"mounts": [{"destination": "/a", "source": "/a", "options": ["bind"], "uidMappings": [{"size": 9}], "gidMappings": [{"size": 9}]}]}`, "facts", `{}`,
	},
	"linux.netDevices.enabled": {`{"linux": {"netDevices": {"eth0": {}}}}`, "facts", `{}`},
}

// lists are what tests below compare.
var lists = []string{
	"hooks", "mountOptions", "potentiallyUnsafeConfigAnnotations", "linux.namespaces", "linux.capabilities", "linux.seccomp.actions",
	"linux.seccomp.operators", "linux.seccomp.archs", "linux.seccomp.knownFlags", "linux.seccomp.supportedFlags", "linux.memoryPolicy.modes",
	"linux.memoryPolicy.flags",
}

// Nothing that the specification lets a runtime claim is left open, and whatever
// is on or off, or a list, has a test here.
func TestEveryFeatureIsClaimedAndTested(t *testing.T) {
	tested := slices.Clone(lists)
	for name := range switches {
		tested = append(tested, name)
	}
	var walk func(v reflect.Value, at string)
	walk = func(v reflect.Value, at string) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() {
				t.Errorf("%s: nothing is said about it", at)
			} else if v.Elem().Kind() == reflect.Bool {
				tested = without(t, tested, at)
			} else {
				walk(v.Elem(), at)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
				walk(v.Field(i), strings.TrimPrefix(at+"."+name, "."))
			}
		case reflect.Slice:
			if v.Len() == 0 {
				t.Errorf("%s: nothing is said about it", at)
			}
			tested = without(t, tested, at)
		}
	}
	walk(reflect.ValueOf(claims(t)), "")
	if len(tested) > 0 {
		t.Errorf("there are no such features: %q", tested)
	}
}

func without(t *testing.T, list []string, name string) []string {
	t.Helper()
	i := slices.Index(list, name)
	if i < 0 {
		t.Errorf("%s: nobody tests whether it is true", name)
		return list
	}
	return slices.Delete(list, i, i+1)
}

func TestClaimedSwitchesAreTrue(t *testing.T) {
	data, err := json.Marshal(claims(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range switches {
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(name, ".") {
			value = value.(map[string]any)[part]
		}
		facts := host(t, s.host)
		if err := json.Unmarshal([]byte(s.facts), facts); err != nil {
			t.Fatal(err)
		}
		if got := does(t, s.config, facts); got != value {
			t.Errorf("%s is claimed to be %v, and is %v", name, value, got)
		}
	}
}

func TestClaimedVersionsAreTrue(t *testing.T) {
	f, facts := claims(t), host(t)
	for version, want := range map[string]bool{
		f.OCIVersionMin: true, f.OCIVersionMax: true, specs.Version: true,
		// Within a major version configs of older and newer ones can be read.
		"0.9.9": false, "2.0.0": false, "": false,
	} {
		if got := compiles(t, object(t, map[string]any{"ociVersion": version}), facts); got != want {
			t.Errorf("version %q is taken: %v", version, got)
		}
	}
}
