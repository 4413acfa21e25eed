package dbus

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"

	"github.com/godbus/dbus/v5"
)

func call() *Message {
	return &Message{
		Kind: MethodCall, Serial: 7, Path: "/org/freedesktop/systemd1", Interface: "org.freedesktop.systemd1.Manager",
		Member: "StartTransientUnit", Destination: "org.freedesktop.systemd1",
		Body: []Value{
			String("a.scope"), String("fail"),
			Array("(sv)",
				Tuple(String("Delegate"), Variant(Bool(true))),
				Tuple(String("PIDs"), Variant(Array("u", Uint32(42)))),
				Tuple(String("MemoryMax"), Variant(Uint64(1<<40))),
				Tuple(String("AllowedCPUs"), Variant(Bytes([]byte{1, 2, 3}))),
				Tuple(String("DeviceAllow"), Variant(Array("(ss)", Tuple(String("/dev/null"), String("rwm"))))),
				Tuple(String("Empty"), Variant(Array("(st)"))),
				Tuple(String("Number"), Variant(Value{Type: "n", N: ^uint64(0)})),
			),
			Array("(sa(sv))"),
		},
	}
}

// The field's own library understands what is sent, and what it writes is understood.
func TestMessagesAreThoseOfOthers(t *testing.T) {
	theirs, err := dbus.DecodeMessage(bytes.NewReader(call().Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if err := theirs.IsValid(); err != nil {
		t.Error(err)
	}
	if theirs.Headers[dbus.FieldMember].Value() != "StartTransientUnit" || theirs.Serial() != 7 {
		t.Errorf("got %v", theirs)
	}
	properties := theirs.Body[2].([][]any)
	want := []any{true, []uint32{42}, uint64(1 << 40), []byte{1, 2, 3}, [][]any{{"/dev/null", "rwm"}}, [][]any{}, int16(-1)}
	for i, p := range properties {
		if got := p[1].(dbus.Variant).Value(); !reflect.DeepEqual(got, want[i]) {
			t.Errorf("%v is %#v, not %#v", p[0], got, want[i])
		}
	}
	type entry struct {
		Path string
		N    uint64
	}
	reply := dbus.Message{Type: dbus.TypeMethodReply, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldReplySerial: dbus.MakeVariant(uint32(7)),
		dbus.FieldSender:      dbus.MakeVariant(":1.5"),
	}}
	reply.Body = []any{byte(1), "é", dbus.ObjectPath("/job/1"), []entry{{"/dev/null", 5}}, dbus.MakeVariant([]string{"x", "y"}), int16(-1), 1.5, []entry{}}
	reply.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(reply.Body...))
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		var b bytes.Buffer
		if err := reply.EncodeTo(&b, order); err != nil {
			t.Fatal(err)
		}
		ours, err := Decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if ours.Kind != MethodReturn || ours.ReplyTo != 7 || ours.Sender != ":1.5" {
			t.Errorf("got %+v", ours)
		}
		want := "(byte 0x01, 'é', objectpath '/job/1', [('/dev/null', uint64 5)], <['x', 'y']>, int16 -1, 1.5, @a(st) [])"
		if got := Tuple(ours.Body...).String(); got != want {
			t.Errorf("got %s", got)
		}
	}
}

func TestAMessageThatIsCutOff(t *testing.T) {
	whole := call().Encode()
	for n := range whole {
		if _, err := Decode(whole[:n]); err == nil {
			t.Fatalf("%d bytes of %d are a message", n, len(whole))
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(call().Encode())
	f.Add((&Message{Kind: Failure, ReplyTo: 1, ErrorName: "a.b", Body: []Value{String("x")}}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		if _, err := Decode(m.Encode()); err != nil {
			t.Errorf("%+v does not come back: %v", m, err)
		}
	})
}

// systemd sends every signal to whoever subscribed, also those with dictionaries.
func TestASignalWithADictionary(t *testing.T) {
	property := Tuple(String("ActiveState"), Variant(String("active")))
	for _, kind := range []Kind{Signal, MethodReturn} {
		m := Message{Kind: kind, Serial: 7, Path: "/org/x", Interface: "org.x.Properties", Member: "PropertiesChanged", Body: []Value{
			String("org.x.Unit"), Array(property.Type, property), Array("s"),
		}}
		// A dictionary's entry lies in a message as a tuple of two does.
		wire := bytes.Replace(m.Encode(), []byte("sa(sv)as"), []byte("sa{sv}as"), 1)
		got, err := Decode(wire)
		if kind == MethodReturn {
			if err == nil {
				t.Error("an answer that cannot be read is read")
			}
			continue
		}
		if err != nil || got.Member != m.Member || got.Body != nil {
			t.Errorf("%+v, %v", got, err)
		}
	}
}
