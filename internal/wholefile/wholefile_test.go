package wholefile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, size := range []int{0, 1, 4095, 4096, 4097, 100000} {
		want := bytes.Repeat([]byte("x"), size)
		if err := os.WriteFile(path, want, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
	}
}

func TestReadAFileWithoutSize(t *testing.T) {
	args := []string{"sh", "-c", "echo; read word", strings.Repeat("long", 3000)}
	cmd := exec.Command(args[0], args[1:]...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	}()
	// The arguments are there some time after the program has been executed.
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	want := strings.Join(args, "\x00") + "\x00"
	got, err := Read("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/cmdline")
	if err != nil || string(got) != want {
		t.Errorf("got %d bytes of %d, %v", len(got), len(want), err)
	}
}

// A hole costs nobody anything, and a device never ends.
func TestReadTooMuch(t *testing.T) {
	hole := filepath.Join(t.TempDir(), "hole")
	if err := os.WriteFile(hole, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{Longest + 1, 1 << 42} {
		if err := os.Truncate(hole, size); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(hole); !errors.Is(err, unix.EFBIG) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if err := os.Truncate(hole, Longest); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(hole); err != nil || len(got) != Longest {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if _, err := Read("/dev/zero"); !errors.Is(err, unix.EFBIG) {
		t.Error(err)
	}
}

func TestReadRegular(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		fifo: unix.EINVAL, "/dev/zero": unix.EINVAL, dir: unix.EISDIR, filepath.Join(dir, "nothing"): unix.ENOENT,
	} {
		if _, err := ReadRegular(path); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadRegular(file); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	// A file whose size says nothing of what is in it.
	if got, err := ReadRegular("/proc/self/mountinfo"); err != nil || len(got) < 2 || got[len(got)-1] != '\n' {
		t.Errorf("%q, %v", got, err)
	}
}

func TestReadFails(t *testing.T) {
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
	if _, err := Read(filepath.Join(t.TempDir(), "nothing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
