package seccompspec

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func ptr(n uint) *uint { return &n }

// full is a profile in which every field has a value.
func full() *specs.LinuxSeccomp {
	return &specs.LinuxSeccomp{
		DefaultAction:    specs.ActErrno,
		DefaultErrnoRet:  ptr(1),
		Architectures:    []specs.Arch{specs.ArchX86_64, specs.ArchX86},
		Flags:            []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog},
		ListenerPath:     "/run/agent",
		ListenerMetadata: "data",
		Syscalls: []specs.LinuxSyscall{
			{
				Names: []string{"read", "write"}, Action: specs.ActTrace, ErrnoRet: ptr(7),
				Args: []specs.LinuxSeccompArg{{Index: 1, Value: 2, ValueTwo: 3, Op: specs.OpMaskedEqual}, {Op: specs.OpEqualTo}},
			},
			{Names: []string{"openat", "execve"}, Action: specs.ActAllow},
		},
	}
}

func TestValidate(t *testing.T) {
	if faults := Validate(full()); faults != nil {
		t.Errorf("a good profile: %v", faults)
	}
	for _, c := range []struct {
		spoil func(p *specs.LinuxSeccomp)
		want  []string
	}{
		{func(p *specs.LinuxSeccomp) { p.DefaultAction = "" }, []string{`/linux/seccomp/defaultAction: unknown action ""`}},
		{
			func(p *specs.LinuxSeccomp) { p.DefaultAction = specs.ActAllow },
			[]string{`/linux/seccomp/defaultErrnoRet: must not be set: SCMP_ACT_ALLOW has no errno`},
		},
		{func(p *specs.LinuxSeccomp) { p.DefaultErrnoRet = ptr(4095) }, []string{`/linux/seccomp/defaultErrnoRet: must be at most 4094, not 4095`}},
		{func(p *specs.LinuxSeccomp) { p.Architectures[1] = "x86" }, []string{`/linux/seccomp/architectures/1: unknown architecture "x86"`}},
		{func(p *specs.LinuxSeccomp) { p.Flags[0] = "LOG" }, []string{`/linux/seccomp/flags/0: unknown flag "LOG"`}},
		{func(p *specs.LinuxSeccomp) { p.ListenerPath = "" }, []string{`/linux/seccomp/listenerMetadata: must not be set without listenerPath`}},
		{
			func(p *specs.LinuxSeccomp) {
				p.ListenerPath, p.ListenerMetadata, p.Syscalls[1].Action = "", "", specs.ActNotify
			},
			[]string{`/linux/seccomp/listenerPath: must be set: SCMP_ACT_NOTIFY needs an agent to notify`},
		},
		{func(p *specs.LinuxSeccomp) { p.Syscalls[1].Names = nil }, []string{`/linux/seccomp/syscalls/1/names: must name at least one system call`}},
		{func(p *specs.LinuxSeccomp) { p.Syscalls[0].Names[1] = "" }, []string{`/linux/seccomp/syscalls/0/names/1: must not be empty`}},
		{func(p *specs.LinuxSeccomp) { p.Syscalls[1].Action = "allow" }, []string{`/linux/seccomp/syscalls/1/action: unknown action "allow"`}},
		{
			func(p *specs.LinuxSeccomp) { p.Syscalls[1].ErrnoRet = ptr(0) },
			[]string{`/linux/seccomp/syscalls/1/errnoRet: must not be set: SCMP_ACT_ALLOW has no errno`},
		},
		{func(p *specs.LinuxSeccomp) { p.Syscalls[0].ErrnoRet = ptr(65535) }, nil},
		{func(p *specs.LinuxSeccomp) { p.Syscalls[0].ErrnoRet = ptr(65536) }, []string{`/linux/seccomp/syscalls/0/errnoRet: must be at most 65535, not 65536`}},
		{func(p *specs.LinuxSeccomp) { p.Syscalls[0].Args[0].Index = 6 }, []string{`/linux/seccomp/syscalls/0/args/0/index: must be 0 to 5, not 6`}},
		{func(p *specs.LinuxSeccomp) { p.Syscalls[0].Args[1].Op = "" }, []string{`/linux/seccomp/syscalls/0/args/1/op: unknown operator ""`}},
		{func(p *specs.LinuxSeccomp) { p.Syscalls[1].Names[1] = "execveat" }, []string{`/linux/seccomp: refuses execve: no program could be executed`}},
		{func(p *specs.LinuxSeccomp) { p.Syscalls[1].Action = specs.ActErrno }, []string{`/linux/seccomp: refuses execve: no program could be executed`}},
		{func(p *specs.LinuxSeccomp) { p.DefaultAction, p.DefaultErrnoRet, p.Syscalls = specs.ActLog, nil, nil }, nil},
		{
			func(p *specs.LinuxSeccomp) { p.Flags[0], p.DefaultAction, p.Syscalls[1].Names[0] = "x", "y", "" },
			[]string{
				`/linux/seccomp/defaultAction: unknown action "y"`, `/linux/seccomp/flags/0: unknown flag "x"`,
				`/linux/seccomp/syscalls/1/names/0: must not be empty`,
			},
		},
	} {
		profile := full()
		c.spoil(profile)
		var got []string
		for _, err := range Validate(profile) {
			got = append(got, err.Error())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("got %q\nnot %q", got, c.want)
		}
	}
}

