package specconv

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

// mountList, namespaceList and the like make the patches of this file short.
func mountList(entries string) string { return `{"mounts+": [` + entries + `]}` }
func linux(fields string) string      { return `{"linux": {` + fields + `}}` }
func process(fields string) string    { return `{"process": {` + fields + `}}` }
func resourcesOf(fields string) string {
	return linux(`"resources": {` + fields + `}`)
}

const (
	userNamespace = `"namespaces+": [{"type": "user"}]`
	ids           = `{"containerID": 0, "hostID": 100000, "size": 1000}`
	ownIDs        = `"uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]`
	mappings      = `"uidMappings": [` + ids + `], "gidMappings": [` + ids + `]`
)

// faultCase is a config that is wrong, and everything that is said about it.
type faultCase struct {
	config string
	want   []string
}

var timeFaults = []faultCase{
	{linux(`"timeOffsets": {"boottime": {"secs": 1}}`), []string{`/linux/timeOffsets: needs a new time namespace: one that has processes keeps the offsets it has`}},
	{linux(`"namespaces+": [{"type": "time", "path": "/run/ns"}], "timeOffsets": {"boottime": {"secs": 1}}`), []string{`/linux/timeOffsets: needs a new time namespace: one that has processes keeps the offsets it has`}},
	{linux(`"namespaces+": [{"type": "time"}], "timeOffsets": {"boottime": {"nanosecs": 1000000000}, "realtime": {"secs": 1}}`), []string{
		`/linux/timeOffsets/boottime/nanosecs: must be less than 1000000000`, `/linux/timeOffsets/realtime: unknown clock: a time namespace has boottime and monotonic`,
	}},
}

var versionFaults = []faultCase{
	{`{"ociVersion": ""}`, []string{`/ociVersion: must be set`}},
	{`{"ociVersion": "1"}`, []string{`/ociVersion: "1" is no version like 1.3.0`}},
	{`{"ociVersion": "1.0"}`, []string{`/ociVersion: "1.0" is no version like 1.3.0`}},
	{`{"ociVersion": "1.a.0"}`, []string{`/ociVersion: "1.a.0" is no version like 1.3.0`}},
	{`{"ociVersion": "1..0"}`, []string{`/ociVersion: "1..0" is no version like 1.3.0`}},
	{`{"ociVersion": "v1.0.0"}`, []string{`/ociVersion: "v1.0.0" is no version like 1.3.0`}},
	{`{"ociVersion": "0.9.0"}`, []string{`/ociVersion: version "0.9.0" is not one that tare knows: it must be 1.x.y`}},
	{`{"ociVersion": "2.0.0"}`, []string{`/ociVersion: version "2.0.0" is not one that tare knows: it must be 1.x.y`}},
	{`{"ociVersion": "10.0.0-rc1"}`, []string{`/ociVersion: version "10.0.0-rc1" is not one that tare knows: it must be 1.x.y`}},
}

var rootFaults = []faultCase{
	{`{"root": null}`, []string{`/root: must be set`}},
	{`{"root": {"path": ""}}`, []string{`/root/path: must be set`}},
	{`{"root": {"path": "a\u0000b"}}`, []string{`/root/path: has a NUL in it`}},
	{linux(`"rootfsPropagation": "rsharde"`), []string{`/linux/rootfsPropagation: unknown propagation "rsharde"`}},
	{`{"hostname": "` + strings.Repeat("h", 65) + `"}`, []string{`/hostname: is longer than the 64 bytes that the kernel takes`}},
	{`{"domainname": "a\u0000"}`, []string{`/domainname: has a NUL in it`}},
	{`{"domainname": "d", "linux": {"namespaces": [{"type": "mount"}]}}`, []string{
		`/hostname: needs a uts namespace, or it would be set on the host`,
		`/domainname: needs a uts namespace, or it would be set on the host`,
	}},
}

