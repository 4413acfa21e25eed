package seccomp

import (
	"crypto/sha256"
	"os"
	"runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/seccompspec"
)

// format names the form of cached results and the way from profile to filter
// as far as it is not in the compiler: whoever changes either counts it up.
const format = "tare seccomp filter 1\x00"

// Filter gives the filter of a profile that seccompspec.Validate finds nothing
// wrong with: a file whose whole content is the array of struct sock_filter
// for seccomp(2), and its size in bytes (8 for each instruction). The file is a
// sealed memfd, which nobody can change any more, with close-on-exec set and the
// offset at its start. The flags for seccomp(2) are seccompspec.Flags.
//
// Results are kept in cacheDir, which is made (0700) if it is not there, under a
// key of everything that goes into them. No cacheDir ("") or one that cannot be
// used, because it belongs to somebody else, others can write to it or it is
// full, is no error: then the profile is compiled. The errors are that this
// tare was built without its compiler, or what kept the compiler from starting
// or made it give up, with the JSON pointer of the field where it knows one.
func Filter(cacheDir string, profile *specs.LinuxSeccomp) (f *os.File, size int, err error) {
	wire := seccompspec.Append(make([]byte, 0, 8192), profile)
	key := keyOf(wire)
	dir := openCache(cacheDir)
	defer dir.close()
	program := dir.load(key)
	if program == nil {
		if program, err = compile(wire); err != nil {
			return nil, 0, err
		}
		dir.store(key, program)
	}
	fd, err := sealed("tare-seccomp", unix.MFD_NOEXEC_SEAL, program)
	if err != nil {
		return nil, 0, err
	}
	return os.NewFile(uintptr(fd), "seccomp filter"), len(program), nil
}

// key names a result. Everything variable but the wire form has a fixed length,
// and the wire form can be told from any other, so that two keys are only the
// same for the same input.
type key [sha256.Size]byte

func keyOf(wire []byte) key {
	input := make([]byte, 0, len(format)+len(compilerSum)+16+len(wire))
	input = append(input, format...)
	input = append(input, compilerSum...)
	input = append(append(input, runtime.GOARCH...), 0)
	return sha256.Sum256(append(input, wire...))
}
