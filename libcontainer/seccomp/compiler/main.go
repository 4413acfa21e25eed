//go:build tare_seccomp

// The program compiler turns a seccomp profile into BPF with libseccomp. It
// reads the wire form of internal/seccompspec on its standard input and writes
// an array of struct sock_filter to its standard output; when it cannot, it
// says why in one line on its standard error and exits with 1.
//
// It is a program of its own because libseccomp needs cgo, which would cost
// tare 0.4 ms at every start, and is embedded in tare, which runs it with no
// environment and no other descriptors when no earlier result is at hand.
package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/tare-oci/tare/internal/seccompspec"
	"github.com/tare-oci/tare/libcontainer/seccomp/bpf"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		_, _ = os.Stderr.WriteString(strings.ReplaceAll(err.Error(), "\n", " ") + "\n")
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	wire, err := io.ReadAll(in)
	if err != nil {
		return errors.New("cannot read the profile: " + err.Error())
	}
	profile, err := seccompspec.Decode(wire)
	if err != nil {
		return err
	}
	program, err := compile(profile)
	if err != nil {
		return err
	}
	instructions := program.Append(nil)
	if err := bpf.Check(instructions); err != nil {
		return err
	}
	if _, err := out.Write(instructions); err != nil {
		return errors.New("cannot write the filter: " + err.Error())
	}
	return nil
}
