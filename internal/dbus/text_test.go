package dbus

import (
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

func TestTextIsReadAsItIsWritten(t *testing.T) {
	for _, c := range []struct{ text, kind, written string }{
		{"true", "b", "true"},
		{" false ", "b", "false"},
		{"5", "i", "5"},
		{"-5", "i", "-5"},
		{"0x1F", "i", "31"},
		{"uint64 5", "t", "uint64 5"},
		{"uint64 18446744073709551615", "t", "uint64 18446744073709551615"},
		{"@t 5", "t", "uint64 5"},
		{"int16 -1", "n", "int16 -1"},
		{"byte 0x03", "y", "byte 0x03"},
		{"boolean true", "b", "true"},
		{"1.5", "d", "1.5"},
		{"1e3", "d", "1000.0"},
		{"double 2", "d", "2.0"},
		{"'it'", "s", "'it'"},
		{`"it's"`, "s", `'it\'s'`},
		{`'a\\b\n\u00e4\x'`, "s", `'a\\b\näx'`},
		{"''", "s", "''"},
		{"objectpath '/a'", "o", "objectpath '/a'"},
		{"['a', 'b']", "as", "['a', 'b']"},
		{"['a', ]", "as", "['a']"},
		{"@as []", "as", "@as []"},
		{"[uint32 1, 2]", "au", "[uint32 1, 2]"},
		{"@ay [1, 255]", "ay", "[byte 0x01, 0xff]"},
		{"('/dev/null', 'rw')", "(ss)", "('/dev/null', 'rw')"},
		{"(1,)", "(i)", "(1,)"},
		{"[('a', uint64 1), ('b', 2)]", "a(st)", "[('a', uint64 1), ('b', uint64 2)]"},
		{"<'v'>", "v", "<'v'>"},
		{"@aas [['a'], []]", "aas", "[['a'], []]"},
	} {
		v, err := ParseValue(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if v.Type != c.kind {
			t.Errorf("%s is a %s", c.text, v.Type)
		}
		again, err := ParseValue(v.String())
		if err != nil || again.String() != v.String() || again.Type != v.Type {
			t.Errorf("%s is written %s, which is read as %s: %v", c.text, v, again, err)
		}
		if c.written != v.String() && strings.Count(c.text, "(") < 2 {
			t.Errorf("%s is written %s", c.text, v)
		}
	}
}

func TestTextThatIsNoValue(t *testing.T) {
	for text, why := range map[string]string{
		"":                        "a value is missing",
		"word":                    "text is written in quotes",
		"1 2":                     "something follows",
		"'open":                   "the closing ' is missing",
		`'\`:                      "nothing follows the last backslash",
		`'\u12'`:                  "cut off",
		`'\ud800'`:                "is no character",
		"'\xff'":                  "UTF-8",
		"'\x00'":                  "NUL",
		"5000000000":              "too large",
		"byte 256":                "too large",
		"uint32 -1":               "no number",
		"99999999999999999999999": "too large",
		"[]":                      "must be told its type",
		"[1, 'a']":                "is wanted, not text",
		"[1":                      "] is missing",
		"()":                      "something in it",
		"@q 'a'":                  "not text",
		"@z 1":                    "letters of a type",
		"@(s":                     "letters of a type",
		"@as 5":                   "no value of type as",
		"@s [1]":                  "not an array",
		"@s (1,)":                 "not a tuple",
		"@s <1>":                  "not a variant",
		"@(ss) ('a',)":            "not one of type",
		"<1":                      "> is missing",
		"string 5":                "no value of type s",
		"boolean 1":               "neither true nor false",
		"int32 uint32 1":          "is wanted, not uint32",
		"{'a': 1}":                "no value that begins with",
		strings.Repeat("[", 99):   "too deeply",
		"objectpath 'a'":          "an object path in it is none",
		"objectpath '/a/'":        "an object path in it is none",
		"[<objectpath '/a b'>]":   "an object path in it is none",
		"signature 'a'":           "a signature in it is none",
		"<(signature '(i',)>":     "a signature in it is none",
		"signature '" + strings.Repeat("i", 256) + "'": "a signature in it is none",
		"<(" + strings.Repeat("1,", 254) + ")>":        "255 letters",
	} {
		v, err := ParseValue(text)
		if err == nil {
			t.Errorf("%q is read as %s", text, v)
		} else if !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The field's own library reads the same values out of the same text.
func TestTextIsThatOfOthers(t *testing.T) {
	for _, text := range []string{
		"true", "uint64 5", "'it'", "['a', 'b']", "@as []", "-5", "1.5", "[byte 0x01, 0x02]",
	} {
		theirs, err := dbus.ParseVariant(text, dbus.Signature{})
		if err != nil {
			t.Fatal(err)
		}
		ours, err := ParseValue(text)
		if err != nil || theirs.Signature().String() != ours.Type {
			t.Errorf("%s: %s and not %s, %v", text, ours, theirs, err)
		}
		if again, err := ParseValue(theirs.String()); err != nil || again.String() != ours.String() {
			t.Errorf("%s: what others write, %s, is read as %s, %v", text, theirs, again, err)
		}
	}
}

func FuzzParseValue(f *testing.F) {
	for _, seed := range []string{"true", "uint64 5", "@a(st) [('a', 1)]", "<[(1,)]>", `'\u00e4'`, "[byte 1]", "-1e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseValue(text)
		if err != nil {
			return
		}
		again, err := ParseValue(v.String())
		if err != nil || again.Type != v.Type || again.String() != v.String() {
			t.Errorf("%q is written %s, and read as %s: %v", text, v, again, err)
		}
		m := Message{Kind: Signal, Path: "/", Interface: "a.b", Member: "C", Body: []Value{v}}
		back, err := Decode(m.Encode())
		if err != nil || len(back.Body) != 1 || back.Body[0].String() != v.String() {
			t.Errorf("%s does not come back: %v", v, err)
		}
	})
}
