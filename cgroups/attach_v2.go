package cgroups

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The attributes of bpf(2) that are used here. All are padded to 64 bytes and
// more: from Linux 6.17 to 7.1 BPF_PROG_QUERY writes its answer past the end of
// a shorter one, whatever size it is told.
type (
	loadAttr struct {
		kind, count  uint32
		instructions uint64
		license      uint64
		logLevel     uint32
		logSize      uint32
		logBuffer    uint64
		version      uint32
		flags        uint32
		name         [16]byte
		_            [72]byte
	}
	attachAttr struct {
		target, program, kind, flags, replace uint32
		_                                     [108]byte
	}
	queryAttr struct {
		target, kind, flags, attachFlags uint32
		ids                              uint64
		count                            uint32
		_                                [100]byte
	}
	infoAttr struct {
		program, length uint32
		info            uint64
		_               [112]byte
	}
	idAttr struct {
		id, next, flags uint32
		_               [116]byte
	}
)

func bpf(command int, attr unsafe.Pointer, size uintptr) (int, error) {
	for {
		r, _, errno := unix.Syscall(unix.SYS_BPF, uintptr(command), uintptr(attr), size)
		switch errno {
		case 0:
			return int(r), nil
		case unix.EINTR, unix.EAGAIN: // the verifier gives way to signals with EAGAIN
		default:
			return -1, errno
		}
	}
}

// programName tells tare's programs from those of systemd.
var programName = [16]byte{'t', 'a', 'r', 'e', '_', 'd', 'e', 'v', 'i', 'c', 'e', 's'}

// Load has the kernel check the program, and gives a descriptor of it. It takes CAP_BPF
// and CAP_NET_ADMIN, or CAP_SYS_ADMIN. Errors are *WriteError.
func (p Program) Load() (int, error) {
	fd, err := load(p)
	if err != nil {
		return -1, deviceError("the device program", "load", err)
	}
	return fd, nil
}

// SetDevices is Load and AttachDevices.
func (g *Group) SetDevices(p Program) error {
	program, err := p.Load()
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(program) }()
	return g.AttachDevices(program)
}

// AttachDevices enforces a device program on the version 2 cgroup, in place of the
// ones that were attached to it before: all, or with Beside those of tare. There is no moment at which none is:
// a lone old program is replaced in one step, several are detached after the new
// one is in force, and where two are, both must allow. Attached, the program lives as long as
// the cgroup: its descriptor can be closed.
func (g *Group) AttachDevices(program int) error {
	i := g.unified()
	if i < 0 {
		return deviceError(g.paths[0].Directory(), "attach a device program to", unix.ENODEV)
	}
	path, err := g.dir(i)
	if err != nil {
		return err
	}
	at := g.paths[i].Directory()
	// bpf(2) wants a descriptor that is not O_PATH.
	dir, err := openat(path, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return deviceError(at, "open", err)
	}
	defer func() { _ = unix.Close(dir) }()
	var old []int
	if g.fresh == nil || !g.fresh[i] || g.programmed { // a cgroup just made has none
		if old, err = attached(dir, g.Beside); err != nil {
			return deviceError(at, "list the device programs of", err)
		}
	}
	defer func() {
		for _, fd := range old {
			_ = unix.Close(fd)
		}
	}()
	a := attachAttr{target: uint32(dir), program: uint32(program), kind: unix.BPF_CGROUP_DEVICE, flags: unix.BPF_F_ALLOW_MULTI}
	if len(old) == 1 {
		a.flags |= unix.BPF_F_REPLACE
		a.replace = uint32(old[0])
	}
	if _, err := bpf(unix.BPF_PROG_ATTACH, unsafe.Pointer(&a), unsafe.Sizeof(a)); err != nil {
		return deviceError(at, "attach a device program to", err)
	}
	g.programmed = true
	if len(old) == 1 {
		return nil
	}
	for _, fd := range old {
		d := attachAttr{target: uint32(dir), program: uint32(fd), kind: unix.BPF_CGROUP_DEVICE}
		if _, err := bpf(unix.BPF_PROG_DETACH, unsafe.Pointer(&d), unsafe.Sizeof(d)); err != nil {
			return deviceError(at, "detach an old device program from", err)
		}
	}
	return nil
}

