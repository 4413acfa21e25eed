package main

import (
	"fmt"
	"strings"
)

const made = "# Made from the command line's table by go generate ./contrib/gen.\n"

// bash is a completion that needs no library of others.
func bash(t tool) string {
	var verbs, flags, kinds, args strings.Builder
	for _, v := range append([]verb{t.main}, t.verbs...) {
		var words []string
		for _, o := range v.flags {
			words = append(words, o.dashed()...)
			if o.value == "" {
				continue
			}
			for _, name := range o.dashed() {
				fmt.Fprintf(&kinds, "\t'%s %s') echo '%s' ;;\n", v.name, name, o.value)
			}
		}
		fmt.Fprintf(&flags, "\t'%s') echo '%s' ;;\n", v.name, strings.Join(words, " "))
		if v.name != "" {
			verbs.WriteString(" " + v.name)
		}
		if a := v.argument(); a != "" {
			fmt.Fprintf(&args, "\t'%s') echo %s ;;\n", v.name, a)
		}
	}
	return made + "\n__tare_verbs() { echo" + verbs.String() + "; }\n" + bashTable("flags", "$1", &flags) +
		"\n# __tare_kind VERB FLAG: what the flag takes, nothing if it takes no value." + bashTable("kind", "$1 $2", &kinds) +
		bashTable("argument", "$1", &args) + bashRest
}

func bashTable(name, of string, rows *strings.Builder) string {
	return "\n__tare_" + name + "() {\n\tcase \"" + of + "\" in\n" + rows.String() + "\tesac\n}\n"
}

const bashRest = `
# __tare_offer KIND CURRENT ROOT
__tare_offer() {
	case $1 in
	DIRECTORY) compgen -d -- "$2" ;;
	FILE | SOCKET) compgen -f -- "$2" ;;
	ID) compgen -W "$(tare ${3:+--root "$3"} list -q 2>/dev/null)" -- "$2" ;;
	*'|'*) compgen -W "${1//|/ }" -- "$2" ;;
	esac
}

# A name of a directory gets a slash; a verb that is also a directory's name does not.
__tare_reply() {
	[[ $1 != @(DIRECTORY|FILE|SOCKET) ]] || compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(__tare_offer "$1" "$current" "$root")
}

_tare() {
	local current=${COMP_WORDS[COMP_CWORD]} verb='' root='' kind='' word places=0 i
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == -* ]]; then
			kind=$(__tare_kind "$verb" "$word")
			[[ -n $kind ]] || continue
			((++i))
			[[ ${COMP_WORDS[i]} != = ]] || ((++i))
			[[ $word != --root || $i -ge $COMP_CWORD ]] || root=${COMP_WORDS[i]}
			((i < COMP_CWORD)) && kind=
		elif [[ -z $verb ]]; then
			verb=$word
		else
			((++places))
		fi
	done
	if [[ -n $kind ]]; then
		[[ $current != = ]] || current=
		__tare_reply "$kind"
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(__tare_flags "$verb")" -- "$current")
	elif [[ -z $verb ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(__tare_verbs)" -- "$current")
	elif ((places == 0)); then
		__tare_reply "$(__tare_argument "$verb")"
	elif [[ $verb == kill ]] && ((places == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'TERM KILL HUP INT QUIT USR1 USR2 STOP CONT' -- "$current")
	fi
}

complete -F _tare tare
`

// zsh says what a value is in the words of _arguments.
func zsh(t tool) string {
	var b strings.Builder
	b.WriteString("#compdef tare\n" + made + `
__tare_containers() {
	local -a ids root
	[[ -n $tare_root ]] && root=(--root $tare_root)
	ids=(${(f)"$(tare $root list -q 2>/dev/null)"})
	_describe -t containers container ids
}

_tare() {
	local curcontext=$curcontext state line tare_root
	local -A opt_args
	_arguments -C \
`)
	for _, o := range t.main.flags {
		b.WriteString("\t\t" + zshOption(o) + " \\\n")
	}
	b.WriteString("\t\t'1:command:->command' '*::argument:->argument' && return\n\tcase $state in\n\tcommand)\n\t\tlocal -a commands=(\n")
	for _, v := range t.verbs {
		fmt.Fprintf(&b, "\t\t\t%s\n", quoted(v.name+":"+v.usage))
	}
	b.WriteString("\t\t)\n\t\t_describe -t commands command commands\n\t\t;;\n\targument)\n\t\ttare_root=${opt_args[--root]}\n\t\tcase $line[1] in\n")
	for _, v := range t.verbs {
		fmt.Fprintf(&b, "\t\t%s)\n\t\t\t_arguments \\\n", v.name)
		for _, o := range v.flags {
			b.WriteString("\t\t\t\t" + zshOption(o) + " \\\n")
		}
		b.WriteString("\t\t\t\t" + zshArguments(v) + "\n\t\t\t;;\n")
	}
	b.WriteString("\t\tesac\n\t\t;;\n\tesac\n}\n\n_tare \"$@\"\n")
	return b.String()
}

