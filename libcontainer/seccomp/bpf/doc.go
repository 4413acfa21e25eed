// Package bpf is the classic BPF of seccomp filters: its instructions, the few
// that tare puts in front of a filter, and an interpreter to ask a filter what
// it would answer.
package bpf
