package rtnetlink

import (
	"encoding/binary"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Address is an address of a device, with all that the kernel says of it.
type Address struct {
	family, prefix, scope byte
	flags                 uint32
	attributes            []attribute
}

// Kept says whether an address is one that moves with its device: permanent and
// of global scope (runtime-spec, config-linux.md, Network Devices).
func (a *Address) Kept() bool {
	return a.flags&unix.IFA_F_PERMANENT != 0 && a.scope == unix.RT_SCOPE_UNIVERSE
}

// Temporary says whether the kernel made an address of version 6 from another one,
// and will make the next (RFC 8981). The flag means something else in version 4.
func (a *Address) Temporary() bool {
	return a.family == unix.AF_INET6 && a.flags&unix.IFA_F_TEMPORARY != 0
}

// Addresses lists those of a device, of every family, in the kernel's order: an
// address comes after the one that it is secondary to.
func (c *Conn) Addresses(index uint32) ([]Address, error) {
	list, err := c.dump(newMessage(unix.RTM_GETADDR, 0, make([]byte, unix.SizeofIfAddrmsg)))
	if err != nil {
		return nil, err
	}
	var addresses []Address
	for _, r := range list {
		if r.kind != unix.RTM_NEWADDR || len(r.data) < unix.SizeofIfAddrmsg {
			return nil, errMalformed
		}
		if binary.NativeEndian.Uint32(r.data[4:]) != index {
			continue
		}
		a := Address{family: r.data[0], prefix: r.data[1], flags: uint32(r.data[2]), scope: r.data[3]}
		if a.attributes, err = attributes(r.data[unix.SizeofIfAddrmsg:]); err != nil {
			return nil, err
		}
		for _, attr := range a.attributes {
			if attr.kind == unix.IFA_FLAGS {
				a.flags = attr.number() // the byte in the body has but the first eight
			}
		}
		addresses = append(addresses, a)
	}
	return addresses, nil
}

// found are flags that say what became of an address on a device, not how it is to be.
const found = unix.IFA_F_SECONDARY | unix.IFA_F_TENTATIVE | unix.IFA_F_DADFAILED | unix.IFA_F_DEPRECATED | unix.IFA_F_PERMANENT

// AddAddress gives an address that a device named before had to the device with
// that index and name. Its lifetime, peer, broadcast address, metric, protocol and
// flags stay.
func (c *Conn) AddAddress(a *Address, before string, to Link) error {
	body := make([]byte, unix.SizeofIfAddrmsg)
	body[0], body[1], body[3] = a.family, a.prefix, a.scope
	binary.NativeEndian.PutUint32(body[4:], to.Index)
	m := newMessage(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL, body)
	for _, attr := range a.attributes {
		switch attr.kind {
		case unix.IFA_FLAGS:
		case unix.IFA_LABEL:
			m = withName(m, unix.IFA_LABEL, relabelled(attr.text(), before, to.Name))
		default:
			m = withAttribute(m, attr.kind, attr.value)
		}
	}
	return c.do(withNumber(m, unix.IFA_FLAGS, a.flags&^found))
}

// relabelled is the label of an address under the new name of its device, of
// which ifconfig(8) expects it to be, with a colon and more behind it. The kernel
// does the same where it renames a device (inetdev_changename).
func relabelled(label, before, after string) string {
	rest, ok := strings.CutPrefix(label, before)
	if !ok || rest != "" && rest[0] != ':' {
		return label
	}
	if len(after)+len(rest) >= unix.IFNAMSIZ {
		return after
	}
	return after + rest
}

// String is the address and its prefix's length.
func (a *Address) String() string {
	var value []byte
	for _, attr := range a.attributes {
		// Of a point-to-point device the first is the own address, the other one the peer's.
		if attr.kind == unix.IFA_LOCAL || attr.kind == unix.IFA_ADDRESS && value == nil {
			value = attr.value
		}
	}
	var parts []string
	separator := "."
	if a.family == unix.AF_INET6 {
		separator = ":"
		for i := 0; i+1 < len(value); i += 2 {
			parts = append(parts, strconv.FormatUint(uint64(value[i])<<8|uint64(value[i+1]), 16))
		}
	} else {
		for _, b := range value {
			parts = append(parts, strconv.Itoa(int(b)))
		}
	}
	return strings.Join(parts, separator) + "/" + strconv.Itoa(int(a.prefix))
}
