package main

import "fmt"

// A bar is what tare has set itself: at most so much of a peer's median, or at
// most so much.
type bar struct {
	view  string
	title string
	peer  string // "": most is in the unit of the row
	most  float64
	row   string // of tare's own: most is a multiple of its median
}

var bars = []bar{
	{view: "v2", title: runDefault, peer: "crun", most: 1.0},
	{view: "v2", title: runEngine, peer: "crun", most: 0.9},
	{view: "v2", title: runDefault, peer: "runc", most: 0.3},
	{view: "v2", title: runEngine, peer: "runc", most: 0.3},
	{view: "v2", title: execDefault, peer: "crun", most: 1.0},
	{view: "v2", title: versionTitle, peer: "crun", most: 0.9},
	{view: "v2", title: stateTitle, peer: "crun", most: 0.9},
	{view: "v2", title: lifecycleSum, peer: "crun", most: 1.0},
	{view: "v2", title: deleteTitle, peer: "crun", most: 1.0},
	{view: "v2", title: lastTitle, row: firstTitle, most: 1.2},
	{view: "v2", title: listTitle, peer: "crun", most: 1.0},
	{view: "v1", title: smallestTitle, most: 512},
	{view: "v2", title: peakDefault, most: 8},
	{view: "v2", title: peakEngine, most: 8},
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
	var r, other *row
	for _, v := range rep.Views {
		if v.View == b.view {
			r, other = v.row(b.title), v.row(b.row)
		}
	}
	said := verdict{Most: b.most}
	value, ok := 0.0, false
	switch {
	case b.peer != "":
		said.Bar = fmt.Sprintf("%s, %s: at most %.1f of %s", b.title, b.view, b.most, b.peer)
		value, ok = r.ratio(b.peer)
	case b.row != "":
		said.Bar = fmt.Sprintf("%s, %s: at most %.1f of %s", b.title, b.view, b.most, b.row)
		of, there := other.median("tare")
		value, ok = r.median("tare")
		value, ok = value/of, ok && there && of > 0
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
