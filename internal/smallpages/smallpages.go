package smallpages

import (
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// forbidden says that huge pages were allowed to tare, and are forbidden now. The assembly sets it.
var forbidden bool

var starting sync.Mutex

// ForkExec is syscall.ForkExec for a program that may have huge pages if tare's caller
// may: it inherits what holds for tare (PR_SET_THP_DISABLE, prctl(2)).
func ForkExec(path string, args []string, attr *syscall.ProcAttr) (int, error) {
	if forbidden {
		starting.Lock()
		defer starting.Unlock()
		forbid(0)
		defer forbid(1)
	}
	return syscall.ForkExec(path, args, attr)
}

func forbid(value uintptr) { _ = unix.Prctl(unix.PR_SET_THP_DISABLE, value, 0, 0, 0) }
