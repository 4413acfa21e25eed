# Containers that are written to files, and made again from them, by CRIU.

load ../lib

prepare() {
	local dir
	dir=$("$REPO/tests/criu/fetch.sh" 2>"$TMP/criu.missing") || skip "$(cat "$TMP/criu.missing")"
	PATH=$dir:$PATH
	IMAGES=$TMP/images
	mkfifo "$ROOTFS/fifo"
	# Says how many lines it has read, all its life.
	program sh -c 'exec 3<>/fifo; i=0; echo ready >/log; while read -r line <&3; do i=$((i+1)); echo "$i $line" >>/log; done'
}

# counting [OPTION...]: the program runs and has counted one line.
counting() {
	running "$@" && appears '^ready$' "$ROOTFS/log" && poke one && appears '^1 one$' "$ROOTFS/log"
}

poke() { timeout 10 sh -c 'echo "$1" >"$2"' sh "$1" "$ROOTFS/fifo"; }

checkpoint() {
	apart tare checkpoint --image-path "$IMAGES" "$@" "$ID" && return
	cat "$TMP/stderr"
	grep -a Error "$IMAGES/dump.log" | tail -n 5
	return 1
}

# restored [OPTION...]: the container runs again, detached; its pid goes to $PID.
restored() {
	local status=0
	doomed "$ID"
	apart tare restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" --pid-file "$TMP/pid" "$@" "$ID" || status=$?
	[ "$status" = 0 ] || {
		cat "$TMP/stderr"
		grep -a Error "$IMAGES/restore.log" | tail -n 5
		return "$status"
	}
	PID=$(cat "$TMP/pid")
}

# mounts PID: what is mounted where in its sight, of which type and how.
mounts() { awk '{ sub(/ master:[0-9]+/, ""); sub(/ shared:[0-9]+/, ""); print $4, $5, $6, $8 }' "/proc/$1/mountinfo" | sort; }

bind() { config '.mounts += [{destination: $at, type: "bind", source: $from, options: $options}]' --arg from "$1" --arg at "$2" --argjson options "$(list "${@:3}")"; }

@test "a restored program goes on where it was" {
	counting
	mounts "$PID" >"$TMP/mounts"
	checkpoint
	restored
	mounts "$PID" | diff "$TMP/mounts" -
	poke two
	appears '^2 two$' "$ROOTFS/log"
	is "$(tare state "$ID" | jq -c '[.status, .pid]')" "[\"running\",$PID]"
	is "$(tare exec "$ID" cat /log | tail -n 1)" '2 two'
	tare pause "$ID" && has_status paused
	tare resume "$ID" && has_status running
	tare kill "$ID" KILL
	becomes stopped
	tare delete "$ID"
}

@test "a checkpoint deletes the container, unless it is left running" {
	counting
	checkpoint --leave-running
	has_status running
	poke two && appears '^2 two$' "$ROOTFS/log"
	checkpoint
	fails tare state "$ID"
	has "$output" 'does not exist'
}

@test "a restored container can be checkpointed and restored again" {
	counting
	checkpoint
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
	IMAGES=$TMP/again
	checkpoint
	restored
	poke three && appears '^3 three$' "$ROOTFS/log"
}

@test "restore stays with the program and has its status" {
	program sh -c 'exec 3<>/fifo; echo ready >/log; read -r line <&3; exit "$line"'
	running && appears '^ready$' "$ROOTFS/log"
	checkpoint
	doomed "$ID"
	background tare restore --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	becomes running
	poke 7
	local status=0
	ended || status=$?
	is "$status" 7
	fails tare state "$ID"
}

@test "restore --keep keeps the container after its end" {
	program sh -c 'exec 3<>/fifo; echo ready >/log; read -r line <&3; exit "$line"'
	running && appears '^ready$' "$ROOTFS/log"
	checkpoint
	doomed "$ID"
	background tare restore --keep --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	becomes running
	poke 0 && ended
	has_status stopped
}

@test "a signal to the tare that stays with a restored program goes to the program" {
	program probe signal
	running && appears '^ready' "$TMP/stdout"
	checkpoint
	doomed "$ID"
	background tare restore --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	becomes running
	forwards 1 10
}

@test "the program has its output where restore was called" {
	program sh -c 'exec 3<>/fifo; echo ready >/log; while read -r line <&3; do echo "$line"; done'
	running && appears '^ready$' "$ROOTFS/log"
	checkpoint
	restored
	poke hello
	appears '^hello$' "$TMP/stdout"
}

@test "the annotation org.criu.config names a file with options for CRIU" {
	echo 'log-file given.log' >"$TMP/criu.conf"
	config '.annotations = {"org.criu.config": $file}' --arg file "$TMP/criu.conf"
	counting
	checkpoint
	[ -s "$IMAGES/given.log" ]
	has "$(tare features | jq -c .potentiallyUnsafeConfigAnnotations)" '"org.criu.config"'
}
