package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tare-oci/tare/cli"
)

func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Error(err)
		} else if string(got) != want {
			t.Errorf("contrib/%s is stale: go generate ./contrib/gen", name)
		}
	}
	committed, err := filepath.Glob("../man/*.8")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range committed {
		if _, ok := files["man/"+filepath.Base(path)]; !ok {
			t.Errorf("%s is of no command", path)
		}
	}
}

// Each flag of each verb, with all its names, is in the manual and in the three completions.
func TestEveryFlagIsDescribed(t *testing.T) {
	files, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	tool := readTool(cli.Reference())
	if len(tool.verbs) < 15 {
		t.Fatalf("only %d verbs", len(tool.verbs))
	}
	for _, v := range append([]verb{tool.main}, tool.verbs...) {
		page := files["man/"+v.page()+".8"]
		for _, o := range v.flags {
			if o.usage == "" {
				t.Errorf("%s --%s says nothing of itself", v.name, o.names[0])
			}
			for _, name := range o.dashed() {
				if !strings.Contains(page, escape(strings.TrimPrefix(name, "-"))) {
					t.Errorf("the manual of %q lacks %s", v.name, name)
				}
				for _, shell := range []string{"completions/tare.bash", "completions/_tare"} {
					if !strings.Contains(files[shell], name) {
						t.Errorf("%s lacks %s of %q", shell, name, v.name)
					}
				}
			}
			for _, name := range o.names {
				if s := files["completions/tare.fish"]; !strings.Contains(s, "-l "+name+" ") && !strings.Contains(s, "-s "+name+" ") {
					t.Errorf("tare.fish lacks %s of %q", name, v.name)
				}
			}
		}
	}
}

// Every page says the same kinds of things, and names no flag that there is not.
func TestPagesAreWhole(t *testing.T) {
	files, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	tool := readTool(cli.Reference())
	known := map[string]bool{}
	for _, v := range append([]verb{tool.main}, tool.verbs...) {
		for _, o := range v.flags {
			for _, name := range o.dashed() {
				known[name] = true
			}
		}
	}
	flag := regexp.MustCompile(`(?:^\.?|\s)(--?[a-z][-a-z0-9]*)`)
	for _, v := range append([]verb{tool.main}, tool.verbs...) {
		page := files["man/"+v.page()+".8"]
		at := 0
		for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"} {
			i := strings.Index(page[at:], "\n.Sh "+section+"\n")
			if i < 0 {
				t.Errorf("the manual of %q has no section %s, or not in this place", v.name, section)
				break
			}
			at += i
		}
		for line := range strings.Lines(strings.NewReplacer(`\-`, "-", "Fl ", "-").Replace(page)) {
			// Other programs in an example have flags of their own.
			line, _, _ = strings.Cut(line, " | jq")
			line = strings.TrimPrefix(strings.TrimPrefix(line, ".Dl "), "mkdir -p ")
			if strings.HasPrefix(line, ".Bl ") || strings.HasPrefix(line, ".Bd ") {
				continue
			}
			for _, m := range flag.FindAllStringSubmatch(line, -1) {
				if name := m[1]; !known[name] && !strings.HasPrefix(line, "tare ps") {
					t.Errorf("the manual of %q names %s, which is no flag", v.name, name)
				}
			}
		}
	}
}

// A value whose kind nobody has thought of is VALUE, which says nothing.
func TestValuesHaveNames(t *testing.T) {
	for name, kind := range values {
		if kind == "" {
			t.Errorf("%s has no kind", name)
		}
	}
	tool := readTool(cli.Reference())
	known := map[string]bool{}
	for _, v := range append([]verb{tool.main}, tool.verbs...) {
		for _, o := range v.flags {
			known[o.names[0]] = true
		}
	}
	for name := range values {
		if !known[name] {
			t.Errorf("values names --%s, which no command has", name)
		}
	}
}
