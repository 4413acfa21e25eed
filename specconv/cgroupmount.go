package specconv

import (
	"path"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/plan"
)

func isCgroup(m *specs.Mount) bool { return m.Type == "cgroup" || m.Type == "cgroup2" }

// makeCgroupNamespace makes it once, when init is in its cgroup, which becomes
// the namespace's root (cgroup_namespaces(7)).
func (c *compiler) makeCgroupNamespace() {
	if c.cgroupNamespaceMade || c.ns.made&plan.NewCgroup == 0 {
		return
	}
	c.cgroupNamespaceMade = true
	if c.onVersion1() {
		c.barrier(namespacesPointer, 0)
	}
	c.add(namespacesPointer, plan.Unshare(plan.NewCgroup))
}

// cgroupMount shows the container its cgroups.
func (c *compiler) cgroupMount(m *mount) {
	if m.Type == "cgroup" && c.facts.Cgroups.Mode != cgroups.V2 {
		c.cgroupMountV1(m)
		return
	}
	if !c.ns.has(plan.NewCgroup) && (c.ns.user() || unprivileged(c.facts)) {
		// Only root of the host may mount the host's hierarchy. The own
		// cgroup takes its place.
		c.keepLimits(m)
		clone := c.plan.Slot("cgroup")
		c.add(m.pointer, plan.Clone(plan.Init, c.cloneOf(m, 0, c.ownCgroup(cgroups.Hierarchy{Mountpoint: c.facts.Cgroups.Unified})), clone))
		c.add(m.pointer, plan.Attach(clone, c.root, m.at, m.targetFlags()))
		return
	}
	c.add(m.pointer, plan.Mount(plan.FSMount{
		Type: "cgroup2", Source: m.Source, Options: append(m.superWords(), m.data...), Attrs: m.attrs(),
		Dir: c.root, Path: m.at, Flags: m.targetFlags(), Propagation: m.propagation,
	}))
}

// keepLimits makes a bind of the own cgroup one that is not to be written: its
// files may belong to who is root in the container, but its limits are the host's
// to change (CVE-2023-25809).
func (c *compiler) keepLimits(m *mount) {
	if c.ns.user() || unprivileged(c.facts) {
		m.top.do(set, plan.AttrRdonly)
	}
}

// cgroupMountV1 shows each version 1 hierarchy in a directory of a tmpfs: as the
// cgroup namespace has it, or the container's own part of it where there is none.
func (c *compiler) cgroupMountV1(m *mount) {
	attrs := m.attrs()
	tmpfs := plan.FSMount{
		Type: "tmpfs", Source: "tmpfs", Options: c.contextOption("mode=755"), Attrs: attrs &^ plan.AttrRdonly,
		Dir: c.root, Path: m.at, Flags: m.targetFlags(), Propagation: m.propagation,
	}
	if attrs&plan.AttrRdonly != 0 {
		tmpfs.Out = c.plan.Slot(m.at) // read-only when all is in it
	}
	c.add(m.pointer, plan.Mount(tmpfs))
	// Version 2, if it is there, is left out: nothing in the container looks for
	// it beside version 1.
	hierarchies := c.facts.Cgroups.Hierarchies()
	if n := len(hierarchies); len(hierarchies[n-1].Controllers) == 0 {
		hierarchies = hierarchies[:n-1]
	}
	if c.ns.has(plan.NewCgroup) {
		for _, h := range hierarchies {
			c.add(m.pointer, plan.Mount(plan.FSMount{
				Type: "cgroup", Source: "cgroup", Options: hierarchyOptions(h.Controllers), Attrs: attrs,
				Dir: c.root, Path: m.at + "/" + path.Base(h.Mountpoint), Propagation: m.propagation,
			}))
		}
	} else {
		c.bindCgroups(m, hierarchies)
	}
	for i := range hierarchies {
		base := path.Base(hierarchies[i].Mountpoint)
		for _, controller := range hierarchies[i].Controllers {
			if controller != base && !strings.HasPrefix(controller, "name=") {
				c.add(m.pointer, plan.Symlink(c.root, m.at+"/"+controller, base))
			}
		}
	}
	if tmpfs.Out != 0 {
		c.add(m.pointer, plan.Setattr(tmpfs.Out, plan.AttrRdonly, 0, 0, 0, 0))
	}
}

// hierarchyOptions select a mounted version 1 hierarchy (cgroups(7)).
func hierarchyOptions(controllers []string) []string {
	if len(controllers) == 1 && strings.HasPrefix(controllers[0], "name=") {
		return []string{"none", controllers[0]}
	}
	return controllers
}

// bindCgroups shows the container's directory of each hierarchy. Init clones
// them, since they are there by now.
func (c *compiler) bindCgroups(m *mount, hierarchies []cgroups.Hierarchy) {
	c.keepLimits(m)
	clones := make([]plan.Slot, len(hierarchies))
	for i := range hierarchies {
		clones[i] = c.plan.Slot(path.Base(hierarchies[i].Mountpoint))
		c.add(m.pointer, plan.Clone(plan.Init, c.cloneOf(m, 0, c.ownCgroup(hierarchies[i])), clones[i]))
	}
	for i := range hierarchies {
		c.add(m.pointer, plan.Attach(clones[i], c.root, m.at+"/"+path.Base(hierarchies[i].Mountpoint), 0))
	}
}
