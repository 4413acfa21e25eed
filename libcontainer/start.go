package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/specconv"
)

// Start lets a created container execute its program, and returns when it has and
// its hooks are done. A program that cannot be executed ends the container, and a
// hook that fails deletes it; the error says why.
func (c *Container) Start(warn func(string)) error {
	if c.State.Hooks.StartContainer == 0 && c.State.Hooks.Poststart == 0 {
		return c.start()
	}
	// Two that start it would both run its hooks.
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := c.startable(); err != nil {
		return err
	}
	h, err := c.startHooks()
	if err != nil {
		return fmt.Errorf("cannot start container %s: %w", c.State.ID, err)
	}
	defer h.close()
	if err := h.runAll(specconv.StartContainer, c.State.Hooks.StartContainer); err != nil {
		return c.giveUp(err, warn)
	}
	if err := c.start(); err != nil {
		return err
	}
	if err := h.runAll(specconv.Poststart, c.State.Hooks.Poststart); err != nil {
		return c.giveUp(err, warn)
	}
	return nil
}

// startHooks is what runs the hooks of start.
func (c *Container) startHooks() (*hookRunner, error) {
	h := &hookRunner{container: c, root: filepath.Dir(c.Dir), pid: c.State.Pid, start: c.State.Start}
	var err error
	if h.config, err = c.CreationConfig(); err != nil || c.State.Hooks.StartContainer == 0 {
		return h, err
	}
	facts, paths, _, err := c.joinFacts(h.config, &ExecRequest{Rootless: RootlessAuto})
	if err == nil {
		h.facts = facts
		h.group, err = openGroup(paths)
	}
	return h, err
}

// giveUp deletes a container one of whose hooks failed (runtime.md, Lifecycle).
func (c *Container) giveUp(cause error, warn func(string)) error {
	if err := c.Destroy(warn); err != nil && warn != nil {
		warn(err.Error())
	}
	return cause
}

// lock waits for other tares that hold the container's directory.
func (c *Container) lock() (unlock func(), err error) { return c.lockFile("") }

// lockFile waits for other tares that hold a file of the directory, one that
// nobody replaces.
func (c *Container) lockFile(name string) (unlock func(), err error) {
	path := filepath.Join(c.Dir, name)
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		return nil, &NotExistError{c.State.ID}
	}
	if err != nil {
		return nil, &os.PathError{Op: "cannot lock", Path: path, Err: err}
	}
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Flock(fd, unix.LOCK_EX)
	}
	if err != nil {
		unix.Close(fd)
		return nil, &os.PathError{Op: "cannot lock", Path: path, Err: err}
	}
	return func() { unix.Close(fd) }, nil
}

func (c *Container) startable() error {
	if status := c.Status(); status != Created {
		return fmt.Errorf("cannot start container %s: it is %s, not created", c.State.ID, status)
	}
	if c.frozen() { // it would not answer
		return fmt.Errorf("cannot start container %s: its cgroup, or one above, is frozen", c.State.ID)
	}
	return nil
}

func (c *Container) start() error {
	if err := c.startable(); err != nil {
		return err
	}
	socket := filepath.Join(c.Dir, startSocket)
	err := nsenter.Start(socket, c.startListener)
	var unheard *nsenter.ListenerError
	if errors.As(err, &unheard) {
		_ = c.end() // its program might wait for the agent for ever
	}
	// A step that failed has an errno too: a program that is not there gives ENOENT.
	var failure *nsenter.Failure
	if !errors.As(err, &failure) && !errors.As(err, &unheard) && (errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.ENOENT)) {
		return fmt.Errorf("cannot start container %s: it no longer waits for start", c.State.ID)
	}
	// Whether it runs or failed, it does not wait any more.
	_ = unix.Unlink(socket)
	return err
}