var mountFaults = []faultCase{
	{mountList(`{"destination": "", "type": "tmpfs"}`), []string{`/mounts/7/destination: must be set`}},
	{mountList(`{"destination": "/a/..", "type": "tmpfs"}`), []string{`/mounts/7/destination: a mount cannot replace the root: set /root/path`}},
	{mountList(`{"destination": "/a\u0000", "type": "tmpfs"}`), []string{`/mounts/7: has a NUL in one of its strings`}},
	{mountList(`{"destination": "/a", "type": "tmpfs", "options": ["ro", "size=1\u0000"]}`), []string{`/mounts/7/options/1: has a NUL in it`}},
	{mountList(`{"destination": "/a", "type": "ramfs", "options": ["tmpcopyup"]}, {"destination": "/b", "type": "tmpfs", "source": "/b", "options": ["bind", "tmpcopyup"]}, {"destination": "/c", "type": "tmpfs", "options": ["remount", "tmpcopyup"]}`), []string{
		`/mounts/7/options: tmpcopyup is for a new tmpfs`, `/mounts/8/options: tmpcopyup is for a new tmpfs`, `/mounts/9/options: tmpcopyup is for a new tmpfs`,
	}},
	{mountList(`{"destination": "/a", "type": "tmpfs", "options": ["tmpcopyup", "silent"]}`), []string{
		`/mounts/7/options: tmpcopyup does not go together with options that only mount(2) takes`,
	}},
	{mountList(`{"destination": "/a"}`), []string{`/mounts/7/type: must be set for a mount that is no bind mount`}},
	{mountList(`{"destination": "/a", "options": ["bind"]}`), []string{`/mounts/7/source: must be set for a bind mount`}},
	{mountList(`{"destination": "/a", "options": ["remount", "size=1"]}`), []string{
		`/mounts/7/options: a remount can change attributes of the mount, not options of its file system`,
	}},
	{mountList(`{"destination": "/a", "options": ["remount", "sync"]}`), []string{
		`/mounts/7/options: a remount can change attributes of the mount, not options of its file system`,
	}},
	{mountList(`{"destination": "/a", "type": "tmpfs", "options": ["src-nofollow"]}, {"destination": "/b", "type": "tmpfs", "options": ["copy-symlink"]}`), []string{
		`/mounts/7/options: src-nofollow and copy-symlink are for bind mounts`, `/mounts/8/options: src-nofollow and copy-symlink are for bind mounts`,
	}},
	{mountList(`{"destination": "/proc", "type": "tmpfs"}`), []string{`/mounts/7/type: only a procfs may be mounted on /proc`}},
	{mountList(`{"destination": "/proc/self/attr", "source": "/a", "options": ["bind"]}`), []string{
		`/mounts/7/destination: /proc/self/attr is inside of /proc, where only certain files may be mounted over`,
	}},
	{mountList(`{"destination": "/sys/../proc/1", "source": "/a", "options": ["bind"]}`), []string{
		`/mounts/7/destination: /proc/1 is inside of /proc, where only certain files may be mounted over`,
	}},
	{mountList(`{"destination": "/a", "type": "ext4", "source": "/dev/sdb", "options": ["iversion", "shared"]}`), []string{
		`/mounts/7/options: a propagation does not go together with options that only mount(2) takes`,
	}},
	{mountList(`{"destination": "/a", "type": "overlay", "options": ["lowerdir=` + strings.Repeat("x", 4096) + `"]}`), []string{
		`/mounts/7/options: are together longer than the 4095 bytes that mount(2) takes`,
	}},
	{mountList(`{"destination": "/a", "type": "cgroup2", "options": ["silent"]}`), []string{`/mounts/7/options: no file system of cgroups has such options`}},
}

