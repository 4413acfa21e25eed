package resctrl

import (
	"errors"
	"strconv"
	"strings"
)

// Resource is the name that a line of schemata begins with, "" if it has none.
func Resource(line string) string {
	name, _, ok := strings.Cut(line, ":")
	if !ok {
		return ""
	}
	return strings.TrimSpace(name)
}

// allocation is what a group has of one resource in one domain (a cache, say).
type allocation struct{ resource, domain string }

// parse reads lines like "L3:0=7ff;1=f0". Of two values for one domain the last counts.
func parse(lines string) (map[allocation]string, error) {
	values := map[allocation]string{}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, domains, ok := strings.Cut(line, ":")
		if !ok {
			return nil, errors.New("the line " + strconv.Quote(line) + " names no resource")
		}
		for domain := range strings.SplitSeq(domains, ";") {
			id, value, ok := strings.Cut(domain, "=")
			if !ok {
				return nil, errors.New("the line " + strconv.Quote(line) + " is not like RESOURCE:DOMAIN=VALUE;…")
			}
			values[allocation{strings.TrimSpace(name), strings.TrimSpace(id)}] = strings.TrimSpace(value)
		}
	}
	return values, nil
}

// bandwidth says whether a resource's values are decimal numbers; those of a cache
// are masks of bits.
func bandwidth(resource string) bool { return resource == "MB" || resource == "SMBA" }

// compare says what of the wanted lines a group's schemata do not have, nil if they
// have it all. granularity is the step to which the kernel rounds a bandwidth up,
// 0 if it does not.
func compare(wanted []string, schemata string, granularity uint64) error {
	want, err := parse(strings.Join(wanted, "\n"))
	if err != nil {
		return err
	}
	have, err := parse(schemata)
	if err != nil {
		return err
	}
	for at, value := range want {
		got, ok := have[at]
		if !ok || !equal(at.resource, value, got, granularity) {
			return errors.New("it is there already with other schemata: " + at.resource + ":" + at.domain + " is " + or(got, "missing") + ", not " + value)
		}
	}
	return nil
}

func equal(resource, want, got string, granularity uint64) bool {
	base := 16
	if bandwidth(resource) {
		base = 10
	}
	w, err := strconv.ParseUint(want, base, 64)
	g, err2 := strconv.ParseUint(got, base, 64)
	if err != nil || err2 != nil {
		return want == got
	}
	if granularity > 1 && resource == "MB" && w != g {
		w = (w + granularity - 1) / granularity * granularity
	}
	return w == g
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
