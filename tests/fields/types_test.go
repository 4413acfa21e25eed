package fields

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/internal/specjson"
)

// put is a value of a type with something else at a pointer's parts, and the
// pointer with the indices and keys that the value has.
func put(t reflect.Type, parts []string, value any) (whole any, pointer string) {
	if t.Kind() == reflect.Pointer {
		return put(t.Elem(), parts, value)
	}
	if len(parts) == 0 {
		return value, ""
	}
	switch t.Kind() {
	case reflect.Slice:
		inside, at := put(t.Elem(), parts[1:], value)
		return []any{inside}, "/0" + at
	case reflect.Map:
		inside, at := put(t.Elem(), parts[1:], value)
		return map[string]any{"key": inside}, "/key" + at
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				if whole, pointer = put(f.Type, parts, value); whole != nil {
					return whole, pointer
				}
			}
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == parts[0] {
				inside, at := put(f.Type, parts[1:], value)
				return map[string]any{name: inside}, "/" + name + at
			}
		}
	}
	return nil, ""
}

// A value of another type is told of with the pointer of the field.
func TestEveryFieldHasItsType(t *testing.T) {
	whole := reflect.TypeFor[specs.Spec]()
	for _, f := range Of(whole, "") {
		for _, wrong := range []any{true, "x", 1.5, []int{1}, map[string]int{"x": 1}} {
			config, pointer := put(whole, strings.Split(f.Pointer, "/")[1:], wrong)
			data, err := json.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			_, err = specjson.DecodeSpec(data)
			if takes := json.Unmarshal(data, new(specs.Spec)) == nil; takes != (err == nil) {
				t.Errorf("%s: %v", data, err)
			}
			if err != nil && !strings.Contains(err.Error(), pointer+" must be ") && !strings.Contains(err.Error(), pointer+"/") {
				t.Errorf("%s: %v does not speak of %s", data, err, pointer)
			}
		}
	}
}
