package specconv

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/tests/fields"
)

// neverWrong are the fields of which no value is a fault, and why.
var neverWrong = map[string]string{
	"/process/terminal":                 eitherIsRight,
	"/process/capabilities":             warnedOf,
	"/process/capabilities/bounding":    warnedOf,
	"/process/capabilities/effective":   warnedOf,
	"/process/capabilities/inheritable": warnedOf,
	"/process/capabilities/permitted":   warnedOf,
	"/process/capabilities/ambient":     warnedOf,
	"/process/rlimits/*/hard":           "every number is a limit, and the largest is none (RLIM_INFINITY); one below soft is told of soft",
	"/process/noNewPrivileges":          eitherIsRight,
	"/root/readonly":                    eitherIsRight,

	"/linux/resources/devices/*/allow":                        eitherIsRight,
	"/linux/resources/memory/useHierarchy":                    "the kernel does so in any case since Linux 5.11",
	"/linux/resources/memory/checkBeforeUpdate":               eitherIsRight,
	"/linux/resources/cpu/shares":                             "a number outside the kernel's bounds is the nearest in them, as the kernel does it on v1",
	"/linux/resources/blockIO/throttleReadBpsDevice/*/rate":   everyNumber,
	"/linux/resources/blockIO/throttleWriteBpsDevice/*/rate":  everyNumber,
	"/linux/resources/blockIO/throttleReadIOPSDevice/*/rate":  everyNumber,
	"/linux/resources/blockIO/throttleWriteIOPSDevice/*/rate": everyNumber,
	"/linux/resources/hugepageLimits/*/limit":                 everyNumber,
	"/linux/resources/network/priorities/*/priority":          everyNumber,
	"/linux/resources/rdma/*/hcaHandles":                      beyondInt,
	"/linux/resources/rdma/*/hcaObjects":                      beyondInt,
	"/linux/devices/*/fileMode":                               "its low 12 bits are the mode; engines leave bits of the file's type in it",
	"/linux/seccomp/syscalls/*/args/*/value":                  everyNumber,
	"/linux/seccomp/syscalls/*/args/*/valueTwo":               everyNumber,
	"/linux/timeOffsets/*/secs":                               "how far a clock can be put back depends on how long the host is up: the kernel refuses it when it is written",
}

const (
	beyondInt     = "a number of more than 31 bits is one that the kernel refuses when it is written"
	eitherIsRight = "both values can be had"
	everyNumber   = "every number of this size is one that the kernel takes"
	warnedOf      = "what cannot be granted is left out with a warning, as the specification wants it: TestWarnings"
)

// members says whether a field is made of others, whose faults are its own.
func members(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return members(t.Elem())
	}
	return t.Kind() == reflect.Struct
}

// faulted says whether one of the pointers is that of a field or of an item of it,
// or, of one that has members, below it.
func faulted(f fields.Field, pointers [][]string) bool {
	parts := strings.Split(f.Pointer, "/")
	return slices.ContainsFunc(pointers, func(p []string) bool {
		if len(p) < len(parts) || len(p) > len(parts)+1 && !members(f.Type) {
			return false
		}
		for i, part := range parts {
			if part != "*" && part != p[i] {
				return false
			}
		}
		return true
	})
}

// Each field of the specification has a value that is refused with its pointer, or
// the reason why it has none.
func TestEveryFieldHasAFault(t *testing.T) {
	var pointers [][]string
	for _, c := range everyFault(t) {
		for _, want := range c.want {
			pointer, _, _ := strings.Cut(want, ": ")
			pointers = append(pointers, strings.Split(pointer, "/"))
		}
	}
	unexplained := map[string]bool{}
	for _, f := range fields.Of(reflect.TypeFor[specs.Spec](), "") {
		reason, has := neverWrong[f.Pointer], faulted(f, pointers)
		if has == (reason != "") {
			t.Errorf("%s (%s): has a fault: %v; reason: %q", f.Pointer, f.Type, has, reason)
		}
		unexplained[f.Pointer] = true
	}
	for pointer := range neverWrong {
		if !unexplained[pointer] {
			t.Errorf("%s: the specification has no such field", pointer)
		}
	}
}
