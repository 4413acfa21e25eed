// Command gen writes the decoders of the runtime-spec's types from the types
// themselves: go generate ./internal/specjson.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func main() {
	source, err := generate()
	if err == nil {
		err = os.WriteFile(os.Args[1], source, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// generate returns the source of decode_gen.go.
func generate() ([]byte, error) {
	structs := map[string]reflect.Type{}
	collect(reflect.TypeFor[specs.Spec](), structs)
	names := make([]string, 0, len(structs))
	for n := range structs {
		names = append(names, n)
	}
	sort.Strings(names)
	var b bytes.Buffer
	b.WriteString("// Code generated from the runtime-spec's types by go generate ./internal/specjson. DO NOT EDIT.\n\n")
	b.WriteString("package specjson\n\nimport (\n\t\"io/fs\"\n\n\t\"github.com/opencontainers/runtime-spec/specs-go\"\n)\n")
	for _, n := range names {
		writeStruct(&b, structs[n])
	}
	return format.Source(b.Bytes())
}

// collect finds the structs that t is made of.
func collect(t reflect.Type, structs map[string]reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		collect(t.Elem(), structs)
	case reflect.Struct:
		if structs[t.Name()] != nil {
			return
		}
		structs[t.Name()] = t
		for _, f := range members(t) {
			collect(f.Type, structs)
		}
	}
}

// members lists a struct's fields that JSON knows, those of embedded structs among them.
func members(t reflect.Type) []reflect.StructField {
	var list []reflect.StructField
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		list = append(list, f)
	}
	return list
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		return f.Name
	}
	return name
}

func writeStruct(b *bytes.Buffer, t reflect.Type) {
	fields := members(t)
	fmt.Fprintf(b, "\nvar names%s = [...]string{", t.Name())
	for _, f := range fields {
		fmt.Fprintf(b, "%q, ", jsonName(f))
	}
	b.WriteString("}\n\n")
	fmt.Fprintf(b, "func decode%s(d *decoder, v *%s) {\n\tif !d.open('{', \"an object\") {\n\t\treturn\n\t}\n", t.Name(), typeName(t))
	fmt.Fprintf(b, "\tfor n := 0; d.more('}', n); n++ {\n\t\tswitch field(names%s[:], d.member()) {\n", t.Name())
	for i, f := range fields {
		fmt.Fprintf(b, "\t\tcase %d:\n\t\t\t%s\n", i, call(f.Type, "d", "&v."+f.Name))
	}
	b.WriteString("\t\tdefault:\n\t\t\td.skip()\n\t\t}\n\t}\n}\n")
}

// call is the Go statement that decodes a value of type t into target.
func call(t reflect.Type, d, target string) string {
	switch t.Kind() {
	case reflect.Struct:
		return fmt.Sprintf("decode%s(%s, %s)", t.Name(), d, target)
	case reflect.String:
		return fmt.Sprintf("decodeString(%s, %s)", d, target)
	case reflect.Bool:
		return fmt.Sprintf("decodeBool(%s, %s)", d, target)
	case reflect.Int, reflect.Int32, reflect.Int64:
		return fmt.Sprintf("decodeInt(%s, %s, %d)", d, target, t.Bits())
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprintf("decodeUint(%s, %s, %d)", d, target, t.Bits())
	case reflect.Float64:
		return fmt.Sprintf("decodeFloat(%s, %s)", d, target)
	case reflect.Interface:
		return fmt.Sprintf("decodeAny(%s, %s)", d, target)
	case reflect.Pointer:
		return fmt.Sprintf("decodePointer(%s, %s, %s)", d, target, function(t.Elem()))
	case reflect.Slice:
		return fmt.Sprintf("decodeSlice(%s, %s, %s)", d, target, function(t.Elem()))
	case reflect.Map:
		return fmt.Sprintf("decodeMap(%s, %s, %s)", d, target, function(t.Elem()))
	}
	panic("no decoder for " + t.String())
}

// function is a function that decodes a value of type t.
func function(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		return "decode" + t.Name()
	case reflect.String:
		return "decodeString[" + typeName(t) + "]"
	case reflect.Bool:
		return "decodeBool"
	}
	return fmt.Sprintf("func(d *decoder, v *%s) { %s }", typeName(t), call(t, "d", "v"))
}

// typeName is how the generated file names a type.
func typeName(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Slice:
		return "[]" + typeName(t.Elem())
	case t.Kind() == reflect.Pointer:
		return "*" + typeName(t.Elem())
	case strings.HasSuffix(t.PkgPath(), "specs-go"):
		return "specs." + t.Name()
	}
	return t.String()
}
