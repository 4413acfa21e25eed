package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

const (
	crowdName = "crowd"
	// edge is how many of the containers at either end are timed.
	edge = 10
)

// Titles that the bars name. The number of containers is not in them, so that they
// stay the same whatever --crowd says.
const (
	firstTitle = "create+start of the first ten"
	lastTitle  = "create+start of the last ten"
	listTitle  = "list"
)

// measureCrowd makes many containers that stay alive and measures whether the last
// ones take longer to make than the first ones, and then list. runc takes no
// part: it would take minutes.
func (b *bench) measureCrowd() error {
	first := b.result.add(crowdName, firstTitle, "ms")
	last := b.result.add(crowdName, lastTitle, "ms")
	list := b.result.add(crowdName, listTitle, "ms")
	b.note("%s to %s: with %d containers of each alive at the end", firstTitle, listTitle, b.crowd)
	rows := []*row{first, last, list}
	var active []*subject
	for _, s := range b.runtimes() {
		if s.Name != "runc" {
			active = append(active, s)
		}
	}
	defer func() {
		for _, s := range active {
			b.disperse(s)
		}
	}()
	each := func(rows []*row, do func(s *subject) (float64, error)) error {
		for _, s := range active {
			if b.ctx.Err() != nil {
				return errors.New("interrupted")
			}
			if first.failed(s) {
				continue
			}
			value, err := do(s)
			for _, r := range rows {
				if err == nil {
					r.sample(s, value)
				}
			}
			if err != nil {
				first.fail(s, err)
			}
		}
		return nil
	}
	for i := range b.crowd {
		var into []*row
		switch {
		case i < edge:
			into = rows[:1]
		case i >= b.crowd-edge:
			into = rows[1:2]
		}
		if len(into) > 0 {
			time.Sleep(b.pause)
		}
		if err := each(into, func(s *subject) (float64, error) { return b.join(s, i) }); err != nil {
			return err
		}
	}
	for range b.rounds {
		time.Sleep(b.pause)
		if err := each(rows[2:], func(s *subject) (float64, error) {
			got, err := b.command(s, "list")
			return got.ms, err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) crowdID(s *subject, i int) string { return b.id(s) + "-" + strconv.Itoa(i) }

// join makes container i and starts it.
func (b *bench) join(s *subject, i int) (float64, error) {
	c, err := b.defaultConfig(s, b.variants[defaultName], "/bin/sleep", "1000000")
	if err != nil {
		return 0, err
	}
	id := b.crowdID(s, i)
	c["linux"].(config)["cgroupsPath"] = "/" + id
	bundle, err := b.bundle(s, crowdName, c)
	if err != nil {
		return 0, err
	}
	created, err := b.command(s, "create", "--bundle", bundle, id)
	if err != nil {
		return 0, fmt.Errorf("container %d: %w", i, err)
	}
	started, err := b.command(s, "start", id)
	return created.ms + started.ms, err
}

// disperse deletes the containers, and what is left of them.
func (b *bench) disperse(s *subject) {
	for i := range b.crowd {
		_, _ = b.command(s, "delete", "--force", b.crowdID(s, i))
		reap()
	}
	sweep(b.id(s) + "-")
	reap()
}
