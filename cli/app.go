package cli

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Build says which tare this is.
type Build struct {
	Version string
	Commit  string
}

// exitStatus ends tare with a status and, unless empty, a message.
type exitStatus struct {
	status int
	err    error
}

func (e *exitStatus) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitStatus) Unwrap() error { return e.err }

// Main runs the command line and returns the exit status.
func Main(args []string, build Build) int {
	app := newApp(build, args)
	err := app.Run(args)
	if err == nil {
		settle()
		return 0
	}
	status := 1
	var exit *exitStatus
	if errors.As(err, &exit) {
		status = exit.status
	}
	if text := err.Error(); text != "" {
		report(text)
	} else {
		settle()
	}
	return status
}

// newApp makes the command line: for these arguments alone, or the whole of it for none.
func newApp(build Build, args []string) *cli.App {
	app := &cli.App{
		Name:     "tare",
		Usage:    "run containers from OCI bundles",
		Flags:    globals(),
		Commands: commands(build, args),
		Before:   func(c *cli.Context) error { return openLog(c) },
		Action: func(c *cli.Context) error {
			if c.Bool("version") {
				printVersion(c.App.Writer, build)
				return nil
			}
			if c.Args().Present() {
				return fmt.Errorf("there is no command %q: see tare --help", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
		HideVersion:            true,
		HideHelpCommand:        true,
		CustomAppHelpTemplate:  "",
		UseShortOptionHandling: false,
		// A comma belongs to the value: --env LIST=1,2.
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              usageError,
	}
	cli.HelpFlag = remembering([]cli.Flag{cli.HelpFlag})[0] // every command has it
	app.Flags = remembering(app.Flags)
	for _, command := range app.Commands {
		command.Flags = remembering(command.Flags)
	}
	return app
}

// commands makes those that the arguments name: to make the flags of all of them takes
// as long as many a command. Where a page of help may be meant it makes all.
func commands(build Build, args []string) (made []*cli.Command) {
	all := []struct {
		name string
		make func() *cli.Command
	}{
		{"create", createCommand},
		{"start", startCommand},
		{"run", runCommand},
		{"exec", execCommand},
		{"state", stateCommand},
		{"list", listCommand},
		{"kill", killCommand},
		{"delete", deleteCommand},
		{"pause", pauseCommand},
		{"resume", resumeCommand},
		{"ps", psCommand},
		{"events", eventsCommand},
		{"update", updateCommand},
		{"checkpoint", checkpointCommand},
		{"restore", restoreCommand},
		{"spec", specCommand},
		{"plan", planCommand},
		{"features", featuresCommand},
		{"version", func() *cli.Command { return versionCommand(build) }},
	}
	said := func(words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(args, word) })
	}
	whole := said("-h", "--help", "-help")
	for _, command := range all {
		if whole || said(command.name) {
			made = append(made, command.make())
		}
	}
	if len(made) == 0 && !said("-v", "--version", "-version") {
		return commands(build, []string{"--help"})
	}
	return made
}

// usageError keeps the library from printing a page of help before the error.
func usageError(_ *cli.Context, err error, _ bool) error { return err }

func globals() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "root", Usage: "directory of the containers' state"},
		&cli.StringFlag{Name: "log", Usage: "file to which errors are also written"},
		&cli.StringFlag{Name: "log-format", Value: "text", Usage: "format of the log: text or json"},
		&cli.BoolFlag{Name: "debug", Usage: "write to the log what is done as well"},
		&cli.BoolFlag{Name: "systemd-cgroup", Usage: "make cgroups through systemd"},
		&cli.StringFlag{Name: "rootless", Value: "auto", Usage: "whether cgroup errors of an ordinary user are fine: true, false or auto"},
		&cli.StringFlag{Name: "cgroup-manager", Usage: "cgroupfs, systemd or disabled", Hidden: true},
		&cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "print the version"},
	}
}

// containerID is the one argument of a verb that takes nothing else.
func containerID(c *cli.Context) (string, error) {
	words, err := positional(c)
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	switch len(words) {
	case 0:
		return "", fmt.Errorf("%s: a container id is missing", c.Command.Name)
	case 1:
		return words[0], nil
	}
	return "", fmt.Errorf("%s: takes one container id, not %d arguments", c.Command.Name, len(words))
}

func versionCommand(build Build) *cli.Command {
	return &cli.Command{Name: "version", Hidden: true, Usage: "print the version", Action: func(c *cli.Context) error {
		printVersion(c.App.Writer, build)
		return nil
	}}
}

func printVersion(w io.Writer, build Build) {
	_, _ = io.WriteString(w, "tare version "+build.Version+"\ncommit: "+build.Commit+"\nspec: "+specs.Version+"\ngo: "+runtime.Version()+"\n")
}

// Reference is the command line as manuals and completions describe it.
func Reference() *cli.App { return newApp(Build{}, nil) }
