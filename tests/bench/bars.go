package main

import "fmt"

// A bar is what tare has set itself: at most so much of a peer's median, or at
// most so much.
type bar struct {
	view  string
	title string
	peer  string // "": most is in the unit of the row
	most  float64
}

var bars = []bar{
	{"v2", runDefault, "crun", 1.0},
	{"v2", runEngine, "crun", 0.9},
	{"v2", runDefault, "runc", 0.3},
	{"v2", runEngine, "runc", 0.3},
	{"v2", execDefault, "crun", 1.0},
	{"v2", versionTitle, "crun", 0.9},
	{"v2", stateTitle, "crun", 0.9},
	{"v2", lifecycleSum, "crun", 1.0},
	{"v1", smallestTitle, "", 512},
	{"v2", peakDefault, "", 8},
	{"v2", peakEngine, "", 8},
}

// A verdict says whether a bar is met. Met is nil where it was not measured.
type verdict struct {
	Bar     string   `json:"bar"`
	Most    float64  `json:"most"`
	Value   *float64 `json:"value"`
	Met     *bool    `json:"met"`
	Verdict string   `json:"verdict"`
}

func (rep *report) judge() {
	for _, b := range bars {
		rep.Bars = append(rep.Bars, b.judge(rep))
	}
}

func (b bar) judge(rep *report) verdict {
	var r *row
	for _, v := range rep.Views {
		if v.View == b.view {
			r = v.row(b.title)
		}
	}
	said := verdict{Most: b.most}
	value, ok := 0.0, false
	switch {
	case b.peer != "":
		said.Bar = fmt.Sprintf("%s, %s: at most %.1f of %s", b.title, b.view, b.most, b.peer)
		value, ok = r.ratio(b.peer)
	default:
		unit := "MiB"
		if b.title == smallestTitle {
			unit = "KiB"
		}
		said.Bar = fmt.Sprintf("%s, %s: at most %.0f %s", b.title, b.view, b.most, unit)
		value, ok = r.median("tare")
	}
	if !ok {
		said.Verdict = "not measured"
		return said
	}
	met := value <= b.most
	said.Value, said.Met = &value, &met
	if met {
		said.Verdict = fmt.Sprintf("met (%.2f)", value)
	} else {
		said.Verdict = fmt.Sprintf("missed by %.0f%% (%.2f)", 100*(value/b.most-1), value)
	}
	return said
}
