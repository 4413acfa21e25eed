package nsenter

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tare-oci/tare/plan"
)

// TestALinkThatAppearsIsNotFollowed: what must be no link is missing when init
// looks, and a link when it is to be made. Making what the link leads to would
// mount procfs, or the terminal, elsewhere (CVE-2023-28642, CVE-2026-88264).
func TestALinkThatAppearsIsNotFollowed(t *testing.T) {
	needInit(t)
	t.Run("ordinary", func(t *testing.T) {
		root := busybox(t)
		raced(t, root, filepath.Join(root, "proc"), script(root, "true"))
	})
	t.Run("nofollow", func(t *testing.T) {
		root := busybox(t)
		p := script(root, "true")
		file := p.Slot("file")
		clone := plan.Clone(plan.Parent, plan.MountClone{Path: filepath.Join(root, "bin/sh")}, file)
		p.Steps = append([]plan.Step{clone}, p.Steps...)
		p.Steps[7] = plan.Attach(file, 1, "/console", plan.TargetNofollow)
		p.Steps = append(p.Steps[:9:9], p.Steps[len(p.Steps)-1]) // without a procfs there is no oom_score_adj
		raced(t, root, filepath.Join(root, "console"), p)
	})
}

// raced runs the plan many times while path is a link that comes and goes.
func raced(t *testing.T, root, path string, p *plan.Plan) {
	t.Helper()
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_ = os.Symlink("elsewhere", path)
				_ = os.Remove(path)
			}
		}
	}()
	for range 100 {
		s := &Session{Plan: p, Dir: t.TempDir()}
		if s.Run() == nil {
			status(t, s)
		}
		s.Close()
		if _, err := os.Lstat(filepath.Join(root, "elsewhere")); err == nil {
			t.Error("the link was followed")
			break
		}
	}
	close(stop)
	<-stopped
}

// TestMountsWhereLinksLead is the other half: for an ordinary target a
// link that leads to nothing yet is followed inside the root, and made there.
func TestMountsWhereLinksLead(t *testing.T) {
	needInit(t)
	root := busybox(t)
	if err := os.Symlink("/made/here", filepath.Join(root, "data")); err != nil {
		t.Fatal(err)
	}
	p := script(root, "echo > /made/here/in && exit 5")
	mount := plan.Mount(plan.FSMount{Type: "tmpfs", Source: "tmpfs", Dir: 1, Path: "/data"})
	p.Steps = append(p.Steps[:7:7], append([]plan.Step{mount}, p.Steps[7:]...)...)
	s, err := run(t, p)
	if err != nil {
		t.Fatal(err)
	}
	if got := status(t, s); got != 5 {
		t.Errorf("the program ended with %d", got)
	}
	if entries, err := os.ReadDir(filepath.Join(root, "made/here")); err != nil || len(entries) != 0 {
		t.Errorf("the directory below the mount: %v, %v", entries, err)
	}
}
