package cli

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestBytesOf(t *testing.T) {
	for text, want := range map[string]int64{
		"-1": -1, "0": 0, "1": 1, "100m": 104857600, "100M": 104857600, "100mb": 104857600, "100MiB": 104857600, "100 MiB": 104857600,
		"1k": 1024, "1b": 1, "2g": 2 << 30, "3t": 3 << 40, "4p": 4 << 50, "1.5g": 3 << 29, ".5k": 512, "0.1k": 102,
		"9007199254740993": 9007199254740993, "9223372036854775807": 9223372036854775807, "8191p": 8191 << 50,
	} {
		var n *int64
		if err := bytesOf(&n, text); err != nil || *n != want {
			t.Errorf("%q is %v, %v; want %d", text, n, err, want)
		}
	}
	for _, text := range []string{"", "-2", "m", "1x", "1kk", "1 ", " 1", "1  k", "1e3", "0x10", "1,5", "1.2.3", ".", "+1", "8192p", "9223372036854775808", "1ib", "1 mi", "-1m", "1_000"} {
		var n *int64
		if err := bytesOf(&n, text); err == nil || n != nil || !strings.Contains(err.Error(), "100m") {
			t.Errorf("%q is %v, %v", text, n, err)
		}
	}
}

func TestWhole(t *testing.T) {
	var short *uint16
	var long *uint64
	var signed *int64
	for _, err := range []error{whole(&short, "65535"), whole(&long, "18446744073709551615"), whole(&signed, "-9223372036854775808")} {
		if err != nil {
			t.Error(err)
		}
	}
	if *short != 65535 || *long != 1<<64-1 || *signed != -1<<63 {
		t.Errorf("%d, %d, %d", *short, *long, *signed)
	}
	for _, err := range []error{
		whole(&short, "65536"), whole(&short, "-1"), whole(&long, "18446744073709551616"), whole(&long, "-1"), whole(&long, "1m"),
		whole(&signed, "9223372036854775808"), whole(&signed, ""), whole(&signed, "1.5"), whole(&signed, "0x1"),
	} {
		if err == nil || !strings.Contains(err.Error(), "is not a whole number") {
			t.Errorf("%v", err)
		}
	}
}

// Every flag of update sets a field of its own.
func TestEveryFlagOfUpdateHasItsField(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range resourceFlags() {
		if seen[f.name] || seen[f.field] {
			t.Errorf("--%s or %s is there twice", f.name, f.field)
		}
		seen[f.name], seen[f.field] = true, true
		set := flag.NewFlagSet("update", flag.ContinueOnError)
		for _, g := range remembering(updateCommand().Flags) {
			if err := g.Apply(set); err != nil {
				t.Fatal(err)
			}
		}
		if err := set.Parse([]string{"--" + f.name, "50", "id"}); err != nil {
			t.Fatal(err)
		}
		w, err := wantedChanges(cli.NewContext(nil, set, nil))
		if err != nil {
			t.Errorf("--%s: %v", f.name, err)
			continue
		}
		pointer := f.field
		if !strings.HasPrefix(pointer, "/linux/") {
			pointer = "/linux/resources" + pointer
		}
		if got := w.origin(pointer); got != "--"+f.name {
			t.Errorf("%s is told as %s", f.field, got)
		}
		r := w.resources
		given := []bool{
			r.BlockIO.Weight != nil, r.CPU.Period != nil, r.CPU.Quota != nil, r.CPU.Burst != nil, r.CPU.Shares != nil, r.CPU.RealtimePeriod != nil,
			r.CPU.RealtimeRuntime != nil, r.CPU.Cpus != "", r.CPU.Mems != "", r.CPU.Idle != nil, r.Memory.Limit != nil, r.Memory.Reservation != nil,
			r.Memory.Swap != nil, r.Memory.Kernel != nil, r.Memory.KernelTCP != nil, r.Pids.Limit != nil, w.schemata.L3Cache != "", w.schemata.MemBw != "",
		}
		at := slices.IndexFunc(resourceFlags(), func(o resourceFlag) bool { return o.name == f.name })
		for i, is := range given {
			if is != (i == at) {
				t.Errorf("--%s: field %d is %v", f.name, i, is)
			}
		}
	}
}
