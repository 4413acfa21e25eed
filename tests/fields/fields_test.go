package fields

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/rogpeppe/go-internal/txtar"
)

const (
	repo     = "../../"
	document = repo + "docs/spec-conformance.md"
)

// row is a line of the document's tables.
type row struct {
	text                        string
	what, where, tests, outside string
}

// rows are those of the tables of fields, by pointer.
func rows(t *testing.T) map[string]row {
	t.Helper()
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]row{}
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "| `/") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
			if cells[i] == "" {
				t.Errorf("an empty cell: %s", line)
			}
		}
		if len(cells) != 5 {
			t.Errorf("%d cells and not 5: %s", len(cells), line)
			continue
		}
		for _, pointer := range expand(strings.Trim(cells[0], "`")) {
			if _, twice := table[pointer]; twice {
				t.Errorf("%s is there twice", pointer)
			}
			table[pointer] = row{pointer, cells[1], cells[2], cells[3], cells[4]}
		}
	}
	return table
}

// expand does what a shell does to braces.
func expand(text string) []string {
	before, rest, found := strings.Cut(text, "{")
	if !found {
		return []string{text}
	}
	choices, after, _ := strings.Cut(rest, "}")
	var all []string
	for _, choice := range strings.Split(choices, ",") {
		for _, tail := range expand(after) {
			all = append(all, before+choice+tail)
		}
	}
	return all
}

func TestEveryFieldHasARow(t *testing.T) {
	table := rows(t)
	fields := Of(reflect.TypeFor[specs.Spec](), "")
	if len(fields) < 200 {
		t.Errorf("the specification has only %d fields", len(fields))
	}
	for _, f := range fields {
		r, ok := table[f.Pointer]
		if !ok {
			t.Errorf("%s: nobody says what tare does with it", f.Pointer)
			continue
		}
		delete(table, f.Pointer)
		words := wordsOf(f, r)
		r.checkWhere(t, words)
		r.checkTests(t, f.Pointer, words)
		r.checkOutside(t, words)
	}
	for pointer := range table {
		t.Errorf("%s: the specification has no such field", pointer)
	}
}

// wordsOf are the names by which a file speaks of a field: its own in JSON and
// in Go. What is refused as a whole is spoken of by the name of the whole.
func wordsOf(f Field, r row) *regexp.Regexp {
	parts := strings.Split(f.Pointer, "/")
	names := []string{f.Name, parts[len(parts)-1]}
	if strings.HasPrefix(r.what, "refused") {
		names = append(names, parts[1:]...)
	}
	for i := range names {
		names[i] = regexp.QuoteMeta(names[i])
	}
	return regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\b`)
}

var quoted = regexp.MustCompile("`([^`]+)`")

// read is the content of a file of the repository, "" and a fault if there is none.
func (r row) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repo, name))
	if err != nil {
		t.Errorf("%s: there is no %s", r.text, name)
	}
	return string(data)
}

func (r row) checkWhere(t *testing.T, words *regexp.Regexp) {
	files := quoted.FindAllStringSubmatch(r.where, -1)
	spoken := false
	for _, f := range files {
		spoken = words.MatchString(r.read(t, f[1])) || spoken
	}
	if !spoken {
		t.Errorf("%s: none of %s speaks of it", r.text, r.where)
	}
}

