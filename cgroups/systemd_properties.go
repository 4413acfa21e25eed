package cgroups

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tare-oci/tare/internal/dbus"
)

// Property is a property of a unit of systemd's, as D-Bus has it
// (org.freedesktop.systemd1(5)).
type Property struct {
	Name  string
	Value dbus.Value
}

// String writes a property as ParseProperty reads it: "MemoryMax=uint64 1048576".
func (p Property) String() string { return p.Name + "=" + p.Value.String() }

// ParseProperty reads a name and a value of GVariant's text format.
func ParseProperty(text string) (Property, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return Property{}, errors.New("cannot read property " + quote(text) + `: it does not read like "NAME=VALUE"`)
	}
	v, err := dbus.ParseValue(value)
	if err != nil {
		return Property{}, errors.New("cannot read property " + quote(text) + ": " + err.Error())
	}
	return Property{name, v}, nil
}

// infinity is systemd's word for no limit.
const infinity = math.MaxUint64

// propertyOf says how systemd spells the writes of a control file.
type propertyOf struct {
	file  string
	since int // version of systemd that first had it, 0 for all that matter
	set   func(t *translation, value string)
}

// translation turns settings into properties.
type translation struct {
	list []Property
}

// set lets a later setting win over an earlier one, as it does in the files.
func (t *translation) set(name string, v dbus.Value) {
	at := slices.IndexFunc(t.list, func(p Property) bool { return p.Name == name })
	if at < 0 {
		t.list = append(t.list, Property{name, v})
		return
	}
	t.list[at].Value = v
}

// Properties are those that express settings, in the order of the settings. What
// systemd has no property for, or only one that it got in a later version, is
// not among them; so each setting is to be written to its file as well, which
// also gives an error where systemd would keep silent about a controller that it
// was not given.
func (m *Manager) Properties(settings []Setting, l *Layout) []Property {
	var t translation
	for i := range settings {
		for _, row := range rowsOf(&settings[i], l) {
			if row.since <= m.Version {
				row.set(&t, settings[i].Value)
			}
		}
	}
	return t.list
}

// NeedsVersion says whether it depends on the version of systemd what Properties there are
// for settings.
func NeedsVersion(settings []Setting, l *Layout) bool {
	return slices.ContainsFunc(settings, func(s Setting) bool {
		return slices.ContainsFunc(rowsOf(&s, l), func(row propertyOf) bool { return row.since > 0 })
	})
}

// rowsOf are those of a setting's file.
func rowsOf(s *Setting, l *Layout) (rows []propertyOf) {
	table := propertiesV2
	if version, _ := l.version(s.Controller); version == 1 {
		table = propertiesV1
	}
	for _, row := range table {
		if row.file == s.File {
			rows = append(rows, row)
		}
	}
	return rows
}

// propertiesV2 are those of cgroup v2's files, systemd.resource-control(5).
var propertiesV2 = []propertyOf{
	{"memory.max", 0, amount("MemoryMax")},
	{"memory.high", 0, amount("MemoryHigh")},
	{"memory.low", 0, amount("MemoryLow")},
	{"memory.min", 0, amount("MemoryMin")},
	{"memory.swap.max", 0, amount("MemorySwapMax")},
	{"memory.zswap.max", 253, amount("MemoryZSwapMax")},
	{"memory.zswap.writeback", 256, func(t *translation, value string) { t.set("MemoryZSwapWriteback", dbus.Bool(value != "0")) }},
	{"cpu.weight", 0, amount("CPUWeight")},
	{"cpu.idle", 252, idleWeight},
	{"cpu.max", 0, bandwidth},
	{"cpuset.cpus", 0, numbers("AllowedCPUs")},
	{"cpuset.mems", 0, numbers("AllowedMemoryNodes")},
	{"pids.max", 0, amount("TasksMax")},
	{"io.bfq.weight", 0, weightV2},
	{"io.weight", 0, amountOfDevice("IOWeight", "IODeviceWeight")},
	{"io.max", 0, rates},
}

