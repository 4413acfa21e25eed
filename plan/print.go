package plan

import (
	"io"
	"strconv"
	"strings"
)

// Print writes the plan for people: number, actor, what happens, and where in
// the config it comes from. A run of steps that do the same to one thing after
// another has one line, which names them all.
func (p *Plan) Print(w io.Writer) error {
	for i := 0; i < len(p.Steps); {
		end := p.run(i)
		number := strconv.Itoa(Number(i))
		if end > i+1 {
			number += "-" + strconv.Itoa(Number(end-1))
		}
		line := strings.Repeat(" ", max(0, 7-len(number))) + number + "  " +
			pad(p.Steps[i].Actor.String(), 7) + pad(p.line(i, end), 76) + "  " + printable(p.origin(i, end))
		if _, err := io.WriteString(w, strings.TrimRight(line, " ")+"\n"); err != nil {
			return err
		}
		i = end
	}
	return nil
}

// run is the index after the last of the steps from i on that share a line.
func (p *Plan) run(i int) int {
	first := &p.Steps[i]
	r := &table[first.Kind]
	end := i + 1
	if r.each == "" {
		return end
	}
	frame, detail := p.frame(first), p.detail(r.more, first)
	for ; end < len(p.Steps); end++ {
		s := &p.Steps[end]
		if s.Kind != first.Kind || s.Actor != first.Actor || !adjacent(p.Steps[end-1].Pointer, s.Pointer, r.apart) {
			break
		}
		if p.frame(s) != frame || p.detail(r.more, s) != detail {
			break
		}
	}
	return end
}

// frame is the part of a step's sentence that the steps of a run share.
func (p *Plan) frame(s *Step) string {
	r := &table[s.Kind]
	before, after, _ := strings.Cut(r.text, r.each)
	return p.fill(before, s) + "\x00" + p.fill(after, s)
}

// adjacent says whether two steps come from the same field or, unless they are
// to be kept apart, from successive elements of a list.
func adjacent(a, b string, apart bool) bool {
	if a == b {
		return true
	}
	list, n, ok := element(a)
	next, m, ok2 := element(b)
	return !apart && ok && ok2 && list == next && m == n+1
}

// element takes the pointer of a list's element apart.
func element(pointer string) (list string, index int, ok bool) {
	at := strings.LastIndexByte(pointer, '/')
	if at < 0 {
		return "", 0, false
	}
	index, err := strconv.Atoi(pointer[at+1:])
	return pointer[:at], index, err == nil
}

// origin is the pointer of the steps from i to end: that of all of them, or the
// list's with the first and the last index.
func (p *Plan) origin(i, end int) string {
	first, last := p.Steps[i].Pointer, p.Steps[end-1].Pointer
	if first == last {
		return first
	}
	return first + "-" + last[strings.LastIndexByte(last, '/')+1:]
}

// line is the sentence of the steps from i to end, their details and the slots they assign.
func (p *Plan) line(i, end int) string {
	s := &p.Steps[i]
	r := &table[s.Kind]
	var text string
	if end == i+1 {
		text = p.Sentence(i)
	} else {
		var items []string
		for n := i; n < end; n++ {
			items = append(items, p.fill(r.each, &p.Steps[n])+p.assigned(&p.Steps[n]))
		}
		before, after, _ := strings.Cut(p.frame(s), "\x00")
		text = before + strings.Join(items, ", ") + after
	}
	if more := p.detail(r.more, s); more != "" {
		text += "  (" + more + ")"
	}
	if end == i+1 {
		text += p.assigned(s)
	}
	return text
}

// assigned names the slots that a step assigns.
func (p *Plan) assigned(s *Step) (text string) {
	for j, op := range table[s.Kind].n {
		if op.form == slotOut && s.N[j] != 0 {
			text += " → " + p.slotName(s.N[j])
		}
	}
	return text
}
