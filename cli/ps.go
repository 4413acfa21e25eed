package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

func psCommand() *cli.Command {
	return &cli.Command{
		Name: "ps", Usage: "list the container's processes, as ps(1) shows them or as pids", ArgsUsage: "ID [ps options]",
		Flags:           []cli.Flag{&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Value: "table", Usage: "table or json"}},
		OnUsageError:    usageError,
		SkipFlagParsing: false,
		Action:          ps,
	}
}

func ps(c *cli.Context) error {
	if c.NArg() < 1 {
		return errors.New("ps: a container id is missing")
	}
	container, err := load(c, c.Args().First())
	if err != nil {
		return err
	}
	pids, err := container.Pids()
	if err != nil {
		return err
	}
	switch format := c.String("format"); format {
	case "json":
		return printJSON(c.App.Writer, pids)
	case "table":
	default:
		return fmt.Errorf("--format: %q is neither table nor json", format)
	}
	options := c.Args().Tail()
	if len(options) == 0 {
		options = []string{"-ef"}
	}
	out, err := exec.Command("ps", options...).Output()
	if err != nil {
		return fmt.Errorf("ps %s: %w", strings.Join(options, " "), err)
	}
	return printRows(c, out, pids)
}

// printRows prints ps's header and the rows of pids.
func printRows(c *cli.Context, out []byte, pids []int) error {
	column := -1
	for line := range bytes.Lines(out) {
		fields := strings.Fields(string(line))
		if column < 0 {
			if column = slices.Index(fields, "PID"); column < 0 {
				return errors.New("ps: its output has no PID column")
			}
		} else if column >= len(fields) {
			continue
		} else if pid, err := strconv.Atoi(fields[column]); err != nil || !slices.Contains(pids, pid) {
			continue
		}
		if _, err := c.App.Writer.Write(line); err != nil {
			return err
		}
	}
	return nil
}
