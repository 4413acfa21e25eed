package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// A bench measures in one view.
type bench struct {
	*options
	ctx         context.Context
	subjects    []*subject
	prefix      string   // of the names of containers and cgroups
	output      *os.File // of the last command
	controllers []string
	variants    map[string]variant // by the name of the config
	result      *viewReport
}

func newBench(ctx context.Context, o *options) (*bench, error) {
	b := &bench{
		options: o, ctx: ctx,
		prefix:      filepath.Base(filepath.Dir(o.work)),
		controllers: controllers(o.inside),
		variants:    map[string]variant{},
		result:      &viewReport{View: o.inside},
	}
	var err error
	if b.subjects, err = findSubjects(o); err != nil {
		return nil, err
	}
	if b.output, err = os.OpenFile(filepath.Join(o.work, "output"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	if err := makeRootfs(b.rootfs()); err != nil {
		return nil, err
	}
	spec := filepath.Join(o.work, "spec")
	if err := os.Mkdir(spec, 0o755); err != nil {
		return nil, err
	}
	if err := os.Mkdir(b.state(), 0o700); err != nil {
		return nil, err
	}
	// It goes with the mount namespace of the view.
	if err := unix.Mount("state", b.state(), "tmpfs", 0, "mode=700"); err != nil {
		return nil, fmt.Errorf("mounting a tmpfs for the state: %w", err)
	}
	for _, s := range b.runtimes() {
		if err := os.Mkdir(b.root(s), 0o700); err != nil {
			return nil, err
		}
		if s.Name == "tare" {
			if out, err := exec.Command(s.Path, "spec", "--bundle", spec).CombinedOutput(); err != nil {
				return nil, fmt.Errorf("tare spec: %w: %s", err, out)
			}
		}
	}
	return b, nil
}

// close removes what is left of a run that was interrupted.
func (b *bench) close() {
	for _, s := range b.subjects {
		b.discard(s)
	}
	b.output.Close()
}

func (b *bench) runtimes() []*subject {
	return slices.DeleteFunc(slices.Clone(b.subjects), func(s *subject) bool { return !s.runtime() })
}

func (b *bench) measureAll() error {
	if err := b.chooseVariants(); err != nil {
		return err
	}
	for _, m := range measures {
		if !b.wants(m.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", b.inside, m.name)
		if err := b.measure(m); err != nil {
			return err
		}
	}
	if b.wants(crowdName) && b.inside == "v2" {
		fmt.Fprintf(os.Stderr, "%s: %s\n", b.inside, crowdName)
		if err := b.measureCrowd(); err != nil {
			return err
		}
	}
	if b.wants(memoryName) && b.inside == "v1" {
		fmt.Fprintf(os.Stderr, "%s: %s\n", b.inside, memoryName)
		return b.measureMemory()
	}
	return nil
}

// chooseVariants finds for each config what must be left out of it, for all,
// because a peer cannot do it on this machine.
func (b *bench) chooseVariants() error {
	for _, name := range []string{defaultName, engineName} {
		used := variant{}
		full := b.failures(name, used)
		if len(full) > 0 {
			less := b.failures(name, variant{noRules: true})
			if len(less) < len(full) {
				used.noRules = true
				for _, s := range b.runtimes() {
					if err := full[s.Name]; err != nil && less[s.Name] == nil {
						b.note("%s config: without linux.resources.devices for everyone, because %s fails with it: %v", name, s.Name, err)
					}
				}
			}
		}
		b.variants[name] = used
		if b.ctx.Err() != nil {
			return errors.New("interrupted")
		}
	}
	for _, controller := range []string{"memory", "cpu", "pids"} {
		if !slices.Contains(b.controllers, controller) {
			b.note("%s config: without the limit of %s: the controller is not in this view", engineName, controller)
		}
	}
	return nil
}

func (b *bench) note(format string, args ...any) {
	b.result.Notes = append(b.result.Notes, fmt.Sprintf(format, args...))
}

// failures runs /bin/true with each runtime and returns the errors.
func (b *bench) failures(name string, v variant) map[string]error {
	found := map[string]error{}
	for _, s := range b.runtimes() {
		bundle, err := b.configure(s, name, v, "/bin/true")
		if err == nil {
			_, err = b.command(s, "run", "--bundle", bundle, b.id(s))
		}
		if err != nil {
			found[s.Name] = err
			b.discard(s)
		}
	}
	return found
}

// configure writes the bundle of a config, which runs args.
func (b *bench) configure(s *subject, name string, v variant, args ...string) (string, error) {
	build := b.defaultConfig
	if name == engineName {
		build = b.engineConfig
	}
	c, err := build(s, v, args...)
	if err != nil {
		return "", err
	}
	return b.bundle(s, name, c)
}

// measure measures one thing with everyone, taking turns: what disturbs the
// machine for a while disturbs all alike.
func (b *bench) measure(m measure) error {
	var rows []*row
	for _, spec := range m.rows {
		rows = append(rows, b.result.add(m.name, spec.title, spec.unit))
	}
	fail := func(s *subject, err error) {
		for _, r := range rows {
			r.fail(s, err)
		}
		b.discard(s)
	}
	var active []*subject
	for _, s := range b.subjects {
		if !s.runtime() && !m.floor {
			continue
		}
		active = append(active, s)
		err := m.prepare(b, s)
		if err == nil {
			_, err = m.once(b, s) // what only the first execution pays, such as reading the binary from disk
		}
		if err != nil {
			fail(s, err)
		}
	}
	for round := range b.rounds {
		for _, s := range active {
			if b.ctx.Err() != nil {
				return errors.New("interrupted")
			}
			if rows[0].failed(s) {
				continue
			}
			time.Sleep(b.pause)
			values, err := m.once(b, s)
			if err != nil {
				fail(s, fmt.Errorf("in round %d: %w", round+1, err))
				continue
			}
			for i, value := range values {
				rows[i].sample(s, value)
			}
		}
	}
	for _, s := range active {
		if m.finish != nil && !rows[0].failed(s) {
			if err := m.finish(b, s); err != nil {
				fail(s, err)
			}
		}
	}
	return nil
}
