package specconv

import (
	"path"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/resctrl"
)

// Facts is what a plan depends on beside the config: what the host has and
// what tare may do there. Kept in a file, it makes one machine print the plan of
// another.
type Facts struct {
	// Cgroups is the host's cgroup layout, as cgroups.Probe finds it.
	Cgroups cgroups.Layout `json:"cgroups"`
	// Systemd is the service manager that makes the container's cgroup, nil where
	// tare does.
	Systemd *cgroups.Manager `json:"systemd,omitempty"`
	// EffectiveUID and EffectiveGID are tare's own.
	EffectiveUID int `json:"effectiveUID"`
	EffectiveGID int `json:"effectiveGID"`
	// Capabilities is tare's bounding set, bit n for capability n
	// (capabilities(7)): no process of its making can have more.
	Capabilities uint64 `json:"capabilities"`
	// UserNamespace says that tare itself runs in a user namespace that is not
	// the first one, where device nodes cannot be made (mknod(2)).
	UserNamespace bool `json:"userNamespace,omitempty"`
	// AppArmor and SELinux say which of them the host runs. They are asked for
	// only where a config has labels.
	AppArmor bool `json:"appArmor,omitempty"`
	SELinux  bool `json:"selinux,omitempty"`
	// Resctrl is what the host has of resctrl, nil for nothing. It is asked for only
	// where a config has intelRdt.
	Resctrl *resctrl.Host `json:"resctrl,omitempty"`
	// ForeignMounts says that tare's mount namespace belongs to a user namespace
	// in which it has no privileges: it cannot clone mounts (open_tree(2)).
	ForeignMounts bool `json:"foreignMounts,omitempty"`
	// SetgroupsDenied says that setgroups(2) has been given up in the user
	// namespace that the process will be in if that exists already, or else in
	// tare's, from which a new one inherits it (user_namespaces(7)).
	SetgroupsDenied bool `json:"setgroupsDenied,omitempty"`
	// Undelegated are the mount points of the cgroup hierarchies in which this
	// user may not make the container's cgroup, and does without.
	Undelegated []string `json:"undelegated,omitempty"`
	// NoCgroup says that these are all there are, since the caller wants no cgroup.
	NoCgroup bool `json:"noCgroup,omitempty"`
	// IgnoreLimits says that limits which need those are left out
	// (--rootless=true), where they are refused otherwise.
	IgnoreLimits bool `json:"ignoreLimits,omitempty"`
	// Links has the targets of those of CopiedLinks that are symbolic links.
	Links map[string]string `json:"links,omitempty"`
	// Home is the home directory of the process's user in the container's
	// passwd file, "" if there is none.
	Home string `json:"home,omitempty"`
}

// Options are the caller's choices for a container.
type Options struct {
	ID string
	// Bundle is the absolute path of the directory that config.json lies in.
	Bundle string
	// StateDir is the absolute path of the container's state directory.
	StateDir string
	// ConsoleSocket is where the terminal goes, "" for tare's own.
	ConsoleSocket string
	// PidfdSocket is where a pidfd of init goes, "" for nowhere.
	PidfdSocket string
	// ListenFDs is how many of the preserved descriptors, from 3 on, are sockets that
	// a service manager has opened for the program; ListenNames are their names, ""
	// for none (sd_listen_fds(3)).
	ListenFDs   int
	ListenNames string
	// Notify says that a service manager waits for the program to be ready (sd_notify(3)).
	Notify bool
	// Await makes init wait for start at StateDir/start.sock before the program.
	Await bool
	// NoPivot moves the root over / instead of pivot_root(2).
	NoPivot bool
	// NoNewKeyring leaves the program in the caller's session keyring.
	NoNewKeyring bool
}

// ExecOptions are the caller's choices for a process that joins a container.
type ExecOptions struct {
	// ID is the container's.
	ID string
	// Pid and Start are those of the container's init (see plan.OpenPidfd).
	Pid   int
	Start uint64
	// PidFile is where the new process's pid goes, "" for nowhere.
	PidFile       string
	ConsoleSocket string
	PidfdSocket   string
	// Below are the directories of cgroups below the container's in which the
	// process is to be, nil for the container's own.
	Below        []string
	NoNewKeyring bool
	// Restored says that CRIU made the container, in a time namespace.
	Restored bool
	// Detach says that tare does not stay with the process. It changes no step.
	Detach bool
}

// KeptConfig is the name of the container's config in the state directory.
const KeptConfig = "config.json"

// StartSocket is the name of the socket in the state directory at which a
// created container waits.
const StartSocket = "start.sock"

// RootPath is the absolute path of the root file system; a relative one counts
// from the bundle.
func RootPath(spec *specs.Spec, bundle string) string {
	if spec.Root == nil {
		return ""
	}
	return fromBundle(spec.Root.Path, bundle)
}

func fromBundle(p, bundle string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(bundle, p)
}

// CgroupPaths is where the container's cgroup lies in each hierarchy that it may
// be made in, nil where there is none.
func CgroupPaths(spec *specs.Spec, facts *Facts, id string) (cgroups.Paths, error) {
	if facts.Cgroups.Mode == cgroups.None {
		return nil, nil
	}
	if facts.Systemd != nil {
		return unitPaths(spec, facts, id)
	}
	at := ""
	if spec.Linux != nil {
		at = spec.Linux.CgroupsPath
	}
	paths, err := facts.Cgroups.Resolve(at, id)
	if err != nil || len(facts.Undelegated) == 0 {
		return paths, err
	}
	var delegated cgroups.Paths
	for _, p := range paths {
		if !slices.Contains(facts.Undelegated, p.Mountpoint) {
			delegated = append(delegated, p)
		}
	}
	return delegated, nil
}
