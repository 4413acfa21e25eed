package cgroups

import (
	"strconv"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/internal/dbus"
)

// DeviceProperties are what systemd must know of a list of device rules (see
// DeviceProgram): it enforces rules of its own on a scope, and does so anew at each
// daemon-reload, so that a device that it does not know of would be lost then. It
// knows a list of what is allowed and nothing else. Where the config allows all
// but something, systemd is told to allow everything, and where one minor number
// of all drivers is meant, all their devices: in cgroup v2, where a program of
// tare's has to agree as well. In version 1 there is one list for both, and such
// rules are faults, each a *FieldError with a pointer below the list.
func DeviceProperties(list []specs.LinuxDeviceCgroup, l *Layout) ([]Property, []error) {
	var faults []error
	report := func(part, text string) { faults = append(faults, &FieldError{"/linux/resources/devices" + part, text}) }
	state, _ := exceptionsOf(list, report)
	if len(faults) > 0 && l.DevicesByProgram() {
		// What version 1 cannot say a program can. Systemd allows it all.
		return devicePolicy("auto"), nil
	}
	if state.allow {
		for i := range state.rules {
			if !l.DevicesByProgram() {
				report("/"+strconv.Itoa(state.rules[i].index), "cannot use this device rule: with cgroup v1 systemd knows no device that is denied among others that are allowed")
			}
		}
		return devicePolicy("auto"), faults
	}
	entries := dbus.Array("(ss)")
	for i := range state.rules {
		r := &state.rules[i]
		if r.major == anyNumber && r.minor != anyNumber && !l.DevicesByProgram() {
			report("/"+strconv.Itoa(r.index), "cannot use this device rule: with cgroup v1 systemd knows no minor number of all drivers")
		}
		entries.L = append(entries.L, dbus.Tuple(dbus.String(deviceNode(r)), dbus.String(r.access.String())))
	}
	return append(devicePolicy("strict"), Property{"DeviceAllow", entries}), faults
}

// ReplacedDevices are DeviceProperties for a unit that has others: systemd adds to a
// list unless that is emptied before.
func ReplacedDevices(list []specs.LinuxDeviceCgroup, l *Layout) ([]Property, []error) {
	properties, faults := DeviceProperties(list, l)
	return append([]Property{{"DeviceAllow", dbus.Array("(ss)")}}, properties...), faults
}

func devicePolicy(policy string) []Property {
	return []Property{{"DevicePolicy", dbus.String(policy)}}
}

// deviceNode spells devices as systemd does. It takes the numbers out of a path
// of this form without looking for the file, and a driver may be named by its
// major number (systemd, bpf-devices.c).
func deviceNode(r *rule) string {
	directory, group := "/dev/char/", "char-"
	if r.kind == 'b' {
		directory, group = "/dev/block/", "block-"
	}
	switch {
	case r.major == anyNumber:
		return group + "*"
	case r.minor == anyNumber:
		return group + decimal(r.major)
	}
	return directory + decimal(r.major) + ":" + decimal(r.minor)
}
