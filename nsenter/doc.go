// Package nsenter runs a plan: it does the parent's steps, starts init (the C
// program in init/, embedded here) to do the others, meets it at the barriers,
// and undoes what was done when a step fails.
//
// It knows nothing of the runtime-spec. Steps that need a domain it does not
// have (cgroups, the state directory) are done by the Actions its caller gives.
package nsenter
