package specconv

import (
	"strings"

	"github.com/tare-oci/tare/plan"
)

// mostInOrder is for how many mounts makeMounts has init hold a descriptor each: fewer than the
// 1024 that are the usual limit (RLIMIT_NOFILE).
const mostInOrder = 512

// makeMounts makes the mounts that can be made before they are attached, in the order of the
// config: since Linux 6.8 that is their order in mountinfo (commit 2eea9ce4310d). Before init attaches
// the root, lest it be a part of a recursive bind mount.
func (c *compiler) makeMounts() {
	if c.mountsDevices() {
		c.settle(mountsPointer) // before a device is opened: the cgroup has rules for them
	}
	if len(c.entries) > mostInOrder {
		return
	}
	for i := range c.entries {
		m := &c.entries[i]
		switch {
		case m.remount || m.clone != 0: // the parent has made it
		case c.takes(m):
			c.cloneSource(plan.Init, m)
		case !m.bind && !isCgroup(m.Mount) && !m.needsLegacy():
			c.makeDetached(plan.Init, m)
		}
	}
}

// inTurn says whether init clones the source of a bind mount. Not where the clone must be a peer of the
// host's mount, of which init has slaves, nor where the parent maps its ids or has the privileges; and a
// link of procfs leads where whoever follows it is.
func (c *compiler) inTurn(m *mount) bool {
	if !c.takes(m) || c.restoring || !c.newMountNamespace() || c.cloner() == plan.Init || c.ns.user() || len(c.entries) > mostInOrder {
		return false
	}
	now, _ := c.bindPropagation(m)
	wanted, _ := idmap(m.Mount, &m.mountOptions)
	return now&plan.PropagationShared == 0 && !wanted && !magic(fromBundle(m.Source, c.opts.Bundle))
}

// takes says whether an entry takes a mount of the host's before the root is attached.
func (c *compiler) takes(m *mount) bool {
	return m.bind && !m.remount && m.at != "/proc" && c.linked(m) == ""
}

// magic says whether a source may be a link of procfs, or lead through one.
func magic(source string) bool {
	return strings.HasPrefix(source, "/proc/") || strings.HasPrefix(source, "/dev/fd") || strings.HasPrefix(source, "/dev/std")
}
