package cgroups

import (
	"math"
	"strings"

	"github.com/tare-oci/tare/internal/dbus"
)

// PropertyAnnotation begins the names of annotations that are properties of the
// container's unit, as runc has them.
const PropertyAnnotation = "org.systemd.property."

// own are the properties that a container's unit cannot do without, or with others.
var own = [...]string{"Slice", "PIDs", "PIDFDs", "Delegate", "DelegateControllers", "DelegateSubgroup", "ControlGroup"}

// ScopeProperties are those that a container's unit has whatever its config says.
// Delegate keeps systemd's hands off what lies in the cgroup and below it.
// Without DefaultDependencies=no systemd would end the container at a shutdown
// before the engine that looks after it.
func (m *Manager) ScopeProperties(u Unit, id string, l *Layout) []Property {
	io := "IOAccounting"
	if l.Mode != V2 {
		io = "BlockIOAccounting"
	}
	yes := dbus.Bool(true)
	return []Property{
		{"Description", dbus.String("tare container " + id)},
		{"Slice", dbus.String(u.Slice)},
		{"Delegate", yes},
		{"DefaultDependencies", dbus.Bool(false)},
		{"MemoryAccounting", yes},
		{"CPUAccounting", yes},
		{io, yes},
		{"TasksAccounting", yes},
	}
}

// AnnotatedProperty reads a property that an annotation gives: the part of the
// annotation's name behind PropertyAnnotation, and a value of GVariant's text
// format. A time whose name ends with Sec, as in unit files, becomes one of µs,
// as D-Bus has it. fault says what is wrong, or is "".
func AnnotatedProperty(name, value string) (p Property, fault string) {
	if len(name) < 3 {
		return p, quote(name) + " is not the name of a property of systemd's"
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return p, quote(name) + " is not the name of a property of systemd's: it has more than letters in it"
		}
	}
	for _, o := range own {
		if o == name {
			return p, "cannot be set: it is for tare to say"
		}
	}
	v, err := dbus.ParseValue(value)
	if err != nil {
		return p, "cannot read " + quote(value) + " as a value (GVariant text format): " + err.Error()
	}
	if stem, is := strings.CutSuffix(name, "Sec"); is && stem != "" && stem[len(stem)-1] >= 'a' {
		us, ok := microseconds(v)
		if !ok {
			return p, "cannot read " + quote(value) + " as a number of seconds"
		}
		return Property{stem + "USec", us}, ""
	}
	return Property{name, v}, ""
}

// microseconds turns a number of seconds into what D-Bus has for times.
func microseconds(v dbus.Value) (dbus.Value, bool) {
	const million = 1000000
	switch v.Type {
	case "y", "q", "u", "t", "n", "i", "x":
		signed := v.Type == "n" || v.Type == "i" || v.Type == "x"
		if signed && int64(v.N) < 0 || v.N > infinity/million {
			return v, false
		}
		return dbus.Uint64(v.N * million), true
	case "d":
		us := math.Float64frombits(v.N) * million
		if !(us >= 0 && us < infinity) {
			return v, false
		}
		return dbus.Uint64(uint64(us)), true
	}
	return v, false
}
