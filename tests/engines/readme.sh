#!/bin/bash
# readme.sh [ENGINE...]: does what the README says to switch engines to tare and back, as it is written there, on a
# machine with systemd that may be spoilt: tests/vm/run.sh -- tests/engines/readme.sh
set -u
cd "$(dirname "$0")/../.." || exit 2
[ "$(systemd-detect-virt --vm 2>/dev/null)" != none ] || {
	echo "readme.sh changes the configuration of this machine's engines: run it in a virtual machine" >&2
	exit 2
}
. tests/check.bash

# block ENGINE N: the Nth indented block below the heading of that name.
block() {
	awk -v want="### $1" -v nth="$2" '
		/^#/ { here = ($0 == want); n = 0; was = 0; next }
		here && /^    / { if (!was) n++; was = 1; if (n == nth) print substr($0, 5); next }
		{ was = 0 }' README.md
}

# follow ENGINE N: does what the block says.
follow() {
	local commands
	commands=$(block "$1" "$2")
	[ -n "$commands" ] && bash -eu -c "$commands"
}

# Which runtime an engine says it uses.
used_by_Podman() { podman info --format '{{.Host.OCIRuntime.Path}}'; }
used_by_Docker() { docker info --format '{{(index .Runtimes .DefaultRuntime).Path}}'; }
used_by_containerd() { containerd config dump | sed -n 's/.*BinaryName = "\(.\+\)"/\1/p'; }

# That a container runs, and ends with its own status.
run_by_Podman() { status_7 podman run --rm --network none --rootfs "$rootfs" sh -c 'exit 7'; }
run_by_Docker() {
	tar -C "$rootfs" -c . | docker import - readme >/dev/null && status_7 docker run --rm --network none readme sh -c 'exit 7'
}
run_by_containerd() {
	systemctl is-active containerd && status_7 ctr run --rm --runc-binary /usr/local/sbin/tare --rootfs "$rootfs" readme sh -c 'exit 7'
}

status_7() {
	local status=0
	"$@" || status=$?
	[ "$status" = 7 ]
}

uses() { [[ $("used_by_$1") == *tare* ]]; }
uses_another() { ! uses "$1"; }

install -m 755 bin/tare /usr/local/sbin/tare
rootfs=$(mktemp -d)
mkdir -p "$rootfs/bin" "$rootfs/proc" "$rootfs/sys" "$rootfs/dev" "$rootfs/etc" "$rootfs/run"
cp /bin/busybox "$rootfs/bin/sh"
mkdir -p /etc/docker /etc/containerd
[ -e /etc/containerd/config.toml ] || echo 'version = 2' >/etc/containerd/config.toml
systemctl unmask docker.socket docker containerd 2>/dev/null
[ $# -gt 0 ] || set -- Podman Docker containerd
for engine; do
	check "$engine can be switched to tare as the README says" follow "$engine" 1
	check "$engine uses tare" uses "$engine"
	check "$engine runs a container with tare" "run_by_$engine"
	check "$engine can be switched back as the README says" follow "$engine" 2
	check "$engine uses tare no longer" uses_another "$engine"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
