package specconv

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/internal/specjson"
)

// realConfigs are what engines and runtimes have written, and one with all that tare
// acts on.
func realConfigs(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../internal/specjson/testdata/*.json")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	configs := map[string][]byte{}
	for _, file := range append(files, "testdata/whole.json") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		configs[filepath.Base(file)] = data
	}
	return configs
}

// wholeHost is one on which the whole config can be made.
func wholeHost(t testing.TB) *Facts {
	return pinned(t, withResctrl, `{"appArmor": true, "selinux": true}`)
}

func TestWholeConfigIsAccepted(t *testing.T) {
	spec, err := specjson.DecodeSpec(realConfigs(t)["whole.json"])
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(spec, wholeHost(t), defaultOptions())
	judge(t, p, err)
	if err != nil {
		t.Error(err)
	}
}

// mutation is a document with one value changed.
type mutation struct {
	pointer string
	value   any
	foreign bool // of a type that the value does not have
	data    []byte
}

// spoilt are values that may stand where one of their type is expected.
func spoilt(old any) (same, foreign []any) {
	switch v := old.(type) {
	case string:
		same = []any{"", "a\x00b", "\x1b[1m\n", "..", "/", "/../..", "0", "-1", "a=b", strings.Repeat("x", 5000), strings.ToLower(v), v + "\n", v + "," + v}
		foreign = []any{json.Number("7"), true, []any{}, map[string]any{}}
	case json.Number:
		same = []any{json.Number("0"), json.Number("1"), json.Number("-1"), json.Number("9223372036854775807"), json.Number("4294967295"), json.Number("65536")}
		foreign = []any{"7", true, json.Number("1.5"), []any{}, map[string]any{}}
	case bool:
		same, foreign = []any{!v}, []any{"true", json.Number("1"), []any{}, map[string]any{}}
	case []any:
		same, foreign = []any{[]any{}, slices.Concat(v, v), []any{nil}}, []any{"x", json.Number("1"), map[string]any{}}
	case map[string]any:
		same, foreign = []any{map[string]any{}}, []any{"x", json.Number("1"), []any{}}
	}
	return append(same, nil), foreign
}

// mutations changes each value of a document in turn; of lists the first two elements.
func mutations(t testing.TB, document []byte) (list []mutation) {
	t.Helper()
	root := value(t, document)
	var walk func(at any, pointer string, set func(any))
	try := func(pointer string, set func(any), old any) {
		same, foreign := spoilt(old)
		for i, v := range slices.Concat(same, foreign) {
			set(v)
			data, err := json.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, mutation{pointer, v, i >= len(same), data})
		}
		set(old)
	}
	walk = func(at any, pointer string, set func(any)) {
		try(pointer, set, at)
		switch v := at.(type) {
		case map[string]any:
			for name, member := range v {
				walk(member, key(pointer, name), func(to any) { v[name] = to })
			}
		case []any:
			for i := range v[:min(len(v), 2)] {
				walk(v[i], item(pointer, i), func(to any) { v[i] = to })
			}
		}
	}
	walk(root, "", func(to any) { root = to })
	return list
}

// Whatever one value of a real config is changed to: it is refused in words for
// people, a value of another type at its own place, or makes a plan that can be
// carried out.
func TestRealConfigsWithOneValueChanged(t *testing.T) {
	all := fuzzHosts(t)
	for name, config := range realConfigs(t) {
		t.Run(name, func(t *testing.T) {
			list := mutations(t, config)
			if len(list) < 500 {
				t.Errorf("there are only %d", len(list))
			}
			for _, m := range list {
				decodeAndCompile(t, &m, all)
			}
		})
	}
}

func decodeAndCompile(t *testing.T, m *mutation, all map[string]*Facts) {
	t.Helper()
	spec, err := specjson.DecodeSpec(m.data)
	if m.foreign {
		var wrong *specjson.Error
		if !errors.As(err, &wrong) || len(wrong.Faults) != 1 || wrong.Faults[0].Pointer != m.pointer {
			t.Errorf("%s: %v instead of one fault there", m.pointer, err)
		}
		return
	}
	if err != nil {
		if text := err.Error(); strings.ContainsAny(text, "\x1b\n\x00") {
			t.Errorf("%s: %q", m.pointer, text)
		}
		return
	}
	for host, facts := range all {
		p, err := Compile(spec, facts, defaultOptions())
		judge(t, p, err)
		if t.Failed() {
			t.Fatalf("%s: %.200s on %s", m.pointer, shown(m.value), host)
		}
	}
}

func shown(v any) string {
	data, _ := json.Marshal(v)
	return strconv.Quote(string(data))
}

// absent are fields that the whole config cannot have beside the others, or that
// are refused.
const absent = `/linux/netDevices /linux/personality/flags /process/commandLine /process/user/username /solaris /vm /windows /zos /freebsd
	/linux/resources/blockIO/leafWeight /linux/resources/blockIO/weightDevice/*/leafWeight /linux/resources/cpu/idle /linux/resources/network
	/linux/resources/cpu/realtimePeriod /linux/resources/cpu/realtimeRuntime /linux/resources/memory/disableOOMKiller /linux/resources/memory/kernel
	/linux/resources/memory/kernelTCP /linux/resources/memory/swappiness /linux/resources/memory/useHierarchy`

func TestWholeConfigIsWhole(t *testing.T) {
	without, seen := strings.Fields(absent), map[string]bool{}
	var look func(typ reflect.Type, at any, pointer string)
	look = func(typ reflect.Type, at any, pointer string) {
		switch typ.Kind() {
		case reflect.Pointer:
			look(typ.Elem(), at, pointer)
		case reflect.Slice:
			list, _ := at.([]any)
			for _, v := range list {
				look(typ.Elem(), v, pointer+"/*")
			}
		case reflect.Struct:
			object, _ := at.(map[string]any)
			for i := range typ.NumField() {
				name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				if typ.Field(i).Anonymous {
					look(typ.Field(i).Type, at, pointer)
					continue
				}
				v, ok := object[name]
				seen[pointer+"/"+name] = seen[pointer+"/"+name] || ok
				if ok {
					look(typ.Field(i).Type, v, pointer+"/"+name)
				}
			}
		}
	}
	look(reflect.TypeFor[specs.Spec](), value(t, realConfigs(t)["whole.json"]), "")
	if len(seen) < 150 {
		t.Errorf("only %d fields were looked for", len(seen))
	}
	for pointer, there := range seen {
		if there == slices.Contains(without, pointer) {
			t.Errorf("%s: there is %v", pointer, there)
		}
	}
}
