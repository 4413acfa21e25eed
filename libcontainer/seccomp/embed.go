//go:build tare_embed

package seccomp

import _ "embed"

//go:embed compiler.bin
var compilerProgram []byte

// compilerSum is the hexadecimal sha256 of compilerProgram. build.sh computes
// it, so that nobody has to hash megabytes to name a cached result.
//
//go:embed compiler.sum
var compilerSum string
