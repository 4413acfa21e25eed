package libcontainer

import (
	"errors"
	"os"
)

// List loads every container under the state root, in the order of their ids.
// Those that vanish meanwhile, or whose state cannot be read, are left out; the
// latter are named in broken.
func List(root string) (all []*Container, broken []error, err error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if !e.IsDir() || CheckID(e.Name()) != nil {
			continue
		}
		c, err := Load(root, e.Name())
		var missing *NotExistError
		switch {
		case err == nil:
			all = append(all, c)
		case !errors.As(err, &missing):
			broken = append(broken, err)
		}
	}
	return all, broken, nil
}
