package jsonwrite

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

func document(indent string) []byte {
	w := New(indent)
	w.Object(func() {
		w.Name("empty")
		w.Object(func() {})
		w.Name("list")
		w.Array(func() {
			w.Int(-1)
			w.Uint(1 << 63)
			w.Float(0)
			w.Float(12.34)
			w.Array(func() {})
			w.Object(func() {
				w.Name("a\"b")
				w.String("x\ny\t\\\x01\x7f\u2028é")
			})
		})
		w.Name("last")
		w.String("")
	})
	return w.Bytes()
}

func TestDocumentIsWhatTheLibraryWrites(t *testing.T) {
	compact := document("")
	var v any
	if err := json.Unmarshal(compact, &v); err != nil {
		t.Fatalf("%v in %s", err, compact)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, compact, "", "  "); err != nil {
		t.Fatal(err)
	}
	if got := document("  "); !bytes.Equal(got, indented.Bytes()) {
		t.Errorf("got\n%s\nwant\n%s", got, indented.Bytes())
	}
}

func FuzzString(f *testing.F) {
	for _, s := range []string{"", "a", "\x00\x1f\"\\/", "\xff\xfe", "é\u2028\U0001f600"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := New("")
		w.String(s)
		var got, want string
		if err := json.Unmarshal(w.Bytes(), &got); err != nil {
			t.Fatalf("%v in %q", err, w.Bytes())
		}
		library, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(library, &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q became %q, in the library %q", s, got, want)
		}
	})
}
