package procfs

import "testing"

func TestInnermost(t *testing.T) {
	for status, want := range map[string]int{
		"Name:\ta\nNSpid:\t4242\nNSpgid:\t7\n":     4242,
		"Name:\ta\nNSpid:\t4242\t17\t1\nNSsid:\t0": 1,
		"NSpid:\n":               0,
		"Name:\tNSpid:\nPid:\t3": 0,
		"":                       0,
	} {
		got, err := innermost([]byte(status))
		if got != want || (err != nil) != (want == 0) {
			t.Errorf("%q: %d, %v", status, got, err)
		}
	}
}
