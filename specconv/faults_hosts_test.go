package specconv

import (
	"slices"
	"testing"
)

// hostFault is a faultCase on a host of its own: what is wrong on one may be right on
// another.
type hostFault struct {
	facts *Facts
	faultCase
}

func hostFaults(t *testing.T) []hostFault {
	v1, hybrid, user := hosts(t)["v1"], hosts(t)["hybrid"], hosts(t)["user"]
	undelegated := pinned(t, `{"effectiveUID": 1000, "effectiveGID": 1000, "undelegated": ["/sys/fs/cgroup"]}`)
	const notGiven = `cannot be limited: no cgroup was given to this user (delegation); --rootless=true goes without the limit`
	return []hostFault{
		{pinned(t, noCgroups), faultCase{mountList(`{"destination": "/cgroup2", "type": "cgroup2"}`), []string{
			`/mounts/6/type: no cgroup hierarchy is mounted on the host`, `/mounts/7/type: no cgroup hierarchy is mounted on the host`,
			`/linux/resources/devices: cannot set devices.deny: no cgroup hierarchy is mounted; mount cgroup2 at /sys/fs/cgroup or remove the field`,
		}}},
		{v1, faultCase{mountList(`{"destination": "/cgroup2", "type": "cgroup2"}, {"destination": "/cgroup", "type": "cgroup", "options": ["memory"]}`), []string{
			`/mounts/7/type: cgroup v2 is not mounted on the host`, `/mounts/8/options: "memory" is no option of a cgroup v1 mount`,
		}}},
		{v1, faultCase{resourcesOf(`"unified": {"memory.high": "1"}, "devices": [{"allow": true, "type": "c", "major": 9, "access": "r"}, {"allow": false, "type": "c", "major": 9, "minor": 1, "access": "r"}]`), []string{
			`/linux/resources/devices/1: cannot use this device rule: it takes back a part of what rule 0 says, and the cgroup v1 devices controller knows no exception from an exception; name the devices one by one`,
			`/linux/resources/unified/memory.high: cannot write "memory.high": it is a file of cgroup v2, and this host has cgroup v1 only; use the other fields of resources`,
		}}},
		{hybrid, faultCase{resourcesOf(`"memory": {"limit": -1, "swap": 5}`), []string{
			`/linux/resources/memory/swap: cannot set memory and swap to 5: it must be -1 as well when memory is unlimited`,
		}}},
		{user, faultCase{`{"process": {"user": {"additionalGids": [0]}}, "linux": {` + userNamespace + `, ` + ownIDs + `, "resources": null}}`, []string{
			`/mounts/2/options/5: gid=5: the id is not mapped in /linux/gidMappings`,
			`/process/user/additionalGids: cannot be set: a user who maps the own gid alone must give up setgroups(2); map a range of /etc/subgid in /linux/gidMappings as well`,
		}}},
		{pinned(t, `{"userNamespace": true, "setgroupsDenied": true}`), faultCase{process(`"user": {"additionalGids": [5]}`), []string{
			`/process/user/additionalGids: cannot be set: setgroups(2) has been given up in the user namespace`,
		}}},
		{user, faultCase{linux(`"resources": null`), []string{
			`/linux/namespaces: a user namespace must be among them: without one, only root can make the others`,
		}}},
		{user, faultCase{linux(`"namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "user"}, {"type": "network", "path": "/n"}], ` + mappings), []string{
			`/linux/namespaces/5/path: cannot be joined by an ordinary user without the user namespace that owns it: join that by its path as well, instead of a new one`,
		}}},
		{pinned(t), faultCase{linux(`"namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "user"}], ` + mappings), []string{
			`/mounts/0/type: a new proc in a user namespace needs a pid namespace as well: add one, or bind the host's /proc`,
			`/mounts/4/type: a new mqueue in a user namespace needs an ipc namespace as well: add one, or bind the host's /dev/mqueue`,
			`/mounts/5/type: a new sysfs in a user namespace needs a network namespace as well: add one, or bind the host's /sys`,
		}}},
		{v1, faultCase{resourcesOf(`"memory": {"reservation": -3, "kernel": -5, "kernelTCP": -6, "swappiness": 101}, "cpu": {"realtimeRuntime": 3, "realtimePeriod": 2}`), []string{
			`/linux/resources/memory/reservation: cannot set memory.soft_limit_in_bytes to -3: it must be positive, or -1 for unlimited`,
			`/linux/resources/memory/kernel: cannot set memory.kmem.limit_in_bytes to -5: it must be positive, or -1 for unlimited`,
			`/linux/resources/memory/kernelTCP: cannot set memory.kmem.tcp.limit_in_bytes to -6: it must be positive, or -1 for unlimited`,
			`/linux/resources/memory/swappiness: cannot set swappiness to 101: it must lie between 0 and 100`,
			`/linux/resources/cpu/realtimeRuntime: cannot set a realtime runtime of 3 µs: it must not exceed the realtime period, 2 µs`,
		}}},
		{pinned(t, withResctrl, `{"resctrl": {"monitoring": false}}`), faultCase{rdt(`"enableMonitoring": true`), []string{
			`/linux/intelRdt/enableMonitoring: this host's resctrl cannot monitor`,
		}}},
		{v1, faultCase{resourcesOf(`"network": {"priorities": [{"name": "a b", "priority": 1}, {"name": "", "priority": 1}]}`), []string{
			`/linux/resources/network/priorities/0/name: cannot set a priority for interface "a b": it is not an interface name`,
			`/linux/resources/network/priorities/1/name: cannot set a priority for interface "": it is not an interface name`,
		}}},
		{undelegated, faultCase{linux(userNamespace + `, ` + mappings + `, "resources": {"memory": {"limit": 1048576, "swap": 1048576}, "pids": {"limit": 5}}`), []string{
			`/linux/resources/memory/swap: ` + notGiven, `/linux/resources/memory/limit: ` + notGiven, `/linux/resources/pids/limit: ` + notGiven,
		}}},
	}
}

func TestFaultsOfAHost(t *testing.T) {
	for _, c := range hostFaults(t) {
		refuses(t, c.faultCase, c.facts)
	}
}

// everyFault is each case of the tables.
func everyFault(t *testing.T) []faultCase {
	all := slices.Concat(faultCases(), intelRdtFaults, netDeviceFaults, platformFaults)
	for _, c := range hostFaults(t) {
		all = append(all, c.faultCase)
	}
	return all
}
