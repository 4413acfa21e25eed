package specconv

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

var update = flag.Bool("update", false, "write the goldens instead of comparing with them")

// pinned are the facts of testdata/facts.json, changed by merge patches.
func pinned(t testing.TB, patches ...string) *Facts {
	t.Helper()
	text := read(t, "testdata/facts.json")
	for _, patch := range patches {
		text = merge(t, text, patch)
	}
	facts := new(Facts)
	strict(t, text, facts)
	return facts
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// patched is the example config for the pinned facts, changed by a merge patch.
func patched(t testing.TB, patch string) *specs.Spec {
	t.Helper()
	base, err := json.Marshal(Example(pinned(t, "")))
	if err != nil {
		t.Fatal(err)
	}
	spec := new(specs.Spec)
	strict(t, merge(t, base, patch), spec)
	return spec
}

// strict decodes JSON; a name that does not exist is a mistake in a test.
func strict(t testing.TB, data []byte, to any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
}

// merge applies a JSON merge patch (RFC 7386), in which a name that ends with
// + appends to an array.
func merge(t testing.TB, base []byte, patch string) []byte {
	t.Helper()
	if strings.TrimSpace(patch) == "" {
		return base
	}
	merged, err := json.Marshal(mergeValue(value(t, base), value(t, []byte(patch))))
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

// value decodes JSON with its numbers as they are: 64 bits do not fit a float.
func value(t testing.TB, data []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

func mergeValue(base, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	b, ok := base.(map[string]any)
	if !ok {
		b = map[string]any{}
	}
	for name, value := range p {
		if list, ok := strings.CutSuffix(name, "+"); ok {
			old, _ := b[list].([]any)
			b[list] = append(old, value.([]any)...)
			continue
		}
		if value == nil {
			delete(b, name)
			continue
		}
		b[name] = mergeValue(b[name], value)
	}
	return b
}

func defaultOptions() *Options {
	return &Options{ID: "c1", Bundle: "/bundle", StateDir: "/run/tare/c1", ConsoleSocket: "/run/console.sock", Await: true}
}

func defaultExec() *ExecOptions { return &ExecOptions{ID: "c1", Pid: 4242, Start: 99} }

func defaultRestore() *RestoreOptions {
	return &RestoreOptions{
		Options: *defaultOptions(), Images: "/images", Work: "/work", Cgroups: "soft",
		Mounts: []Checkpointed{{Key: "tare0", Destination: "/proc/keys"}}, Points: []Point{{Path: "/proc"}},
		CRIU: "/usr/sbin/criu", Arguments: []string{"criu", "swrk", "3"}, Environment: []string{"PATH=/usr/sbin"},
	}
}

// printed is the plan as people see it. Whatever is compiled must pass Check.
func printed(t testing.TB, p *plan.Plan) string {
	t.Helper()
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	if _, err := p.Encode(nil, plan.Fault{}); err != nil {
		t.Error(err)
	}
	var b strings.Builder
	if err := p.Print(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func compiled(t testing.TB, spec *specs.Spec, facts *Facts, opts *Options) string {
	t.Helper()
	p, err := Compile(spec, facts, opts)
	if err != nil {
		t.Fatal(err)
	}
	return printed(t, p)
}

// The one golden of a whole plan; every other is a difference from it.
func TestDefaultPlan(t *testing.T) {
	got := compiled(t, patched(t, ""), pinned(t, ""), defaultOptions())
	golden(t, "testdata/default.plan", got)
	if lines := strings.Count(got, "\n"); lines > 60 {
		t.Errorf("the default plan has %d lines: more than a page", lines)
	}
}

func TestDefaultExecPlan(t *testing.T) {
	spec := patched(t, "")
	p, err := CompileExec(spec, spec.Process, pinned(t, ""), defaultExec())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/exec.plan", printed(t, p))
}

func TestDefaultRestorePlan(t *testing.T) {
	p, err := CompileRestore(patched(t, ""), pinned(t, ""), defaultRestore())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/restore.plan", printed(t, p))
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := string(read(t, path)); got != want {
		t.Errorf("the plan is not %s (-update writes it):\n%s", path, difference(want, got))
	}
}
