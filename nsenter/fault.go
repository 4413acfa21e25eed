package nsenter

import "golang.org/x/sys/unix"

// Fault is the error that a test wants a step to have that is done without a
// session, nil for none. Steps count from 1.
func Fault(step int) error {
	if f := wantedFault(); f.Step == step && step != 0 {
		return unix.Errno(f.Errno)
	}
	return nil
}
