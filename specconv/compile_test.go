package specconv

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tare-oci/tare/plan"
)

var update = flag.Bool("update", false, "write the goldens instead of comparing with them")

// pinned are the facts of testdata/facts.json, changed by a merge patch.
func pinned(t testing.TB, patch string) *Facts {
	t.Helper()
	base, err := os.ReadFile("testdata/facts.json")
	if err != nil {
		t.Fatal(err)
	}
	facts := new(Facts)
	strict(t, merge(t, base, patch), facts)
	return facts
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
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Fatal(err)
	}
}

// merge applies a JSON merge patch (RFC 7386), in which a name that ends with
// + appends to an array.
func merge(t testing.TB, base []byte, patch string) []byte {
	t.Helper()
	if strings.TrimSpace(patch) == "" {
		return base
	}
	var b, p any
	if err := json.Unmarshal(base, &b); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(patch), &p); err != nil {
		t.Fatal(err)
	}
	merged, err := json.Marshal(mergeValue(b, p))
	if err != nil {
		t.Fatal(err)
	}
	return merged
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

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the plan is not %s (-update writes it):\n%s", path, difference(string(want), got))
	}
}

// Each story in testdata/*.txtar is a change of the config (config.json), the
// facts (facts.json), the options (options.json) or the process that joins
// (exec.json), and what it does to the plan: plan.diff, or faults.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 60 {
		t.Errorf("there are only %d stories", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { story(t, file) })
	}
}

func story(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(archive.Comment)) == "" {
		t.Error("the story is not told")
	}
	parts := map[string]string{}
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	name, got := tell(t, parts)
	if *update {
		kept := archive.Files[:0]
		for _, f := range archive.Files {
			if f.Name != "plan.diff" && f.Name != "faults" {
				kept = append(kept, f)
			}
		}
		archive.Files = append(kept, txtar.File{Name: name, Data: []byte(got)})
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, ok := parts[name]
	if !ok {
		t.Fatalf("the story expects something else than %s:\n%s", name, got)
	}
	if got != want {
		t.Errorf("%s is\n%s\nand not\n%s", name, got, want)
	}
}

// tell compiles a story: its plan's difference, or its faults one a line.
func tell(t *testing.T, parts map[string]string) (name, text string) {
	facts, spec := pinned(t, parts["facts.json"]), patched(t, parts["config.json"])
	base := patched(t, "")
	var p, before *plan.Plan
	var err error
	if process, ok := parts["exec.json"]; ok {
		data, err := json.Marshal(base.Process)
		if err != nil {
			t.Fatal(err)
		}
		joins := new(specs.Process)
		strict(t, merge(t, data, process), joins)
		opts := defaultExec()
		strict(t, merge(t, []byte("{}"), or(parts["options.json"], "{}")), opts)
		before, err = CompileExec(base, base.Process, pinned(t, ""), defaultExec())
		if err != nil {
			t.Fatal(err)
		}
		if p, err = CompileExec(spec, joins, facts, opts); err != nil {
			return "faults", list(t, err)
		}
	} else {
		opts := defaultOptions()
		strict(t, []byte(or(parts["options.json"], "{}")), opts)
		if before, err = Compile(base, pinned(t, ""), defaultOptions()); err != nil {
			t.Fatal(err)
		}
		if p, err = Compile(spec, facts, opts); err != nil {
			return "faults", list(t, err)
		}
	}
	return "plan.diff", difference(printed(t, before), printed(t, p))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func list(t *testing.T, err error) string {
	faults, ok := err.(*Faults)
	if !ok {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, f := range faults.List {
		b.WriteString(f.Pointer + ": " + f.Message + "\n")
	}
	return b.String()
}

// difference is the lines that differ, without their numbers, each group after
// the common line before it.
func difference(before, after string) string {
	a, b := lines(before), lines(after)
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out strings.Builder
	shown := true
	last := ""
	put := func(mark, line string) {
		if !shown && last != "" {
			out.WriteString("  " + last + "\n")
		}
		shown = true
		out.WriteString(mark + line + "\n")
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			last, shown = a[i], false
			i++
			j++
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			put("- ", a[i])
			i++
		default:
			put("+ ", b[j])
			j++
		}
	}
	return out.String()
}

// lines are a printed plan's without numbers and padding.
func lines(text string) (out []string) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		out = append(out, strings.Join(fields[1:], " "))
	}
	return out
}