var namespaceFaults = []faultCase{
	{linux(`"namespaces+": [{"type": "ufo"}]`), []string{`/linux/namespaces/6/type: unknown namespace "ufo"`}},
	{linux(`"namespaces+": [{"type": "pid", "path": "/a"}]`), []string{`/linux/namespaces/6: the pid namespace is there twice`}},
	{linux(`"namespaces+": [{"type": "time", "path": "proc/1/ns/time"}]`), []string{`/linux/namespaces/6/path: must be absolute, not "proc/1/ns/time"`}},
	{linux(`"namespaces+": [{"type": "time", "path": "/a\u0000"}]`), []string{`/linux/namespaces/6/path: has a NUL in it`}},
	{linux(`"namespaces": [{"type": "uts"}, {"type": "pid"}, {"type": "ipc"}, {"type": "network"}, {"type": "user"}], ` + mappings), []string{
		`/linux/namespaces: a mount namespace must be among them: only root can make a container's mounts in that of the host`,
	}},
	{`{"hostname": null, "linux": null, "root": {"path": "/./"}}`, []string{
		`/root/path: must not be the host's root where the mount namespace is the host's`,
	}},
	{linux(mappings), []string{`/linux/uidMappings: needs a user namespace`, `/linux/gidMappings: needs a user namespace`}},
	{linux(userNamespace), []string{
		`/linux/uidMappings: must be set for a new user namespace`, `/linux/gidMappings: must be set for a new user namespace`,
	}},
	{linux(userNamespace + `, "uidMappings": [` + strings.Repeat(ids+",", 340) + ids + `], "gidMappings": [` + ids + `]`), []string{
		`/linux/uidMappings: has 341 entries, more than the 340 that the kernel takes`,
	}},
	{linux(userNamespace + `, "uidMappings": [{"containerID": 0, "hostID": 1, "size": 0}], "gidMappings": [` + ids + `]`), []string{
		`/linux/uidMappings/0/size: must not be 0`, `/process/user/uid: 0 is not mapped in /linux/uidMappings`,
	}},
	{linux(userNamespace + `, "uidMappings": [` + ids + `], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 0}]`), []string{
		`/mounts/2/options/5: gid=5: the id is not mapped in /linux/gidMappings`, `/linux/gidMappings/0/size: must not be 0`, `/process/user/gid: 0 is not mapped in /linux/gidMappings`,
	}},
	{linux(userNamespace + `, "uidMappings": [` + ids + `, {"containerID": 4294967290, "hostID": 1, "size": 6}], "gidMappings": [` + ids + `, {"containerID": 4294967290, "hostID": 1, "size": 6}]`), []string{
		`/linux/uidMappings/1/containerID: with size goes beyond the largest id, 4294967294`,
		`/linux/gidMappings/1/containerID: with size goes beyond the largest id, 4294967294`,
	}},
	{linux(userNamespace + `, "uidMappings": [` + ids + `, {"containerID": 1000, "hostID": 4294967290, "size": 6}], "gidMappings": [` + ids + `]`), []string{
		`/linux/uidMappings/1/hostID: with size goes beyond the largest id, 4294967294`,
	}},
	{linux(userNamespace + `, "gidMappings": [{"containerID": 0, "hostID": 4294967290, "size": 6}], "uidMappings": [` + ids + `]`), []string{
		`/linux/gidMappings/0/hostID: with size goes beyond the largest id, 4294967294`,
	}},
	{linux(userNamespace + `, "uidMappings": [` + ids + `, {"containerID": 999, "hostID": 1, "size": 1}], "gidMappings": [` + ids + `, {"containerID": 1000, "hostID": 100999, "size": 1}]`), []string{
		`/linux/uidMappings/1: overlaps with entry 0`, `/linux/gidMappings/1: overlaps with entry 0`,
	}},
}

var deviceFaults = []faultCase{
	{linux(`"devices": [{"path": "dev/a", "type": "p"}, {"path": "/a/..", "type": "p"}, {"path": "/a\u0000", "type": "p"}]`), []string{
		`/linux/devices/0/path: must be an absolute path of a file`, `/linux/devices/1/path: must be an absolute path of a file`,
		`/linux/devices/2/path: has a NUL in it`,
	}},
	{linux(`"devices": [{"path": "/a", "type": "x", "major": -1, "minor": 1048576}, {"path": "/b", "type": "b", "major": 4096, "minor": -1}]`), []string{
		`/linux/devices/0/type: must be one of c, u, b and p, not "x"`, `/linux/devices/0/major: must be 0 to 4095, not -1`,
		`/linux/devices/0/minor: must be 0 to 1048575, not 1048576`, `/linux/devices/1/major: must be 0 to 4095, not 4096`,
		`/linux/devices/1/minor: must be 0 to 1048575, not -1`,
	}},
	{linux(`"devices": [{"path": "/a", "type": "p", "uid": 4294967295}, {"path": "/b", "type": "c", "gid": 4294967295}]`), []string{
		`/linux/devices/0/uid: 4294967295 is no id`, `/linux/devices/1/gid: 4294967295 is no id`,
	}},
	{linux(`"maskedPaths": ["/a", "b"], "readonlyPaths": ["", "/c\u0000"]`), []string{
		`/linux/maskedPaths/1: must be an absolute path, not "b"`,
		`/linux/readonlyPaths/0: must be an absolute path, not ""`, `/linux/readonlyPaths/1: has a NUL in it`,
	}},
}

