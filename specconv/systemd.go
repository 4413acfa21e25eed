package specconv

import (
	"sort"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/plan"
)

// What changes where systemd makes the container's cgroup.

// UnitOf is the container's unit.
func UnitOf(spec *specs.Spec, facts *Facts, id string) (cgroups.Unit, error) {
	at := ""
	if spec.Linux != nil {
		at = spec.Linux.CgroupsPath
	}
	u, err := facts.Systemd.UnitOf(at, id)
	if err != nil {
		return u, &Faults{List: []Fault{{cgroupsPathPointer, err.Error()}}}
	}
	return u, nil
}

// unitPaths is where its cgroup lies.
func unitPaths(spec *specs.Spec, facts *Facts, id string) (cgroups.Paths, error) {
	u, err := UnitOf(spec, facts, id)
	if err != nil {
		return nil, err
	}
	return facts.Cgroups.ResolveUnit(facts.Systemd, u)
}

// scope has systemd make the cgroup, and tells it of all limits that it has a
// word for: what systemd does not know of it may take away.
func (c *compiler) scope(r *specs.LinuxResources, settings []cgroups.Setting) (step plan.Step, err error) {
	m := c.facts.Systemd
	u, err := UnitOf(c.spec, c.facts, c.opts.ID)
	if err != nil {
		return step, err
	}
	list := m.ScopeProperties(u, c.opts.ID, &c.facts.Cgroups)
	if r.Devices != nil {
		devices, faults := cgroups.DeviceProperties(r.Devices, &c.facts.Cgroups)
		if len(faults) > 0 {
			return step, faults[0]
		}
		list = append(list, devices...)
	}
	list = append(list, m.Properties(settings, &c.facts.Cgroups)...)
	// Last, as the user's own words: the last that is said of a property counts.
	for _, name := range annotatedProperties(c.spec) {
		if p, fault := cgroups.AnnotatedProperty(name, c.spec.Annotations[cgroups.PropertyAnnotation+name]); fault == "" {
			list = append(list, p)
		}
	}
	words := make([]string, len(list))
	for i := range list {
		words[i] = list[i].String()
	}
	step = plan.Scope(u.Name, u.Slice, m.User, words)
	if c.scoped {
		step = step.AroundInit()
	}
	return step, nil
}

// annotatedProperties are the names of the properties that annotations give, sorted.
func annotatedProperties(spec *specs.Spec) (names []string) {
	for annotation := range spec.Annotations {
		if name, is := strings.CutPrefix(annotation, cgroups.PropertyAnnotation); is {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// unit checks what a unit is made from. Annotations that are for systemd are looked
// at whoever makes the cgroup, as runc does.
func (v *validation) unit() {
	for _, name := range annotatedProperties(v.spec) {
		pointer := key("/annotations", cgroups.PropertyAnnotation+name)
		if _, fault := cgroups.AnnotatedProperty(name, v.spec.Annotations[cgroups.PropertyAnnotation+name]); fault != "" {
			v.fault(pointer, fault)
		}
	}
	if v.facts.Systemd == nil || v.bad(v.linux.CgroupsPath) || v.linux.CgroupsPath == "" {
		return
	}
	if _, err := v.facts.Systemd.UnitOf(v.linux.CgroupsPath, "ID"); err != nil {
		v.fault(cgroupsPathPointer, err.Error())
	}
}

// unitDevices refuses device rules that systemd would forget.
func (v *validation) unitDevices() {
	if v.facts.Systemd == nil || unprivileged(v.facts) {
		return
	}
	_, faults := cgroups.DeviceProperties(v.linux.Resources.Devices, &v.facts.Cgroups)
	for _, fault := range faults {
		v.joined(devicesPointer, fault)
	}
}

// UnitUpdate are the properties that tell systemd of an update, and those that take it back.
func UnitUpdate(spec *specs.Spec, u *Update, facts *Facts) (now, former []cgroups.Property, err error) {
	l := &facts.Cgroups
	all := func(r *specs.LinuxResources) []cgroups.Property {
		if r == nil {
			return nil
		}
		limits := *r
		limits.Devices = nil
		settings, _ := cgroups.Settings(&limits, *l) // CompileUpdate has told the errors
		return facts.Systemd.Properties(settings, l)
	}
	// All that hang together, such as quota and period, since one property is made of both.
	now = cgroups.Same(all(u.Resources), facts.Systemd.Properties(u.Settings, l))
	var old *specs.LinuxResources
	if spec.Linux != nil {
		old = spec.Linux.Resources
	}
	former = cgroups.Same(all(old), now)
	if u.After == nil {
		return now, former, nil
	}
	v := newValidation(spec, nil, facts)
	after, faults := cgroups.ReplacedDevices(u.After, l)
	for _, fault := range faults {
		v.joined(devicesPointer, fault)
	}
	before, _ := cgroups.ReplacedDevices(u.Before, l)
	return append(now, after...), append(former, before...), v.result()
}
