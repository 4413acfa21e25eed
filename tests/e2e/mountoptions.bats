# Options of mounts that are tare's own, or crun's: symbolic links as sources and
# destinations, and a tmpfs that begins with a copy of what it covers.

load ../lib

prepare() { mkdir -p "$TMP/source/dir"; }

# Whatever is mounted below the source, from the top of the stack down.
finish() {
	local at
	while read -r at; do umount "$at"; done < <(awk -v t="$TMP/source" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | tac)
}

# adds DESTINATION TYPE SOURCE [OPTION...]: a mount after those of the default config.
adds() {
	config '.mounts += [{destination: $d, type: $t, source: $s, options: $o}]' \
		--arg d "$1" --arg t "$2" --arg s "$3" --argjson o "$(list "${@:4}")"
}

binds() { adds "$1" bind "$2" bind "${@:3}"; }

@test "the source of a bind mount is followed if it is a link, and is not with src-nofollow" {
	echo host >"$TMP/source/file"
	ln -s file "$TMP/source/link"
	echo inside >"$ROOTFS/file"
	echo other >"$ROOTFS/other"
	binds /other "$TMP/source/link"
	is "$(inside cat /other)" host
	# The link is mounted over the file, and leads to what it says inside.
	config '.mounts[-1].options += ["src-nofollow"]'
	is "$(inside readlink /other)" file
	is "$(inside cat /other)" inside
	is "$(cat "$ROOTFS/other")" other
}

@test "a mount's destination is followed if it is a link, and is not with dest-nofollow" {
	echo host >"$TMP/source/file"
	echo inside >"$ROOTFS/file"
	ln -s file "$ROOTFS/link"
	binds /link "$TMP/source/file" dest-nofollow
	is "$(inside cat /link /file)" $'host\ninside'
	config '.mounts[-1].options -= ["dest-nofollow"]'
	is "$(inside cat /link /file)" $'host\nhost'
	is "$(readlink "$ROOTFS/link")" file
}

@test "a link can be mounted over a link" {
	ln -s /from/the/host "$TMP/source/link"
	ln -s nowhere "$ROOTFS/link"
	binds /link "$TMP/source/link" src-nofollow dest-nofollow
	is "$(inside readlink /link)" /from/the/host
	is "$(readlink "$ROOTFS/link")" nowhere
}

@test "a directory is not mounted over a link, which stays" {
	ln -s /var "$ROOTFS/link"
	binds /link "$TMP/source/dir" dest-nofollow
	fails inside true
	has "$output" "/mounts/7: cannot attach mounts/7 to /link: of source and target only one is a directory"
}

@test "a destination that is not followed does not lead out of the root" {
	ln -s "$TMP/source" "$ROOTFS/up"
	ln -s "$TMP/source/new" "$ROOTFS/new"
	echo host >"$TMP/source/file"
	binds /up/file "$TMP/source/file" dest-nofollow
	binds /new "$TMP/source/file" dest-nofollow
	is "$(inside cat /new)" host
	[ ! -e "$TMP/source/new" ]
	is "$(ls "$ROOTFS$TMP/source")" file
}

@test "copy-symlink makes the link that the source is" {
	ln -s ../elsewhere/file "$TMP/source/link"
	binds /etc/link "$TMP/source/link" copy-symlink ro
	is "$(inside readlink /etc/link)" ../elsewhere/file
	is "$(readlink "$ROOTFS/etc/link")" ../elsewhere/file
	# It is there by now.
	is "$(inside readlink /etc/link)" ../elsewhere/file
}

@test "copy-symlink mounts a source that is no link" {
	echo host >"$TMP/source/file"
	binds /etc/file "$TMP/source/file" copy-symlink
	is "$(inside cat /etc/file)" host
	is "$(inside grep -c ' /etc/file ' /proc/self/mountinfo)" 1
}

@test "copy-symlink does not replace what is there" {
	ln -s target "$TMP/source/link"
	echo inside >"$ROOTFS/etc/link"
	binds /etc/link "$TMP/source/link" copy-symlink
	fails inside true
	has "$output" "/mounts/7: cannot link /etc/link to target: something else is there"
	is "$(cat "$ROOTFS/etc/link")" inside
	rm "$ROOTFS/etc/link"
	ln -s target/or/not "$ROOTFS/etc/link"
	fails inside true
	has "$output" "something else is there"
}

@test "copy-symlink makes its link inside of the root" {
	ln -s target "$TMP/source/link"
	ln -s "$TMP/source/dir" "$ROOTFS/up"
	binds /up/link "$TMP/source/link" copy-symlink
	is "$(inside readlink "$TMP/source/dir/link")" target
	is "$(ls "$TMP/source/dir")" ''
}

@test "files inside of /proc can be replaced where runc allows it" {
	local name names="cpuinfo diskstats loadavg meminfo slabinfo stat swaps uptime sys/kernel/ns_last_pid sys/crypto/fips_enabled"
	for name in $names; do
		[ -e "/proc/$name" ] || continue
		echo "shown for $name" >"$TMP/source/${name//\//-}"
		binds "/proc/$name" "$TMP/source/${name//\//-}" ro
		echo "shown for $name" >>"$TMP/wanted"
	done
	is "$(inside sh -c "cd /proc && for f in $names; do [ ! -e \$f ] || cat \$f; done")" "$(cat "$TMP/wanted")"
}

@test "nothing else inside of /proc can be replaced" {
	local name
	echo fake >"$TMP/source/file"
	for name in self/attr/exec sys/kernel/core_pattern sysrq-trigger 1/status version net net/dev filesystems cpuinfo/x sys/kernel; do
		config '.mounts |= .[:7]'
		binds "/proc/$name" "$TMP/source/file"
		fails inside true
		has "$output" "/mounts/7/destination: /proc/$name is inside of /proc, where only certain files may be mounted over"
	done
}

@test "the own cgroup is shown in a user namespace whatever access time the host mounted it with" {
	[ "$VIEW" = v2 ] || skip "missing: a view of version 2 alone (view $VIEW)"
	config '.linux.namespaces += [{type: "user"}] | .linux.namespaces -= [{type: "cgroup"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown -R 100000:100000 "$ROOTFS"
	program awk '$5 == "/sys/fs/cgroup" { print $6 }' /proc/self/mountinfo
	is "$(unshare -m sh -c 'mount -o remount,bind,noatime /sys/fs/cgroup && exec "$@"' sh \
		"$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null)" ro,nosuid,nodev,noexec,relatime
}
