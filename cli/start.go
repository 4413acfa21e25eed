package cli

import (
	"os"

	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/libcontainer"
)

// withContainer is a verb that takes one container id and no flags of its own.
func withContainer(name, usage string, do func(*cli.Context, *libcontainer.Container) error) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, ArgsUsage: "ID", OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			container, err := ofArgument(c)
			if err != nil {
				return err
			}
			return do(c, container)
		},
	}
}

// ofArgument is the container that the one argument names.
func ofArgument(c *cli.Context) (*libcontainer.Container, error) {
	id, err := containerID(c)
	if err != nil {
		return nil, err
	}
	return load(c, id)
}

func load(c *cli.Context, id string) (*libcontainer.Container, error) {
	root, err := stateRoot(c)
	if err != nil {
		return nil, err
	}
	return libcontainer.Load(root, id)
}

func startCommand() *cli.Command {
	return withContainer("start", "let a created container execute its program", func(_ *cli.Context, container *libcontainer.Container) error {
		return container.StartNotifying(os.Getenv("NOTIFY_SOCKET"), warn)
	})
}

func pauseCommand() *cli.Command {
	return withContainer("pause", "freeze the container's processes", func(_ *cli.Context, container *libcontainer.Container) error {
		return container.Pause()
	})
}

func resumeCommand() *cli.Command {
	return withContainer("resume", "let a paused container's processes go on", func(_ *cli.Context, container *libcontainer.Container) error {
		return container.Resume()
	})
}
