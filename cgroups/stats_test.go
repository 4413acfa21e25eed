package cgroups

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fixed is a group whose files are those of a directory.
func fixed(t *testing.T, dir, hierarchy string) *Group {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	must(t, err)
	g := &Group{paths: Paths{{Hierarchy: hierarchy, Mountpoint: "/sys/fs/cgroup", Path: "/c"}}, dirs: []int{fd}}
	t.Cleanup(g.Close)
	return g
}

const everyController = "blkio,cpu,cpuacct,cpuset,hugetlb,memory,pids,rdma"

// sized drops what this host has no huge pages of.
func sized(list []HugePageStats) (kept []HugePageStats) {
	for _, h := range list {
		if slices.Contains(pageSizes(), h.Size) {
			kept = append(kept, h)
		}
	}
	return kept
}

func wantStats(t *testing.T, got *Stats, want Stats) {
	t.Helper()
	if !reflect.DeepEqual(*got, want) {
		a, _ := json.MarshalIndent(got, "", " ")
		b, _ := json.MarshalIndent(want, "", " ")
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
}

func TestStatsOfVersion1(t *testing.T) {
	got, err := fixed(t, "testdata/stats-v1", everyController).Stats()
	must(t, err)
	wantStats(t, got, Stats{
		CPU: CPUStats{
			Total: 123456789012, User: 80000000000, Kernel: 43450000000,
			PerCPU: []uint64{100000000000, 23456789012}, PerCPUUser: []uint64{60000000000, 20000000000}, PerCPUKernel: []uint64{40000000000, 3456789012},
			Periods: 120, ThrottledPeriods: 7, ThrottledTime: 345678901,
		},
		CPUSet: CPUSetStats{
			CPUs: []uint16{0, 1, 2, 5}, Mems: []uint16{0}, CPUExclusive: 1, MemExclusive: 2, MemHardwall: 3, MemoryMigrate: 4,
			MemorySpreadPage: 5, MemorySpreadSlab: 6, MemoryPressure: 7, SchedLoadBalance: 8, SchedRelaxDomainLevel: -1,
		},
		Memory: MemoryStats{
			Cache: 4096000,
			Usage: Counter{1001, 1002, 1003, 1004}, Swap: Counter{2001, 2002, 2003, 2004},
			Kernel: Counter{3001, 3002, 9223372036854771712, 3004}, KernelTCP: Counter{4001, 4002, 4003, 4004},
			Raw: map[string]uint64{"cache": 4096000, "rss": 8192000, "shmem": 0, "total_cache": 5000000, "hierarchical_memory_limit": 33554432},
		},
		Pids: PidsStats{6, 20},
		BlockIO: BlockIOStats{
			ServiceBytes: []DeviceCount{
				{8, 0, "Read", 4096}, {8, 0, "Write", 8192}, {8, 0, "Sync", 12288}, {8, 0, "Async", 0}, {8, 0, "Discard", 0}, {8, 0, "Total", 12288}, {259, 3, "Read", 1},
			},
			Serviced: []DeviceCount{{8, 0, "Read", 1}, {8, 0, "Write", 2}},
		},
		HugePages: sized([]HugePageStats{{"2MB", 4194304, 6291456, 3}, {"1GB", 2097152, 2097153, 9}}),
		RDMA:      RDMAStats{Current: []RDMACount{{"mlx5_0", 1, 20}}, Limit: []RDMACount{{"mlx5_0", 2, 2000}, {"ocrdma1", 0, math.MaxUint32}}},
	})
}

func TestStatsOfVersion2(t *testing.T) {
	got, err := fixed(t, "testdata/stats-v2", "").Stats()
	must(t, err)
	wantStats(t, got, Stats{
		CPU: CPUStats{
			Total: 1234567000, User: 1000000000, Kernel: 234567000, Periods: 11, ThrottledPeriods: 4, ThrottledTime: 5678000,
			Pressure: &Pressure{Stall{1.25, .5, .1, 123456}, Stall{1, .25, .05, 98765}},
		},
		CPUSet: CPUSetStats{CPUs: []uint16{1, 3, 4}, Mems: []uint16{0, 1}},
		Memory: MemoryStats{
			Cache: 4096000,
			Usage: Counter{12345678, 23456789, 33554432, 17},
			Swap:  Counter{Usage: 12345678 + 1048576, Limit: 33554432 + 16777216, Failures: 5},
			// No limits: version 2 has none.
			Kernel: Counter{Usage: 700000, Limit: Unlimited}, KernelTCP: Counter{Usage: 4321, Limit: Unlimited},
			Raw:      map[string]uint64{"anon": 8192000, "file": 4096000, "kernel": 700000, "kernel_stack": 16384, "sock": 4321, "workingset_refault_anon": 0},
			Pressure: &Pressure{Full: Stall{Total: 7}},
		},
		Pids: PidsStats{Current: 3},
		BlockIO: BlockIOStats{
			ServiceBytes: []DeviceCount{{8, 0, "Read", 4096}, {8, 0, "Write", 8192}, {8, 0, "Discard", 3}, {259, 0, "Read", 5}, {259, 0, "Write", 0}, {259, 0, "Discard", 0}},
			Serviced:     []DeviceCount{{8, 0, "Read", 1}, {8, 0, "Write", 2}, {8, 0, "Discard", 4}, {259, 0, "Read", 6}, {259, 0, "Write", 0}, {259, 0, "Discard", 0}},
			Pressure:     &Pressure{Some: Stall{99.99, 100, 12.34, Unlimited}},
		},
		HugePages: sized([]HugePageStats{{Size: "2MB", Usage: 8388608, Failures: 3}, {Size: "1GB", Usage: 1073741824}}),
		RDMA:      RDMAStats{Current: []RDMACount{{"mlx5_0", 1, 20}}, Limit: []RDMACount{{"mlx5_0", 2, 2000}, {"ocrdma1", 0, math.MaxUint32}}},
	})
}

// Swap has a limit only where memory and swap both have one.
func TestSwapLimitOfVersion2(t *testing.T) {
	for _, c := range []struct {
		memory, swap string
		want         uint64
	}{{"100", "20", 120}, {"max", "20", Unlimited}, {"100", "max", Unlimited}, {"100", "0", 100}} {
		dir := t.TempDir()
		for file, text := range map[string]string{"memory.stat": "file 1", "memory.max": c.memory, "memory.swap.max": c.swap, "memory.swap.current": "3", "memory.current": "4"} {
			must(t, os.WriteFile(dir+"/"+file, []byte(text+"\n"), 0o644))
		}
		s, err := fixed(t, dir, "").Stats()
		must(t, err)
		if s.Memory.Swap.Limit != c.want || s.Memory.Swap.Usage != 7 {
			t.Errorf("%+v: %+v", c, s.Memory.Swap)
		}
	}
}

// What the kernel does not have is zero, whatever the version.
func TestStatsWithoutFiles(t *testing.T) {
	for _, hierarchy := range []string{everyController, ""} {
		s, err := fixed(t, t.TempDir(), hierarchy).Stats()
		must(t, err)
		wantStats(t, s, Stats{})
	}
}

// BFQ's figures are taken where it has any.
func TestStatsOfBFQ(t *testing.T) {
	dir := t.TempDir()
	for i, file := range []string{"io_service_bytes", "io_serviced", "io_queued", "io_service_time", "io_wait_time", "io_merged", "time", "sectors"} {
		text := "8:0 Read " + strconv.Itoa(i) + "\n"
		if i > 5 {
			text = "8:0 " + strconv.Itoa(i) + "\n"
		}
		must(t, os.WriteFile(dir+"/blkio.bfq."+file+"_recursive", []byte(text), 0o644))
	}
	s, err := fixed(t, dir, "blkio").Stats()
	must(t, err)
	one := func(op string, value uint64) []DeviceCount { return []DeviceCount{{8, 0, op, value}} }
	wantStats(t, &Stats{BlockIO: s.BlockIO}, Stats{BlockIO: BlockIOStats{
		ServiceBytes: one("Read", 0), Serviced: one("Read", 1), Queued: one("Read", 2), ServiceTime: one("Read", 3),
		WaitTime: one("Read", 4), Merged: one("Read", 5), Time: one("", 6), Sectors: one("", 7),
	}})
}

func TestStatsThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ hierarchy, file string }{{"memory", "memory.stat"}, {"", "cpu.stat"}, {"pids", "pids.current"}} {
		dir := t.TempDir()
		must(t, os.Mkdir(dir+"/"+c.file, 0o755)) // EISDIR
		_, err := fixed(t, dir, c.hierarchy).Stats()
		wantError(t, err, "cannot read /sys/fs/cgroup/c/"+c.file+": is a directory")
	}
}

