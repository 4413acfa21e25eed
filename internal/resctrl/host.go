package resctrl

import (
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/procfs"
)

// Host is what this machine has of it.
type Host struct {
	Mountpoint string `json:"mountpoint"`
	// Resources are the names that a line of schemata may begin with, such as L3 and MB.
	Resources []string `json:"resources,omitempty"`
	// Monitoring says that groups can be made that only count.
	Monitoring bool `json:"monitoring,omitempty"`
}

// usual is where the kernel makes a directory to mount it on.
const usual = "/sys/fs/resctrl"

// Probe looks for a mounted resctrl; nil if there is none.
func Probe() *Host {
	at := mountpoint()
	if at == "" {
		return nil
	}
	h := &Host{Mountpoint: at}
	entries, err := os.ReadDir(at + "/info")
	if err != nil {
		return h // the first step that touches it says why
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case !e.IsDir():
		case strings.HasSuffix(name, "_MON"):
			h.Monitoring = true
		default:
			h.Resources = append(h.Resources, name)
		}
	}
	slices.Sort(h.Resources)
	return h
}

func mountpoint() string {
	if at := otherMountpoint(); at != "" {
		return at
	}
	var fs unix.Statfs_t
	if unix.Statfs(usual, &fs) == nil && fs.Type == unix.RDTGROUP_SUPER_MAGIC {
		return usual
	}
	mounts, err := procfs.Mounts()
	if err != nil {
		return ""
	}
	for i := range mounts {
		if mounts[i].Type == "resctrl" {
			return mounts[i].Point
		}
	}
	return ""
}
