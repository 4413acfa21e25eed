//go:build !tare_faults

package resctrl

// A release takes the kernel's resctrl and nothing else.
func otherMountpoint() string { return "" }
