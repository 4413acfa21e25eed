package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/libcontainer"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name: "run", Usage: "make a container, start it, wait for its end and delete it", ArgsUsage: "ID",
		Flags: append(
			newContainerFlags(),
			&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "do not wait for the end"},
			&cli.BoolFlag{Name: "keep", Usage: "do not delete the container at its end"},
			&cli.BoolFlag{Name: "no-subreaper", Usage: "do not adopt the processes the container leaves behind"},
		),
		OnUsageError: usageError,
		Action:       run,
	}
}

func run(c *cli.Context) error {
	r, err := newContainerRequest(c)
	if err != nil {
		return err
	}
	return stayWith(c, r, func() (*libcontainer.Container, *libcontainer.Process, error) { return libcontainer.Create(r) })
}

// stayWith makes a container and, unless it is to be detached, stays with its
// process to the end.
func stayWith(c *cli.Context, r *libcontainer.Request, create func() (*libcontainer.Container, *libcontainer.Process, error)) error {
	r.Detach = c.Bool("detach")
	if r.Detach {
		_, process, err := create()
		if err != nil {
			return err
		}
		defer process.Close()
		return process.AwaitReady()
	}
	stay, err := libcontainer.Stay(!c.Bool("no-subreaper"))
	if err != nil {
		return err
	}
	container, process, err := create()
	if err != nil {
		return err
	}
	defer process.Close()
	settle() // now: the program may run for long
	status, err := stay.Wait(process)
	if !c.Bool("keep") {
		if destroyed := container.Destroy(warn); err == nil {
			err = destroyed
		}
	}
	if err != nil {
		return err
	}
	return ended(status)
}

// ended makes the payload's exit status tare's own.
func ended(status int) error {
	if status == 0 {
		return nil
	}
	return &exitStatus{status: status}
}
