package specconv

import (
	"sort"
	"strings"
	"unicode"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

const netDevicesPointer = "/linux/netDevices"

// maxDeviceName is the longest name of a network device (IFNAMSIZ, with a NUL).
const maxDeviceName = 15

// loopback is a device of every network namespace, which it never leaves.
const loopback = "lo"

// netDevices refuses what the kernel would, by its rules for names
// (dev_valid_name, net/core/dev.c), and what it would say little about.
func (v *validation) netDevices() {
	devices := v.linux.NetDevices
	if len(devices) == 0 {
		return
	}
	if !v.ns.has(plan.NewNetwork) {
		v.fault(netDevicesPointer, "needs a network namespace, or there is nowhere to move them to")
	}
	if v.facts.EffectiveUID != 0 {
		v.fault(netDevicesPointer, "only root can move network devices")
	}
	taken := map[string]string{}
	for _, device := range deviceNames(devices) {
		pointer := key(netDevicesPointer, device)
		switch {
		case device == loopback:
			v.fault(pointer, "the loopback device cannot leave its network namespace")
		case strings.IndexByte(device, '%') >= 0:
			v.fault(pointer, "a device's name has no %: that is for the name in the container")
		default:
			v.deviceName(device, pointer)
		}
		name := insideName(devices, device)
		if name != device {
			v.deviceName(name, pointer+"/name")
		}
		switch {
		case name == loopback:
			if device != loopback {
				v.fault(pointer+"/name", "the container has a loopback device of that name")
			}
		case taken[name] != "" && !isTemplate(name):
			v.fault(pointer, quote(taken[name])+" is to have the name "+quote(name)+" in the container as well")
		}
		taken[name] = device
	}
}

func (v *validation) deviceName(name, pointer string) {
	what := ""
	switch {
	case name == "":
		what = "must not be empty"
	case len(name) > maxDeviceName:
		what = quote(name) + " is longer than the 15 bytes that the kernel takes"
	case name == "." || name == "..":
		what = quote(name) + " is not the name of a device"
	case strings.ContainsAny(name, "/:\x00") || strings.IndexFunc(name, unicode.IsSpace) >= 0:
		what = quote(name) + " is not the name of a device: it has a slash, a colon or white space"
	case strings.IndexByte(name, '%') >= 0 && !isTemplate(name):
		what = quote(name) + " is neither the name of a device nor a template, which has one %d"
	}
	if what != "" {
		v.fault(pointer, what)
	}
}

// isTemplate says whether the kernel chooses a name, with a number for the %d.
func isTemplate(name string) bool {
	return strings.Count(name, "%") == 1 && strings.Contains(name, "%d")
}

// insideName is what a device is called in the container: as on the host, unless
// the config says otherwise.
func insideName(devices map[string]specs.LinuxNetDevice, device string) string {
	if name := devices[device].Name; name != "" {
		return name
	}
	return device
}

// deviceNames are the devices in the order in which they are moved. Those for which
// the kernel chooses a name come last, or it might choose that of another.
func deviceNames(devices map[string]specs.LinuxNetDevice) []string {
	names := make([]string, 0, len(devices))
	for name := range devices {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := isTemplate(insideName(devices, names[i])), isTemplate(insideName(devices, names[j]))
		if a != b {
			return b
		}
		return names[i] < names[j]
	})
	return names
}

// netDevices moves them while init waits at a barrier, in its network namespace:
// what it does next may be about them, as a sysctl.
func (c *compiler) netDevices() {
	if len(c.linux.NetDevices) == 0 {
		return
	}
	var namespace plan.Slot
	for i := range c.ns.paths {
		if c.ns.paths[i].flag == plan.NewNetwork {
			namespace = c.ns.paths[i].slot
		}
	}
	if namespace == 0 {
		namespace = c.plan.Slot("network namespace")
		c.add(netDevicesPointer, plan.OpenNamespace(plan.NewNetwork, "ns/net", namespace, false))
	}
	for _, device := range deviceNames(c.linux.NetDevices) {
		c.add(key(netDevicesPointer, device), plan.NetDevice(namespace, device, insideName(c.linux.NetDevices, device)))
	}
}
