package specconv

import (
	"path"
	"strings"

	"github.com/tare-oci/tare/plan"
)

// heir is what a tmpfs takes over from the directory that it is mounted on: the
// mode, as engines expect of one that has no option for it, and with tmpcopyup
// all that is in it.
func (m *mount) heir() (flags int64) {
	if m.bind || m.remount || m.Type != "tmpfs" || m.needsLegacy() {
		return 0
	}
	if !m.hasOption("mode") {
		flags |= plan.TargetMode
	}
	if !m.copyUp {
		return flags
	}
	if !m.hasOption("uid") && !m.hasOption("gid") {
		flags |= plan.TargetOwner
	}
	return flags | plan.TargetCopyUp
}

// moment is when a new mount becomes read-only.
type moment uint8

const (
	never moment = iota
	fromTheStart
	takenOver // when it has taken over what it covers, before it is attached
	atLast    // when nothing more is made in it
)

func (c *compiler) readonly(m *mount) moment {
	switch {
	case m.attrs()&plan.AttrRdonly == 0:
		return never
	case m.at == "/dev" || m.Type == "tmpfs" && c.makesIn(m):
		return atLast
	case m.heir() != 0:
		return takenOver
	}
	return fromTheStart
}

// makesIn says whether mount points, devices or the working directory are made in a
// mount later on.
func (c *compiler) makesIn(m *mount) bool {
	below := func(at string) bool { return strings.HasPrefix(at, m.at+"/") }
	for i := range c.entries {
		if e := &c.entries[i]; !e.remount && below(e.at) {
			return true
		}
	}
	for i := range c.linux.Devices {
		if below(path.Clean(c.linux.Devices[i].Path)) {
			return true
		}
	}
	return below(path.Clean(c.process.Cwd))
}
