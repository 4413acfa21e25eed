package criu

import (
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
)

// read is how much of the end of a log is looked at: the reason stands near it.
const read = 64 << 10

// shown is how many bytes of a line are shown.
const shown = 512

// LastError is the error in a log that made CRIU give up, "" if there is none. What
// follows from one error is told by more of them, innermost first.
func LastError(log string) string { return reason(lastLines(log)) }

// Hint is the last line of a log without errors that may tell why CRIU gave up.
func Hint(log string) string { return unmarked(lastLines(log)) }

func lastLines(log string) []string {
	f, err := os.Open(log)
	if err != nil {
		return nil
	}
	defer f.Close()
	if size, err := f.Seek(0, io.SeekEnd); err == nil {
		_, _ = f.Seek(max(0, size-read), io.SeekStart)
	}
	data, _ := io.ReadAll(io.LimitReader(f, read))
	return strings.Split(string(data), "\n")
}

// reason finds the error in the lines of a log.
func reason(lines []string) string {
	at := -1
	if n := slices.IndexFunc(lines, retreats); n >= 0 {
		at = lastReason(lines[:n])
	}
	if at < 0 {
		at = lastReason(lines)
	}
	if at < 0 {
		return ""
	}
	first, speaker := at, speakerOf(lines[at])
	for n := at - 1; n >= 0; n-- {
		if speakerOf(lines[n]) != speaker {
			continue // another process, at the same time
		}
		if _, ok := errorOf(lines[n]); !ok {
			break
		}
		first = n
	}
	said, _ := errorOf(lines[first])
	return said
}

// lastReason is the last of some lines that is an error and a reason, -1 if none is.
func lastReason(lines []string) int {
	for n := len(lines) - 1; n >= 0; n-- {
		if _, ok := errorOf(lines[n]); ok {
			return n
		}
	}
	return -1
}

// retreats says whether CRIU begins to take back what it did.
func retreats(line string) bool {
	return strings.HasSuffix(line, "Unfreezing tasks into 1") || strings.HasSuffix(line, "Killing processes because of failure on restore.")
}

// unmarked is the last line that tells of a failure, or of an image that there is not,
// and was not thought to be an error: "(00.029385) Can't connect to server 127.0.0.1:1".
// Of the images that it collects first, CRIU does without most: it is done the line after.
func unmarked(lines []string) string {
	for n, line := range slices.Backward(lines) {
		_, said, ok := strings.Cut(line, ") ")
		if !ok || !strings.HasPrefix(line, "(") {
			continue
		}
		said = strings.TrimLeft(said, " 0123456789:")
		missing := strings.HasPrefix(said, "No ") && strings.HasSuffix(said, ".img image")
		if missing && n+1 < len(lines) && strings.HasSuffix(lines[n+1], "`- ... done") {
			continue
		}
		if missing || strings.HasPrefix(said, "Can't ") {
			return printable(said)
		}
	}
	return ""
}

// speakerOf names the process that a line is of: "(00.075654)      1: Error …", where
// CRIU itself has no number.
func speakerOf(line string) string {
	_, rest, _ := strings.Cut(line, ")")
	name, _, ok := strings.Cut(strings.TrimLeft(rest, " "), ":")
	if ok && name != "" && strings.Trim(name, "0123456789") == "" {
		return name
	}
	return ""
}

// Errors of which CRIU thinks nothing, and those that only tell of another one or of
// what could not be taken back.
var (
	asides = [...]string{
		"rlimit: Can't setup RLIMIT_NOFILE", "cg: cgroupd:", "Unable to detach from ", "mnt: Can't remove the directory /tmp/.criu.mntns.",
		"Killing processes because of failure",
	}
	closings = [...]string{" FAILED.", " failed with -1"}
	// How a process or a program ended, which has had its own say.
	ends = [...]string{"exited, status=", "killed by signal ", "Can't wait or bad status:"}
)

// Reason is the message of a failure as LastError would have it, "" for none.
func (f *Failure) Reason() string {
	said := strings.TrimSuffix(f.Message, "\n")
	if !strings.Contains(said, "Error (") {
		return printable(said)
	}
	said, _ = errorOf(said)
	return said
}

// errorOf takes a reason out of a line: "(00.038531) Error (criu/mount.c:1088): mnt: why".
func errorOf(line string) (string, bool) {
	at := strings.Index(line, "Error (")
	if at < 0 {
		return "", false
	}
	place, said, ok := strings.Cut(line[at:], "): ")
	if !ok ||
		slices.ContainsFunc(asides[:], func(s string) bool { return strings.HasPrefix(said, s) }) ||
		slices.ContainsFunc(closings[:], func(s string) bool { return strings.HasSuffix(said, s) }) ||
		slices.ContainsFunc(ends[:], func(s string) bool { return strings.Contains(said, s) }) {
		return "", false
	}
	return printable(said) + " (" + strings.TrimPrefix(place, "Error (") + ")", true
}

// printable is a text of the log as a message can have it.
func printable(said string) string {
	said = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(said, "?"))
	if len(said) > shown {
		said = strings.ToValidUTF8(said[:shown], "") + "…"
	}
	return said
}
