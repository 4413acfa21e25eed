// Command gen writes the C header of the plan: go generate ./plan.
package main

import (
	"fmt"
	"os"

	"github.com/tare-oci/tare/plan"
)

func main() {
	if err := os.WriteFile(os.Args[1], []byte(plan.Header()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
