package plan

import (
	"fmt"
	"strings"
)

// Check proves what can be proved about a plan before anything happens: that
// every slot is assigned once, before it is used, and has reached the actor
// that uses it; that barriers count up; that there is one spawn before init's
// first step and one exec that only hooks may follow, unless it is that of CRIU; that an init whose
// cgroup systemd makes around it is in there before it makes a cgroup namespace, and before hooks
// and exec; that device rules which are loaded are in force before hooks and exec; and that no string
// has a NUL. A plan that fails it is a bug of the compiler, whatever the config was.
func (p *Plan) Check() error {
	c := checker{plan: p, owner: make([]Actor, len(p.Slots))}
	for i := range p.Steps {
		if err := c.step(&p.Steps[i]); err != nil {
			return fmt.Errorf("BUG: step %d, %s: %w", Number(i), p.Steps[i].Kind.Word(), err)
		}
	}
	switch {
	case !c.spawned:
		return fmt.Errorf("BUG: the plan never starts init")
	case !c.executed:
		return fmt.Errorf("BUG: the plan never executes the program")
	}
	return nil
}

type checker struct {
	plan *Plan
	// owner has, for each slot, which actors hold its descriptor by now.
	owner []Actor
	// pending are slots of the parent's that the next go will carry.
	pending           []Slot
	barrier           int64
	atBarrier         bool
	spawned, executed bool
	forked, awaited   bool
	restored          bool
	// outside says that systemd makes init's cgroup around it, and adopted that it has: the next
	// go tells init.
	outside, adopted bool
	// grouped says that there is a cgroup, loaded that a device program was loaded which is not known to
	// be in force, and attached that it is: the next go tells init.
	grouped, loaded, attached bool
}

func (c *checker) step(s *Step) error {
	if s.Kind == KindNone || s.Kind >= kindCount {
		return fmt.Errorf("there is no kind %d", s.Kind)
	}
	r := &table[s.Kind]
	switch {
	case s.Actor == 0 || r.actors&s.Actor != s.Actor:
		return fmt.Errorf("%s cannot do it", s.Actor)
	case s.Actor == Both && s.Kind != KindBarrier:
		return fmt.Errorf("only a barrier is done by both")
	case c.executed && !c.follows(s):
		return fmt.Errorf("it comes after exec")
	}
	if err := c.order(s); err != nil {
		return err
	}
	if err := c.slots(s, r); err != nil {
		return err
	}
	return c.strings(s)
}

// follows says whether a step may come after exec: a hook, or what the parent does
// with a CRIU that was executed.
func (c *checker) follows(s *Step) bool {
	c.restored = c.restored || s.Kind == KindRestore
	return s.Kind == KindHook || c.restored && s.Actor == Parent
}

// order follows the choreography.
func (c *checker) order(s *Step) error {
	if s.Actor&Init != 0 {
		if !c.spawned {
			return fmt.Errorf("it comes before spawn")
		}
		if s.Kind == KindAwait && !c.atBarrier {
			return fmt.Errorf("what init does between the last barrier and await would fail unheard")
		}
		c.release()
	}
	switch s.Kind {
	case KindSpawn:
		if c.spawned {
			return fmt.Errorf("it is the second spawn")
		}
		c.spawned = true
		for i := range c.owner {
			c.owner[i] |= c.owner[i] & Parent << 1
		}
		c.pending = nil
	case KindBarrier:
		if s.N[0] != c.barrier+1 {
			return fmt.Errorf("barrier %d comes after %d", s.N[0], c.barrier)
		}
		if c.awaited {
			return fmt.Errorf("a barrier after await has no parent to meet")
		}
		c.barrier++
		c.atBarrier = true
	case KindFork:
		if c.forked {
			return fmt.Errorf("it is the second fork")
		}
		c.forked = true
	case KindAwait:
		c.awaited = true
	case KindExec:
		c.executed = true
	}
	if err := c.confined(s); err != nil {
		return err
	}
	// Hooks that come later are run by start, which takes the parent's place.
	if c.awaited && s.Actor == Parent && s.Kind != KindHook {
		return fmt.Errorf("the parent is gone after await")
	}
	return nil
}

// confined follows the cgroup: whether init is in it, and its device rules are in force.
func (c *checker) confined(s *Step) error {
	switch s.Kind {
	case KindScope:
		c.outside = s.N[1] != 0
	case KindCgroupCreate:
		c.grouped = true
	case KindCgroupAdopt:
		c.grouped, c.adopted = true, true
	case KindLoadDevices:
		if c.loaded {
			return fmt.Errorf("device rules are loaded already")
		}
		c.loaded = true
	case KindCgroupDevices:
		if !c.loaded || c.attached || !c.grouped {
			return fmt.Errorf("it takes a cgroup, and device rules that were loaded and not attached")
		}
		c.attached = true
		if !c.spawned {
			c.loaded, c.attached = false, false // init is born with them
		}
	}
	if c.outside && (s.Kind == KindExec || s.Kind == KindUnshare && s.N[0]&NewCgroup != 0 || s.Kind == KindHook && !c.adopted) {
		return fmt.Errorf("init may not be in its cgroup yet")
	}
	if c.loaded && (s.Kind == KindExec || s.Kind == KindHook && !c.attached) {
		return fmt.Errorf("the device rules are not in force yet")
	}
	return nil
}

// release hands the parent's new slots to init: its next step means go was said.
func (c *checker) release() {
	if !c.atBarrier {
		return
	}
	c.atBarrier = false
	c.outside = c.outside && !c.adopted
	if c.attached {
		c.loaded, c.attached = false, false
	}
	for _, slot := range c.pending {
		c.owner[slot] |= Init
	}
	c.pending = nil
}

func (c *checker) slots(s *Step, r *row) error {
	for i, op := range r.n {
		if op.form != slotIn && op.form != slotOut || s.N[i] == 0 {
			continue
		}
		v := s.N[i]
		if v < 0 || v >= int64(len(c.owner)) || v >= MaxSlots {
			return fmt.Errorf("there is no slot %d for %s", v, op.name)
		}
		if op.form == slotOut {
			if c.owner[v] != 0 {
				return fmt.Errorf("slot %q is assigned twice", c.plan.slotName(v))
			}
			c.owner[v] = s.Actor
			if s.Actor == Parent && c.spawned {
				c.pending = append(c.pending, Slot(v))
			}
			continue
		}
		need := s.Actor
		if s.Kind == KindBarrier {
			need = Init
		}
		if c.owner[v]&need != need {
			return fmt.Errorf("slot %q has not reached %s", c.plan.slotName(v), need)
		}
		if s.Kind == KindBarrier {
			c.owner[v] |= Parent
		}
	}
	return nil
}

func (c *checker) strings(s *Step) error {
	bad := strings.IndexByte(s.Pointer, 0) >= 0
	for _, str := range s.S {
		bad = bad || strings.IndexByte(str, 0) >= 0
	}
	for _, list := range s.L {
		for _, str := range list {
			bad = bad || strings.IndexByte(str, 0) >= 0
		}
	}
	if bad {
		return fmt.Errorf("a string has a NUL in it")
	}
	return nil
}
