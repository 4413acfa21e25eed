package nsenter

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// mount is the parent's half of plan.MountDetached: a new instance of a file
// system that belongs to tare's user namespace, not to the container's.
func (s *Session) mount(step *plan.Step) error {
	fd, err := newMount(step.S[0], step.S[1], step.L[0], int(step.N[2]))
	if err != nil {
		return err
	}
	if err := setattr(fd, plan.MountClone{Propagation: step.N[4]}); err != nil {
		unix.Close(fd)
		return err
	}
	s.Assign(plan.Slot(step.N[1]), fd)
	return nil
}

func newMount(fstype, source string, options []string, attrs int) (int, error) {
	fs, err := unix.Fsopen(fstype, unix.FSOPEN_CLOEXEC)
	if err == unix.ENODEV {
		return -1, errors.New("the kernel has no such file system: " + err.Error())
	}
	if err != nil {
		return -1, kernelFloor(err, "fsopen")
	}
	defer unix.Close(fs)
	if source != "" {
		if err := unix.FsconfigSetString(fs, "source", source); err != nil {
			return -1, explain(fs, err, "setting the source "+source)
		}
	}
	for _, option := range options {
		name, value, valued := strings.Cut(option, "=")
		if valued {
			err = unix.FsconfigSetString(fs, name, value)
		} else {
			err = unix.FsconfigSetFlag(fs, name)
		}
		if err != nil {
			return -1, explain(fs, err, "setting "+option)
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, explain(fs, err, "")
	}
	mount, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attrs)
	if err != nil {
		return -1, explain(fs, err, "making the mount")
	}
	return mount, nil
}

// explain adds the kernel's own words about a failing fsconfig(2), "e tmpfs: Bad
// value …", which the descriptor has.
func explain(fs int, cause error, what string) error {
	var line [512]byte
	n, err := unix.Read(fs, line[:])
	said := ""
	if err == nil && n > 2 {
		said = strings.TrimSpace(string(line[2:n]))
	}
	for _, words := range [...]string{said, what} {
		if words != "" {
			cause = &detailed{words, cause}
		}
	}
	return cause
}

// detailed is an error with words about it, which keeps its errno.
type detailed struct {
	words string
	err   error
}

func (d *detailed) Error() string { return d.words + ": " + d.err.Error() }
func (d *detailed) Unwrap() error { return d.err }
