package cli

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/libcontainer"
)

// criuFlags are those of checkpoint and restore alike.
func criuFlags(images string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "image-path", Usage: images},
		&cli.StringFlag{Name: "work-path", Usage: "directory for CRIU's log, the image directory if it is not given"},
		&cli.BoolFlag{Name: "tcp-established", Usage: "allow open TCP connections"},
		&cli.BoolFlag{Name: "ext-unix-sk", Usage: "allow Unix sockets whose other end is outside of the container"},
		&cli.BoolFlag{Name: "shell-job", Usage: "allow a session or a terminal that the container has from outside"},
		&cli.BoolFlag{Name: "file-locks", Usage: "allow file locks"},
		&cli.StringFlag{Name: "manage-cgroups-mode", Usage: "what CRIU does about cgroups and their limits: soft, full, strict or ignore"},
		&cli.StringFlag{Name: "empty-ns", Usage: "a namespace whose content is left out: network"},
		&cli.BoolFlag{Name: "auto-dedup", Usage: "keep each page of memory in the newest of several images alone"},
		&cli.BoolFlag{Name: "lazy-pages", Usage: "hand memory over while the container runs already"},
	}
}

// criuOptions reads them.
func criuOptions(c *cli.Context) (libcontainer.CRIUOptions, error) {
	o := libcontainer.CRIUOptions{
		Images: c.String("image-path"), Work: c.String("work-path"), Cgroups: c.String("manage-cgroups-mode"),
		TCPEstablished: c.Bool("tcp-established"), ExternalUnixSockets: c.Bool("ext-unix-sk"), ShellJob: c.Bool("shell-job"),
		FileLocks: c.Bool("file-locks"), AutoDedup: c.Bool("auto-dedup"), LazyPages: c.Bool("lazy-pages"),
		Path: os.Getenv("PATH"),
	}
	if o.Images == "" {
		o.Images = "checkpoint"
	}
	for _, path := range []*string{&o.Images, &o.Work} {
		if *path == "" {
			continue
		}
		var err error
		if *path, err = filepath.Abs(*path); err != nil {
			return o, err
		}
	}
	switch name := c.String("empty-ns"); name {
	case "":
	case "network":
		o.EmptyNetwork = true
	default:
		return o, errors.New("--empty-ns: CRIU leaves no namespace empty but network, not " + name)
	}
	return o, nil
}

func checkpointCommand() *cli.Command {
	return &cli.Command{
		Name: "checkpoint", Usage: "write a running container to files and delete it", ArgsUsage: "ID",
		Flags: append(
			criuFlags("directory for the checkpoint (default: checkpoint)"),
			&cli.StringFlag{Name: "parent-path", Usage: "directory of an earlier pre-dump, seen from the image directory"},
			&cli.BoolFlag{Name: "leave-running", Usage: "let the container go on"},
			&cli.BoolFlag{Name: "pre-dump", Usage: "write the memory alone and let the container go on"},
			&cli.BoolFlag{Name: "tcp-skip-in-flight", Usage: "leave out TCP connections that are being made"},
			&cli.BoolFlag{Name: "link-remap", Usage: "allow open files that have no name any more, with links of CRIU's"},
			&cli.StringFlag{Name: "page-server", Usage: "`ADDRESS:PORT` of a CRIU that takes the memory"},
			&cli.IntFlag{Name: "status-fd", Value: -1, Usage: "descriptor at which CRIU says with a NUL that it hands out memory"},
		),
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			container, err := ofArgument(c)
			if err != nil {
				return err
			}
			o, err := criuOptions(c)
			if err != nil {
				return err
			}
			o.TCPSkipInFlight, o.LinkRemap = c.Bool("tcp-skip-in-flight"), c.Bool("link-remap")
			r := &libcontainer.CheckpointRequest{
				CRIUOptions: o, Parent: c.String("parent-path"), PreDump: c.Bool("pre-dump"), LeaveRunning: c.Bool("leave-running"),
				PageServer: c.String("page-server"), StatusFD: c.Int("status-fd"), Warn: warn,
			}
			if err := checkStatusFD(r); err != nil {
				return err
			}
			return container.Checkpoint(r)
		},
	}
}

func checkStatusFD(r *libcontainer.CheckpointRequest) error {
	if r.StatusFD < 0 {
		return nil
	}
	if !r.LazyPages {
		return errors.New("--status-fd: nothing is ever written to it without --lazy-pages")
	}
	if _, err := unix.FcntlInt(uintptr(r.StatusFD), unix.F_GETFD, 0); err != nil {
		return errors.New("--status-fd: the descriptor is not open")
	}
	return nil
}

func restoreCommand() *cli.Command {
	flags := slices.DeleteFunc(newContainerFlags(), func(f cli.Flag) bool {
		name := f.Names()[0]
		return name == "no-new-keyring" || name == "preserve-fds"
	})
	flags = append(flags, criuFlags("directory of the checkpoint (default: checkpoint)")...)
	return &cli.Command{
		Name: "restore", Usage: "make a container again that was written to files", ArgsUsage: "ID",
		Flags: append(
			flags,
			&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "do not wait for the end"},
			&cli.BoolFlag{Name: "keep", Usage: "do not delete the container at its end"},
			&cli.BoolFlag{Name: "no-subreaper", Usage: "do not adopt the processes the container leaves behind"},
			&cli.BoolFlag{Name: "tcp-close", Usage: "close the TCP connections that were open"},
			&cli.StringFlag{Name: "lsm-profile", Usage: "apparmor:`PROFILE` or selinux:LABEL to run the processes with"},
			&cli.StringFlag{Name: "lsm-mount-context", Usage: "SELinux label for the mounts"},
		),
		OnUsageError: usageError,
		Action:       restore,
	}
}

func restore(c *cli.Context) error {
	request, err := newContainerRequest(c)
	if err != nil {
		return err
	}
	if c.Bool("no-pivot") {
		warn("--no-pivot: CRIU knows no other way than to pivot")
	}
	o, err := criuOptions(c)
	if err != nil {
		return err
	}
	o.TCPClose, o.LSMProfile, o.LSMMountContext = c.Bool("tcp-close"), c.String("lsm-profile"), c.String("lsm-mount-context")
	r := &libcontainer.RestoreRequest{Request: *request, CRIUOptions: o}
	return stayWith(c, &r.Request, func() (*libcontainer.Container, *libcontainer.Process, error) { return libcontainer.Restore(r) })
}