var sysctlFaults = []faultCase{
	{linux(`"sysctl": {"vm.swappiness": "1", "kernel.pid_max": "1", "net": "1", "fs.file-max": "1"}`), []string{
		`/linux/sysctl/fs.file-max: belongs to no namespace: it would be set on the host`,
		`/linux/sysctl/kernel.pid_max: belongs to no namespace: it would be set on the host`,
		`/linux/sysctl/net: belongs to no namespace: it would be set on the host`,
		`/linux/sysctl/vm.swappiness: belongs to no namespace: it would be set on the host`,
	}},
	{linux(`"sysctl": {"net/../kernel/pid_max": "1", "": "1", "/net/a": "1", "net..a": "1", "net.a\u0000": "1", "net.b": "\u0000"}`), []string{
		`/linux/sysctl/: is not the name of a sysctl`, `/linux/sysctl/~1net~1a: is not the name of a sysctl`,
		`/linux/sysctl/net..a: is not the name of a sysctl`, "/linux/sysctl/net.a\x00: is not the name of a sysctl",
		`/linux/sysctl/net.b: has a NUL in it`, `/linux/sysctl/net~1..~1kernel~1pid_max: is not the name of a sysctl`,
	}},
	{`{"hostname": null, "linux": {"namespaces": [{"type": "mount"}], "sysctl": {"net.a": "1", "kernel.sem": "1", "fs.mqueue.a": "1", "kernel.hostname": "a", "user.a": "1"}}}`, []string{
		`/linux/sysctl/fs.mqueue.a: needs a ipc namespace, or it would be set on the host`,
		`/linux/sysctl/kernel.hostname: needs a uts namespace, or it would be set on the host`,
		`/linux/sysctl/kernel.sem: needs a ipc namespace, or it would be set on the host`,
		`/linux/sysctl/net.a: needs a network namespace, or it would be set on the host`,
		`/linux/sysctl/user.a: needs a user namespace, or it would be set on the host`,
	}},
	{`{"domainname": "a", "linux": {"sysctl": {"kernel.hostname": "a", "kernel.domainname": "b"}}}`, []string{
		`/linux/sysctl/kernel.domainname: contradicts /domainname`, `/linux/sysctl/kernel.hostname: contradicts /hostname`,
	}},
}

var processFaults = []faultCase{
	{`{"process": null}`, []string{`/process: must be set`}},
	{process(`"args": null`), []string{`/process/args: must name a program`}},
	{process(`"args": ["", "a\u0000"]`), []string{`/process/args/0: must not be empty`, `/process/args/1: has a NUL in it`}},
	{process(`"env": ["A=", "B", "=C", "", "D=\u0000"]`), []string{
		`/process/env/1: must be NAME=VALUE, not "B"`, `/process/env/2: must be NAME=VALUE, not "=C"`,
		`/process/env/3: must be NAME=VALUE, not ""`, `/process/env/4: has a NUL in it`,
	}},
	{process(`"cwd": ""`), []string{`/process/cwd: must be an absolute path, not ""`}},
	{process(`"cwd": "/a\u0000"`), []string{`/process/cwd: has a NUL in it`}},
	{process(`"commandLine": "sh"`), []string{`/process/commandLine: is for Windows: set args`}},
	{process(`"user": {"username": "root"}`), []string{`/process/user/username: is for Windows: set uid and gid`}},
	{process(`"user": {"umask": 512}`), []string{`/process/user/umask: must be at most 0777 (511)`}},
	{process(`"user": {"uid": 4294967295, "gid": 4294967295}`), []string{`/process/user/uid: 4294967295 is no id`, `/process/user/gid: 4294967295 is no id`}},
	{process(`"user": {"additionalGids": [1, 4294967295]}`), []string{`/process/user/additionalGids/1: 4294967295 is no id`}},
	{process(`"user": {"additionalGids": [0` + strings.Repeat(",0", 65536) + `]}`), []string{
		`/process/user/additionalGids: has 65537 entries, more than the 65536 that the kernel takes`,
	}},
	{`{"process": {"user": {"uid": 1000, "gid": 1001, "additionalGids": [5, 1002]}}, "linux": {` + userNamespace + `, ` + mappings + `}}`, []string{
		`/process/user/uid: 1000 is not mapped in /linux/uidMappings`, `/process/user/gid: 1001 is not mapped in /linux/gidMappings`,
		`/process/user/additionalGids/1: 1002 is not mapped in /linux/gidMappings`,
	}},
	{process(`"rlimits": [{"type": "NOFILE", "soft": 1, "hard": 1}, {"type": "RLIMIT_CPU", "soft": 2, "hard": 1}, {"type": "RLIMIT_CPU", "soft": 1, "hard": 1}]`), []string{
		`/process/rlimits/0/type: unknown resource limit "NOFILE"`, `/process/rlimits/1/soft: must not be greater than hard`,
		`/process/rlimits/2/type: RLIMIT_CPU is there twice`,
	}},
	{process(`"oomScoreAdj": 1001`), []string{`/process/oomScoreAdj: must be between -1000 and 1000, not 1001`}},
	{process(`"oomScoreAdj": -1001`), []string{`/process/oomScoreAdj: must be between -1000 and 1000, not -1001`}},
	{process(`"consoleSize": {"height": 65536, "width": 65536}`), []string{
		`/process/consoleSize/height: must be at most 65535`, `/process/consoleSize/width: must be at most 65535`,
	}},
}

