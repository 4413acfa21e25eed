//go:build tare_embed && !tare_faults

package nsenter

import _ "embed"

//go:embed init/init.bin
var initProgram string
