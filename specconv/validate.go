package specconv

import (
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// validation collects everything that is wrong with a config.
type validation struct {
	spec    *specs.Spec
	process *specs.Process
	linux   *specs.Linux
	facts   *Facts
	ns      namespaces
	joining bool // the process joins a container
	faults  []Fault
}

func (v *validation) fault(pointer, message string) {
	v.faults = append(v.faults, Fault{pointer, message})
}

func (v *validation) bad(s string) bool { return strings.IndexByte(s, 0) >= 0 }

// text refuses a string that no system call could carry. With an index, the
// pointer is that of a list.
func (v *validation) text(s, pointer string, index ...int) {
	if !v.bad(s) {
		return
	}
	if len(index) > 0 {
		pointer = item(pointer, index[0])
	}
	v.fault(pointer, "has a NUL in it")
}

func (v *validation) result() error {
	if len(v.faults) == 0 {
		return nil
	}
	return &Faults{List: v.faults}
}

func newValidation(spec *specs.Spec, process *specs.Process, facts *Facts) *validation {
	v := &validation{spec: spec, process: process, linux: spec.Linux, facts: facts}
	if v.linux == nil {
		v.linux = &specs.Linux{}
	}
	v.ns = namespacesOf(v.linux.Namespaces)
	return v
}

// Validate reports everything that keeps a config from being compiled for a
// host, as *Faults, or nil.
func Validate(spec *specs.Spec, facts *Facts) error {
	v := newValidation(spec, spec.Process, facts)
	v.version()
	v.unsupported()
	v.root()
	v.uts()
	v.mounts()
	v.namespaces()
	v.devices()
	v.netDevices()
	v.covered()
	v.sysctl()
	v.seccomp()
	v.hooks()
	v.resources()
	v.intelRdt()
	v.memoryPolicy()
	v.personality()
	v.mountLabel()
	v.annotations()
	if spec.Process == nil {
		v.fault("/process", "must be set")
	} else {
		v.all()
	}
	return v.result()
}

// ValidateProcess is Validate for a process that joins the container that was
// made from spec. Its pointers are those of a config's process.
func ValidateProcess(spec *specs.Spec, process *specs.Process, facts *Facts) error {
	if process == nil {
		return &Faults{List: []Fault{{"/process", "must be set"}}}
	}
	v := newValidation(spec, process, facts)
	v.joining = true
	v.resctrl()
	v.all()
	return v.result()
}

// all checks the process.
func (v *validation) all() {
	v.program()
	v.user()
	v.groups()
	v.limits()
	v.scheduler()
	v.ioPriority()
	v.affinity()
	v.labels()
	v.terminal()
}

const versionPointer = "/ociVersion"

// version checks the specification's version: by semantic versioning, any
// version 1 is one that tare can read.
func (v *validation) version() {
	version := v.spec.Version
	core := version
	if at := strings.IndexAny(version, "-+"); at >= 0 {
		core = version[:at]
	}
	parts := strings.Split(core, ".")
	ok := len(parts) == 3
	for _, part := range parts {
		ok = ok && part != "" && strings.Trim(part, "0123456789") == ""
	}
	switch {
	case version == "":
		v.fault(versionPointer, "must be set")
	case !ok:
		v.fault(versionPointer, quote(version)+" is no version like "+specs.Version)
	case parts[0] != "1":
		v.fault(versionPointer, "version "+quote(version)+" is not one that tare knows: it must be 1.x.y")
	}
}
