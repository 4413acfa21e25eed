package specconv

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tare-oci/tare/plan"
)

// A search by halves relies on it.
func TestOptionsAreSorted(t *testing.T) {
	for i := range options {
		if i > 0 && options[i-1].word >= options[i].word {
			t.Errorf("%s stands before %s", options[i-1].word, options[i].word)
		}
		if o := optionOf(options[i].word); o != &options[i] {
			t.Errorf("%s is not found", options[i].word)
		}
	}
	for _, word := range []string{"", "aaa", "mode=755", "zzz"} {
		if o := optionOf(word); o != nil {
			t.Errorf("%q is found to be %s", word, o.word)
		}
	}
}

// required are the options that runtimes must or should know (config.md, Linux
// mount options), without those that may be missing (mand, nomand).
const required = `async atime bind defaults dev diratime dirsync exec idmap iversion lazytime loud noatime nodev nodiratime noexec noiversion
	nolazytime norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime remount rexec ridmap rnoatime rnodiratime
	rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow
	runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup unbindable`

func TestMountOptionsAreThoseOfTheSpecification(t *testing.T) {
	words := MountOptions()
	for _, word := range strings.Fields(required) {
		if !slices.Contains(words, word) {
			t.Errorf("%s is missing", word)
		}
	}
}

func TestNamespacesAreThoseOfTheSpecification(t *testing.T) {
	if got := strings.Join(Namespaces(), " "); got != "cgroup ipc mount network pid time user uts" {
		t.Error(got)
	}
}

func TestSearch(t *testing.T) {
	for _, c := range []struct{ name, env, want string }{
		{"sh", "PATH=/bin:/usr/bin", "/bin/sh /usr/bin/sh"},
		{"sh", "PATH=/bin/", "/bin/sh"},
		{"sh", "PATH=", "./sh"},
		{"sh", "PATH=:/bin::", "./sh /bin/sh ./sh ./sh"},
		{"sh", "PATH=/", "/sh"},
		{"sh", "PATHS=/a", "/bin/sh /usr/bin/sh"},
		{"./sh", "PATH=/bin", "./sh"},
		{"a/sh", "PATH=/bin", "a/sh"},
		{"/sh", "PATH=/bin", "/sh"},
	} {
		if got := strings.Join(search(c.name, []string{"A=b", c.env}), " "); got != c.want {
			t.Errorf("search(%q, %q) = %q, not %q", c.name, c.env, got, c.want)
		}
	}
}

// Both ways to find the last entry of a name, of few and of many, agree.
func TestEnvironmentOfManyEntries(t *testing.T) {
	for _, count := range []int{0, 1, fewEntries, fewEntries + 1, 200} {
		list := []string{"A=first", "AB=1"}
		want := []string{"AB=1"}
		for i := range count {
			entry := fmt.Sprintf("N%d=%d", i, i)
			list, want = append(list, entry), append(want, entry)
		}
		list, want = append(list, "A=last"), append(want, "A=last", "HOME=/root")
		if got := environment(list, "/root"); !slices.Equal(got, want) {
			t.Errorf("of %d: %q", count, got)
		}
	}
}

func TestFaultsInOneLine(t *testing.T) {
	faults := &Faults{[]Fault{{"/a", "is wrong"}, {"", "all is wrong"}}}
	if got := faults.Error(); got != "/a: is wrong; all is wrong" {
		t.Error(got)
	}
	if got := quote("a\x1b[1m\n" + strings.Repeat("x", 200)); got != `"a\x1b[1m\n`+strings.Repeat("x", 122)+`"…` {
		t.Error(got)
	}
	if got := key("/linux/sysctl", "a/b~c"); got != "/linux/sysctl/a~1b~0c" {
		t.Error(got)
	}
}

// The plan depends on the arguments of Compile alone, and they are left as they
// are.
func TestCompileIsPure(t *testing.T) {
	spec, facts := patched(t, ""), pinned(t)
	before := compiled(t, spec, facts, defaultOptions())
	for range 3 {
		if compiled(t, spec, facts, defaultOptions()) != before {
			t.Fatal("a second compilation gives another plan")
		}
	}
	spec.Process = nil
	if _, err := CompileExec(spec, nil, facts, defaultExec()); err == nil || err.Error() != "/process: must be set" {
		t.Error(err)
	}
	if RootPath(spec, "/b") != "/b/rootfs" {
		t.Error(RootPath(spec, "/b"))
	}
	if spec.Root = nil; RootPath(spec, "/b") != "" {
		t.Error("a config without a root has a root path")
	}
}

// The numbers are those of setrlimit(2) on every architecture that tare is built for.
func TestResourceLimitsHaveNumbersOfTheirOwn(t *testing.T) {
	seen := map[int]string{}
	for _, r := range resourceLimits {
		if other, twice := seen[r.number]; twice {
			t.Errorf("%s and %s are both %d", r.name, other, r.number)
		}
		seen[r.number] = r.name
	}
	if len(seen) != 16 { // RLIM_NLIMITS
		t.Errorf("there are %d", len(seen))
	}
}

// An access time is one value: a later word replaces an earlier one.
func TestAccessTimes(t *testing.T) {
	for words, want := range map[string]int64{
		"":                         0,
		"relatime":                 0,
		"noatime":                  plan.AttrNoatime,
		"noatime strictatime":      plan.AttrStrictatime,
		"strictatime noatime":      plan.AttrNoatime,
		"noatime atime":            0,
		"strictatime atime":        plan.AttrStrictatime,
		"noatime nostrictatime":    plan.AttrNoatime,
		"rnoatime strictatime":     plan.AttrStrictatime,
		"rnoatime":                 plan.AttrNoatime,
		"rnoatime relatime":        0,
		"rro rw":                   0,
		"nodiratime noatime":       plan.AttrNodiratime | plan.AttrNoatime,
		"nodiratime diratime rrw ": 0,
	} {
		m := readOptions(strings.Split(words, " "))
		if got := m.attrs(); got != want {
			t.Errorf("%q gives %#x, not %#x", words, got, want)
		}
	}
}
