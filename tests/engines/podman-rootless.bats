# Podman of an ordinary user, with subordinate ids.

load engine
load podman

MANAGER=cgroupfs
USER_ID=61234

# The user exists in the suite's mount namespace alone.
engine_up() {
	local file
	available || return 0
	mkdir -m 700 "$WORK/home" "$WORK/xdg"
	mkdir "$WORK/etc" "$WORK/user"
	for file in passwd group subuid subgid; do cp "/etc/$file" "$WORK/etc/$file"; done
	echo "ulla:x:$USER_ID:$USER_ID::$WORK/home:/bin/sh" >>"$WORK/etc/passwd"
	echo "ulla:x:$USER_ID:" >>"$WORK/etc/group"
	echo "ulla:1600000000:65536" >>"$WORK/etc/subuid"
	echo "ulla:1600000000:65536" >>"$WORK/etc/subgid"
	for file in passwd group subuid subgid; do mount --bind "$WORK/etc/$file" "/etc/$file"; done
	configured "$WORK/user"
	sed -i 's/driver = .*/driver = "vfs"/' "$WORK/user/storage.conf"
	chown -R "$USER_ID:$USER_ID" "$WORK/home" "$WORK/xdg" "$WORK/user"
	# The image's owner is root, as that of the program that is made here.
	sed -i "s#^exec /#exec setpriv --reuid $USER_ID --regid $USER_ID --clear-groups env --unset=DBUS_SESSION_BUS_ADDRESS HOME=$WORK/home USER=ulla XDG_RUNTIME_DIR=$WORK/xdg /#" "$WORK/bin/podman"
	podman import --change 'CMD ["/bin/probe", "pause"]' "$IMAGE" localhost/busybox
}

engine_down() {
	local file
	! [ -d "$WORK/etc" ] || podman system migrate || true # ends the process that holds the user's namespaces
	for file in passwd group subuid subgid; do umount "/etc/$file" 2>/dev/null; done
	return 0
}

available() { command -v podman conmon newuidmap >/dev/null && [ -e /etc/subuid ] && [ -e /etc/subgid ] && [ -n "$TARE_VIEW" ]; }

prepare() {
	available || skip "missing: podman, conmon, newuidmap, /etc/subuid, a mount namespace of the tests' own"
	chown "$USER_ID:$USER_ID" "$TMP"
}

finish() { podman rm --all --force --time 0 --volumes >/dev/null; }

@test "a user's podman run gives the program's output and status" {
	run -7 podman run --rm busybox sh -c 'id -u; exit 7'
	is "$output" 0
	run -127 podman run --rm busybox there-is-no-such-program
	has "$(terminal podman run --rm -it busybox tty)" /dev/pts/0
}

@test "a user's container has the subordinate ids" {
	is "$(podman run --rm busybox cat /proc/self/uid_map | tr -s ' ')" $' 0 61234 1\n 1 1600000000 65536'
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
