package plan

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// small is a plan with one of everything that Check looks at.
func small() *Plan {
	p := New()
	root, filter, master := p.Slot("root"), p.Slot("filter"), p.Slot("master")
	slave := p.Slot("slave")
	p.Add("/root", Clone(Parent, MountClone{Path: "/rootfs", Flags: CloneRecursive, Propagation: PropagationSlave | PropagationRec}, root))
	p.Add("/linux/namespaces", Spawn(NewPID|NewMount, true))
	p.Add("/linux/seccomp", Filter(filter, "3 rules"))
	p.Add("", Signals())
	p.Add("/mounts/0", Mount(FSMount{Type: "proc", Source: "proc", Dir: root, Path: "/proc", Attrs: AttrNosuid | AttrNodev, Flags: TargetOrdinary}))
	p.Add("/process/terminal", Terminal(root, master, slave, 24, 80, 0))
	p.Add("", Barrier(1, master))
	p.Add("/process/terminal", SendTerminal(master, "/run/console.sock"))
	p.Add("/linux/seccomp", Seccomp(filter, SeccompLog, ""))
	p.Add("/process/args", Exec("sh", []string{"/bin/sh"}, []string{"sh"}, []string{"A=1", ""}))
	return p
}

func TestCheckAcceptsAPlan(t *testing.T) {
	if err := small().Check(); err != nil {
		t.Fatal(err)
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Plan)
		words string
	}{
		"a slot assigned twice":               {func(p *Plan) { p.Steps[2].N[0] = 1 }, "assigned twice"},
		"a slot nobody assigned":              {func(p *Plan) { p.Steps[4].N[0] = int64(p.Slot("x")) }, "has not reached"},
		"a slot out of range":                 {func(p *Plan) { p.Steps[4].N[0] = 99 }, "there is no slot"},
		"a slot used before the go":           {func(p *Plan) { p.Steps[4].N[0] = 2 }, "has not reached"},
		"init's slot that the parent has not": {func(p *Plan) { p.Steps[6].N[1] = 0 }, "has not reached parent"},
		"init before spawn":                   {func(p *Plan) { p.Steps[0] = Signals() }, "before spawn"},
		"two spawns":                          {func(p *Plan) { p.Steps[2] = Spawn(0, false) }, "second spawn"},
		"a barrier out of turn":               {func(p *Plan) { p.Steps[6].N[0] = 2 }, "comes after"},
		"something after exec":                {func(p *Plan) { p.Add("", Session()) }, "after exec"},
		"no exec":                             {func(p *Plan) { p.Steps = p.Steps[:len(p.Steps)-1] }, "never executes"},
		"the wrong actor":                     {func(p *Plan) { p.Steps[3].Actor = Parent }, "parent cannot do it"},
		"init's step after exec":              {func(p *Plan) { p.Add("", Hook("poststart", false, Program{})); p.Add("", Umask(0)) }, "after exec"},
		"a parent's step after await":         {func(p *Plan) { p.Steps[8] = Await(2); p.Steps[9] = OOMScoreAdj(1) }, "parent is gone"},
		"a step before await":                 {func(p *Plan) { p.Steps[7] = Signals(); p.Steps[8] = Await(2) }, "unheard"},
		"a NUL in a string":                   {func(p *Plan) { p.Steps[9].L[1] = []string{"a\x00b"} }, "NUL"},
		"exec outside of a scope":             {func(p *Plan) { p.Steps[3] = Scope("a.scope", "a.slice", false, nil).AroundInit() }, "not be in its cgroup"},
		"exec before the device rules":        {func(p *Plan) { p.Steps[3] = LoadDevices(nil) }, "not in force"},
		"a hook before the device rules":      {func(p *Plan) { p.Steps[0], p.Steps[3] = LoadDevices(nil), Hook("prestart", false, Program{}) }, "not in force"},
		"device rules that init has not heard of": {func(p *Plan) {
			p.Steps = append([]Step{CgroupCreate("a", nil)}, p.Steps...)
			p.Steps[4], p.Steps[8], p.Steps[9] = LoadDevices(nil), p.Steps[9], CgroupDevices()
		}, "not in force"},
		"device rules without a cgroup":  {func(p *Plan) { p.Steps[2], p.Steps[3] = LoadDevices(nil), CgroupDevices() }, "takes a cgroup"},
		"device rules that nobody loads": {func(p *Plan) { p.Steps[2], p.Steps[3] = CgroupCreate("a", nil), CgroupDevices() }, "takes a cgroup"},
		"device rules loaded twice":      {func(p *Plan) { p.Steps[2], p.Steps[3] = LoadDevices(nil), LoadDevices(nil) }, "loaded already"},
		"an unknown kind":                {func(p *Plan) { p.Steps[3].Kind = kindCount }, "no kind"},
	} {
		t.Run(name, func(t *testing.T) {
			p := small()
			c.spoil(p)
			err := p.Check()
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Fatalf("got %v, want %q", err, c.words)
			}
		})
	}
}

