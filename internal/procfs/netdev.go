package procfs

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/wholefile"
)

// Interface is a line of /proc/PID/net/dev (proc_pid_net(5)).
type Interface struct {
	Name                                    string
	RxBytes, RxPackets, RxErrors, RxDropped uint64
	TxBytes, TxPackets, TxErrors, TxDropped uint64
}

// Interfaces lists those of a process's network namespace, and none where that
// is the caller's own: they are not the process's alone.
func Interfaces(pid int) ([]Interface, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	var its, own unix.Stat_t
	if unix.Stat(dir+"/ns/net", &its) == nil && unix.Stat("/proc/self/ns/net", &own) == nil && its.Dev == own.Dev && its.Ino == own.Ino {
		return nil, nil
	}
	text, err := wholefile.Read(dir + "/net/dev")
	if err != nil {
		return nil, err
	}
	return parseInterfaces(text), nil
}

// parseInterfaces skips the two lines of headings, which have no colon, or one
// behind which there are no numbers.
func parseInterfaces(text []byte) (list []Interface) {
	for line := range bytes.Lines(text) {
		// A name has no colon (dev_valid_name), and a figure may follow at once.
		name, rest, ok := bytes.Cut(line, []byte{':'})
		f := bytes.Fields(rest)
		if !ok || len(f) < 16 {
			continue
		}
		var n [12]uint64
		for i := range n {
			n[i], _ = strconv.ParseUint(string(f[i]), 10, 64)
		}
		list = append(list, Interface{
			Name:    string(bytes.TrimSpace(name)),
			RxBytes: n[0], RxPackets: n[1], RxErrors: n[2], RxDropped: n[3],
			TxBytes: n[8], TxPackets: n[9], TxErrors: n[10], TxDropped: n[11],
		})
	}
	return list
}
