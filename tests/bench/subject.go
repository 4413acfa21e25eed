package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A subject is a program that is measured: a runtime, or the floor.
type subject struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Version string `json:"version,omitempty"`
}

const floorName = "floor"

func (s *subject) runtime() bool { return s.Name != floorName }

// findSubjects returns the floor, tare, and the peers that are installed, in
// the order in which they take turns. The variables TARE, CRUN and RUNC name
// others than the built and the installed ones.
func findSubjects(o *options) ([]*subject, error) {
	found := []*subject{{Name: floorName, Path: filepath.Join(o.tools, "floor")}}
	for _, name := range []string{"tare", "crun", "runc"} {
		wanted := os.Getenv(strings.ToUpper(name))
		path := wanted
		if path == "" {
			path = name
			if name == "tare" {
				path = filepath.Join(o.repo, "bin/tare")
			}
		}
		path, err := exec.LookPath(path)
		if err == nil {
			path, err = filepath.Abs(path)
		}
		if err != nil {
			if name != "tare" && wanted == "" && errors.Is(err, exec.ErrNotFound) {
				continue
			}
			return nil, fmt.Errorf("looking for %s: %w", name, err)
		}
		s := &subject{Name: name, Path: path}
		if out, err := exec.Command(path, "--version").Output(); err == nil {
			s.Version, _, _ = strings.Cut(string(out), "\n")
		}
		found = append(found, s)
	}
	return found, nil
}

// A sample is what launch says of one execution.
type sample struct {
	ms  float64
	kib float64 // peak of resident memory
}

// patience is how long a single command of a runtime may take.
const patience = 20 * time.Second

// launch executes a program through the launcher and fails, with the last line
// of what it wrote, unless it ends well.
func (b *bench) launch(argv ...string) (sample, error) {
	return b.launchWithin(patience, argv...)
}

func (b *bench) launchWithin(limit time.Duration, argv ...string) (sample, error) {
	// A file, not a pipe: a container that goes on would keep a pipe open.
	if err := b.output.Truncate(0); err != nil {
		return sample{}, err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return sample{}, err
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(b.tools, "launch"), argv...)
	cmd.Stdout, cmd.Stderr = b.output, b.output
	cmd.ExtraFiles = []*os.File{writer}
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}
	cmd.Dir = b.work
	// A group of its own: a ^C ends the round, and not the command in the middle
	// of it, and a command that takes too long is ended with what it started.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err = cmd.Start()
	writer.Close()
	if err != nil {
		return sample{}, err
	}
	said, readErr := io.ReadAll(reader)
	err = cmd.Wait()
	if ctx.Err() != nil {
		return sample{}, fmt.Errorf("took longer than %v", limit)
	}
	if err != nil || readErr != nil {
		return sample{}, fmt.Errorf("%w: %s", errors.Join(err, readErr), b.lastLine())
	}
	var ns, kib, status int64
	if _, err := fmt.Sscan(string(said), &ns, &kib, &status); err != nil {
		return sample{}, fmt.Errorf("BUG: launch said %q: %w", said, err)
	}
	if status != 0 {
		return sample{}, fmt.Errorf("%s (status %d)", b.lastLine(), status)
	}
	return sample{ms: float64(ns) / 1e6, kib: float64(kib)}, nil
}

func (b *bench) lastLine() string {
	data, err := os.ReadFile(b.output.Name())
	text := strings.TrimSpace(string(data))
	if err != nil || text == "" {
		return "it said nothing"
	}
	line := text[strings.LastIndexByte(text, '\n')+1:]
	if len(line) > 200 {
		line = line[:200] + "…"
	}
	return line
}

// command is launch for a verb of a runtime.
func (b *bench) command(s *subject, args ...string) (sample, error) {
	got, err := b.launch(append([]string{s.Path, "--root", b.root(s)}, args...)...)
	if err != nil {
		err = fmt.Errorf("%s: %w", args[0], err)
	}
	return got, err
}

// root is the directory of a runtime's state. It lies in a tmpfs, as /run does.
func (b *bench) root(s *subject) string { return filepath.Join(b.state(), s.Name) }

func (b *bench) state() string { return filepath.Join(b.work, "state") }

// id names a container, and its cgroup; sweep finds it by the prefix.
func (b *bench) id(s *subject) string { return b.prefix + "-" + s.Name }

// discard removes what a command that failed has left.
func (b *bench) discard(s *subject) {
	sweep(b.id(s))
	reap()
	if s.runtime() {
		_, _ = b.command(s, "delete", "--force", b.id(s))
		sweep(b.id(s))
		_ = os.RemoveAll(filepath.Join(b.root(s), b.id(s)))
	}
}

// reap buries the processes that commands have left to this one. Every launcher
// has been waited for when it is called.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != syscall.EINTR && (err != nil || pid <= 0) {
			return
		}
	}
}
