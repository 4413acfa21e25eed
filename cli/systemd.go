package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/libcontainer"
)

// manageCgroup says who makes the cgroup of a new container, if anybody: an
// ordinary user's containers lie in what the user's own systemd has.
func manageCgroup(c *cli.Context, r *libcontainer.Request) error {
	systemd := c.Bool("systemd-cgroup")
	switch manager := c.String("cgroup-manager"); manager {
	case "":
	case "systemd":
		systemd = true
	case "cgroupfs":
		if systemd {
			return fmt.Errorf("--cgroup-manager: cgroupfs contradicts --systemd-cgroup")
		}
	case "disabled": // Podman's --cgroups=disabled
		if systemd {
			return fmt.Errorf("--cgroup-manager: disabled contradicts --systemd-cgroup")
		}
		r.NoCgroup = true
	default:
		return fmt.Errorf("--cgroup-manager: %q is neither cgroupfs nor systemd nor disabled", manager)
	}
	switch {
	case !systemd:
		r.Systemd = libcontainer.NoSystemd
	case ordinary():
		r.Systemd = libcontainer.UserSystemd
	default:
		r.Systemd = libcontainer.SystemSystemd
	}
	return nil
}
