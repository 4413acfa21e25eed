package specconv

import "github.com/opencontainers/runtime-spec/specs-go"

// CopiedLinks lists the sources of bind mounts that the config wants to be copied
// if they are symbolic links: Facts.Links tells which are.
func CopiedLinks(spec *specs.Spec, bundle string) (paths []string) {
	for i := range spec.Mounts {
		m := &spec.Mounts[i]
		if o := readOptions(m.Options); o.copySymlink && binds(m, &o) {
			paths = append(paths, fromBundle(m.Source, bundle))
		}
	}
	return paths
}

// linked is where the link points that an entry's destination is to be, "" if the
// entry is to be a mount.
func (c *compiler) linked(m *mount) string {
	if !m.copySymlink || !m.bind || m.remount {
		return ""
	}
	return c.facts.Links[fromBundle(m.Source, c.opts.Bundle)]
}
