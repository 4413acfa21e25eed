//go:build tare_faults

package nsenter

import (
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/tare-oci/tare/plan"
)

// wantedFault reads TARE_FAULT=STEP:ERRNO: that step fails instead of being done.
func wantedFault() plan.Fault {
	step, errno, ok := strings.Cut(os.Getenv("TARE_FAULT"), ":")
	if !ok {
		return plan.Fault{}
	}
	n, _ := strconv.Atoi(step)
	e, _ := strconv.Atoi(errno)
	return plan.Fault{Step: n, Errno: e}
}

// dieBefore reads TARE_KILL=K: tare is killed when it has reached barrier K,
// before it does anything there.
func dieBefore(barrier int64) {
	if os.Getenv("TARE_KILL") == strconv.FormatInt(barrier, 10) {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {}
	}
}
