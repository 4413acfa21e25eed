package libcontainer

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/nsenter"
)

// Start lets a created container execute its program, and returns when it has.
// A program that cannot be executed ends the container; the error says why.
func (c *Container) Start() error {
	if status := c.Status(); status != Created {
		return fmt.Errorf("cannot start container %s: it is %s, not created", c.State.ID, status)
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
