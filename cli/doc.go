// Package cli is tare's command line, one file for each verb. It is runc's
// where runc has one: engines call it word by word.
package cli
