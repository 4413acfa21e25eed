package libcontainer

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/resctrl"
	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/specconv"
)

// Schemata are lines of a resctrl class, "" for those that stay.
type Schemata struct{ L3Cache, MemBw string }

// Update gives the container resources, and its class schemata, beside those it
// has, as CompileUpdate and CompileSchemata say, and keeps them with its config, so that later updates know them. When it fails
// the container has what it had, as far as the kernel lets it be set back. What is
// wrong with a field is a *specconv.Faults.
func (c *Container) Update(r *specs.LinuxResources, s Schemata) error {
	switch status := c.Status(); status {
	case Stopped, Creating:
		return fmt.Errorf("cannot update container %s: it is %s: %w", c.State.ID, status, errNotRunning)
	}
	// Of two that update it at once the second must know what the first did.
	// Not the directory: a hook of start, which holds that, may want to update.
	unlock, err := c.lockFile(stateFile)
	if err != nil {
		return err
	}
	defer unlock()
	config, err := c.CreationConfig()
	if err != nil {
		return err
	}
	facts, err := hostFacts()
	if err != nil {
		return err
	}
	for _, h := range facts.Cgroups.Hierarchies() {
		if !slices.ContainsFunc(c.State.Cgroup, func(p cgroups.Path) bool { return p.Mountpoint == h.Mountpoint }) {
			facts.Undelegated = append(facts.Undelegated, h.Mountpoint)
		}
	}
	u, err := specconv.CompileUpdate(config.Spec, r, facts)
	if err != nil {
		return err
	}
	unit, err := c.unitUpdate(config.Spec, u, facts)
	if err != nil {
		return err
	}
	defer unit.close()
	raw, err := keep(config.Raw, "resources", u.Resources)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(c.Dir, configFile), err)
	}
	if s == (Schemata{}) {
		return c.apply(u, unit, raw)
	}
	facts.Resctrl = resctrl.Probe()
	changes, kept, err := specconv.CompileSchemata(config.Spec, s.L3Cache, s.MemBw, facts)
	if err != nil {
		return err
	}
	if raw, err = keep(raw, "intelRdt", kept); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(c.Dir, configFile), err)
	}
	undo, err := c.changeSchemata(changes)
	if err != nil {
		return err
	}
	if err = c.apply(u, unit, raw); err != nil {
		undo()
	}
	return err
}

// keep puts a member of /linux into a config.
func keep(raw []byte, member string, value any) ([]byte, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return specjson.Replace(raw, []string{"linux", member}, data)
}

// apply changes the cgroup, and keeps the config that says so.
func (c *Container) apply(u *specconv.Update, unit *unitUpdate, raw []byte) error {
	save := func() error { return writeAside(filepath.Join(c.Dir, configFile), raw, 0o600) }
	if len(u.Settings) == 0 && u.After == nil {
		return save()
	}
	err := c.withGroup(func(g *cgroups.Group) error { return applyUpdate(g, u, unit, save) })
	var at *cgroups.SettingError
	if errors.As(err, &at) && at.Pointer != "" {
		return &specconv.Faults{List: []specconv.Fault{{Pointer: at.Pointer, Message: at.Text()}}}
	}
	if err != nil {
		return fmt.Errorf("cannot update container %s: %w", c.State.ID, err)
	}
	return nil
}

// applyUpdate changes the cgroup and then saves, and takes all back if that fails.
func applyUpdate(g *cgroups.Group, u *specconv.Update, unit *unitUpdate, save func() error) error {
	if err := g.Enable(u.Controllers); err != nil {
		return &cgroups.SettingError{Pointer: u.Settings[0].Pointer, Err: err}
	}
	undo, err := g.Apply(u.Settings)
	if err != nil {
		return err
	}
	if u.After != nil {
		err = g.ReplaceDevices(u.Before, u.After)
	}
	if err == nil {
		if err = unit.tell(g, u.Settings, save); err == nil {
			return nil
		}
		if u.After != nil {
			_ = g.ReplaceDevices(u.After, u.Before)
		}
	}
	return undo(err)
}
