// Package fields tests that docs/spec-conformance.md tells of every field of the
// specification, and tells the truth about where it is decided and tested.
package fields
