package libcontainer

import (
	"errors"
	"os"
	"runtime"
	"sync"
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
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		if e.IsDir() && CheckID(e.Name()) == nil {
			ids = append(ids, e.Name())
		}
	}
	found, errs := make([]*Container, len(ids)), make([]error, len(ids))
	eachAtOnce(len(ids), func(i int) { found[i], errs[i] = Load(root, ids[i]) })
	for i, err := range errs {
		var missing *NotExistError
		switch {
		case err == nil:
			all = append(all, found[i])
		case !errors.As(err, &missing):
			broken = append(broken, err)
		}
	}
	return all, broken, nil
}

// Statuses asks for the status of each container.
func Statuses(all []*Container) []Status {
	list := make([]Status, len(all))
	eachAtOnce(len(all), func(i int) { list[i] = all[i].Status() })
	return list
}

// eachAtOnce calls do for 0 to n-1, on every processor when there is work for them:
// nearly all of a look at a container is the kernel's time.
func eachAtOnce(n int, do func(i int)) {
	const share = 32 // that many are looked at sooner than a thread is made
	workers := min(runtime.NumCPU(), (n+share-1)/share)
	var all sync.WaitGroup
	for first := 1; first < workers; first++ {
		all.Go(func() {
			for i := first; i < n; i += workers {
				do(i)
			}
		})
	}
	for i := 0; i < n; i += max(1, workers) {
		do(i)
	}
	all.Wait()
}
