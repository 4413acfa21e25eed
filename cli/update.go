package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/internal/wholefile"
	"github.com/tare-oci/tare/libcontainer"
	"github.com/tare-oci/tare/specconv"
)

// resourceFlag is a flag of update that stands for one field of the resources.
type resourceFlag struct {
	name, usage string
	// field is the JSON pointer below /linux/resources, or a whole one below /linux/intelRdt.
	field string
	set   func(r *updated, text string) error
}

// updated are resources whose parts are all there.
type updated struct {
	memory   specs.LinuxMemory
	cpu      specs.LinuxCPU
	blockIO  specs.LinuxBlockIO
	pids     specs.LinuxPids
	schemata libcontainer.Schemata
}

func (u *updated) resources() *specs.LinuxResources {
	return &specs.LinuxResources{Memory: &u.memory, CPU: &u.cpu, BlockIO: &u.blockIO, Pids: &u.pids}
}

// resourceFlags are runc's.
func resourceFlags() []resourceFlag {
	return []resourceFlag{
		{"blkio-weight", "share of block I/O, 10 to 1000", "/blockIO/weight", func(r *updated, t string) error { return whole(&r.blockIO.Weight, t) }},
		{"cpu-period", "period of the CPU quota in µs", "/cpu/period", func(r *updated, t string) error { return whole(&r.cpu.Period, t) }},
		{"cpu-quota", "CPU time in each period in µs, -1 for unlimited", "/cpu/quota", func(r *updated, t string) error { return whole(&r.cpu.Quota, t) }},
		{"cpu-burst", "CPU time that may be saved up beyond the quota in µs", "/cpu/burst", func(r *updated, t string) error { return whole(&r.cpu.Burst, t) }},
		{"cpu-share", "share of the CPUs, 2 to 262144", "/cpu/shares", func(r *updated, t string) error { return whole(&r.cpu.Shares, t) }},
		{"cpu-rt-period", "period of the realtime runtime in µs", "/cpu/realtimePeriod", func(r *updated, t string) error { return whole(&r.cpu.RealtimePeriod, t) }},
		{"cpu-rt-runtime", "realtime CPU time in each period in µs", "/cpu/realtimeRuntime", func(r *updated, t string) error { return whole(&r.cpu.RealtimeRuntime, t) }},
		{"cpuset-cpus", "CPUs to use, such as 0-3,7", "/cpu/cpus", func(r *updated, t string) error { r.cpu.Cpus = t; return nil }},
		{"cpuset-mems", "memory nodes to use", "/cpu/mems", func(r *updated, t string) error { r.cpu.Mems = t; return nil }},
		{"cpu-idle", "1 to run only when nothing else does (SCHED_IDLE), 0 not to", "/cpu/idle", func(r *updated, t string) error { return whole(&r.cpu.Idle, t) }},
		{"memory", "memory limit, in bytes or such as 100m, -1 for unlimited", "/memory/limit", func(r *updated, t string) error { return bytesOf(&r.memory.Limit, t) }},
		{"memory-reservation", "memory that is spared, like --memory", "/memory/reservation", func(r *updated, t string) error { return bytesOf(&r.memory.Reservation, t) }},
		{"memory-swap", "limit of memory and swap together, like --memory", "/memory/swap", func(r *updated, t string) error { return bytesOf(&r.memory.Swap, t) }},
		{"kernel-memory", "limit of kernel memory, of cgroup v1 alone", "/memory/kernel", func(r *updated, t string) error { return bytesOf(&r.memory.Kernel, t) }},
		{"kernel-memory-tcp", "limit of TCP buffers, of cgroup v1 alone", "/memory/kernelTCP", func(r *updated, t string) error { return bytesOf(&r.memory.KernelTCP, t) }},
		{"pids-limit", "number of processes, -1 for unlimited", "/pids/limit", func(r *updated, t string) error { return whole(&r.pids.Limit, t) }},
		{"l3-cache-schema", "L3 cache to use, such as L3:0=7ff;1=f0 (Intel RDT)", specconv.L3CacheSchema, func(r *updated, t string) error { r.schemata.L3Cache = t; return nil }},
		{"mem-bw-schema", "memory bandwidth to use, such as MB:0=20;1=70 (Intel RDT)", specconv.MemBwSchema, func(r *updated, t string) error { r.schemata.MemBw = t; return nil }},
	}
}

func updateCommand() *cli.Command {
	flags := []cli.Flag{&cli.StringFlag{
		Name: "resources", Aliases: []string{"r"},
		Usage: "file with the resources as in config.json, - for standard input; what they leave out stays, and device rules replace the old list",
	}}
	for _, f := range resourceFlags() {
		flags = append(flags, &cli.StringFlag{Name: f.name, Usage: f.usage})
	}
	return &cli.Command{
		Name: "update", Usage: "give a container other limits", ArgsUsage: "ID",
		Flags: flags, OnUsageError: usageError, Action: update,
	}
}

func update(c *cli.Context) error {
	id, err := containerID(c)
	if err != nil {
		return err
	}
	w, err := wantedChanges(c)
	if err != nil {
		return err
	}
	container, err := load(c, id)
	if err != nil {
		return err
	}
	err = container.Update(w.resources, w.schemata)
	var faults *specconv.Faults
	if errors.As(err, &faults) {
		for i := range faults.List {
			faults.List[i].Pointer = w.origin(faults.List[i].Pointer)
		}
	}
	return err
}

// wanted is what the flags say.
type wanted struct {
	resources *specs.LinuxResources
	schemata  libcontainer.Schemata
	// origin tells where the user wrote what a pointer into a config stands for.
	origin func(pointer string) string
}

// wantedChanges reads the flags.
func wantedChanges(c *cli.Context) (*wanted, error) {
	const config = "/linux/resources"
	var u updated
	flags := map[string]string{}
	for _, f := range resourceFlags() {
		text := c.String(f.name)
		if text == "" {
			continue
		}
		if err := f.set(&u, text); err != nil {
			return nil, fmt.Errorf("--%s: %w", f.name, err)
		}
		flags[f.field] = "--" + f.name
	}
	file := c.String("resources")
	switch {
	case file == "" && len(flags) == 0:
		return nil, errors.New("update: nothing is to be changed: give --resources or another flag")
	case file == "":
		return &wanted{u.resources(), u.schemata, func(pointer string) string {
			if flag := flags[strings.TrimPrefix(pointer, config)]; flag != "" {
				return flag
			}
			return pointer
		}}, nil
	case len(flags) != 0:
		return nil, errors.New("--resources: no other flag can be given beside it; write all into the file")
	}
	r, err := readResources(file)
	if err != nil {
		return nil, err
	}
	return &wanted{resources: r, origin: func(pointer string) string { return "--resources: " + strings.TrimPrefix(pointer, config) }}, nil
}

func readResources(file string) (*specs.LinuxResources, error) {
	read := func() ([]byte, error) { return wholefile.Read(file) }
	name := file
	if file == "-" {
		name, read = "standard input", func() ([]byte, error) { return wholefile.From(unix.Stdin, file) }
	}
	data, err := read()
	var at *os.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	if err != nil {
		return nil, fmt.Errorf("--resources: cannot read %s: %w", name, err)
	}
	r, err := specjson.DecodeResources(data)
	if err != nil {
		return nil, fmt.Errorf("--resources: %s: %w", name, err)
	}
	return r, nil
}
