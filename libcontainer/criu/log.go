package criu

import (
	"io"
	"os"
	"strings"
	"unicode"
)

// read is how much of the end of a log is looked at: the reason stands near it.
const read = 64 << 10

// shown is how many bytes of a line are shown.
const shown = 512

// LastError is the last error in a log that says what went wrong, "" if there is none.
func LastError(log string) string {
	f, err := os.Open(log)
	if err != nil {
		return ""
	}
	defer f.Close()
	if size, err := f.Seek(0, io.SeekEnd); err == nil {
		_, _ = f.Seek(max(0, size-read), io.SeekStart)
	}
	data, _ := io.ReadAll(io.LimitReader(f, read))
	found := ""
	for line := range strings.SplitSeq(string(data), "\n") {
		if said, ok := errorOf(line); ok {
			found = said
		}
	}
	return found
}

// errorOf takes an error out of a line: "(00.038531) Error (criu/mount.c:1088): mnt: why".
func errorOf(line string) (string, bool) {
	at := strings.Index(line, "Error (")
	if at < 0 {
		return "", false
	}
	place, said, ok := strings.Cut(line[at:], "): ")
	// What CRIU does after it has failed is no reason.
	if !ok || strings.HasSuffix(said, " FAILED.") || strings.HasSuffix(said, " failed with -1") || strings.HasPrefix(said, "cg: cgroupd:") {
		return "", false
	}
	said = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(said, "?"))
	if len(said) > shown {
		said = strings.ToValidUTF8(said[:shown], "") + "…"
	}
	return said + " (" + strings.TrimPrefix(place, "Error (") + ")", true
}
