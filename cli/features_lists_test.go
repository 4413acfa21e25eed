package cli

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// literals are the strings in the Go files of directories, tests left out, and
// for each the type of the constant that it is, "" for none.
func literals(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	add := func(n ast.Node, kind string) {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil && found[text] == "" {
				found[text] = kind
			}
		}
	}
	for _, dir := range dirs {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no Go files, %v", dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if value, ok := n.(*ast.ValueSpec); ok {
					if kind, ok := value.Type.(*ast.Ident); ok {
						for _, v := range value.Values {
							add(v, kind.Name)
						}
					}
				}
				add(n, "")
				return true
			})
		}
	}
	return found
}

// moduleOf is the directory of a module's source.
func moduleOf(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// specified are the constants of a type of the specification.
func specified(t *testing.T, kind string) (names []string) {
	t.Helper()
	for name, k := range literals(t, moduleOf(t, "github.com/opencontainers/runtime-spec")+"/specs-go") {
		if k == kind {
			names = append(names, name)
		}
	}
	if len(names) < 3 {
		t.Fatalf("the specification has only %q of type %s", names, kind)
	}
	return names
}

// agree compares a list with what is accepted, of the list, of others that there
// are, and of names that look like them.
func agree(t *testing.T, what string, claimed, others []string, accepted func(name string) bool) {
	t.Helper()
	if len(claimed) == 0 {
		t.Errorf("%s: none is claimed", what)
	}
	all := slices.Concat(claimed, others)
	for _, name := range claimed {
		all = append(all, name+"X", "X"+name)
		if name != "" {
			all = append(all, name[:len(name)-1])
		}
	}
	slices.Sort(all)
	for _, name := range slices.Compact(all) {
		if is, want := accepted(name), slices.Contains(claimed, name); is != want {
			t.Errorf("%s %q: claimed %v, accepted %v", what, name, want, is)
		}
	}
}

func TestClaimedNamespacesAreAccepted(t *testing.T) {
	facts, mount := host(t), specs.LinuxNamespace{Type: specs.MountNamespace}
	bare, err := planOf(config(t, inLinux(t, "namespaces", []specs.LinuxNamespace{})), facts)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "namespace", claims(t).Linux.Namespaces, specified(t, "LinuxNamespaceType"), func(name string) bool {
		namespaces := []specs.LinuxNamespace{{Type: specs.LinuxNamespaceType(name)}}
		spec := config(t, inLinux(t, "namespaces", namespaces))
		if name == string(specs.UserNamespace) {
			spec.Linux.Namespaces = append(spec.Linux.Namespaces, mount)
			spec.Linux.UIDMappings = []specs.LinuxIDMapping{{HostID: 1000, Size: 9}}
			spec.Linux.GIDMappings = spec.Linux.UIDMappings
		}
		p, err := planOf(spec, facts)
		return err == nil && printedPlan(t, p) != printedPlan(t, bare)
	})
}

func TestClaimedHooksRun(t *testing.T) {
	facts := host(t)
	var others []string
	for i, kind := 0, reflect.TypeFor[specs.Hooks](); i < kind.NumField(); i++ {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		others = append(others, name)
	}
	agree(t, "hook", claims(t).Hooks, others, func(name string) bool {
		p, err := planOf(config(t, object(t, map[string]any{"hooks": map[string]any{name: []specs.Hook{{Path: "/a"}}}})), facts)
		return err == nil && slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return strings.HasPrefix(s.Pointer, "/hooks/"+name) })
	})
}

// A capability that is not known is left out with a warning, as the specification
// wants it.
func TestClaimedCapabilitiesAreGranted(t *testing.T) {
	facts := host(t)
	var others []string
	unix := moduleOf(t, "golang.org/x/sys") + "/unix"
	files, err := filepath.Glob(unix + "/zerrors_linux.go")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), files[0], nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && strings.HasPrefix(id.Name, "CAP_") && id.Name != "CAP_LAST_CAP" {
			others = append(others, id.Name)
		}
		return true
	})
	agree(t, "capability", claims(t).Linux.Capabilities, others, func(name string) bool {
		text := object(t, map[string]any{"process": map[string]any{"capabilities": specs.LinuxCapabilities{Bounding: []string{name}}}})
		spec := config(t, text)
		warned := len(specconv.Warnings(spec, spec.Process, facts)) > 0
		if granted := does(t, text, facts); granted == warned {
			t.Errorf("%s: granted %v, warned of %v", name, granted, warned)
		}
		return !warned
	})
}

