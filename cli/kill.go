package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

func killCommand() *cli.Command {
	return &cli.Command{
		Name: "kill", Usage: "send a signal to the container's init (default SIGTERM)", ArgsUsage: "ID [SIGNAL]",
		Flags:        []cli.Flag{&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "send it to every process of the container"}},
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			if c.NArg() < 1 || c.NArg() > 2 {
				return fmt.Errorf("kill: takes a container id and, if wanted, a signal")
			}
			signal, err := parseSignal(c.Args().Get(1))
			if err != nil {
				return err
			}
			container, err := load(c, c.Args().First())
			if err != nil {
				return err
			}
			return container.Kill(signal, c.Bool("all"))
		},
	}
}

// lastSignal is the kernel's _NSIG.
const lastSignal = 64

// parseSignal reads a number, or a name in any case with or without SIG; empty
// means SIGTERM. RTMIN+n and RTMAX-n count as in signal(7).
func parseSignal(text string) (unix.Signal, error) {
	if text == "" {
		return unix.SIGTERM, nil
	}
	if n, err := strconv.Atoi(text); err == nil {
		if n < 0 || n > lastSignal {
			return 0, fmt.Errorf("there is no signal %d", n)
		}
		return unix.Signal(n), nil
	}
	name := "SIG" + strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if s := unix.SignalNum(name); s != 0 {
		return s, nil
	}
	for _, edge := range []struct {
		name  string
		base  int
		first int
		last  int
	}{{"SIGRTMIN", 34, 0, 30}, {"SIGRTMAX", 64, -30, 0}} {
		if rest, ok := strings.CutPrefix(name, edge.name); ok {
			n, err := strconv.Atoi(rest)
			if rest == "" {
				n, err = 0, nil
			}
			if err == nil && edge.first <= n && n <= edge.last {
				return unix.Signal(edge.base + n), nil
			}
		}
	}
	return 0, fmt.Errorf("there is no signal %q", text)
}
