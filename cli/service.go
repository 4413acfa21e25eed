package cli

import (
	"fmt"
	"os"
	"strconv"

	"github.com/tare-oci/tare/libcontainer"
)

// ofServiceManager takes over what a service manager has for the program: sockets
// that it has opened (sd_listen_fds(3)), and a socket at which it waits for the
// program to be ready (sd_notify(3)). The sockets are for the process that it
// started and no other, to which the variables may have been passed on.
func ofServiceManager(r *libcontainer.Request) error {
	r.NotifySocket = os.Getenv("NOTIFY_SOCKET")
	count := os.Getenv("LISTEN_FDS")
	if count == "" || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil
	}
	n, err := strconv.ParseUint(count, 10, 16)
	if err != nil {
		return fmt.Errorf("LISTEN_FDS=%s: it is no number of descriptors", count)
	}
	r.ListenFDs, r.ListenNames = int(n), os.Getenv("LISTEN_FDNAMES")
	return nil
}
