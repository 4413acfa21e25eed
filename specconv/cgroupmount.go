package specconv

import (
	"path"
	"slices"
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
	c.settle(namespacesPointer)
	c.add(namespacesPointer, plan.Unshare(plan.NewCgroup))
}

// settle waits, once, until init is in its cgroup: into one of version 1 the parent
// moves it while it works.
func (c *compiler) settle(pointer string) {
	if c.moved() && !c.settled {
		c.settled = true
		c.barrier(pointer, 0)
	}
}

// showsVersion1 says which of the versions an entry means on a host that has both.
func (c *compiler) showsVersion1(m *mount) bool {
	return m.Type == "cgroup" && c.facts.Cgroups.Mode != cgroups.V2
}

// clonesOwnCgroup says whether the container is shown its own cgroup by a clone of the
// host's mount, for which it has to be there.
func (c *compiler) clonesOwnCgroup(m mount) bool {
	if m.bind {
		return slices.ContainsFunc(c.cgroup.Directories(), func(own string) bool {
			source := fromBundle(m.Source, c.opts.Bundle)
			return source == own || strings.HasPrefix(source, own+"/")
		})
	}
	return isCgroup(m.Mount) && !c.ns.has(plan.NewCgroup) && (c.showsVersion1(&m) || c.ns.user() || unprivileged(c.facts))
}

// cloneCgroups clones what is shown instead of a new mount of a hierarchy: the
// container's own cgroup, or the host's mount. With the host's privileges: in a user namespace the attributes of
// the host's mounts, their access time for one, are locked (mount_namespaces(7)).
// Where there are none it stays as it is, which nothing in a cgroup depends on.
func (c *compiler) cloneCgroups(m *mount) {
	if c.cloner() == plan.Init {
		m.top.forgetAtime()
		m.tree.forgetAtime()
	}
	switch {
	case c.ns.has(plan.NewCgroup):
	case c.showsVersion1(m):
		c.keepLimits(m)
		hierarchies := c.version1()
		m.cgroups = make([]plan.Slot, len(hierarchies))
		for i := range hierarchies {
			m.cgroups[i] = c.plan.Slot(path.Base(hierarchies[i].Mountpoint))
			c.add(m.pointer, plan.Clone(c.cloner(), c.cloneOf(m, 0, c.ownCgroup(hierarchies[i])), m.cgroups[i]))
		}
	case c.ns.user() || unprivileged(c.facts):
		// Only root of the host may mount the host's hierarchy. The own
		// cgroup takes its place.
		c.keepLimits(m)
		m.cgroups = []plan.Slot{c.plan.Slot("cgroup")}
		own := c.ownCgroup(cgroups.Hierarchy{Mountpoint: c.facts.Cgroups.Unified})
		c.add(m.pointer, plan.Clone(c.cloner(), c.cloneOf(m, 0, own), m.cgroups[0]))
	case len(m.data) == 0:
		// A new mount from the host's cgroup namespace would set the hierarchy's
		// options anew for all (nsdelegate, memory_recursiveprot and others:
		// cgroup-v2.rst, Mounting): none, where the config has none.
		m.cgroups = []plan.Slot{c.plan.Slot("cgroup")}
		c.add(m.pointer, plan.Clone(c.cloner(), c.cloneOf(m, 0, c.facts.Cgroups.Unified), m.cgroups[0]))
	}
}

// version1 lists the version 1 hierarchies. Version 2, if it is there, is left out:
// nothing in the container looks for it beside version 1.
func (c *compiler) version1() []cgroups.Hierarchy {
	hierarchies := c.facts.Cgroups.Hierarchies()
	if n := len(hierarchies); len(hierarchies[n-1].Controllers) == 0 {
		hierarchies = hierarchies[:n-1]
	}
	return hierarchies
}

// cgroupMount shows the container its cgroups.
func (c *compiler) cgroupMount(m *mount) {
	if c.showsVersion1(m) {
		c.cgroupMountV1(m)
		return
	}
	if m.cgroups != nil {
		c.add(m.pointer, plan.Attach(m.cgroups[0], c.root, m.at, m.targetFlags()))
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
	hierarchies := c.version1()
	for i := range hierarchies {
		h := &hierarchies[i]
		at := m.at + "/" + path.Base(h.Mountpoint)
		if m.cgroups != nil {
			c.add(m.pointer, plan.Attach(m.cgroups[i], c.root, at, 0))
			continue
		}
		c.add(m.pointer, plan.Mount(plan.FSMount{
			Type: "cgroup", Source: "cgroup", Options: hierarchyOptions(h.Controllers), Attrs: attrs,
			Dir: c.root, Path: at, Propagation: m.propagation,
		}))
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
