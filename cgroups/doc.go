// Package cgroups is a container's place in the kernel's control groups: where
// it lies, what is written there, and how it is made, emptied and removed.
//
// It has two halves. The pure half turns facts about the host (Layout), a
// cgroups path and the resources of a config into the exact files and values
// that express them (Layout.Resolve, Settings, DeviceProgram); it makes no
// syscalls and gives the same answer everywhere. The acting half (Create, Open,
// Group) carries them out.
//
// Version 1 and version 2 are sibling files (settings_v1.go, settings_v2.go,
// freeze_v1.go, …); which one serves a controller is read from the Layout, so a
// hybrid host uses both.
package cgroups
