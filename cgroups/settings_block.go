package cgroups

import (
	"slices"
	"strconv"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// noLeafWeight: only CFQ told a cgroup's own processes from its children.
const noLeafWeight = "cannot be set: leaf weights went with the CFQ scheduler in Linux 5.0; use weight"

func (b *builder) leafWeight() {
	b.leafWeightDevice("", b.blockIO.LeafWeight)
}

func (b *builder) leafWeightDevice(part string, w *uint16) {
	if w != nil && *w != 0 {
		if part != "" {
			part += "/leafWeight"
		}
		b.fault(part, noLeafWeight)
	}
}

// weight checks a block I/O weight; ok is false when it is absent or wrong.
func (b *builder) weight(part string, w *uint16) (uint64, bool) {
	if w == nil || *w == 0 {
		return 0, false
	}
	if *w < 10 || *w > 1000 {
		b.fault(part, "cannot set a block I/O weight of "+unsigned(uint64(*w))+": it must lie between 10 and 1000")
		return 0, false
	}
	return uint64(*w), true
}

// Bounds of a device number (include/linux/kdev_t.h: 12 and 20 bits).
const (
	maxMajor = 1<<12 - 1
	maxMinor = 1<<20 - 1
)

// outOfRange is the field of a device that has no such number, "" for neither.
func outOfRange(major, minor int64) string {
	switch {
	case major < 0 || major > maxMajor:
		return "/major"
	case minor < 0 || minor > maxMinor:
		return "/minor"
	}
	return ""
}

// device spells a block device "MAJOR:MINOR".
func (b *builder) device(part string, major, minor int64) (string, bool) {
	if field := outOfRange(major, minor); field != "" {
		b.fault(part+field, "cannot name device "+decimal(major)+":"+decimal(minor)+": major numbers end at 4095, minor numbers at 1048575")
		return "", false
	}
	return decimal(major) + ":" + decimal(minor), true
}

// throttleV1 writes rates in bytes or operations a second; 0 lifts the limit.
func (b *builder) throttleV1(devices []specs.LinuxThrottleDevice) {
	for i := range devices {
		part := "/" + strconv.Itoa(i)
		if dev, ok := b.device(part, devices[i].Major, devices[i].Minor); ok {
			b.write(part, b.row.file, dev+" "+unsigned(devices[i].Rate))
		}
	}
}

// throttleV2 is the same for io.max, where one file has all four rates and a
// write changes only those it names. Rate 0 would be an error there.
func (b *builder) throttleV2(key string, devices []specs.LinuxThrottleDevice) {
	for i := range devices {
		part := "/" + strconv.Itoa(i)
		if dev, ok := b.device(part, devices[i].Major, devices[i].Minor); ok {
			rate := "max"
			if devices[i].Rate != 0 {
				rate = unsigned(devices[i].Rate)
			}
			b.write(part, b.row.file, dev+" "+key+"="+rate)
		}
	}
}

// sortedKeys makes the order of a map's settings the same every time.
func sortedKeys[V any](m map[string]V) []string {
	if len(m) == 0 {
		return nil
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// escape makes a key a token of a JSON pointer (RFC 6901).
func escape(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}
