// Package specconv turns a config.json into a plan. It is pure: it opens no
// file and makes no system call, and whatever the plan depends on beside the
// config is in Facts and Options. compile.go is the table of contents.
package specconv