func TestFlags(t *testing.T) {
	notify := []specs.LinuxSyscall{{Action: specs.ActNotify}}
	const tsync, wait = flagTsync, specs.LinuxSeccompFlagWaitKillableRecv
	for _, c := range []struct {
		flags []specs.LinuxSeccompFlag
		rules []specs.LinuxSyscall
		want  uint64
	}{
		{nil, nil, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW},
		{[]specs.LinuxSeccompFlag{}, nil, 0},
		{[]specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog, tsync}, nil, unix.SECCOMP_FILTER_FLAG_LOG | unix.SECCOMP_FILTER_FLAG_TSYNC},
		{[]specs.LinuxSeccompFlag{specs.LinuxSeccompFlagSpecAllow}, nil, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW},
		{[]specs.LinuxSeccompFlag{wait}, nil, 0},
		{[]specs.LinuxSeccompFlag{wait}, notify, unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | unix.SECCOMP_FILTER_FLAG_NEW_LISTENER},
		{
			[]specs.LinuxSeccompFlag{tsync},
			notify,
			unix.SECCOMP_FILTER_FLAG_NEW_LISTENER,
		},
		{nil, notify, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW | unix.SECCOMP_FILTER_FLAG_NEW_LISTENER},
	} {
		got, err := Flags(&specs.LinuxSeccomp{Flags: c.flags, Syscalls: c.rules})
		if err != nil || got != c.want {
			t.Errorf("%v: %#x, %v, not %#x", c.flags, got, err, c.want)
		}
	}
	if _, err := Flags(&specs.LinuxSeccomp{Flags: []specs.LinuxSeccompFlag{"x"}}); err == nil || err.Error() != `unknown flag "x"` {
		t.Errorf("unknown flag: %v", err)
	}
}

// A flag that no kernel has yet is one that the kernel says no to.
func TestSupportedFlags(t *testing.T) {
	if kernelKnows(1 << 31) {
		t.Error("the kernel takes a flag that there is not")
	}
	known, supported := KnownFlags(), SupportedFlags()
	for _, name := range supported {
		if !slices.Contains(known, name) {
			t.Errorf("%s is supported and not known", name)
		}
	}
	// Linux 4.14 has it; tare needs 5.14.
	if !slices.Contains(supported, string(specs.LinuxSeccompFlagLog)) {
		t.Errorf("supported: %q", supported)
	}
}

func TestNamesAreThoseOfTheSpecification(t *testing.T) {
	for what, names := range map[string][]string{"SCMP_ACT_": Actions(), "SCMP_ARCH_": Archs(), "SCMP_CMP_": Operators(), "SECCOMP_FILTER_FLAG_": KnownFlags()} {
		if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
			t.Errorf("%s: not sorted, or twice: %q", what, names)
		}
		for _, name := range names {
			if !strings.HasPrefix(name, what) {
				t.Errorf("%q among %s", name, what)
			}
		}
	}
	// As many as config-linux.md of runtime-spec 1.3 lists.
	if a, b, c, d := len(Actions()), len(Archs()), len(Operators()), len(KnownFlags()); a != 9 || b != 23 || c != 7 || d != 4 {
		t.Errorf("%d actions, %d architectures, %d operators, %d flags", a, b, c, d)
	}
}

