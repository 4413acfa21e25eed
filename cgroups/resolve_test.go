package cgroups

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func v1Layout() Layout {
	return Layout{
		Mode: V1,
		V1:   map[string]string{"cpu": "/c", "cpuacct": "/c", "memory": "/m"},
		Own:  map[string]string{"cpu": "/a/own", "cpuacct": "/a/own", "memory": "/"},
	}
}

func v2Layout(own string) Layout {
	return Layout{Mode: V2, Unified: "/sys/fs/cgroup", Own: map[string]string{"": own}}
}

func hybridLayout() Layout {
	l := v1Layout()
	l.Mode, l.Unified, l.Own[""] = Hybrid, "/u", "/a/own"
	return l
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name, path string
		layout     Layout
		want       string
	}{
		{"v1 absolute", "/x/y", v1Layout(), "cpu,cpuacct=/c/x/y memory=/m/x/y"},
		{"v1 relative", "x/y", v1Layout(), "cpu,cpuacct=/c/a/own/x/y memory=/m/x/y"},
		{"v1 absent", "", v1Layout(), "cpu,cpuacct=/c/a/own/id memory=/m/id"},
		{"v2 absolute", "/x//y/./", v2Layout("/a/own"), "=/sys/fs/cgroup/x/y"},
		{"v2 relative counts from the parent of the own cgroup", "./x", v2Layout("/a/own"), "=/sys/fs/cgroup/a/x"},
		{"v2 absent", "", v2Layout("/a/own"), "=/sys/fs/cgroup/a/id"},
		{"v2 absent below the root", "", v2Layout("/own"), "=/sys/fs/cgroup/id"},
		{"v2 absent in the root", "", v2Layout("/"), "=/sys/fs/cgroup/id"},
		{"v2 without an own cgroup", "x", v2Layout(""), "=/sys/fs/cgroup/x"},
		{"hybrid", "", hybridLayout(), "cpu,cpuacct=/c/a/own/id memory=/m/id =/u/a/id"},
		{"dots in names are names", "/..x/y../...", v2Layout("/"), "=/sys/fs/cgroup/..x/y../..."},
	} {
		ps, err := c.layout.Resolve(c.path, "id")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, p := range ps {
			got = append(got, p.Hierarchy+"="+p.Directory())
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %s, want %s", c.name, s, c.want)
		}
		text, _ := json.Marshal(ps)
		var back Paths
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, ps) || back.check() != nil {
			t.Errorf("%s: does not survive a state file: %s", c.name, text)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	l := hybridLayout()
	for _, c := range []struct{ path, id, want string }{
		{"..", "id", `".." would leave`},
		{"/../x", "id", `".." would leave`},
		{"../ctr2", "id", `".." would leave`},
		{"a/../../b", "id", `".." would leave`},
		{"/a/..", "id", `".." would leave`},
		{"a\x00b", "id", "NUL"},
		{"/a\nb", "id", "line feed"},
		{"/", "id", "names no cgroup below"},
		{"//./", "id", "names no cgroup below"},
		{".", "id", "names no cgroup below"},
		{"", "..", `".." would leave`},
		{"", "", "container id"},
		{"", "a/b", "container id"},
		{"", ".", "container id"},
	} {
		if ps, err := l.Resolve(c.path, c.id); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q, %q: got %v, %v; want an error with %q", c.path, c.id, ps, err, c.want)
		}
	}
	none := Layout{Mode: None}
	if _, err := none.Resolve("/x", "id"); err == nil || !strings.Contains(err.Error(), "no cgroup hierarchy is mounted") {
		t.Errorf("without cgroups: %v", err)
	}
}

func TestPathsFromAFileAreChecked(t *testing.T) {
	for name, ps := range map[string]Paths{
		"leaves the mount":     {{"", "/u", "/../etc"}},
		"the mount itself":     {{"", "/u", "/"}},
		"empty":                {{"", "/u", ""}},
		"relative":             {{"", "/u", "x"}},
		"not clean":            {{"", "/u", "/x//y"}},
		"trailing slash":       {{"", "/u", "/x/"}},
		"NUL":                  {{"", "/u", "/x\x00"}},
		"relative mount":       {{"", "u", "/x"}},
		"unclean mount":        {{"", "/u/../v", "/x"}},
		"version 2 not last":   {{"", "/u", "/x"}, {"memory", "/m", "/x"}},
		"none":                 {},
		"second one is faulty": {{"memory", "/m", "/x"}, {"", "/u", "/x/.."}},
	} {
		if _, err := Open(ps); err == nil {
			t.Errorf("%s: %v was taken", name, ps)
		}
		if _, err := Create(ps, nil); err == nil {
			t.Errorf("%s: %v was created", name, ps)
		}
	}
}

func TestPathsFindAController(t *testing.T) {
	l := hybridLayout()
	ps, _ := l.Resolve("/x", "")
	for controller, want := range map[string]int{"cpu": 0, "cpuacct": 0, "memory": 1, "hugetlb": 2, "cgroup": 2, "cpua": 2} {
		if got := ps.index(controller); got != want {
			t.Errorf("%s: hierarchy %d, want %d", controller, got, want)
		}
	}
	if got := ps[:2].index("hugetlb"); got != -1 {
		t.Errorf("hugetlb without version 2: hierarchy %d", got)
	}
	if u, ok := ps.Unified(); !ok || u.Directory() != "/u/x" {
		t.Errorf("unified: %v %v", u, ok)
	}
	if _, ok := ps[:2].Unified(); ok {
		t.Error("v1 has no unified hierarchy")
	}
}
