package cgroups

import (
	"bytes"
	"math"

	"golang.org/x/sys/unix"
)

// Unlimited is a limit that is none, as version 2 has it. Version 1 has its own
// largest number, 9223372036854771712, and that is passed on as it is.
const Unlimited = math.MaxUint64

// Stats is what the kernel has counted for a group. What it does not count, for
// want of a controller or of a file, is zero.
type Stats struct {
	CPU       CPUStats
	CPUSet    CPUSetStats
	Memory    MemoryStats
	Pids      PidsStats
	BlockIO   BlockIOStats
	HugePages []HugePageStats // by size, ascending
	RDMA      RDMAStats
}

// CPUStats counts in nanoseconds.
type CPUStats struct {
	Total, Kernel, User uint64
	// By number of the CPU; version 2 does not tell them apart.
	PerCPU, PerCPUKernel, PerCPUUser []uint64
	Periods, ThrottledPeriods        uint64
	ThrottledTime                    uint64
	Pressure                         *Pressure
}

// CPUSetStats says where the group may run: in version 2 the CPUs and nodes are
// those in effect, and the rest does not exist.
type CPUSetStats struct {
	CPUs, Mems                                        []uint16
	CPUExclusive, MemExclusive, MemHardwall           uint64
	MemoryMigrate, MemorySpreadPage, MemorySpreadSlab uint64
	MemoryPressure, SchedLoadBalance                  uint64
	SchedRelaxDomainLevel                             int64
}

// MemoryStats counts in bytes.
type MemoryStats struct {
	Cache uint64
	Usage Counter
	// Swap is memory and swap together, in both versions.
	Swap              Counter
	Kernel, KernelTCP Counter
	// Raw is memory.stat.
	Raw      map[string]uint64
	Pressure *Pressure
}

// Counter is how much of something is used, and how often more was wanted.
type Counter struct{ Usage, Max, Limit, Failures uint64 }

// PidsStats counts threads, as the pids controller does. A limit of 0 is none.
type PidsStats struct{ Current, Limit uint64 }

// BlockIOStats are the figures of block devices, of the group and those below.
type BlockIOStats struct {
	ServiceBytes, Serviced, Queued, ServiceTime []DeviceCount
	WaitTime, Merged, Time, Sectors             []DeviceCount
	Pressure                                    *Pressure
}

// DeviceCount is a figure of one block device. Op is Read, Write, Sync, Async or
// Discard, or "" where the kernel does not tell them apart.
type DeviceCount struct {
	Major, Minor uint64
	Op           string
	Value        uint64
}

// HugePageStats counts in bytes. Reservations count as usage where the kernel
// accounts for them (Linux 5.7).
type HugePageStats struct {
	Size                 string // such as 2MB
	Usage, Max, Failures uint64
}

// RDMAStats are those of rdma.current and rdma.max.
type RDMAStats struct{ Current, Limit []RDMACount }

// RDMACount is of one device; math.MaxUint32 is no limit.
type RDMACount struct {
	Device           string
	Handles, Objects uint32
}

// Pressure is how much time was lost by waiting (Documentation/accounting/psi.rst).
type Pressure struct{ Some, Full Stall }

// Stall has the shares of the last 10, 60 and 300 s in percent, and the sum in µs.
type Stall struct {
	Avg10, Avg60, Avg300 float64
	Total                uint64
}

// measure says which files have the figures of a controller. Both versions'
// tables use the names of version 1.
type measure struct {
	controller string
	read       func(*gauge, *Stats)
}

// Stats reads what the kernel has counted for the group. A file that is there
// and cannot be read is an error, a *WriteError.
func (g *Group) Stats() (*Stats, error) {
	s := &Stats{}
	for i := range g.paths {
		table := measuresV1
		if g.paths[i].Hierarchy == "" {
			table = measuresV2
		}
		for _, m := range table {
			if g.paths.index(m.controller) != i {
				continue
			}
			if err := g.gauge(i, func(r *gauge) { m.read(r, s) }); err != nil {
				return nil, err
			}
		}
	}
	if g.paths.index("pids") < 0 {
		return s, g.gauge(g.census(), func(r *gauge) { r.countThreads(s) })
	}
	return s, nil
}

// gauge reads the files of the group in one hierarchy.
type gauge struct {
	dir int
	at  string
	err error
}

func (g *Group) gauge(i int, read func(*gauge)) error {
	dir, err := g.dir(i)
	if err != nil {
		return err
	}
	r := gauge{dir: dir, at: g.paths[i].Directory()}
	read(&r)
	return r.err
}

// text is a file, nil if there is none. The files of a controller that the group
// does not have are not there; pressure that is switched off says EOPNOTSUPP.
func (r *gauge) text(file string) []byte {
	if r.err != nil {
		return nil
	}
	text, err := readAt(r.dir, file)
	switch err {
	case nil:
		return text
	case unix.ENOENT, unix.EOPNOTSUPP, unix.ENODEV:
	default:
		r.err = &WriteError{File: r.at + "/" + file, Verb: "read", Err: err}
	}
	return nil
}

// number is a file that holds one number, or max.
func (r *gauge) number(file string) uint64 { return parseNumber(r.text(file)) }

func (r *gauge) keyed(file string) map[string]uint64 { return parseKeyed(r.text(file)) }

func (r *gauge) pressure(file string) *Pressure { return parsePressure(r.text(file)) }

// rdma is the same in both versions.
func rdma(r *gauge, s *Stats) {
	s.RDMA = RDMAStats{Current: parseRDMA(r.text("rdma.current")), Limit: parseRDMA(r.text("rdma.max"))}
}

// countThreads does without the pids controller.
func (r *gauge) countThreads(s *Stats) {
	n, err := threads(r.dir)
	if err != nil && r.err == nil {
		r.err = &WriteError{File: r.at, Verb: "count the threads of", Err: err}
	}
	s.Pids.Current = n
}

// threads counts those of a cgroup and of the ones below it.
func threads(dir int) (n uint64, err error) {
	for _, file := range [...]string{"cgroup.threads", "tasks"} { // version 2, version 1
		text, err := readAt(dir, file)
		switch err {
		case nil:
			n += uint64(bytes.Count(text, []byte{'\n'}))
		case unix.ENOENT, unix.ENODEV: // of the other version, or removed since
		default:
			return n, err
		}
	}
	err = eachChild(dir, func(child int) error {
		below, err := threads(child)
		n += below
		return err
	})
	return n, err
}

// pageSizes lists the sizes of huge pages that the kernel has, ascending, as the
// names of control files spell them.
func pageSizes() (sizes []string) {
	fd, err := unix.Open("/sys/kernel/mm/hugepages", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = unix.Close(fd) }()
	var names []string
	_ = children(fd, func(name string) error {
		names = append(names, name)
		return nil
	})
	return parsePageSizes(names)
}
