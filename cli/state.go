package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/internal/jsonwrite"
	"github.com/tare-oci/tare/libcontainer"
)

// containerState is what state and list print, in the words engines parse.
type containerState struct {
	OCIVersion  string            `json:"ociVersion"`
	ID          string            `json:"id"`
	Pid         int               `json:"pid"`
	Status      string            `json:"status"`
	Bundle      string            `json:"bundle"`
	Rootfs      string            `json:"rootfs"`
	Created     time.Time         `json:"created"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Owner       string            `json:"owner"`
}

func describe(container *libcontainer.Container, status libcontainer.Status) containerState {
	s := &container.State
	state := containerState{
		OCIVersion: s.OCIVersion, ID: s.ID, Pid: s.Pid, Status: string(status), Bundle: s.Bundle,
		Rootfs: s.Rootfs, Created: s.Created, Annotations: s.Annotations,
	}
	if status == libcontainer.Stopped {
		state.Pid = 0
	}
	return state
}

func stateCommand() *cli.Command {
	return withContainer("state", "print the state of a container", func(c *cli.Context, container *libcontainer.Container) error {
		return printState(c.App.Writer, describe(container, container.Status()))
	})
}

// printState is printJSON for the verb that engines call most.
func printState(out io.Writer, s containerState) error {
	w := jsonwrite.New("  ")
	w.Object(func() {
		w.Name("ociVersion")
		w.String(s.OCIVersion)
		w.Name("id")
		w.String(s.ID)
		w.Name("pid")
		w.Int(int64(s.Pid))
		w.Name("status")
		w.String(s.Status)
		w.Name("bundle")
		w.String(s.Bundle)
		w.Name("rootfs")
		w.String(s.Rootfs)
		w.Name("created")
		w.String(s.Created.Format(time.RFC3339Nano))
		if len(s.Annotations) > 0 {
			w.Name("annotations")
			w.Strings(s.Annotations)
		}
		w.Name("owner")
		w.String(s.Owner)
	})
	_, err := out.Write(append(w.Bytes(), '\n'))
	return err
}

func printJSON(w io.Writer, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

func listCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the containers under the state root",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Value: "table", Usage: "table or json"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print ids only"},
		},
		OnUsageError: usageError,
		Action:       list,
	}
}

func list(c *cli.Context) error {
	if c.NArg() != 0 {
		return fmt.Errorf("list: takes no arguments")
	}
	format := c.String("format")
	if format != "table" && format != "json" {
		return fmt.Errorf("--format: %q is neither table nor json", format)
	}
	root, err := stateRoot(c)
	if err != nil {
		return err
	}
	containers, broken, err := libcontainer.List(root)
	if err != nil {
		return err
	}
	for _, b := range broken {
		fmt.Fprintln(os.Stderr, "tare: warning: "+oneLine(b.Error()))
	}
	// In large pieces: the table comes word by word.
	out := bufio.NewWriterSize(c.App.Writer, 64<<10)
	if c.Bool("quiet") {
		for _, container := range containers {
			fmt.Fprintln(out, container.State.ID)
		}
		return out.Flush()
	}
	states := make([]containerState, 0, len(containers))
	statuses := libcontainer.Statuses(containers)
	for i, container := range containers {
		state := describe(container, statuses[i])
		state.Owner = ownerName(container.State.Owner)
		states = append(states, state)
	}
	if format == "json" {
		return printJSON(c.App.Writer, states)
	}
	w := tabwriter.NewWriter(out, 12, 1, 3, ' ', 0)
	fmt.Fprint(w, "ID\tPID\tSTATUS\tBUNDLE\tCREATED\tOWNER\n")
	for i := range states {
		s := &states[i]
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", s.ID, s.Pid, s.Status, oneLine(s.Bundle), s.Created.Format(time.RFC3339Nano), s.Owner)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Flush()
}

func ownerName(uid int) string {
	if uid == 0 {
		return "root"
	}
	return strconv.Itoa(uid)
}