var cgroupFaults = []faultCase{
	{linux(`"cgroupsPath": "/a\u0000"`), []string{`/linux/cgroupsPath: has a NUL in it`}},
	{linux(`"cgroupsPath": "/a/../../b"`), []string{`/linux/cgroupsPath: cannot use "/a/../../b": ".." would leave the place it counts from`}},
	{linux(`"cgroupsPath": "/"`), []string{`/linux/cgroupsPath: cannot use "/": it names no cgroup below the place it counts from`}},
	{resourcesOf(`"memory": {"limit": -2, "swappiness": 5}, "pids": {"limit": -2}`), []string{
		`/linux/resources/memory/limit: cannot set memory.max to -2: it must be positive, or -1 for unlimited`,
		`/linux/resources/memory/swappiness: cannot be set: cgroup v2 has no swappiness of a cgroup; use memory/swap or the sysctl vm.swappiness`,
		`/linux/resources/pids/limit: cannot set pids.max to -2: it must not be negative, or -1 for unlimited`,
	}},
	{resourcesOf(`"devices": [{"allow": true, "type": "x", "access": "r"}, {"allow": true, "access": "q"}, {"allow": true, "access": "r", "major": 4096}, {"minor": -2, "access": "r"}]`), []string{
		`/linux/resources/devices/0/type: cannot use this device rule: type "x" is none of "a", "b", "c"`,
		`/linux/resources/devices/1/access: cannot use this device rule: access "q" is not made of "r", "w", "m"`,
		`/linux/resources/devices/2/major: cannot use this device rule: major number 4096 is not between 0 and 4095, nor -1 for all`,
		`/linux/resources/devices/3/minor: cannot use this device rule: minor number -2 is not between 0 and 1048575, nor -1 for all`,
	}},
}

// faultCases are those that are faults on every host.
func faultCases() []faultCase {
	return slices.Concat(
		versionFaults, rootFaults, mountFaults, namespaceFaults, deviceFaults, sysctlFaults, processFaults, cgroupFaults,
		timeFaults, schedulingFaults, memoryPolicyFaults, labelFaults, idmapFaults, resourceFaults, seccompFaults, annotationFaults, throttleFaults(), hookFaults(),
	)
}

func TestFaults(t *testing.T) {
	for _, c := range faultCases() {
		refuses(t, c, pinned(t))
	}
}

// refuses says what Validate and Compile do about a config.
func refuses(t *testing.T, c faultCase, facts *Facts) {
	t.Helper()
	config := c.config
	if len(config) > 300 {
		config = config[:300] + "…"
	}
	_, err := Compile(patched(t, c.config), facts, defaultOptions())
	if err == nil {
		t.Errorf("%s is accepted", config)
		return
	}
	if got, want := list(t, err), strings.Join(c.want, "\n")+"\n"; got != want {
		t.Errorf("%s:\n%swant\n%s", config, got, want)
	}
}

