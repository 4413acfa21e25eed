package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/libcontainer"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

func planCommand() *cli.Command {
	return &cli.Command{
		Name: "plan", Usage: "print what create would do, step by step, without doing it", ArgsUsage: "[BUNDLE]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print it as JSON"},
			&cli.StringFlag{Name: "restore", Usage: "print what restore from the checkpoint in `DIRECTORY` would do instead of create"},
			&cli.StringFlag{Name: "exec", Usage: "print what exec of --process, or of the container's own process, would do in container `ID`"},
			&cli.StringFlag{Name: "process", Usage: "with --exec: file with the process as JSON"},
			&cli.StringFlag{Name: "facts", Usage: "file with the facts of the host to compile for, as --print-facts prints them"},
			&cli.BoolFlag{Name: "print-facts", Usage: "print the facts of this host, and of BUNDLE if one is named, instead of a plan"},
			&cli.BoolFlag{Name: "run", Usage: "print what run would do instead of create"},
			&cli.StringFlag{Name: "id", Value: "ID", Usage: "container id to plan for"},
			&cli.StringFlag{Name: "console-socket", Value: "CONSOLE-SOCKET", Usage: "as of create and exec"},
			&cli.StringFlag{Name: "pid-file", Usage: "with --exec: as of exec"},
		},
		OnUsageError: usageError,
		Action:       printPlan,
	}
}

func printPlan(c *cli.Context) error {
	if c.Bool("print-facts") {
		return printFacts(c)
	}
	facts, err := pinnedFacts(c.String("facts"))
	if err != nil {
		return err
	}
	var p *plan.Plan
	if id := c.String("exec"); id != "" {
		p, err = planExec(c, id, facts)
	} else {
		p, err = planCreate(c, facts)
	}
	if err != nil {
		return err
	}
	if err := p.Check(); err != nil {
		return err
	}
	if !c.Bool("json") {
		return p.Print(c.App.Writer)
	}
	data, err := p.JSON()
	if err != nil {
		return err
	}
	_, err = c.App.Writer.Write(append(data, '\n'))
	return err
}

// printFacts prints those of this host, with what a plan for the bundle depends
// on if one is named.
func printFacts(c *cli.Context) error {
	if c.NArg() == 0 {
		facts, err := libcontainer.HostFacts()
		if err != nil {
			return err
		}
		return printJSON(c.App.Writer, facts)
	}
	config, r, err := planRequest(c)
	if err != nil {
		return err
	}
	facts, err := libcontainer.Facts(config, r)
	if err != nil {
		return err
	}
	return printJSON(c.App.Writer, facts)
}

func planCreate(c *cli.Context, facts *specconv.Facts) (*plan.Plan, error) {
	config, r, err := planRequest(c)
	if err != nil {
		return nil, err
	}
	if images := c.String("restore"); images != "" {
		return planRestore(config, r, images, facts)
	}
	p, _, err := libcontainer.Compile(config, r, facts)
	return p, err
}

func planRestore(config *libcontainer.Config, request *libcontainer.Request, images string, facts *specconv.Facts) (*plan.Plan, error) {
	images, err := filepath.Abs(images)
	if err != nil {
		return nil, err
	}
	r := &libcontainer.RestoreRequest{Request: *request, CRIUOptions: libcontainer.CRIUOptions{Images: images, Path: os.Getenv("PATH")}}
	return libcontainer.CompileRestore(config, r, facts)
}

// planRequest is the request that create would make of the bundle.
func planRequest(c *cli.Context) (*libcontainer.Config, *libcontainer.Request, error) {
	if c.NArg() > 1 {
		return nil, nil, errors.New("plan: takes one bundle")
	}
	bundle := c.Args().First()
	if bundle == "" {
		bundle = "."
	}
	bundle, err := filepath.Abs(bundle)
	if err != nil {
		return nil, nil, err
	}
	root, err := stateRoot(c)
	if err != nil {
		return nil, nil, err
	}
	config, err := libcontainer.ReadConfig(bundle)
	if err != nil {
		return nil, nil, err
	}
	r := &libcontainer.Request{Root: root, ID: c.String("id"), Bundle: bundle, Await: !c.Bool("run"), Rootless: rootlessMode(c), Warn: warn}
	if err := manageCgroup(c, r); err != nil {
		return nil, nil, err
	}
	if err := ofServiceManager(r); err != nil {
		return nil, nil, err
	}
	if config.Spec.Process != nil && config.Spec.Process.Terminal && r.Await {
		r.ConsoleSocket = c.String("console-socket")
	}
	return config, r, nil
}

func planExec(c *cli.Context, id string, facts *specconv.Facts) (*plan.Plan, error) {
	container, err := load(c, id)
	if err != nil {
		return nil, err
	}
	config, err := container.CreationConfig()
	if err != nil {
		return nil, err
	}
	r := &libcontainer.ExecRequest{Root: filepath.Dir(container.Dir), Process: config.Spec.Process, Rootless: rootlessMode(c), Warn: warn}
	if path := c.String("process"); path != "" {
		if r.Process, err = readProcess(path); err != nil {
			return nil, err
		}
	}
	if r.Process == nil {
		return nil, errors.New("plan: the container's config has no /process: use --process")
	}
	if r.Process.Terminal {
		r.ConsoleSocket = c.String("console-socket")
	}
	if path := c.String("pid-file"); path != "" {
		if r.PidFile, err = filepath.Abs(path); err != nil {
			return nil, err
		}
	}
	return container.CompileExec(config, r, facts)
}

// pinnedFacts reads --facts, nil for this host's own.
func pinnedFacts(path string) (*specconv.Facts, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--facts: %w", err)
	}
	facts := new(specconv.Facts)
	if err := json.Unmarshal(data, facts); err != nil {
		return nil, fmt.Errorf("--facts: %s: %w", path, err)
	}
	return facts, nil
}
