package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"
)

// errorLog is the file of --log; engines read the last error from it.
var errorLog struct {
	file *os.File
	json bool
}

func openLog(c *cli.Context) error {
	switch format := c.String("log-format"); format {
	case "text":
	case "json":
		errorLog.json = true
	default:
		return fmt.Errorf("--log-format: %q is neither text nor json", format)
	}
	switch rootless := c.String("rootless"); rootless {
	case "true", "false", "auto":
	default:
		return fmt.Errorf("--rootless: %q is neither true, false nor auto", rootless)
	}
	if c.Bool("systemd-cgroup") {
		return fmt.Errorf("--systemd-cgroup: this version of tare makes cgroups by the file system only")
	}
	switch manager := c.String("cgroup-manager"); manager {
	case "", "cgroupfs":
	default:
		return fmt.Errorf("--cgroup-manager: %q is not supported by this version of tare", manager)
	}
	path := c.String("log")
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	errorLog.file = file
	return nil
}

// report tells an error to the person at stderr and, as one object, to the log.
func report(text string) {
	_, _ = os.Stderr.WriteString("tare: " + text + "\n")
	if errorLog.file != nil {
		writeLog("error", text)
	}
}

// warn tells the log, or the person at stderr where there is none: stderr may
// be the container's as well.
func warn(text string) {
	if errorLog.file == nil {
		_, _ = os.Stderr.WriteString("tare: warning: " + text + "\n")
		return
	}
	writeLog("warning", text)
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
