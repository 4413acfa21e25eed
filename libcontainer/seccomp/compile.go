package seccomp

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/smallpages"
	"github.com/tare-oci/tare/libcontainer/seccomp/bpf"
)

var errNoCompiler = errors.New("this tare was built without the seccomp compiler: run make")

// maxReason bounds what is read of the compiler's reason to give up.
const maxReason = 1024

// compile runs the compiler on a profile in its wire form. It gets the profile
// in a file and writes to files, not pipes, so that nobody has to read and write
// in turn. It has no environment, and of files beside these only its own program
// and what tare itself was started with.
func compile(wire []byte) ([]byte, error) {
	if len(compilerProgram) == 0 {
		return nil, errNoCompiler
	}
	var fds [4]int // standard input, output and error, and the program
	for i := range fds {
		fds[i] = -1
	}
	defer func() {
		for _, fd := range fds {
			if fd >= 0 {
				unix.Close(fd)
			}
		}
	}()
	var err error
	if fds[0], err = sealed("tare-profile", unix.MFD_NOEXEC_SEAL, wire); err != nil {
		return nil, err
	}
	for i := 1; i <= 2; i++ {
		if fds[i], err = memfd("tare-seccomp", unix.MFD_NOEXEC_SEAL); err != nil {
			return nil, err
		}
	}
	if fds[3], err = sealed("tare-seccomp-compiler", unix.MFD_EXEC, compilerProgram); err != nil {
		return nil, err
	}
	status, err := run(fds)
	if err != nil {
		return nil, err
	}
	if status.ExitStatus() != 0 {
		return nil, failure(status, fds[2])
	}
	program := make([]byte, bpf.Max*bpf.Size+1)
	n, err := unix.Pread(fds[1], program, 0)
	if err != nil {
		return nil, &os.SyscallError{Syscall: "cannot read the seccomp filter: pread", Err: err}
	}
	if err := bpf.Check(program[:n]); err != nil {
		return nil, errors.New("BUG: the seccomp compiler wrote what is no filter: " + err.Error())
	}
	return program[:n], nil
}

// run executes the program in the last of fds with the others as its standard
// descriptors and waits for its end.
func run(fds [4]int) (status syscall.WaitStatus, err error) {
	files := make([]uintptr, 0, len(fds))
	for _, fd := range fds {
		files = append(files, uintptr(fd))
	}
	// The death signal comes with the end of the thread that forked, not of the
	// process (PR_SET_PDEATHSIG(2const)): this one must stay until we are done.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	attr := &syscall.ProcAttr{Env: []string{}, Files: files, Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}}
	pid, err := smallpages.ForkExec("/proc/self/fd/3", []string{"tare-seccomp"}, attr)
	if err != nil {
		return 0, &os.SyscallError{Syscall: "cannot start the seccomp compiler: execve", Err: err}
	}
	for {
		_, err = syscall.Wait4(pid, &status, 0, nil)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		return 0, &os.SyscallError{Syscall: "cannot wait for the seccomp compiler: wait4", Err: err}
	}
	return status, nil
}

// failure is the compiler's own word on why it gave up, or how it ended.
func failure(status syscall.WaitStatus, stderr int) error {
	reason := make([]byte, maxReason)
	n, _ := unix.Pread(stderr, reason, 0)
	line, _, _ := strings.Cut(strings.TrimSpace(string(reason[:max(n, 0)])), "\n")
	switch {
	case status.Signaled():
		return errors.New("the seccomp compiler was ended by " + unix.SignalName(status.Signal()))
	case line == "":
		return errors.New("the seccomp compiler ended with status " + strconv.Itoa(status.ExitStatus()))
	}
	return errors.New(line)
}
