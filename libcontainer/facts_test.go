package libcontainer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// These directories stand for procfs: whether this machine's kernel runs
// AppArmor does not matter.
func TestAppArmorRunsWhereItHasALabel(t *testing.T) {
	for name, label := range map[string]string{"runs": "unconfined\n", "says nothing": ""} {
		proc := t.TempDir()
		if appArmor(proc) {
			t.Error("it runs where there is no file of it")
		}
		file := filepath.Join(proc, "self/attr/apparmor/current")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(label), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := appArmor(proc); got != (label != "") {
			t.Errorf("where it %s: %t", name, got)
		}
		// Off, reading gives an error.
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(file, 0o755); err != nil {
			t.Fatal(err)
		}
		if appArmor(proc) {
			t.Error("it runs where its file cannot be read")
		}
	}
}

// No directory can stand for SELinux's file system but itself.
func TestSELinuxDoesNotRunInALookAlike(t *testing.T) {
	if selinux(t.TempDir()) || selinux("/proc") || selinux("/nosuch") {
		t.Error("it runs where its file system is not")
	}
}

// What no config has labels for is not probed.
func TestLabelled(t *testing.T) {
	for name, c := range map[string]struct {
		spec              specs.Spec
		process           *specs.Process
		appArmor, selinux bool
	}{
		"no process":    {specs.Spec{}, nil, false, false},
		"no label":      {specs.Spec{Linux: &specs.Linux{}}, &specs.Process{}, false, false},
		"a profile":     {specs.Spec{}, &specs.Process{ApparmorProfile: "a"}, true, false},
		"a label":       {specs.Spec{}, &specs.Process{SelinuxLabel: "a"}, false, true},
		"a mount label": {specs.Spec{Linux: &specs.Linux{MountLabel: "a"}}, nil, false, true},
	} {
		forAppArmor, forSELinux := labelled(&c.spec, c.process)
		if forAppArmor != c.appArmor || forSELinux != c.selinux {
			t.Errorf("%s: AppArmor %t, SELinux %t", name, forAppArmor, forSELinux)
		}
	}
}
