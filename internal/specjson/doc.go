// Package specjson decodes the JSON of the runtime-spec without reflection: the
// first use of encoding/json on a config costs more than half a millisecond,
// which is a tenth of a container's start (docs/decisions/0001-config-decoder.md).
//
// It reads what encoding/json reads: names match exactly or else in any case,
// unknown members are ignored, null leaves a value as it is, the last of two
// members with one name wins. It says more when something is wrong: every value
// of a wrong type at once, each by JSON pointer, line and column.
package specjson

//go:generate go run ./gen decode_gen.go
