package nsenter

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tare-oci/tare/plan"
)

// everyKind is a plan with a step of each kind that init does, all operands set.
func everyKind() *plan.Plan {
	p := plan.New()
	slot := int64(p.Slot("slot"))
	for _, k := range plan.Kinds() {
		s := plan.Step{Kind: k, Actor: plan.Init, IDs: []uint32{1, 2, 3}}
		for i := range s.N {
			s.N[i] = slot
		}
		for i := range s.S {
			s.S[i] = "string"
		}
		for i := range s.L {
			s.L[i] = []string{"first", "", "third"}
		}
		p.Add("/pointer", s)
	}
	return p
}

// TestSeedsOfTheFuzzer writes what init's fuzz target starts from.
func TestSeedsOfTheFuzzer(t *testing.T) {
	dir := os.Getenv("TARE_FUZZ_SEEDS")
	if dir == "" {
		t.Skip("TARE_FUZZ_SEEDS names no directory: make -C nsenter/init fuzz-run sets it")
	}
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	seeds := map[string][]byte{"mountinfo": mountinfo}
	for name, p := range map[string]*plan.Plan{
		"script":   script("/root", "true"),
		"userns":   changing("/root", "true", true, true, plan.MoveRoot),
		"all":      everyKind(),
		"empty":    plan.New(),
		"awaiting": awaiting("/root", 2),
	} {
		if seeds[name], err = p.Encode([]plan.Slot{1}, plan.Fault{}); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range seeds {
		if err := os.WriteFile(filepath.Join(dir, "seed-"+name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// awaiting is script with an await before the exec, whose step then carries words.
func awaiting(root string, listen plan.Slot) *plan.Plan {
	p := script(root, "true")
	p.Slot("listen")
	last := len(p.Steps) - 1
	p.Steps = append(p.Steps[:last:last], plan.Await(listen), p.Steps[last])
	return p
}
