package fields

import (
	"regexp"
	"strings"
	"testing"
)

var (
	outside = regexp.MustCompile("`([a-z]+[.]bats)`: (.+?)(?: · |$)")
	inGo    = regexp.MustCompile("`(tests/[a-z]+)`: (Test[A-Za-z]+)")
	names   = regexp.MustCompile(`(CVE-\d+-\d+|GHSA(-[0-9a-z]{4}){3})`)
)

// Each advisory of the document has a test that is there, and each that a test
// names is in the document.
func TestEveryAdvisoryHasATest(t *testing.T) {
	r := row{text: "advisories"}
	document := r.read(t, "docs/advisories.md")
	rows := 0
	for line := range strings.Lines(document) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| advisory ") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 3 {
			t.Errorf("%d cells and not 3: %s", len(cells), line)
			continue
		}
		tests := strings.TrimSpace(cells[2])
		suites, functions := outside.FindAllStringSubmatch(tests, -1), inGo.FindAllStringSubmatch(tests, -1)
		if len(suites)+len(functions) == 0 && !strings.HasPrefix(tests, "none: ") {
			t.Errorf("no test: %s", line)
		}
		for _, match := range suites {
			if !strings.Contains(r.read(t, "tests/e2e/"+match[1]), "@test \""+match[2]+"\" {") {
				t.Errorf("%s has no test %q", match[1], match[2])
			}
		}
		for _, match := range functions {
			file := match[1] + "/" + strings.TrimPrefix(match[1], "tests/") + "_test.go"
			if !strings.Contains(r.read(t, file), "func "+match[2]+"(") {
				t.Errorf("%s has no %s", file, match[2])
			}
		}
	}
	if rows < 25 {
		t.Errorf("there are only %d advisories", rows)
	}
	for _, suite := range []string{"security", "checkpoint"} {
		for _, name := range names.FindAllString(r.read(t, "tests/e2e/"+suite+".bats"), -1) {
			if !strings.Contains(document, name) {
				t.Errorf("%s, of which %s.bats has a test, is not in the document", name, suite)
			}
		}
	}
}
