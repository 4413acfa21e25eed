package libcontainer

import (
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/specconv"
)

// unitUpdate is what systemd is to be told of an update; nil if it has nothing to
// do with the container.
type unitUpdate struct {
	systemd     *cgroups.Systemd
	unit        string
	now, former []cgroups.Property
}

// unitUpdate reaches systemd, before anything is changed.
func (c *Container) unitUpdate(spec *specs.Spec, u *specconv.Update, facts *specconv.Facts) (*unitUpdate, error) {
	if c.State.Unit.Name == "" || len(u.Settings) == 0 && u.After == nil {
		return nil, nil
	}
	s, err := cgroups.NewSystemd(c.State.Unit.User)
	if err != nil {
		return nil, fmt.Errorf("cannot update container %s: %w", c.State.ID, err)
	}
	t := &unitUpdate{systemd: s, unit: c.State.Unit.Name}
	if facts.Systemd, err = s.Manager(); err != nil {
		t.close()
		return nil, fmt.Errorf("cannot update container %s: %w", c.State.ID, err)
	}
	if t.now, t.former, err = specconv.UnitUpdate(spec, u, facts); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *unitUpdate) close() {
	if t != nil {
		t.systemd.Close()
	}
}

// tell tells systemd what was written, and saves. After the files: the kernel
// refuses what systemd would take. What systemd then writes itself is rounded in
// places, and so the files have the last word.
func (t *unitUpdate) tell(g *cgroups.Group, settings []cgroups.Setting, save func() error) error {
	if t == nil || len(t.now) == 0 {
		return save()
	}
	err := t.systemd.Set(t.unit, t.now)
	if err != nil {
		return err
	}
	if _, err = g.Apply(settings); err == nil {
		err = save()
	}
	if err != nil {
		_ = t.systemd.Set(t.unit, t.former)
	}
	return err
}
