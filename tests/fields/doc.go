// Package fields lists the fields of the specification, and tests that docs/spec-conformance.md tells of every field of the
// specification, and tells the truth about where it is decided and tested.
package fields
