package nsenter

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// copied runs a container whose /data is a tmpfs that begins with a copy, and
// returns where it can be looked at.
func copied(t *testing.T, root string, options ...string) (string, error) {
	t.Helper()
	p := script(root, "sleep 1000")
	fs := plan.Mount(plan.FSMount{
		Type: "tmpfs", Source: "tmpfs", Options: options, Dir: 1, Path: "/data",
		Flags: plan.TargetCopyUp | plan.TargetMode | plan.TargetOwner,
	})
	fs.Pointer = "/mounts/1"
	p.Steps = append(p.Steps[:7:7], append([]plan.Step{fs}, p.Steps[7:]...)...)
	s, err := run(t, p)
	if err != nil {
		return "", err
	}
	t.Cleanup(func() {
		_ = unix.Kill(s.Pid, unix.SIGKILL)
		_, _ = unix.Wait4(s.Pid, nil, 0, nil)
	})
	return "/proc/" + strconv.Itoa(s.Pid) + "/root/data", nil
}

// tree is a root file system with a directory /data that fill fills.
func tree(t *testing.T, fill func(dir string) error) string {
	t.Helper()
	needInit(t)
	root := busybox(t)
	dir := filepath.Join(root, "data")
	err := os.Mkdir(dir, 0o755)
	if err == nil {
		err = fill(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// described is all of a file that a copy is to have.
func described(t *testing.T, path string) string {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("%o %d:%d %x", st.Mode, st.Uid, st.Gid, st.Rdev)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		target, err := os.Readlink(path)
		return fmt.Sprint(text, " ", st.Mtim.Nano(), " ", target, err)
	case unix.S_IFREG:
		data, err := os.ReadFile(path)
		text += fmt.Sprint(" ", len(data), " ", bytes.TrimRight(data[:min(len(data), 100)], "\x00"), data[len(data)-min(len(data), 100):], err)
	}
	var value [64]byte
	n, err := unix.Lgetxattr(path, "security.capability", value[:])
	return fmt.Sprint(text, " ", st.Mtim.Nano(), value[:max(n, 0)], err)
}

// same compares two trees.
func same(t *testing.T, from, to string) {
	t.Helper()
	seen := 0
	for _, way := range [2][2]string{{from, to}, {to, from}} {
		err := filepath.WalkDir(way[0], func(path string, _ os.DirEntry, err error) error {
			seen++
			other := way[1] + strings.TrimPrefix(path, way[0])
			if a, b := described(t, path), described(t, other); a != b {
				t.Errorf("%s is\n%s\nand %s is\n%s", path, a, other, b)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if seen < 4 {
		t.Errorf("only %d files were compared", seen)
	}
}

func attempt(calls ...func() error) error {
	for _, call := range calls {
		if err := call(); err != nil {
			return err
		}
	}
	return nil
}

func TestCopyUpCopiesEveryKindOfFile(t *testing.T) {
	old := []unix.Timespec{{Sec: 1}, {Sec: 1000000000, Nsec: 7}}
	root := tree(t, func(dir string) error {
		at := func(name string) string { return filepath.Join(dir, name) }
		return attempt(
			func() error { return os.MkdirAll(at("dir/sub/empty"), 0o755) },
			func() error { return os.WriteFile(at("dir/file"), []byte("text"), 0o640) },
			func() error { return os.WriteFile(at("dir/none"), nil, 0o600) },
			func() error { return os.WriteFile(at("dir/sub/large"), bytes.Repeat([]byte("12345678"), 30000), 0o644) },
			func() error { return os.WriteFile(at("setuid"), []byte("x"), 0o755) },
			func() error { return os.Symlink("/absolute/and/dangling", at("absolute")) },
			func() error { return os.Symlink(strings.Repeat("a/", 2000), at("dir/long")) },
			func() error { return unix.Mkfifo(at("fifo"), 0o622) },
			func() error { return unix.Mknod(at("null"), unix.S_IFCHR|0o606, int(unix.Mkdev(1, 3))) },
			func() error { return unix.Mknod(at("block"), unix.S_IFBLK|0o660, int(unix.Mkdev(259, 70000))) },
			func() error { return unix.Mknod(at("socket"), unix.S_IFSOCK|0o700, 0) },
			func() error { return os.WriteFile(at(strings.Repeat("n", 255)), nil, 0o600) },
			func() error { return os.Lchown(at("absolute"), 5, 6) },
			func() error { return os.Lchown(at("fifo"), 7, 8) },
			func() error { return os.Lchown(at("dir/file"), 1000, 4294967294) },
			func() error { return os.Lchown(at("setuid"), 9, 10) },
			func() error { return os.Chmod(at("setuid"), 0o755|os.ModeSetuid|os.ModeSetgid) },
			func() error { return os.Chown(at("dir/sub"), 11, 12) },
			func() error { return os.Chmod(at("dir/sub"), 0o710|os.ModeSticky|os.ModeSetgid) },
			// cap_net_raw=ep, as setcap(8) writes it (linux/capability.h).
			func() error {
				return unix.Setxattr(at("dir/file"), "security.capability", []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0)
			},
			func() error { return unix.UtimesNanoAt(unix.AT_FDCWD, at("absolute"), old, unix.AT_SYMLINK_NOFOLLOW) },
			func() error { return unix.UtimesNanoAt(unix.AT_FDCWD, at("fifo"), old, 0) },
			func() error { return unix.UtimesNanoAt(unix.AT_FDCWD, at("dir/file"), old, 0) },
			func() error { return unix.UtimesNanoAt(unix.AT_FDCWD, at("dir/sub"), old, 0) },
			func() error { return os.Chown(dir, 13, 14) },
			func() error { return os.Chmod(dir, 0o750|os.ModeSetgid) },
			func() error { return unix.UtimesNanoAt(unix.AT_FDCWD, dir, old, 0) },
		)
	})
	to, err := copied(t, root)
	if err != nil {
		t.Fatal(err)
	}
	same(t, filepath.Join(root, "data"), to)
}

// More entries than one read of a directory gives, with directories among them
// after each of which it is read on.
func TestCopyUpOfAFullDirectory(t *testing.T) {
	root := tree(t, func(dir string) error {
		for i := range 3000 {
			name := filepath.Join(dir, fmt.Sprintf("entry-with-a-longer-name-%d", i))
			err := os.WriteFile(name, []byte(strconv.Itoa(i)), 0o644)
			if i%7 == 0 {
				err = attempt(func() error { return os.Remove(name) }, func() error { return os.Mkdir(name, 0o700) }, func() error { return os.WriteFile(name+"/x", nil, 0o600) })
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	to, err := copied(t, root)
	if err != nil {
		t.Fatal(err)
	}
	same(t, filepath.Join(root, "data"), to)
}

// A hole is not copied as what it reads as, which no tmpfs could hold.
func TestCopyUpLeavesHoles(t *testing.T) {
	const size = 1 << 40
	root := tree(t, func(dir string) error {
		f, err := os.Create(filepath.Join(dir, "sparse"))
		if err != nil {
			return err
		}
		defer f.Close()
		return attempt(
			func() error { _, err := f.WriteAt([]byte("first"), 0); return err },
			func() error { _, err := f.WriteAt([]byte("middle"), 1<<30+12345); return err },
			func() error { return f.Truncate(size) },
		)
	})
	to, err := copied(t, root, "size=1m")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(to + "/sparse")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var st unix.Stat_t
	var text [6]byte
	if err := unix.Fstat(int(f.Fd()), &st); err != nil || st.Size != size {
		t.Errorf("it has %d bytes, %v", st.Size, err)
	}
	if _, err := f.ReadAt(text[:5], 0); err != nil || string(text[:5]) != "first" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := f.ReadAt(text[:], 1<<30+12345); err != nil || string(text[:]) != "middle" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestCopyUpGoesDownOnlySoFar(t *testing.T) {
	const most = 127 // below the top
	for depth, words := range map[int]string{
		most:     "",
		most + 1: "/mounts/1: cannot mount tmpfs on /data: it has more than 128 directories in each other: d/d/d/",
	} {
		root := tree(t, func(dir string) error { return os.MkdirAll(dir+strings.Repeat("/d", depth), 0o755) })
		to, err := copied(t, root)
		if words == "" {
			if err != nil {
				t.Fatal(err)
			}
			same(t, filepath.Join(root, "data"), to)
		} else if err == nil || !strings.HasPrefix(err.Error(), words) {
			t.Errorf("%d: %v", depth, err)
		}
	}
}

// What is exchanged while it is copied is what it was or an error, and in no case
// what a link leads to.
func TestCopyUpIsNotLedAstray(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.MkdirAll(secret, 0o755); err != nil {
		t.Fatal(err)
	}
	root := tree(t, func(dir string) error {
		return attempt(
			func() error { return os.WriteFile(secret+"/file", []byte("secret"), 0o644) },
			func() error { return os.MkdirAll(dir+"/place/below", 0o755) },
			func() error { return os.WriteFile(dir+"/place/file", []byte("public"), 0o644) },
			func() error { return os.WriteFile(dir+"/name", []byte("public"), 0o644) },
			func() error { return os.Symlink("../bin/../../../../../../../../../.."+secret, dir+"/link") },
			func() error { return os.Symlink(secret+"/file", dir+"/other") },
		)
	})
	stop := make(chan bool)
	done := make(chan bool)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, pair := range [][2]string{{"/place", "/link"}, {"/name", "/other"}} {
				_ = unix.Renameat2(unix.AT_FDCWD, root+"/data"+pair[0], unix.AT_FDCWD, root+"/data"+pair[1], unix.RENAME_EXCHANGE)
			}
		}
	}()
	defer func() { close(stop); <-done }()
	made, failed := 0, 0
	for range 300 {
		to, err := copied(t, root)
		if err != nil {
			if failed++; !strings.Contains(err.Error(), "somebody exchanged") && !strings.Contains(err.Error(), "file exists") {
				t.Fatal(err)
			}
			continue
		}
		made++
		for _, name := range []string{"/place", "/link", "/name", "/other"} {
			var st unix.Stat_t
			if unix.Lstat(to+name, &st) != nil || st.Mode&unix.S_IFMT == unix.S_IFLNK {
				continue
			}
			for _, file := range []string{to + name, to + name + "/file"} {
				if data, err := os.ReadFile(file); err == nil && string(data) != "public" {
					t.Fatalf("%s has %q", file, data)
				}
			}
		}
	}
	t.Logf("%d copies, %d failures", made, failed)
}
