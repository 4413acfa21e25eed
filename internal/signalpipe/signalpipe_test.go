package signalpipe

import (
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The process is changed for good: each test runs in one of its own.
func inChild(t *testing.T, child func(*testing.T)) (output string) {
	t.Helper()
	const mark = "SIGNALPIPE_TEST"
	if os.Getenv(mark) == t.Name() {
		child(t)
		return ""
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mark+"="+t.Name())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return string(out)
}

func everySignal() []unix.Signal {
	var all []unix.Signal
	for s := unix.Signal(1); s <= 64; s++ {
		if s != unix.SIGKILL && s != unix.SIGSTOP && s != unix.SIGURG {
			all = append(all, s)
		}
	}
	return all
}

func TestSignalsOfAnotherProcessComeOut(t *testing.T) {
	inChild(t, func(t *testing.T) {
		pipe, err := Open(everySignal())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range everySignal() {
			if s == unix.SIGCHLD {
				continue // the shell's own end brings one
			}
			kill := exec.Command("sh", "-c", "kill -"+number(int(s))+" $PPID")
			if err := kill.Run(); err != nil {
				t.Fatal(err)
			}
			got, err := pipe.Next()
			for err == nil && got == unix.SIGCHLD {
				got, err = pipe.Next()
			}
			if got != s || err != nil {
				t.Fatalf("got signal %d for %d, %v", got, s, err)
			}
		}
	})
}

func number(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return string(rune('0'+n/10)) + string(rune('0'+n%10))
}

func TestSignalsThatWereBlockedComeOut(t *testing.T) {
	const mark = "SIGNALPIPE_BLOCKED"
	if os.Getenv(mark) == "" {
		cmd := exec.Command("env", "--block-signal", os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), mark+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	pipe, err := Open([]unix.Signal{unix.SIGUSR1})
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(os.Getpid(), unix.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if got, err := pipe.Next(); got != unix.SIGUSR1 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestFaultsStayWithGo(t *testing.T) {
	inChild(t, func(t *testing.T) {
		if _, err := Open(everySignal()); err != nil {
			t.Fatal(err)
		}
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer func() {
			if recover() == nil {
				t.Error("reading through nil did not panic")
			}
		}()
		var nothing *[1 << 20]byte
		_ = nothing[1<<19]
	})
}

func TestABrokenPipeStaysWithGo(t *testing.T) {
	inChild(t, func(t *testing.T) {
		if _, err := Open(everySignal()); err != nil {
			t.Fatal(err)
		}
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		if _, err := w.WriteString("x"); err == nil || !strings.Contains(err.Error(), "broken pipe") {
			t.Errorf("got %v", err)
		}
	})
}

func TestManySignalsDoNotBlock(t *testing.T) {
	inChild(t, func(t *testing.T) {
		if _, err := Open([]unix.Signal{unix.SIGUSR1}); err != nil {
			t.Fatal(err)
		}
		for range 100_000 {
			if err := unix.Kill(os.Getpid(), unix.SIGUSR1); err != nil {
				t.Fatal(err)
			}
		}
	})
}
