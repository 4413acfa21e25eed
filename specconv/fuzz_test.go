package specconv

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/plan"
)

// hostNames gives FuzzCompile's hosts an order.
var hostNames = []string{"v2", "v1", "hybrid", "no cgroups", "user", "in user namespace", "whole"}

// Any config is refused with faults that can be shown to a person, or compiled
// to a plan that passes Check, can be sent and can be printed.
func FuzzCompile(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		parts := map[string]string{}
		for _, part := range archive.Files {
			parts[part.Name] = string(part.Data)
		}
		host := slices.Index(hostNames, strings.TrimSpace(or(parts["host"], "v2")))
		f.Add(encoded(f, parts["config.json"]), uint8(host), uint8(0))
	}
	for i, c := range faultCases() {
		f.Add(encoded(f, c.config), uint8(i), uint8(i))
	}
	for _, config := range realConfigs(f) {
		for host := range hostNames {
			f.Add(config, uint8(host), uint8(host))
		}
	}
	all := fuzzHosts(f)
	f.Fuzz(func(t *testing.T, config []byte, host, options uint8) {
		spec, err := specjson.DecodeSpec(config)
		if err != nil {
			return
		}
		facts := all[hostNames[int(host)%len(hostNames)]]
		opts := defaultOptions()
		opts.Await, opts.NoPivot, opts.NoNewKeyring = options&1 == 0, options&2 != 0, options&4 != 0
		if options&8 != 0 {
			opts.ConsoleSocket = ""
		}
		p, err := Compile(spec, facts, opts)
		judge(t, p, err)
		if err != nil {
			return
		}
		p, err = CompileExec(spec, spec.Process, facts, defaultExec())
		judge(t, p, err)
		if err != nil {
			t.Errorf("the process of a config that is accepted cannot join its container: %v", err)
		}
		for _, warning := range Warnings(spec, spec.Process, facts) {
			judge(t, nil, &Faults{[]Fault{warning}})
		}
	})
}

// fuzzHosts are those of hostNames.
func fuzzHosts(t testing.TB) map[string]*Facts {
	all := hosts(t)
	all["whole"] = wholeHost(t)
	return all
}

// Any mount is refused, or made in some way that a plan can say. Options are
// between commas.
func FuzzMountOptions(f *testing.F) {
	for i := range options {
		f.Add("/data", "bind", "/data", "bind,"+options[i].word, uint8(i))
		f.Add("/data", "tmpfs", "tmpfs", options[i].word, uint8(i))
	}
	for _, config := range realConfigs(f) {
		spec, err := specjson.DecodeSpec(config)
		if err != nil {
			f.Fatal(err)
		}
		for i, m := range spec.Mounts {
			f.Add(m.Destination, m.Type, m.Source, strings.Join(m.Options, ","), uint8(i))
		}
	}
	base, all := encoded(f, ""), fuzzHosts(f)
	f.Fuzz(func(t *testing.T, destination, fstype, source, options string, host uint8) {
		spec, err := specjson.DecodeSpec(base)
		if err != nil {
			t.Fatal(err)
		}
		m := specs.Mount{Destination: destination, Type: fstype, Source: source, Options: strings.Split(options, ",")}
		if host&128 != 0 {
			m.UIDMappings = []specs.LinuxIDMapping{{HostID: 1000, Size: 5}}
			m.GIDMappings = m.UIDMappings
		}
		spec.Mounts = append(spec.Mounts, m)
		p, err := Compile(spec, all[hostNames[int(host)%len(hostNames)]], defaultOptions())
		judge(t, p, err)
		for _, warning := range MountWarnings(spec) {
			judge(t, nil, &Faults{[]Fault{warning}})
		}
	})
}

// Any process of exec is refused or joins the container.
func FuzzProcess(f *testing.F) {
	for _, config := range realConfigs(f) {
		spec, err := specjson.DecodeSpec(config)
		if err != nil {
			f.Fatal(err)
		}
		process, err := json.Marshal(spec.Process)
		if err != nil {
			f.Fatal(err)
		}
		for host := range hostNames {
			f.Add(process, uint8(host), host%2 == 0)
		}
	}
	all := fuzzHosts(f)
	whole, err := specjson.DecodeSpec(realConfigs(f)["whole.json"])
	if err != nil {
		f.Fatal(err)
	}
	example, err := specjson.DecodeSpec(encoded(f, ""))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, host uint8, inWhole bool) {
		process, err := specjson.DecodeProcess(data)
		if err != nil {
			return
		}
		spec, name := example, hostNames[int(host)%len(hostNames)]
		if inWhole {
			spec, name = whole, "whole"
		}
		p, err := CompileExec(spec, process, all[name], defaultExec())
		judge(t, p, err)
		for _, warning := range Warnings(spec, process, all[name]) {
			judge(t, nil, &Faults{[]Fault{warning}})
		}
	})
}

// Any resources of an update are refused, or give a container that takes nothing
// more when it is given nothing, and what it is given a second time.
func FuzzUpdate(f *testing.F) {
	archives, err := filepath.Glob("testdata/updates/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for i, file := range archives {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data, archive.Files[1].Data, uint8(i))
	}
	all := fuzzHosts(f)
	f.Fuzz(func(t *testing.T, had, gets []byte, host uint8) {
		old, err := specjson.DecodeResources(had)
		r, err2 := specjson.DecodeResources(gets)
		facts := all[hostNames[int(host)%len(hostNames)]]
		if err != nil || err2 != nil {
			return
		}
		spec := &specs.Spec{Linux: &specs.Linux{Resources: old}}
		u, err := CompileUpdate(spec, r, facts)
		if err != nil {
			judge(t, nil, err)
			return
		}
		spec.Linux.Resources = u.Resources
		if again, err := CompileUpdate(spec, &specs.LinuxResources{}, facts); err != nil || len(again.Settings) > 0 || again.After != nil {
			t.Errorf("an update of nothing: %+v, %v", again, err)
		}
		if _, err := CompileUpdate(spec, r, facts); err != nil {
			t.Errorf("it is not taken a second time: %v", err)
		}
	})
}

// encoded is the example config as JSON, changed by a merge patch.
func encoded(t testing.TB, patch string) []byte {
	t.Helper()
	config, err := json.Marshal(patched(t, patch))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func judge(t *testing.T, p *plan.Plan, err error) {
	t.Helper()
	text := ""
	if err == nil {
		text = printed(t, p)
	} else {
		text = err.Error()
		var faults *Faults
		if !errors.As(err, &faults) {
			t.Errorf("no Faults, but %v", err)
			return
		}
		for _, fault := range faults.List {
			if !strings.HasPrefix(fault.Pointer, "/") || fault.Message == "" {
				t.Errorf("%q: %q", fault.Pointer, fault.Message)
			}
		}
	}
	// What a config has in its names must not reach a person's terminal as it is.
	if at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r == 0x7f) }); at >= 0 {
		t.Errorf("a control character is shown: %q", text[max(0, at-40):min(len(text), at+40)])
	}
}
