package specconv

import (
	"slices"
	"strings"
	"testing"
)

func scheduler(fields string) string    { return process(`"scheduler": {` + fields + `}`) }
func memoryPolicy(fields string) string { return linux(`"memoryPolicy": {` + fields + `}`) }

var schedulingFaults = []faultCase{
	{scheduler(``), []string{`/process/scheduler/policy: must be set`}},
	{scheduler(`"policy": "SCHED_NORMAL"`), []string{`/process/scheduler/policy: unknown scheduling policy "SCHED_NORMAL"`}},
	{scheduler(`"policy": "SCHED_ISO"`), []string{`/process/scheduler/policy: SCHED_ISO is a number that Linux keeps for a policy that it does not have`}},
	{scheduler(`"policy": "SCHED_OTHER", "nice": -21`), []string{`/process/scheduler/nice: must be between -20 and 19, not -21`}},
	{scheduler(`"policy": "SCHED_BATCH", "nice": 20`), []string{`/process/scheduler/nice: must be between -20 and 19, not 20`}},
	{scheduler(`"policy": "SCHED_FIFO"`), []string{`/process/scheduler/priority: must be between 1 and 99 for SCHED_FIFO, not 0`}},
	{scheduler(`"policy": "SCHED_RR", "priority": 100`), []string{`/process/scheduler/priority: must be between 1 and 99 for SCHED_RR, not 100`}},
	{scheduler(`"policy": "SCHED_IDLE", "priority": 1, "runtime": 1, "deadline": 1, "period": 1`), []string{
		`/process/scheduler/priority: is for SCHED_FIFO and SCHED_RR`, `/process/scheduler/runtime: is for SCHED_DEADLINE`,
		`/process/scheduler/deadline: is for SCHED_DEADLINE`, `/process/scheduler/period: is for SCHED_DEADLINE`,
	}},
	{scheduler(`"policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_RESET_ON_FORK", "RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_RECLAIM"]`), []string{
		`/process/scheduler/flags/1: unknown scheduling flag "RECLAIM"`, `/process/scheduler/flags/2: SCHED_FLAG_DL_OVERRUN is for SCHED_DEADLINE`,
		`/process/scheduler/flags/3: SCHED_FLAG_RECLAIM is for SCHED_DEADLINE`,
	}},
	{scheduler(`"policy": "SCHED_DEADLINE"`), []string{
		`/process/scheduler/deadline: must be set for SCHED_DEADLINE`, `/process/scheduler/runtime: must be at least 1024 ns for SCHED_DEADLINE`,
	}},
	{scheduler(`"policy": "SCHED_DEADLINE", "runtime": 1023, "deadline": 9223372036854775808`), []string{
		`/process/scheduler/deadline: must be less than 2^63`, `/process/scheduler/runtime: must be at least 1024 ns for SCHED_DEADLINE`,
	}},
	{scheduler(`"policy": "SCHED_DEADLINE", "runtime": 2001, "deadline": 2000, "flags": [""]`), []string{
		`/process/scheduler/runtime: must not be greater than the deadline`, `/process/scheduler/flags/0: unknown scheduling flag ""`,
	}},
	{scheduler(`"policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 2000, "period": 1999`), []string{`/process/scheduler/period: must not be less than the deadline`}},
	{scheduler(`"policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 2000, "period": 9223372036854775808`), []string{`/process/scheduler/period: must be less than 2^63`}},
	{process(`"ioPriority": {"priority": 8}`), []string{`/process/ioPriority/class: must be set`, `/process/ioPriority/priority: must be between 0 and 7, not 8`}},
	{process(`"ioPriority": {"class": "IOPRIO_CLASS_NONE", "priority": -1}`), []string{
		`/process/ioPriority/class: unknown I/O scheduling class "IOPRIO_CLASS_NONE"`, `/process/ioPriority/priority: must be between 0 and 7, not -1`,
	}},
	{process(`"execCPUAffinity": {"initial": "a", "final": "8192"}`), []string{
		`/process/execCPUAffinity/initial: must be a list like 0-3,7, not "a"`, `/process/execCPUAffinity/final: has 8192, but Linux can have no more than 8191`,
	}},
}

