package seccomp

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A cache that can be read but not written to, or that has no room, costs a
// compilation each time and nothing else.
func TestCacheHasNoRoom(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a small file system")
	}
	withStandIn(t)
	for name, spoil := range map[string]func(dir string) error{
		"full": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "fill"), make([]byte, 4096), 0o600)
		},
		"no inodes": func(dir string) error {
			return unix.Mount("", dir, "", unix.MS_REMOUNT, "nr_inodes=1")
		},
		"read-only": func(dir string) error {
			return unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, "")
		},
	} {
		dir := t.TempDir()
		done := make(chan struct{})
		go func() {
			defer close(done)
			// Never unlocked: the thread ends with the goroutine, and the mount with it.
			runtime.LockOSThread()
			if err := inSmallFileSystem(dir, spoil); err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			before, _ := filepath.Glob(dir + "/*")
			for range 2 {
				if got := filter(t, dir, naming("read")); !bytes.Equal(got, filterOf(naming("read"))) {
					t.Errorf("%s: got %v", name, got)
				}
			}
			if after, _ := filepath.Glob(dir + "/*"); len(after) != len(before) {
				t.Errorf("%s: left %q", name, after)
			}
		}()
		<-done
		if left, _ := filepath.Glob(dir + "/*"); len(left) != 0 {
			t.Errorf("%s: the mount was not private: %q", name, left)
		}
	}
}

func inSmallFileSystem(dir string, spoil func(dir string) error) error {
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4096,mode=0700"); err != nil {
		return err
	}
	return spoil(dir)
}
