package libcontainer

import (
	"path"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/wholefile"
	"github.com/tare-oci/tare/specconv"
)

// InUserNamespace says whether tare runs in a user namespace that is not the
// first one, whose map is the only one that has all ids (user_namespaces(7)).
func InUserNamespace() bool {
	text, err := wholefile.Read("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(string(text)), " ") != "0 0 4294967295"
}

// foreignMounts says whether the mount namespace is owned by another user
// namespace than tare's own (ioctl_ns(2), NS_GET_USERNS).
func foreignMounts() bool {
	mounts, err := unix.Open("/proc/thread-self/ns/mnt", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return true
	}
	defer unix.Close(mounts)
	owner, err := unix.IoctlRetInt(mounts, unix.NS_GET_USERNS)
	if err != nil {
		return true // EPERM: it is one above
	}
	defer unix.Close(owner)
	var theirs, own unix.Stat_t
	if unix.Fstat(owner, &theirs) != nil || unix.Stat("/proc/thread-self/ns/user", &own) != nil {
		return true
	}
	return theirs.Ino != own.Ino
}

// denied says whether a process's user namespace has given up setgroups(2).
// Without an answer, it counts as allowed: the call then says that it is not.
func denied(process string) bool {
	text, err := wholefile.Read("/proc/" + process + "/setgroups")
	return err == nil && strings.TrimSpace(string(text)) == "deny"
}

// setgroupsDenied finds out whether the process of a new container can have
// supplementary groups.
func setgroupsDenied(spec *specs.Spec, facts *specconv.Facts) bool {
	if joined, _ := userNamespace(spec); joined != "" {
		// A namespace file does not tell. A process in it does, and how an
		// engine names one is by a process.
		if process, ok := processOf(joined); ok {
			return denied(process)
		}
		return facts.EffectiveUID != 0 && len(spec.Linux.GIDMappings) < 2
	}
	return facts.UserNamespace && denied("self")
}

// userNamespace is the path of the user namespace that the config joins, "" for a
// new one; there is false if it has none.
func userNamespace(spec *specs.Spec) (joined string, there bool) {
	if spec.Linux == nil {
		return "", false
	}
	for i := range spec.Linux.Namespaces {
		if ns := &spec.Linux.Namespaces[i]; ns.Type == specs.UserNamespace {
			return ns.Path, true
		}
	}
	return "", false
}

// processOf takes the process out of a path like /proc/PID/ns/user.
func processOf(file string) (string, bool) {
	rest, ok := strings.CutPrefix(path.Clean(file), "/proc/")
	if !ok {
		return "", false
	}
	process, ok := strings.CutSuffix(rest, "/ns/user")
	_, err := strconv.Atoi(process)
	return process, ok && err == nil
}
