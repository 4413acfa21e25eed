package criu

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Oldest is the oldest version that will do: 3.17 is the first that can be asked for
// the way of mounting that this needs (see MntnsCompatMode in libcontainer).
const Oldest = 31700

// Find looks for the program in the directories of PATH.
func Find(path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue // no program of the directory that we happen to be in
		}
		program := filepath.Join(dir, "criu")
		var st unix.Stat_t
		if unix.Stat(program, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && unix.Access(program, unix.X_OK) == nil {
			return program, nil
		}
	}
	return "", errors.New("there is no criu in " + path + ": install CRIU (package criu), 3.17 or newer")
}

// version is a number as people write it.
func version(n int) string {
	parts := []string{strconv.Itoa(n / 10000), strconv.Itoa(n / 100 % 100)}
	if n%100 != 0 {
		parts = append(parts, strconv.Itoa(n%100))
	}
	return strings.Join(parts, ".")
}
