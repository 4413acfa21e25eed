package seccomp

import (
	"os"

	"golang.org/x/sys/unix"
)

// memfd makes an unnamed file in memory. exec is MFD_EXEC or MFD_NOEXEC_SEAL
// (Linux 6.3): older kernels do not know them (EINVAL) and make every memfd
// executable, newer ones may be told to refuse a program that did not ask for
// it (sysctl vm.memfd_noexec=1).
func memfd(name string, exec int) (int, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|exec)
	if err == unix.EINVAL {
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return -1, &os.SyscallError{Syscall: "cannot make a file in memory: memfd_create", Err: err}
	}
	return fd, nil
}

// sealed makes a memfd with that content, which nobody can change any more.
// Its offset is at the start.
func sealed(name string, exec int, content []byte) (int, error) {
	fd, err := memfd(name, exec)
	if err != nil {
		return -1, err
	}
	if err := writeAll(fd, content); err != nil {
		unix.Close(fd)
		return -1, &os.SyscallError{Syscall: "cannot fill a file in memory: write", Err: err}
	}
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		unix.Close(fd)
		return -1, &os.SyscallError{Syscall: "cannot seal a file in memory: fcntl", Err: err}
	}
	return fd, nil
}

// writeAll writes data from the file's start and leaves the offset there.
func writeAll(fd int, data []byte) error {
	for at := 0; at < len(data); {
		n, err := unix.Pwrite(fd, data[at:], int64(at))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		at += n
	}
	return nil
}

// readAll reads until data is full or the file ends.
func readAll(fd int, data []byte) (n int, err error) {
	for n < len(data) {
		m, err := unix.Read(fd, data[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return n, err
		}
		if m == 0 {
			break
		}
		n += m
	}
	return n, nil
}