func TestPageSizes(t *testing.T) {
	got := parsePageSizes([]string{"hugepages-1048576kB", "hugepages-64kB", "hugepages-2048kB", "demote", "hugepages-32768kB", "hugepages-xkB"})
	if want := []string{"64KB", "2MB", "32MB", "1GB"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string][]uint16{"": nil, "\n": nil, "3\n": {3}, "0-1,4\n": {0, 1, 4}, "65535": {65535}, "x,2": {2}} {
		if got := parseNumbers([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// The figures are those of the files, of a group that stands still.
func TestStatsAreTheKernels(t *testing.T) {
	inView(t, everyMode, func(t *testing.T, l Layout, name string) {
		g := create(t, l, "/"+name)
		v1 := func(controller string) bool { _, ok := l.V1[controller]; return ok }
		if v1("memory") {
			must(t, g.applyAll(t, l, `{"memory":{"limit":67108864,"swap":134217728},"cpu":{"quota":5000,"cpus":"0","mems":"0"},"pids":{"limit":77}}`))
			occupyMemory(t, g)
		}
		start(t, g, "sh", "-c", "while :; do :; done")
		// Until it has run and, where there is a quota, been throttled.
		d := within(time.Minute)
		for s := (&Stats{}); s.CPU.Total < 50e6 || v1("cpu") && s.CPU.ThrottledPeriods == 0; {
			var err error
			s, err = g.Stats()
			must(t, err)
			if d.milliseconds() == 0 {
				t.Fatalf("it does not run: %+v", s.CPU)
			}
		}
		must(t, g.Freeze())
		s, err := g.Stats()
		must(t, err)
		// The period that has begun goes on, frozen or not.
		for before := ""; v1("cpu") && before != read(t, g, "cpu", "cpu.stat"); {
			before = read(t, g, "cpu", "cpu.stat")
			s, err = g.Stats()
			must(t, err)
		}
		is := func(what string, got uint64, controller, file, key string) {
			t.Helper()
			text := read(t, g, controller, file)
			if key != "" {
				text = field([]byte(text), key)
			}
			if text == "max" {
				text = strconv.FormatUint(Unlimited, 10)
			}
			if strconv.FormatUint(got, 10) != text {
				t.Errorf("%s is %d, %s %s says %s", what, got, file, key, text)
			}
		}
		if v1("cpuacct") {
			is("the time", s.CPU.Total, "cpuacct", "cpuacct.usage", "")
			is("the user's time", s.CPU.User/tick, "cpuacct", "cpuacct.stat", "user")
			is("the kernel's time", s.CPU.Kernel/tick, "cpuacct", "cpuacct.stat", "system")
			sum, table := uint64(0), "cpu user system"
			for i, n := range s.CPU.PerCPU {
				sum += n
				table += fmt.Sprintf("\n%d %d %d", i, s.CPU.PerCPUUser[i], s.CPU.PerCPUKernel[i])
			}
			if sum != s.CPU.Total || table != read(t, g, "cpuacct", "cpuacct.usage_all") {
				t.Errorf("the sum of the CPUs' times is %d, the time %d; user and kernel\n%s", sum, s.CPU.Total, table)
			}
		} else {
			is("the time", s.CPU.Total/1000, "cpu", "cpu.stat", "usage_usec")
			is("the user's time", s.CPU.User/1000, "cpu", "cpu.stat", "user_usec")
			is("the kernel's time", s.CPU.Kernel/1000, "cpu", "cpu.stat", "system_usec")
		}
		if v1("cpu") {
			is("the number of periods", s.CPU.Periods, "cpu", "cpu.stat", "nr_periods")
			is("the number of throttled periods", s.CPU.ThrottledPeriods, "cpu", "cpu.stat", "nr_throttled")
			is("the throttled time", s.CPU.ThrottledTime, "cpu", "cpu.stat", "throttled_time")
		}
		if v1("cpuset") {
			if !slices.Equal(s.CPUSet.CPUs, []uint16{0}) || !slices.Equal(s.CPUSet.Mems, []uint16{0}) {
				t.Errorf("CPUs %v, memory nodes %v", s.CPUSet.CPUs, s.CPUSet.Mems)
			}
			is("the balancing", s.CPUSet.SchedLoadBalance, "cpuset", "cpuset.sched_load_balance", "")
		}
		if v1("memory") {
			is("the memory's limit", s.Memory.Usage.Limit, "memory", "memory.limit_in_bytes", "")
			is("the memory's peak", s.Memory.Usage.Max, "memory", "memory.max_usage_in_bytes", "")
			is("the limit with swap", s.Memory.Swap.Limit, "memory", "memory.memsw.limit_in_bytes", "")
			is("the kernel's memory", s.Memory.Kernel.Usage, "memory", "memory.kmem.usage_in_bytes", "")
			is("shared memory", s.Memory.Raw["shmem"], "memory", "memory.stat", "shmem")
			is("the cache", s.Memory.Cache, "memory", "memory.stat", "cache")
			if s.Memory.Usage.Usage < 4194304 || s.Memory.Raw["shmem"] != 4194304 {
				t.Errorf("4 MiB are occupied: %+v", s.Memory)
			}
			is("the number of threads", s.Pids.Current, "pids", "pids.current", "")
			is("their limit", s.Pids.Limit, "pids", "pids.max", "")
		} else if s.Pids.Current != 1 {
			t.Errorf("%d threads without a controller, want 1", s.Pids.Current)
		}
		if l.Unified != "" {
			text := read(t, g, "cgroup", "cpu.pressure")
			if s.CPU.Pressure == nil || !strings.Contains(text, "total="+strconv.FormatUint(s.CPU.Pressure.Some.Total, 10)+"\n") {
				t.Errorf("pressure %+v, the file says\n%s", s.CPU.Pressure, text)
			}
		}
		if s.CPU.Total < 50e6 {
			t.Errorf("the time is %d", s.CPU.Total)
		}
		must(t, g.Thaw())
	})
}
