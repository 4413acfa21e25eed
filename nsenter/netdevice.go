package nsenter

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/rtnetlink"
	"github.com/tare-oci/tare/plan"
)

// netDevice moves a network device into the container's network namespace, with
// the addresses that the kernel takes from it on the way, and sets it up.
func (s *Session) netDevice(step *plan.Step) (undo func(), err error) {
	m := moved{namespace: s.slots[step.N[0]], device: step.S[0], name: step.S[1]}
	host, err := rtnetlink.Open()
	if err != nil {
		return nil, err
	}
	defer host.Close()
	inside, err := rtnetlink.OpenIn(m.namespace)
	if err != nil {
		return nil, err
	}
	defer inside.Close()
	if m.was, err = host.Link(m.device); err != nil {
		return nil, err
	}
	if m.addresses, err = host.Addresses(m.was.Index); err != nil {
		return nil, err
	}
	if err := m.choose(inside); err != nil {
		return nil, err
	}
	if err := m.move(host); err != nil {
		return m.back, err // the kernel moves first and renames then
	}
	return m.back, m.settle(inside)
}

// moved is a device on its way.
type moved struct {
	namespace    int
	device, name string // out here, in there
	was          rtnetlink.Link
	index        uint32 // in there
	addresses    []rtnetlink.Address
}

// choose looks whether the name is free, and finds an index that is: by it the
// device is known there, whatever name the kernel makes of a template.
func (m *moved) choose(inside *rtnetlink.Conn) error {
	links, err := inside.Links()
	if err != nil {
		return err
	}
	taken, last := false, uint32(0)
	for i := range links {
		if links[i].Name == m.name {
			return errors.New("the container has a device of that name: " + unix.EEXIST.Error())
		}
		taken = taken || links[i].Index == m.was.Index
		last = max(last, links[i].Index)
	}
	if m.index = m.was.Index; taken {
		m.index = last + 1
	}
	return nil
}

func (m *moved) move(host *rtnetlink.Conn) error {
	err := host.Move(m.was.Index, m.namespace, m.name, m.index)
	switch {
	case errors.Is(err, unix.EINVAL):
		return errors.New("it is of a kind that stays in its network namespace, or the name is none: " + err.Error())
	case errors.Is(err, unix.EEXIST):
		return errors.New("the container has a device of that name: " + err.Error())
	case errors.Is(err, unix.EPERM):
		return errors.New("it needs CAP_NET_ADMIN in both network namespaces: " + err.Error())
	}
	return err
}

// settle gives the device its addresses, while it is down, and sets it up.
func (m *moved) settle(inside *rtnetlink.Conn) error {
	link, err := inside.LinkAt(m.index)
	if err != nil {
		return err
	}
	for i := range m.addresses {
		a := &m.addresses[i]
		if !a.Kept() {
			continue
		}
		if err := inside.AddAddress(a, m.was.Name, link); err != nil {
			return errors.New("giving it its address " + a.String() + " again: " + err.Error())
		}
	}
	if err := inside.Up(m.index); err != nil {
		return errors.New("setting it up: " + err.Error())
	}
	return nil
}

// back returns the device, as it was but for what the kernel forgot of it on the
// way out: routes, neighbours and queueing disciplines.
func (m *moved) back() {
	host, err := rtnetlink.Open()
	if err != nil {
		return
	}
	defer host.Close()
	inside, err := rtnetlink.OpenIn(m.namespace)
	if err != nil {
		return
	}
	defer inside.Close()
	if now, err := host.LinkAt(m.was.Index); err == nil && now.Name == m.was.Name {
		return // it never left
	}
	own, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(own)
	if inside.Move(m.index, own, m.was.Name, m.was.Index) != nil {
		// Name or index are another's by now: as the kernel does it at the end of a
		// namespace, which a virtual device would not survive.
		_ = inside.Move(m.index, own, "dev%d", 0)
		return
	}
	if m.was.Master != 0 {
		_ = host.SetMaster(m.was.Index, m.was.Master)
	}
	for i := range m.addresses {
		if !m.addresses[i].Temporary() {
			_ = host.AddAddress(&m.addresses[i], m.was.Name, m.was)
		}
	}
	if m.was.Up {
		_ = host.Up(m.was.Index)
	}
}
