//go:build tare_embed && tare_faults

package nsenter

import _ "embed"

// The init of a program built for the fault tests runs under ASAN and UBSAN.
//
//go:embed init/init-asan.bin
var initProgram string
