package cgroups

import (
	"errors"
	"strconv"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// access is a set of what can be done to a device: the bits are those of
// BPF_DEVCG_ACC_* (include/uapi/linux/bpf.h).
type access uint8

const (
	accessMknod access = 1 << iota
	accessRead
	accessWrite
	accessAll = accessMknod | accessRead | accessWrite
)

func (a access) String() string {
	b := make([]byte, 0, 3)
	if a&accessRead != 0 {
		b = append(b, 'r')
	}
	if a&accessWrite != 0 {
		b = append(b, 'w')
	}
	if a&accessMknod != 0 {
		b = append(b, 'm')
	}
	return string(b)
}

// anyNumber stands for every major or minor number.
const anyNumber = -1

// rule is a device rule that has been checked.
type rule struct {
	index        int // in the list it comes from
	allow        bool
	kind         byte // 'a' (both), 'b' or 'c'
	major, minor int64
	access       access
}

// everything reports whether the rule is about every use of every device.
func (r *rule) everything() bool {
	return r.kind == 'a' && r.major == anyNumber && r.minor == anyNumber && r.access == accessAll
}

// within reports whether the other rule is about every use that the rule is about.
func (r *rule) within(other rule) bool {
	return (other.kind == 'a' || other.kind == r.kind) && covers(other.major, r.major) && covers(other.minor, r.minor) &&
		r.access&^other.access == 0
}

// DefaultDeviceRules are the rules that runtimes add behind those of a config,
// so that what they put into /dev can be used: any device may be made but not
// opened, and null, zero, full, random, urandom, tty, ptmx and the
// pseudo-terminals may be used. Device 5:1 is not among them: /dev/console of a
// container is a pseudo-terminal, and 5:1 is the console of the host. The list
// is a new one at each call.
func DefaultDeviceRules() []specs.LinuxDeviceCgroup {
	character := func(major, minor int64) specs.LinuxDeviceCgroup {
		r := specs.LinuxDeviceCgroup{Allow: true, Type: "c", Major: &major, Access: "rwm"}
		if minor != anyNumber {
			r.Minor = &minor
		}
		return r
	}
	return []specs.LinuxDeviceCgroup{
		{Allow: true, Type: "c", Access: "m"},
		{Allow: true, Type: "b", Access: "m"},
		character(1, 3),           // null
		character(1, 5),           // zero
		character(1, 7),           // full
		character(1, 8),           // random
		character(1, 9),           // urandom
		character(5, 0),           // tty
		character(5, 2),           // ptmx
		character(136, anyNumber), // pts
	}
}

// checkRules reads a list of rules and reports every fault at its index.
func checkRules(list []specs.LinuxDeviceCgroup, fault func(part, text string)) []rule {
	rules := make([]rule, 0, len(list))
	for i := range list {
		r, part, text := checkRule(&list[i])
		if text != "" {
			fault("/"+strconv.Itoa(i)+part, "cannot use this device rule: "+text)
			continue
		}
		r.index = i
		rules = append(rules, r)
	}
	return rules
}

func checkRule(d *specs.LinuxDeviceCgroup) (r rule, part, fault string) {
	r = rule{allow: d.Allow, kind: 'a', major: anyNumber, minor: anyNumber}
	switch d.Type {
	case "", "a":
	case "b", "c":
		r.kind = d.Type[0]
	case "u": // mknod(1) knows it as another word for c
		r.kind = 'c'
	default:
		return r, "/type", "type " + quote(d.Type) + ` is none of "a", "b", "c"`
	}
	if d.Major != nil {
		r.major = *d.Major
	}
	if d.Minor != nil {
		r.minor = *d.Minor
	}
	if r.major < anyNumber || r.major > maxMajor {
		return r, "/major", "major number " + decimal(r.major) + " is not between 0 and 4095, nor -1 for all"
	}
	if r.minor < anyNumber || r.minor > maxMinor {
		return r, "/minor", "minor number " + decimal(r.minor) + " is not between 0 and 1048575, nor -1 for all"
	}
	for _, c := range d.Access {
		switch c {
		case 'r':
			r.access |= accessRead
		case 'w':
			r.access |= accessWrite
		case 'm':
			r.access |= accessMknod
		default:
			return r, "/access", "access " + quote(d.Access) + ` is not made of "r", "w", "m"`
		}
	}
	if r.access == 0 {
		return r, "/access", `access is empty; it is made of "r", "w", "m"`
	}
	return r, "", ""
}

// DeviceRuleFaults says why rules of a config's list could be taken by no kernel, as
// joined *FieldErrors; nil if all could.
func DeviceRuleFaults(list []specs.LinuxDeviceCgroup) error {
	var faults []error
	checkRules(list, func(part, text string) {
		faults = append(faults, &FieldError{"/linux/resources/devices" + part, text})
	})
	return errors.Join(faults...)
}

// device spells the rule's devices as version 1 and people do: "c 136:*".
func (r *rule) device() string {
	return string(r.kind) + " " + number(r.major) + ":" + number(r.minor)
}

func number(n int64) string {
	if n == anyNumber {
		return "*"
	}
	return decimal(n)
}

// FormatDeviceRule spells a rule in one line: "allow c 1:3 rwm". A rule that
// the kernel could not take is an error.
func FormatDeviceRule(d *specs.LinuxDeviceCgroup) (string, error) {
	r, _, fault := checkRule(d)
	if fault != "" {
		return "", errors.New("cannot use this device rule: " + fault)
	}
	word := "deny "
	if r.allow {
		word = "allow "
	}
	return word + r.device() + " " + r.access.String(), nil
}

// ParseDeviceRule reads what FormatDeviceRule writes.
func ParseDeviceRule(line string) (specs.LinuxDeviceCgroup, error) {
	var d specs.LinuxDeviceCgroup
	bad := errors.New("cannot read device rule " + quote(line) + `: it does not read like "allow c 1:3 rwm"`)
	words := strings.Split(line, " ")
	if len(words) != 4 || (words[0] != "allow" && words[0] != "deny") || words[1] == "" {
		return d, bad
	}
	major, minor, ok := strings.Cut(words[2], ":")
	if !ok {
		return d, bad
	}
	d = specs.LinuxDeviceCgroup{Allow: words[0] == "allow", Type: words[1], Access: words[3]}
	for _, n := range []struct {
		text string
		to   **int64
	}{{major, &d.Major}, {minor, &d.Minor}} {
		if n.text == "*" {
			continue
		}
		v, err := strconv.ParseInt(n.text, 10, 64)
		if err != nil || v < 0 {
			return d, bad
		}
		*n.to = &v
	}
	if _, _, fault := checkRule(&d); fault != "" {
		return d, errors.New("cannot read device rule " + quote(line) + ": " + fault)
	}
	return d, nil
}
