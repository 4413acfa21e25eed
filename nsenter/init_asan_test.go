//go:build tare_faults

package nsenter

import (
	"strings"
	"testing"
)

// TestSanitizersWatch: what ASAN or UBSAN find ends init with a status of its
// own. Without this, a tare built for the fault tests might check nothing.
func TestSanitizersWatch(t *testing.T) {
	needInit(t)
	for name, fault := range map[string]string{"a read past an object": "3:4096", "an index past an array": "3:4097"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TARE_FAULT", fault)
			_, err := run(t, script(busybox(t), "true"))
			if err == nil || !strings.Contains(err.Error(), "init ended with status 99") {
				t.Errorf("got %v", err)
			}
		})
	}
}
