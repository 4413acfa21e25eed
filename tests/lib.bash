# What every suite of tests/e2e builds on. A suite begins with "load ../lib".
#
#   $ID        id of the test's container; other ids of the test begin with it
#   $TMP       a directory of the test's own, removed at its end (mode 0755)
#   $BUNDLE    $TMP/bundle, with busybox and the probe in its rootfs
#   $ROOTFS    $BUNDLE/rootfs
#   $ROOT      the test's state root
#   $CGROUP    the name of the container's cgroup, unless its config has another
#   $BINARY    the program that $TARE calls, with TARE_SYSTEMD or TARE_USER by way of a script
#   $VIEW      the view of cgroups: v1, v2, hybrid or host
#
# After each test nothing may be left: see leaks.

bats_require_minimum_version 1.5.0

# (Here, and around each test, processes are spared: there are hundreds of tests, and to start
# another program takes longer than most of what tare does.)
REPO=${BATS_TEST_DIRNAME%/tests/*}
TARE=${TARE:-$REPO/bin/tare} PROBE=${PROBE:-$REPO/bin/probe}
[[ $TARE == /* && $PROBE == /* ]] || TARE=$(realpath -m "$TARE") PROBE=$(realpath -m "$PROBE")
BINARY=${BINARY:-$TARE}
VIEW=${TARE_VIEW:-host}

# What a container finds in /bin, each the name of a busybox applet.
APPLETS="sh cat echo ls id env sleep true false test mkdir touch rm ln mv stat mount umount readlink grep head tail wc
	kill ps pwd hostname stty tty chmod chown dd mknod tr cut sed awk sort ip ulimit nproc unshare printf seq date"

setup_file() {
	built
	rootfs "$BATS_FILE_TMPDIR/rootfs"
	local spec
	spec=$(mktemp -d /tmp/tare-e2e.XXXXXX)
	[ -z "${TARE_USER:-}" ] || chown "$TARE_USER" "$spec"
	"$TARE" spec ${TARE_USER:+--rootless} --bundle "$spec"
	# No terminal unless a test wants one. The mark tells the leak check whose a process is.
	jq '.process.terminal = false | .root.readonly = false | .process.env += ["TARE_TEST=@"]' "$spec/config.json" >"$BATS_FILE_TMPDIR/default.json"
	rm -r "$spec"
	[ -z "${TARE_USER:-}" ] || of_a_user
}

# of_a_user: the container of an ordinary user has that user's subordinate ids, and a network
# namespace as root's has.
of_a_user() {
	local name uids gids
	name=$(id -nu "$TARE_USER")
	uids=$(sed -n "s/^$name:\([0-9]*\):.*/\1/p" /etc/subuid)
	gids=$(sed -n "s/^$name:\([0-9]*\):.*/\1/p" /etc/subgid)
	jq --argjson u "$uids" --argjson g "$gids" '.linux.namespaces += [{type: "network"}]
		| .linux.uidMappings += [{containerID: 1, hostID: $u, size: 65535}] | .linux.gidMappings += [{containerID: 1, hostID: $g, size: 65535}]' \
		"$BATS_FILE_TMPDIR/default.json" >"$BATS_FILE_TMPDIR/default.user" && mv "$BATS_FILE_TMPDIR/default.user" "$BATS_FILE_TMPDIR/default.json"
}

built() {
	[ -x "$TARE" ] || {
		echo "there is no $TARE: run make"
		return 1
	}
	[ -x "$PROBE" ] || make -s -C "$REPO/tests/probe" OUT="$PROBE"
}

# rootfs DIR: makes a root file system with busybox and the probe.
rootfs() {
	local rootfs=$1 name
	mkdir -p "$rootfs"/{bin,dev,etc,proc,sys,tmp,root,home,var}
	cp "$(command -v busybox)" "$rootfs/bin/busybox"
	cp "$PROBE" "$rootfs/bin/probe"
	for name in $APPLETS; do ln -s busybox "$rootfs/bin/$name"; done
	printf 'root:x:0:0:root:/root:/bin/sh\nana:x:1000:1000::/home:/bin/sh\n' >"$rootfs/etc/passwd"
	printf 'root:x:0:\nana:x:1000:\n' >"$rootfs/etc/group"
}

