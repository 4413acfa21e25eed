package procfs

import "testing"

func TestParseStat(t *testing.T) {
	const behind = " S 7 3 3 0 -1 4194304 1 0 0 0 4 5 0 0 20 0 1 0 658113 1052672 12"
	got, err := parseStat([]byte("42 (a) Z 1 (b)" + behind))
	if want := (Stat{State: 'S', Parent: 7, Start: 658113}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, line := range []string{"", "42 (a)", "42 (a) S 7 3", "42 (a) SS" + behind[2:], "42 (a) S x" + behind[4:]} {
		if got, err := parseStat([]byte(line)); err == nil {
			t.Errorf("%q: %+v", line, got)
		}
	}
}
