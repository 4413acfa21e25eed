package nsenter

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// mapping makes a user namespace by a process that lives no longer than it takes
// to write its maps and to open it. The descriptor keeps the namespace.
func (s *Session) mapping(step *plan.Step) error {
	child, err := forkIdle(unix.CLONE_NEWUSER)
	if err != nil {
		return spawnError(err, false)
	}
	defer child.End()
	dir := "/proc/" + strconv.Itoa(child.Pid) + "/"
	for i, name := range [...]string{"uid_map", "gid_map"} {
		if err := writeFile(dir+name, strings.Join(step.L[i], "\n")+"\n"); err != nil {
			return errors.New("writing its " + name + ": " + err.Error())
		}
	}
	fd, err := unix.Open(dir+"ns/user", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	s.Assign(plan.Slot(step.N[0]), fd)
	return nil
}
