package nsenter

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/plan"
)

// mountIDMap maps the ids of a mount that nobody can see yet, which is the only
// kind that the kernel takes (mount_setattr(2)).
func (s *Session) mountIDMap(step *plan.Step) error {
	mapping := s.slots[step.N[1]]
	var recursive uint
	if step.N[2]&plan.CloneRecursive != 0 {
		recursive = unix.AT_RECURSIVE
	}
	err := idmapMount(s.slots[step.N[0]], mapping, recursive)
	if err == nil {
		return nil
	}
	if fstype := step.S[1]; fstype != "" {
		return refusal(err, fstype, false)
	}
	return refusingMount(err, step.S[2], mapping, recursive != 0)
}

func idmapMount(mount, mapping int, flags uint) error {
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(mapping)}
	return kernelFloor(unix.MountSetattr(mount, "", unix.AT_EMPTY_PATH|flags, &attr), "mount_setattr")
}

// refusal says what the kernel means.
func refusal(err error, fs string, mapped bool) error {
	switch {
	case err == unix.EINVAL:
		return errors.New(fs + " does not support idmapped mounts: " + err.Error())
	case err == unix.EPERM && mapped:
		return errors.New(fs + " is idmapped already: " + err.Error())
	case err == unix.EPERM:
		return errors.New("it takes CAP_SYS_ADMIN in the user namespace that " + fs + " was mounted in: " + err.Error())
	}
	return err
}

// refusingMount finds out which of the mounts that were cloned from a path it is
// that cannot be idmapped: of a tree the kernel says but that one of them cannot.
// Each is tried alone.
func refusingMount(cause error, path string, mapping int, recursive bool) error {
	at, err := filepath.EvalSymlinks(path)
	if err != nil {
		return cause
	}
	var st unix.Statx_t
	mounts, err := procfs.Mounts()
	if err != nil || unix.Statx(unix.AT_FDCWD, at, 0, unix.STATX_MNT_ID, &st) != nil {
		return cause
	}
	top := slices.IndexFunc(mounts, func(m procfs.Mount) bool { return m.ID == st.Mnt_id })
	if recursive && tryIDMap(at, mapping) != cause {
		top = slices.IndexFunc(mounts, func(m procfs.Mount) bool {
			return m.Point != at && strings.HasPrefix(m.Point, strings.TrimSuffix(at, "/")+"/") && tryIDMap(m.Point, mapping) == cause
		})
	}
	if top < 0 {
		return cause
	}
	return refusal(cause, mounts[top].Type+" on "+mounts[top].Point, mounts[top].IDMapped())
}

// tryIDMap idmaps a clone of one mount that nobody gets to see.
func tryIDMap(path string, mapping int) error {
	fd, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_SYMLINK_NOFOLLOW)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return idmapMount(fd, mapping, 0)
}
