package specconv

import "testing"

func TestMagicSources(t *testing.T) {
	for source, want := range map[string]bool{
		"/proc/self/fd/9": true, "/proc/1/root/srv": true, "/dev/fd/3": true, "/dev/stdin": true,
		"/proc": false, "/dev/null": false, "/dev": false, "/srv/proc/x": false, "/processes/x": false,
	} {
		if got := magic(source); got != want {
			t.Errorf("magic(%q) = %t", source, got)
		}
	}
}
