package specconv

import (
	"reflect"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
)

// Update is what new resources change of a container that exists.
type Update struct {
	// Settings are to be made, in order, after the version 2 controllers that
	// they need have been enabled.
	Settings    []cgroups.Setting
	Controllers []string
	// Before and After are the device rules with those that hold for every
	// container; both are nil if they stay as they are.
	Before, After []specs.LinuxDeviceCgroup
	// Resources are those that the container has afterwards, as of a config.
	Resources *specs.LinuxResources
}

// CompileUpdate works out what it takes to give resources to the container that was
// made from spec, beside those it has. What they leave out stays as it is; so does a
// number of 0 where Settings takes that for absent. Entries of lists and maps
// that are about a device, a page size, an interface or a file take the place of
// those about the same; the device rules, whose order matters, replace the rules
// of the config all together. Only what is asked for is written, and what follows
// from it: somebody else may have changed the rest. A fault gives *Faults.
func CompileUpdate(spec *specs.Spec, r *specs.LinuxResources, facts *Facts) (*Update, error) {
	v := newValidation(spec, nil, facts)
	old := v.linux.Resources
	if old == nil {
		old = &specs.LinuxResources{}
	}
	merged, given := mergeResources(old, r)
	u := &Update{Resources: merged}
	// Memory and CPU as a whole, since their parts hang together; of the lists what is new.
	wanted := *r
	wanted.Memory, wanted.CPU, wanted.Devices = merged.Memory, merged.CPU, nil
	settings, err := cgroups.Settings(&wanted, facts.Cgroups)
	v.joined(resourcesPointer, err)
	had, _ := cgroups.Settings(&specs.LinuxResources{Memory: old.Memory, CPU: old.CPU}, facts.Cgroups)
	for i := range settings {
		if s := &settings[i]; asked(s, given) || !slices.ContainsFunc(had, s.Same) {
			if s.File == "cpu.max" && !within(s.Pointer, given) {
				s.Pointer = periodPointer // which it has, too
			}
			u.Settings = append(u.Settings, *s)
		}
	}
	u.Controllers = facts.Cgroups.UnifiedControllers(u.Settings)
	v.faults = append(v.faults, unlimited(u.Settings, facts, "cannot be limited: the container has no cgroup in which it would be")...)
	v.deviceUpdate(u, old, merged)
	for i := range v.faults {
		f := &v.faults[i]
		if !within(f.Pointer, given) {
			f.Message += "; the container has this from before: change it together with the rest"
		}
	}
	return u, v.result()
}

// deviceUpdate compares the device rules, and checks new ones.
func (v *validation) deviceUpdate(u *Update, old, merged *specs.LinuxResources) {
	// Equal ones are left alone: somebody may have allowed a device meanwhile.
	if reflect.DeepEqual(old.Devices, merged.Devices) || len(old.Devices)+len(merged.Devices) == 0 {
		return
	}
	before := resources(&specs.Linux{Resources: &specs.LinuxResources{Devices: old.Devices}}, v.facts)
	after := resources(&specs.Linux{Resources: &specs.LinuxResources{Devices: merged.Devices}}, v.facts)
	if after.Devices == nil {
		return // nobody but root of the host decides about devices
	}
	u.Before, u.After = before.Devices, after.Devices
	if v.facts.Cgroups.DevicesByProgram() {
		v.joined(devicesPointer, errorOf(cgroups.DeviceProgram(u.After)))
		return
	}
	v.joined(devicesPointer, errorOf(cgroups.Settings(&specs.LinuxResources{Devices: u.After}, v.facts.Cgroups)))
}

const periodPointer = resourcesPointer + "/cpu/period"

// asked says whether a setting is of a field that was given. Version 2 has quota
// and period in one file.
func asked(s *cgroups.Setting, given []string) bool {
	return within(s.Pointer, given) || s.File == "cpu.max" && within(periodPointer, given)
}

// within says whether a pointer is one of the given ones or leads below one.
func within(pointer string, given []string) bool {
	return slices.ContainsFunc(given, func(g string) bool {
		rest, ok := strings.CutPrefix(pointer, g)
		return ok && (rest == "" || rest[0] == '/')
	})
}
