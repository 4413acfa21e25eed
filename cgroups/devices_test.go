package cgroups

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// rules reads device rules, one a line.
func rules(t testing.TB, text string) []specs.LinuxDeviceCgroup {
	t.Helper()
	list := []specs.LinuxDeviceCgroup{}
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		r, err := ParseDeviceRule(line)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func spelt(list []specs.LinuxDeviceCgroup) string {
	var b strings.Builder
	for i := range list {
		s, err := FormatDeviceRule(&list[i])
		if err != nil {
			s = err.Error()
		}
		b.WriteString(s + "\n")
	}
	return b.String()
}

// allowed says what a list of rules means, straight from its definition: each
// kind of access is decided by the last rule that matches.
func allowed(list []specs.LinuxDeviceCgroup, kind byte, major, minor int64, asked access) bool {
	for bit := accessMknod; bit <= accessWrite; bit <<= 1 {
		if asked&bit == 0 {
			continue
		}
		verdict := false
		for _, r := range list {
			if (r.Type == "" || r.Type == "a" || r.Type[0] == kind) && (r.Major == nil || *r.Major == -1 || *r.Major == major) &&
				(r.Minor == nil || *r.Minor == -1 || *r.Minor == minor) && strings.Contains(r.Access, bit.String()) {
				verdict = r.Allow
			}
		}
		if !verdict {
			return false
		}
	}
	return true
}

// run executes a program as the kernel would.
func run(t testing.TB, p Program, kind byte, major, minor int64, asked access) bool {
	t.Helper()
	var reg [6]uint64
	memory := map[int16]uint64{0: uint64(asked)<<16 | map[byte]uint64{'b': 1, 'c': 2}[kind], 4: uint64(major), 8: uint64(minor)}
	for pc := 0; pc < len(p); pc++ {
		i := p[pc]
		dst, src, value := i.Registers&0xf, i.Registers>>4, uint64(i.Immediate)
		switch i.Op {
		case opLoad32:
			reg[dst] = memory[i.Offset]
		case opMove:
			reg[dst] = value
		case opMove32R:
			reg[dst] = reg[src]
		case opAnd32:
			reg[dst] &= value
		case opShift32:
			reg[dst] >>= value
		case opJump:
			pc += int(i.Offset)
		case opJumpNE:
			if reg[dst] != value {
				pc += int(i.Offset)
			}
		case opJumpSet:
			if reg[dst]&value != 0 {
				pc += int(i.Offset)
			}
		case opExit:
			return reg[regResult] == 1
		default:
			t.Fatalf("operation %#x", i.Op)
		}
	}
	t.Fatal("the program runs past its end")
	return false
}

// legacy decides as the version 1 devices controller does after the writes
// (devcgroup_legacy_check_permission in security/device_cgroup.c).
func legacy(t testing.TB, settings []Setting, kind byte, major, minor int64, asked access) bool {
	t.Helper()
	defaultAllow := false
	var exceptions []rule
	for _, s := range settings {
		if s.Value == "a" {
			defaultAllow, exceptions = s.File == "devices.allow", nil
			continue
		}
		d, err := ParseDeviceRule("allow " + s.Value)
		if err != nil {
			t.Fatal(err)
		}
		x, _, _ := checkRule(&d)
		if x.allow = s.File == "devices.allow"; x.allow == defaultAllow {
			t.Fatalf("%v restores the default", s)
		}
		exceptions = append(exceptions, x)
	}
	for _, x := range exceptions {
		if x.kind != kind || !covers(x.major, major) || !covers(x.minor, minor) {
			continue
		}
		if defaultAllow && asked&x.access != 0 {
			return false
		}
		if !defaultAllow && asked&^x.access == 0 {
			return true
		}
	}
	return defaultAllow
}

// everyRequest calls check with each request for a few devices.
func everyRequest(check func(kind byte, major, minor int64, asked access)) {
	for _, kind := range []byte{'b', 'c'} {
		for major := int64(0); major < 3; major++ {
			for minor := int64(0); minor < 3; minor++ {
				for asked := access(1); asked <= accessAll; asked++ {
					check(kind, major, minor, asked)
				}
			}
		}
	}
}

// anyRules makes up a list of rules about those devices.
func anyRules(r *rand.Rand) []specs.LinuxDeviceCgroup {
	list := make([]specs.LinuxDeviceCgroup, r.IntN(7))
	for i := range list {
		pick := func() *int64 {
			if n := r.Int64N(4) - 1; n >= 0 {
				return &n
			}
			return nil
		}
		list[i] = specs.LinuxDeviceCgroup{
			Allow: r.IntN(2) == 0, Type: []string{"", "a", "b", "c"}[r.IntN(4)], Major: pick(), Minor: pick(),
			Access: access(1 + r.IntN(7)).String(),
		}
	}
	return list
}

func TestDeviceRulesDecide(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	expressible := 0
	for range 3000 {
		list := anyRules(r)
		p, err := DeviceProgram(list)
		if err != nil {
			t.Fatal(err)
		}
		settings, errV1 := Settings(&specs.LinuxResources{Devices: list}, all(V1))
		if errV1 == nil {
			expressible++
		}
		everyRequest(func(kind byte, major, minor int64, asked access) {
			want := allowed(list, kind, major, minor, asked)
			if got := run(t, p, kind, major, minor, asked); got != want {
				t.Fatalf("v2: %c %d:%d %s: %v, want %v with\n%s%s", kind, major, minor, asked, got, want, spelt(list), p)
			}
			// The kernel asks for the making of a node and for nothing else beside it.
			if errV1 != nil || asked&accessMknod != 0 && asked != accessMknod {
				return
			}
			if got := legacy(t, settings, kind, major, minor, asked); got != want {
				t.Fatalf("v1: %c %d:%d %s: %v, want %v with\n%s%s", kind, major, minor, asked, got, want, spelt(list), lines(settings))
			}
		})
	}
	if expressible < 800 {
		t.Errorf("only %d lists could be expressed in version 1", expressible)
	}
}

// A rule stays what it is beside one that lets nodes be made.
func TestRulesAreNotJoinedForNodes(t *testing.T) {
	settings, err := Settings(&specs.LinuxResources{Devices: rules(t, `
		allow b 8:20 rw
		allow b *:* m
		allow c *:* rm
		allow c 1:3 w`)}, all(V1))
	if err != nil {
		t.Fatal(err)
	}
	want := "devices.deny=a b 8:20 rw b *:* m c *:* rm c 1:3 rw"
	got := make([]string, len(settings))
	for i, s := range settings {
		got[i] = s.Value
	}
	if s := "devices.deny=" + strings.Join(got, " "); s != want {
		t.Errorf("%s, want %s", s, want)
	}
}

func TestDeviceProgramText(t *testing.T) {
	p, err := DeviceProgram(rules(t, `
		allow b 8:0 rwm
		deny a *:* rwm
		allow c *:* m
		allow c 136:* rw
		deny c 136:7 w`))
	if err != nil {
		t.Fatal(err)
	}
	// The first rule is out of reach and leaves nothing behind.
	const want = `0	kind = u32[context + 0]
1	access = kind
2	kind &= 65535
3	access >>= 16
4	major = u32[context + 4]
5	minor = u32[context + 8]
6	if kind != 2 goto 13
7	if major != 136 goto 13
8	if minor != 7 goto 13
9	if access & 4 goto 11
10	goto 13
11	result = 0
12	exit
13	if kind != 2 goto 19
14	if major != 136 goto 19
15	access &= 1
16	if access != 0 goto 19
17	result = 1
18	exit
19	if kind != 2 goto 24
20	access &= 6
21	if access != 0 goto 24
22	result = 1
23	exit
24	result = 0
25	exit
`
	if got := p.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if n := len(p.Bytes()); n != 8*len(p) {
		t.Errorf("%d bytes for %d instructions", n, len(p))
	}
	empty, err := DeviceProgram(nil)
	if err != nil || run(t, empty, 'c', 1, 3, accessRead) {
		t.Errorf("no rules must deny: %v", err)
	}
}

// Docker's config names what the runtime allows as well.
func TestRulesThatOthersDecideAreNoPartOfTheProgram(t *testing.T) {
	program := func(text string) string {
		p, err := DeviceProgram(rules(t, text))
		if err != nil {
			t.Fatal(err)
		}
		return p.String()
	}
	long := program(`
		deny a *:* rwm
		allow c 1:3 rwm
		deny c 5:1 r
		allow b 8:* m
		allow c 1:3 rw
		allow b *:* rwm
		allow c 5:1 rw
		allow c 1:3 rwm`)
	short := program(`
		deny a *:* rwm
		allow b *:* rwm
		allow c 5:1 rw
		allow c 1:3 rwm`)
	if long != short {
		t.Errorf("got\n%swant\n%s", long, short)
	}
}

func TestDeviceProgramFaults(t *testing.T) {
	_, err := DeviceProgram([]specs.LinuxDeviceCgroup{{Access: "rwm"}, {Access: "rwx"}, {Type: "z", Access: "r"}})
	checkFaults(t, "program", err, []string{"/devices/1/access: ", "/devices/2/type: "})
}

func TestDeviceRulesInVersion1(t *testing.T) {
	for _, c := range []struct{ name, rules, want string }{
		{
			"an engine's list", "deny a *:* rwm\nallow c 1:3 rwm\nallow c *:* m\nallow b *:* m",
			"devices.deny a,devices.allow c 1:3 rwm,devices.allow c *:* m,devices.allow b *:* m",
		},
		{"a privileged container", "allow a *:* rwm\nallow c 1:3 rwm\nallow c *:* m", "devices.allow a"},
		{"everything but one", "allow a *:* rwm\ndeny b 8:* w", "devices.allow a,devices.deny b 8:* w"},
		{"all kinds become both", "allow a 1:* r", "devices.deny a,devices.allow b 1:* r,devices.allow c 1:* r"},
		{"taken back whole", "allow c 1:3 rwm\nallow c 1:5 r\ndeny c 1:* wm", "devices.deny a,devices.allow c 1:3 r,devices.allow c 1:5 r"},
		{"each half of an access", "allow c *:* r\nallow c 1:3 w", "devices.deny a,devices.allow c *:* r,devices.allow c 1:3 rw"},
		{"crossing", "allow c 1:* r\nallow c *:3 w", "devices.deny a,devices.allow c 1:* r,devices.allow c *:3 w,devices.allow c 1:3 rw"},
		{"a hole", "allow c *:* rwm\nallow c 5:1 r\ndeny c 5:1 w", "hole 2 in 0"},
		{"a hole of other access is none", "allow c *:* m\ndeny c 5:1 w", "devices.deny a,devices.allow c *:* m"},
		{"an exception from an exception", "allow a *:* rwm\ndeny c *:* rwm\nallow c 1:3 r", "hole 2 in 1"},
		{"no rules", "", "devices.deny a"},
	} {
		settings, err := Settings(&specs.LinuxResources{Devices: rules(t, c.rules)}, all(V1))
		var got []string
		for _, s := range settings {
			got = append(got, s.File+" "+s.Value)
		}
		if hole, ok := strings.CutPrefix(c.want, "hole "); ok {
			rule, of, _ := strings.Cut(hole, " in ")
			checkFaults(t, c.name, err, []string{"/devices/" + rule + ": cannot use this device rule: it takes back a part of what rule " + of + " says"})
		} else if s := strings.Join(got, ","); s != c.want || err != nil {
			t.Errorf("%s: got %s, %v; want %s", c.name, s, err, c.want)
		}
	}
	// Devices that are not mentioned stay as they are.
	if s, err := Settings(&specs.LinuxResources{}, all(V1)); len(s) != 0 || err != nil {
		t.Errorf("nil devices: %v %v", s, err)
	}
}

func TestDeviceRuleText(t *testing.T) {
	for text, again := range map[string]string{
		"allow c 1:3 rwm": "", "deny a *:* rwm": "", "allow b 8:* r": "", "allow c 5:1 mr": "allow c 5:1 rm", "allow u 1:3 w": "allow c 1:3 w",
		"allow c 4095:1048575 m": "",
	} {
		r, err := ParseDeviceRule(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if again == "" {
			again = text
		}
		if got, err := FormatDeviceRule(&r); err != nil || got != again {
			t.Errorf("%s became %s, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "allow", "permit c 1:3 rwm", "allow c 1:3", "allow c 13 rwm", "allow c 1:-1 r", "allow c -1:1 r", "allow c x:1 r",
		"allow  1:3 r", "allow c 1:3 rwx", "allow c 4096:0 r", "allow c 1:3 r ", "allow d 1:3 r", "allow c 1:3 ",
	} {
		if r, err := ParseDeviceRule(text); err == nil {
			t.Errorf("%q was taken as %v", text, r)
		}
	}
	if s, err := FormatDeviceRule(&specs.LinuxDeviceCgroup{}); err == nil {
		t.Errorf("a rule without access became %q", s)
	}
}

func TestDefaultDeviceRules(t *testing.T) {
	list := DefaultDeviceRules()
	const want = "allow c *:* m\nallow b *:* m\nallow c 1:3 rwm\nallow c 1:5 rwm\nallow c 1:7 rwm\nallow c 1:8 rwm\nallow c 1:9 rwm\n" +
		"allow c 5:0 rwm\nallow c 5:2 rwm\nallow c 136:* rwm\n"
	if got := spelt(list); got != want {
		t.Errorf("got\n%s", got)
	}
	*list[2].Major = 7
	if got := spelt(DefaultDeviceRules()); got != want {
		t.Error("a caller can change the rules of others")
	}
}

func BenchmarkDeviceProgram(b *testing.B) {
	list := append([]specs.LinuxDeviceCgroup{{Access: "rwm"}}, DefaultDeviceRules()...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DeviceProgram(list); err != nil {
			b.Fatal(err)
		}
	}
}

// Names of the requests, for the tests that ask the kernel.
func requestName(kind byte, major, minor int64, asked access) string {
	return string(kind) + " " + strconv.FormatInt(major, 10) + ":" + strconv.FormatInt(minor, 10) + " " + asked.String()
}
