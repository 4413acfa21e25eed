package specconv

import (
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// ExampleRootless is Example for a user without privileges: a container that
// needs nothing of the host's administrator, neither ids in /etc/subuid nor a
// delegated cgroup nor a network.
func ExampleRootless(facts *Facts) *specs.Spec {
	spec := Example(facts)
	l := spec.Linux
	namespaces := []specs.LinuxNamespace{{Type: specs.UserNamespace}}
	for _, ns := range l.Namespaces {
		// A network of its own could reach nothing.
		if ns.Type != specs.NetworkNamespace {
			namespaces = append(namespaces, ns)
		}
	}
	l.Namespaces = namespaces
	l.UIDMappings = []specs.LinuxIDMapping{{ContainerID: 0, HostID: uint32(facts.EffectiveUID), Size: 1}}
	l.GIDMappings = []specs.LinuxIDMapping{{ContainerID: 0, HostID: uint32(facts.EffectiveGID), Size: 1}}
	l.Resources = nil
	for i := range spec.Mounts {
		m := &spec.Mounts[i]
		if m.Destination == "/sys" {
			// A sysfs shows a network namespace, and belongs to who owns that one.
			*m = specs.Mount{Destination: "/sys", Type: "none", Source: "/sys", Options: []string{"rbind", "nosuid", "noexec", "nodev", "rro"}}
			continue
		}
		var options []string
		for _, option := range m.Options {
			// The group of terminals has no id in the container.
			if !strings.HasPrefix(option, "gid=") && !strings.HasPrefix(option, "uid=") {
				options = append(options, option)
			}
		}
		m.Options = options
	}
	return spec
}
