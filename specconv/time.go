package specconv

import (
	"maps"
	"slices"
	"strconv"

	"github.com/tare-oci/tare/plan"
)

const timePointer = "/linux/timeOffsets"

// offsetClocks are those that a time namespace has of its own (time_namespaces(7)).
var offsetClocks = [...]string{"boottime", "monotonic"}

func (v *validation) timeOffsets() {
	if len(v.linux.TimeOffsets) > 0 && v.ns.made&plan.NewTime == 0 {
		v.fault(timePointer, "needs a new time namespace: one that has processes keeps the offsets it has")
	}
	for _, clock := range slices.Sorted(maps.Keys(v.linux.TimeOffsets)) {
		offset := v.linux.TimeOffsets[clock]
		switch {
		case !slices.Contains(offsetClocks[:], clock):
			v.fault(key(timePointer, clock), "unknown clock: a time namespace has boottime and monotonic")
		case offset.Nanosecs >= 1e9:
			v.fault(key(timePointer, clock)+"/nanosecs", "must be less than 1000000000")
		}
	}
}

// timeOffsets writes those of the namespace that init's children will be in.
func (c *compiler) timeOffsets() {
	for _, clock := range offsetClocks {
		if offset, ok := c.linux.TimeOffsets[clock]; ok {
			value := clock + " " + strconv.FormatInt(offset.Secs, 10) + " " + strconv.FormatUint(uint64(offset.Nanosecs), 10)
			c.add(key(timePointer, clock), plan.Write(c.proc, "self/timens_offsets", value))
		}
	}
}
