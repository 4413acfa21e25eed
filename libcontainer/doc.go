// Package libcontainer is the life of a container: it is created, started,
// joined, signalled and deleted here, and what is known of it lives in a
// directory of its own under the state root.
//
// A container's directory holds
//
//	state.json   what tare knows: State
//	config.json  the config it was created from, for those who join it
//	start.sock   while it waits for start
//
// Its status is never stored: it is what the kernel says of its init.
package libcontainer
