package procfs

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/tare-oci/tare/internal/wholefile"
)

// InnermostPid is the number that a process has in its own pid namespace
// (proc_pid_status(5), NSpid).
func InnermostPid(pid int) (int, error) {
	status, err := wholefile.Read("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	return innermost(status)
}

// innermost takes the last number of the line: they begin with the namespace of
// the procfs.
func innermost(status []byte) (int, error) {
	for line := range bytes.Lines(status) {
		if numbers, ok := bytes.CutPrefix(line, []byte("NSpid:")); ok {
			if fields := bytes.Fields(numbers); len(fields) > 0 {
				return strconv.Atoi(string(fields[len(fields)-1]))
			}
		}
	}
	return 0, errors.New("BUG: /proc/PID/status is not as proc_pid_status(5) says")
}
