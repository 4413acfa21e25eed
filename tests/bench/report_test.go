package main

import (
	"errors"
	"strings"
	"testing"
)

// measured makes a report of one row in view v2, with these samples.
func measured(title string, samples map[string][]float64) *report {
	v := &viewReport{View: "v2"}
	r := v.add("m", title, "ms")
	for name, values := range samples {
		for _, value := range values {
			r.sample(&subject{Name: name}, value)
		}
	}
	return &report{Views: []*viewReport{v}}
}

func TestMedianIsTheMiddleOfWhatWasMeasured(t *testing.T) {
	for _, c := range []struct {
		samples []float64
		want    float64
	}{
		{[]float64{7}, 7},
		{[]float64{9, 1, 5}, 5},
		{[]float64{100, 1, 3, 2}, 2.5},
	} {
		rep := measured("m", map[string][]float64{"tare": c.samples})
		if got, ok := rep.Views[0].Rows[0].median("tare"); !ok || got != c.want {
			t.Errorf("the median of %v is %v, %v, want %v", c.samples, got, ok, c.want)
		}
	}
}

func TestABarIsMetMissedOrNotMeasured(t *testing.T) {
	b := bar{view: "v2", title: runDefault, peer: "crun", most: 0.9}
	for _, c := range []struct {
		crun []float64
		want string
	}{
		{[]float64{10}, "met (0.90)"},
		{[]float64{5}, "missed by 100% (1.80)"},
		{nil, "not measured"},
	} {
		rep := measured(runDefault, map[string][]float64{"tare": {9}, "crun": c.crun})
		if got := b.judge(rep).Verdict; got != c.want {
			t.Errorf("with tare at 9 and crun at %v the verdict is %q, want %q", c.crun, got, c.want)
		}
	}
}

func TestABarMayBeOfTaresOwn(t *testing.T) {
	rep := measured(firstTitle, map[string][]float64{"tare": {10}, "crun": {1}})
	r := rep.Views[0].add("m", lastTitle, "ms")
	b := bar{view: "v2", title: lastTitle, row: firstTitle, most: 1.2}
	if got := b.judge(rep).Verdict; got != "not measured" {
		t.Errorf("the verdict of nothing is %q", got)
	}
	r.sample(&subject{Name: "tare"}, 15)
	if got := b.judge(rep).Verdict; got != "missed by 25% (1.50)" {
		t.Errorf("the verdict is %q", got)
	}
}

func TestWhatFailedHasNoMedianAndSaysWhy(t *testing.T) {
	rep := measured(runDefault, map[string][]float64{"tare": {9}, "crun": {10}})
	v := rep.Views[0]
	v.Rows[0].fail(&subject{Name: "crun"}, errors.New("no such thing"))
	if _, ok := v.Rows[0].ratio("crun"); ok {
		t.Error("there is a ratio to a runtime that failed")
	}
	if got := v.failures(); len(got) != 0 {
		t.Errorf("a peer that fails keeps tare from being measured: %q", got)
	}
	var out strings.Builder
	rep.Subjects = []*subject{{Name: "tare"}, {Name: "crun"}}
	rep.print(&out)
	if !strings.Contains(out.String(), "crun fails: no such thing") {
		t.Errorf("the report does not say why crun failed:\n%s", &out)
	}
	v.Rows[0].fail(&subject{Name: "tare"}, errors.New("no such thing"))
	if got := v.failures(); len(got) != 1 {
		t.Errorf("tare fails, and the failures are %q", got)
	}
}

func TestARuleOfTheProfileHoldsByCapability(t *testing.T) {
	caps := []string{"CAP_A", "CAP_B"}
	for _, c := range []struct {
		includes, excludes []string
		want               bool
	}{
		{nil, nil, true},
		{[]string{"CAP_A"}, nil, true},
		{[]string{"CAP_A", "CAP_C"}, nil, false},
		{nil, []string{"CAP_C", "CAP_B"}, false},
		{nil, []string{"CAP_C"}, true},
	} {
		if got := holds(condition{Caps: c.includes}, condition{Caps: c.excludes}, caps); got != c.want {
			t.Errorf("includes %v, excludes %v: %v, want %v", c.includes, c.excludes, got, c.want)
		}
	}
}
