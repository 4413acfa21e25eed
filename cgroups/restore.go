package cgroups

import "strings"

// before is a write that sets back what a file said before another.
type before struct {
	hierarchy   int
	file, value string
}

// before reads what a setting is about to change; nothing where the file cannot
// be read, or cannot be written as it reads.
func (g *Group) before(s *Setting) []before {
	i := g.paths.index(s.Controller)
	if i < 0 {
		return nil
	}
	dir, err := g.dir(i)
	if err != nil {
		return nil
	}
	file, value := s.File, s.Value
	text, err := readAt(dir, file)
	if err != nil && s.Fallback != nil {
		file, value = s.Fallback.File, s.Fallback.Value
		text, err = readAt(dir, file)
	}
	if err != nil {
		return nil
	}
	old, ok := restoring(file, value, string(text))
	if !ok {
		return nil
	}
	list := []before{{i, file, old}}
	if file == "cpu.idle" && old == "0" {
		// Leaving SCHED_IDLE gives a cgroup the default weight.
		for _, weight := range [...]string{"cpu.shares", "cpu.weight"} {
			if text, err := readAt(dir, weight); err == nil {
				list = append([]before{{i, weight, strings.TrimSpace(string(text))}}, list...)
			}
		}
	}
	return list
}

// restore makes the writes, the last first: so the files pass through the values
// they have had, which bound each other as they must.
func (g *Group) restore(list []before) (stuck []string) {
	for i := len(list) - 1; i >= 0; i-- {
		b := &list[i]
		if err := writeAt(g.dirs[b.hierarchy], b.file, b.value); err != nil {
			stuck = append(stuck, g.paths[b.hierarchy].Directory()+"/"+b.file)
		}
	}
	return stuck
}

// restoring is the write that sets a file back to text, as far as a write of
// value changes it.
func restoring(file, value, text string) (string, bool) {
	text = strings.TrimSpace(text)
	switch {
	case file == "memory.oom_control":
		return field([]byte(text+"\n"), "oom_kill_disable"), true
	case file == "io.max":
		return restoringRate(value, text)
	case strings.HasPrefix(file, "blkio.throttle."):
		return restoringEntry(value, text, "0"), true
	case strings.HasSuffix(file, ".weight") || strings.HasSuffix(file, ".weight_device"):
		if !strings.Contains(value, ":") { // of no device
			return strings.TrimPrefix(firstLine(text), "default "), true
		}
		return restoringEntry(value, text, "default"), true
	case file == "rdma.max" || file == "net_prio.ifpriomap":
		old := restoringEntry(value, text, "")
		return old, strings.Contains(old, " ")
	}
	// Of a file that lists more than it takes nothing is known.
	return text, !strings.Contains(text, "\n")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// restoringEntry finds the line of the device or interface that a value begins
// with; absent is what one that has no line has.
func restoringEntry(value, text, absent string) string {
	name, _, _ := strings.Cut(value, " ")
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, name+" ") {
			return line
		}
	}
	return strings.TrimSpace(name + " " + absent)
}

// restoringRate finds one rate of a device: "8:0 rbps=1048576".
func restoringRate(value, text string) (string, bool) {
	name, rate, ok := strings.Cut(value, " ")
	key, _, isRate := strings.Cut(rate, "=")
	if !ok || !isRate || strings.Contains(rate, " ") {
		return "", false
	}
	for word := range strings.FieldsSeq(restoringEntry(value, text, "")) {
		if strings.HasPrefix(word, key+"=") {
			return name + " " + word, true
		}
	}
	return name + " " + key + "=max", true
}
