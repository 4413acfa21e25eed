//go:build !tare_embed

package nsenter

// initProgram is empty in a plain `go build`; make builds with -tags tare_embed.
var initProgram string
