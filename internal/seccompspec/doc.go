// Package seccompspec is the vocabulary of linux.seccomp in config.json: which
// names of actions, architectures, operators and flags there are, what they
// are to the kernel, and whether a profile uses them rightly. It is pure; what
// turns a profile into BPF is libcontainer/seccomp.
package seccompspec
