package libcontainer

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/specconv"
)

// yardDir, in the state directory, is where a CRIU that checkpoints finds hierarchies.
const yardDir = "cgroups"

// makeYard shows CRIU the container's hierarchies where they are mounted (criu(8),
// --cgroup-yard). Else it mounts its own, and a new mount of version 2 in the host's
// cgroup namespace resets nsdelegate and what else the host's has been mounted with.
func (c *Container) makeYard() (dir string, err error) {
	dir = filepath.Join(c.Dir, yardDir)
	c.removeYard() // of a tare that was killed
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	for _, p := range c.State.Cgroup {
		if err := os.Symlink(p.Mountpoint, filepath.Join(dir, yardName(p))); err != nil {
			c.removeYard()
			return "", err
		}
	}
	return dir, nil
}

func (c *Container) removeYard() { _ = os.RemoveAll(filepath.Join(c.Dir, yardDir)) }

// yardName is what CRIU calls a hierarchy in its yard.
func yardName(p cgroups.Path) string {
	if p.Hierarchy == "" {
		return specconv.UnifiedYard
	}
	return strings.TrimPrefix(p.Hierarchy, "name=")
}
