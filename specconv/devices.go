package specconv

import (
	"path"
	"strconv"
	"strings"

	"github.com/tare-oci/tare/plan"
)

// node is a device node that a container gets.
type node struct {
	path     string
	pointer  string
	mode     uint32 // S_IFMT bits and permissions
	dev      uint64
	uid, gid uint32
	bind     plan.Slot // the host's node, where one cannot be made
}

// File types of mknod(2).
const (
	sIFIFO = 0o010000
	sIFCHR = 0o020000
	sIFBLK = 0o060000
	sIFMT  = 0o170000
)

// defaultNodes are the devices that every container has (runtime-spec,
// config-linux.md, Default Devices). console comes with the terminal, ptmx as a link.
var defaultNodes = [...]struct {
	path         string
	major, minor uint32
}{
	{"/dev/null", 1, 3},
	{"/dev/zero", 1, 5},
	{"/dev/full", 1, 7},
	{"/dev/random", 1, 8},
	{"/dev/urandom", 1, 9},
	{"/dev/tty", 5, 0},
}

// defaultLinks are the links of the same section, and ptmx.
var defaultLinks = [...]struct{ path, target string }{
	{"/dev/fd", "/proc/self/fd"},
	{"/dev/stdin", "/proc/self/fd/0"},
	{"/dev/stdout", "/proc/self/fd/1"},
	{"/dev/stderr", "/proc/self/fd/2"},
	{"/dev/ptmx", "pts/ptmx"},
}

const linuxDevicesPointer = "/linux/devices"

// Bounds of device numbers (MKDEV, linux/kdev_t.h).
const (
	maxMajor = 1<<12 - 1
	maxMinor = 1<<20 - 1
)

func (v *validation) devices() {
	for i := range v.linux.Devices {
		d := &v.linux.Devices[i]
		pointer := func(field string) string { return item(linuxDevicesPointer, i) + field }
		if !path.IsAbs(d.Path) || path.Clean(d.Path) == "/" {
			v.fault(pointer("/path"), "must be an absolute path of a file")
		}
		v.text(d.Path, pointer("/path"))
		for _, id := range [2]struct {
			field string
			value *uint32
		}{{"/uid", d.UID}, {"/gid", d.GID}} {
			if id.value != nil && *id.value == noID {
				v.fault(pointer(id.field), noIDText)
			}
		}
		switch d.Type {
		case "p":
			continue
		case "c", "u", "b":
		default:
			v.fault(pointer("/type"), "must be one of c, u, b and p, not "+quote(d.Type))
		}
		if d.Major < 0 || d.Major > maxMajor {
			v.fault(pointer("/major"), "must be 0 to 4095, not "+strconv.FormatInt(d.Major, 10))
		}
		if d.Minor < 0 || d.Minor > maxMinor {
			v.fault(pointer("/minor"), "must be 0 to 1048575, not "+strconv.FormatInt(d.Minor, 10))
		}
	}
}

// hostDev says whether the container's /dev is a directory of the host's, which
// has its devices and must not get ours.
func (c *compiler) hostDev() bool {
	for i := range c.entries {
		if m := &c.entries[i]; m.bind && !m.remount && m.at == "/dev" {
			return true
		}
	}
	return false
}

// gatherNodes lists the nodes of the config and the default ones that it does
// not name itself. Where a mount is put on a node's path, the mount wins.
func (c *compiler) gatherNodes() {
	c.bareDev = c.hostDev()
	c.nodes = make([]node, 0, len(defaultNodes)+len(c.linux.Devices))
	for i := range c.linux.Devices {
		d := &c.linux.Devices[i]
		n := node{path: path.Clean(d.Path), pointer: item(linuxDevicesPointer, i), mode: 0o666}
		if c.bareDev && strings.HasPrefix(n.path, "/dev/") {
			continue
		}
		if d.FileMode != nil {
			n.mode = uint32(*d.FileMode) & 0o7777
		}
		switch d.Type {
		case "p":
			n.mode |= sIFIFO
		case "b":
			n.mode |= sIFBLK
		default:
			n.mode |= sIFCHR
		}
		if d.Type != "p" {
			n.dev = plan.Makedev(uint32(d.Major), uint32(d.Minor))
		}
		if d.UID != nil {
			n.uid = *d.UID
		}
		if d.GID != nil {
			n.gid = *d.GID
		}
		c.nodes = append(c.nodes, n)
	}
	own := c.nodes
	for _, d := range defaultNodes {
		if !c.bareDev && !hasNode(own, d.path) {
			c.nodes = append(c.nodes, node{path: d.path, mode: sIFCHR | 0o666, dev: plan.Makedev(d.major, d.minor)})
		}
	}
	c.dropCovered()
}

func hasNode(nodes []node, at string) bool {
	for i := range nodes {
		if nodes[i].path == at {
			return true
		}
	}
	return false
}

// dropCovered takes out the nodes on whose path something is mounted.
func (c *compiler) dropCovered() {
	for i := range c.entries {
		at := c.entries[i].at
		if !strings.HasPrefix(at, "/dev/") && len(c.linux.Devices) == 0 {
			continue
		}
		for n := range c.nodes {
			if c.nodes[n].path == at {
				c.nodes = append(c.nodes[:n], c.nodes[n+1:]...)
				break
			}
		}
	}
}

// capMknod is the number of CAP_MKNOD.
const capMknod = 27

// cloneNodes takes the host's nodes where new ones cannot be made: root of a user
// namespace may not (mknod(2)).
func (c *compiler) cloneNodes() {
	c.gatherNodes()
	if !c.ns.user() && !unprivileged(c.facts) && c.facts.Capabilities>>capMknod&1 != 0 {
		return
	}
	for i := range c.nodes {
		n := &c.nodes[i]
		if n.mode&sIFIFO == sIFIFO {
			continue // a fifo is no device
		}
		n.bind = c.plan.Slot(n.path)
		c.add(n.pointer, plan.Clone(c.cloner(), plan.MountClone{Path: n.path, Propagation: plan.PropagationPrivate}, n.bind))
	}
}

func (c *compiler) devices() {
	for i := range c.nodes {
		n := &c.nodes[i]
		if n.bind != 0 {
			c.add(n.pointer, plan.Attach(n.bind, c.root, n.path, plan.TargetNofollow).ThatIs(n.mode&sIFMT, n.dev))
			continue
		}
		c.add(n.pointer, plan.Device(c.root, n.path, n.mode, n.dev, n.uid, n.gid))
	}
}

func (c *compiler) deviceLinks() {
	if c.bareDev {
		return
	}
	for _, l := range defaultLinks {
		c.add("", plan.Symlink(c.root, l.path, l.target))
	}
}
