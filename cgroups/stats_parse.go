package cgroups

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
)

// parseNumber is 0 for what is no number.
func parseNumber(text []byte) uint64 {
	text = bytes.TrimSpace(text)
	if string(text) == "max" {
		return Unlimited
	}
	n, _ := strconv.ParseUint(string(text), 10, 64)
	return n
}

// parseKeyed reads lines "KEY NUMBER".
func parseKeyed(text []byte) map[string]uint64 {
	if text == nil {
		return nil
	}
	m := make(map[string]uint64, bytes.Count(text, []byte{'\n'}))
	for line := range bytes.Lines(text) {
		if f := bytes.Fields(line); len(f) == 2 {
			m[string(f[0])] = parseNumber(f[1])
		}
	}
	return m
}

// parsePressure reads lines like "some avg10=0.12 avg60=0.00 avg300=0.00 total=345".
// cpu.pressure had no line "full" before Linux 5.13.
func parsePressure(text []byte) *Pressure {
	if text == nil {
		return nil
	}
	p := &Pressure{}
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) == 0 {
			continue
		}
		stall := &p.Some
		if string(f[0]) == "full" {
			stall = &p.Full
		}
		for _, pair := range f[1:] {
			key, value, _ := bytes.Cut(pair, []byte{'='})
			if string(key) == "total" {
				stall.Total = parseNumber(value)
				continue
			}
			share, _ := strconv.ParseFloat(string(value), 64)
			switch string(key) {
			case "avg10":
				stall.Avg10 = share
			case "avg60":
				stall.Avg60 = share
			case "avg300":
				stall.Avg300 = share
			}
		}
	}
	return p
}

// parseDevice reads "MAJOR:MINOR".
func parseDevice(text []byte) (major, minor uint64, ok bool) {
	a, b, ok := bytes.Cut(text, []byte{':'})
	major, err := strconv.ParseUint(string(a), 10, 32)
	minor, err2 := strconv.ParseUint(string(b), 10, 32)
	return major, minor, ok && err == nil && err2 == nil
}

// parseRDMA reads lines like "mlx5_0 hca_handle=2 hca_object=max".
func parseRDMA(text []byte) (list []RDMACount) {
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) < 2 {
			continue
		}
		c := RDMACount{Device: string(f[0])}
		for _, pair := range f[1:] {
			key, value, _ := bytes.Cut(pair, []byte{'='})
			n := uint32(min(parseNumber(value), math.MaxUint32))
			switch string(key) {
			case "hca_handle":
				c.Handles = n
			case "hca_object":
				c.Objects = n
			}
		}
		list = append(list, c)
	}
	return list
}

// parseNumbers reads a list of CPUs or memory nodes (List format, cpuset(7)).
func parseNumbers(text []byte) (numbers []uint16) {
	for part := range bytes.SplitSeq(bytes.TrimSpace(text), []byte{','}) {
		first, last, ranged := bytes.Cut(part, []byte{'-'})
		if !ranged {
			last = first
		}
		from, err := strconv.ParseUint(string(first), 10, 16)
		to, err2 := strconv.ParseUint(string(last), 10, 16)
		if err != nil || err2 != nil {
			continue
		}
		for n := from; n <= to; n++ {
			numbers = append(numbers, uint16(n))
		}
	}
	return numbers
}

// parsePageSizes turns the names of /sys/kernel/mm/hugepages, hugepages-2048kB,
// into those of control files, 2MB, in ascending order.
func parsePageSizes(names []string) (sizes []string) {
	var kilobytes []uint64
	for _, name := range names {
		if number, ok := strings.CutPrefix(name, "hugepages-"); ok {
			if n, err := strconv.ParseUint(strings.TrimSuffix(number, "kB"), 10, 64); err == nil {
				kilobytes = append(kilobytes, n)
			}
		}
	}
	slices.Sort(kilobytes)
	for _, n := range kilobytes {
		switch {
		case n >= 1<<20:
			sizes = append(sizes, unsigned(n>>20)+"GB")
		case n >= 1<<10:
			sizes = append(sizes, unsigned(n>>10)+"MB")
		default:
			sizes = append(sizes, unsigned(n)+"KB")
		}
	}
	return sizes
}
