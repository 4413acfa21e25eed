package libcontainer

import (
	"errors"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/specconv"
)

// Rootless says how it is taken that a user may not make the container's cgroup.
type Rootless string

// The values of --rootless.
const (
	// RootlessAuto goes without a cgroup unless limits are asked for; root of
	// the host always has one.
	RootlessAuto Rootless = "auto"
	// RootlessYes goes without a cgroup and its limits.
	RootlessYes Rootless = "true"
	// RootlessNo goes without none.
	RootlessNo Rootless = "false"
)

// errNoCgroup is the answer of a container that was made without one.
var errNoCgroup = errors.New("it has no cgroup")

// hasCgroup says whether the container was made with a cgroup.
func (c *Container) hasCgroup() bool { return len(c.State.Cgroup) > 0 }

// delegation finds the hierarchies in which the container is to have no cgroup,
// and notes that.
func delegation(facts *specconv.Facts, spec *specs.Spec, r *Request) {
	if r.NoCgroup {
		facts.NoCgroup = true
		for _, h := range facts.Cgroups.Hierarchies() {
			facts.Undelegated = append(facts.Undelegated, h.Mountpoint)
		}
		return
	}
	mayDoWithout := r.Rootless == RootlessYes || r.Rootless != RootlessNo && (facts.EffectiveUID != 0 || facts.UserNamespace)
	if !mayDoWithout || facts.Cgroups.Mode == cgroups.None || facts.Systemd != nil {
		return // who has a systemd has what that was given
	}
	facts.IgnoreLimits = r.Rootless == RootlessYes
	paths, err := specconv.CgroupPaths(spec, facts, r.ID)
	if err != nil {
		return // the compiler says so
	}
	var closed []string
	for _, p := range paths {
		if !p.Delegated(facts.Cgroups.OwnPath(p)) {
			facts.Undelegated = append(facts.Undelegated, p.Mountpoint)
			closed = append(closed, p.Directory())
		}
	}
	if len(closed) > 0 && r.Note != nil {
		r.Note("the container has no cgroup " + strings.Join(closed, ", ") + ": none of it was given to this user (delegation)")
	}
}

// enterable is what of the container's cgroup, or of those below it that are asked
// for, a new process of this user's can be put into. All else becomes
// undelegated in the facts of the host; outside lists what the process is kept
// out of.
func (c *Container) enterable(facts *specconv.Facts, r *ExecRequest) (paths cgroups.Paths, outside []string, err error) {
	all, err := c.State.Cgroup.Below(r.Cgroup)
	if err != nil {
		return nil, nil, err
	}
	mayStayOutside := r.Rootless != RootlessNo && len(r.Cgroup) == 0 && (facts.EffectiveUID != 0 || facts.UserNamespace)
	for _, p := range all {
		if facts.Systemd != nil && p.Hierarchy == "" && facts.Systemd.User && !p.Enterable(facts.Cgroups.OwnPath(p)) {
			facts.Systemd.Outside = true
		} else if mayStayOutside && !p.Enterable(facts.Cgroups.OwnPath(p)) {
			outside = append(outside, p.Directory())
			continue
		}
		paths = append(paths, p)
	}
	for _, h := range facts.Cgroups.Hierarchies() {
		if !slices.ContainsFunc(paths, func(p cgroups.Path) bool { return p.Mountpoint == h.Mountpoint }) {
			facts.Undelegated = append(facts.Undelegated, h.Mountpoint)
		}
	}
	return paths, outside, nil
}

// openGroup opens a cgroup that processes join, nil if there is none.
func openGroup(paths cgroups.Paths) (*cgroups.Group, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	return cgroups.Open(paths)
}

// bornIn lets a session's init begin its life in the cgroup, where it is one of version 2.
func bornIn(s *nsenter.Session, group *cgroups.Group) (err error) {
	if group == nil {
		return nil
	}
	if _, unified := group.Paths().Unified(); unified {
		s.CgroupFD, err = group.FD()
	}
	return err
}
