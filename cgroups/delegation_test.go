package cgroups

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Whether a user may is a matter of files' modes: any directory will do. To root
// all is open: there, the test becomes somebody else.
func TestDelegated(t *testing.T) {
	root, err := os.MkdirTemp("", "delegation")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	if os.Geteuid() != 0 {
		testDelegated(t, root)
		return
	}
	const nobody = 65534
	if err := os.Chown(root, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
			t.Error(errno)
			return
		}
		testDelegated(t, root)
	}()
	<-done
}

func testDelegated(t *testing.T, root string) {
	make := func(dir string, mode, procs os.FileMode) {
		at := filepath.Join(root, dir)
		err := errors.Join(os.MkdirAll(at, 0o755), os.WriteFile(at+"/cgroup.procs", nil, procs), os.Chmod(at, mode))
		if err != nil {
			t.Error(err)
		}
	}
	defer func() {
		for _, dir := range []string{"", "kept"} {
			_ = os.Chmod(filepath.Join(root, dir), 0o755) // to be removed
		}
	}()
	make("given/shell", 0o755, 0o644)
	make("given/c0", 0o755, 0o644)
	make("given", 0o755, 0o644)
	make("kept/shell", 0o555, 0o644)
	make("kept", 0o555, 0o444)
	make("", 0o555, 0o444)
	for _, c := range []struct {
		name, hierarchy, path, own string
		want                       bool
	}{
		{"below a cgroup that was given", "", "/given/new", "/given/shell", true},
		{"far below it", "", "/given/new/er", "/given/shell", true},
		{"one that exists", "", "/given/c0", "/given/shell", true},
		{"from the given one itself", "", "/given/new", "/given", true},
		{"from outside of what was given", "", "/given/new", "/kept/shell", false},
		{"into an existing one from outside", "", "/given/c0", "/kept/shell", false},
		{"below one that was not given", "", "/kept/new", "/kept/shell", false},
		{"below the root", "", "/new", "/given/shell", false},
		{"version 1 contains nothing", "memory", "/given/new", "/kept/shell", true},
		{"version 1 below one that was not given", "memory", "/kept/new", "/given/shell", false},
	} {
		if got := (Path{c.hierarchy, root, c.path}).Delegated(c.own); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestCommon(t *testing.T) {
	for _, c := range [][3]string{
		{"/a/b", "/a/c", "/a"},
		{"/a/b", "/ab/c", "/"},
		{"/a", "/a/b/c", "/a"},
		{"/a/b/c", "/a", "/a"},
		{"/a", "/a", "/a"},
		{"/a", "/", "/"},
		{"/", "/a", "/"},
	} {
		if got := common(c[0], c[1]); got != c[2] {
			t.Errorf("common(%s, %s) is %s, not %s", c[0], c[1], got, c[2])
		}
	}
}

func TestServing(t *testing.T) {
	hybrid := Layout{Mode: Hybrid, Unified: "/u", V1: map[string]string{"memory": "/m", "blkio": "/b"}}
	for controller, want := range map[string]string{"memory": "/m", "io": "/b", "blkio": "/b", "hugetlb": "/u", "": "/u"} {
		if got := hybrid.Serving(controller); got != want {
			t.Errorf("%q is served at %s, not %s", controller, got, want)
		}
	}
}
