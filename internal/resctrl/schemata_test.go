package resctrl

import (
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	const has = "    L3:0=7ff;1=00f\n    MB:0= 20;1=100\n"
	for _, c := range []struct{ wanted, fault string }{
		{"", ""},
		{"L3:0=7ff", ""},
		{"L3:1=f;0=7FF", ""},
		{"L3: 0 = 07ff", ""},
		{"MB:0=20\nL3:1=f", ""},
		{"MB:0=11", ""}, // the kernel rounds it up
		{"MB:0=21", "it is there already with other schemata: MB:0 is 20, not 21"},
		{"L3:0=7fe", "it is there already with other schemata: L3:0 is 7ff, not 7fe"},
		{"L3:2=7ff", "it is there already with other schemata: L3:2 is missing, not 7ff"},
		{"L2:0=f", "it is there already with other schemata: L2:0 is missing, not f"},
		{"L3:0=7fe\nL3:0=7ff", ""}, // the last counts
		{"L3:0=x", "it is there already with other schemata: L3:0 is 7ff, not x"},
		{"L3", `the line "L3" names no resource`},
		{"L3:0", `the line "L3:0" is not like RESOURCE:DOMAIN=VALUE;…`},
	} {
		got := ""
		if err := compare(strings.Split(c.wanted, "\n"), has, 10); err != nil {
			got = err.Error()
		}
		if got != c.fault {
			t.Errorf("%q: %q, not %q", c.wanted, got, c.fault)
		}
	}
	if compare([]string{"MB:0=11"}, has, 0) == nil {
		t.Error("11 is taken for 20 where nothing is rounded")
	}
}

func TestResource(t *testing.T) {
	for line, want := range map[string]string{"L3:0=f": "L3", "    MB:0=10": "MB", "": "", "L3": "", ":": ""} {
		if got := Resource(line); got != want {
			t.Errorf("%q: %q, not %q", line, got, want)
		}
	}
}