func TestWireAndBack(t *testing.T) {
	want := full()
	wire := Append(nil, want)
	got, err := Decode(wire)
	want.Flags, want.ListenerPath, want.ListenerMetadata = nil, "", ""
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for n := range wire {
		if _, err := Decode(wire[:n]); err == nil {
			t.Errorf("%d of %d bytes were enough", n, len(wire))
		}
	}
	if _, err := Decode(append(wire, 0)); err == nil {
		t.Error("a byte too many was taken")
	}
}

// Every field of the specification's types is either in the wire form, so that
// a change shows, or named here with the reason why it is not.
func TestWireHasEveryField(t *testing.T) {
	beside := map[string]string{
		"Flags":            "goes to seccomp(2) beside the program",
		"ListenerPath":     "for the parent",
		"ListenerMetadata": "for the parent",
	}
	before := Append(nil, full())
	fields := 0
	var visit func(path string, leaf func(*specs.LinuxSeccomp) reflect.Value)
	visit = func(path string, at func(*specs.LinuxSeccomp) reflect.Value) {
		value := at(full())
		switch value.Kind() {
		case reflect.Struct:
			for i := range value.NumField() {
				name := value.Type().Field(i).Name
				visit(strings.TrimPrefix(path+"."+name, "."), func(p *specs.LinuxSeccomp) reflect.Value { return at(p).Field(i) })
			}
			return
		case reflect.Slice:
			visit(path, func(p *specs.LinuxSeccomp) reflect.Value { return at(p).Index(0) })
		case reflect.Pointer:
			visit(path, func(p *specs.LinuxSeccomp) reflect.Value { return at(p).Elem() })
		}
		profile := full()
		switch value := at(profile); value.Kind() {
		case reflect.String:
			value.SetString(value.String() + "x")
		case reflect.Uint, reflect.Uint64:
			value.SetUint(value.Uint() + 1)
		case reflect.Slice, reflect.Pointer:
			value.SetZero()
		default:
			t.Fatalf("%s is a %s, for which this test has no change", path, value.Kind())
		}
		fields++
		changed := !bytes.Equal(before, Append(nil, profile))
		if reason, out := beside[path]; out == changed {
			t.Errorf("%s: changed is %t, reason to leave it out %q", path, changed, reason)
		}
	}
	visit("", func(p *specs.LinuxSeccomp) reflect.Value { return reflect.ValueOf(p).Elem() })
	if fields < 20 {
		t.Errorf("only %d fields visited", fields)
	}
}

// Two profiles whose strings run together to the same bytes differ all the same.
func TestWireTellsListsApart(t *testing.T) {
	a, b := full(), full()
	a.Syscalls[0].Names = []string{"read", "write"}
	b.Syscalls[0].Names = []string{"readwrite"}
	if bytes.Equal(Append(nil, a), Append(nil, b)) {
		t.Error("the same")
	}
	a.Syscalls[1].Args, b = nil, full()
	b.Syscalls[1].Args = []specs.LinuxSeccompArg{}
	b.Syscalls[0].Names = a.Syscalls[0].Names
	if !bytes.Equal(Append(nil, a), Append(nil, b)) {
		t.Error("an empty list is another than none")
	}
}

func TestCode(t *testing.T) {
	for _, c := range []struct {
		name  specs.LinuxSeccompAction
		errno *uint
		want  uint32
	}{
		{specs.ActErrno, nil, unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{specs.ActErrno, ptr(38), unix.SECCOMP_RET_ERRNO | 38},
		{specs.ActTrace, ptr(65535), unix.SECCOMP_RET_TRACE | 65535},
		{specs.ActKill, nil, unix.SECCOMP_RET_KILL_THREAD},
		{specs.ActAllow, ptr(5), unix.SECCOMP_RET_ALLOW},
	} {
		action, _ := ActionOf(c.name)
		if got := action.Code(c.errno); got != c.want {
			t.Errorf("%s: %#x, not %#x", c.name, got, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Append(nil, full()))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, wire []byte) {
		profile, err := Decode(wire)
		if err != nil {
			return
		}
		if again, err := Decode(Append(nil, profile)); err != nil || !reflect.DeepEqual(again, profile) {
			t.Errorf("%+v became %+v, %v", profile, again, err)
		}
	})
}