var memoryPolicyFaults = []faultCase{
	{memoryPolicy(`"nodes": "3-1"`), []string{`/linux/memoryPolicy/mode: must be set`, `/linux/memoryPolicy/nodes: has the range 3-1, which ends before it begins`}},
	{memoryPolicy(`"mode": "BIND", "nodes": "0-1024"`), []string{
		`/linux/memoryPolicy/mode: unknown memory policy "BIND"`, `/linux/memoryPolicy/nodes: has 1024, but Linux can have no more than 1023`,
	}},
	{memoryPolicy(`"mode": "MPOL_BIND", "nodes": "", "flags": ["MPOL_F_STATIC_NODES"]`), []string{
		`/linux/memoryPolicy/nodes: must be set for MPOL_BIND`, `/linux/memoryPolicy/flags/0: MPOL_F_STATIC_NODES needs nodes`,
	}},
	{memoryPolicy(`"mode": "MPOL_WEIGHTED_INTERLEAVE"`), []string{`/linux/memoryPolicy/nodes: must be set for MPOL_WEIGHTED_INTERLEAVE`}},
	{memoryPolicy(`"mode": "MPOL_LOCAL", "nodes": "0"`), []string{`/linux/memoryPolicy/nodes: must not be set for MPOL_LOCAL`}},
	{memoryPolicy(`"mode": "MPOL_DEFAULT", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING"]`), []string{
		`/linux/memoryPolicy/nodes: must not be set for MPOL_DEFAULT`, `/linux/memoryPolicy/flags/0: MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY`,
	}},
	{memoryPolicy(`"mode": "MPOL_PREFERRED", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F", "MPOL_F_RELATIVE_NODES"]`), []string{
		`/linux/memoryPolicy/flags/1: unknown memory policy flag "MPOL_F"`, `/linux/memoryPolicy/flags/2: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other`,
	}},
	{linux(`"personality": {}`), []string{`/linux/personality/domain: must be set`}},
	{linux(`"personality": {"domain": "linux", "flags": ["ADDR_NO_RANDOMIZE"]}`), []string{
		`/linux/personality/domain: must be LINUX or LINUX32, not "linux"`, `/linux/personality/flags/0: unknown personality flag "ADDR_NO_RANDOMIZE"`,
	}},
}

func TestNumberList(t *testing.T) {
	for text, want := range map[string][]uint32{
		"0": {0}, "0-3,7": {0, 1, 2, 3, 7}, "7,0-1": {0, 1, 7}, "1-2,2-3,1": {1, 2, 3}, "99": {99}, "5-5": {5}, "007": {7},
	} {
		if got, wrong := numberList(text, 100); wrong != "" || !slices.Equal(got, want) {
			t.Errorf("%q gives %v, %s", text, got, wrong)
		}
	}
	for text, want := range map[string]string{
		"":                      `must be a list like 0-3,7, not ""`,
		",":                     `must be a list like 0-3,7, not ","`,
		"1,":                    `must be a list like 0-3,7, not "1,"`,
		"1-":                    `must be a list like 0-3,7, not "1-"`,
		"-1":                    `must be a list like 0-3,7, not "-1"`,
		"1-2-3":                 `must be a list like 0-3,7, not "1-2-3"`,
		" 1":                    `must be a list like 0-3,7, not " 1"`,
		"1\n":                   `must be a list like 0-3,7, not "1\n"`,
		"+1":                    `must be a list like 0-3,7, not "+1"`,
		"1_0":                   `must be a list like 0-3,7, not "1_0"`,
		"0x1":                   `must be a list like 0-3,7, not "0x1"`,
		"99999999999999999999":  `must be a list like 0-3,7, not "99999999999999999999"`,
		"2-1":                   `has the range 2-1, which ends before it begins`,
		"0-100":                 `has 100, but Linux can have no more than 99`,
		"2147483647-2147483647": `has 2147483647, but Linux can have no more than 99`,
	} {
		if got, wrong := numberList(text, 100); wrong != want {
			t.Errorf("%q gives %v and %q, not %q", text, got, wrong, want)
		}
	}
}

// What the specification lists is known, but for SCHED_ISO.
func TestPolicyNamesAreThoseOfTheSpecification(t *testing.T) {
	if got := strings.Join(MemoryPolicyModes(), " "); got != "MPOL_DEFAULT MPOL_PREFERRED MPOL_BIND MPOL_INTERLEAVE MPOL_LOCAL MPOL_PREFERRED_MANY MPOL_WEIGHTED_INTERLEAVE" {
		t.Error(got)
	}
	if got := strings.Join(MemoryPolicyFlags(), " "); got != "MPOL_F_NUMA_BALANCING MPOL_F_RELATIVE_NODES MPOL_F_STATIC_NODES" {
		t.Error(got)
	}
	// They are numbered without a gap, as the kernel counts them.
	for i, m := range memoryModes {
		if m.number != int64(i) {
			t.Errorf("%s is %d", m.name, m.number)
		}
	}
	for i, f := range schedulerFlags {
		if f.bit != 1<<i {
			t.Errorf("%s is %#x", f.name, f.bit)
		}
	}
}
