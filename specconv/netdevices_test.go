package specconv

import "testing"

func netDevices(members string) string { return linux(`"netDevices": {` + members + `}`) }

var netDeviceFaults = []faultCase{
	{linux(`"namespaces": [{"type": "mount"}, {"type": "uts"}], "netDevices": {"eth0": {}}`), []string{`/linux/netDevices: needs a network namespace, or there is nowhere to move them to`}},
	{netDevices(`"lo": {}`), []string{`/linux/netDevices/lo: the loopback device cannot leave its network namespace`}},
	{netDevices(`"lo": {"name": "lo"}, "eth0": {"name": "lo"}`), []string{
		`/linux/netDevices/eth0/name: the container has a loopback device of that name`,
		`/linux/netDevices/lo: the loopback device cannot leave its network namespace`,
	}},
	{netDevices(`"": {}`), []string{`/linux/netDevices/: must not be empty`}},
	{netDevices(`"a/b": {}`), []string{`/linux/netDevices/a~1b: "a/b" is not the name of a device: it has a slash, a colon or white space`}},
	{netDevices(`"eth%d": {"name": "eth0"}`), []string{`/linux/netDevices/eth%d: a device's name has no %: that is for the name in the container`}},
	{netDevices(`"eth0": {"name": "sixteen-bytes-it"}`), []string{`/linux/netDevices/eth0/name: "sixteen-bytes-it" is longer than the 15 bytes that the kernel takes`}},
	{netDevices(`"eth0": {"name": "."}`), []string{`/linux/netDevices/eth0/name: "." is not the name of a device`}},
	{netDevices(`"eth0": {"name": ".."}`), []string{`/linux/netDevices/eth0/name: ".." is not the name of a device`}},
	{netDevices(`"eth0": {"name": "a:b"}`), []string{`/linux/netDevices/eth0/name: "a:b" is not the name of a device: it has a slash, a colon or white space`}},
	{netDevices(`"eth0": {"name": "a b"}`), []string{`/linux/netDevices/eth0/name: "a b" is not the name of a device: it has a slash, a colon or white space`}},
	{netDevices(`"eth0": {"name": "a\n"}`), []string{`/linux/netDevices/eth0/name: "a\n" is not the name of a device: it has a slash, a colon or white space`}},
	{netDevices(`"eth0": {"name": "a\u0000"}`), []string{`/linux/netDevices/eth0/name: "a\x00" is not the name of a device: it has a slash, a colon or white space`}},
	{netDevices(`"eth0": {"name": "%s"}`), []string{`/linux/netDevices/eth0/name: "%s" is neither the name of a device nor a template, which has one %d`}},
	{netDevices(`"eth0": {"name": "%d%d"}`), []string{`/linux/netDevices/eth0/name: "%d%d" is neither the name of a device nor a template, which has one %d`}},
	{netDevices(`"eth0": {}, "eth1": {"name": "eth0"}`), []string{`/linux/netDevices/eth1: "eth0" is to have the name "eth0" in the container as well`}},
}

func TestFaultsOfNetworkDevices(t *testing.T) {
	for _, c := range netDeviceFaults {
		refuses(t, c, pinned(t))
	}
}

// What the kernel takes is taken: devices that swap their names, and as many as
// one likes of one template.
func TestNetworkDevicesThatCanBe(t *testing.T) {
	for _, config := range []string{
		netDevices(`"eth0": {"name": "eth1"}, "eth1": {"name": "eth0"}`),
		netDevices(`"eth0": {"name": "net%d"}, "eth1": {"name": "net%d"}`),
		netDevices(`"fifteen-bytes-i": {"name": "%d"}, "...": {"name": "a%db"}`),
	} {
		compiled(t, patched(t, config), pinned(t), defaultOptions())
	}
}