setup() {
	ID=e2e-$BASHPID-$BATS_TEST_NUMBER
	printf -v TMP /tmp/tare-e2e.%08x "$SRANDOM"
	# shellcheck disable=SC2034 # the suites'
	CGROUP=${TARE_SYSTEMD:+tare-}$ID${TARE_SYSTEMD:+.scope}
	BUNDLE=$TMP/bundle ROOTFS=$TMP/bundle/rootfs ROOT=$TMP/state
	mkdir -m 755 "$TMP" "$BUNDLE"
	cp -a "$BATS_FILE_TMPDIR/rootfs" "$ROOTFS"
	default_config
	[ -z "${TARE_USER:-}" ] || chown -R "$TARE_USER:$TARE_USER" "$TMP"
	cd "$TMP" || return
	mounts_before=$(</proc/self/mountinfo)
	started=()
	prepare
}

default_config() {
	local default
	default=$(<"$BATS_FILE_TMPDIR/default.json")
	printf '%s\n' "${default/TARE_TEST=@/TARE_TEST=$ID}" >"$BUNDLE/config.json"
}

# A suite that needs more before each of its tests redefines this, and this for
# after: when that fails so does the test.
prepare() { :; }
finish() { :; }

# tare ARG...: the program, with the test's state root.
tare() { TARE_TEST=$ID "$TARE" --root "$ROOT" "$@"; }

# config EXPRESSION [JQ-OPTION...]: changes config.json.
config() { rewrite "${@:2}" "$1" "$BUNDLE/config.json"; }

# program ARG...: what the container runs.
# (The "=" keeps jq from taking a word for an option of its own.)
program() { rewrite '.process.args = [$ARGS.positional[][1:]]' "$BUNDLE/config.json" --args "${@/#/=}"; }

# rewrite JQ-ARGUMENT...: what jq prints is the config.json from now on.
rewrite() {
	local changed
	changed=$(jq "$@") && printf '%s\n' "$changed" >"$BUNDLE/config.json"
}

