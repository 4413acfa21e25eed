package fields

import (
	"reflect"
	"strings"
)

// platforms are the parts of a config that are for others than Linux: their
// fields are refused with them.
var platforms = map[string]bool{"/solaris": true, "/windows": true, "/vm": true, "/zos": true, "/freebsd": true}

// Field is a field of the specification: its pointer, in which * stands for an item
// of a list or a member of a map, ends with its JSON name. Name is that in Go.
type Field struct {
	Pointer, Name string
	Type          reflect.Type
}

// Of lists the fields of a type, deepest last.
func Of(t reflect.Type, pointer string) (list []Field) {
	switch t.Kind() {
	case reflect.Pointer:
		return Of(t.Elem(), pointer)
	case reflect.Slice, reflect.Map:
		return Of(t.Elem(), pointer+"/*")
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			at := pointer + "/" + name
			if f.Anonymous {
				at = pointer
			} else {
				list = append(list, Field{at, f.Name, f.Type})
			}
			if !platforms[at] {
				list = append(list, Of(f.Type, at)...)
			}
		}
	}
	return list
}
