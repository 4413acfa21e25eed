package nsenter

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// errNoInit is what a program built without make answers.
var errNoInit = errors.New("this tare was built without its init: run make")

const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE

// image returns a descriptor of the init program that nobody can write to, so
// that a container that gets hold of it through /proc/PID/exe finds nothing to
// overwrite (CVE-2019-5736). dir is used where the kernel has no memfd to offer.
func image(dir string) (int, error) {
	if initProgram == "" {
		return -1, errNoInit
	}
	// MFD_EXEC (Linux 6.3) says that it is meant to be executed; with the
	// sysctl vm.memfd_noexec=1 a memfd without it is not. Older kernels refuse
	// the flag (EINVAL). vm.memfd_noexec=2 refuses both (EACCES).
	fd, err := unix.MemfdCreate("tare-init", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_EXEC)
	if err == unix.EINVAL {
		fd, err = unix.MemfdCreate("tare-init", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return imageInFile(dir)
	}
	if err := writeAll(fd, initProgram); err != nil {
		unix.Close(fd)
		return -1, err
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// imageInFile is image without memfd: an unnamed file, opened again read-only
// once it is written, since a file open for writing cannot be executed (ETXTBSY).
func imageInFile(dir string) (int, error) {
	w, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o500)
	if err != nil {
		return -1, &os.PathError{Op: "cannot make a file for init in", Path: dir, Err: err}
	}
	defer unix.Close(w)
	if err := writeAll(w, initProgram); err != nil {
		return -1, err
	}
	return unix.Open("/proc/self/fd/"+strconv.Itoa(w), unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

// MemoryFile makes a file of that name and content in memory, at whose end its
// descriptor stands. dir is used where the kernel has no memfd to offer.
func MemoryFile(name string, data []byte, dir string) (int, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL {
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	}
	if err != nil {
		if fd, err = unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600); err != nil {
			return -1, &os.PathError{Op: "cannot make a file for " + name + " in", Path: dir, Err: err}
		}
	}
	if err := writeAll(fd, data); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func writeAll[T string | []byte](fd int, data T) error {
	for len(data) > 0 {
		n, err := write(fd, data)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}
