package libcontainer

import (
	"errors"
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/internal/jsonwrite"
	"github.com/tare-oci/tare/nsenter"
)

// maxProcessState bounds the message to an agent: what a stream socket takes
// in one piece, since nobody waits for an agent that does not read.
const maxProcessState = 64 << 10

// agentOf is the function that hands the listener of a process's seccomp filter
// to the agent of the profile, with the container process state (config-linux.md,
// Seccomp): one message on a connection of its own. pid and status are asked
// for when the listener is there.
func (c *Container) agentOf(profile *specs.LinuxSeccomp, pid func() int, status Status) func(listener int) error {
	return func(listener int) error {
		message := c.processState(profile.ListenerMetadata, pid(), status)
		if len(message) > maxProcessState {
			return fmt.Errorf("/linux/seccomp/listenerMetadata: with the container's annotations it is longer than the %d bytes that an agent is sent", maxProcessState)
		}
		if err := nsenter.SendOne(profile.ListenerPath, message, listener); err != nil {
			return fmt.Errorf("/linux/seccomp/listenerPath: cannot hand the listener to the agent at %s: %w", profile.ListenerPath, err)
		}
		return nil
	}
}

func (c *Container) processState(metadata string, pid int, status Status) []byte {
	w := jsonwrite.New("")
	w.Object(func() {
		w.Name("ociVersion")
		w.String(c.State.OCIVersion)
		w.Name("fds")
		w.Array(func() { w.String(specs.SeccompFdName) })
		w.Name("pid")
		w.Int(int64(pid))
		if metadata != "" {
			w.Name("metadata")
			w.String(metadata)
		}
		w.Name("state")
		c.State.specState(w, status, c.State.Pid)
	})
	return w.Bytes()
}

// startListener is what start does with a listener. Most containers have none:
// their config is not even read.
func (c *Container) startListener(listener int) error {
	config, err := c.CreationConfig()
	if err != nil {
		return err
	}
	if config.Spec.Linux == nil || config.Spec.Linux.Seccomp == nil {
		return errors.New("BUG: a listener of no profile")
	}
	return c.agentOf(config.Spec.Linux.Seccomp, c.pid, Created)(listener)
}

func (c *Container) pid() int { return c.State.Pid }
