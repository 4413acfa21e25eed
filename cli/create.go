package cli

import (
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/libcontainer"
)

// newContainerFlags are those of the verbs that make a container.
func newContainerFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "bundle", Aliases: []string{"b"}, Value: ".", Usage: "directory of config.json"},
		&cli.StringFlag{Name: "console-socket", Usage: "Unix socket that gets the terminal's master"},
		&cli.StringFlag{Name: "pidfd-socket", Usage: "Unix socket that gets a pidfd of the container's process"},
		&cli.StringFlag{Name: "pid-file", Usage: "file to write the process's pid to"},
		&cli.BoolFlag{Name: "no-pivot", Usage: "move the root instead of pivoting to it, for a host that runs from an initramfs"},
		&cli.BoolFlag{Name: "no-new-keyring", Usage: "keep the caller's session keyring"},
		&cli.IntFlag{Name: "preserve-fds", Usage: "how many descriptors from 3 on the process gets"},
	}
}

func newContainerRequest(c *cli.Context) (*libcontainer.Request, error) {
	id, err := containerID(c)
	if err != nil {
		return nil, err
	}
	root, err := stateRoot(c)
	if err != nil {
		return nil, err
	}
	r := &libcontainer.Request{
		Root: root, ID: id, ConsoleSocket: c.String("console-socket"), PidfdSocket: c.String("pidfd-socket"), PidFile: c.String("pid-file"),
		PreserveFDs: c.Int("preserve-fds"), NoPivot: c.Bool("no-pivot"), NoNewKeyring: c.Bool("no-new-keyring"),
		Rootless: rootlessMode(c), Warn: warn, Note: note,
	}
	if err := manageCgroup(c, r); err != nil {
		return nil, err
	}
	if err := ofServiceManager(r); err != nil {
		return nil, err
	}
	if r.Bundle, err = filepath.Abs(c.String("bundle")); err != nil {
		return nil, err
	}
	if r.PidFile != "" {
		if r.PidFile, err = filepath.Abs(r.PidFile); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func createCommand() *cli.Command {
	return &cli.Command{
		Name: "create", Usage: "make a container that waits for start", ArgsUsage: "ID",
		Flags: newContainerFlags(), OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			r, err := newContainerRequest(c)
			if err != nil {
				return err
			}
			r.Await = true
			_, process, err := libcontainer.Create(r)
			if err != nil {
				return err
			}
			process.Close()
			return nil
		},
	}
}
