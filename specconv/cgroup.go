package specconv

import (
	"errors"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/plan"
)

const resourcesPointer = "/linux/resources"

// onVersion1 says whether the cgroup is one of version 1, too.
func (c *compiler) onVersion1() bool { return len(c.cgroup) > 0 && c.cgroup[0].Hierarchy != "" }

// born says whether init begins its life in its cgroup of version 2.
func (c *compiler) born() bool {
	_, ok := c.cgroup.Unified()
	return ok && !c.outside() && !c.scoped
}

// fitsScope says whether systemd can make the cgroup around init, which works meanwhile: systemd
// takes longer than init does for all its mounts. Not so where one of them is of the
// cgroup, and on version 1, where device rules are written one by one, which no process is to be in
// the middle of.
func (c *compiler) fitsScope() bool {
	return c.facts.Systemd != nil && len(c.cgroup) > 0 && !c.onVersion1() && !slices.ContainsFunc(c.entries, c.clonesOwnCgroup)
}

// outside says whether only systemd can put init into its cgroup.
func (c *compiler) outside() bool {
	return c.facts.Systemd != nil && (c.facts.Systemd.Outside || c.crowded)
}

// oneProcess says whether the limits let the cgroup have one process. Where systemd makes the
// cgroup around another than init, none could be born there; to be moved no limit prevents.
func oneProcess(settings []cgroups.Setting) bool {
	return slices.ContainsFunc(settings, func(s cgroups.Setting) bool { return s.File == "pids.max" && s.Value == "1" })
}

// moved says whether init has to be moved into its cgroup.
func (c *compiler) moved() bool {
	return c.onVersion1() || len(c.cgroup) > 0 && (c.outside() || c.scoped)
}

// startUnit has systemd begin to make the cgroup, if it does so around init.
func (c *compiler) startUnit() {
	if len(c.unit) > 0 {
		c.addUnit(1)
	}
}

// addUnit adds the next n of the steps that make a unit's cgroup.
func (c *compiler) addUnit(n int) {
	for _, step := range c.unit[:n] {
		c.add(step.Pointer, step)
	}
	c.unit = c.unit[n:]
}

// enter moves it.
func (c *compiler) enter() {
	if c.scoped {
		c.addUnit(len(c.unit))
		return // systemd has moved it
	}
	step := plan.CgroupEnter().Below(c.below)
	if c.outside() {
		step = step.BySystemd()
	}
	c.add(cgroupsPathPointer, step)
}

// resources are those of the config with the device rules that hold for every
// container: the config's own in their order, then what the default devices
// need, as engines expect. Rules there always are, so that what none of them
// allows is denied.
func resources(linux *specs.Linux, facts *Facts) *specs.LinuxResources {
	r := specs.LinuxResources{}
	if linux.Resources != nil {
		r = *linux.Resources
	}
	if facts.Cgroups.Mode == cgroups.None && len(r.Devices) == 0 {
		return &r // nothing is asked for, and nothing would enforce it
	}
	if facts.NoCgroup {
		r.Devices = nil // every engine's config has rules: Warnings tells
		return &r
	}
	if unprivileged(facts) {
		// The kernel lets no one but root of the host decide about devices:
		// who cannot make nodes of them has no need of rules.
		r.Devices = nil
		return &r
	}
	defaults := cgroups.DefaultDeviceRules()
	rules := make([]specs.LinuxDeviceCgroup, 0, len(r.Devices)+len(defaults))
	r.Devices = append(append(rules, r.Devices...), defaults...)
	return &r
}

// makeCgroup makes the container's cgroup with all its limits, or keeps the steps for
// when init is there.
func (c *compiler) makeCgroup() error {
	if len(c.cgroup) == 0 {
		return nil
	}
	add := c.add
	if c.scoped {
		add = func(pointer string, step plan.Step) {
			step.Pointer = pointer
			c.unit = append(c.unit, step)
		}
	}
	r := resources(c.linux, c.facts)
	settings, err := cgroups.Settings(r, c.facts.Cgroups)
	if err != nil {
		return err
	}
	// Warnings tells what goes.
	settings = slices.DeleteFunc(settings, func(s cgroups.Setting) bool { return undelegated(c.facts, &s) })
	made, err := c.cgroupIsMade(r, settings, add)
	if err != nil {
		return err
	}
	add(cgroupsPathPointer, made.Enable(c.facts.Cgroups.UnifiedControllers(settings)))
	for i := range settings {
		s := &settings[i]
		step := plan.CgroupWrite(s.Controller, s.File, s.Value)
		if s.Fallback != nil {
			step = step.Else(s.Fallback.File, s.Fallback.Value)
		}
		if s.CheckUsage {
			step = step.CheckUsage()
		}
		add(c.devicePointer(s.Pointer), step)
	}
	if !c.facts.Cgroups.DevicesByProgram() || r.Devices == nil {
		return nil
	}
	c.rules = make([]string, len(r.Devices))
	for i := range r.Devices {
		if c.rules[i], err = cgroups.FormatDeviceRule(&r.Devices[i]); err != nil {
			return err
		}
	}
	return nil
}

