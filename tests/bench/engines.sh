#!/bin/bash
# engines.sh [--rounds N] [podman|docker]...
#
# Times "podman run --rm IMAGE true" and "docker run --rm IMAGE true" with tare and with a peer, side by side: each round
# runs both, now this one first and then the other, after one round that does not count. Prints the medians in
# milliseconds and tare's divided by the peer's: of the medians, and the median of the rounds' own. As root, in the
# virtual machine or natively; containers have no network. TARE names another binary than bin/tare, PEER another
# runtime than crun, MANAGER=cgroupfs|systemd who makes the cgroups (systemd where it runs). Without figures of every engine
# that was asked for, the status is 1.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 2

rounds=40 engines=()
while [ $# -gt 0 ]; do
	case $1 in
	--rounds) rounds=${2-} && shift ;;
	podman | docker) engines+=("$1") ;;
	*) rounds= ;;
	esac
	shift || break
done
[[ $rounds =~ ^[1-9][0-9]*$ ]] || {
	sed -n '2s/^# /usage: /p' "$0" >&2
	exit 2
}
[ ${#engines[@]} -gt 0 ] || engines=(podman docker)

# The engines want all controllers, and crun no hybrid host. (A view is a mount namespace of its own, too.)
if [ -z "${TARE_VIEW:-}" ]; then
	view=v1
	! grep -qsw memory /sys/fs/cgroup/cgroup.controllers || view=host
	exec "$here/../view" $view "$0" --rounds "$rounds" "${engines[@]}"
fi

# What the suites of engines use, they use outside of bats here.
bats_require_minimum_version() { :; }
BATS_TEST_DIRNAME=$here
# shellcheck source=tests/lib.bash
source "$here/../lib.bash"
# shellcheck source=tests/engines/work.bash
source "$here/../engines/work.bash"
# shellcheck source=tests/engines/podman.bash
source "$here/../engines/podman.bash"
# shellcheck source=tests/engines/docker.bash
source "$here/../engines/docker.bash"

RUNTIME=$TARE
NAME=tare
OTHER=$(command -v "${PEER:-crun}") || {
	echo "engines.sh: there is no ${PEER:-crun}" >&2
	exit 2
}
MANAGER=${MANAGER:-$([ -d /run/systemd/system ] && echo systemd || echo cgroupfs)}
DRIVER=$MANAGER
WORK=$(mktemp -d /tmp/engine.XXXXXX)
IMAGE=$WORK/image.tar
trap 'exit 130' INT
trap 'exit 143' TERM HUP
trap cleanup EXIT

cleanup() {
	cd /
	docker_down >/dev/null 2>&1
	root_down
	mounts_below "$WORK" | while read -r path; do umount -l "$path"; done
	rm -rf "$WORK"
}

podman_up() {
	root_up
	imported
}

# once ENGINE RUNTIME: one container.
once() {
	case $1 in
	podman) podman --runtime "$2" run --rm busybox true ;;
	docker) docker run --rm --network none --runtime "$([ "$2" = "$RUNTIME" ] && echo tested || echo other)" busybox true ;;
	esac </dev/null >"$WORK/out" 2>&1 || {
		echo "engines.sh: $1 with $2: $(cat "$WORK/out")" >&2
		return 1
	}
}

# timed ENGINE RUNTIME: sets $took, in microseconds.
timed() {
	local began=${EPOCHREALTIME/./}
	once "$1" "$2" || return
	took=$((${EPOCHREALTIME/./} - began))
}

# measured ENGINE: writes a line of two times, tare's first, for each round.
measured() {
	local round tare other took
	for ((round = 0; round <= rounds; round++)); do
		if ((round % 2)); then
			timed "$1" "$RUNTIME" && tare=$took && timed "$1" "$OTHER" && other=$took || return
		else
			timed "$1" "$OTHER" && other=$took && timed "$1" "$RUNTIME" && tare=$took || return
		fi
		[ $round = 0 ] || echo "$tare $other"
	done
}

# median EXPRESSION: of what awk computes from each line.
median() { awk "{ printf \"%.6f\n\", $1 }" | sort -n | awk '{ v[NR] = $1 } END { printf "%.6f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

built || exit 2
mkdir "$WORK/bin"
chmod 755 "$WORK"
PATH=$WORK/bin:$PATH
rootfs "$WORK/rootfs"
tar -C "$WORK/rootfs" -cf "$IMAGE" .

echo "$("$RUNTIME" --version | head -n 1), $("$OTHER" --version | head -n 1), cgroups by $MANAGER, $rounds rounds"
status=0
for engine in "${engines[@]}"; do
	if ! command -v "$engine" >/dev/null || ! "${engine}_up" >"$WORK/log" 2>&1 || [ "$engine" = docker ] && ! have_docker; then
		echo "$engine: there is none that works here: $(tail -n 3 "$WORK/log" 2>/dev/null)"
		status=1
		continue
	fi
	if measured "$engine" >"$WORK/$engine"; then
		tare=$(median '$1 / 1000' <"$WORK/$engine") other=$(median '$2 / 1000' <"$WORK/$engine") pairs=$(median '$1 / $2' <"$WORK/$engine")
		awk -v e="$engine" -v p="${OTHER##*/}" -v t="$tare" -v o="$other" -v r="$pairs" \
			'BEGIN { printf "%s run --rm IMAGE true: tare %.1f ms, %s %.1f ms, ratio %.3f (of the medians), %.3f (median of the rounds)\n", e, t, p, o, t / o, r }'
	else
		status=1
	fi
done
exit $status