func TestFaultsAreToldUntilItIsEnough(t *testing.T) {
	spec := patched(t, `{}`)
	for range 1000 {
		spec.Process.Env = append(spec.Process.Env, "x")
	}
	_, err := Compile(spec, pinned(t), defaultOptions())
	if err == nil {
		t.Fatal("it is accepted")
	}
	text := err.Error()
	told := strings.Count(text, "must be NAME=VALUE")
	if want := "; and " + strconv.Itoa(1000-told) + " more"; told < 20 || len(text) > 4096 || !strings.HasSuffix(text, want) {
		t.Errorf("%d of them are told in %d bytes: …%s", told, len(text), text[len(text)-60:])
	}
}

func TestMoreMountsThanSlots(t *testing.T) {
	spec := patched(t, `{}`)
	for range plan.MaxSlots {
		spec.Mounts = append(spec.Mounts, specs.Mount{Destination: "/x", Source: "/", Options: []string{"bind"}})
	}
	if _, err := Compile(spec, pinned(t), defaultOptions()); err == nil || !strings.HasPrefix(err.Error(), "/mounts: has more entries") {
		t.Errorf("got %v", err)
	}
}

// The specification wants what is unknown to be handed to mount(2), which reads
// no such options for a bind mount (MS_BIND in its manual page).
func TestMountWarnings(t *testing.T) {
	spec := patched(t, mountList(`{"destination": "/a", "source": "/a", "options": ["rbind", "ro", "mode=755", "fast"]},
		{"destination": "/b", "type": "tmpfs", "options": ["mode=755"]},
		{"destination": "/c", "type": "bind", "source": "/c", "options": ["nodev", "", "size=1k"]}`))
	want := "/mounts/7/options/2: \"mode=755\" is left out: a bind mount has no options of a file system\n" +
		"/mounts/7/options/3: \"fast\" is left out: a bind mount has no options of a file system\n" +
		"/mounts/9/options/2: \"size=1k\" is left out: a bind mount has no options of a file system\n"
	if got := list(t, &Faults{MountWarnings(spec)}); got != want {
		t.Errorf("%s\nand not\n%s", got, want)
	}
	if _, err := Compile(spec, pinned(t), defaultOptions()); err != nil {
		t.Error(err)
	}
	if w := MountWarnings(patched(t, "{}")); w != nil {
		t.Error(w)
	}
}

// Who can do without the limits is told about each that is left out.
func TestWarningsAboutLimits(t *testing.T) {
	spec := patched(t, linux(userNamespace+`, `+mappings+`, "resources": {"pids": {"limit": 5}, "devices": [{"allow": false, "access": "rwm"}]}`))
	facts := pinned(t, `{"effectiveUID": 1000, "effectiveGID": 1000, "undelegated": ["/sys/fs/cgroup"], "ignoreLimits": true}`)
	got := list(t, &Faults{Warnings(spec, spec.Process, facts)})
	if want := "/linux/resources/pids/limit: is not limited: no cgroup was given to this user (delegation)\n"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if text := compiled(t, spec, facts, defaultOptions()); strings.Contains(text, "cgroup /") || strings.Contains(text, "pids.max") {
		t.Error(text)
	}
}

// The specification wants a warning about a capability that cannot be had, and
// no failure.
func TestWarnings(t *testing.T) {
	config := process(`"capabilities": {"bounding": ["CAP_KILL", "CAP_NEW"], "effective": ["cap_kill", "CAP_CHOWN"], "permitted": ["CAP_KILL", "CAP_SYS_RESOURCE"],
		"inheritable": ["CAP_"], "ambient": ["CAP_KILL"]}`)
	facts := pinned(t, `{"capabilities": 255}`)
	spec := patched(t, config)
	got := list(t, &Faults{Warnings(spec, spec.Process, facts)})
	want := `/process/capabilities/bounding/1: unknown capability "CAP_NEW" is left out
/process/capabilities/effective/1: CAP_CHOWN cannot be granted and is left out
/process/capabilities/inheritable/0: unknown capability "CAP_" is left out
/process/capabilities/permitted/1: CAP_SYS_RESOURCE cannot be granted and is left out
/process/capabilities/ambient/0: CAP_KILL cannot be granted and is left out
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for _, process := range []*specs.Process{nil, {}} {
		if w := Warnings(spec, process, facts); w != nil {
			t.Error(w)
		}
	}
	if _, err := Compile(spec, facts, defaultOptions()); err != nil {
		t.Error(err)
	}
}
