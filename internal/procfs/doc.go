// Package procfs reads what the host's /proc says of one process.
package procfs
