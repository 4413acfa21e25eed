# What the suites of engines share. A suite begins with "load engine".
#
#   $RUNTIME   the runtime that the engine is given: tare, or a peer (run.sh)
#   $NAME      what the engine is told that it is called
#   $WORK      a directory for all that the engine keeps, removed at the end
#   $IMAGE     a tar of a root file system with busybox and the probe
#   $TMP       a directory of the test's own
#
# A suite defines engine_up, engine_down, and ids (the containers that it has seen);
# and prepare and finish, which run around each test.

load ../lib
load work

RUNTIME=$(command -v "${RUNTIME:-$TARE}" || echo "${RUNTIME:-$TARE}")
NAME=$(basename "$RUNTIME")

engine_up() { :; }
engine_down() { :; }
ids() { :; }

# Engines' sockets lie below $WORK, and a socket's path has at most 107 bytes.
setup_file() {
	export WORK IMAGE
	built
	WORK=$(mktemp -d /tmp/engine.XXXXXX)
	chmod 755 "$WORK"
	IMAGE=$WORK/image.tar
	mkdir "$WORK/bin"
	rootfs "$WORK/rootfs"
	# Programs that cannot be executed.
	mkdir "$WORK/rootfs/bin/directory"
	echo text >"$WORK/rootfs/bin/text"
	ln -s nowhere "$WORK/rootfs/bin/dangling"
	tar -C "$WORK/rootfs" -cf "$IMAGE" .
	# The criu of Debian 12 is too old for today's kernels.
	! criu=$("$REPO/tests/criu/fetch.sh" 2>/dev/null) || PATH=$criu:$PATH
	PATH=$WORK/bin:$PATH
	engine_up
}

teardown_file() {
	[ -n "$WORK" ] || return 0
	engine_down
	mounts_below "$WORK" | while read -r path; do umount -l "$path"; done
	rm -rf "$WORK"
}

setup() {
	TMP=$(mktemp -d /tmp/tare-e2e.XXXXXX)
	chmod 755 "$TMP"
	cd "$TMP" || return
	started=()
	ids | grep . | sort -u >"$TMP/ids.before"
	prepare
	mounts_below / | grep -v '/storage/overlay$' >"$TMP/mounts.before"
}

teardown() {
	local pid result=0
	finish || result=1
	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	ids | grep . | sort -u | comm -23 - "$TMP/ids.before" >"$TMP/ids"
	cd /
	# Engines clean up behind the container's end, in processes of their own.
	if [ ! -f "$TMP/mounts.before" ] || until_true 50 nothing_left; then
		rm -rf "$TMP"
		return "$result"
	fi
	echo "the test leaves behind:"
	left
	rm -rf "$TMP"
	return 1
}

nothing_left() { ! left | grep -q .; }

# left lists what of the test's containers is still there: state, cgroups, mounts, processes.
left() {
	# Podman mounts its storage onto itself now and then.
	mounts_below / | grep -v '/storage/overlay$' | diff "$TMP/mounts.before" - | sed -n 's/^> /mount: /p'
	[ -s "$TMP/ids" ] || return 0
	find /run /sys/fs/cgroup -maxdepth 7 -name '*[0-9a-f]*' 2>/dev/null | grep -F -f "$TMP/ids" | grep -v '/.*/.*[0-9a-f]\{64\}.*/'
	# (The words of this grep have no id.)
	grep -lsF -f "$TMP/ids" /proc/[0-9]*/cgroup /proc/[0-9]*/cmdline
}

# says PIECE...: tare's own words are in $output. (Of a peer's nothing is asked.)
says() { [ "$RUNTIME" != "$TARE" ] || has "$output" "$@"; }

# ours: skips what only tare says, or does.
ours() { [ "$RUNTIME" = "$TARE" ] || skip "missing: tare (this is $NAME)"; }

# terminal COMMAND...: runs it on a terminal, and prints what it wrote.
terminal() {
	[ -p "$TMP/keys" ] || mkfifo "$TMP/keys"
	# Nobody types, but the terminal does not hang up either, for which an engine may not wait.
	script -qec "${*@Q}" /dev/null <>"$TMP/keys" | tr -d '\r'
}

# knob ID CONTROLLER V1-FILE V2-FILE: what the kernel has for a container.
knob() {
	local dir file=$4
	controller "$2"
	[ "$(version "$2")" = v2 ] || file=$3
	dir=$(find "$(cgroup_mount "$2")" -type d -name "*$1*" ! -name '*conmon*' | head -n 1)
	cat "$dir/$file"
}
