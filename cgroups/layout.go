package cgroups

import (
	"slices"
	"strings"
)

// Mode says which generations of cgroups a host has mounted.
type Mode string

// The modes of a host.
const (
	// None: no hierarchy is mounted.
	None Mode = "none"
	// V1: hierarchies of version 1 only (cgroups(7)).
	V1 Mode = "v1"
	// V2: the unified hierarchy holds every controller in use.
	V2 Mode = "v2"
	// Hybrid: controllers are on version 1 hierarchies, and the unified
	// hierarchy is mounted beside them, with or without controllers.
	Hybrid Mode = "hybrid"
)

// Layout is what the compiler must know about a host's cgroups. It is a plain
// value that can be kept in a file, so that one machine can show what another
// would do.
type Layout struct {
	Mode Mode `json:"mode"`
	// Unified is the mount point of the version 2 hierarchy, or "".
	Unified string `json:"unified,omitempty"`
	// Available are the version 2 controllers at Unified (cgroup.controllers).
	Available []string `json:"available,omitempty"`
	// V1 gives the mount point of each version 1 controller. Controllers that
	// are mounted together have the same one. A hierarchy without controllers
	// appears by its name, as "name=systemd".
	V1 map[string]string `json:"v1,omitempty"`
	// Own gives the calling process's cgroup for each controller of V1, and
	// under "" for version 2: absolute, seen from the mount point.
	Own map[string]string `json:"own,omitempty"`
}

// Hierarchy is one mounted tree of cgroups.
type Hierarchy struct {
	// Controllers are sorted; none means version 2.
	Controllers []string
	Mountpoint  string
}

// Hierarchies lists the mounted hierarchies, always in the same order: version
// 1 by mount point, with the named ones last because nothing is ever set in
// them, and then version 2.
func (l *Layout) Hierarchies() []Hierarchy {
	hs := make([]Hierarchy, 0, len(l.V1)+1)
	for c, m := range l.V1 {
		i := slices.IndexFunc(hs, func(h Hierarchy) bool { return h.Mountpoint == m })
		if i < 0 {
			hs = append(hs, Hierarchy{Mountpoint: m})
			i = len(hs) - 1
		}
		hs[i].Controllers = append(hs[i].Controllers, c)
	}
	for i := range hs {
		slices.Sort(hs[i].Controllers)
	}
	slices.SortFunc(hs, func(a, b Hierarchy) int {
		if x, y := named(a.Controllers[0]), named(b.Controllers[0]); x != y {
			if x {
				return 1
			}
			return -1
		}
		return strings.Compare(a.Mountpoint, b.Mountpoint)
	})
	if l.Unified != "" {
		hs = append(hs, Hierarchy{Mountpoint: l.Unified})
	}
	return hs
}

func named(controller string) bool { return strings.HasPrefix(controller, "name=") }

// DevicesByProgram reports whether device rules are enforced by an eBPF program
// on the version 2 cgroup (DeviceProgram) instead of by writes to the version 1
// devices controller (Settings). Version 2 has no devices controller.
func (l *Layout) DevicesByProgram() bool {
	_, v1 := l.V1["devices"]
	return l.Unified != "" && !v1
}

// version says which generation serves a controller, and whether it is there at
// all. blkio and io are one controller under its two names.
func (l *Layout) version(controller string) (version int, present bool) {
	one, two := controller, controller
	switch controller {
	case "blkio", "io":
		one, two = "blkio", "io"
	}
	if _, ok := l.V1[one]; ok {
		return 1, true
	}
	if slices.Contains(l.Available, two) {
		return 2, true
	}
	if l.Mode == V2 {
		return 2, false
	}
	return 1, false
}