func deviceError(what, verb string, err error) error {
	e := &WriteError{File: what, Verb: verb, Err: err}
	switch err {
	case unix.ENODEV:
		e.Reason = "device programs are of cgroup v2, which is not mounted"
	case unix.EPERM:
		e.Reason = "it takes CAP_SYS_ADMIN in the first user namespace, or a parent cgroup has a program that allows no other below it"
	case unix.EINVAL:
		e.Reason = "the kernel may have been built without CONFIG_CGROUP_BPF"
	case unix.E2BIG:
		e.Reason = "there are 64 device programs attached already, or too many device rules"
	}
	return e
}

// address is a pointer as bpf(2) takes it inside an attribute, where neither the
// garbage collector nor a moving stack would see it: hence the pin.
func address[T any](pin *runtime.Pinner, p *T) uint64 {
	pin.Pin(p)
	return uint64(uintptr(unsafe.Pointer(p)))
}

// load gives the program to the verifier. Its license matters to the kernel only
// for helper functions, of which it calls none.
func load(p Program) (int, error) {
	code := p.Bytes()
	license := []byte("Apache-2.0\x00")
	var pin runtime.Pinner
	defer pin.Unpin()
	a := loadAttr{
		kind:         unix.BPF_PROG_TYPE_CGROUP_DEVICE,
		count:        uint32(len(p)),
		instructions: address(&pin, unsafe.SliceData(code)),
		license:      address(&pin, unsafe.SliceData(license)),
		name:         programName,
	}
	return bpf(unix.BPF_PROG_LOAD, unsafe.Pointer(&a), unsafe.Sizeof(a))
}

// attached lists the device programs of a cgroup, without its parents' and with own
// only those that tare has loaded, as descriptors. 64 is the most that a cgroup can have (BPF_CGROUP_MAX_PROGS).
func attached(dir int, own bool) ([]int, error) {
	ids := make([]uint32, 64)
	var pin runtime.Pinner
	defer pin.Unpin()
	q := queryAttr{
		target: uint32(dir), kind: unix.BPF_CGROUP_DEVICE, count: uint32(len(ids)),
		ids: address(&pin, unsafe.SliceData(ids)),
	}
	_, err := bpf(unix.BPF_PROG_QUERY, unsafe.Pointer(&q), unsafe.Sizeof(q))
	if err != nil {
		return nil, err
	}
	var fds []int
	for _, id := range ids[:min(int(q.count), len(ids))] {
		a := idAttr{id: id}
		fd, err := bpf(unix.BPF_PROG_GET_FD_BY_ID, unsafe.Pointer(&a), unsafe.Sizeof(a))
		if err == unix.ENOENT {
			continue // detached meanwhile
		}
		if err != nil {
			for _, fd := range fds {
				_ = unix.Close(fd)
			}
			return nil, err
		}
		if own && nameOf(fd) != programName {
			_ = unix.Close(fd)
			continue
		}
		fds = append(fds, fd)
	}
	return fds, nil
}

// nameOf is the name that a program was loaded with, nothing if the kernel does not tell.
func nameOf(program int) (name [16]byte) {
	// The beginning of struct bpf_prog_info (include/uapi/linux/bpf.h), up to its name.
	var info struct {
		_    [64]byte
		name [16]byte
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	a := infoAttr{program: uint32(program), length: uint32(unsafe.Sizeof(info)), info: address(&pin, &info)}
	_, _ = bpf(unix.BPF_OBJ_GET_INFO_BY_FD, unsafe.Pointer(&a), unsafe.Sizeof(a))
	return info.name
}
