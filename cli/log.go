package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/tare-oci/tare/libcontainer"
)

// errorLog is the file of --log; engines read the last error from it.
var errorLog struct {
	file  *os.File
	json  bool
	debug bool
	held  []string // warnings, see settle
}

func openLog(c *cli.Context) error {
	switch format := c.String("log-format"); format {
	case "text":
	case "json":
		errorLog.json = true
	default:
		return fmt.Errorf("--log-format: %q is neither text nor json", format)
	}
	if _, err := parseRootless(c.String("rootless")); err != nil {
		return err
	}
	if err := manageCgroup(c, &libcontainer.Request{}); err != nil {
		return err
	}
	path := c.String("log")
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	errorLog.file, errorLog.debug = file, c.Bool("debug")
	return nil
}

// report tells an error to the person at stderr and, as one object, to the log.
func report(text string) {
	text = oneLine(text)
	_, _ = os.Stderr.WriteString("tare: " + text + "\n")
	if errorLog.file != nil {
		writeLog("error", text)
	}
}

// longest is how much of an error is told: conmon reads one buffer of 8 KiB.
const longest = 4096

// oneLine keeps an error readable whatever path or name is quoted in it:
// what a terminal obeys is escaped, and a middle that is too long is left out.
func oneLine(text string) string {
	if !utf8.ValidString(text) || strings.IndexFunc(text, obeyed) >= 0 {
		quoted := strconv.Quote(text)
		text = quoted[1 : len(quoted)-1]
	}
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest/2], "") + "…" + strings.ToValidUTF8(text[len(text)-longest/2:], "")
	}
	return text
}

// obeyed says whether a terminal does something else with a character than to show
// it: control characters, and those that hide text or turn its direction. A byte
// that is no UTF-8 may be one as well, as 9b is in an 8-bit terminal.
func obeyed(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

// warn tells the log, or the person at stderr where there is none: stderr may
// be the container's as well.
func warn(text string) {
	text = oneLine(text)
	if errorLog.file == nil {
		_, _ = os.Stderr.WriteString("tare: warning: " + text + "\n")
		return
	}
	if errorLog.json {
		errorLog.held = append(errorLog.held, text)
		return
	}
	writeLog("warning", text)
}

// settle writes the warnings that were held back: Podman decodes the whole log
// of a tare that failed as one object, so that a failure has to be alone in it.
func settle() {
	for _, text := range errorLog.held {
		writeLog("warning", text)
	}
	errorLog.held = nil
}

// note tells the log of --debug what nobody need know.
func note(text string) {
	if errorLog.file != nil && errorLog.debug {
		writeLog("debug", text)
	}
}

func writeLog(level, text string) {
	now := time.Now().UTC().Format(time.RFC3339Nano)
	line := now + " level=" + level + " " + text + "\n"
	if errorLog.json {
		data, _ := json.Marshal(struct {
			Level string `json:"level"`
			Msg   string `json:"msg"`
			Time  string `json:"time"`
		}{level, text, now})
		line = string(data) + "\n"
	}
	_, _ = errorLog.file.WriteString(line)
}
