package procfs

import (
	"bytes"
	"errors"
	"strconv"

	"golang.org/x/sys/unix"
)

// Stat is the part of /proc/PID/stat (proc_pid_stat(5)) that tells processes apart.
type Stat struct {
	State  byte   // field 3: R, S, D, Z, T, t, X, I
	Parent int    // field 4: 0 if it is not in the reader's pid namespace
	Start  uint64 // field 22: start time in clock ticks since boot
}

// Dead says whether the process has ended: only its parent has still to reap it.
func (s Stat) Dead() bool { return s.State == 'Z' || s.State == 'X' }

// ReadStat reads a process's state. The error of a process that is gone is ENOENT or ESRCH.
func ReadStat(pid int) (Stat, error) {
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return Stat{}, err
	}
	defer unix.Close(fd)
	var buf [512]byte // more than the fields up to that of the start can take
	n, err := unix.Read(fd, buf[:])
	if err != nil {
		return Stat{}, err
	}
	return parseStat(buf[:n])
}

// parseStat begins behind the last parenthesis: the name before it may hold anything.
func parseStat(line []byte) (stat Stat, err error) {
	// The fields of proc_pid_stat(5), less those before the parenthesis.
	const state, parent, start = 0, 1, 19
	// (To range over bytes.FieldsSeq would put the line on the heap.)
	rest := bytes.TrimPrefix(line[bytes.LastIndexByte(line, ')')+1:], []byte(" "))
	for n := 0; len(rest) > 0; n++ {
		var field []byte
		field, rest, _ = bytes.Cut(rest, []byte(" "))
		switch n {
		case state:
			if len(field) == 1 {
				stat.State = field[0]
			}
		case parent:
			stat.Parent, err = strconv.Atoi(string(field))
		case start:
			stat.Start, err = strconv.ParseUint(string(field), 10, 64)
			if err == nil && stat.State != 0 {
				return stat, nil
			}
		}
		if err != nil {
			return Stat{}, err
		}
	}
	return Stat{}, errors.New("BUG: /proc/PID/stat is not as proc_pid_stat(5) says")
}
