package specconv

import "github.com/opencontainers/runtime-spec/specs-go"

// MountWarnings tells which options of /mounts come to nothing. Unknown options
// are a file system's, to be handed to mount(2) as its data (config.md, Linux
// mount options), and for a bind mount the kernel ignores those (mount(2), MS_BIND).
func MountWarnings(spec *specs.Spec) (warnings []Fault) {
	for i := range spec.Mounts {
		m := &spec.Mounts[i]
		o := readOptions(m.Options)
		if !binds(m, &o) || o.remount {
			continue
		}
		for n, word := range m.Options {
			if word != "" && optionOf(word) == nil {
				warnings = append(warnings, Fault{
					item(item(mountsPointer, i)+"/options", n),
					quote(word) + " is left out: a bind mount has no options of a file system",
				})
			}
		}
	}
	return warnings
}
