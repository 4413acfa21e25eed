package cgroups

import (
	"slices"
	"strings"
	"testing"
)

var (
	onV2 = Paths{{"", "/sys/fs/cgroup", "/a/ctr"}}
	onV1 = Paths{
		{"cpu,cpuacct", "/sys/fs/cgroup/cpu", "/a/ctr"},
		{"memory", "/sys/fs/cgroup/memory", "/ctr"},
		{"name=systemd", "/sys/fs/cgroup/systemd", "/ctr"},
		{"", "/sys/fs/cgroup/unified", "/ctr"},
	}
)

func TestBelow(t *testing.T) {
	for _, c := range []struct {
		paths Paths
		subs  string
		want  []string
	}{
		{onV2, "sub", []string{"/a/ctr/sub"}},
		{onV2, "/sub/more/", []string{"/a/ctr/sub/more"}},
		{onV2, "./sub//more/.", []string{"/a/ctr/sub/more"}},
		{onV2, "/", []string{"/a/ctr"}},
		{onV2, "..sub", []string{"/a/ctr/..sub"}},
		{onV1, "sub", []string{"/a/ctr/sub", "/ctr/sub", "/ctr/sub", "/ctr/sub"}},
		{onV1, "memory:sub", []string{"/a/ctr", "/ctr/sub", "/ctr", "/ctr"}},
		{onV1, "memory:sub cpu:other", []string{"/a/ctr/other", "/ctr/sub", "/ctr", "/ctr"}},
		{onV1, "cpuacct,cpu,memory:/sub", []string{"/a/ctr/sub", "/ctr/sub", "/ctr", "/ctr"}},
		{onV1, "name=systemd:s:t", []string{"/a/ctr", "/ctr", "/ctr/s:t", "/ctr"}},
	} {
		got, err := c.paths.Below(strings.Fields(c.subs))
		if err != nil {
			t.Errorf("%s: %v", c.subs, err)
			continue
		}
		var at []string
		for i := range got {
			at = append(at, got[i].Path)
		}
		if !slices.Equal(at, c.want) {
			t.Errorf("%s: %q, not %q", c.subs, at, c.want)
		}
	}
	if onV1[0].Path != "/a/ctr" {
		t.Error("the container's own paths were changed")
	}
}

// Every form of a path that would lead to another container, were it joined and
// compared as text: /a/ctr2 begins with /a/ctr.
func TestBelowRefuses(t *testing.T) {
	for _, c := range []struct {
		paths Paths
		subs  []string
		want  string
	}{
		{nil, []string{"a"}, "has no cgroup"},
		{onV2, []string{".."}, `--cgroup "..": ".." would leave`},
		{onV2, []string{"../ctr2"}, `".." would leave`},
		{onV2, []string{"/../x"}, `".." would leave`},
		{onV2, []string{"sub/../../ctr2"}, `".." would leave`},
		{onV2, []string{"sub/../sub"}, `".." would leave`},
		{onV2, []string{"sub/.."}, `".." would leave`},
		{onV2, []string{""}, "names no cgroup"},
		{onV2, []string{"."}, "names no cgroup"},
		{onV2, []string{"a\nb"}, "line feed"},
		{onV2, []string{"a\x00b"}, "NUL"},
		{onV2, []string{"a", "b"}, "must be CONTROLLER:PATH"},
		{onV2, []string{"memory:a"}, `no cgroup v1 controller "memory"`},
		{onV2, []string{":a"}, `no cgroup v1 controller ""`},
		{onV1, []string{":a"}, `no cgroup v1 controller ""`},
		{onV1, []string{"memory,:a"}, `no cgroup v1 controller ""`},
		{onV1, []string{"pids:a"}, `no cgroup v1 controller "pids"`},
		{onV1, []string{"memory:../ctr2"}, `".." would leave`},
		{onV1, []string{"memory:"}, "names no cgroup"},
		{onV1, []string{"cpu:a", "cpuacct:b"}, "given before"},
		{onV1, []string{"cpu:a", "cpu:a"}, "given before"},
	} {
		got, err := c.paths.Below(c.subs)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, %v", c.subs, got, err)
		}
	}
}

func TestOfProcess(t *testing.T) {
	for text, want := range map[string]string{
		"0::/a/ctr\n":                  "/a/ctr",
		"1:cpu:/x\n0::/a/ctr/init.x\n": "/a/ctr/init.x",
		"0::/a/ctr2\n":                 "",
		"0::/a\n":                      "",
		"0::/\n":                       "",
		"0::/../b\n":                   "",
		"1:cpu:/a/ctr\n":               "",
		"":                             "",
	} {
		got, ok := onV2.OfProcess(text)
		if ok != (want != "") || ok && got[0].Path != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if _, ok := onV1[:3].OfProcess("0::/ctr\n"); ok {
		t.Error("version 1 has it")
	}
}
