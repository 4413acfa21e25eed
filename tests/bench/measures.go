package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Names of configs.
const (
	defaultName = "default"
	engineName  = "engine-like"
)

// A measure is something that is done again and again; each time fills its rows.
type measure struct {
	name    string
	rows    []rowSpec
	floor   bool // the floor takes part
	prepare func(*bench, *subject) error
	once    func(*bench, *subject) ([]float64, error)
	finish  func(*bench, *subject) error
}

type rowSpec struct{ title, unit string }

// Titles that the bars name.
const (
	runDefault    = "run, default config"
	runEngine     = "run, engine-like config"
	peakDefault   = "peak memory of run, default"
	peakEngine    = "peak memory of run, engine-like"
	execDefault   = "exec, default config"
	stateTitle    = "state"
	versionTitle  = "--version"
	deleteTitle   = "delete"
	lifecycleSum  = "create+start+kill+delete"
	smallestTitle = "smallest memory limit"

	memoryName = "memory"
)

var measures = []measure{
	runMeasure("run-default", defaultName, runDefault, peakDefault),
	runMeasure("run-engine", engineName, runEngine, peakEngine),
	{
		name: "run-engine-new", rows: []rowSpec{{runEngine + ", no cache", "ms"}},
		prepare: func(b *bench, s *subject) error {
			_, err := b.configure(s, engineName, b.variants[engineName], "/bin/true")
			return err
		},
		once: runUncached,
	},
	{
		name: "lifecycle",
		rows: []rowSpec{
			{"create", "ms"},
			{"start", "ms"},
			{stateTitle, "ms"},
			{"kill", "ms"},
			{deleteTitle, "ms"},
			{lifecycleSum, "ms"},
		},
		prepare: func(b *bench, s *subject) error { return b.prepareSleeper(s, defaultName) },
		once:    lifecycle,
	},
	execMeasure("exec", defaultName, execDefault),
	execMeasure("exec-engine", engineName, "exec, engine-like config"),
	{
		name: "version", rows: []rowSpec{{versionTitle, "ms"}},
		prepare: func(*bench, *subject) error { return nil },
		once: func(b *bench, s *subject) ([]float64, error) {
			got, err := b.launch(s.Path, "--version")
			return []float64{got.ms}, err
		},
	},
}

func measureNames() []string {
	var names []string
	for _, m := range measures {
		names = append(names, m.name)
	}
	return append(names, crowdName, memoryName)
}

func runMeasure(name, config, title, peak string) measure {
	return measure{
		name: name, rows: []rowSpec{{title, "ms"}, {peak, "MiB"}}, floor: config == defaultName,
		prepare: func(b *bench, s *subject) error {
			_, err := b.configure(s, config, b.variants[config], "/bin/true")
			return err
		},
		once: func(b *bench, s *subject) ([]float64, error) {
			var got sample
			var err error
			if s.runtime() {
				got, err = b.command(s, "run", "--bundle", b.bundleDir(s, config), b.id(s))
			} else {
				rules := "rules"
				if b.variants[config].noRules {
					rules = "norules"
				}
				got, err = b.launch(s.Path, b.inside, rules, b.rootfs(), b.id(s))
			}
			return []float64{got.ms, got.kib / 1024}, err
		},
	}
}

// runUncached runs with a state directory of its own, below which runtimes
// keep the filters they have compiled.
func runUncached(b *bench, s *subject) ([]float64, error) {
	root := filepath.Join(b.state(), "new-"+s.Name)
	defer os.RemoveAll(root)
	got, err := b.launch(s.Path, "--root", root, "run", "--bundle", b.bundleDir(s, engineName), b.id(s))
	return []float64{got.ms}, err
}

func execMeasure(name, config, title string) measure {
	return measure{
		name: name, rows: []rowSpec{{title, "ms"}},
		prepare: func(b *bench, s *subject) error {
			if err := b.prepareSleeper(s, config); err != nil {
				return err
			}
			if _, err := b.create(s, config); err != nil {
				return err
			}
			_, err := b.command(s, "start", b.id(s))
			return err
		},
		once: func(b *bench, s *subject) ([]float64, error) {
			got, err := b.command(s, "exec", b.id(s), "/bin/true")
			return []float64{got.ms}, err
		},
		finish: func(b *bench, s *subject) error {
			if _, err := b.kill(s); err != nil {
				return err
			}
			_, err := b.command(s, "delete", b.id(s))
			return err
		},
	}
}

func (b *bench) prepareSleeper(s *subject, config string) error {
	_, err := b.configure(s, config, b.variants[config], "/bin/sleep", "1000000")
	return err
}

func (b *bench) create(s *subject, config string) (sample, error) {
	return b.command(s, "create", "--bundle", b.bundleDir(s, config), "--pid-file", b.pidFile(s), b.id(s))
}

func (b *bench) pidFile(s *subject) string { return filepath.Join(b.work, "pid-"+s.Name) }

// kill kills the container's init and then, untimed, waits for its end.
func (b *bench) kill(s *subject) (sample, error) {
	got, err := b.command(s, "kill", b.id(s), "KILL")
	if err != nil {
		return got, err
	}
	text, err := os.ReadFile(b.pidFile(s))
	if err != nil {
		return got, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 2 {
		return got, fmt.Errorf("%s wrote %q as the pid", s.Name, text)
	}
	for {
		_, err = syscall.Wait4(pid, nil, 0, nil)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		return got, fmt.Errorf("waiting for the container's init, process %d: %w", pid, err)
	}
	return got, nil
}

// lifecycle does what an engine does with a container, one command at a time.
func lifecycle(b *bench, s *subject) ([]float64, error) {
	var values []float64
	sum := 0.0
	steps := []struct {
		counts bool // in the sum
		do     func() (sample, error)
	}{
		{true, func() (sample, error) { return b.create(s, defaultName) }},
		{true, func() (sample, error) { return b.command(s, "start", b.id(s)) }},
		{false, func() (sample, error) { return b.command(s, "state", b.id(s)) }},
		{true, func() (sample, error) { return b.kill(s) }},
		{true, func() (sample, error) { return b.command(s, "delete", b.id(s)) }},
	}
	for _, step := range steps {
		got, err := step.do()
		if err != nil {
			return nil, err
		}
		values = append(values, got.ms)
		if step.counts {
			sum += got.ms
		}
	}
	return append(values, sum), nil
}
