package nsenter

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernelWithout is the environment variable that makes this test program one
// that runs on an older kernel.
const kernelWithout = "TARE_TEST_KERNEL_WITHOUT"

func TestMain(m *testing.M) {
	if lacks := os.Getenv(kernelWithout); lacks != "" {
		if err := denyMemfd(lacks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// denyMemfd has memfd_create(2) answer as kernels do that do not know its flags
// MFD_EXEC and MFD_NOEXEC_SEAL ("flags"), or are set to refuse it ("memfd").
func denyMemfd(lacks string) error {
	const (
		memfdCreate = unix.SYS_MEMFD_CREATE
		flagsOffset = 16 + 8 // args[1] of struct seccomp_data
	)
	stmt := func(code uint16, k uint32) unix.SockFilter { return unix.SockFilter{Code: code, K: k} }
	jump := func(code uint16, k uint32, jt, jf uint8) unix.SockFilter {
		return unix.SockFilter{Code: code, K: k, Jt: jt, Jf: jf}
	}
	const load, equal, set, ret = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	const errno, allow = 0x00050000, 0x7fff0000 // SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW
	filter := []unix.SockFilter{
		stmt(load, 0), jump(equal, memfdCreate, 0, 3),
		stmt(load, flagsOffset), jump(set, unix.MFD_EXEC|unix.MFD_NOEXEC_SEAL, 0, 1),
		stmt(ret, errno|uint32(unix.EINVAL)),
		stmt(ret, allow),
	}
	if lacks == "memfd" {
		filter = []unix.SockFilter{stmt(load, 0), jump(equal, memfdCreate, 0, 1), stmt(ret, errno|uint32(unix.EACCES)), stmt(ret, allow)}
	}
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// TSYNC: the Go runtime has other threads by now.
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if e != 0 {
		return e
	}
	return nil
}

func TestKernelsThatLackMemfd(t *testing.T) {
	needInit(t)
	for _, lacks := range []string{"flags", "memfd"} {
		t.Run(lacks, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^(TestRunExecutesTheProgram|TestNobodyWritesToTheImage)$", "-test.v")
			cmd.Env = append(os.Environ(), kernelWithout+"="+lacks)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestNobodyWritesToTheImage") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestNobodyWritesToTheImage(t *testing.T) {
	needInit(t)
	fd, err := image(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	again, err := unix.Open("/proc/self/fd/"+strconv.Itoa(fd), unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(again)
		_, err = unix.Write(again, []byte("#!"))
	}
	lacks := os.Getenv(kernelWithout)
	if err == nil && lacks != "memfd" {
		t.Error("a sealed image was written to")
	}
	link, _ := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if sealed := strings.HasPrefix(link, "/memfd:"); sealed == (lacks == "memfd") {
		t.Errorf("the image is %s", link)
	}
}
