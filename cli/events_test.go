package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/libcontainer"
)

// Engines decode these names.
const everyFigure = `{"type":"stats","id":"a","data":{` +
	`"cpu":{"usage":{"total":1,"percpu":[2,3],"percpu_kernel":[4,5],"percpu_user":[6,7],"kernel":8,"user":9},` +
	`"throttling":{"periods":10,"throttledPeriods":11,"throttledTime":12},` +
	`"psi":{"some":{"avg10":0.5,"avg60":1,"avg300":1.25,"total":13},"full":{"avg10":0,"avg60":0,"avg300":0,"total":14}}},` +
	`"cpuset":{"cpus":[0,2],"cpu_exclusive":15,"mems":[1],"mem_hardwall":16,"mem_exclusive":17,"memory_migrate":18,` +
	`"memory_spread_page":19,"memory_spread_slab":20,"memory_pressure":21,"sched_load_balance":22,"sched_relax_domain_level":-1},` +
	`"memory":{"cache":23,"usage":{"limit":24,"usage":25,"max":26,"failcnt":27},"swap":{"limit":28,"usage":29,"max":30,"failcnt":31},` +
	`"kernel":{"limit":18446744073709551615,"usage":32,"max":33,"failcnt":34},"kernelTCP":{"limit":35,"usage":36,"max":37,"failcnt":38},` +
	`"raw":{"anon":39,"file":40}},` +
	`"pids":{"current":41,"limit":42},` +
	`"blkio":{"ioServiceBytesRecursive":[{"major":8,"minor":1,"op":"Read","value":43}],"ioServicedRecursive":[{"major":8,"minor":1,"op":"Read","value":44}],` +
	`"ioQueueRecursive":[{"major":8,"minor":1,"op":"Read","value":45}],"ioServiceTimeRecursive":[{"major":8,"minor":1,"op":"Read","value":46}],` +
	`"ioWaitTimeRecursive":[{"major":8,"minor":1,"op":"Read","value":47}],"ioMergedRecursive":[{"major":8,"minor":1,"op":"Read","value":48}],` +
	`"ioTimeRecursive":[{"major":8,"minor":1,"value":49}],"sectorsRecursive":[]},` +
	`"hugetlb":{"2MB":{"usage":50,"max":51,"failcnt":52}},` +
	`"rdma":{"current":[{"device":"mlx5_0","hca_handles":53,"hca_objects":54}],"limit":[]},` +
	`"network_interfaces":[{"Name":"eth0","RxBytes":55,"RxPackets":56,"RxErrors":57,"RxDropped":58,"TxBytes":59,"TxPackets":60,"TxErrors":61,"TxDropped":62}]}}` + "\n"

func TestEventHasEveryFigure(t *testing.T) {
	count := func(op string, n uint64) []cgroups.DeviceCount {
		return []cgroups.DeviceCount{{Major: 8, Minor: 1, Op: op, Value: n}}
	}
	s := libcontainer.Stats{Stats: &cgroups.Stats{
		CPU: cgroups.CPUStats{
			Total: 1, PerCPU: []uint64{2, 3}, PerCPUKernel: []uint64{4, 5}, PerCPUUser: []uint64{6, 7}, Kernel: 8, User: 9,
			Periods: 10, ThrottledPeriods: 11, ThrottledTime: 12,
			Pressure: &cgroups.Pressure{Some: cgroups.Stall{Avg10: .5, Avg60: 1, Avg300: 1.25, Total: 13}, Full: cgroups.Stall{Total: 14}},
		},
		CPUSet: cgroups.CPUSetStats{
			CPUs: []uint16{0, 2}, CPUExclusive: 15, Mems: []uint16{1}, MemHardwall: 16, MemExclusive: 17, MemoryMigrate: 18,
			MemorySpreadPage: 19, MemorySpreadSlab: 20, MemoryPressure: 21, SchedLoadBalance: 22, SchedRelaxDomainLevel: -1,
		},
		Memory: cgroups.MemoryStats{
			Cache: 23, Usage: cgroups.Counter{Limit: 24, Usage: 25, Max: 26, Failures: 27}, Swap: cgroups.Counter{Limit: 28, Usage: 29, Max: 30, Failures: 31},
			Kernel:    cgroups.Counter{Limit: cgroups.Unlimited, Usage: 32, Max: 33, Failures: 34},
			KernelTCP: cgroups.Counter{Limit: 35, Usage: 36, Max: 37, Failures: 38},
			Raw:       map[string]uint64{"file": 40, "anon": 39},
		},
		Pids: cgroups.PidsStats{Current: 41, Limit: 42},
		BlockIO: cgroups.BlockIOStats{
			ServiceBytes: count("Read", 43), Serviced: count("Read", 44), Queued: count("Read", 45), ServiceTime: count("Read", 46),
			WaitTime: count("Read", 47), Merged: count("Read", 48), Time: count("", 49),
		},
		HugePages: []cgroups.HugePageStats{{Size: "2MB", Usage: 50, Max: 51, Failures: 52}},
		RDMA:      cgroups.RDMAStats{Current: []cgroups.RDMACount{{Device: "mlx5_0", Handles: 53, Objects: 54}}},
	}, Interfaces: []procfs.Interface{{
		Name: "eth0", RxBytes: 55, RxPackets: 56, RxErrors: 57, RxDropped: 58, TxBytes: 59, TxPackets: 60, TxErrors: 61, TxDropped: 62,
	}}}
	var out bytes.Buffer
	if err := printEvent(&out, "stats", "a", &s); err != nil {
		t.Fatal(err)
	}
	if out.String() != everyFigure {
		t.Errorf("got\n%swant\n%s", out.String(), everyFigure)
	}
	if !json.Valid(out.Bytes()) {
		t.Error("it is no JSON")
	}
	out.Reset()
	if err := printEvent(&out, "oom", "a", nil); err != nil || out.String() != `{"type":"oom","id":"a"}`+"\n" {
		t.Errorf("got %s, %v", out.String(), err)
	}
}
