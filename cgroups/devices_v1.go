package cgroups

import (
	"strconv"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// devicesV1 expresses an ordered list of rules, of which the last that matches
// decides and before which everything is denied, in the version 1 devices
// controller, which works otherwise: it keeps one default and a set of
// exceptions to it, and a write can only change an exception that names the very
// same devices (security/device_cgroup.c). So the list is worked out here, and
// what is written is the outcome: the default, then the exceptions.
func (b *builder) devicesV1() {
	if b.r.Devices == nil {
		return
	}
	state, ok := exceptionsOf(b.r.Devices, b.fault)
	if !ok {
		return
	}
	first, others := "devices.deny", "devices.allow"
	if state.allow {
		first, others = others, first
	}
	b.write("", first, "a")
	for _, r := range state.rules {
		b.write("/"+strconv.Itoa(r.index), others, r.device()+" "+r.access.String())
	}
}

// exceptionsOf works a list of rules out; ok is false if there was a fault.
func exceptionsOf(list []specs.LinuxDeviceCgroup, fault func(part, text string)) (state exceptions, ok bool) {
	ok = true
	report := func(part, text string) {
		ok = false
		fault(part, text)
	}
	for _, r := range checkRules(list, report) {
		if hole := state.apply(r); hole >= 0 {
			report("/"+strconv.Itoa(r.index), "cannot use this device rule: it takes back a part of what rule "+
				strconv.Itoa(hole)+" says, and the cgroup v1 devices controller knows no exception from an exception; name the devices one by one")
		}
	}
	if !state.allow {
		state.join()
	}
	return state, ok
}

// exceptions is the state of a version 1 devices cgroup.
type exceptions struct {
	allow bool   // the default; the rules say the opposite
	rules []rule // each of kind b or c
}

// apply adds a rule. Where it cannot be expressed, the index of the rule that
// it would take a part from is returned, and otherwise -1.
func (e *exceptions) apply(r rule) int {
	if r.everything() {
		*e = exceptions{allow: r.allow}
		return -1
	}
	if r.kind == 'a' {
		// The kernel ignores the rest of a line that begins with a.
		for _, kind := range []byte{'b', 'c'} {
			r.kind = kind
			if hole := e.apply(r); hole >= 0 {
				return hole
			}
		}
		return -1
	}
	if r.allow != e.allow {
		e.rules = append(e.rules, r)
		return -1
	}
	// The rule restores the default: exceptions that it covers shrink.
	kept := e.rules[:0:0]
	for _, x := range e.rules {
		switch {
		case x.kind != r.kind || x.access&r.access == 0 || !overlap(x.major, r.major) || !overlap(x.minor, r.minor):
		case covers(r.major, x.major) && covers(r.minor, x.minor):
			x.access &^= r.access
		default:
			return x.index
		}
		if x.access != 0 {
			kept = append(kept, x)
		}
	}
	e.rules = kept
	return -1
}

// join makes every opening of a device that the allowed exceptions permit
// together permitted by one of them: the kernel wants a single exception that covers
// all of what is asked for, so that "c *:* r" and "c 1:3 w" do not let 1:3 be
// opened for both. An exception takes on the access of others that its devices are
// a part of, and where two cross, their common devices get one of their own. The
// rounds end, since there are finitely many such devices. To make a node is always
// asked for by itself (devcgroup_inode_mknod), so that it needs no joining.
func (e *exceptions) join() {
	for changed := true; changed; {
		changed = false
		for i := range e.rules {
			for j := range e.rules[:i] {
				changed = e.joinPair(e.rules[i], e.rules[j]) || changed
			}
		}
	}
}

// joinPair grants the common devices of two rules the access of both, and
// reports whether that was new.
func (e *exceptions) joinPair(x, y rule) bool {
	if x.kind != y.kind || !overlap(x.major, y.major) || !overlap(x.minor, y.minor) {
		return false
	}
	x.major, x.minor, x.access = max(x.major, y.major), max(x.minor, y.minor), (x.access|y.access)&^accessMknod
	same := -1
	for i, r := range e.rules {
		if x.within(r) {
			return false
		}
		if r.kind == x.kind && r.major == x.major && r.minor == x.minor {
			same = i
		}
	}
	if same < 0 {
		e.rules = append(e.rules, x)
	} else {
		e.rules[same].access |= x.access
	}
	return true
}

func overlap(a, b int64) bool { return a == anyNumber || b == anyNumber || a == b }

func covers(a, b int64) bool { return a == anyNumber || a == b }
