package libcontainer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Many containers, which are looked at by several threads, come in the order of their
// ids, and what cannot be read is named and left out.
func TestListManyContainers(t *testing.T) {
	root := t.TempDir()
	var want []string
	for i := range 200 {
		c := &Container{Dir: filepath.Join(root, fmt.Sprintf("c%03d", i)), State: State{ID: fmt.Sprintf("c%03d", i)}}
		if err := os.Mkdir(c.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if i%50 == 7 {
			continue // without a state
		}
		if i == 3 {
			c.State.Creator = os.Getpid()
			stat, err := os.ReadFile("/proc/self/stat")
			if err != nil {
				t.Fatal(err)
			}
			fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')'):]))
			if _, err := fmt.Sscan(fields[20], &c.State.CreatorBorn); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.save(); err != nil {
			t.Fatal(err)
		}
		want = append(want, c.State.ID)
	}
	all, broken, err := List(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(broken) != 4 || !strings.Contains(broken[1].Error(), "c057 cannot be read") {
		t.Errorf("broken: %v", broken)
	}
	var ids []string
	statuses := Statuses(all)
	for i, c := range all {
		ids = append(ids, c.State.ID)
		status := Stopped
		if c.State.ID == "c003" {
			status = Creating
		}
		if statuses[i] != status {
			t.Errorf("%s is %s, not %s", c.State.ID, statuses[i], status)
		}
	}
	if strings.Join(ids, " ") != strings.Join(want, " ") {
		t.Errorf("got %v", ids)
	}
}