func TestPrint(t *testing.T) {
	var b strings.Builder
	if err := small().Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  1  parent clone the mount of /rootfs  (recursive slave,recursive) → root",
		"  5  init   mount proc on /proc  (nosuid,nodev ordinary)",
		"/mounts/0\n",
		"  6  init   make a terminal  (24x80 owner 0) → master → slave",
		"  7  both   meet at barrier 1  (send master)\n",
		" 10  init   execute sh  (args sh env A=1,)",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the printed plan lacks %q:\n%s", want, b.String())
		}
	}
}

// A run of masks is one line that names them all; what differs in more than the
// path, or comes from another field, is not a part of it.
func TestPrintFoldsRuns(t *testing.T) {
	p := New()
	root, null := p.Slot("root"), p.Slot("null")
	p.Add("/linux/readonlyPaths/0", Readonly(root, "/proc/sys"))
	p.Add("/linux/maskedPaths/0", Mask(root, null, "/proc/acpi", ""))
	p.Add("/linux/maskedPaths/1", Mask(root, null, "/proc/kcore", ""))
	p.Add("/linux/maskedPaths/3", Mask(root, null, "/proc/keys", ""))
	p.Add("", Device(root, "/dev/null", 0o20666, Makedev(1, 3), 0, 0))
	p.Add("", Device(root, "/dev/zero", 0o20666, Makedev(1, 5), 0, 0))
	p.Add("", Device(root, "/dev/tty", 0o20666, Makedev(5, 0), 0, 5))
	for i, at := range []string{"/a", "/b"} {
		p.Add("/mounts/"+string(rune('0'+i)), Attach(p.Slot("x"), root, at, 0))
	}
	p.Add("/mounts/2", Clone(Init, MountClone{From: root, Path: "/c"}, p.Slot("y")))
	p.Add("/mounts/2", Clone(Init, MountClone{From: root, Path: "/d"}, p.Slot("z")))
	var b strings.Builder
	if err := p.Print(&b); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(b.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"1 init make /proc/sys read-only /linux/readonlyPaths/0",
		"2-3 init mask /proc/acpi, /proc/kcore /linux/maskedPaths/0-1",
		"4 init mask /proc/keys /linux/maskedPaths/3",
		"5-6 init make the device /dev/null 1:3, /dev/zero 1:5 (mode 0666 owner 0:0)",
		"7 init make the device /dev/tty 5:0 (mode 0666 owner 0:5)",
		"8 init attach x to /a /mounts/0",
		"9 init attach x to /b /mounts/1",
		"10-11 init clone the mount of root/c → y, root/d → z /mounts/2",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPrintKeepsControlCharactersOut(t *testing.T) {
	p := New()
	p.Add("", Hostname("evil\x1b[2J"))
	if got := p.Sentence(0); strings.Contains(got, "\x1b") {
		t.Fatalf("an escape sequence came through: %q", got)
	}
}

func TestFailureBeginsWithThePointer(t *testing.T) {
	if got, want := small().Failure(4), "/mounts/0: cannot mount proc on /proc"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// Every operand that a row's words name must exist, and every row must have words.
func TestTableIsWhole(t *testing.T) {
	words := map[string]bool{}
	p := New()
	for _, k := range Kinds() {
		r := &table[k]
		if r.word == "" || r.text == "" || r.actors == 0 {
			t.Errorf("kind %d has no word, sentence or actor", k)
		}
		if words[r.word] {
			t.Errorf("two kinds are called %s", r.word)
		}
		words[r.word] = true
		if len(r.n) > maxInts || len(r.s) > maxStrings || len(r.l) > maxLists {
			t.Errorf("%s has more operands than a step holds", r.word)
		}
		if text := p.fill(r.text+" "+r.more, &Step{Kind: k}); strings.Contains(text, "BUG") {
			t.Errorf("%s: %s", r.word, text)
		}
	}
}

// An operand of such a name would take the place of what every step has.
func TestJSONKeepsOperandsApart(t *testing.T) {
	for _, k := range Kinds() {
		r := &table[k]
		names := append(append([]string{r.ids}, r.s...), r.l...)
		for _, op := range r.n {
			names = append(names, op.name)
		}
		for i, n := range names {
			if slices.Contains([]string{"number", "actor", "step", "text", "pointer"}, n) || n != "" && slices.Contains(names[:i], n) {
				t.Errorf("%s: the operand %q has a name that is taken", r.word, n)
			}
		}
	}
}

func TestJSONHasEveryStep(t *testing.T) {
	data, err := small().JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Steps []struct {
			Number  int
			Actor   string
			Step    string
			Pointer string
			Paths   []string
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	last := got.Steps[len(got.Steps)-1]
	if len(got.Steps) != 10 || last.Step != "exec" || last.Number != 10 || last.Pointer != "/process/args" || len(last.Paths) != 1 {
		t.Fatalf("got %+v", got)
	}
}

func TestEncode(t *testing.T) {
	p := small()
	wire, err := p.Encode([]Slot{1}, Fault{Step: 5, Errno: 1})
	if err != nil {
		t.Fatal(err)
	}
	word := func(at int) int { return int(binary.LittleEndian.Uint32(wire[at:])) }
	if word(0) != wireMagic || word(8) != len(wire) || word(12) != 6 || word(16) != 5 || word(20) != 1 || word(24) != 5 || word(28) != 1 {
		t.Fatalf("the header is wrong: % x", wire[:headerSize])
	}
	if word(headerSize+6*stepSize) != 1 {
		t.Error("the inherited slot is not behind the steps")
	}
	// The last step: its env list has two entries, the second one empty.
	at := headerSize + 5*stepSize
	if binary.LittleEndian.Uint16(wire[at:]) != uint16(KindExec) || word(at+4) != 10 {
		t.Fatal("the last step is not exec")
	}
	list := word(at + 8 + 64 + 12 + 8)
	if list%8 != 0 || word(list) != 2 {
		t.Fatalf("the list at %d has %d entries", list, word(list))
	}
	if first := word(list + 8); string(wire[first:first+4]) != "A=1\x00" {
		t.Error("the first entry is not A=1")
	}
	if second := word(list + 16); wire[second] != 0 || word(list+24) != 0 {
		t.Error("the empty entry or the end of the list is missing")
	}
}

// A config may bind thousands of files of the host.
func TestEncodeManyInherited(t *testing.T) {
	inherited := make([]Slot, MaxSlots)
	for i := range inherited {
		inherited[i] = 1
	}
	wire, err := small().Encode(inherited, Fault{})
	if err != nil {
		t.Fatal(err)
	}
	last := headerSize + 6*stepSize + 4*(len(inherited)-1)
	if got := binary.LittleEndian.Uint32(wire[last:]); got != 1 {
		t.Errorf("the last inherited slot is %d, not 1", got)
	}
}

func TestEncodeCarriesWordsForThoseWhoStart(t *testing.T) {
	p := small()
	listen := p.Slot("listen")
	exec := p.Steps[9]
	p.Steps[2] = Listen("/run/x", listen)
	p.Steps[8] = Await(listen)
	p.Steps[9] = exec
	wire, err := p.Encode(nil, Fault{})
	if err != nil {
		t.Fatal(err)
	}
	at := headerSize + 5*stepSize + 8 + 64 + 12 + 12 + 8
	about := int(binary.LittleEndian.Uint32(wire[at:]))
	want := "exec /process/args: cannot execute sh\x00"
	if about == 0 || string(wire[about:about+len(want)]) != want {
		t.Fatal("the step after await has no words")
	}
}

func TestMessages(t *testing.T) {
	m := Message{Type: MessageFailed, Number: 7, Errno: 2, Text: "size=x"}
	got, ok := ParseMessage(m.AppendTo(nil))
	if !ok || got.Number != 7 || got.Errno != 2 || got.Text != "size=x" {
		t.Fatalf("got %+v, %v", got, ok)
	}
	for name, bad := range map[string][]byte{
		"short":            make([]byte, 15),
		"a go":             (&Message{Type: MessageGo}).AppendTo(nil),
		"no such type":     (&Message{Type: 9}).AppendTo(nil),
		"a text that lies": {4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 'x'},
	} {
		if _, ok := ParseMessage(bad); ok {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestHeaderIsFresh(t *testing.T) {
	got, err := os.ReadFile("../nsenter/init/plan.h")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Header() {
		t.Fatal("nsenter/init/plan.h is stale: go generate ./plan")
	}
}

func TestCapabilityNames(t *testing.T) {
	for _, word := range []string{"CAP_SYS_ADMIN", "sys_admin", "cap_Sys_Admin"} {
		if bit, ok := Capability(word); !ok || bit != 21 {
			t.Errorf("%s is %d, %v", word, bit, ok)
		}
	}
	if _, ok := Capability("CAP_NONE"); ok {
		t.Error("CAP_NONE is not a capability")
	}
	if got := CapabilityName(40); got != "CAP_CHECKPOINT_RESTORE" {
		t.Error(got)
	}
}

func TestMakedev(t *testing.T) {
	for _, c := range []struct {
		major, minor uint32
		want         uint64
	}{{1, 3, 0x103}, {136, 300, 0x10882c}, {0x12345, 0x6789a, 0x120006783459a}} {
		got := Makedev(c.major, c.minor)
		if got != c.want {
			t.Errorf("%d:%d is %#x, want %#x", c.major, c.minor, got, c.want)
		}
		if major(got) != uint64(c.major) || minor(got) != uint64(c.minor) {
			t.Errorf("%d:%d does not come back from %#x", c.major, c.minor, got)
		}
	}
}
