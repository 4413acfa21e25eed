// Package jsonwrite writes JSON without reflection, whose first use in a
// process costs more than all that tare's short verbs print.
package jsonwrite
