package specconv

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

var platformFaults = []faultCase{
	{`{"solaris": {"milestone": "a"}}`, []string{`/solaris: ` + unsupportedText}},
	{`{"windows": {"layerFolders": ["a"]}}`, []string{`/windows: ` + unsupportedText}},
	{`{"vm": {"kernel": {"path": "/a"}}}`, []string{`/vm: ` + unsupportedText}},
	{`{"zos": {}}`, []string{`/zos: ` + unsupportedText}},
	{`{"freebsd": {}}`, []string{`/freebsd: ` + unsupportedText}},
}

// Nothing of a config is ignored in silence: what tare does not do, it refuses
// by the field's name.
func TestUnsupportedFields(t *testing.T) {
	for _, c := range platformFaults {
		refuses(t, c, pinned(t))
	}
}

// An empty value asks for nothing, and engines write many.
func TestEmptyFieldsAreNotRefused(t *testing.T) {
	for _, config := range []string{
		`{"hooks": {}}`,
		`{"hooks": {"prestart": [], "poststop": []}}`,
		linux(`"netDevices": {}, "timeOffsets": {}, "mountLabel": "", "sysctl": {}, "devices": []`),
		process(`"apparmorProfile": "", "selinuxLabel": "", "user": {"additionalGids": []}, "rlimits": []`),
		resourcesOf(`"memory": {}, "cpu": {}, "blockIO": {}, "network": {}, "pids": {}, "unified": {}, "rdma": {}, "hugepageLimits": []`),
	} {
		compiled(t, patched(t, config), pinned(t), defaultOptions())
	}
}

// The largest that the kernel takes is taken.
func TestBoundsAreTaken(t *testing.T) {
	maps := make([]string, maxMappings)
	for i := range maps {
		// Each begins where the one before ends.
		maps[i] = fmt.Sprintf(`{"containerID": %d, "hostID": %d, "size": 10}`, i*10, 4294967294-10-i*10)
	}
	list := strings.Join(maps, ",")
	for _, config := range []string{
		`{"hostname": "` + strings.Repeat("h", 64) + `"}`,
		process(`"oomScoreAdj": 1000, "consoleSize": {"height": 65535, "width": 65535}`),
		process(`"oomScoreAdj": -1000, "user": {"uid": 4294967294, "gid": 4294967294, "umask": 511}`),
		process(`"user": {"additionalGids": [0` + strings.Repeat(",0", 65535) + `]}`),
		process(`"rlimits": [{"type": "RLIMIT_CPU", "soft": 1, "hard": 1}]`),
		linux(userNamespace + `, "uidMappings": [` + list + `], "gidMappings": [` + list + `]`),
		linux(`"devices": [{"path": "/a", "type": "b", "major": 4095, "minor": 1048575}, {"path": "/b", "type": "c", "major": 0, "minor": 0}]`),
		mountList(`{"destination": "/a", "type": "overlay", "options": ["lowerdir=` + strings.Repeat("x", 4095-len("lowerdir=")) + `"]}`),
		mountList(`{"destination": "/process", "type": "tmpfs"}`),
		mountList(`{"destination": "/proc/sys", "options": ["remount", "ro"]}`),
	} {
		compiled(t, patched(t, config), pinned(t), defaultOptions())
	}
}

// known are the fields of the specification that tare acts on, refuses or,
// where the text says so, may ignore. A new version of the specification brings
// fields that somebody has to decide about.
var known = map[reflect.Type]string{
	reflect.TypeFor[specs.Spec]():           "Version Process Root Hostname Domainname Mounts Hooks Annotations Linux Solaris Windows VM ZOS FreeBSD",
	reflect.TypeFor[specs.Process]():        "Terminal ConsoleSize User Args CommandLine Env Cwd Capabilities Rlimits NoNewPrivileges ApparmorProfile OOMScoreAdj Scheduler SelinuxLabel IOPriority ExecCPUAffinity",
	reflect.TypeFor[specs.User]():           "UID GID Umask AdditionalGids Username",
	reflect.TypeFor[specs.Root]():           "Path Readonly",
	reflect.TypeFor[specs.Mount]():          "Destination Type Source Options UIDMappings GIDMappings",
	reflect.TypeFor[specs.Hooks]():          "Prestart CreateRuntime CreateContainer StartContainer Poststart Poststop",
	reflect.TypeFor[specs.Linux]():          "UIDMappings GIDMappings Sysctl Resources CgroupsPath Namespaces Devices NetDevices Seccomp RootfsPropagation MaskedPaths ReadonlyPaths MountLabel IntelRdt MemoryPolicy Personality TimeOffsets",
	reflect.TypeFor[specs.LinuxNamespace](): "Type Path",
	reflect.TypeFor[specs.LinuxDevice]():    "Path Type Major Minor FileMode UID GID",
	reflect.TypeFor[specs.LinuxResources](): "Devices Memory CPU Pids BlockIO HugepageLimits Network Rdma Unified",
	reflect.TypeFor[specs.LinuxMemory]():    "Limit Reservation Swap Kernel KernelTCP Swappiness DisableOOMKiller UseHierarchy CheckBeforeUpdate",
	reflect.TypeFor[specs.LinuxCPU]():       "Shares Quota Burst Period RealtimeRuntime RealtimePeriod Cpus Mems Idle",
	reflect.TypeFor[specs.LinuxIntelRdt]():  "ClosID Schemata L3CacheSchema MemBwSchema EnableMonitoring",
	reflect.TypeFor[specs.LinuxSeccomp]():   "DefaultAction DefaultErrnoRet Architectures Flags ListenerPath ListenerMetadata Syscalls",
}

func TestEveryFieldOfTheSpecificationIsKnown(t *testing.T) {
	for typ, names := range known {
		list := strings.Fields(names)
		for i := range typ.NumField() {
			if field := typ.Field(i).Name; !contains(list, field) {
				t.Errorf("%s has the field %s, which nobody has decided about", typ, field)
			}
		}
		if typ.NumField() < len(list) {
			t.Errorf("%s has not all of %s", typ, names)
		}
	}
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}