func TestClaimedSeccompIsAccepted(t *testing.T) {
	facts, f := host(t), claims(t).Linux.Seccomp
	takes := func(change func(p *specs.LinuxSeccomp, rule *specs.LinuxSyscall)) bool {
		rule := specs.LinuxSyscall{Names: []string{"acct"}, Action: specs.ActErrno}
		profile := specs.LinuxSeccomp{DefaultAction: specs.ActAllow, ListenerPath: "/run/agent"}
		change(&profile, &rule)
		profile.Syscalls = []specs.LinuxSyscall{rule}
		return compiles(t, inLinux(t, "seccomp", profile), facts)
	}
	actions := specified(t, "LinuxSeccompAction")
	agree(t, "action", f.Actions, actions, func(name string) bool {
		return takes(func(p *specs.LinuxSeccomp, rule *specs.LinuxSyscall) { rule.Action = specs.LinuxSeccompAction(name) })
	})
	agree(t, "default action", f.Actions, actions, func(name string) bool {
		return takes(func(p *specs.LinuxSeccomp, rule *specs.LinuxSyscall) {
			p.DefaultAction, rule.Names, rule.Action = specs.LinuxSeccompAction(name), []string{"execve"}, specs.ActAllow
		})
	})
	agree(t, "operator", f.Operators, specified(t, "LinuxSeccompOperator"), func(name string) bool {
		return takes(func(p *specs.LinuxSeccomp, rule *specs.LinuxSyscall) {
			rule.Args = []specs.LinuxSeccompArg{{Op: specs.LinuxSeccompOperator(name)}}
		})
	})
	agree(t, "architecture", f.Archs, specified(t, "Arch"), func(name string) bool {
		return takes(func(p *specs.LinuxSeccomp, _ *specs.LinuxSyscall) { p.Architectures = []specs.Arch{specs.Arch(name)} })
	})
	agree(t, "flag", f.KnownFlags, specified(t, "LinuxSeccompFlag"), func(name string) bool {
		return takes(func(p *specs.LinuxSeccomp, _ *specs.LinuxSyscall) {
			p.Flags = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlag(name)}
		})
	})
}

func TestClaimedMemoryPoliciesAreAccepted(t *testing.T) {
	facts, f := host(t), claims(t).Linux.MemoryPolicy
	takes := func(mode, nodes string, flags ...string) bool {
		return does(t, inLinux(t, "memoryPolicy", map[string]any{"mode": mode, "nodes": nodes, "flags": flags}), facts)
	}
	agree(t, "mode", f.Modes, specified(t, "MemoryPolicyModeType"), func(name string) bool { return takes(name, "") || takes(name, "0") })
	agree(t, "flag", f.Flags, specified(t, "MemoryPolicyFlagType"), func(name string) bool {
		return slices.ContainsFunc(f.Modes, func(mode string) bool { return takes(mode, "0", name) })
	})
}

var annotation = regexp.MustCompile(`^(run|org|com|io)[.][a-z0-9_.]+$`)

// An annotation that means nothing may have any value, and of those that mean
// something a value with a NUL in it never is a good one. Names of D-Bus and of
// files of cgroups look like annotations.
func TestClaimedAnnotationsAreLookedAt(t *testing.T) {
	facts, f := host(t), claims(t)
	var others []string
	for _, dir := range packageDirs(t) {
		for text := range literals(t, dir) {
			if annotation.MatchString(text) {
				others = append(others, strings.TrimSuffix(text, "."))
			}
		}
	}
	prefixes := 0
	claimed := slices.Clone(f.PotentiallyUnsafeConfigAnnotations)
	for i, name := range claimed {
		if !slices.Contains(others, strings.TrimSuffix(name, ".")) {
			t.Errorf("%s is claimed, and in no source", name)
		}
		if strings.HasSuffix(name, ".") { // all that begin so (features.md)
			claimed[i] = name + "Name"
			prefixes++
		}
	}
	for _, name := range slices.Concat(claimed, others) {
		refused := !compiles(t, object(t, map[string]any{"annotations": map[string]string{name: "\x00"}}), facts)
		if want := slices.Contains(claimed, name); refused != want {
			t.Errorf("annotation %q: claimed %v, looked at %v", name, want, refused)
		}
	}
	if prefixes == 0 || len(others) < 3 {
		t.Errorf("%d prefixes among %q, and the sources have %q", prefixes, claimed, others)
	}
}

