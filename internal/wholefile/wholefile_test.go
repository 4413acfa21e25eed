package wholefile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
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
	want, err := os.ReadFile("/proc/kallsyms")
	if err != nil || len(want) < 4097 {
		t.Skip("/proc/kallsyms is not there or short")
	}
	if got, err := Read("/proc/kallsyms"); err != nil || len(got) != len(want) {
		t.Errorf("got %d bytes of %d, %v", len(got), len(want), err)
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
