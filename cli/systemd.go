package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/libcontainer"
)

// systemdOf says which systemd makes the cgroups of new containers: an ordinary
// user's containers lie in what the user's own has.
func systemdOf(c *cli.Context) (libcontainer.Systemd, error) {
	systemd := c.Bool("systemd-cgroup")
	switch manager := c.String("cgroup-manager"); manager {
	case "":
	case "systemd":
		systemd = true
	case "cgroupfs":
		if systemd {
			return "", fmt.Errorf("--cgroup-manager: cgroupfs contradicts --systemd-cgroup")
		}
	default:
		return "", fmt.Errorf("--cgroup-manager: %q is not supported by this version of tare", manager)
	}
	switch {
	case !systemd:
		return libcontainer.NoSystemd, nil
	case ordinary():
		return libcontainer.UserSystemd, nil
	}
	return libcontainer.SystemSystemd, nil
}