func zshArguments(v verb) string {
	switch {
	case v.name == "kill":
		return "'1:container:__tare_containers' '2:signal:_signals'"
	case v.name == "exec":
		return "'1:container:__tare_containers' '*:::command:_normal'"
	case v.argument() == directory:
		return "'1:bundle:_files -/'"
	case v.argument() == "ID":
		return "'1:container:__tare_containers'"
	case strings.HasPrefix(v.args, "ID"):
		return "'1:new id: '"
	}
	return "': :'"
}

func zshOption(o option) string {
	words := o.dashed()
	text := "[" + strings.NewReplacer("[", "(", "]", ")", ":", "\\:").Replace(o.usage) + "]"
	if o.value != "" {
		text += ":" + strings.NewReplacer(":", "\\:", "[", "(", "]", ")").Replace(o.value) + ":"
		switch {
		case o.value == directory:
			text += "_files -/"
		case o.value == file || o.value == socket:
			text += "_files"
		case o.value == "ID":
			text += "__tare_containers"
		case o.choices() != nil:
			text += "(" + strings.Join(o.choices(), " ") + ")"
		default:
			text += " "
		}
	}
	taken := make([]string, len(words))
	for i, word := range words {
		taken[i] = word
		if o.value != "" && strings.HasPrefix(word, "--") {
			taken[i] += "=" // the value comes behind it, or is the next word
		}
	}
	if len(words) == 1 {
		return quoted(taken[0] + text)
	}
	return "'(" + strings.Join(words, " ") + ")'{" + strings.Join(taken, ",") + "}" + quoted(text)
}

// fish has a line for each thing that may be typed.
func fish(t tool) string {
	var b strings.Builder
	b.WriteString(made + "\n# What takes a value, which is then no argument.\nset -g __tare_valued")
	for _, v := range append([]verb{t.main}, t.verbs...) {
		for _, o := range v.flags {
			if o.value == "" {
				continue
			}
			for _, name := range o.dashed() {
				b.WriteString(" '" + v.name + " " + name + "'")
			}
		}
	}
	b.WriteString("\n" + fishWords)
	for _, o := range t.main.flags {
		b.WriteString(fishOption("__tare_typed 0", o))
	}
	for _, v := range t.verbs {
		seen := "__tare_verb " + v.name
		fmt.Fprintf(&b, "complete -c tare -n '__tare_typed 0' -a %s -d %s\n", v.name, fishQuoted(v.usage))
		for _, o := range v.flags {
			b.WriteString(fishOption(seen, o))
		}
		switch v.argument() {
		case "ID":
			fmt.Fprintf(&b, "complete -c tare -n '__tare_typed 1 %s' -a '(__tare_containers)' -d container\n", v.name)
		case directory:
			fmt.Fprintf(&b, "complete -c tare -n '__tare_typed 1 %s' -a '(__fish_complete_directories)'\n", v.name)
		}
		if v.name == "kill" {
			b.WriteString("complete -c tare -n '__tare_typed 2 kill' -a 'TERM KILL HUP INT QUIT USR1 USR2 STOP CONT' -d signal\n")
		}
	}
	return b.String()
}

const fishWords = `
# The verb and its arguments, without options and their values.
function __tare_words
	set -l verb ''
	set -l value no
	for word in (commandline -opc)[2..-1]
		if test $value = yes
			set value no
		else if string match -q -- '-*' $word
			contains -- "$verb $word" $__tare_valued; and set value yes
		else
			echo $word
			test -n "$verb"; or set verb $word
		end
	end
end

function __tare_verb
	set -l words (__tare_words)
	test "$words[1]" = $argv[1]
end

# __tare_typed N [VERB]: N words were typed, the verb among them.
function __tare_typed
	set -l words (__tare_words)
	test (count $words) = $argv[1] -a "$words[1]" = "$argv[2]"
end

function __tare_containers
	set -l words (commandline -opc)
	set -l root (string match -- '--root=*' $words)
	set -l at (contains -i -- --root $words); and set root --root $words[(math $at + 1)]
	tare $root list -q 2>/dev/null
end

complete -c tare -f
`

func fishOption(when string, o option) string {
	line := "complete -c tare -n '" + when + "'"
	for _, n := range o.names {
		if len(n) == 1 {
			line += " -s " + n
		} else {
			line += " -l " + n
		}
	}
	switch {
	case o.value == "":
	case o.value == directory:
		line += " -x -a '(__fish_complete_directories)'"
	case o.value == file || o.value == socket:
		line += " -r -F"
	case o.value == "ID":
		line += " -x -a '(__tare_containers)'"
	case o.choices() != nil:
		line += " -x -a '" + strings.Join(o.choices(), " ") + "'"
	default:
		line += " -x"
	}
	return line + " -d " + fishQuoted(o.usage) + "\n"
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
