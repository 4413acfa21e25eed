package specconv

import (
	"path"

	"github.com/tare-oci/tare/plan"
)

// propagations are the words for mount propagation (mount_namespaces(7)).
var propagations = [...]struct {
	word string
	bits int64
}{
	{"private", plan.PropagationPrivate},
	{"rprivate", plan.PropagationPrivate | plan.PropagationRec},
	{"rshared", plan.PropagationShared | plan.PropagationRec},
	{"rslave", plan.PropagationSlave | plan.PropagationRec},
	{"runbindable", plan.PropagationUnbindable | plan.PropagationRec},
	{"shared", plan.PropagationShared},
	{"slave", plan.PropagationSlave},
	{"unbindable", plan.PropagationUnbindable},
}

func propagation(word string) int64 {
	for i := range propagations {
		if propagations[i].word == word {
			return propagations[i].bits
		}
	}
	return 0
}

const rootfsPropagationPointer = "/linux/rootfsPropagation"

func (v *validation) root() {
	switch {
	case v.spec.Root == nil:
		v.fault("/root", "must be set")
	case v.spec.Root.Path == "":
		v.fault("/root/path", "must be set")
	case v.ns.hostMounts() && path.Clean(v.spec.Root.Path) == "/":
		v.fault("/root/path", "must not be the host's root where the mount namespace is the host's")
	default:
		v.text(v.spec.Root.Path, "/root/path")
	}
	if p := v.linux.RootfsPropagation; p != "" && propagation(p) == 0 {
		v.fault(rootfsPropagationPointer, "unknown propagation "+quote(p))
	}
}

// newMountNamespace says whether the mounts are the container's own.
func (c *compiler) newMountNamespace() bool { return c.ns.made&plan.NewMount != 0 }

// slaveOrPrivate is the root's propagation while the container is made, for all
// of its tree: what is mounted there must not reach the host. pivot_root(2)
// refuses a shared root: that, and unbindable, which would forbid clones, come last.
func (c *compiler) slaveOrPrivate() int64 {
	p := propagation(c.linux.RootfsPropagation)
	switch {
	case p == 0:
		p = plan.PropagationSlave
	case p&(plan.PropagationShared|plan.PropagationUnbindable) != 0:
		p = plan.PropagationPrivate
	}
	return p | plan.PropagationRec
}

func (c *compiler) cloneRoot() {
	c.root = c.plan.Slot("root")
	c.add("/root/path", plan.Clone(c.cloner(), plan.MountClone{
		Path: RootPath(c.spec, c.opts.Bundle), Flags: plan.CloneRecursive, Propagation: c.slaveOrPrivate(),
	}, c.root))
}

// detachPropagation keeps what init mounts and unmounts from the host. Slave,
// not private: an unmount on the host must reach the copies that init still
// has, or a device there would stay busy.
func (c *compiler) detachPropagation() {
	if c.newMountNamespace() {
		c.add("", plan.Propagation(plan.PropagationSlave|plan.PropagationRec))
	}
}

// attachOutside puts the root over its own directory where the container has the
// host's mount namespace: by the parent, who takes it away again. All other mounts
// are below it.
func (c *compiler) attachOutside() {
	if c.ns.hostMounts() {
		c.add("/root/path", plan.AttachOutside(c.root, RootPath(c.spec, c.opts.Bundle)))
	}
}

// attachRoot puts the root where the container can be built in it: over the
// host's root, which the pivot needs to be its parent; or over its own directory:
// in a mount namespace that others use, where it is in nobody's way, and for hooks,
// which look for it there when they enter the mount namespace.
func (c *compiler) attachRoot() {
	if c.ns.hostMounts() {
		return // see attachOutside
	}
	target := "/"
	if !c.newMountNamespace() || c.hasCreateHooks() {
		target = RootPath(c.spec, c.opts.Bundle)
	}
	c.add("/root/path", plan.Attach(c.root, 0, target, 0))
}

// lateReadonly takes writing away from what had to be written to.
func (c *compiler) lateReadonly() {
	for _, l := range c.late {
		c.add(l.pointer, plan.Setattr(l.mount, plan.AttrRdonly, 0, 0, 0, 0))
	}
	if c.spec.Root.Readonly {
		c.add("/root/readonly", plan.Setattr(c.root, plan.AttrRdonly, 0, 0, 0, 0))
	}
}

func (c *compiler) changeRoot() {
	switch {
	case !c.newMountNamespace():
		c.add("/root/path", plan.Chroot(c.root))
	case c.opts.NoPivot:
		if at := RootPath(c.spec, c.opts.Bundle); c.hasCreateHooks() && at != "/" {
			c.add("/root/path", plan.Attach(c.root, 0, "/", 0)) // where MoveRoot needs it to be
		}
		c.add("/root/path", plan.MoveRoot(c.root))
	default:
		c.add("/root/path", plan.Pivot(c.root))
	}
}

func (c *compiler) rootPropagation() {
	p := propagation(c.linux.RootfsPropagation)
	if p&(plan.PropagationShared|plan.PropagationUnbindable) != 0 {
		c.add(rootfsPropagationPointer, plan.Setattr(c.root, 0, 0, 0, 0, p))
	}
}
