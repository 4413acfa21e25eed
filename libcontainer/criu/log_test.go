package criu

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The ends of logs of CRIU 4.1.1, of restores and checkpoints that failed.
func TestLastError(t *testing.T) {
	reasons := map[string]string{
		"tcp-socket":         "sockets: Can't get 1:16 opt: Operation not supported (criu/sockets.c:628)",
		"unix-socket":        "unix: Can't connect 7566222 socket: No such file or directory (criu/sk-unix.c:1406)",
		"lazy-pages":         "uffd: Failed sending restore finished indication: Broken pipe (criu/uffd.c:1307)",
		"short-image":        "Read 2 bytes while 4 expected on /tmp/tare-e2e/images/fdinfo-2.img: No such file or directory (criu/protobuf.c:76)",
		"short-archive":      "Can't restore tmpfs content (criu/filesystems.c:460)",
		"program-failed":     "net: IP tool failed on route restore   (criu/net.c:1969)",
		"no-cgroup-set":      "cg: No set 2 found (criu/cgroup.c:1282)",
		"no-pages":           "Can't read pages data (-9) (criu/pie/restorer.c:1835)",
		"segmentation-fault": "20776 stopped by signal 11: Segmentation fault (criu/cr-restore.c:1274)",
		"another-root":       "Can't open file bin/busybox on restore: No such file or directory (criu/files-reg.c:2353)",
	}
	hints := map[string]string{
		"no-page-server":  "Can't connect to server 127.0.0.1:1",
		"missing-archive": "No tmpfs-124.tar.gz.img image",
		"one-process":     "", // a helper of CRIU's could not be forked, of which it is silent
	}
	files, err := filepath.Glob("testdata/*.log")
	if err != nil || len(files) != len(reasons)+len(hints) {
		t.Errorf("%d logs, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".log")
		got, wanted := LastError(file), reasons[name]
		if got == "" {
			got, wanted = Hint(file), hints[name]
		}
		if got != wanted {
			t.Errorf("%s: %q instead of %q", name, got, wanted)
		}
	}
}

func TestLastErrorOfAnythingElse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	if got := LastError(file) + Hint(file); got != "" {
		t.Errorf("no file: %q", got)
	}
	for text, wanted := range map[string]string{
		"":                       "",
		"Error (":                "",
		"Error (a.c:1): \x1b[2J": "?[2J (a.c:1)",
		"Error (a.c:1): " + strings.Repeat("é", shown):            strings.Repeat("é", shown/2) + "… (a.c:1)",
		strings.Repeat("x", read) + "\nError (a.c:1): at the end": "at the end (a.c:1)",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := LastError(file); got != wanted {
			t.Errorf("%.40q: %q instead of %q", text, got, wanted)
		}
	}
}

func TestReasonOfAFailure(t *testing.T) {
	for message, wanted := range map[string]string{
		"Error (criu/util.c:1533): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted\n": "",
		"Error (criu/config.c:1128): Tracking memory is not available.\n":                                 "Tracking memory is not available. (criu/config.c:1128)",
		"no more": "no more",
		"":        "",
	} {
		if got := (&Failure{Message: message}).Reason(); got != wanted {
			t.Errorf("%q: %q instead of %q", message, got, wanted)
		}
	}
}
