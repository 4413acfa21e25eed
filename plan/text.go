package plan

import (
	"strconv"
	"strings"
)

// shown is how many items of a list, and bytes of a string, a printed line has room for.
const (
	shownItems = 4
	shownBytes = 64
)

// Sentence is what step i does, in the words of its table row: "mount proc on /proc".
func (p *Plan) Sentence(i int) string {
	s := &p.Steps[i]
	return p.fill(table[s.Kind].text, s)
}

// Failure is the beginning of an error about step i, to be followed by its
// cause: "/mounts/0: cannot mount proc on /proc".
func (p *Plan) Failure(i int) string {
	words := "cannot " + p.Sentence(i)
	if at := p.Steps[i].Pointer; at != "" {
		return printable(at) + ": " + words
	}
	return words
}

// detail fills a row's details, leaving out each part whose operands are empty.
// Parts are separated by "; " or, where they are bare, by a space.
func (p *Plan) detail(more string, s *Step) string {
	var parts []string
	for _, part := range strings.Split(more, "; ") {
		var words []string
		for _, word := range splitWords(part) {
			if filled := p.fill(word, s); filled != "" && (filled != word || !strings.Contains(word, "{")) && !emptied(word, filled) {
				words = append(words, filled)
			}
		}
		if len(words) > 0 {
			parts = append(parts, strings.Join(words, " "))
		}
	}
	return strings.Join(parts, "; ")
}

// splitWords cuts details into pieces that live or vanish together: a piece is
// the plain words before an operand and the operand.
func splitWords(part string) []string {
	var pieces []string
	for part != "" {
		end := strings.IndexByte(part, '}')
		if end < 0 {
			pieces = append(pieces, strings.TrimSpace(part))
			break
		}
		for end+1 < len(part) && part[end+1] != ' ' {
			next := strings.IndexByte(part[end+1:], '}')
			if next < 0 {
				break
			}
			end += 1 + next
		}
		pieces = append(pieces, strings.TrimSpace(part[:end+1]))
		part = strings.TrimSpace(part[end+1:])
	}
	return pieces
}

// emptied says whether all operands of piece came out empty.
func emptied(piece, filled string) bool {
	plain := piece
	for {
		from := strings.IndexByte(plain, '{')
		if from < 0 {
			break
		}
		to := strings.IndexByte(plain[from:], '}')
		plain = plain[:from] + plain[from+to+1:]
	}
	return strings.TrimSpace(plain) == strings.TrimSpace(filled)
}

// fill replaces each {operand} by the step's value.
func (p *Plan) fill(text string, s *Step) string {
	var b strings.Builder
	for {
		from := strings.IndexByte(text, '{')
		if from < 0 {
			b.WriteString(text)
			return b.String()
		}
		to := from + strings.IndexByte(text[from:], '}')
		b.WriteString(text[:from])
		b.WriteString(p.operand(text[from+1:to], s))
		text = text[to+1:]
	}
}

// operand shows one operand of a step by its name in the table.
func (p *Plan) operand(name string, s *Step) string {
	r := &table[s.Kind]
	for i, op := range r.n {
		if op.name == name {
			return p.integer(op, s.N[i])
		}
	}
	for i, n := range r.s {
		if n == name {
			return clip(s.S[i])
		}
	}
	for i, n := range r.l {
		if n == name {
			if r.whole {
				return printable(strings.Join(s.L[i], ", "))
			}
			return join(s.L[i])
		}
	}
	if r.ids == name {
		var list []string
		for _, id := range s.IDs {
			list = append(list, strconv.FormatUint(uint64(id), 10))
		}
		return join(list)
	}
	return "BUG: " + string(r.word) + " has no operand " + name
}

func (p *Plan) integer(op operand, v int64) string {
	switch op.form {
	case number:
		if v == 0 {
			return ""
		}
		return strconv.FormatInt(v, 10)
	case octal:
		return "0" + strconv.FormatInt(v&0o7777, 8)
	case yesno:
		if v != 0 {
			return "yes"
		}
		return "no"
	case slotIn, slotOut:
		return p.slotName(v)
	case bits:
		return bitNames(op.names, v)
	case atime:
		return attributes(v)
	case device:
		return strconv.FormatUint(major(uint64(v)), 10) + ":" + strconv.FormatUint(minor(uint64(v)), 10)
	case caps:
		return capabilities(uint64(v))
	}
	if v == -1 {
		return "unlimited"
	}
	return strconv.FormatInt(v, 10)
}

func (p *Plan) slotName(v int64) string {
	if v <= 0 || v >= int64(len(p.Slots)) {
		return ""
	}
	return printable(p.Slots[v])
}

func bitNames(names []name, v int64) string {
	var words []string
	for _, n := range names {
		if v&n.bits == n.bits {
			words = append(words, n.word)
			v &^= n.bits
		}
	}
	if v != 0 {
		words = append(words, "0x"+strconv.FormatUint(uint64(v), 16))
	}
	return strings.Join(words, ",")
}

// attributes names mount attributes; all bits of the access time together mean
// "whatever the access time was", which stands only in a clear mask.
func attributes(v int64) string {
	if v&AttrAtime == AttrAtime {
		rest := bitNames(attrNames, v&^AttrAtime)
		return strings.TrimPrefix(rest+",atime", ",")
	}
	return bitNames(attrNames, v)
}

func capabilities(set uint64) string {
	all := uint64(1)<<len(capabilityNames) - 1
	switch set {
	case 0:
		return "none"
	case all:
		return "all"
	}
	var words []string
	for i, n := range capabilityNames {
		if set&(1<<i) != 0 {
			words = append(words, n)
		}
	}
	return strings.Join(words, ",")
}

// major and minor take the kernel's 64-bit dev_t apart, as makedev(3) joins it.
func major(dev uint64) uint64 { return dev>>8&0xfff | dev>>32&^0xfff }
func minor(dev uint64) uint64 { return uint64(uint32(dev&0xff | dev>>12&^0xff)) }

// Makedev joins a device number's halves as makedev(3) does.
func Makedev(major, minor uint32) uint64 {
	return uint64(minor)&0xff | uint64(major)&0xfff<<8 | uint64(minor)&^0xff<<12 | uint64(major)&^0xfff<<32
}

func clip(s string) string {
	s = printable(s)
	if len(s) > shownBytes*4 {
		return s[:shownBytes*4] + "…"
	}
	return s
}

// printable keeps control characters of a config out of a terminal.
func printable(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			q := strconv.Quote(s)
			return q[1 : len(q)-1]
		}
	}
	return s
}

func join(list []string) string {
	var b strings.Builder
	for i, s := range list {
		if i == shownItems && len(list) > shownItems+1 {
			b.WriteString(",… " + strconv.Itoa(len(list)) + " in all")
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		s = printable(s)
		if len(s) > shownBytes {
			s = s[:shownBytes] + "…"
		}
		b.WriteString(s)
	}
	return b.String()
}

func pad(s string, width int) string {
	n := 0
	for range s {
		n++
	}
	if n >= width {
		return s + " "
	}
	return s + strings.Repeat(" ", width-n)
}
