package nsenter

import (
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// Whoever waits for the end of a socket that tare had must not wait for an idle process.
func TestIdleKeepsNothingOpen(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[1])
	idle, err := ForkIdle()
	if err != nil {
		t.Fatal(err)
	}
	defer idle.End()
	unix.Close(pair[0])
	if n, err := unix.Read(pair[1], make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("%d bytes, %v, and not the end", n, err)
	}
	// All that is open is the pipe that tells it to end.
	for {
		open, err := os.ReadDir("/proc/" + strconv.Itoa(idle.Pid) + "/fd")
		if err != nil {
			t.Fatal(err)
		}
		if len(open) == 1 {
			return
		}
	}
}