# list WORD...: a JSON list of them.
list() {
	local word words=
	for word; do
		word=${word//\\/\\\\} word=${word//\"/\\\"} word=${word//$'\n'/\\n} word=${word//$'\t'/\\t}
		words+=${words:+,}\"$word\"
	done
	echo "[$words]"
}

# Runs a command away from the test's descriptors, which what it leaves running
# would hold open: bats waits for their end.
apart() { "$@" </dev/null >"$TMP/stdout" 2>"$TMP/stderr" 3>&-; }

# created [OPTION...], running [OPTION...]: a container $ID in that status. Its
# output goes to $TMP/stdout and $TMP/stderr, its pid to $PID.
created() { container create "$@"; }
running() { container run --detach "$@"; }

container() {
	local status=0
	doomed "$ID"
	apart tare "$@" --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID" || status=$?
	if [ "$status" != 0 ]; then
		echo "tare $* gave $status: $(cat "$TMP/stderr")"
		return "$status"
	fi
	PID=$(cat "$TMP/pid")
}

# sleeping: a running container that does nothing until it is killed.
sleeping() { program probe pause && running "$@"; }

# doomed ID...: containers that the test may leave; all others are leaks.
doomed() { printf '%s\n' "$@" >>"$TMP/doomed"; }

# background COMMAND...: runs beside the test, with its output in
# $TMP/background; $BACKGROUND is its pid. It is ended with the test at the latest.
background() {
	: >"$TMP/background"
	if [ "$1" = tare ]; then # the program itself, so that the pid is its own
		shift
		set -- env "TARE_TEST=$ID" "$TARE" --root "$ROOT" "$@"
	fi
	"$@" </dev/null >"$TMP/background" 2>&1 3>&- &
	BACKGROUND=$!
	started+=("$BACKGROUND")
}

# ended [PID]: waits for a background command; the status is its status.
ended() {
	local status=0
	until_true 1000 gone "${1:-$BACKGROUND}" || {
		echo "process ${1:-$BACKGROUND} does not end"
		return 99
	}
	wait "${1:-$BACKGROUND}" || status=$?
	return "$status"
}

# A zombie is gone, as far as a test is concerned.
gone() {
	! kill -0 "$1" 2>/dev/null || grep -qs '^State:.*[ZX]' "/proc/$1/status" || [ ! -e "/proc/$1" ]
}

# until_true COUNT COMMAND...: tries it COUNT times, every hundredth of a second.
until_true() {
	local count=$1
	shift
	until "$@"; do
		count=$((count - 1))
		[ "$count" -gt 0 ] || return 1
		sleep 0.01
	done
}

# appears PATTERN FILE: waits for a line that matches (grep -E).
appears() {
	until_true 1000 grep -qE -- "$1" "$2" || {
		echo "no line matches $1 in $2:"
		cat "$2"
		return 1
	}
}

# forwards SIGNAL...: the background tare passes each on to "probe signal". The
# first must be one of HUP, INT, QUIT and TERM: the others tare forwards only once
# it has seen the program run, and dies of them before.
forwards() {
	local signal
	for signal; do
		until_true 1000 forwarded "$signal" || {
			echo "signal $signal did not arrive:"
			cat "$TMP/background"
			return 1
		}
	done
}

forwarded() {
	grep -qx "$1" "$TMP/background" && return
	kill -"$1" "$BACKGROUND" 2>/dev/null
	return 1
}

status_of() { tare state "${1:-$ID}" | jq -r .status; }
has_status() { [ "$(status_of)" = "$1" ]; }
becomes() { until_true 1000 has_status "$1" || {
	echo "status is $(status_of), not $1"
	return 1
}; }

# is GOT WANTED
is() {
	[ "$1" = "$2" ] && return
	printf 'got:    %s\nwanted: %s\n' "$1" "$2"
	return 1
}

# has TEXT PIECE...: each piece is in the text; lacks: none is.
has() {
	local text=$1 piece
	shift
	for piece; do
		[[ $text == *"$piece"* ]] || {
			printf 'not in the text: %s\ntext: %s\n' "$piece" "$text"
			return 1
		}
	done
}

lacks() {
	local text=$1 piece
	shift
	for piece; do
		[[ $text != *"$piece"* ]] || {
			printf 'in the text: %s\ntext: %s\n' "$piece" "$text"
			return 1
		}
	done
}

# world [EXPRESSION] [PROBE-MEMBER...]: runs the container with the probe and
# prints what jq makes of its world.
world() {
	local expression=${1:-.}
	shift || true
	program probe world "$@" || return
	tare run --bundle "$BUNDLE" "$ID" >"$TMP/world" </dev/null || return
	jq -cr "$expression" "$TMP/world"
}

# inside COMMAND...: runs it as the container's program; prints its output.
inside() {
	program "$@" || return
	tare run --bundle "$BUNDLE" "$ID" </dev/null
}

# fails [STATUS] COMMAND...: it ends with that status (1), and says why in $output.
fails() {
	local wanted=1
	if [[ $1 =~ ^[0-9]+$ ]]; then
		wanted=$1
		shift
	fi
	run "$@"
	[ "$status" = "$wanted" ] || {
		printf 'status %s, not %s; output: %s\n' "$status" "$wanted" "$output"
		return 1
	}
}

# cgroup CONTROLLER: directory of the container's cgroup in which its files are.
cgroup() {
	local dir
	dir=$(cgroup_mount "$1") && echo "$dir$(cgroup_path "$1")"
}

cgroup_mount() {
	if has_v1 "$1"; then
		echo "/sys/fs/cgroup/$1"
	elif [ -f /sys/fs/cgroup/cgroup.controllers ]; then
		echo /sys/fs/cgroup
	else
		echo /sys/fs/cgroup/unified
	fi
}

# has_v1 NAME: its v1 hierarchy is mounted there. (systemd leaves an empty directory where the kernel
# does not have a controller on v1.)
has_v1() { [ -f "/sys/fs/cgroup/$1/cgroup.procs" ]; }

cgroup_path() {
	awk -F: -v c="$1" 'index("," $2 ",", "," c ",") || $2 == "name=" c { print $3; found = 1 } $1 == 0 { unified = $3 } END { if (!found) print unified }' "/proc/$PID/cgroup"
}

# controller NAME: skips the test where no hierarchy has it; version says which has.
controller() {
	[ "$(version "$1")" != none ] || skip "missing: the $1 controller (view $VIEW)"
}

version() {
	local unified=/sys/fs/cgroup
	[ -f $unified/cgroup.controllers ] || unified=$unified/unified
	# A user has those that systemd has handed on, which are the ones that it knows itself.
	[ -z "${TARE_USER:-}" ] || unified+=/user.slice/user-$TARE_USER.slice/user@$TARE_USER.service
	if has_v1 "$1"; then
		echo v1
	elif grep -qsw "$1" "$unified/cgroup.controllers"; then
		echo v2
	else
		echo none
	fi
}

# by_file_system: skips the test where tare has systemd make the cgroups.
by_file_system() { [ -z "${TARE_SYSTEMD:-}" ] || skip "missing: cgroups that tare makes itself (TARE_SYSTEMD)"; }

# has_resource_capability: tare's caller has CAP_SYS_RESOURCE.
has_resource_capability() { ((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 24 & 1)); }

apparmor() { [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; }

# by_root: skips the test where tare is an ordinary user's.
by_root() { [ -z "${TARE_USER:-}" ] || skip "missing: what root alone may (TARE_USER)"; }

teardown() {
	local pid id result=0
	local -A deleted=()
	finish || result=1
	for pid in "${started[@]}"; do
		kill -CONT "$pid" 2>/dev/null && kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	if [ -f "$TMP/doomed" ]; then
		while read -r id; do
			[ -n "${deleted[$id]:-}" ] || tare delete --force "$id" </dev/null || echo "cannot delete $id"
			deleted[$id]=1
		done <"$TMP/doomed"
	fi
	cd /
	if leaks >"$TMP/leaks"; then
		rm -rf "$TMP"
		return "$result"
	fi
	echo "the test leaves behind:"
	cat "$TMP/leaks"
	sweep
	return 1
}

# leaks lists what the test left and fails if that is anything: processes that
# carry its mark or are in its cgroups, mounts, cgroups, units, state.
leaks() {
	local found=0 mounts
	leak process "$(processes)"
	mounts=$(</proc/self/mountinfo)
	[ "$mounts" = "$mounts_before" ] || leak mount "$(diff <(echo "$mounts_before") <(echo "$mounts") | grep '^[<>]')"
	leak cgroup "$(cgroups)"
	[ -z "${TARE_SYSTEMD:-}" ] || leak unit "$(units)"
	# The cache of seccomp programs is there to stay.
	leak state "$(find "$ROOT" -mindepth 1 -maxdepth 1 ! -name @seccomp 2>/dev/null)"
	return "$found"
}

# leak KIND LINES: prints each with its kind, if there are any.
leak() {
	[ -n "$2" ] || return 0
	echo "$1: ${2//$'\n'/$'\n'$1: }"
	found=1
}

# cgroups lists those of the test in every hierarchy that is mounted, wherever, the
# deepest first.
cgroups() {
	# shellcheck disable=SC2046 # a list of mount points
	find $(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts) -xdev -depth -type d -path "*$ID*" 2>/dev/null
}

# units lists those of the test that a service manager knows, failed ones as well.
units() {
	local list=(list-units --all --plain --no-legend "*$ID*")
	systemctl "${list[@]}"
	[ -z "${TARE_USER:-}" ] || $BECOME systemctl --user "${list[@]}"
}

processes() {
	local path pid
	local -A seen=()
	for path in $(grep -lsE "TARE_TEST=$ID($|[^0-9])|^[0-9]+:.*$ID" /proc/[0-9]*/{environ,cgroup}); do
		pid=${path#/proc/} pid=${pid%%/*}
		[ -n "${seen[$pid]:-}" ] || gone "$pid" || echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
		seen[$pid]=1
	done
}

# sweep removes what leaks found, so that other tests do not suffer from it.
sweep() {
	local pid path
	processes | while read -r pid _; do kill -KILL "$pid" 2>/dev/null; done
	until_true 200 eval '[ -z "$(processes)" ]'
	cgroups | while read -r path; do rmdir "$path" 2>/dev/null; done
	while read -r path; do umount -l "$path"; done < <(awk -v t="$TMP" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | tac)
	rm -rf "$TMP"
}
