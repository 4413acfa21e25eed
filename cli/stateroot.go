package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/libcontainer"
)

// stateRoot is where containers' state lives: --root, or /run/tare, or for an
// ordinary user $XDG_RUNTIME_DIR/tare.
func stateRoot(c *cli.Context) (string, error) {
	if root := c.String("root"); root != "" {
		return filepath.Abs(root)
	}
	if !ordinary() {
		return "/run/tare", nil
	}
	dir, err := runtimeDir()
	if err != nil {
		return "", fmt.Errorf("%w: give --root a directory for the containers' state", err)
	}
	return filepath.Join(dir, "tare"), nil
}

// ordinary says whether the state is an ordinary user's. One who has become root
// of a user namespace, as engines do, still has no other place, and is told from
// root of a container, which is a user namespace as well, by the user's name and
// by having an XDG_RUNTIME_DIR at all: runc goes by the same.
func ordinary() bool {
	if os.Geteuid() != 0 {
		return true
	}
	return os.Getenv("XDG_RUNTIME_DIR") != "" && os.Getenv("USER") != "root" && libcontainer.InUserNamespace()
}

// runtimeDir is XDG_RUNTIME_DIR, if it is what it has to be (XDG Base Directory
// Specification): a directory of the user's own, to which nobody else may write.
func runtimeDir() (string, error) {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return "", errors.New("XDG_RUNTIME_DIR is not set")
	}
	var st unix.Stat_t
	err := unix.Stat(dir, &st)
	switch {
	case err != nil:
		return "", fmt.Errorf("XDG_RUNTIME_DIR: cannot open %s: %w", dir, err)
	case !filepath.IsAbs(dir) || st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return "", fmt.Errorf("XDG_RUNTIME_DIR: %q is not the absolute path of a directory", dir)
	case int(st.Uid) != os.Geteuid():
		return "", errors.New("XDG_RUNTIME_DIR: " + dir + " belongs to uid " + strconv.Itoa(int(st.Uid)) + ", not to " + strconv.Itoa(os.Geteuid()))
	case st.Mode&0o022 != 0:
		return "", errors.New("XDG_RUNTIME_DIR: others than its owner may write to " + dir)
	}
	return dir, nil
}

// rootlessMode reads --rootless, which openLog has looked at.
func rootlessMode(c *cli.Context) libcontainer.Rootless {
	mode, _ := parseRootless(c.String("rootless"))
	return mode
}

func parseRootless(text string) (libcontainer.Rootless, error) {
	if text == "auto" || text == "" {
		return libcontainer.RootlessAuto, nil
	}
	yes, err := strconv.ParseBool(text)
	switch {
	case err != nil:
		return "", fmt.Errorf("--rootless: %q is neither true, false nor auto", text)
	case yes:
		return libcontainer.RootlessYes, nil
	}
	return libcontainer.RootlessNo, nil
}
