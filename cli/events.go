package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/jsonwrite"
	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/libcontainer"
)

func eventsCommand() *cli.Command {
	return &cli.Command{
		Name: "events", Usage: "print what the container uses, again and again, and when it runs out of memory, as JSON", ArgsUsage: "ID",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "interval", Value: "5s", Usage: "how long to wait between two prints, such as 500ms or 1m30s"},
			&cli.BoolFlag{Name: "stats", Usage: "print what it uses once"},
		},
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			id, err := containerID(c)
			if err != nil {
				return err
			}
			interval, err := time.ParseDuration(c.String("interval"))
			if err != nil || interval <= 0 {
				return fmt.Errorf("--interval: %q is not a time longer than nothing, like 500ms, 5s or 1m30s", c.String("interval"))
			}
			container, err := load(c, id)
			if err != nil {
				return err
			}
			stats := func(s *libcontainer.Stats) error { return printEvent(c.App.Writer, "stats", id, s) }
			if c.Bool("stats") {
				s, err := container.Stats()
				if err != nil {
					return err
				}
				return stats(s)
			}
			return container.Watch(interval, stats, func() error { return printEvent(c.App.Writer, "oom", id, nil) })
		},
	}
}

// printEvent prints one object on a line of its own, in the names that runc gave
// its members.
func printEvent(out io.Writer, kind, id string, s *libcontainer.Stats) error {
	w := eventWriter{jsonwrite.New("")}
	w.Object(func() {
		w.Name("type")
		w.String(kind)
		w.Name("id")
		w.String(id)
		if s != nil {
			w.object("data", func() { w.data(s) })
		}
	})
	_, err := out.Write(append(w.Bytes(), '\n'))
	return err
}

type eventWriter struct{ *jsonwrite.Writer }

func (w eventWriter) object(name string, fill func()) {
	w.Name(name)
	w.Object(fill)
}

func (w eventWriter) number(name string, n uint64) {
	w.Name(name)
	w.Uint(n)
}

func (w eventWriter) data(s *libcontainer.Stats) {
	w.object("cpu", func() { w.cpu(&s.CPU) })
	w.object("cpuset", func() { w.cpuset(&s.CPUSet) })
	w.object("memory", func() { w.memory(&s.Memory) })
	w.object("pids", func() {
		w.number("current", s.Pids.Current)
		w.number("limit", s.Pids.Limit)
	})
	w.object("blkio", func() { w.blockIO(&s.BlockIO) })
	w.object("hugetlb", func() {
		for _, h := range s.HugePages {
			w.object(h.Size, func() {
				w.number("usage", h.Usage)
				w.number("max", h.Max)
				w.number("failcnt", h.Failures)
			})
		}
	})
	w.object("rdma", func() {
		w.rdma("current", s.RDMA.Current)
		w.rdma("limit", s.RDMA.Limit)
	})
	if s.Resctrl != nil {
		w.object("intel_rdt", func() { w.resctrl(s.Resctrl) })
	}
	w.Name("network_interfaces")
	w.Array(func() {
		for i := range s.Interfaces {
			w.network(&s.Interfaces[i])
		}
	})
}

func (w eventWriter) cpu(s *cgroups.CPUStats) {
	w.object("usage", func() {
		w.number("total", s.Total)
		w.numbers("percpu", s.PerCPU)
		w.numbers("percpu_kernel", s.PerCPUKernel)
		w.numbers("percpu_user", s.PerCPUUser)
		w.number("kernel", s.Kernel)
		w.number("user", s.User)
	})
	w.object("throttling", func() {
		w.number("periods", s.Periods)
		w.number("throttledPeriods", s.ThrottledPeriods)
		w.number("throttledTime", s.ThrottledTime)
	})
	w.pressure(s.Pressure)
}

func (w eventWriter) numbers(name string, list []uint64) {
	w.Name(name)
	w.Array(func() {
		for _, n := range list {
			w.Uint(n)
		}
	})
}

