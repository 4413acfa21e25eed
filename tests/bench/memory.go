package main

import (
	"errors"
	"os"
	"time"
)

// The smallest limit is sought in steps of 64 KiB, up to 16 MiB.
const (
	memoryStep = 64 // KiB
	memoryMost = 16 << 10 / memoryStep
)

// measureMemory finds the smallest limit of memory with which each runtime
// gets /bin/true to run. The limit holds for all that is in the container's
// cgroup: what is left of the runtime in there while it sets the container up.
func (b *bench) measureMemory() error {
	r := b.result.add(memoryName, smallestTitle, "KiB")
	for _, s := range b.runtimes() {
		if err := b.tryMemory(s, memoryMost); err != nil {
			r.fail(s, err)
			continue
		}
		fails, works := 0, memoryMost
		for works-fails > 1 {
			if b.ctx.Err() != nil {
				return errors.New("interrupted")
			}
			middle := (fails + works) / 2
			if b.tryMemory(s, middle) == nil {
				works = middle
			} else {
				fails = middle
			}
		}
		r.sample(s, float64(works*memoryStep))
	}
	return nil
}

// tryMemory runs /bin/true with a limit of so many steps, several times: near
// the edge it is a matter of luck.
func (b *bench) tryMemory(s *subject, steps int) error {
	c, err := b.defaultConfig(s, b.variants[defaultName], "/bin/true")
	if err != nil {
		return err
	}
	bytes := steps * memoryStep << 10
	limit := config{"limit": bytes}
	if _, err := os.Stat("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"); err == nil {
		limit["swap"] = bytes // memory and swap together (config-linux.md): no way out into swap
	}
	resources, ok := c["linux"].(config)["resources"].(config)
	if !ok {
		return errors.New("BUG: the default config has no linux.resources")
	}
	resources["memory"] = limit
	bundle, err := b.bundle(s, memoryName, c)
	if err != nil {
		return err
	}
	for range 3 {
		_, err := b.launchWithin(5*time.Second, s.Path, "--root", b.root(s), "run", "--bundle", bundle, b.id(s))
		if err != nil {
			b.discard(s)
			return err
		}
	}
	return nil
}
