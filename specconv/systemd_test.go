package specconv

import (
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
)

func TestUpdatesOfAUnit(t *testing.T) {
	for _, c := range []struct{ host, had, gets, now, former string }{
		{
			"", `{"memory": {"limit": 4096, "reservation": 1024}}`, `{"memory": {"limit": 8192}}`,
			"MemoryMax=uint64 8192", "MemoryMax=uint64 4096",
		},
		{
			"", `{}`, `{"memory": {"reservation": 8192}, "cpu": {"shares": 2, "cpus": "1"}, "pids": {"limit": 5}}`,
			"MemoryLow=uint64 8192 CPUWeight=uint64 1 AllowedCPUs=[byte 0x02] TasksMax=uint64 5",
			"MemoryLow=uint64 0 CPUWeight=uint64 18446744073709551615 AllowedCPUs=@ay [] TasksMax=uint64 18446744073709551615",
		},
		{
			"v1", `{"cpu": {"period": 50000, "quota": 25000}}`, `{"cpu": {"quota": 10000}}`,
			"CPUQuotaPerSecUSec=uint64 200000", "CPUQuotaPerSecUSec=uint64 500000",
		},
		{
			"", `{"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 1}]}}`,
			`{"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 16, "rate": 2}]}}`,
			"IOReadBandwidthMax=[('/dev/block/8:0', uint64 1), ('/dev/block/8:16', 2)]",
			"IOReadBandwidthMax=[('/dev/block/8:0', uint64 1)]",
		},
		{"", `{}`, `{"unified": {"memory.oom.group": "1"}}`, "", ""},
	} {
		spec := patched(t, `{"linux": {"resources": `+c.had+`}}`)
		patch := ""
		if c.host != "" {
			patch = string(read(t, "testdata/"+c.host+".json"))
		}
		facts := pinned(t, patch, `{"systemd": {"version": 257, "root": "/"}}`)
		r := new(specs.LinuxResources)
		strict(t, []byte(c.gets), r)
		u, err := CompileUpdate(spec, r, facts)
		if err != nil {
			t.Fatal(err)
		}
		now, former, err := UnitUpdate(spec, u, facts)
		if err != nil {
			t.Fatal(err)
		}
		if got := words(now); got != c.now {
			t.Errorf("%s: %s", c.gets, got)
		}
		if got := words(former); got != c.former {
			t.Errorf("%s is taken back by %s", c.gets, got)
		}
	}
}

func TestDeviceUpdatesOfAUnit(t *testing.T) {
	const gets = `{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 1, "access": "rw"}]}`
	spec := patched(t, "")
	facts := pinned(t, `{"systemd": {"version": 257, "root": "/"}}`)
	r := new(specs.LinuxResources)
	strict(t, []byte(gets), r)
	u, err := CompileUpdate(spec, r, facts)
	if err != nil {
		t.Fatal(err)
	}
	now, former, err := UnitUpdate(spec, u, facts)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]cgroups.Property{now, former} {
		if got := words(list); !strings.HasPrefix(got, "DeviceAllow=@a(ss) [] DevicePolicy='strict' DeviceAllow=[(") {
			t.Error(got)
		}
	}
	if !strings.Contains(words(now), "('/dev/char/10:1', 'rw')") || strings.Contains(words(former), "10:1") {
		t.Errorf("%s, before %s", words(now), words(former))
	}
	r = new(specs.LinuxResources)
	strict(t, []byte(`{"devices": [{"allow": true, "type": "c", "minor": 1, "access": "rw"}]}`), r)
	facts = pinned(t, string(read(t, "testdata/v1.json")), `{"systemd": {"version": 257, "root": "/"}}`)
	if u, err = CompileUpdate(spec, r, facts); err != nil {
		t.Fatal(err)
	}
	if _, _, err = UnitUpdate(spec, u, facts); err == nil || !strings.Contains(err.Error(), "/linux/resources/devices/0: ") {
		t.Errorf("got %v", err)
	}
}

func words(list []cgroups.Property) string {
	var texts []string
	for _, p := range list {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, " ")
}
