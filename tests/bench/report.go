package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A report is everything that --json writes.
type report struct {
	Time     time.Time     `json:"time"`
	Kernel   string        `json:"kernel"`
	Machine  string        `json:"machine"`
	CPUs     int           `json:"cpus"`
	Rounds   int           `json:"rounds"`
	Pause    string        `json:"pause"`
	Subjects []*subject    `json:"subjects"`
	Missing  []string      `json:"missing,omitempty"` // views
	Views    []*viewReport `json:"views"`
	Bars     []verdict     `json:"bars"`
}

// A viewReport is what was measured in one view.
type viewReport struct {
	View  string   `json:"view"`
	Notes []string `json:"notes,omitempty"`
	Rows  []*row   `json:"rows"`
}

// A row is one thing measured with everyone.
type row struct {
	Measure string           `json:"measure"`
	Title   string           `json:"title"`
	Unit    string           `json:"unit"`
	Cells   map[string]*cell `json:"cells"` // by the name of the subject
}

// A cell is one thing measured with one. Fails says why there is nothing.
type cell struct {
	Fails   string    `json:"fails,omitempty"`
	Median  float64   `json:"median"`
	Min     float64   `json:"min"`
	P90     float64   `json:"p90"`
	Samples []float64 `json:"samples,omitempty"`
}

func newReport(o *options, subjects []*subject) *report {
	var name unix.Utsname
	_ = unix.Uname(&name)
	return &report{
		Time: time.Now().UTC(), Kernel: unix.ByteSliceToString(name.Release[:]), Machine: unix.ByteSliceToString(name.Machine[:]),
		CPUs: runtime.NumCPU(), Rounds: o.rounds, Pause: o.pause.String(), Subjects: subjects,
	}
}

func (v *viewReport) add(measure, title, unit string) *row {
	r := &row{Measure: measure, Title: title, Unit: unit, Cells: map[string]*cell{}}
	v.Rows = append(v.Rows, r)
	return r
}

func (v *viewReport) row(title string) *row {
	for _, r := range v.Rows {
		if r.Title == title {
			return r
		}
	}
	return nil
}

// failures says what could not be measured of tare and the floor. What a peer
// fails at is a result.
func (v *viewReport) failures() []string {
	var found []string
	for _, r := range v.firstRows() {
		for _, name := range []string{floorName, "tare"} {
			if c := r.Cells[name]; c != nil && c.Fails != "" {
				found = append(found, fmt.Sprintf("%s: %s fails: %s", r.Measure, name, c.Fails))
			}
		}
	}
	return found
}

// firstRows returns the first row of each measure. A measure that fails fails in
// all its rows, for the same reason.
func (v *viewReport) firstRows() []*row {
	var first []*row
	for _, r := range v.Rows {
		if len(first) == 0 || first[len(first)-1].Measure != r.Measure {
			first = append(first, r)
		}
	}
	return first
}

func (r *row) cell(s *subject) *cell {
	if r.Cells[s.Name] == nil {
		r.Cells[s.Name] = &cell{}
	}
	return r.Cells[s.Name]
}

func (r *row) fail(s *subject, err error) { r.cell(s).Fails = err.Error() }

func (r *row) failed(s *subject) bool { return r.cell(s).Fails != "" }

func (r *row) sample(s *subject, value float64) {
	c := r.cell(s)
	c.Samples = append(c.Samples, value)
	sorted := slices.Sorted(slices.Values(c.Samples))
	n := len(sorted)
	c.Min, c.P90 = sorted[0], sorted[(n*9-1)/10]
	c.Median = (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// median returns the median of a subject's samples, and whether there is one.
func (r *row) median(name string) (float64, bool) {
	if r == nil || r.Cells[name] == nil || r.Cells[name].Fails != "" || len(r.Cells[name].Samples) == 0 {
		return 0, false
	}
	return r.Cells[name].Median, true
}

// ratio returns tare's median as a part of a peer's.
func (r *row) ratio(peer string) (float64, bool) {
	ours, ok := r.median("tare")
	theirs, ok2 := r.median(peer)
	return ours / theirs, ok && ok2 && theirs > 0
}

func readView(path string) (*viewReport, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var v viewReport
	return &v, json.Unmarshal(data, &v)
}

func (rep *report) write(path string) error {
	data, err := json.MarshalIndent(rep, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

func (rep *report) print(w io.Writer) {
	fmt.Fprintf(w, "Linux %s %s, %d CPUs; %d rounds, %s between two measurements; medians\n", rep.Kernel, rep.Machine, rep.CPUs, rep.Rounds, rep.Pause)
	for _, s := range rep.Subjects {
		if s.runtime() {
			fmt.Fprintf(w, "  %-6s %s (%s)\n", s.Name, s.Path, s.Version)
		}
	}
	for _, missing := range rep.Missing {
		fmt.Fprintf(w, "\ncgroup %s\n", missing)
	}
	for _, v := range rep.Views {
		fmt.Fprintf(w, "\ncgroup %s view\n", v.View)
		for _, note := range v.Notes {
			fmt.Fprintf(w, "  %s\n", note)
		}
		rep.printRows(w, v)
	}
	fmt.Fprintf(w, "\nbars\n")
	for _, b := range rep.Bars {
		fmt.Fprintf(w, "  %-55s %s\n", b.Bar, b.Verdict)
	}
}

func (rep *report) printRows(w io.Writer, v *viewReport) {
	fmt.Fprintf(w, "  %-40s", "")
	for _, s := range rep.Subjects {
		fmt.Fprintf(w, "%10s", s.Name)
	}
	fmt.Fprintf(w, "%11s%11s\n", "tare/crun", "tare/runc")
	for _, r := range v.Rows {
		fmt.Fprintf(w, "  %-40s", r.Title+" ("+r.Unit+")")
		for _, s := range rep.Subjects {
			fmt.Fprintf(w, "%10s", r.text(s.Name))
		}
		for _, peer := range []string{"crun", "runc"} {
			text := "-"
			if ratio, ok := r.ratio(peer); ok {
				text = fmt.Sprintf("%.2f", ratio)
			}
			fmt.Fprintf(w, "%11s", text)
		}
		fmt.Fprintln(w)
	}
	for _, r := range v.firstRows() {
		for _, s := range rep.Subjects {
			if c := r.Cells[s.Name]; c != nil && c.Fails != "" {
				fmt.Fprintf(w, "  %s: %s fails: %s\n", r.Measure, s.Name, strings.ReplaceAll(c.Fails, "\n", " "))
			}
		}
	}
}

// text is what the table says of a subject.
func (r *row) text(name string) string {
	value, ok := r.median(name)
	switch {
	case !ok && r.Cells[name] != nil && r.Cells[name].Fails != "":
		return "fails"
	case !ok:
		return "-"
	case r.Unit == "KiB":
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.2f", value)
}
