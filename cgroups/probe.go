package cgroups

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/wholefile"
)

// root is where every distribution mounts cgroups (systemd, file-hierarchy(7)).
const root = "/sys/fs/cgroup"

// Probe looks at the calling process's mounts and cgroups. On a version 2 host
// it costs one statfs(2) and two small reads; only elsewhere is mountinfo read.
// A host without cgroups is no error: its Mode is None.
func Probe() (Layout, error) {
	own, err := wholefile.Read("/proc/self/cgroup")
	if errors.Is(err, os.ErrNotExist) {
		return Layout{Mode: None}, nil // a kernel without CONFIG_CGROUPS
	}
	if err != nil {
		return Layout{}, probeError(err)
	}
	var l Layout
	if isCgroup2(root) {
		l = Layout{Mode: V2, Unified: root, Own: map[string]string{"": ownPaths(string(own))[""]}}
		// A cgroup file system that shows only a part of the tree, bound into
		// a container without a cgroup namespace, does not have the path that
		// /proc tells.
		if unix.Access(root+l.Own[""], unix.F_OK) != nil {
			l.Own[""] = "/"
		}
	} else {
		// Of the thread, because statx(2) in visible answers for the thread.
		mountinfo, err := wholefile.Read("/proc/thread-self/mountinfo")
		if err != nil {
			return Layout{}, probeError(err)
		}
		l = layoutOf(string(mountinfo), string(own), visible)
	}
	if l.Unified != "" {
		available, err := wholefile.Read(l.Unified + "/cgroup.controllers")
		if err != nil {
			return Layout{}, probeError(err)
		}
		l.Available = strings.Fields(string(available))
		slices.Sort(l.Available)
	}
	return l, nil
}

func probeError(err error) error {
	return errors.New("cannot look at the host's cgroups: " + err.Error())
}

func isCgroup2(dir string) bool {
	var s unix.Statfs_t
	return unix.Statfs(dir, &s) == nil && s.Type == unix.CGROUP2_SUPER_MAGIC
}

// visible reports whether the mount is the one its mount point leads to. Others
// are listed in mountinfo all the same: a tmpfs mounted over /sys/fs/cgroup
// hides what was mounted below it.
func visible(id, mountpoint string) bool {
	var s unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, mountpoint, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_MNT_ID, &s) != nil {
		return false
	}
	return s.Mask&unix.STATX_MNT_ID != 0 && strconv.FormatUint(s.Mnt_id, 10) == id
}

// layoutOf makes a Layout from the text of mountinfo (proc_pid_mountinfo(5))
// and /proc/self/cgroup (cgroups(7)).
func layoutOf(mountinfo, cgroup string, visible func(id, mountpoint string) bool) Layout {
	l := Layout{V1: map[string]string{}, Own: map[string]string{}}
	own := ownPaths(cgroup)
	var elsewhere, elsewhereRoot string
	for line := range strings.SplitSeq(mountinfo, "\n") {
		// Cheap test first: a host has hundreds of mounts, a handful are ours.
		if !strings.Contains(line, " - cgroup") {
			continue
		}
		m, ok := parseMount(line)
		if !ok || !visible(m.id, m.mountpoint) {
			continue
		}
		if m.fstype == "cgroup2" {
			// Only the customary places count: other programs keep a cgroup2
			// mount for themselves where nobody expects containers.
			switch m.mountpoint {
			case root, root + "/unified":
				l.Unified = m.mountpoint
				l.Own[""] = below(own[""], m.root)
			default:
				if elsewhere == "" {
					elsewhere, elsewhereRoot = m.mountpoint, m.root
				}
			}
			continue
		}
		for option := range strings.SplitSeq(m.options, ",") {
			// /proc/self/cgroup names every hierarchy, so it tells
			// controllers from mount options.
			at, known := own[option]
			if !known || option == "" {
				continue
			}
			// Mounted more than once: the customary place, or else the first.
			if old, seen := l.V1[option]; !seen || (!customary(old) && customary(m.mountpoint)) {
				l.V1[option] = m.mountpoint
				l.Own[option] = below(at, m.root)
			}
		}
	}
	if len(l.V1) == 0 && l.Unified == "" && elsewhere != "" {
		l.Unified = elsewhere
		l.Own[""] = below(own[""], elsewhereRoot)
	}
	switch {
	case len(l.V1) == 0 && l.Unified == "":
		return Layout{Mode: None}
	case len(l.V1) == 0:
		l.Mode, l.V1 = V2, nil
	case l.Unified == "":
		l.Mode = V1
	default:
		l.Mode = Hybrid
	}
	return l
}

func customary(mountpoint string) bool { return strings.HasPrefix(mountpoint, root+"/") }

type mount struct{ id, root, mountpoint, fstype, options string }

func parseMount(line string) (mount, bool) {
	head, tail, ok := strings.Cut(line, " - ")
	if !ok {
		return mount{}, false
	}
	h, t := strings.Split(head, " "), strings.Split(tail, " ")
	if len(h) < 6 || len(t) < 3 || (t[0] != "cgroup" && t[0] != "cgroup2") {
		return mount{}, false
	}
	return mount{id: h[0], root: unescape(h[3]), mountpoint: unescape(h[4]), fstype: t[0], options: t[2]}, true
}

// unescape undoes mountinfo's octal escapes of space, tab, line feed, backslash.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b = append(b, byte(v))
				i += 3
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// ownPaths reads lines "ID:CONTROLLERS:PATH"; version 2 is "".
func ownPaths(cgroup string) map[string]string {
	own := map[string]string{}
	for line := range strings.SplitSeq(cgroup, "\n") {
		_, rest, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		controllers, at, ok := strings.Cut(rest, ":")
		if !ok {
			continue
		}
		// A cgroup that was removed while the process stays in it.
		at = strings.TrimSuffix(at, " (deleted)")
		// Outside the root of the cgroup namespace: not reachable from here.
		if at == "/.." || strings.HasPrefix(at, "/../") {
			at = "/"
		}
		for c := range strings.SplitSeq(controllers, ",") {
			own[c] = at
		}
	}
	return own
}

// below gives path as seen from a mount whose root is root. In a container
// without a cgroup namespace, both are the host's; a path elsewhere cannot be
// reached through the mount, and the mount's root takes its place.
func below(path, root string) string {
	if root == "/" || root == "" || path == "" {
		return path
	}
	rest, ok := strings.CutPrefix(path, root)
	switch {
	case ok && rest == "":
		return "/"
	case ok && rest[0] == '/':
		return rest
	}
	return "/"
}
