// Package resctrl reads and changes the kernel's file system of that name: groups
// of tasks that share caches and memory bandwidth (Intel RDT, AMD QoS;
// Documentation/filesystems/resctrl.rst).
package resctrl