// propertiesV1 are those of cgroup v1's, which systemd had up to version 257.
var propertiesV1 = []propertyOf{
	{"memory.limit_in_bytes", 0, amount("MemoryLimit")},
	{"cpu.shares", 0, amount("CPUShares")},
	{"cpu.cfs_period_us", 0, periodV1},
	{"cpu.cfs_quota_us", 0, quotaV1},
	{"pids.max", 0, amount("TasksMax")},
	{"blkio.bfq.weight", 0, amount("BlockIOWeight")},
	{"blkio.bfq.weight_device", 0, ofDevice("BlockIODeviceWeight")},
	{"blkio.throttle.read_bps_device", 0, ofDevice("BlockIOReadBandwidth")},
	{"blkio.throttle.write_bps_device", 0, ofDevice("BlockIOWriteBandwidth")},
}

// numberOf reads a number of a control file, with the letter that the kernel allows
// behind one of bytes (memparse); ok is false where it is none.
func numberOf(value string) (n uint64, ok bool) {
	value = strings.TrimSpace(value)
	if value == "max" || value == "-1" {
		return infinity, true
	}
	shift := 0
	if last := len(value) - 1; last > 0 {
		if at := strings.IndexByte("KMGTP", value[last]&^0x20); at >= 0 {
			value, shift = value[:last], 10*(at+1)
		}
	}
	n, err := strconv.ParseUint(value, 10, 64)
	return n << shift, err == nil && n<<shift>>shift == n
}

func amount(name string) func(*translation, string) {
	return func(t *translation, value string) {
		if n, ok := numberOf(value); ok {
			t.set(name, dbus.Uint64(n))
		}
	}
}

// idleWeight: CPUWeight=idle is 0 on D-Bus.
func idleWeight(t *translation, value string) {
	if value == "1" {
		t.set("CPUWeight", dbus.Uint64(0))
	}
}

// bandwidth splits "QUOTA PERIOD".
func bandwidth(t *translation, value string) {
	quota, period, both := strings.Cut(strings.TrimSpace(value), " ")
	p, ok := uint64(defaultPeriod), true
	if both {
		p, ok = numberOf(period)
	}
	if q, is := numberOf(quota); is && ok && p > 0 {
		t.set("CPUQuotaPerSecUSec", dbus.Uint64(perSecond(q, p)))
		t.set("CPUQuotaPeriodUSec", dbus.Uint64(p))
	}
}

// perSecond is a quota of µs in each second. Systemd keeps hundredths of a percent of
// a CPU across a daemon-reload and rounds down: rounded up to that here, the quota
// is never less than what was asked for.
func perSecond(quota, period uint64) uint64 {
	const step = 100
	if quota == infinity || quota > infinity/1000000-period*step {
		return infinity
	}
	return (quota*1000000 + period*step - 1) / (period * step) * step
}

// Version 1 has two files, of which the period comes first: its row leaves it
// for the quota's to work with.
func periodV1(t *translation, value string) {
	if p, ok := numberOf(value); ok {
		t.set("CPUQuotaPeriodUSec", dbus.Uint64(p))
	}
}

func quotaV1(t *translation, value string) {
	period := uint64(defaultPeriod)
	for _, p := range t.list {
		if p.Name == "CPUQuotaPeriodUSec" {
			period = p.Value.N
		}
	}
	if q, ok := numberOf(value); ok && period > 0 {
		t.set("CPUQuotaPerSecUSec", dbus.Uint64(perSecond(q, period)))
	}
}

// numbers makes a bit mask of a list like "0-3,7", bit n of all bytes for n.
func numbers(name string) func(*translation, string) {
	return func(t *translation, value string) {
		if mask, ok := maskOf(value); ok {
			t.set(name, dbus.Bytes(mask))
		}
	}
}

// most CPUs or memory nodes that a mask has: CPU_SETSIZE of systemd's sets.
const mostNumbers = 8192