// cgroupIsMade is the step that makes the cgroup, after systemd has if it is to.
func (c *compiler) cgroupIsMade(r *specs.LinuxResources, settings []cgroups.Setting, add func(string, plan.Step)) (plan.Step, error) {
	at := c.cgroup[len(c.cgroup)-1].Path
	if c.facts.Systemd != nil {
		c.crowded = !c.onVersion1() && !c.scoped && oneProcess(settings)
		scope, err := c.scope(r, settings)
		add(cgroupsPathPointer, scope)
		return plan.CgroupAdopt(at, c.cgroup.Directories()), err
	}
	if c.linux.CgroupsPath != "" {
		at = c.linux.CgroupsPath
	}
	return plan.CgroupCreate(at, c.cgroup.Directories()), nil
}

// loadRules loads the rules, for whose check the kernel takes a third of a
// millisecond. It needs no cgroup.
func (c *compiler) loadRules() {
	if c.rules != nil {
		c.add(devicesPointer, plan.LoadDevices(c.rules))
		c.rules, c.loaded = nil, true
	}
}

// deviceRules puts the rules into force. Init itself opens and makes no device that they could
// deny, unless it mounts one: the rules of the default devices come last.
func (c *compiler) deviceRules() {
	c.loadRules()
	if !c.loaded {
		return
	}
	step := plan.CgroupDevices()
	if c.facts.Systemd != nil {
		step = step.Beside()
	}
	c.add(devicesPointer, step)
	c.loaded = false
}

// mountsDevices says whether init mounts a file system that may be on a device.
func (c *compiler) mountsDevices() bool {
	return slices.ContainsFunc(c.entries, func(m mount) bool { return !m.bind && !m.remount && !pseudo(m.Type) })
}

const devicesPointer = resourcesPointer + "/devices"

// devicePointer keeps the pointers of rules that are not the config's from
// pointing behind its list.
func (c *compiler) devicePointer(pointer string) string {
	index, ok := strings.CutPrefix(pointer, devicesPointer+"/")
	if !ok || c.linux.Resources != nil && below(index, len(c.linux.Resources.Devices)) {
		return pointer
	}
	return devicesPointer
}

// below says whether a decimal number is less than n.
func below(decimal string, n int) bool {
	v := 0
	for i := 0; i < len(decimal) && decimal[i] != '/'; i++ {
		if v = v*10 + int(decimal[i]-'0'); v >= n {
			return false
		}
	}
	return true
}

func (v *validation) resources() {
	v.cgroupsPath()
	v.unit()
	if v.linux.Resources == nil {
		return
	}
	settings, err := cgroups.Settings(resources(v.linux, v.facts), v.facts.Cgroups)
	v.joined(resourcesPointer, err)
	if !v.facts.IgnoreLimits {
		v.faults = append(v.faults, unlimited(settings, v.facts, withoutCgroup(v.facts))...)
	}
	if err == nil {
		v.unitDevices()
	}
	if v.facts.Cgroups.DevicesByProgram() {
		v.joined(devicesPointer, cgroups.DeviceRuleFaults(v.linux.Resources.Devices))
	}
}

const cgroupsPathPointer = "/linux/cgroupsPath"

func (v *validation) cgroupsPath() {
	v.text(v.linux.CgroupsPath, cgroupsPathPointer)
	if v.linux.CgroupsPath == "" || v.bad(v.linux.CgroupsPath) || v.facts.Cgroups.Mode == cgroups.None {
		return
	}
	if v.facts.Systemd != nil {
		return // see unit
	}
	if _, err := v.facts.Cgroups.Resolve(v.linux.CgroupsPath, ""); err != nil {
		v.fault(cgroupsPathPointer, strings.TrimPrefix(err.Error(), cgroupsPathPointer+": "))
	}
}

func errorOf[T any](_ T, err error) error { return err }

// joined takes over the faults that cgroups found.
func (v *validation) joined(pointer string, err error) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			v.joined(pointer, e)
		}
		return
	}
	var field *cgroups.FieldError
	if errors.As(err, &field) {
		v.fault(field.Pointer, field.Text)
		return
	}
	v.fault(pointer, err.Error())
}
