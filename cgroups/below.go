package cgroups

import (
	"errors"
	"path"
	"strings"
)

// Below finds cgroups below a container's, for a process that is to run there:
// what --cgroup of exec says. A single PATH counts in every hierarchy, a
// CONTROLLER[,CONTROLLER...]:PATH in those of version 1 that carry the
// controllers. Paths count from the container's cgroup, which / is. One with a
// component ".." is refused: it would lead out of the container.
func (ps Paths) Below(subs []string) (Paths, error) {
	if len(ps) == 0 && len(subs) > 0 {
		return nil, errors.New("--cgroup: the container has no cgroup")
	}
	found := append(Paths(nil), ps...)
	given := make([]int, len(ps)) // by which of subs, from 1
	for n, sub := range subs {
		controllers, at, several := strings.Cut(sub, ":")
		if !several {
			at = sub
		}
		fault := belowFault(at)
		switch {
		case fault != "":
		case several:
			fault = found.moveBelow(controllers, at, given, n+1)
		case len(subs) > 1:
			fault = "where there are several, each must be CONTROLLER:PATH"
		default:
			for i := range found {
				found[i].Path = path.Join(found[i].Path, at)
			}
		}
		if fault != "" {
			return nil, errors.New("--cgroup " + quote(sub) + ": " + fault)
		}
	}
	return found, nil
}

func (ps Paths) moveBelow(controllers, at string, given []int, n int) (fault string) {
	for controller := range strings.SplitSeq(controllers, ",") {
		i := ps.index(controller)
		switch {
		case i < 0 || ps[i].Hierarchy == "":
			return "there is no cgroup v1 controller " + quote(controller) + " here"
		case given[i] == n: // mounted together with one before
		case given[i] != 0:
			return "its hierarchy was given before"
		default:
			given[i] = n
			ps[i].Path = path.Join(ps[i].Path, at)
		}
	}
	return ""
}

// belowFault is pathFault, but for the container's cgroup itself, which is fine.
func belowFault(at string) string {
	if at != "" && strings.Trim(at, "/") == "" {
		return ""
	}
	return pathFault(at)
}

// OfProcess is the cgroup of version 2 that a process is in, from the text of its
// /proc/PID/cgroup (cgroups(7)), if that is the container's or lies below it.
func (ps Paths) OfProcess(text string) (Paths, bool) {
	own, ok := ps.Unified()
	at := path.Clean(ownPaths(text)[""])
	if !ok || at != own.Path && !strings.HasPrefix(at, own.Path+"/") {
		return nil, false
	}
	own.Path = at
	return Paths{own}, true
}
