// Package signalpipe delivers signals as bytes of a pipe, by a handler of its
// own: os/signal switches threads twice for every signal it is asked to catch,
// which for all of them takes longer than a container takes to start.
package signalpipe
