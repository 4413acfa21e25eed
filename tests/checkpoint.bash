# What the suites about checkpoints have in common. They begin with "load ../lib"
# and "load ../checkpoint".
#
#   $IMAGES   where the checkpoint goes

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
	# shellcheck disable=SC2034 # it is for the tests
	PID=$(cat "$TMP/pid")
}

# mounts PID: what is mounted where in its sight, of which type and how.
mounts() { sed 's/ - / /; s/\(master\|shared\):[0-9]*/\1/' "/proc/$1/mountinfo" | cut -d' ' -f4-8 | sort; }

bind() { config '.mounts += [{destination: $at, type: "bind", source: $from, options: $options}]' --arg from "$1" --arg at "$2" --argjson options "$(list "${@:3}")"; }
