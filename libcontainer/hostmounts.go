package libcontainer

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/specconv"
)

// mountSurvey finds in a running container the mounts of the host that its config
// has, whatever the container has made of the paths to them.
type mountSurvey struct {
	root   int // its root directory, O_PATH
	mounts []procfs.Mount
	host   []procfs.Mount // those that tare sees
	// found are the keys by the id of a mount.
	found map[uint64]string
	// External are the mounts for CRIU: "mnt[POINT]:KEY".
	External []string
	Record   record
}

// surveyMounts looks at a container whose first process is stopped or cannot change its mounts.
func surveyMounts(pid int, wanted []specconv.HostMount) (*mountSurvey, error) {
	s := &mountSurvey{root: -1, found: map[uint64]string{}}
	var err error
	if s.mounts, err = procfs.MountsOf(pid); err != nil {
		return nil, err
	}
	if s.host, err = procfs.Mounts(); err != nil {
		return nil, err
	}
	if s.root, err = unix.Open("/proc/"+strconv.Itoa(pid)+"/root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return nil, err
	}
	defer unix.Close(s.root)
	for i := range s.mounts {
		// CRIU finds the end of a point by these two characters (CVE-2026-119101).
		if strings.Contains(s.mounts[i].Point, "]:") {
			return nil, errors.New("something is mounted on " + strconv.Quote(s.mounts[i].Point) + ", a path that CRIU cannot tell from another since it has \"]:\" in it")
		}
	}
	var faults []specconv.Fault
	for i := range wanted {
		if text := s.add(&wanted[i]); text != "" {
			faults = append(faults, specconv.Fault{Pointer: wanted[i].Pointer, Message: text})
		}
	}
	if faults != nil {
		return nil, &specconv.Faults{List: faults}
	}
	s.Record.Visible = visible(s.mounts)
	return s, s.points()
}

// add finds the mount of an entry of the config and says what is wrong with it, "" for nothing.
func (s *mountSurvey) add(w *specconv.HostMount) string {
	var st unix.Statx_t
	err := s.look(w.Destination, &st)
	if w.Null && (err != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev_major != 1 || st.Rdev_minor != 3) {
		return "" // a path that is not there, or a directory behind a tmpfs
	}
	m := s.byID(st.Mnt_id)
	switch {
	case err != nil:
		return "cannot open " + strconv.Quote(w.Destination) + " in the container: " + err.Error()
	case st.Attributes&unix.STATX_ATTR_MOUNT_ROOT == 0 || m == nil:
		if w.Null {
			return ""
		}
		return strconv.Quote(w.Destination) + " in the container does not lead to its mount any more"
	}
	if key, twice := s.found[m.ID]; twice {
		if w.Null {
			return ""
		}
		return strconv.Quote(w.Destination) + " in the container leads to the mount of another entry, " + key
	}
	// Restored, it would be a bind of a source that was to be read only.
	if w.Readonly && !slices.Contains(m.Options, "ro") {
		return strconv.Quote(w.Destination) + " in the container leads to a mount that can be written to, and this one is read-only"
	}
	s.take(m, w.Destination, "")
	s.takeBelow(m, w.Destination)
	return ""
}

// look resolves a path of the config inside the container, as init did.
func (s *mountSurvey) look(path string, st *unix.Statx_t) error {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	fd, err := unix.Openat2(s.root, path, &how)
	for err == unix.EAGAIN || err == unix.EINTR {
		fd, err = unix.Openat2(s.root, path, &how)
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_MNT_ID, st)
}

func (s *mountSurvey) byID(id uint64) *procfs.Mount {
	for i := range s.mounts {
		if s.mounts[i].ID == id {
			return &s.mounts[i]
		}
	}
	return nil
}

// take declares a mount, under a key in which there is nothing of any path.
func (s *mountSurvey) take(m *procfs.Mount, destination, below string) {
	key := "tare" + strconv.Itoa(len(s.found))
	s.found[m.ID] = key
	s.External = append(s.External, "mnt["+m.Point+"]:"+key)
	s.Record.Mounts = append(s.Record.Mounts, specconv.Checkpointed{Key: key, Destination: destination, Below: below})
}

// takeBelow declares what came with a recursive bind mount: what is mounted below it
// and, as the same part of the same file system, on the host.
func (s *mountSurvey) takeBelow(top *procfs.Mount, destination string) {
	for i := range s.mounts {
		m := &s.mounts[i]
		below, ok := strings.CutPrefix(m.Point, top.Point+"/")
		if _, taken := s.found[m.ID]; !ok || taken || !s.under(m, top) || !s.ofHost(m) {
			continue
		}
		s.take(m, destination, below)
	}
}

// under says whether one mount is, by way of others perhaps, on top of another.
func (s *mountSurvey) under(m, top *procfs.Mount) bool {
	for m != nil && m.Parent != m.ID {
		if m.Parent == top.ID {
			return true
		}
		m = s.byID(m.Parent)
	}
	return false
}

func (s *mountSurvey) ofHost(m *procfs.Mount) bool {
	return slices.ContainsFunc(s.host, func(h procfs.Mount) bool { return h.Device == m.Device && h.Root == m.Root })
}

// points lists what must be in the root for the mounts to have a place.
func (s *mountSurvey) points() error {
	var st unix.Statx_t
	if err := s.look("/", &st); err != nil {
		return err
	}
	for i := range s.mounts {
		m := &s.mounts[i]
		if m.Parent != st.Mnt_id {
			continue
		}
		var at unix.Statx_t
		if err := s.look(m.Point, &at); err != nil {
			return err
		}
		s.Record.Points = append(s.Record.Points, specconv.Point{
			Path: filepath.Clean(m.Point), File: at.Mode&unix.S_IFMT != unix.S_IFDIR,
		})
	}
	return nil
}
