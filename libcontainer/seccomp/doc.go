// Package seccomp turns the seccomp profile of a config.json into the BPF that
// a container's init loads. The turning is done by a program of its own, made
// of compiler/ and embedded here; its results are cached.
//
// build.sh builds that program; a tare built with -tags tare_embed has it.
package seccomp
