# Terminals: the console socket of engines, and a person's own terminal.

load ../lib

prepare() { config '.process.terminal = true'; }

# engine [TEXT]: waits at a console socket, prints what comes from the terminal, and types the text after its first words.
engine() {
	background "$PROBE" listen "$TMP/tty.sock" "$@"
	appears '^ready$' "$TMP/background"
}

# at_terminal [ROWS COLUMNS] SCRIPT: runs it at a terminal of its own, whose screen is $TMP/screen.
at_terminal() {
	local rows=24 columns=80
	if [ $# -eq 3 ]; then
		rows=$1 columns=$2
		shift 2
	fi
	mkfifo "$TMP/keyboard" # of which nobody sees the end
	printf '%s\n' "stty rows $rows cols $columns" "tare() { TARE_TEST=$ID $TARE --root $ROOT \"\$@\"; }" "ID=$ID BUNDLE=$BUNDLE TMP=$TMP" "$1" >"$TMP/script"
	script -qefc "bash $TMP/script" "$TMP/screen" <>"$TMP/keyboard" >/dev/null 2>&1 3>&-
}

# screen: what was printed, without the lines that script(1) adds.
screen() { sed '1d;$d' "$TMP/screen" | tr -d '\r' | sed '$ { /^$/d }'; }

@test "create sends one descriptor to the console socket, and the program has a terminal" {
	engine
	program probe world session fds
	created --console-socket "$TMP/tty.sock"
	appears '^descriptors 1, name ' "$TMP/background"
	tare start "$ID"
	ended
	local world
	world=$(grep '^{' "$TMP/background")
	is "$(jq -c '.session | [.isatty, .controlling, .pid == .sid, .foreground == .pgrp]' <<<"$world")" '[[1,1,1],true,true,true]'
	is "$(jq -r '.fds | keys | join(" ")' <<<"$world")" '0 1 2'
	is "$(jq -r '.session.tty' <<<"$world")" /dev/pts/0
}

@test "run --detach sends the terminal to the console socket, too" {
	engine
	program echo hello
	running --console-socket "$TMP/tty.sock"
	ended
	appears '^hello' "$TMP/background"
}

@test "what is typed reaches the program" {
	engine $'some words\n'
	program sh -c 'echo go; read line; echo "got: $line"'
	running --console-socket "$TMP/tty.sock"
	appears '^got: some words' "$TMP/background"
	ended
}

@test "Ctrl-C interrupts the program: the terminal is its controlling one" {
	engine $'\003'
	program sh -c 'trap "echo interrupted; exit" INT; echo set; while :; do sleep 0.05; done'
	created --console-socket "$TMP/tty.sock"
	tare start "$ID"
	appears interrupted "$TMP/background"
	ended
}

@test "the terminal has the config's size from the beginning" {
	config '.process.consoleSize = {height: 41, width: 97}'
	engine
	program stty size
	created --console-socket "$TMP/tty.sock"
	appears '^rows 41, columns 97$' "$TMP/background"
	tare start "$ID"
	ended
	appears '^41 97' "$TMP/background"
}

@test "the terminal is the container's own, belongs to its user, and is its console" {
	config '.process.user = {uid: 1000, gid: 1000}'
	engine
	program sh -c 'tty; stat -c "%u %t:%T" /dev/console /dev/pts/0; echo /dev/pts/*; grep -c " /dev/console " /proc/self/mountinfo; probe open /dev/console rw'
	running --console-socket "$TMP/tty.sock"
	ended
	is "$(tail -n +4 "$TMP/background" | tr -d '\r')" $'/dev/pts/0\n1000 88:0\n1000 88:0\n/dev/pts/0 /dev/pts/ptmx\n1\nok'
}

@test "a terminal without a console socket is refused where tare does not stay" {
	program true
	fails tare create --bundle "$BUNDLE" "$ID"
	has "$output" terminal --console-socket
	fails tare run --detach --bundle "$BUNDLE" "$ID"
	has "$output" terminal --console-socket
}

@test "a console socket without a terminal is refused" {
	config '.process.terminal = false'
	program true
	fails tare create --bundle "$BUNDLE" --console-socket "$TMP/tty.sock" "$ID"
	has "$output" terminal --console-socket
}

@test "a console socket that is not there is named" {
	program true
	fails tare create --bundle "$BUNDLE" --console-socket "$TMP/nosuch.sock" "$ID"
	has "$output" nosuch.sock
}

@test "run at a person's terminal copies both ways and gives the program's status" {
	program sh -c 'tty; exit 5'
	local status=0
	at_terminal 'tare run --bundle $BUNDLE $ID' || status=$?
	is "$status" 5
	is "$(screen)" /dev/pts/0
}

@test "run at a person's terminal prints everything to the end" {
	program seq 1 5000
	at_terminal 'tare run --bundle $BUNDLE $ID'
	is "$(screen | tail -1)" 5000
	is "$(screen | wc -l)" 5000
}

@test "run takes over the size of a person's terminal" {
	program stty size
	# From its first moment: stty is quick.
	at_terminal 33 77 'tare run --bundle $BUNDLE $ID'
	is "$(screen)" '33 77'
}

@test "run passes on a change of the terminal's size" {
	program sh -c 'trap "stty size; stty size | grep -q 51.123 && exit" WINCH; echo ready; while :; do sleep 0.05; done'
	at_terminal '
		(until grep -q ready $TMP/screen; do sleep 0.05; done
		 until grep -q "51 123" $TMP/screen; do stty -F /dev/tty rows 51 cols 123; stty -F /dev/tty rows 51 cols 124; stty -F /dev/tty rows 51 cols 123; sleep 0.05; done) &
		tare run --bundle $BUNDLE $ID'
	has "$(screen)" '51 123'
}

@test "run leaves a person's terminal as it was" {
	program sh -c 'stty raw -echo; exit 3'
	at_terminal 'stty -a >$TMP/before; tare run --bundle $BUNDLE $ID; stty -a >$TMP/after' || true
	is "$(cat "$TMP/after")" "$(cat "$TMP/before")"
}

@test "run with a terminal works where there is none outside" {
	program sh -c 'tty; seq 1 2000'
	tare run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 3>&-
	is "$(head -1 "$TMP/out" | tr -d '\r')" /dev/pts/0
	is "$(wc -l <"$TMP/out")" 2001
}

@test "run in a background process group of a terminal stops or works, but does not spin" {
	program probe pause
	doomed "$ID"
	cat >"$TMP/background.sh" <<-'END'
		set -m
		TARE_TEST=$ID "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" &
		echo $! >"$TMP/job"
		until [ -e "$TMP/seen" ]; do sleep 0.05; done
		kill -KILL %1
	END
	export ID TARE ROOT BUNDLE TMP
	background script -qefc "bash $TMP/background.sh" "$TMP/screen"
	export -n ID TARE ROOT BUNDLE TMP
	until_true 1000 test -s "$TMP/job"
	local job
	job=$(cat "$TMP/job")
	until_true 1000 settled "$job" || {
		cat "/proc/$job/status"
		false
	}
	# Woken, it must come to rest again.
	kill -CONT "$job"
	until_true 1000 settled "$job"
	touch "$TMP/seen"
	ended || true
	lacks "$(cat "$TMP/screen")" panic
}

# settled PID: stopped by the terminal, or its container's program runs and a
# second of CPU time was not used.
settled() {
	local stat
	stat=$(cat "/proc/$1/stat") && stat=${stat##*) } && set -- "$1" $stat
	[ "$2" = T ] || { grep -q ready "$TMP/screen" && [ $((${13} + ${14})) -lt 100 ]; }
}

@test "exec --tty at a person's terminal has a terminal of its own" {
	config '.process.terminal = false'
	sleeping
	local status=0
	at_terminal 30 90 'tare exec --tty $ID sh -c "stty size; tty; exit 4"' || status=$?
	is "$status" 4
	is "$(screen)" $'30 90\n/dev/pts/0'
}

@test "exec sends its terminal to a console socket" {
	config '.process.terminal = false'
	sleeping
	engine
	apart tare exec --tty --detach --console-socket "$TMP/tty.sock" --pid-file "$TMP/exec.pid" "$ID" probe world session
	ended
	is "$(grep '^{' "$TMP/background" | jq -c '.session | [.isatty, .controlling, .foreground == .pgrp]')" '[[1,1,1],true,true]'
}

@test "exec --process with a terminal and a size sends it so" {
	config '.process.terminal = false'
	sleeping
	jq '.process | .terminal = true | .args = ["stty", "size"] | .consoleSize = {height: 12, width: 34}' "$BUNDLE/config.json" >"$TMP/process.json"
	engine
	apart tare exec --detach --console-socket "$TMP/tty.sock" --process "$TMP/process.json" "$ID"
	ended
	appears '^rows 12, columns 34$' "$TMP/background"
	appears '^12 34' "$TMP/background"
}
