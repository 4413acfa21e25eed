package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/libcontainer"
	"github.com/tare-oci/tare/specconv"
)

func specCommand() *cli.Command {
	return &cli.Command{
		Name: "spec", Usage: "write an example config.json",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "bundle", Aliases: []string{"b"}, Value: ".", Usage: "directory to write it to"},
			&cli.BoolFlag{Name: "rootless", Usage: "write one for this user's own id, without privileges"},
		},
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return errors.New("spec: takes no arguments")
			}
			facts, err := libcontainer.HostFacts()
			if err != nil {
				return err
			}
			spec := specconv.Example(facts)
			if c.Bool("rootless") {
				spec = specconv.ExampleRootless(facts)
			}
			data, err := json.MarshalIndent(spec, "", "\t")
			if err != nil {
				return err
			}
			path := filepath.Join(c.String("bundle"), "config.json")
			file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, os.ErrExist) {
				return fmt.Errorf("%s exists already: remove it first", path)
			}
			if err != nil {
				return fmt.Errorf("cannot write %s: %w", path, errors.Unwrap(err))
			}
			_, err = file.Write(append(data, '\n'))
			return errors.Join(err, file.Close())
		},
	}
}
