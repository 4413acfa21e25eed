package nsenter

import (
	"errors"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// maxCPUs is how many CPUs a kernel can be built for (NR_CPUS).
const maxCPUs = 8192

func (s *Session) affinity(step *plan.Step) error {
	set := unix.NewCPUSet(maxCPUs)
	for _, cpu := range step.IDs {
		set.Set(int(cpu))
	}
	pid := s.Pid
	if step.N[0] != 0 {
		if err := s.pin(); err != nil {
			return err
		}
		pid = 0
	}
	err := unix.SchedSetaffinityDynamic(pid, set)
	if err == unix.EINVAL {
		return errors.New("none of these CPUs is there, or in the cpuset: " + err.Error())
	}
	return err
}

// pin keeps this goroutine on its thread, whose affinity is about to change:
// the affinity is a thread's (sched_setaffinity(2)), and init gets that of the
// one that starts it.
func (s *Session) pin() error {
	own := unix.NewCPUSet(maxCPUs)
	runtime.LockOSThread()
	if err := unix.SchedGetaffinityDynamic(0, own); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	s.unpin = func() {
		// A thread that stays restricted ends with the goroutine that it is locked to.
		if unix.SchedSetaffinityDynamic(0, own) == nil {
			runtime.UnlockOSThread()
		}
	}
	return nil
}

func (s *Session) scheduler(step *plan.Step) error {
	n := &step.N
	err := unix.SchedSetAttr(s.Pid, &unix.SchedAttr{
		Policy: uint32(n[0]), Flags: uint64(n[1]), Nice: int32(n[2]), Priority: uint32(n[3]),
		Runtime: uint64(n[4]), Deadline: uint64(n[5]), Period: uint64(n[6]),
	}, 0)
	switch err {
	case unix.EPERM:
		return errors.New("it needs CAP_SYS_NICE, for real time on cgroup v1 also cpu.rt_runtime_us, for a deadline all CPUs: " + err.Error())
	case unix.EBUSY:
		return errors.New("the CPUs have not that much time to promise: " + err.Error())
	case unix.EOPNOTSUPP:
		return errors.New("the kernel has no utilization clamping: " + err.Error())
	}
	return err
}

// ioPriority is for the process group that init leads since setsid(2).
func (s *Session) ioPriority(step *plan.Step) error {
	const (
		processGroup = 2  // IOPRIO_WHO_PGRP
		classShift   = 13 // IOPRIO_CLASS_SHIFT
	)
	value := uintptr(step.N[0]<<classShift | step.N[1])
	if _, _, errno := unix.Syscall(unix.SYS_IOPRIO_SET, processGroup, uintptr(s.Pid), value); errno != 0 {
		if errno == unix.EPERM {
			return errors.New("the real-time class needs CAP_SYS_NICE: " + errno.Error())
		}
		return errno
	}
	return nil
}
