package libcontainer

import (
	"fmt"

	"github.com/tare-oci/tare/internal/jsonwrite"
	"github.com/tare-oci/tare/internal/resctrl"
	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// Resctrl is what state.json remembers of a container's resctrl groups.
type Resctrl struct {
	Mountpoint string
	Group      string // its class, "" for none
	Made       string // the class again if tare made it for this container alone, else ""
	Monitor    string // the group that counts, "" for none
}

func (r *Resctrl) encode(w *jsonwrite.Writer) {
	w.Object(func() {
		w.Name("mountpoint")
		w.String(r.Mountpoint)
		w.Name("group")
		w.String(r.Group)
		w.Name("made")
		w.String(r.Made)
		w.Name("monitor")
		w.String(r.Monitor)
	})
}

func (r *Resctrl) decode(d specjson.Reader) {
	d.Object(func(d specjson.Reader, name string) {
		switch name {
		case "mountpoint":
			d.String(&r.Mountpoint)
		case "group":
			d.String(&r.Group)
		case "made":
			d.String(&r.Made)
		case "monitor":
			d.String(&r.Monitor)
		}
	})
}

// remove removes what is the container's own.
func (r *Resctrl) remove() error {
	for _, group := range [...]string{r.Monitor, r.Made} {
		if group == "" {
			continue
		}
		if err := resctrl.Remove(group); err != nil {
			return err
		}
	}
	return nil
}

// resctrl makes or takes the container's class. State says so before it is made: a
// tare that is killed leaves a container that delete can remove.
func (m *maker) resctrl(_ *nsenter.Session, step *plan.Step) (func(), error) {
	state, group := &m.container.State.Resctrl, step.S[0]
	state.Mountpoint, state.Group = m.facts.Resctrl.Mountpoint, group
	tree := resctrl.Tree{Mountpoint: state.Mountpoint}
	made, err := tree.Use(group, step.L[0], step.N[0] != 0, func() error {
		if m.config.Spec.Linux.IntelRdt.ClosID == "" {
			state.Made = group
		}
		return m.container.save()
	})
	if err != nil || !made {
		return nil, err
	}
	return func() { tree.RemoveUnused(group) }, nil
}

func (m *maker) monitor(_ *nsenter.Session, step *plan.Step) (func(), error) {
	state, group := &m.container.State.Resctrl, step.S[0]
	err := resctrl.Tree{Mountpoint: state.Mountpoint}.Monitor(group, func() error {
		state.Monitor = group
		return m.container.save()
	})
	if err != nil {
		return nil, err
	}
	return func() { _ = resctrl.Remove(group) }, nil
}

func (m *maker) assign(s *nsenter.Session, step *plan.Step) (func(), error) {
	return nil, resctrl.Tree{Mountpoint: m.facts.Resctrl.Mountpoint}.Assign(step.S[0], s.Pid)
}

// resctrlStats is what the container's resctrl group has and has counted, nil if
// it is in none.
func (c *Container) resctrlStats() (*resctrl.Stats, error) {
	r := &c.State.Resctrl
	if r.Group == "" {
		return nil, nil
	}
	s, err := resctrl.Tree{Mountpoint: r.Mountpoint}.Stats(r.Group, r.Monitor)
	if err != nil {
		return nil, fmt.Errorf("cannot read the resctrl group: %w", err)
	}
	return s, nil
}

// changeSchemata writes lines of the schemata of the container's class. What is
// wrong with one is a *specconv.Faults.
func (c *Container) changeSchemata(changes []specconv.Schema) (undo func(), err error) {
	r := &c.State.Resctrl
	var undos []func()
	undo = func() {
		for i := len(undos) - 1; i >= 0; i-- {
			undos[i]()
		}
	}
	for _, s := range changes {
		back, err := resctrl.Tree{Mountpoint: r.Mountpoint}.Change(r.Group, s.Line)
		if err != nil {
			undo()
			return nil, &specconv.Faults{List: []specconv.Fault{{Pointer: s.Pointer, Message: err.Error()}}}
		}
		undos = append(undos, back)
	}
	return undo, nil
}
