package specconv

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tare-oci/tare/plan"
)

// Each story in testdata/*.txtar is a change of the config (config.json), the
// facts (facts.json), the options (options.json), the process that joins (exec.json)
// or what is restored (restore.json), and what it does to the plan: plan.diff, or faults. A story plays
// on the host that the file host names, and may move from there to other-host.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 150 {
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
	compile := compileStory
	if _, joins := parts["exec.json"]; joins {
		compile = execStory
	}
	if _, restores := parts["restore.json"]; restores {
		compile = restoreStory
	}
	base, err := compile(t, map[string]string{"host": parts["host"]})
	if err != nil {
		t.Fatal(err)
	}
	p, err := compile(t, parts)
	if err != nil {
		return "faults", list(t, err)
	}
	return "plan.diff", difference(printed(t, base), printed(t, p))
}

func factsOf(t *testing.T, parts map[string]string) *Facts {
	patches := []string{parts["facts.json"]}
	if name := strings.TrimSpace(or(parts["other-host"], parts["host"])); name != "" {
		patches = []string{string(read(t, "testdata/"+name+".json")), parts["facts.json"]}
	}
	return pinned(t, patches...)
}

func compileStory(t *testing.T, parts map[string]string) (*plan.Plan, error) {
	opts := defaultOptions()
	strict(t, []byte(or(parts["options.json"], "{}")), opts)
	return Compile(patched(t, parts["config.json"]), factsOf(t, parts), opts)
}

func execStory(t *testing.T, parts map[string]string) (*plan.Plan, error) {
	data, err := json.Marshal(patched(t, "").Process)
	if err != nil {
		t.Fatal(err)
	}
	process, opts := new(specs.Process), defaultExec()
	strict(t, merge(t, data, parts["exec.json"]), process)
	strict(t, []byte(or(parts["options.json"], "{}")), opts)
	return CompileExec(patched(t, parts["config.json"]), process, factsOf(t, parts), opts)
}

func restoreStory(t *testing.T, parts map[string]string) (*plan.Plan, error) {
	opts := defaultRestore()
	strict(t, []byte(or(parts["restore.json"], "{}")), opts)
	return CompileRestore(patched(t, parts["config.json"]), factsOf(t, parts), opts)
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
