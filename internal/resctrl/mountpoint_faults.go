//go:build tare_faults

package resctrl

import "os"

// otherMountpoint reads TARE_RESCTRL=DIR, where a test has mounted what behaves as
// resctrl does: few processors have the real one.
func otherMountpoint() string { return os.Getenv("TARE_RESCTRL") }
