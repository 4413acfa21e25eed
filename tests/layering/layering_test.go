// Package layering tests the shape of the source: which package may import
// which, and how large files and functions may grow.
package layering

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tare-oci/tare"

// below lists what of ours a package may import; a prefix that ends with /
// stands for all under it. Everyone may import internal/.
var below = map[string][]string{
	"":                              {"cli"},
	"cli":                           {"libcontainer", "specconv", "nsenter", "cgroups", "plan"},
	"libcontainer":                  {"libcontainer/criu", "libcontainer/seccomp", "specconv", "nsenter", "cgroups", "plan"},
	"libcontainer/criu":             {},
	"libcontainer/seccomp":          {"libcontainer/seccomp/bpf"},
	"libcontainer/seccomp/bpf":      {},
	"libcontainer/seccomp/compiler": {"libcontainer/seccomp/bpf"},
	"specconv":                      {"plan", "cgroups"},
	"nsenter":                       {"plan"},
	"cgroups":                       {},
	"plan":                          {},
	"plan/gen":                      {"plan"},
	"contrib/gen":                   {"cli"},
	"internal/":                     {},
	"tests/":                        {"plan"},
}

// forbidden are imports that a package must do without, and why.
var forbidden = []struct{ in, imports, why string }{
	{"plan", "os", "the plan makes no system call"},
	{"plan", "syscall", "the plan makes no system call"},
	{"plan", "golang.org/x/sys/unix", "the plan makes no system call"},
	{"plan", "github.com/opencontainers/runtime-spec/specs-go", "the plan knows no config.json"},
	{"nsenter", "github.com/opencontainers/runtime-spec/specs-go", "nsenter knows no config.json"},
	{"cgroups", module + "/plan", "cgroups knows no plan"},
	{"specconv", "os", "compiling opens no file"},
	{"specconv", "syscall", "compiling makes no system call"},
	{"libcontainer/seccomp", "C", "cgo belongs in the compiler program alone"},
}

type listed struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

// packages lists the module's packages as they are built for a release.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Imports,GoFiles", "-tags", "tare_embed,urfave_cli_no_docs", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

// short is a package's path inside the module.
func short(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

func rules(pkg string) ([]string, bool) {
	if allowed, ok := below[pkg]; ok {
		return allowed, true
	}
	for prefix, allowed := range below {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(pkg, prefix) {
			return allowed, true
		}
	}
	return nil, false
}

func TestDependenciesPointDown(t *testing.T) {
	for _, p := range packages(t) {
		pkg := short(p.ImportPath)
		allowed, ok := rules(pkg)
		if !ok {
			t.Errorf("%s has no place in the order of packages: name it in this test", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module) {
				continue
			}
			if to := short(imported); !allows(allowed, pkg, to) {
				t.Errorf("%s imports %s", pkg, to)
			}
		}
	}
}

func allows(allowed []string, from, to string) bool {
	if strings.HasPrefix(to, "internal/") {
		// internal packages may build on each other, on nothing else.
		return true
	}
	if strings.HasPrefix(from, "tests/") && strings.HasPrefix(to, "tests/") {
		return true
	}
	for _, a := range allowed {
		if a == to {
			return true
		}
	}
	return false
}

func TestForbiddenImports(t *testing.T) {
	for _, p := range packages(t) {
		for _, rule := range forbidden {
			if short(p.ImportPath) != rule.in {
				continue
			}
			for _, imported := range p.Imports {
				if imported == rule.imports {
					t.Errorf("%s imports %s: %s", rule.in, imported, rule.why)
				}
			}
		}
	}
}

// TestInRootPathsAreInitsWork: os.Root has been escaped from more than once
// (GO-2026-4403, CVE-2026-32282, CVE-2026-39822). What lies in a container's
// root is opened by init, with openat2(2).
func TestInRootPathsAreInitsWork(t *testing.T) {
	unnamed(t, "", "os.OpenRoot", "os.Root")
}

// TestProgramsStartWithTheCallersPages: what is started by another way inherits that tare
// has no huge pages. What os/exec starts (newuidmap, ps) is over soon.
func TestProgramsStartWithTheCallersPages(t *testing.T) {
	unnamed(t, "internal/smallpages/", "syscall.ForkExec", "syscall.StartProcess", "os.StartProcess")
}

// unnamed checks that no file below another directory than except names one of names.
func unnamed(t *testing.T, except string, names ...string) {
	t.Helper()
	each(t, func(path string, set *token.FileSet, file *ast.File) {
		if except != "" && strings.Contains(path, except) {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && slices.Contains(names, x.Name+"."+sel.Sel.Name) {
					t.Errorf("%s: %s.%s", set.Position(n.Pos()), x.Name, sel.Sel.Name)
				}
			}
			return true
		})
	})
}

const (
	longestFile     = 420
	longestFunction = 65
)

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	each(t, func(path string, set *token.FileSet, file *ast.File) {
		if ast.IsGenerated(file) {
			return
		}
		if lines := set.Position(file.End()).Line; lines > longestFile {
			t.Errorf("%s has %d lines", path, lines)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || strings.HasSuffix(path, "_test.go") {
				continue // a table of cases may be long
			}
			if lines := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; lines > longestFunction {
				t.Errorf("%s: %s has %d lines", set.Position(f.Pos()), f.Name.Name, lines)
			}
		}
	})
}

func TestNoPackageLevelInit(t *testing.T) {
	each(t, func(path string, set *token.FileSet, file *ast.File) {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: init runs at every start of every verb", set.Position(f.Pos()))
			}
		}
	})
}

// each parses every Go file of the module.
func each(t *testing.T, visit func(path string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		visit(path, set, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
