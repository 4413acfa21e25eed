package seccomp

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/libcontainer/seccomp/bpf"
)

// An entry of the cache is a file named by its key: the magic, the length of
// the program in 8 bytes (little-endian), a checksum over key and program, and
// the program. The key is part of the checksum so that an entry under a name
// that is not its own is worth nothing.
const (
	magic      = "tare bpf"
	headerSize = len(magic) + 8 + sha256.Size
	maxEntry   = headerSize + bpf.Max*bpf.Size
	// maxEntries bounds the directory, which usually lies in memory (/run): an
	// engine can make up a profile for every container.
	maxEntries = 128
)

// cache is a directory of results, -1 where there is none to use. An entry is
// believed only if nobody but us can have written it; whatever is wrong, the
// answer is that there is no entry, and storing is tried once and in silence.
type cache int

// openCache opens the directory, and makes it if need be.
func openCache(path string) cache {
	const how = unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_RDONLY | unix.O_CLOEXEC
	if path == "" {
		return -1
	}
	fd, err := unix.Open(path, how, 0)
	if err == unix.ENOENT {
		_ = os.MkdirAll(path, 0o700)
		fd, err = unix.Open(path, how, 0)
	}
	if err != nil {
		return -1
	}
	if st, ok := ours(fd); !ok || st.Mode&unix.S_IFMT != unix.S_IFDIR {
		unix.Close(fd)
		return -1
	}
	return cache(fd)
}

func (c cache) close() {
	if c >= 0 {
		unix.Close(int(c))
	}
}

// ours says whether the open file belongs to us and only we can write to it.
func ours(fd int) (st unix.Stat_t, ok bool) {
	if unix.Fstat(fd, &st) != nil {
		return st, false
	}
	return st, st.Uid == uint32(unix.Geteuid()) && st.Mode&0o022 == 0
}

// load gives the program that was stored under the key, nil if there is none
// to be believed.
func (c cache) load(k key) []byte {
	if c < 0 {
		return nil
	}
	// O_NONBLOCK: opening a fifo must not wait for somebody who writes to it.
	fd, err := unix.Openat(int(c), k.name(), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	st, ok := ours(fd)
	if !ok || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink != 1 || st.Size <= int64(headerSize) || st.Size > int64(maxEntry) {
		return nil
	}
	entry := make([]byte, st.Size+1)
	n, err := readAll(fd, entry)
	if err != nil || int64(n) != st.Size {
		return nil
	}
	entry = entry[:n]
	program := entry[headerSize:]
	if !bytes.Equal(entry[:headerSize], header(k, program)) || bpf.Check(program) != nil {
		return nil
	}
	return program
}

// store puts the program under the key. The file has no name before it is
// whole, so that neither a full disk nor an early end of ours leaves anything.
// Whatever has the name by now was not worth loading, or is the same by another tare.
func (c cache) store(k key, program []byte) {
	if c < 0 {
		return
	}
	fd, err := unix.Openat(int(c), ".", unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	if writeAll(fd, append(header(k, program), program...)) != nil {
		return
	}
	c.prune()
	// linkat(2) cannot replace, and wants CAP_DAC_READ_SEARCH unless it goes through /proc.
	self := "/proc/self/fd/" + strconv.Itoa(fd)
	err = unix.Linkat(unix.AT_FDCWD, self, int(c), k.name(), unix.AT_SYMLINK_FOLLOW)
	if err == unix.EEXIST && unix.Unlinkat(int(c), k.name(), 0) == nil {
		_ = unix.Linkat(unix.AT_FDCWD, self, int(c), k.name(), unix.AT_SYMLINK_FOLLOW)
	}
}

// prune makes room for one more entry. Which one goes does not matter: a
// profile that is still in use is compiled once more.
func (c cache) prune() {
	// An open file of its own: the offset of a directory is shared by duplicates.
	fd, err := unix.Openat(int(c), ".", unix.O_DIRECTORY|unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	dir := os.NewFile(uintptr(fd), "cache")
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return
	}
	for i := maxEntries - 1; i < len(names); i++ {
		_ = unix.Unlinkat(int(c), names[i], 0)
	}
}

func (k key) name() string { return hex.EncodeToString(k[:]) }

// header is what precedes a program in the entry of that key.
func header(k key, program []byte) []byte {
	sum := sha256.New()
	sum.Write(k[:])
	sum.Write(program)
	h := make([]byte, 0, headerSize)
	h = append(h, magic...)
	h = binary.LittleEndian.AppendUint64(h, uint64(len(program)))
	return sum.Sum(h)
}
