// Command tare is an OCI container runtime.
package main

import (
	"os"
	"runtime/debug"

	"github.com/tare-oci/tare/cli"
)

// Set by make with -ldflags -X.
var (
	version = "0.1.0"
	commit  = "unknown"
)

func main() {
	// Verbs are short: what they allocate is freed by their end. The limit
	// brings the collector back for the long ones, which stay in the foreground.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(64 << 20)
	os.Exit(cli.Main(os.Args, cli.Build{Version: version, Commit: commit}))
}
