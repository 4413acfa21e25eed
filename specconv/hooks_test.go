package specconv

import (
	"slices"
	"strings"
	"testing"

	"github.com/tare-oci/tare/plan"
)

const (
	userAndGroups = `"namespaces+": [{"type": "user"}], ` + mappings
	bothInside    = `{"createContainer": [{"path": "/bin/a", "args": ["b", "c"], "env": ["D=e"]}], "startContainer": [{"path": "/bin/f"}]}`
)

// hookPlan compiles the first hook of a place.
func hookPlan(t *testing.T, stage string, facts *Facts, patch string) *plan.Plan {
	t.Helper()
	spec := patched(t, patch)
	strict(t, []byte(bothInside), &spec.Hooks)
	steps := HookSteps(spec, stage)
	p, err := CompileHook(spec, &steps[0], facts, &HookOptions{ID: "c1", Bundle: "/bundle", Pid: 4242, Start: 99})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A hook inside of the container is a plan of its own.
func TestHookPlans(t *testing.T) {
	filter := linux(`"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}`)
	for _, c := range []struct{ file, stage, patch string }{
		{"hook-createContainer.plan", CreateContainer, filter},
		{"hook-startContainer.plan", StartContainer, filter},
		{"hook-createContainer-user.plan", CreateContainer, linux(userAndGroups)},
		{"hook-startContainer-joined.plan", StartContainer, linux(`"namespaces": [{"type": "mount", "path": "/proc/7/ns/mnt"}]`)},
		// A program of the image is confined as the container's is, one of the host as tare is.
		{"hook-startContainer-labelled.plan", StartContainer, process(`"apparmorProfile": "p", "selinuxLabel": "l"`)},
		{"hook-createContainer-labelled.plan", CreateContainer, process(`"apparmorProfile": "p", "selinuxLabel": "l"`)},
	} {
		golden(t, "testdata/"+c.file, printed(t, hookPlan(t, c.stage, pinned(t), c.patch)))
	}
	golden(t, "testdata/hook-createContainer-v1.plan", printed(t, hookPlan(t, CreateContainer, hosts(t)["v1"], "")))
}

// The specification has the environment given whole: neither HOME nor PATH is added.
func TestHooksGetTheirOwnEnvironment(t *testing.T) {
	for stage, want := range map[string][3][]string{
		CreateContainer: {{"/bin/a"}, {"b", "c"}, {"D=e"}},
		StartContainer:  {{"/bin/f"}, {"/bin/f"}, nil},
	} {
		p := hookPlan(t, stage, pinned(t), "{}")
		exec := p.Steps[len(p.Steps)-1]
		for i := range want {
			if !slices.Equal(exec.L[i], want[i]) {
				t.Errorf("%s: %q, not %q", stage, exec.L[i], want[i])
			}
		}
	}
}

func TestHookNamesAreThoseOfTheSpecification(t *testing.T) {
	if got := strings.Join(Hooks(), " "); got != "prestart createRuntime createContainer startContainer poststart poststop" {
		t.Error(got)
	}
}