// checkTests wants a story that has the field in it, or a Go test in a file
// that speaks of it.
func (r row) checkTests(t *testing.T, pointer string, words *regexp.Regexp) {
	spoken := false
	for _, match := range quoted.FindAllStringSubmatch(r.tests, -1) {
		name := match[1]
		if strings.HasSuffix(name, ".txtar") {
			data := r.read(t, "specconv/testdata/"+name)
			spoken = tells(t, name, []byte(data), pointer) || spoken
			continue
		}
		dir, test, _ := strings.Cut(name, ".Test")
		found := false
		files, _ := filepath.Glob(filepath.Join(repo, dir, "*_test.go"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err == nil && strings.Contains(string(text), "func Test"+test+"(") {
				found, spoken = true, words.Match(text) || spoken
			}
		}
		if !found {
			t.Errorf("%s: there is no test %s", r.text, name)
		}
	}
	if !spoken {
		t.Errorf("%s: none of %s has it", r.text, r.tests)
	}
}

// tells says whether a story of specconv has a value at a pointer.
func tells(t *testing.T, name string, data []byte, pointer string) bool {
	t.Helper()
	for _, f := range txtar.Parse(data).Files {
		base, ok := map[string]string{"config.json": "", "exec.json": "/process"}[f.Name]
		if !ok {
			continue
		}
		var value any
		if err := json.Unmarshal(f.Data, &value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		rest, ok := strings.CutPrefix(pointer, base)
		if ok && has(value, strings.Split(rest, "/")[1:]) {
			return true
		}
	}
	return false
}

// has follows a pointer, in which * stands for anything. A story's lists may
// have a + after their name.
func has(value any, parts []string) bool {
	if len(parts) == 0 {
		return true
	}
	var inside []any
	switch v := value.(type) {
	case []any:
		if parts[0] == "*" {
			inside = v
		}
	case map[string]any:
		for name, member := range v {
			if parts[0] == "*" || strings.TrimSuffix(name, "+") == parts[0] {
				inside = append(inside, member)
			}
		}
	}
	for _, v := range inside {
		if has(v, parts[1:]) {
			return true
		}
	}
	return false
}

var suite = regexp.MustCompile("^`([a-z]+[.]bats)`: (.+)$")

// checkOutside wants a test of tests/e2e in a suite that speaks of the field, or
// the reason why there is none.
func (r row) checkOutside(t *testing.T, words *regexp.Regexp) {
	if strings.HasPrefix(r.outside, "none: ") {
		return
	}
	spoken := false
	for _, entry := range strings.Split(r.outside, " · ") {
		match := suite.FindStringSubmatch(entry)
		if match == nil {
			t.Errorf("%s: %q is neither a test of a suite nor none and a reason", r.text, entry)
			continue
		}
		text := r.read(t, "tests/e2e/"+match[1])
		if !strings.Contains(text, "@test \""+match[2]+"\" {") {
			t.Errorf("%s: %s has no test %q", r.text, match[1], match[2])
		}
		spoken = words.MatchString(text) || spoken
	}
	if !spoken {
		t.Errorf("%s: no suite of %s speaks of it", r.text, r.outside)
	}
}

// Every validation program that is to fail has its reason in the document, and
// nothing has that is no such program.
func TestEveryProgramThatFailsIsExplained(t *testing.T) {
	r := row{text: "conformance"}
	modules := r.read(t, "tests/conformance/go.mod")
	_, section, _ := strings.Cut(r.read(t, "docs/spec-conformance.md"), "\n## The validation programs\n")
	explained := map[string]bool{}
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| program ") {
			continue
		}
		for _, name := range regexp.MustCompile(`[a-z]+(_[a-z]+)*`).FindAllString(strings.Split(line, "|")[1], -1) {
			if strings.Contains(modules, "/validation/"+name+"\n") {
				explained[name] = true
			}
		}
	}
	expected := map[string]bool{}
	for line := range strings.Lines(r.read(t, "tests/conformance/expected.txt")) {
		if name, _, ok := strings.Cut(line, " "); ok && name != "#" {
			expected[name] = true
		}
	}
	if len(expected) < 10 {
		t.Errorf("only %d programs are to fail", len(expected))
	}
	for name := range expected {
		if !explained[name] {
			t.Errorf("%s is to fail, and the document does not say why", name)
		}
	}
	for name := range explained {
		if !expected[name] {
			t.Errorf("%s is explained, and not to fail", name)
		}
	}
}
