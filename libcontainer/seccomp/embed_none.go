//go:build !tare_embed

package seccomp

// Both are empty in a plain `go build`; make builds with -tags tare_embed.
var (
	compilerProgram []byte
	compilerSum     string
)
