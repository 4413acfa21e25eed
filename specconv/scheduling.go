package specconv

import (
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

const (
	schedulerPointer  = "/process/scheduler"
	ioPriorityPointer = "/process/ioPriority"
	affinityPointer   = "/process/execCPUAffinity"
)

// schedulers are the policies of sched(7) with their numbers (linux/sched.h).
var schedulers = [...]struct {
	name   specs.LinuxSchedulerPolicy
	number int64
}{
	{specs.SchedOther, 0},
	{specs.SchedFIFO, 1},
	{specs.SchedRR, 2},
	{specs.SchedBatch, 3},
	{specs.SchedIdle, 5},
	{specs.SchedDeadline, 6},
}

var schedulerFlags = [...]struct {
	name specs.LinuxSchedulerFlag
	bit  int64
}{
	{specs.SchedFlagResetOnFork, plan.SchedulerResetOnFork},
	{specs.SchedFlagReclaim, plan.SchedulerReclaim},
	{specs.SchedFlagDLOverrun, plan.SchedulerDLOverrun},
	{specs.SchedFlagKeepPolicy, plan.SchedulerKeepPolicy},
	{specs.SchedFlagKeepParams, plan.SchedulerKeepParams},
	{specs.SchedFlagUtilClampMin, plan.SchedulerUtilClampMin},
	{specs.SchedFlagUtilClampMax, plan.SchedulerUtilClampMax},
}

func schedulerNumber(name specs.LinuxSchedulerPolicy) (number int64, ok bool) {
	for i := range schedulers {
		if schedulers[i].name == name {
			return schedulers[i].number, true
		}
	}
	return 0, false
}

func schedulerFlag(name specs.LinuxSchedulerFlag) int64 {
	for i := range schedulerFlags {
		if schedulerFlags[i].name == name {
			return schedulerFlags[i].bit
		}
	}
	return 0
}

// maxRealtime is the highest static priority (sched(7)); the lowest is 1.
const maxRealtime = 99

// scheduler refuses what the kernel would (sched_setattr(2)), and what it would
// ignore: priorities and times that the policy does not know.
func (v *validation) scheduler() {
	s := v.process.Scheduler
	if s == nil {
		return
	}
	_, known := schedulerNumber(s.Policy)
	switch {
	case s.Policy == "":
		v.fault(schedulerPointer+"/policy", "must be set")
	case s.Policy == specs.SchedISO:
		v.fault(schedulerPointer+"/policy", "SCHED_ISO is a number that Linux keeps for a policy that it does not have")
	case !known:
		v.fault(schedulerPointer+"/policy", "unknown scheduling policy "+quote(string(s.Policy)))
	}
	if s.Nice < -20 || s.Nice > 19 {
		v.fault(schedulerPointer+"/nice", "must be between -20 and 19, not "+strconv.Itoa(int(s.Nice)))
	}
	realtime := s.Policy == specs.SchedFIFO || s.Policy == specs.SchedRR
	switch {
	case realtime && (s.Priority < 1 || s.Priority > maxRealtime):
		v.fault(schedulerPointer+"/priority", "must be between 1 and 99 for "+string(s.Policy)+", not "+strconv.Itoa(int(s.Priority)))
	case !realtime && s.Priority != 0:
		v.fault(schedulerPointer+"/priority", "is for SCHED_FIFO and SCHED_RR")
	}
	if s.Policy == specs.SchedDeadline {
		v.deadline(s)
	} else {
		v.noDeadline(s)
	}
}

// deadline checks the times as the kernel does (kernel/sched/deadline.c,
// __checkparam_dl); beyond that a period may be between two sysctls only.
func (v *validation) deadline(s *specs.Scheduler) {
	const (
		least = 1 << 10 // DL_SCALE
		end   = 1 << 63 // the top bit says that a time wrapped around
	)
	switch {
	case s.Deadline == 0:
		v.fault(schedulerPointer+"/deadline", "must be set for SCHED_DEADLINE")
	case s.Deadline >= end:
		v.fault(schedulerPointer+"/deadline", "must be less than 2^63")
	case s.Runtime > s.Deadline:
		v.fault(schedulerPointer+"/runtime", "must not be greater than the deadline")
	case s.Period >= end:
		v.fault(schedulerPointer+"/period", "must be less than 2^63")
	case s.Period != 0 && s.Period < s.Deadline:
		v.fault(schedulerPointer+"/period", "must not be less than the deadline")
	}
	if s.Runtime < least {
		v.fault(schedulerPointer+"/runtime", "must be at least 1024 ns for SCHED_DEADLINE")
	}
	v.schedulerFlags(s, 0)
}

func (v *validation) noDeadline(s *specs.Scheduler) {
	for _, f := range [...]struct {
		name string
		time uint64
	}{{"/runtime", s.Runtime}, {"/deadline", s.Deadline}, {"/period", s.Period}} {
		if f.time != 0 {
			v.fault(schedulerPointer+f.name, "is for SCHED_DEADLINE")
		}
	}
	v.schedulerFlags(s, plan.SchedulerReclaim|plan.SchedulerDLOverrun)
}

// schedulerFlags refuses those that are unknown or of the policy for deadlines.
func (v *validation) schedulerFlags(s *specs.Scheduler, refused int64) {
	for i, name := range s.Flags {
		switch bit := schedulerFlag(name); {
		case bit == 0:
			v.fault(item(schedulerPointer+"/flags", i), "unknown scheduling flag "+quote(string(name)))
		case bit&refused != 0:
			v.fault(item(schedulerPointer+"/flags", i), string(name)+" is for SCHED_DEADLINE")
		}
	}
}

// ioClasses are the classes of ioprio_set(2) with their numbers (linux/ioprio.h).
var ioClasses = [...]struct {
	name   specs.IOPriorityClass
	number int
}{{specs.IOPRIO_CLASS_RT, 1}, {specs.IOPRIO_CLASS_BE, 2}, {specs.IOPRIO_CLASS_IDLE, 3}}

func ioClass(name specs.IOPriorityClass) (number int, ok bool) {
	for i := range ioClasses {
		if ioClasses[i].name == name {
			return ioClasses[i].number, true
		}
	}
	return 0, false
}

func (v *validation) ioPriority() {
	p := v.process.IOPriority
	if p == nil {
		return
	}
	_, known := ioClass(p.Class)
	switch {
	case p.Class == "":
		v.fault(ioPriorityPointer+"/class", "must be set")
	case !known:
		v.fault(ioPriorityPointer+"/class", "unknown I/O scheduling class "+quote(string(p.Class)))
	}
	if p.Priority < 0 || p.Priority > 7 {
		v.fault(ioPriorityPointer+"/priority", "must be between 0 and 7, not "+strconv.Itoa(p.Priority))
	}
}

// maxCPUs is how many CPUs a kernel can be built for (NR_CPUS).
const maxCPUs = 8192

func (v *validation) affinity() {
	a := v.process.ExecCPUAffinity
	if a == nil {
		return
	}
	for _, f := range [2]struct{ name, list string }{{"/initial", a.Initial}, {"/final", a.Final}} {
		if f.list == "" {
			continue
		}
		if _, wrong := numberList(f.list, maxCPUs); wrong != "" {
			v.fault(affinityPointer+f.name, wrong)
		}
	}
}

// startAffinity restricts tare, and with it init from its birth on. It comes
// before init is in its cgroup, which on version 2 it is born in.
func (c *compiler) startAffinity() {
	if a := c.process.ExecCPUAffinity; a != nil && a.Initial != "" {
		cpus, _ := numberList(a.Initial, maxCPUs)
		c.add(affinityPointer+"/initial", plan.Affinity(true, a.Initial, cpus))
	}
}

// hasScheduling says whether scheduling has something to do.
func (c *compiler) hasScheduling() bool {
	p := c.process
	return p.Scheduler != nil || p.IOPriority != nil || c.joining && p.ExecCPUAffinity != nil && p.ExecCPUAffinity.Final != ""
}

// scheduling is set from outside, with tare's privileges, when init is in its
// cgroup, which decides about CPUs and real time.
func (c *compiler) scheduling() {
	p := c.process
	// Before the policy: a process with a deadline cannot change its CPUs.
	if a := p.ExecCPUAffinity; a != nil && a.Final != "" && c.joining {
		cpus, _ := numberList(a.Final, maxCPUs)
		c.add(affinityPointer+"/final", plan.Affinity(false, a.Final, cpus))
	}
	if s := p.Scheduler; s != nil {
		number, _ := schedulerNumber(s.Policy)
		var flags int64
		for _, name := range s.Flags {
			flags |= schedulerFlag(name)
		}
		c.add(schedulerPointer, plan.Scheduler(plan.Scheduling{
			Policy: string(s.Policy), Number: number, Flags: flags, Nice: s.Nice, Priority: s.Priority,
			Runtime: s.Runtime, Deadline: s.Deadline, Period: s.Period,
		}))
	}
	if p.IOPriority != nil {
		class, _ := ioClass(p.IOPriority.Class)
		c.add(ioPriorityPointer, plan.IOPriority(class, string(p.IOPriority.Class), p.IOPriority.Priority))
	}
}
