package specconv

import (
	"strings"
	"testing"
)

// bound is a bind mount with options and more fields.
func bound(options, more string) string {
	return mountList(`{"destination": "/a", "source": "/a", "options": ["bind"` + options + `]` + more + `}`)
}

var idmapFaults = []faultCase{
	{bound(`, "idmap"`, ""), []string{
		`/mounts/7/options: an id mapping needs uidMappings and gidMappings, or a user namespace from which to take them`,
	}},
	{bound(`, "ridmap"`, `, "uidMappings": [`+ids+`]`), []string{`/mounts/7/gidMappings: must be set along with uidMappings`}},
	{bound("", `, "gidMappings": [`+ids+`]`), []string{`/mounts/7/uidMappings: must be set along with gidMappings`}},
	{bound("", `, "uidMappings": [{"containerID": 0, "hostID": 1, "size": 0}], "gidMappings": [`+ids+`, `+ids+`]`), []string{
		`/mounts/7/uidMappings/0/size: must not be 0`, `/mounts/7/gidMappings/1: overlaps with entry 0`,
	}},
	{bound("", `, "uidMappings": [{"containerID": 4294967290, "size": 6}, {"hostID": 4294967290, "size": 6}], "gidMappings": [{"containerID": 4294967290, "size": 6}, {"hostID": 4294967290, "size": 6}, {"containerID": 9, "hostID": 9, "size": 0}]`), []string{
		`/mounts/7/uidMappings/0/containerID: with size goes beyond the largest id, 4294967294`,
		`/mounts/7/uidMappings/1/hostID: with size goes beyond the largest id, 4294967294`,
		`/mounts/7/gidMappings/0/containerID: with size goes beyond the largest id, 4294967294`,
		`/mounts/7/gidMappings/1/hostID: with size goes beyond the largest id, 4294967294`, `/mounts/7/gidMappings/2/size: must not be 0`,
	}},
	{bound("", `, "uidMappings": [`+ids+`], "gidMappings": [`+strings.Repeat(ids+",", 340)+ids+`]`), []string{
		`/mounts/7/gidMappings: has 341 entries, more than the 340 that the kernel takes`,
	}},
	{mountList(`{"destination": "/a", "options": ["remount"], ` + mappings + `}`), []string{`/mounts/7/options: a remount cannot change an id mapping`}},
	{mountList(`{"destination": "/proc", "type": "proc", ` + mappings + `}, {"destination": "/c", "type": "cgroup2", ` + mappings + `}, {"destination": "/proc", "source": "/proc", "options": ["rbind"], ` + mappings + `}`), []string{
		`/mounts/7/options: a file system of processes or cgroups does not support idmapped mounts`,
		`/mounts/8/options: a file system of processes or cgroups does not support idmapped mounts`,
		`/mounts/9/options: a file system of processes or cgroups does not support idmapped mounts`,
	}},
	{mountList(`{"destination": "/a", "type": "ext4", "source": "/dev/sdb", "options": ["iversion"], ` + mappings + `}`), []string{
		`/mounts/7/options: an id mapping does not go together with options that only mount(2) takes`,
	}},
}

// Only root of the user namespace that a file system belongs to may map it.
func TestIDMapByAUser(t *testing.T) {
	c := faultCase{`{"mounts+": [{"destination": "/a", "source": "/a", "options": ["bind", "idmap"]}], "linux": {` + userNamespace + `, ` + mappings + `}}`, []string{
		`/mounts/7/options: an id mapping takes root: the file system is that of another user namespace`,
	}}
	refuses(t, c, hosts(t)["user"])
	refuses(t, c, pinned(t, `{"userNamespace": true, "foreignMounts": true}`))
}