func (w eventWriter) cpuset(s *cgroups.CPUSetStats) {
	list := func(name string, numbers []uint16) {
		w.Name(name)
		w.Array(func() {
			for _, n := range numbers {
				w.Uint(uint64(n))
			}
		})
	}
	list("cpus", s.CPUs)
	w.number("cpu_exclusive", s.CPUExclusive)
	list("mems", s.Mems)
	w.number("mem_hardwall", s.MemHardwall)
	w.number("mem_exclusive", s.MemExclusive)
	w.number("memory_migrate", s.MemoryMigrate)
	w.number("memory_spread_page", s.MemorySpreadPage)
	w.number("memory_spread_slab", s.MemorySpreadSlab)
	w.number("memory_pressure", s.MemoryPressure)
	w.number("sched_load_balance", s.SchedLoadBalance)
	w.Name("sched_relax_domain_level")
	w.Int(s.SchedRelaxDomainLevel)
}

func (w eventWriter) memory(s *cgroups.MemoryStats) {
	w.number("cache", s.Cache)
	w.counter("usage", s.Usage)
	w.counter("swap", s.Swap)
	w.counter("kernel", s.Kernel)
	w.counter("kernelTCP", s.KernelTCP)
	w.object("raw", func() {
		for _, name := range slices.Sorted(maps.Keys(s.Raw)) {
			w.number(name, s.Raw[name])
		}
	})
	w.pressure(s.Pressure)
}

func (w eventWriter) counter(name string, c cgroups.Counter) {
	w.object(name, func() {
		w.number("limit", c.Limit)
		w.number("usage", c.Usage)
		w.number("max", c.Max)
		w.number("failcnt", c.Failures)
	})
}

func (w eventWriter) blockIO(s *cgroups.BlockIOStats) {
	w.devices("ioServiceBytesRecursive", s.ServiceBytes)
	w.devices("ioServicedRecursive", s.Serviced)
	w.devices("ioQueueRecursive", s.Queued)
	w.devices("ioServiceTimeRecursive", s.ServiceTime)
	w.devices("ioWaitTimeRecursive", s.WaitTime)
	w.devices("ioMergedRecursive", s.Merged)
	w.devices("ioTimeRecursive", s.Time)
	w.devices("sectorsRecursive", s.Sectors)
	w.pressure(s.Pressure)
}

func (w eventWriter) devices(name string, list []cgroups.DeviceCount) {
	w.Name(name)
	w.Array(func() {
		for _, c := range list {
			w.Object(func() {
				w.number("major", c.Major)
				w.number("minor", c.Minor)
				if c.Op != "" {
					w.Name("op")
					w.String(c.Op)
				}
				w.number("value", c.Value)
			})
		}
	})
}

// pressure is left out where the kernel does not account for it.
func (w eventWriter) pressure(p *cgroups.Pressure) {
	if p == nil {
		return
	}
	stall := func(name string, s *cgroups.Stall) {
		w.object(name, func() {
			for _, share := range [...]struct {
				name  string
				value float64
			}{{"avg10", s.Avg10}, {"avg60", s.Avg60}, {"avg300", s.Avg300}} {
				w.Name(share.name)
				w.Float(share.value)
			}
			w.number("total", s.Total)
		})
	}
	w.object("psi", func() {
		stall("some", &p.Some)
		stall("full", &p.Full)
	})
}

func (w eventWriter) rdma(name string, list []cgroups.RDMACount) {
	w.Name(name)
	w.Array(func() {
		for _, c := range list {
			w.Object(func() {
				w.Name("device")
				w.String(c.Device)
				w.number("hca_handles", uint64(c.Handles))
				w.number("hca_objects", uint64(c.Objects))
			})
		}
	})
}

// network has its members in capitals: so engines read them.
func (w eventWriter) network(i *procfs.Interface) {
	w.Object(func() {
		w.Name("Name")
		w.String(i.Name)
		w.number("RxBytes", i.RxBytes)
		w.number("RxPackets", i.RxPackets)
		w.number("RxErrors", i.RxErrors)
		w.number("RxDropped", i.RxDropped)
		w.number("TxBytes", i.TxBytes)
		w.number("TxPackets", i.TxPackets)
		w.number("TxErrors", i.TxErrors)
		w.number("TxDropped", i.TxDropped)
	})
}
