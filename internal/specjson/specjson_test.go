package specjson

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// fill sets every exported field to something that is not zero.
func fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous {
				fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), depth+1)
		fill(v.Index(1), depth+1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		e := reflect.New(v.Type().Elem()).Elem()
		fill(e, depth+1)
		v.SetMapIndex(reflect.ValueOf("a/b~c \u00e9\"\\\n"), e)
	case reflect.String:
		v.SetString("x\t\U0001F600")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(-int64(depth) - 1)
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(depth) + 1)
	case reflect.Float64:
		v.SetFloat(1.5)
	}
}

// The decoder agrees with encoding/json, and no field of the spec is missed.
func TestAgreesWithEncodingJSON(t *testing.T) {
	var whole specs.Spec
	fill(reflect.ValueOf(&whole).Elem(), 0)
	whole.Windows.CredentialSpec = nil
	data, err := json.Marshal(&whole)
	if err != nil {
		t.Fatal(err)
	}
	corpus := map[string][]byte{
		"every field": data, "empty object": []byte("{}"), "null": []byte("null"),
		"nulls":     []byte(`{"process":null,"mounts":null,"hostname":null,"linux":{"resources":{"memory":null},"seccomp":null}}`),
		"any case":  []byte(`{"OCIVERSION":"1","Process":{"ARGS":["a"],"user":{"UID":3}}}`),
		"last wins": []byte(`{"hostname":"a","hostname":"b","process":{"cwd":"/a"},"process":{"terminal":true}}`),
		"escapes":   []byte(`{"hostname":"\u0041\ud83d\ude00\ud83dx\/\b"}`),
	}
	files, _ := filepath.Glob("testdata/*.json")
	if len(files) == 0 {
		t.Fatal("there are no samples")
	}
	for _, f := range files {
		if corpus[f], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range corpus {
		var want specs.Spec
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(name, err)
		}
		got, err := DecodeSpec(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(*got, want) {
			a, _ := json.MarshalIndent(got, "", " ")
			b, _ := json.MarshalIndent(want, "", " ")
			t.Errorf("%s: got %s\nwant %s", name, a, b)
		}
	}
}

func TestFaults(t *testing.T) {
	for document, want := range map[string]string{
		``:                                "line 1, column 1: the document is empty",
		" \n ":                            "the document is empty",
		`{"process":{"args":["sh",5]}}`:   "line 1, column 26: /process/args/1 must be a string, not a number",
		"{\n  \"hostname\": 5\n}":         "line 2, column 15: /hostname must be a string, not a number",
		`{"process":{"user":{"uid":-1}}}`: "/process/user/uid must be a whole number from 0 to 2^32-1, not -1",
		`{"process":{"user":{"uid":4294967296}}}`: "/process/user/uid must be a whole number",
		`{"process":{"user":{"uid":1.0}}}`:        "not 1.0",
		`{"process":{"terminal":"yes"}}`:          "/process/terminal must be true or false, not a string",
		`{"mounts":{}}`:                           "/mounts must be an array, not an object",
		`{"linux":{"sysctl":{"a/b":1}}}`:          "/linux/sysctl/a~1b must be a string, not a number",
		`[]`:                                      "must be an object, not an array",
		"{\n\"a\": tru}":                          "line 2, column 6: an unknown word",
		`{"a":1`:                                  "the document ends too early",
		`{"a":1}}`:                                "something follows the end",
		`{"a":1,}`:                                "missing after a comma",
		`{"a" 1}`:                                 "a colon is missing",
		`{"a":"x`:                                 "closing quote",
		`{"a":01}`:                                "a comma or } is missing",
		`{"a":"\x"}`:                              "an unknown escape",
		"{\"a\":\"\n\"}":                          "a control character",
		`{'a':1}`:                                 "a name in quotes is missing",
		`{"x":` + strings.Repeat("[", 2000):       "it nests too deeply",
		`{"hostname":1,"root":2}`:                 "/hostname must be a string, not a number; line 1, column 22: /root must be an object",
	} {
		_, err := DecodeSpec([]byte(document))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: got %v, want %q", document, err, want)
		}
	}
}

func TestManyFaultsAreBounded(t *testing.T) {
	_, err := DecodeSpec([]byte(`{"process":{"args":[` + strings.Repeat("1,", 5000) + `1]}}`))
	if err == nil || len(err.(*Error).Faults) != maxFaults {
		t.Error(err)
	}
}

func FuzzDecodeSpec(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"process":{"user":{"uid":1}},"linux":{"sysctl":{"a":"b"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := DecodeSpec(data)
		var want specs.Spec
		wantErr := json.Unmarshal(data, &want)
		// One difference is meant: encoding/json takes deeper nesting.
		if (err == nil) != (wantErr == nil) && !(err != nil && strings.Contains(err.Error(), "nests")) {
			t.Fatalf("got %v, encoding/json %v", err, wantErr)
		}
		if err == nil && (want.Windows == nil || want.Windows.CredentialSpec == nil) && !reflect.DeepEqual(*got, want) {
			t.Fatalf("got %+v, encoding/json %+v", got, want)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data, err := os.ReadFile("testdata/podman.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := DecodeSpec(data); err != nil {
			b.Fatal(err)
		}
	}
}
