package cli

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"
	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/internal/seccompspec"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

func featuresCommand() *cli.Command {
	return &cli.Command{
		Name: "features", Usage: "print what this tare can do, as JSON (runtime-spec, features.md)",
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			return printJSON(c.App.Writer, featureSet())
		},
	}
}

func featureSet() *features.Features {
	yes := true
	capabilities := make([]string, plan.Capabilities)
	for i := range capabilities {
		capabilities[i] = plan.CapabilityName(i)
	}
	return &features.Features{
		OCIVersionMin: "1.0.0",
		OCIVersionMax: specs.Version,
		Hooks:         specconv.Hooks(),
		MountOptions:  specconv.MountOptions(),
		// Who may not be trusted with a config must not set these.
		PotentiallyUnsafeConfigAnnotations: specconv.Annotations(),
		Linux: &features.Linux{
			Namespaces:   specconv.Namespaces(),
			Capabilities: capabilities,
			Cgroup:       &features.Cgroup{V1: &yes, V2: &yes, Systemd: &yes, SystemdUser: &yes, Rdma: &yes},
			Seccomp: &features.Seccomp{
				Enabled: &yes, Actions: seccompspec.Actions(), Operators: seccompspec.Operators(),
				Archs: seccompspec.Archs(), KnownFlags: seccompspec.KnownFlags(), SupportedFlags: seccompspec.SupportedFlags(),
			},
			Apparmor:        &features.Apparmor{Enabled: &yes},
			Selinux:         &features.Selinux{Enabled: &yes},
			MemoryPolicy:    &features.MemoryPolicy{Modes: specconv.MemoryPolicyModes(), Flags: specconv.MemoryPolicyFlags()},
			IntelRdt:        &features.IntelRdt{Enabled: &yes, Schemata: &yes, Monitoring: &yes},
			MountExtensions: &features.MountExtensions{IDMap: &features.IDMap{Enabled: &yes}},
			NetDevices:      &features.NetDevices{Enabled: &yes},
		},
	}
}
