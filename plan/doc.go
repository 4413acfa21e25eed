// Package plan is the vocabulary in which tare says what it will do: a flat,
// ordered list of typed steps that turns a config into a container.
//
// The list is run by two actors. The parent is tare itself; init is the small
// C program (nsenter/init) that becomes the container's first process. They run
// side by side and meet only at barriers. No step makes, skips or looks at
// another step: the only values born while a plan runs are file descriptors,
// and they live in numbered slots that are assigned once.
//
// The table in kinds.go is the one schema: printing, JSON, the static checks,
// the wire form and the C header (nsenter/init/plan.h) all derive from it.
//
//go:generate go run ./gen ../nsenter/init/plan.h
package plan
