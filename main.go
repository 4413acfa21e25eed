// Command tare is an OCI container runtime.
package main

import (
	"os"

	"github.com/tare-oci/tare/cli"
)

// Set by make with -ldflags -X.
var (
	version = "0.1.0"
	commit  = "unknown"
)

func main() {
	os.Exit(cli.Main(os.Args, cli.Build{Version: version, Commit: commit}))
}
