// Package rtnetlink asks the kernel about network devices and their addresses
// and changes them (rtnetlink(7)): as much of it as it takes to move a device
// from one network namespace to another.
package rtnetlink