func maskOf(list string) (mask []byte, ok bool) {
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		first, last, ranged := strings.Cut(part, "-")
		from, err := strconv.ParseUint(strings.TrimSpace(first), 10, 32)
		to := from
		if err == nil && ranged {
			to, err = strconv.ParseUint(strings.TrimSpace(last), 10, 32)
		}
		if err != nil || to < from || to >= mostNumbers {
			return nil, false
		}
		for n := from; n <= to; n++ {
			for uint64(len(mask)) <= n/8 {
				mask = append(mask, 0)
			}
			mask[n/8] |= 1 << (n % 8)
		}
	}
	return mask, len(mask) > 0
}

// weightV2 is on the scale of io.weight, from which systemd works BFQ's out.
func weightV2(t *translation, value string) {
	device, weight, ofOne := strings.Cut(value, " ")
	if !ofOne {
		device, weight = "", value
	}
	w, ok := numberOf(weight)
	if !ok || w < 10 || w > 1000 {
		return
	}
	if device == "" {
		t.set("IOWeight", dbus.Uint64(ioWeight(w)))
	} else {
		t.perDevice("IODeviceWeight", device, ioWeight(w))
	}
}

func amountOfDevice(all, one string) func(*translation, string) {
	return func(t *translation, value string) {
		device, weight, ofOne := strings.Cut(strings.TrimPrefix(strings.TrimSpace(value), "default "), " ")
		if !ofOne {
			amount(all)(t, device)
		} else if w, ok := numberOf(weight); ok && strings.Contains(device, ":") {
			t.perDevice(one, device, w)
		}
	}
}

// rates splits a line of io.max, "8:0 rbps=1048576 wiops=max".
func rates(t *translation, value string) {
	device, list, _ := strings.Cut(strings.TrimSpace(value), " ")
	for rate := range strings.FieldsSeq(list) {
		key, text, _ := strings.Cut(rate, "=")
		name := map[string]string{
			"rbps": "IOReadBandwidthMax", "wbps": "IOWriteBandwidthMax",
			"riops": "IOReadIOPSMax", "wiops": "IOWriteIOPSMax",
		}[key]
		if n, ok := numberOf(text); ok && name != "" && strings.Contains(device, ":") {
			t.perDevice(name, device, n)
		}
	}
}

// ofDevice is a property of which each device has its own number, "8:0 1048576".
func ofDevice(name string) func(*translation, string) {
	return func(t *translation, value string) {
		device, text, _ := strings.Cut(value, " ")
		if n, ok := numberOf(text); ok {
			if n == 0 {
				n = infinity // which lifts the limit
			}
			t.perDevice(name, device, n)
		}
	}
}

// perDevice adds to the property's list. Systemd takes such a path apart without
// looking for the file.
func (t *translation) perDevice(name, device string, n uint64) {
	entry := dbus.Tuple(dbus.String("/dev/block/"+device), dbus.Uint64(n))
	at := slices.IndexFunc(t.list, func(p Property) bool { return p.Name == name })
	if at < 0 {
		t.set(name, dbus.Array(entry.Type, entry))
		return
	}
	t.list[at].Value.L = append(t.list[at].Value.L, entry)
}

// Unset is a property as a unit has it that was told nothing about it.
func Unset(p Property) Property {
	switch {
	case p.Name == "MemoryLow" || p.Name == "MemoryMin":
		return Property{p.Name, dbus.Uint64(0)}
	case p.Name == "MemoryZSwapWriteback":
		return Property{p.Name, dbus.Bool(true)}
	case p.Value.Type[0] == 'a': // an empty list empties the one that systemd has
		return Property{p.Name, dbus.Array(p.Value.Type[1:])}
	}
	return Property{p.Name, dbus.Uint64(infinity)}
}

// Same keeps the properties that have the names of others, and unsets those of them
// that are not there.
func Same(list, others []Property) []Property {
	kept := make([]Property, len(others))
	for i, o := range others {
		at := slices.IndexFunc(list, func(p Property) bool { return p.Name == o.Name })
		if at < 0 {
			kept[i] = Unset(o)
		} else {
			kept[i] = list[at]
		}
	}
	return kept
}
