package specconv

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
)

// keepGroups is the annotation by which Podman (--group-add keep-groups) and crun
// leave a process the supplementary groups of whoever called: with them, a user
// reaches files of a group that is not mapped in the user namespace.
const keepGroups = "run.oci.keep_original_groups"

// CRIUConfig is the annotation that names a file with options for CRIU: with it,
// whoever writes the config has CRIU run programs of the host.
const CRIUConfig = "org.criu.config"

// Annotations lists those that change what tare does, for the features verb.
func Annotations() []string { return []string{keepGroups, cgroups.PropertyAnnotation, CRIUConfig} }

func (v *validation) annotations() {
	switch value := v.spec.Annotations[keepGroups]; value {
	case "", "0", "1", "false", "true":
	default:
		v.fault(key("/annotations", keepGroups), `must be "1" or "0", not `+quote(value))
	}
	v.text(v.spec.Annotations[CRIUConfig], key("/annotations", CRIUConfig))
}

func (c *compiler) keepsGroups() bool { return keepsGroups(c.spec) }

func keepsGroups(spec *specs.Spec) bool {
	value := spec.Annotations[keepGroups]
	return value == "1" || value == "true"
}

// dropsGroups says whether the caller's groups are replaced.
func (c *compiler) dropsGroups() bool { return c.setgroups() && !c.keepsGroups() }

// groups are the supplementary groups that replace the caller's.
func (c *compiler) groups() []uint32 {
	if c.keepsGroups() {
		return nil
	}
	return c.process.User.AdditionalGids
}
