// Package dbus is the part of D-Bus that a client needs to ask a service manager
// for something and to hear that it is done: values, messages, method calls with
// a time limit, and signals (https://dbus.freedesktop.org/doc/dbus-specification.html).
// Nothing of it is initialised before it is used.
package dbus
