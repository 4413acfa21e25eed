package specconv

import (
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/internal/resctrl"
	"github.com/tare-oci/tare/plan"
)

const (
	intelRdtPointer   = "/linux/intelRdt"
	closIDPointer     = intelRdtPointer + "/closID"
	monitoringPointer = intelRdtPointer + "/enableMonitoring"
)

// defaultClass is the closID of the group that every task of the host begins in.
const defaultClass = "/"

func (v *validation) intelRdt() {
	r := v.linux.IntelRdt
	if r == nil {
		return
	}
	v.resctrl()
	if id := r.ClosID; id != "" && id != defaultClass {
		v.class(id, closIDPointer)
	}
	// Lines that came to be two would be taken for two.
	for line := range strings.SplitSeq(r.L3CacheSchema, "\n") {
		if r.L3CacheSchema != "" {
			v.schema(line, L3CacheSchema)
		}
	}
	if r.MemBwSchema != "" {
		v.bandwidth(r.MemBwSchema)
	}
	for i, line := range r.Schemata {
		v.oneLine(line, item(intelRdtPointer+"/schemata", i))
		v.schema(line, item(intelRdtPointer+"/schemata", i))
	}
	if r.EnableMonitoring && v.facts.Resctrl != nil && !v.facts.Resctrl.Monitoring {
		v.fault(monitoringPointer, "this host's resctrl cannot monitor")
	}
}

// The pointers of what an update may change.
const (
	L3CacheSchema = intelRdtPointer + "/l3CacheSchema"
	MemBwSchema   = intelRdtPointer + "/memBwSchema"
)

func (v *validation) bandwidth(line string) {
	v.oneLine(line, MemBwSchema)
	if !strings.HasPrefix(line, "MB:") {
		v.fault(MemBwSchema, "must begin with MB:, not be "+quote(line))
		return
	}
	v.schema(line, MemBwSchema)
}

func (v *validation) oneLine(line, pointer string) {
	if strings.IndexByte(line, '\n') >= 0 {
		v.fault(pointer, "must be one line")
	}
}

// schema checks what a line is about; the kernel checks the rest.
func (v *validation) schema(line, pointer string) {
	v.text(line, pointer)
	name := resctrl.Resource(line)
	host := v.facts.Resctrl
	switch {
	case name == "":
		v.fault(pointer, "must be a line like L3:0=7ff;1=7ff, not "+quote(line))
	case host != nil && len(host.Resources) > 0 && !slices.Contains(host.Resources, name):
		v.fault(pointer, "this host's resctrl has no "+quote(name)+", but "+strings.Join(host.Resources, ", "))
	}
}

// resctrl says that there is none, if so.
func (v *validation) resctrl() {
	if v.linux.IntelRdt != nil && v.facts.Resctrl == nil {
		v.fault(intelRdtPointer, "the host has no resctrl file system mounted")
	}
}

// class checks the name of a group's directory, which is to be no other one.
func (v *validation) class(name, pointer string) {
	v.text(name, pointer)
	switch {
	case name == "." || name == ".." || strings.ContainsAny(name, "/\n") || len(name) > 255:
		v.fault(pointer, "must be the name of a directory, or / for the default class, not "+quote(name))
	case name == "info" || name == "mon_groups" || name == "mon_data":
		v.fault(pointer, "resctrl has a directory "+quote(name)+" that is no class")
	}
}

// schemata are the writes to a group's schemata, in the order of the specification.
func schemata(r *specs.LinuxIntelRdt) (writes []string) {
	for _, lines := range [...]string{r.L3CacheSchema, r.MemBwSchema, strings.Join(r.Schemata, "\n")} {
		if lines != "" {
			writes = append(writes, lines)
		}
	}
	return writes
}

// classOf is the container's group, and the group in it that counts, "" for none.
func classOf(r *specs.LinuxIntelRdt, host *resctrl.Host, id string) (class, monitor string) {
	class = path.Join(host.Mountpoint, or(r.ClosID, id))
	if r.EnableMonitoring {
		monitor = path.Join(class, "mon_groups", id)
	}
	return class, monitor
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// resctrl makes the container's group. A class that is named must be there unless
// it is said what it is to have; one of the container's own is made as it is by
// default.
func (c *compiler) resctrl() error {
	r := c.linux.IntelRdt
	if r == nil {
		return nil
	}
	if r.ClosID == "" {
		v := validation{facts: c.facts}
		v.class(c.opts.ID, intelRdtPointer)
		if err := v.result(); err != nil {
			return err
		}
	}
	class, monitor := classOf(r, c.facts.Resctrl, c.opts.ID)
	writes := schemata(r)
	pointer := intelRdtPointer
	if r.ClosID != "" {
		pointer = closIDPointer
	}
	c.add(pointer, plan.Resctrl(class, writes, r.ClosID == "" || len(writes) > 0))
	if monitor != "" {
		c.add(monitoringPointer, plan.Monitor(monitor))
	}
	return nil
}

// assign puts init into the groups: the class first, or the one in it would refuse.
// At the last barrier: the task must be the one that executes the program, after a fork.
func (c *compiler) assign() {
	r := c.linux.IntelRdt
	if r == nil {
		return
	}
	class, monitor := classOf(r, c.facts.Resctrl, c.opts.ID)
	c.add(intelRdtPointer, plan.Assign(class))
	if monitor != "" {
		c.add(monitoringPointer, plan.Assign(monitor))
	}
}

// Schema is a part of a class's schemata, and the field that it comes from.
type Schema struct{ Pointer, Line string }

// CompileSchemata works out what other schemata change of the container that was made
// from spec: of its class they are written as they are, and kept is what the config
// has afterwards. "" leaves what there is. A fault gives *Faults.
func CompileSchemata(spec *specs.Spec, cache, bandwidth string, facts *Facts) (changes []Schema, kept *specs.LinuxIntelRdt, err error) {
	v := newValidation(spec, nil, facts)
	if cache != "" {
		changes = append(changes, Schema{L3CacheSchema, cache})
	}
	if bandwidth != "" {
		changes = append(changes, Schema{MemBwSchema, bandwidth})
	}
	if len(changes) == 0 {
		return nil, v.linux.IntelRdt, nil
	}
	switch old := v.linux.IntelRdt; {
	case old == nil:
		v.fault(changes[0].Pointer, "the container was made without /linux/intelRdt: it has no class that could be given this; an empty one in its config makes one")
		return nil, nil, v.result()
	case old.ClosID == defaultClass:
		v.fault(changes[0].Pointer, "the container is in the default class, which is that of the host")
		return nil, nil, v.result()
	}
	updated := *v.linux.IntelRdt
	updated.L3CacheSchema, updated.MemBwSchema = or(cache, updated.L3CacheSchema), or(bandwidth, updated.MemBwSchema)
	v.linux = &specs.Linux{IntelRdt: &updated}
	v.intelRdt()
	return changes, &updated, v.result()
}
