package nsenter

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// write is write(2) for bytes and strings alike: the embedded program is a
// string in read-only memory and is not worth a copy.
func write[T string | []byte](fd int, data T) (int, error) {
	var b []byte
	switch d := any(data).(type) {
	case string:
		b = unsafe.Slice(unsafe.StringData(d), len(d))
	case []byte:
		b = d
	}
	return unix.Write(fd, b)
}
