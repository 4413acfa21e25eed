// Package criu is a conversation with CRIU, the program that writes the processes
// of a container to files and makes them again: requests and what it answers, in
// its own protocol (criu.org/RPC), and the log in which it says why it failed.
package criu
