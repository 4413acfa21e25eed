package specconv

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

// idmap says whether the entry is to show its files with other owners, and
// whether the config says by which mappings or leaves that to the container's.
func idmap(m *specs.Mount, o *mountOptions) (wanted, explicit bool) {
	explicit = len(m.UIDMappings) > 0 || len(m.GIDMappings) > 0
	return o.idmap || explicit, explicit
}

func (v *validation) idmap(pointer func(string) string, at string, m *specs.Mount, o *mountOptions) {
	wanted, explicit := idmap(m, o)
	if !wanted {
		return
	}
	switch {
	case !explicit && !v.ns.user():
		v.fault(pointer("/options"), "an id mapping needs uidMappings and gidMappings, or a user namespace from which to take them")
	case explicit && len(m.UIDMappings) == 0:
		v.fault(pointer("/uidMappings"), "must be set along with gidMappings")
	case explicit && len(m.GIDMappings) == 0:
		v.fault(pointer("/gidMappings"), "must be set along with uidMappings")
	}
	v.mappingList(pointer("/uidMappings"), m.UIDMappings)
	v.mappingList(pointer("/gidMappings"), m.GIDMappings)
	switch {
	case o.remount:
		v.fault(pointer("/options"), "a remount cannot change an id mapping")
	case at == "/proc" || isCgroup(m):
		v.fault(pointer("/options"), "a file system of processes or cgroups does not support idmapped mounts")
	case !binds(m, o) && o.needsLegacy():
		v.fault(pointer("/options"), "an id mapping does not go together with options that only mount(2) takes")
	case v.facts.EffectiveUID != 0 || v.facts.ForeignMounts:
		v.fault(pointer("/options"), "an id mapping takes root: the file system is that of another user namespace")
	}
}

// mapping is a user namespace that stands for id mappings.
type mapping struct {
	uids, gids []specs.LinuxIDMapping
	slot       plan.Slot
}

// mappingFor is the user namespace by which a mount is idmapped, made if it is the first
// with these mappings; 0 stands for the one that init is going to be born in.
func (c *compiler) mappingFor(m *mount) plan.Slot {
	_, explicit := idmap(m.Mount, &m.mountOptions)
	own := slices.Equal(m.UIDMappings, c.linux.UIDMappings) && slices.Equal(m.GIDMappings, c.linux.GIDMappings)
	uids, gids := m.UIDMappings, m.GIDMappings
	switch ofContainer := c.ns.made&plan.NewUser != 0 && (!explicit || own); {
	case ofContainer && !c.restoring:
		return 0
	case ofContainer:
		uids, gids = c.linux.UIDMappings, c.linux.GIDMappings // init is in none
	case !explicit:
		at := slices.IndexFunc(c.ns.paths, func(n joined) bool { return n.flag == plan.NewUser })
		return c.ns.paths[at].slot
	}
	for i := range c.mappings {
		if known := &c.mappings[i]; slices.Equal(known.uids, uids) && slices.Equal(known.gids, gids) {
			return known.slot
		}
	}
	slot := c.plan.Slot("mapping of " + m.pointer[1:])
	c.mappings = append(c.mappings, mapping{uids, gids, slot})
	c.add(m.pointer+"/uidMappings", plan.Mapping(mapLines(uids), mapLines(gids), slot))
	return slot
}

// idmapSource maps the ids of what was just cloned or mounted for an entry, if it is to be
// and the mappings are there by now.
func (c *compiler) idmapSource(m *mount) {
	if wanted, _ := idmap(m.Mount, &m.mountOptions); !wanted {
		return
	}
	if by := c.mappingFor(m); by != 0 {
		c.addIDMap(m, by)
		return
	}
	c.mapLater = append(c.mapLater, m)
}

// idmapByOwn maps the ids of the mounts that have the mappings of init's user
// namespace, which spares making another.
func (c *compiler) idmapByOwn() {
	if len(c.mapLater) == 0 {
		return
	}
	own := c.plan.Slot("user namespace")
	c.add("/linux/uidMappings", plan.OpenNamespace(plan.NewUser, "ns/user", own, false))
	for _, m := range c.mapLater {
		c.addIDMap(m, own)
	}
}

func (c *compiler) addIDMap(m *mount, by plan.Slot) {
	step := plan.MountMapping{Mount: m.clone, Mapping: by, Path: m.at, Type: m.Type, Source: m.Source}
	if m.idmapTree {
		step.Flags = plan.CloneRecursive
	}
	if m.bind {
		step.Type, step.Source = "", fromBundle(m.Source, c.opts.Bundle)
	}
	c.add(m.pointer, plan.MountIDMap(step))
}

// hasOption says whether one of the file system's own options is set.
func (m *mountOptions) hasOption(name string) bool {
	return slices.ContainsFunc(m.data, func(word string) bool {
		key, _, _ := strings.Cut(word, "=")
		return key == name
	})
}
