package dbus

import (
	"errors"
	"math"
	"strings"
)

// Value is a value of any D-Bus type but a dictionary or a descriptor.
type Value struct {
	// Type is its signature.
	Type string
	// N has the bits of a number, sign-extended; 0 or 1 for a boolean.
	N uint64
	// S is a string, an object path or a signature.
	S string
	// L are the elements of an array or the members of a tuple; of a variant, its
	// only content.
	L []Value
}

// Constructors of the types that are used by name.

// Bool is a boolean.
func Bool(b bool) Value {
	v := Value{Type: "b"}
	if b {
		v.N = 1
	}
	return v
}

// Uint32 is an unsigned number of 32 bits.
func Uint32(n uint32) Value { return Value{Type: "u", N: uint64(n)} }

// Uint64 is an unsigned number of 64 bits.
func Uint64(n uint64) Value { return Value{Type: "t", N: n} }

// String is a string.
func String(s string) Value { return Value{Type: "s", S: s} }

// Array has elements of one type, which must be given for the case that there are none.
func Array(element string, list ...Value) Value { return Value{Type: "a" + element, L: list} }

// Bytes is an array of bytes.
func Bytes(b []byte) Value {
	v := Value{Type: "ay", L: make([]Value, len(b))}
	for i := range b {
		v.L[i] = Value{Type: "y", N: uint64(b[i])}
	}
	return v
}

// Tuple is a struct of D-Bus.
func Tuple(list ...Value) Value {
	v := Value{L: list}
	for i := range list {
		v.Type += list[i].Type
	}
	v.Type = "(" + v.Type + ")"
	return v
}

// Variant is a value that carries its type with it.
func Variant(v Value) Value { return Value{Type: "v", L: []Value{v}} }

// numberBits is the width of a type of number, 0 for all others.
func numberBits(kind byte) int {
	switch kind {
	case 'y':
		return 8
	case 'n', 'q':
		return 16
	case 'b', 'i', 'u':
		return 32
	case 'x', 't', 'd':
		return 64
	}
	return 0
}

// alignment of a type in a message.
func alignment(kind byte) int {
	switch kind {
	case 'y', 'g', 'v':
		return 1
	case 'n', 'q':
		return 2
	case 'x', 't', 'd', '(', '{':
		return 8
	}
	return 4
}

var errSignature = errors.New("it has a type that D-Bus does not know or tare does not read")

// maxDepth bounds how deep types may lie in each other (D-Bus Specification: 32
// arrays and 32 structs).
const maxDepth = 64

// cut takes the first complete type off a signature.
func cut(signature string) (first, rest string, err error) {
	n, err := length(signature, 0)
	if err != nil {
		return "", "", err
	}
	return signature[:n], signature[n:], nil
}

// length is that of the first complete type.
func length(signature string, depth int) (int, error) {
	if signature == "" || depth > maxDepth {
		return 0, errSignature
	}
	switch c := signature[0]; {
	case strings.IndexByte("ybnqiuxtdsogv", c) >= 0:
		return 1, nil
	case c == 'a':
		n, err := length(signature[1:], depth+1)
		return n + 1, err
	case c == '(':
		at := 1
		for at < len(signature) && signature[at] != ')' {
			n, err := length(signature[at:], depth+1)
			if err != nil {
				return 0, err
			}
			at += n
		}
		if at == 1 || at == len(signature) {
			return 0, errSignature
		}
		return at + 1, nil
	}
	return 0, errSignature
}

// longestSignature is what the byte that tells its length can say.
const longestSignature = 255

// refused says why no message can hold the value: the other side would take the
// connection for broken.
func (v *Value) refused() error {
	switch {
	case len(v.Type) > longestSignature:
		return errors.New("its type has more than the 255 letters that D-Bus takes")
	case v.Type == "g" && !isSignature(v.S):
		return errors.New("a signature in it is none")
	case v.Type == "o" && !isObjectPath(v.S):
		return errors.New("an object path in it is none")
	}
	for i := range v.L {
		if err := v.L[i].refused(); err != nil {
			return err
		}
	}
	return nil
}

func isSignature(s string) bool {
	if len(s) > longestSignature {
		return false
	}
	for s != "" {
		var err error
		if _, s, err = cut(s); err != nil {
			return false
		}
	}
	return true
}

// isObjectPath goes by the D-Bus Specification, Valid Object Paths.
func isObjectPath(s string) bool {
	if s == "/" {
		return true
	}
	names, rooted := strings.CutPrefix(s, "/")
	for name := range strings.SplitSeq(names, "/") {
		for _, c := range []byte(name) {
			if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' {
				return false
			}
		}
		rooted = rooted && name != ""
	}
	return rooted
}

// members are the types in a tuple's signature.
func members(tuple string) (list []string) {
	for rest := tuple[1 : len(tuple)-1]; rest != ""; {
		var one string
		one, rest, _ = cut(rest)
		list = append(list, one)
	}
	return list
}

// narrow says whether a number fits its type.
func narrow(kind byte, n uint64) bool {
	switch kind {
	case 'b':
		return n <= 1
	case 'y':
		return n <= math.MaxUint8
	case 'q':
		return n <= math.MaxUint16
	case 'u':
		return n <= math.MaxUint32
	case 'n':
		return int64(n) == int64(int16(n))
	case 'i':
		return int64(n) == int64(int32(n))
	}
	return true
}
