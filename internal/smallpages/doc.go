// Package smallpages has the Go runtime begin with ordinary pages. Where transparent huge pages
// are for everybody (/sys/kernel/mm/transparent_hugepage/enabled), the first object on its heap would
// be on one of 2 MiB that the kernel clears, and an ordinary verb has 0.7 MiB on it in all.
//
// The program is entered here (-E of go tool link, in the Makefile) and not in the runtime: by the time
// that main could say anything, the page is there. A program that is linked without -E is as
// correct, and slower there.
package smallpages
