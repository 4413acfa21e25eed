package rtnetlink

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Link is a network device.
type Link struct {
	Index  uint32
	Name   string
	Up     bool
	Master uint32 // the index of the device that it is a port of, 0 for none
}

// filterSkipStats keeps counters out of the answers (RTEXT_FILTER_SKIP_STATS, linux/rtnetlink.h).
const filterSkipStats = 1 << 3

// Link finds a device by its name.
func (c *Conn) Link(name string) (Link, error) {
	return c.link(withName(linkMessage(unix.RTM_GETLINK, 0, 0, 0), unix.IFLA_IFNAME, name))
}

// LinkAt finds a device by its index.
func (c *Conn) LinkAt(index uint32) (Link, error) {
	return c.link(linkMessage(unix.RTM_GETLINK, index, 0, 0))
}

func (c *Conn) link(message []byte) (Link, error) {
	list, _, err := c.ask(withNumber(message, unix.IFLA_EXT_MASK, filterSkipStats))
	if err != nil {
		return Link{}, err
	}
	if len(list) != 1 {
		return Link{}, errMalformed
	}
	return parseLink(list[0])
}

// Links lists the devices of the namespace.
func (c *Conn) Links() ([]Link, error) {
	list, err := c.dump(withNumber(linkMessage(unix.RTM_GETLINK, 0, 0, 0), unix.IFLA_EXT_MASK, filterSkipStats))
	if err != nil {
		return nil, err
	}
	links := make([]Link, 0, len(list))
	for _, r := range list {
		link, err := parseLink(r)
		if err != nil {
			return nil, err
		}
		links = append(links, link)
	}
	return links, nil
}

// Move takes a device to another network namespace, where it has that name, in
// which the kernel counts for a %d, and that index, 0 for any. The name that it has
// need not be free there: the kernel takes the new one then at once.
func (c *Conn) Move(index uint32, namespace int, name string, newIndex uint32) error {
	m := withNumber(linkMessage(unix.RTM_SETLINK, index, 0, 0), unix.IFLA_NET_NS_FD, uint32(namespace))
	m = withName(m, unix.IFLA_IFNAME, name)
	if newIndex != 0 {
		m = withNumber(m, unix.IFLA_NEW_IFINDEX, newIndex)
	}
	return c.do(m)
}

// Up sets a device up.
func (c *Conn) Up(index uint32) error {
	return c.do(linkMessage(unix.RTM_SETLINK, index, unix.IFF_UP, unix.IFF_UP))
}

// SetMaster makes a device a port of another.
func (c *Conn) SetMaster(index, master uint32) error {
	return c.do(withNumber(linkMessage(unix.RTM_SETLINK, index, 0, 0), unix.IFLA_MASTER, master))
}

// linkMessage begins one with a struct ifinfomsg (rtnetlink(7)).
func linkMessage(kind uint16, index, flags, change uint32) []byte {
	body := make([]byte, unix.SizeofIfInfomsg)
	body[0] = unix.AF_UNSPEC
	binary.NativeEndian.PutUint32(body[4:], index)
	binary.NativeEndian.PutUint32(body[8:], flags)
	binary.NativeEndian.PutUint32(body[12:], change)
	return newMessage(kind, 0, body)
}

func parseLink(r reply) (Link, error) {
	if r.kind != unix.RTM_NEWLINK || len(r.data) < unix.SizeofIfInfomsg {
		return Link{}, errMalformed
	}
	link := Link{Index: binary.NativeEndian.Uint32(r.data[4:]), Up: binary.NativeEndian.Uint32(r.data[8:])&unix.IFF_UP != 0}
	list, err := attributes(r.data[unix.SizeofIfInfomsg:])
	for _, a := range list {
		switch a.kind {
		case unix.IFLA_IFNAME:
			link.Name = a.text()
		case unix.IFLA_MASTER:
			link.Master = a.number()
		}
	}
	return link, err
}
