package plan

import (
	"encoding/json"
	"strconv"
)

// JSON is the printed plan for programs: an object with "steps", each with
// number, actor, step, text, pointer and its operands by name. Operands with
// names for their bits are arrays of words; slots are their names.
func (p *Plan) JSON() ([]byte, error) {
	type object = map[string]any
	steps := make([]object, 0, len(p.Steps))
	for i := range p.Steps {
		s := &p.Steps[i]
		r := &table[s.Kind]
		o := object{"number": Number(i), "actor": s.Actor.String(), "step": r.word, "text": p.Sentence(i), "pointer": s.Pointer}
		for j, op := range r.n {
			switch op.form {
			case decimal, number:
				o[op.name] = json.Number(strconv.FormatInt(s.N[j], 10))
			case yesno:
				o[op.name] = s.N[j] != 0
			default:
				if text := p.integer(op, s.N[j]); text != "" {
					o[op.name] = text
				}
			}
		}
		for j, n := range r.s {
			o[n] = s.S[j]
		}
		for j, n := range r.l {
			list := s.L[j]
			if list == nil {
				list = []string{}
			}
			o[n] = list
		}
		if r.ids != "" {
			o[r.ids] = append([]uint32{}, s.IDs...)
		}
		steps = append(steps, o)
	}
	return json.MarshalIndent(object{"steps": steps}, "", "  ")
}
