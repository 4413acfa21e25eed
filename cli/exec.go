package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/internal/wholefile"
	"github.com/tare-oci/tare/libcontainer"
)

// execFailed is the status of an exec whose process never ran.
const execFailed = 255

func execCommand() *cli.Command {
	return &cli.Command{
		Name: "exec", Usage: "run a process in a container", ArgsUsage: "ID [COMMAND [ARG...]]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "process", Aliases: []string{"p"}, Usage: "file with the process as JSON"},
			&cli.StringFlag{Name: "console-socket", Usage: "Unix socket that gets the terminal's master"},
			&cli.StringFlag{Name: "pidfd-socket", Usage: "Unix socket that gets a pidfd of the process"},
			&cli.StringFlag{Name: "pid-file", Usage: "file to write the process's pid to"},
			&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "do not wait for the process"},
			&cli.BoolFlag{Name: "tty", Aliases: []string{"t"}, Usage: "give the process a terminal"},
			&cli.StringFlag{Name: "cwd", Usage: "working directory"},
			&cli.StringFlag{Name: "user", Aliases: []string{"u"}, Usage: "UID or UID:GID"},
			&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"}, Usage: "NAME=VALUE, in addition to the container's"},
			&cli.StringSliceFlag{Name: "additional-gids", Aliases: []string{"g"}, Usage: "supplementary group ids"},
			&cli.StringSliceFlag{Name: "cap", Aliases: []string{"c"}, Usage: "capability, in addition to the container's"},
			&cli.StringFlag{Name: "apparmor", Usage: "AppArmor profile of the process"},
			&cli.StringFlag{Name: "process-label", Usage: "SELinux label of the process"},
			&cli.BoolFlag{Name: "no-new-privs", Usage: "set no_new_privs"},
			&cli.BoolFlag{Name: "no-new-keyring", Usage: "keep the caller's session keyring"},
			&cli.IntFlag{Name: "preserve-fds", Usage: "how many descriptors from 3 on the process gets"},
			&cli.StringSliceFlag{Name: "cgroup", Usage: "`PATH` of a cgroup below the container's to run in; CONTROLLER[,CONTROLLER]:PATH is for cgroup v1"},
			&cli.BoolFlag{Name: "ignore-paused", Usage: "in a paused container, make a process that runs when the container does"},
			&cli.BoolFlag{Name: "no-subreaper", Usage: "do not adopt the processes it leaves behind"},
		},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return &exitStatus{execFailed, err} },
		Action: func(c *cli.Context) error {
			status, err := execute(c)
			if err != nil {
				return &exitStatus{execFailed, err}
			}
			return ended(status)
		},
	}
}

func execute(c *cli.Context) (int, error) {
	if c.NArg() < 1 {
		return 0, errors.New("exec: a container id is missing")
	}
	root, err := stateRoot(c)
	if err != nil {
		return 0, err
	}
	container, err := libcontainer.Load(root, c.Args().First())
	if err != nil {
		return 0, err
	}
	if err := container.CanExec(c.Bool("ignore-paused")); err != nil {
		return 0, err
	}
	config, err := container.CreationConfig()
	if err != nil {
		return 0, err
	}
	r := &libcontainer.ExecRequest{
		Root: root, ConsoleSocket: c.String("console-socket"), PidfdSocket: c.String("pidfd-socket"), PreserveFDs: c.Int("preserve-fds"),
		Cgroup: c.StringSlice("cgroup"), NoNewKeyring: c.Bool("no-new-keyring"), IgnorePaused: c.Bool("ignore-paused"), Detach: c.Bool("detach"),
		Rootless: rootlessMode(c), Warn: warn,
	}
	if r.Process, err = execProcess(c, config.Spec.Process); err != nil {
		return 0, err
	}
	if path := c.String("pid-file"); path != "" {
		if r.PidFile, err = filepath.Abs(path); err != nil {
			return 0, err
		}
	}
	if r.Detach {
		process, err := container.Exec(config, r)
		if err != nil {
			return 0, err
		}
		process.Close()
		return 0, nil
	}
	stay, err := libcontainer.Stay(!c.Bool("no-subreaper"))
	if err != nil {
		return 0, err
	}
	process, err := container.Exec(config, r)
	if err != nil {
		return 0, err
	}
	defer process.Close()
	settle()
	return stay.Wait(process)
}

