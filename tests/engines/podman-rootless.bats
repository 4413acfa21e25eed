# Podman of an ordinary user, with subordinate ids: what is not as root's.

load engine
load podman

MANAGER=${MANAGER:-cgroupfs}
load rootless

engine_up() {
	user_available || return 0
	user_up
	imported
}

engine_down() { user_down; }

prepare() { user_prepare; }

finish() { podman rm --all --force --time 0 --volumes >/dev/null; }

@test "a user's podman run gives the program's output and status" {
	run -7 podman run --rm busybox sh -c 'id -u; exit 7'
	is "$output" 0
	run -127 podman run --rm busybox there-is-no-such-program
	has "$(terminal podman run --rm -it busybox tty)" /dev/pts/0
}

@test "a user's container has the subordinate ids" {
	is "$(podman run --rm busybox cat /proc/self/uid_map | tr -s ' ')" $" 0 $USER_ID 1"$'\n'" 1 $IDS 65536"
	is "$(podman run --rm --user ana busybox sh -c 'id -u; touch /home/x 2>&1; id -g')" $'1000\ntouch: /home/x: Permission denied\n1000'
}

@test "a user's container may keep the user's id, or leave it out" {
	is "$(podman run --rm --userns keep-id --volume "$TMP:/data" busybox sh -c 'id -u; touch /data/new')" "$USER_ID"
	is "$(stat -c %u new)" "$USER_ID"
	is "$(podman run --rm --userns nomap busybox cat /proc/self/uid_map | tr -s ' ')" " 0 1 65536"
}

@test "a user's container runs, executes, pauses, stops" {
	podman run --detach --name one busybox probe pause >/dev/null
	run -5 podman exec one sh -c 'echo inside; exit 5'
	is "$output" inside
	podman stop --time 0 one >/dev/null
	is "$(podman inspect one --format '{{.State.ExitCode}}')" 137
	podman start one >/dev/null
	podman kill --signal KILL one >/dev/null
	is "$(podman wait one)" 137
}

# bats test_tags=vm
@test "a user's service manager limits a container" {
	[ "$MANAGER" = systemd ] || skip "missing: a service manager (MANAGER=systemd)"
	controller memory
	podman run --detach --name one --memory 64m --cpus 0.5 --pids-limit 50 busybox probe pause >/dev/null
	local of
	of=$(id one)
	is "$(knob "$of" memory - memory.max)" 67108864
	is "$(knob "$of" pids - pids.max)" 50
	is "$(knob "$of" cpu - cpu.max)" "50000 100000"
	has "$(cat "/proc/$(pid one)/cgroup")" "/user@$USER_ID.service/" ".scope"
	podman stop --time 0 one >/dev/null
	is "$(find /sys/fs/cgroup -name "*$of*")" ""
}

@test "a user's read-only container has a tmpfs, a sysctl and no capability" {
	run -0 podman run --rm --read-only --tmpfs /data --cap-drop all --sysctl kernel.msgmax=9000 busybox \
		sh -c 'touch /new 2>&1; touch /data/new && cat /proc/sys/kernel/msgmax; grep CapEff: /proc/self/status'
	has "$output" "Read-only file system" 9000 $'CapEff:\t0000000000000000'
}

@test "a user's build runs its steps" {
	printf 'FROM localhost/busybox\nRUN echo built >/mark\n' >Containerfile
	podman build --quiet --network none --runtime "$RUNTIME" --isolation oci --tag localhost/built . >/dev/null
	is "$(podman run --rm localhost/built cat /mark)" built
	podman rmi --force localhost/built >/dev/null
}
