#!/bin/bash
# Types at bash, zsh and fish, and looks at what they offer. A tare of its own answers for the containers.
set -u
cd "$(dirname "$0")/.." || exit 2
fake=$(mktemp -d)
trap 'rm -rf "$fake"' EXIT
passed=0 failed=0
mkdir "$fake/bin" "$fake/bundles" && : >"$fake/notes"
cat >"$fake/bin/tare" <<'SCRIPT'
#!/bin/sh
test "$*" = "list -q" && printf 'web-1\nweb-2\n'
test "$*" = "--root /elsewhere list -q" && echo other
test "$*" = "--root=/elsewhere list -q" && echo other
exit 0
SCRIPT
chmod +x "$fake/bin/tare"
export PATH=$fake/bin:$PATH FAKE=$fake

# Each prints what is offered for a line. bash and zsh complete only where somebody types: in a terminal of their own.
in_bash() {
	COMPLETION=$PWD/contrib/completions/tare.bash LINE=$1 zsh -f <<'SCRIPT'
zmodload zsh/zpty
zpty b env INPUTRC=/dev/null PS1= TERM=dumb bash --norc --noprofile -i
zpty -w b "stty -echo cols 1000; cd $FAKE; source $COMPLETION; bind 'set completion-query-items 0' 'set page-completions off'; PS1=RE\"\"ADY"
zpty -r -m b line '*READY*'
zpty -w -n b "$LINE"$'\e?\x15echo DO""NE\n'
zpty -r -m b line '*DONE*'
print -r -- $line
zpty -d b
SCRIPT
}

in_fish() {
	fish --no-config -c 'cd $FAKE; source $argv[1]; complete -C $argv[2]' "$PWD/contrib/completions/tare.fish" "$1" | cut -f1
}

in_zsh() {
	COMPLETIONS=$PWD/contrib/completions LINE=$1 zsh -f <<'SCRIPT'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PROMPT=; stty -echo; cd $FAKE; fpath=($COMPLETIONS \$fpath); autoload -U compinit; compinit -u -D; LISTMAX=1000"
zpty -w z 'offer() { zle list-choices; zle -R; zle -I; print DO""NE; }; zle -N offer; bindkey "^T" offer; print RE""ADY'
zpty -r -m z line '*READY*'
zpty -w -n z "$LINE"$'\x14'
zpty -r -m z line '*DONE*'
print -r -- $line
zpty -d z
SCRIPT
}

# offers LINE WORD...: all shells offer these words for the line; a word that begins with ! they do not.
offers() {
	local line=$1 shell word got found
	shift
	for shell in bash fish zsh; do
		got=$(in_$shell "$line" | sed -E 's/\x1b\[[0-9;?]*[A-Za-z]/ /g; s/\r//g')
		for word; do
			# A word that is wanted is to be there, one that is not is to be missing.
			if grep -qE "(^|[ =-])${word#!}(\$|[ /])" <<<"$got"; then found=$word; else found=!${word#!}; fi
			if [ "$found" = "$word" ]; then
				passed=$((passed + 1))
			else
				failed=$((failed + 1))
				printf 'not ok: %s offers for "%s" not what it should about %s:\n%s\n' "$shell" "$line" "$word" "$got"
			fi
		done
	done
}

offers 'tare ' create delete checkpoint '!version'
offers 'tare kill ' web-1 web-2
offers 'tare --root /elsewhere kill ' other '!web-1'
offers 'tare --root=/elsewhere kill ' other '!web-1'
offers 'tare --root /elsewhere ' create '!TERM'
offers 'tare exec --user 1000 ' web-1
offers 'tare ps --format json ' web-2
offers 'tare kill --all web-1 ' TERM '!web-2'
offers 'tare create ' '!web-1'
offers 'tare kill web-1 ' TERM '!web-2'
offers 'tare create --' bundle pid-file console-socket '!tty'
offers 'tare exec --' tty preserve-fds '!bundle'
offers 'tare --log-format ' text json
offers 'tare --log-format=' text json
offers 'tare list --format ' table json
offers 'tare create --bundle ' bundles '!notes'
offers 'tare update --resources ' notes
offers 'tare plan ' bundles '!notes'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
