package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// manual is the page of a verb in mdoc(7): what all pages have, its flags, and
// its prose, which begins with the section DESCRIPTION.
func manual(contrib string, t tool, v verb) (string, error) {
	path := filepath.Join(contrib, "man", v.page()+".mdoc")
	prose, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s needs a page of prose, in %s: the sections DESCRIPTION, EXIT STATUS if it is not 0 or 1, EXAMPLES, SEE ALSO, in mdoc(7): %w", v.page(), path, err)
	}
	text := string(prose)
	if !strings.HasPrefix(text, ".Sh DESCRIPTION\n") {
		return "", fmt.Errorf("%s must begin with .Sh DESCRIPTION", path)
	}
	end := strings.Index(text[1:], "\n.Sh ") + 2
	if end == 1 {
		return "", fmt.Errorf("%s needs a section after DESCRIPTION", path)
	}
	var b strings.Builder
	b.WriteString(".\\\" Made from the command line's table and " + filepath.Base(path) + " by go generate ./contrib/gen.\n")
	b.WriteString(".Dd November 25, 2026\n.Dt " + strings.ToUpper(v.page()) + " 8\n.Os\n.Sh NAME\n.Nm " + v.page() + "\n.Nd " + v.usage + "\n")
	b.WriteString(".Sh SYNOPSIS\n.Nm tare\n" + synopsis(v))
	b.WriteString(text[:end])
	if v.name == "" {
		commands(&b, t)
	}
	b.WriteString(".Pp\nThe options are:\n.Bl -tag -width indent\n")
	for _, o := range v.flags {
		describe(&b, o)
	}
	b.WriteString(".El\n" + withStatus(text[end:]))
	return b.String(), nil
}

// withStatus adds the exit status that most verbs have, in the place that mdoc(7) gives it.
func withStatus(sections string) string {
	if strings.Contains(sections, ".Sh EXIT STATUS\n") {
		return sections
	}
	at := strings.Index(sections, ".Sh EXAMPLES\n")
	if at < 0 {
		at = 0
	}
	return sections[:at] + ".Sh EXIT STATUS\n0 on success and 1 for an error, of which one sentence is on the standard error stream.\n" + sections[at:]
}

func synopsis(v verb) string {
	if v.name == "" {
		return ".Op Ar options\n.Ar command\n.Op Ar options\n.Op Ar argument ...\n"
	}
	s := ".Cm " + v.name + "\n.Op Ar options\n"
	for rest := v.args; rest != ""; {
		if inner, ok := strings.CutPrefix(rest, "["); ok { // optional to the end, as all are
			return s + ".Op Ar " + escape(strings.NewReplacer("[", "", "]", "", "...", " ...").Replace(strings.ToLower(inner))) + "\n"
		}
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		s += ".Ar " + strings.ToLower(word) + "\n"
	}
	return s
}

func commands(b *strings.Builder, t tool) {
	b.WriteString(".Pp\nThe commands are:\n.Bl -tag -width checkpoint\n")
	for _, v := range t.verbs {
		b.WriteString(".It Xr tare-" + v.name + " 8\n" + sentence(v.usage))
	}
	b.WriteString(".El\n")
}

func describe(b *strings.Builder, o option) {
	b.WriteString(".It ")
	for i, name := range o.dashed() {
		if i > 0 {
			b.WriteString(" , ")
		}
		b.WriteString("Fl " + escape(strings.TrimPrefix(name, "-")))
	}
	if o.value != "" {
		b.WriteString(" Ar " + escape(o.value))
	}
	b.WriteString("\n" + sentence(o.usage))
}

// sentence is a line of text that no macro is taken from.
func sentence(text string) string {
	text = strings.ReplaceAll(text, "\\", "\\e")
	if text != "" && (text[0] == '.' || text[0] == '\'') {
		text = "\\&" + text
	}
	return strings.ToUpper(text[:1]) + text[1:] + ".\n"
}

// escape keeps an argument of a macro from being read as one.
func escape(word string) string {
	return strings.NewReplacer("\\", "\\e", "-", "\\-", "|", "\\*(Ba", ":", "\\&:", "[", "\\&[", "]", "\\&]").Replace(word)
}
