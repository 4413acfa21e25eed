package procfs

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tare-oci/tare/internal/wholefile"
)

// Mount is a line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
type Mount struct {
	ID      uint64 // field 1, as statx(2) has it
	Parent  uint64
	Device  string // of the file system, "major:minor"
	Root    string // field 4, what of the file system is mounted
	Point   string // field 5
	Options []string
	Type    string // of the file system
}

// IDMapped says whether the owners of its files are mapped.
func (m *Mount) IDMapped() bool { return slices.Contains(m.Options, "idmapped") }

// Mounts lists the mounts that this process sees.
func Mounts() ([]Mount, error) { return mountsIn("/proc/thread-self/mountinfo") }

// MountsOf lists the mounts that a process sees, with their points as it sees them.
func MountsOf(pid int) ([]Mount, error) {
	return mountsIn("/proc/" + strconv.Itoa(pid) + "/mountinfo")
}

func mountsIn(file string) ([]Mount, error) {
	text, err := wholefile.Read(file)
	if err != nil {
		return nil, err
	}
	return parseMounts(string(text)), nil
}

func parseMounts(text string) (mounts []Mount) {
	for line := range strings.SplitSeq(text, "\n") {
		// A list of optional fields, which may be empty, ends with the hyphen.
		head, tail, ok := strings.Cut(line, " - ")
		h := strings.Split(head, " ")
		if !ok || len(h) < 6 {
			continue
		}
		id, err := strconv.ParseUint(h[0], 10, 64)
		if err != nil {
			continue
		}
		parent, err := strconv.ParseUint(h[1], 10, 64)
		if err != nil {
			continue
		}
		fstype, _, _ := strings.Cut(tail, " ")
		mounts = append(mounts, Mount{
			ID: id, Parent: parent, Device: h[2], Root: unescape(h[3]), Point: unescape(h[4]),
			Options: strings.Split(h[5], ","), Type: unescape(fstype),
		})
	}
	return mounts
}

// unescape undoes the octal escapes of space, tab, line feed and backslash.
func unescape(s string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '\\')
		if at < 0 || at+4 > len(s) {
			b.WriteString(s)
			return b.String()
		}
		v, err := strconv.ParseUint(s[at+1:at+4], 8, 8)
		if err != nil {
			b.WriteString(s[:at+1])
			s = s[at+1:]
			continue
		}
		b.WriteString(s[:at])
		b.WriteByte(byte(v))
		s = s[at+4:]
	}
}
