package specconv

import (
	"path"

	"github.com/tare-oci/tare/plan"
)

const (
	maskedPointer   = "/linux/maskedPaths"
	readonlyPointer = "/linux/readonlyPaths"
)

func (v *validation) covered() {
	for _, f := range [2]struct {
		pointer string
		list    []string
	}{{maskedPointer, v.linux.MaskedPaths}, {readonlyPointer, v.linux.ReadonlyPaths}} {
		for i, p := range f.list {
			if !path.IsAbs(p) {
				v.fault(item(f.pointer, i), "must be an absolute path, not "+quote(p))
			}
			v.text(p, f.pointer, i)
		}
	}
}

// coverPaths makes paths read-only and then masks others: a masked path below
// a read-only one stays masked.
func (c *compiler) coverPaths() {
	for i, p := range c.linux.ReadonlyPaths {
		c.add(item(readonlyPointer, i), plan.Readonly(c.root, p))
	}
	for i, p := range c.linux.MaskedPaths {
		c.add(item(maskedPointer, i), plan.Mask(c.root, c.null, p, c.linux.MountLabel))
	}
}
