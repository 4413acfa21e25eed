# Podman with tare as its runtime: the config.json it writes runs as it is.

load ../lib

eval "rootfs_$(declare -f setup_file)"

setup_file() {
	rootfs_setup_file
	command -v podman conmon >/dev/null || return 0
	tar -C "$BATS_FILE_TMPDIR/rootfs" -cf "$BATS_FILE_TMPDIR/image.tar" .
	podman import "$BATS_FILE_TMPDIR/image.tar" busybox
}

teardown_file() {
	# What Podman keeps of its storage is mounted under the directory.
	awk -v t="$BATS_FILE_TMPDIR" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r path; do umount -l "$path"; done
	# Nor does it remove its parent cgroup; where others use that, it is not empty.
	find /sys/fs/cgroup -depth -path '*/libpod_parent*' -type d -exec rmdir {} + 2>/dev/null
	return 0
}

# podman with everything it stores in the test's directory, and cgroups through
# the file system. conmon lowers RLIMIT_NPROC, and what Podman would like by
# default is above it: without CAP_SYS_RESOURCE nobody may raise it again.
podman() {
	command podman --root "$BATS_FILE_TMPDIR/storage" --runroot "$BATS_FILE_TMPDIR/run" --tmpdir "$BATS_FILE_TMPDIR/tmp" \
		--storage-driver vfs --events-backend file --cgroup-manager cgroupfs --runtime "$TARE" "$@" 3>&-
}

LIMITS=(--network none --ulimit nproc=1024:1024 --ulimit nofile=1024:1024)

prepare() {
	command -v podman conmon >/dev/null || skip "missing: podman and conmon"
	controller pids # Podman asks for it
}

# The runtime of these containers has a state root of its own.
finish() { podman rm --all --force --time 0 >/dev/null; }

@test "podman run gives the program's output and status" {
	run -7 podman run --rm "${LIMITS[@]}" busybox sh -c 'id -u; exit 7'
	has "$output" 0
}

@test "podman create and init write a config that tare runs, and start gives its end" {
	podman create --name one "${LIMITS[@]}" --memory 64m --pids-limit 50 --cpus 0.5 busybox sh -c 'echo here; exit 3' >/dev/null
	podman init one >/dev/null
	is "$(podman inspect one --format '{{.State.Status}}')" initialized
	run -3 podman start --attach one
	has "$output" here
	is "$(podman inspect one --format '{{.State.Status}} {{.State.ExitCode}}')" "exited 3"
}

@test "podman's limits are the container's" {
	controller memory
	controller pids
	podman run --detach --name one "${LIMITS[@]}" --memory 64m --pids-limit 50 busybox sleep 1000 >/dev/null
	PID=$(podman inspect one --format '{{.State.Pid}}')
	is "$(cat "$(cgroup memory)/memory.limit_in_bytes")" 67108864
	is "$(cat "$(cgroup pids)/pids.max")" 50
}

@test "podman exec runs another process, with and without a terminal" {
	podman run --detach --name one "${LIMITS[@]}" busybox sleep 1000 >/dev/null
	run -5 podman exec one sh -c 'echo inside; exit 5'
	has "$output" inside
	has "$(script -qec "$(declare -f podman); TARE=$TARE BATS_FILE_TMPDIR=$BATS_FILE_TMPDIR podman exec -it one tty" /dev/null </dev/null)" /dev/pts/0
}

@test "podman pauses, unpauses, lists the processes of and stops a container" {
	podman run --detach --name one "${LIMITS[@]}" busybox sleep 1000 >/dev/null
	podman pause one
	is "$(podman inspect one --format '{{.State.Status}}')" paused
	podman unpause one
	is "$(podman inspect one --format '{{.State.Status}}')" running
	has "$(podman top one)" "sleep 1000"
	podman kill one
	podman wait one
	is "$(podman inspect one --format '{{.State.Status}} {{.State.ExitCode}}')" "exited 137"
}

@test "podman shows tare's sentence when the program is missing" {
	run podman run --rm "${LIMITS[@]}" busybox there-is-no-such-program
	has "$output" "cannot execute there-is-no-such-program: executable file not found in \$PATH"
}

@test "podman's tmpfs begins with what the image has" {
	run -0 podman run --rm "${LIMITS[@]}" --tmpfs /etc:size=1m busybox sh -c 'cat /etc/passwd; echo new >/etc/new && stat -f -c %T /etc'
	has "$output" ana:x:1000 tmpfs
}

@test "podman's volumes are idmapped for a container with a user namespace" {
	mkdir "$TMP/volume"
	touch "$TMP/volume/file"
	run -0 podman run --rm "${LIMITS[@]}" --uidmap 0:100000:65536 --gidmap 0:100000:65536 --volume "$TMP/volume:/data:idmap" busybox \
		sh -c 'stat -c %u:%g /data/file && touch /data/new'
	has "$output" 0:0
	is "$(stat -c %u:%g "$TMP/volume/new")" 0:0
}
