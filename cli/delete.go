package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/libcontainer"
)

func deleteCommand() *cli.Command {
	return &cli.Command{
		Name: "delete", Usage: "remove a container that has stopped", ArgsUsage: "ID",
		Flags:        []cli.Flag{&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "kill it if it runs; an unknown id is fine"}},
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			id, err := containerID(c)
			if err != nil {
				return err
			}
			root, err := stateRoot(c)
			if err != nil {
				return err
			}
			return libcontainer.Delete(root, id, c.Bool("force"), warn)
		},
	}
}
