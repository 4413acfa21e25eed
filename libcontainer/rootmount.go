package libcontainer

import (
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
)

// attachRoot puts the container's root over its directory in the host's mount
// namespace, for a container that has no other. The mount's id is written down
// first, so that whoever deletes the container finds the mount, and takes away no
// other, should tare be killed.
func (m *maker) attachRoot(s *nsenter.Session, step *plan.Step) (func(), error) {
	root := s.Descriptor(plan.Slot(step.N[0]))
	id, err := mountID(root, "")
	if err != nil {
		return nil, err
	}
	m.container.State.RootMount = id
	if err := m.container.save(); err != nil {
		return nil, err
	}
	err = unix.MoveMount(root, "", unix.AT_FDCWD, step.S[0], unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_SYMLINKS)
	if err != nil {
		return nil, err
	}
	return func() { _ = m.container.detachRoot() }, nil
}

// detachRoot takes the root's mount, and all below it, out of the host's mount
// namespace. That it is gone already, or covered by another, is no fault.
func (c *Container) detachRoot() error {
	if c.State.RootMount == 0 {
		return nil
	}
	if id, err := mountID(unix.AT_FDCWD, c.State.Rootfs); err != nil || id != c.State.RootMount {
		return nil
	}
	// Detached, since a mount below may be in use for a while after its last process.
	return unix.Unmount(c.State.Rootfs, unix.MNT_DETACH)
}

// mountID is the id of the mount that a path leads to: one that is never used
// again where the kernel has such (Linux 6.8, statx(2)).
func mountID(dir int, path string) (uint64, error) {
	flags := unix.AT_NO_AUTOMOUNT | unix.AT_STATX_DONT_SYNC
	if path == "" {
		flags |= unix.AT_EMPTY_PATH
	}
	var st unix.Statx_t
	err := unix.Statx(dir, path, flags, unix.STATX_MNT_ID|unix.STATX_MNT_ID_UNIQUE, &st)
	return st.Mnt_id, err
}