// packageDirs are the directories of the module that hold Go code for tare itself.
func packageDirs(t *testing.T) (dirs []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path == "../tests" || path == "../contrib" || strings.HasPrefix(d.Name(), ".") && path != ".." {
			return filepath.SkipDir
		}
		files, err := filepath.Glob(path + "/*.go")
		if len(files) > 0 {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// shapes are mounts of which each option fits one, as JSON.
var shapes = []string{
	`{"destination": "/a", "type": "tmpfs"}`,
	`{"destination": "/a", "type": "ext4", "source": "/dev/sdb"}`,
	`{"destination": "/a", "type": "bind", "source": "/a"}`,
	`{"destination": "/a", "type": "bind", "source": "/a", "uidMappings": [{"size": 9}], "gidMappings": [{"size": 9}]}`,
}

// shaped is the plan of a shape with options, "" if it cannot be.
func shaped(t *testing.T, shape string, options []string, facts *specconv.Facts) string {
	t.Helper()
	spec := config(t, `{"mounts": [`+shape+`]}`)
	spec.Mounts[0].Options = options
	p, err := planOf(spec, facts)
	if err != nil {
		return ""
	}
	return printedPlan(t, p)
}

// neutral are options that say what is so anyway (mount(8), defaults; relatime is
// what the kernel does unless it is told otherwise).
var neutral = []string{"defaults", "norelatime", "rnorelatime"}

// Each option that is claimed has an effect: it changes the plan of a mount, or
// that of one with another option.
func TestClaimedMountOptionsHaveAnEffect(t *testing.T) {
	facts, options := host(t), claims(t).MountOptions
	facts.Links = map[string]string{"/a": "b"}
	for _, name := range options {
		compiled, effective := false, false
		for _, shape := range shapes {
			for _, other := range append([]string{"defaults"}, options...) {
				with := shaped(t, shape, []string{other, name}, facts)
				compiled = compiled || with != ""
				if effective = with != "" && with != shaped(t, shape, []string{other}, facts); effective {
					break
				}
			}
			if effective {
				break
			}
		}
		if !compiled {
			t.Errorf("%s is claimed, and no mount may have it", name)
		} else if want := !slices.Contains(neutral, name); effective != want {
			t.Errorf("%s has an effect: %v", name, effective)
		}
	}
}

var word = regexp.MustCompile(`^[a-z][a-z-]{1,20}$`)

// Whatever else the sources have a word for is no option: it is a file system's,
// which gets it as it is.
func TestMountOptionsThatAreNotClaimedAreTheFileSystems(t *testing.T) {
	facts, options := host(t), claims(t).MountOptions
	var others []string
	for text := range literals(t, "../specconv", "../plan") {
		if word.MatchString(text) {
			others = append(others, text)
		}
	}
	for _, name := range options {
		others = append(others, "r"+name, "no"+name, "rno"+name)
	}
	agree(t, "option", options, others, func(name string) bool {
		spec := config(t, `{"mounts": [{"destination": "/a", "source": "/a", "type": "bind"}]}`)
		spec.Mounts[0].Options = []string{name}
		understood := len(specconv.MountWarnings(spec)) == 0
		if understood {
			return true
		}
		spec = config(t, `{"mounts": [{"destination": "/a", "type": "tmpfs"}]}`)
		spec.Mounts[0].Options = []string{name}
		p, err := planOf(spec, facts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return true
		}
		data, _ := json.Marshal(p.Steps)
		if !strings.Contains(string(data), strconv.Quote(name)) {
			t.Errorf("the file system does not get %s", name)
		}
		return false
	})
}
