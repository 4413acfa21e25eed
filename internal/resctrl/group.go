package resctrl

import (
	"errors"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/wholefile"
)

// Tree is a mounted resctrl.
type Tree struct{ Mountpoint string }

// lock keeps away whoever else keeps to the rules (resctrl.rst, "Resctrl filesystem
// locking"): from a look at a group to its change, and from an error to the
// kernel's words for it, nobody else must come between.
func (t Tree) lock() (unlock func(), err error) {
	fd, err := unix.Open(t.Mountpoint, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "cannot open", Path: t.Mountpoint, Err: err}
	}
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Flock(fd, unix.LOCK_EX)
	}
	if err != nil {
		unix.Close(fd)
		return nil, &os.PathError{Op: "cannot lock", Path: t.Mountpoint, Err: err}
	}
	return func() { unix.Close(fd) }, nil
}

// Use makes a group with schemata, in so many writes, or takes one that is there: it
// must have them, if any are asked for. Where mayMake is false it must be there. intend
// is called before the group is made. When it fails nothing is left.
func (t Tree) Use(group string, writes []string, mayMake bool, intend func() error) (made bool, err error) {
	unlock, err := t.lock()
	if err != nil {
		return false, err
	}
	defer unlock()
	_, err = os.Lstat(group)
	switch {
	case err == nil:
		return false, t.agrees(group, writes)
	case !errors.Is(err, os.ErrNotExist):
		return false, bare(err)
	case !mayMake:
		return false, errors.New("there is no such group, and no schemata to make it with")
	}
	if err := intend(); err != nil {
		return false, err
	}
	if err := unix.Mkdir(group, 0o755); err != nil {
		return false, t.why(err)
	}
	for _, w := range writes {
		if err := t.write(group, w); err != nil {
			_ = unix.Rmdir(group)
			return false, err
		}
	}
	return true, nil
}

// agrees compares the schemata of a group that is there.
func (t Tree) agrees(group string, writes []string) error {
	text, err := wholefile.Read(group + "/schemata")
	if err != nil {
		return bare(err)
	}
	return compare(writes, string(text), t.number("MB/bandwidth_gran"))
}

// Monitor makes a group that counts what its tasks use. It must be new. intend is
// called before it is made.
func (t Tree) Monitor(group string, intend func() error) error {
	unlock, err := t.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Lstat(group); err == nil {
		return unix.EEXIST
	}
	if err := intend(); err != nil {
		return err
	}
	if err := unix.Mkdir(group, 0o755); err != nil {
		return t.why(err)
	}
	return nil
}

// Assign puts a task into a group. Its children are born there.
func (t Tree) Assign(group string, tid int) error {
	unlock, err := t.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return t.writeFile(group+"/tasks", strconv.Itoa(tid))
}

// Change writes lines of schemata and returns what takes that back.
func (t Tree) Change(group, lines string) (undo func(), err error) {
	unlock, err := t.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	before, err := wholefile.Read(group + "/schemata")
	if err != nil {
		return nil, err
	}
	var old []string
	for line := range strings.Lines(string(before)) {
		for changed := range strings.Lines(lines) {
			if Resource(line) == Resource(changed) {
				old = append(old, strings.TrimSpace(line))
				break
			}
		}
	}
	if err := t.write(group, lines); err != nil {
		return nil, err
	}
	return func() { _ = t.write(group, strings.Join(old, "\n")) }, nil
}

// Remove removes a group, whose tasks, if it has any, go to the group above. One
// that is not there is fine.
func Remove(group string) error {
	err := unix.Rmdir(group)
	if err != nil && err != unix.ENOENT {
		return &os.PathError{Op: "cannot remove", Path: group, Err: err}
	}
	return nil
}

// RemoveUnused removes a group that nobody has put a task into.
func (t Tree) RemoveUnused(group string) {
	unlock, err := t.lock()
	if err != nil {
		return
	}
	defer unlock()
	if tasks, err := wholefile.Read(group + "/tasks"); err == nil && len(tasks) == 0 {
		_ = unix.Rmdir(group)
	}
}

// write gives a group schemata, whole lines as the kernel wants them.
func (t Tree) write(group, lines string) error {
	err := t.writeFile(group+"/schemata", strings.TrimRight(lines, "\n")+"\n")
	if err != nil {
		return errors.New("the schemata " + strconv.Quote(lines) + " are refused: " + err.Error())
	}
	return nil
}

func (t Tree) writeFile(file, text string) error {
	fd, err := unix.Open(file, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, []byte(text))
	unix.Close(fd)
	return t.why(err)
}

// why adds the kernel's own words, if it has any, to the error of the last operation.
func (t Tree) why(err error) error {
	if err == nil {
		return nil
	}
	text, _ := wholefile.Read(t.Mountpoint + "/info/last_cmd_status")
	words := strings.TrimSpace(string(text))
	if words == "" || words == "ok" {
		return err
	}
	return &reasoned{err, words}
}

// reasoned is an errno with the kernel's words for it.
type reasoned struct {
	error
	words string
}

func (e *reasoned) Error() string { return e.error.Error() + " (" + e.words + ")" }

func (e *reasoned) Unwrap() error { return e.error }

// number reads a number of info/, 0 if there is none.
func (t Tree) number(file string) uint64 {
	text, _ := wholefile.Read(path.Join(t.Mountpoint, "info", file))
	n, _ := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return n
}

// bare is the errno of a path's error, for whoever names the path already.
func bare(err error) error {
	if e := errors.Unwrap(err); e != nil {
		return e
	}
	return err
}
