package specconv

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/plan"
)

// hostNames gives FuzzCompile's hosts an order.
var hostNames = []string{"v2", "v1", "hybrid", "no cgroups", "user", "in user namespace"}

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
	all := hosts(f)
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