// execProcess is --process, or the container's own process changed by the flags.
func execProcess(c *cli.Context, base *specs.Process) (*specs.Process, error) {
	if path := c.String("process"); path != "" {
		if c.NArg() > 1 {
			return nil, errors.New("exec: a command cannot be given together with --process")
		}
		process, err := readProcess(path)
		if err != nil {
			return nil, err
		}
		process.Terminal = process.Terminal || c.Bool("tty")
		return process, nil
	}
	if c.NArg() < 2 {
		return nil, errors.New("exec: a command is missing")
	}
	if base == nil {
		return nil, errors.New("exec: the container's config has no /process: use --process")
	}
	p := *base
	p.Args = c.Args().Tail()
	p.Terminal = c.Bool("tty")
	p.ConsoleSize = nil
	p.Env = append(append([]string{}, base.Env...), c.StringSlice("env")...)
	if cwd := c.String("cwd"); cwd != "" {
		p.Cwd = cwd
	}
	if profile := c.String("apparmor"); profile != "" {
		p.ApparmorProfile = profile
	}
	if label := c.String("process-label"); label != "" {
		p.SelinuxLabel = label
	}
	if c.Bool("no-new-privs") {
		p.NoNewPrivileges = true
	}
	if user := c.String("user"); user != "" {
		if err := setUser(&p.User, user); err != nil {
			return nil, err
		}
	}
	for _, gid := range c.StringSlice("additional-gids") {
		id, err := parseID(gid)
		if err != nil {
			return nil, fmt.Errorf("--additional-gids: %w", err)
		}
		p.User.AdditionalGids = append(append([]uint32{}, p.User.AdditionalGids...), id)
	}
	addCapabilities(&p, c.StringSlice("cap"))
	return &p, nil
}

func readProcess(path string) (*specs.Process, error) {
	data, err := wholefile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("--process: cannot read %s: %w", path, errors.Unwrap(err))
	}
	process, err := specjson.DecodeProcess(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return process, nil
}

// addCapabilities adds to the sets that a program run by root gets its
// capabilities from; the inheritable and ambient sets stay as the config has
// them (CVE-2022-29162).
func addCapabilities(p *specs.Process, names []string) {
	if len(names) == 0 {
		return
	}
	var sets specs.LinuxCapabilities
	if p.Capabilities != nil {
		sets = *p.Capabilities
	}
	for _, name := range names {
		name = strings.ToUpper(name)
		if !strings.HasPrefix(name, "CAP_") {
			name = "CAP_" + name
		}
		sets.Bounding = append(append([]string{}, sets.Bounding...), name)
		sets.Effective = append(append([]string{}, sets.Effective...), name)
		sets.Permitted = append(append([]string{}, sets.Permitted...), name)
	}
	p.Capabilities = &sets
}

// setUser reads UID or UID:GID; without a GID the container's stays.
func setUser(user *specs.User, text string) error {
	uid, gid, both := strings.Cut(text, ":")
	id, err := parseID(uid)
	if err != nil {
		return fmt.Errorf("--user %s: %w", text, err)
	}
	user.UID = id
	if both {
		if user.GID, err = parseID(gid); err != nil {
			return fmt.Errorf("--user %s: %w", text, err)
		}
	}
	return nil
}

// parseID is the one parser of numeric ids: decimal digits without sign or
// leading zeros, below 2^32-1, which the kernel takes for "no change" (CVE-2026-30892).
func parseID(text string) (uint32, error) {
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil || id == 1<<32-1 || text != strconv.FormatUint(id, 10) {
		return 0, fmt.Errorf("%q is not a numeric id from 0 to 4294967294", text)
	}
	return uint32(id), nil
}
