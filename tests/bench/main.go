// Command bench measures tare beside the runtimes that are installed and beside
// a program that does by hand what the kernel must do. See README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

type options struct {
	rounds int
	pause  time.Duration
	crowd  int
	only   string
	view   string
	json   string
	repo   string // the source tree, for tests/view
	tools  string // directory of the programs floor and launch
	// Set for the process that measures inside of a view.
	inside string // the view
	work   string // its directory; the name of the directory above begins the names of its cgroups
}

func parse() (*options, error) {
	var o options
	flag.IntVar(&o.rounds, "rounds", 40, "how often each thing is measured")
	flag.DurationVar(&o.pause, "pause", 20*time.Millisecond, "time between two measurements, in which the kernel frees what the last one left")
	flag.IntVar(&o.crowd, "crowd", 1000, "how many containers live at once for crowd")
	flag.StringVar(&o.only, "only", "", "what to measure, separated by commas: "+strings.Join(measureNames(), ", "))
	flag.StringVar(&o.view, "view", "", "the cgroup view to measure in, v1 or v2 (default: both)")
	flag.StringVar(&o.json, "json", "", "file to write everything to, every single sample included")
	flag.StringVar(&o.repo, "repo", ".", "the source tree")
	flag.StringVar(&o.tools, "tools", "", "directory of the compiled floor and launch (run.sh makes it)")
	flag.StringVar(&o.inside, "inside", "", "internal")
	flag.StringVar(&o.work, "work", "", "internal")
	flag.Parse()
	switch {
	case flag.NArg() > 0:
		return nil, fmt.Errorf("what is %q for?", flag.Arg(0))
	case o.rounds < 1:
		return nil, errors.New("--rounds must be 1 or more")
	case o.crowd < 2*edge:
		return nil, fmt.Errorf("--crowd must be %d or more", 2*edge)
	case o.view != "" && o.view != "v1" && o.view != "v2":
		return nil, errors.New("--view must be v1 or v2")
	case o.tools == "":
		return nil, errors.New("--tools is missing: call tests/bench/run.sh")
	case os.Geteuid() != 0:
		return nil, errors.New("only root can measure")
	}
	for name := range strings.SplitSeq(o.only, ",") {
		if o.only != "" && !slices.Contains(measureNames(), name) {
			return nil, fmt.Errorf("--only: %q is none of %s", name, strings.Join(measureNames(), ", "))
		}
	}
	for _, dir := range []*string{&o.repo, &o.tools} {
		var err error
		if *dir, err = filepath.Abs(*dir); err != nil {
			return nil, err
		}
	}
	return &o, nil
}

func (o *options) wants(measure string) bool {
	return o.only == "" || slices.Contains(strings.Split(o.only, ","), measure)
}

func main() {
	o, err := parse()
	if err == nil {
		if o.inside != "" {
			err = measureInside(o)
		} else {
			err = measureViews(o)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// unavailable is the status with which tests/view says that this machine cannot
// give a view.
const unavailable = 77

// measureViews measures in each view, in a process of its own, and reports.
func measureViews(o *options) error {
	work, err := os.MkdirTemp("", "tare-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	views := []string{"v2", "v1"}
	if o.view != "" {
		views = []string{o.view}
	}
	subjects, err := findSubjects(o)
	if err != nil {
		return err
	}
	rep := newReport(o, subjects)
	var failed []error
	for _, view := range views {
		measured, err := measureView(o, work, view)
		// What a measuring process that was killed has left.
		sweep(filepath.Base(work) + "-")
		switch {
		case errors.Is(err, errUnavailable) && o.view == "":
			rep.Missing = append(rep.Missing, view+": this machine cannot give the view")
		case err != nil:
			failed = append(failed, fmt.Errorf("view %s: %w", view, err))
		}
		if measured != nil {
			rep.Views = append(rep.Views, measured)
			for _, failure := range measured.failures() {
				failed = append(failed, fmt.Errorf("view %s: %s", view, failure))
			}
		}
	}
	if len(rep.Views) == 0 {
		return errors.Join(append(failed, errors.New("nothing was measured"))...)
	}
	rep.judge()
	rep.print(os.Stdout)
	if o.json != "" {
		if err := rep.write(o.json); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

var errUnavailable = errors.New("this machine cannot give the view")

func measureView(o *options, work, view string) (*viewReport, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	result := filepath.Join(work, view)
	if err := os.Mkdir(result, 0o755); err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(o.repo, "tests/view"), view, self, "--inside", view, "--work", result,
		"--rounds", fmt.Sprint(o.rounds), "--pause", o.pause.String(), "--crowd", fmt.Sprint(o.crowd), "--only", o.only, "--repo", o.repo, "--tools", o.tools)
	cmd.Stderr = os.Stderr

	// A signal ends the measuring process, which cleans up, and not this one.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for waiting := true; waiting; {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s)
		case err = <-ended:
			waiting = false
		}
	}
	if cmd.ProcessState.ExitCode() == unavailable {
		return nil, errUnavailable
	}
	if err != nil {
		return nil, err
	}
	return readView(filepath.Join(result, resultFile))
}

const resultFile = "result.json"

// measureInside measures in the view in which this process lives.
func measureInside(o *options) error {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	// The containers that create leaves behind become children of this process,
	// which waits for them as an engine's monitor does.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("becoming a subreaper: %w", err)
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.measureAll(); err != nil {
		return err
	}
	data, err := json.Marshal(b.result)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.work, resultFile), data, 0o644)
}
