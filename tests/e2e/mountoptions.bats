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

# bats test_tags=cgroup
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

# attributes: those of /data and of what is mounted below it, as inside.
attributes() {
	inside cat /proc/self/mountinfo >"$TMP/mountinfo" || return
	awk '$5 == "/data" { a = $6 } $5 == "/data/below" { b = $6 } END { print a "|" b }' "$TMP/mountinfo"
}

# gives: each line of its input is an option and what /data and the mount below
# it then have.
gives() {
	local word wanted
	while read -r word wanted; do
		config '.mounts[-1].options = ["rbind", $word]' --arg word "$word"
		is "$word $(attributes)" "$word $wanted|$wanted" || return
	done
}

@test "every recursive attribute reaches the mounts below" {
	mkdir "$TMP/source/below"
	mount --bind "$TMP/source" "$TMP/source"
	mount -t tmpfs below "$TMP/source/below"
	binds /data "$TMP/source"
	gives <<-END
		rro ro,relatime
		rnosuid rw,nosuid,relatime
		rnodev rw,nodev,relatime
		rnoexec rw,noexec,relatime
		rnoatime rw,noatime
		rnodiratime rw,nodiratime,relatime
		rstrictatime rw
		rnosymfollow rw,relatime,nosymfollow
		rrelatime rw,relatime
		rnorelatime rw,relatime
		rnostrictatime rw,relatime
	END
}

@test "every recursive attribute is taken back from the mounts below" {
	mkdir "$TMP/source/below"
	mount --bind "$TMP/source" "$TMP/source"
	mount -t tmpfs below "$TMP/source/below"
	mount -o remount,bind,ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow "$TMP/source"
	mount -o remount,bind,ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow "$TMP/source/below"
	binds /data "$TMP/source"
	gives <<-END
		rrw rw,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
		rsuid ro,nodev,noexec,noatime,nodiratime,nosymfollow
		rdev ro,nosuid,noexec,noatime,nodiratime,nosymfollow
		rexec ro,nosuid,nodev,noatime,nodiratime,nosymfollow
		ratime ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow
		rdiratime ro,nosuid,nodev,noexec,noatime,nosymfollow
		rsymfollow ro,nosuid,nodev,noexec,noatime,nodiratime
	END
}

# copies [OPTION...]: /data in the image is covered by a tmpfs with a copy of it.
copies() { adds /data tmpfs tmpfs tmpcopyup "$@"; }

# image: what is in /data there.
image() {
	mkdir -p "$ROOTFS/data/dir/sub"
	echo text >"$ROOTFS/data/file"
	echo more >"$ROOTFS/data/dir/sub/file"
	ln -s ../../file "$ROOTFS/data/dir/sub/link"
	ln -s /etc/passwd "$ROOTFS/data/absolute"
	ln -s nowhere "$ROOTFS/data/dangling"
	mkfifo "$ROOTFS/data/fifo"
	chmod 4751 "$ROOTFS/data/file"
	chmod 1770 "$ROOTFS/data/dir"
	chown 5:6 "$ROOTFS/data/dir/sub/file"
	chown -h 7:8 "$ROOTFS/data/absolute"
	touch -d @1000000000 "$ROOTFS/data/dir/sub/file" "$ROOTFS/data/dir"
	chown 0:10 "$ROOTFS/data"
	chmod 2755 "$ROOTFS/data"
}

described() { (cd "$1" && find . -printf '%p %y %m %U:%G %T@ %l\n' | sort && cat file dir/sub/file); }

@test "tmpcopyup gives a tmpfs a copy of what it covers, with modes, owners, times and links" {
	image
	copies
	described "$ROOTFS/data" >"$TMP/before"
	sleeping
	is "$(described "/proc/$PID/root/data")" "$(cat "$TMP/before")"
	is "$(stat -f -c %T "/proc/$PID/root/data")" tmpfs
	tare exec "$ID" sh -c 'echo changed >/data/file; rm -r /data/dir; echo new >/data/new'
	described "$ROOTFS/data" | diff "$TMP/before" -
}

@test "without tmpcopyup a tmpfs is empty, and has the mode of what it covers" {
	image
	adds /data tmpfs tmpfs
	is "$(inside sh -c 'ls -A /data; probe stat /data')" "042755 0:0 0:0"
	config '.mounts[-1].options = ["mode=700"]'
	is "$(inside probe stat /data)" "040700 0:0 0:0"
	config '.mounts[-1].destination = "/not/there" | .mounts[-1].options = []'
	is "$(inside probe stat /not/there)" "041777 0:0 0:0"
}

@test "options of a tmpfs win over what tmpcopyup takes over for its root" {
	image
	copies mode=711 uid=20
	is "$(inside sh -c 'probe stat /data; ls /data/dir/sub')" $'040711 20:0 0:0\nfile\nlink'
}

@test "tmpcopyup of a directory that is not there gives an empty tmpfs" {
	copies
	is "$(inside sh -c 'ls -A /data; stat -f -c %T /data')" tmpfs
}

@test "a tmpfs with a copy can be read-only" {
	image
	copies ro
	is "$(inside sh -c 'cat /data/file; probe create /data/x')" $'text\nEROFS'
	is "$(inside grep -c ' /data ro,' /proc/self/mountinfo)" 1
}

@test "a read-only tmpfs can have mounts, devices and the working directory in it" {
	image
	copies ro
	binds /data/new/place "$TMP/source/dir"
	config '.linux.devices = [{path: "/data/zero", type: "c", major: 1, minor: 5}] | .process.cwd = "/data/cwd"'
	is "$(inside sh -c 'pwd; probe stat /data/zero; probe create /data/x; probe create /data/new/place/x')" "/data/cwd
020666 0:0 1:5
EROFS
ok"
	[ ! -e "$ROOTFS/data/new" ]
}

@test "tmpcopyup of a link copies what it leads to inside of the root" {
	image
	mkdir "$TMP/source/data"
	echo host >"$TMP/source/data/file"
	ln -s "$TMP/source/data" "$ROOTFS/link"
	mkdir -p "$ROOTFS$TMP/source/data"
	echo inside >"$ROOTFS$TMP/source/data/file"
	adds /link tmpfs tmpfs tmpcopyup
	is "$(inside cat /link/file)" inside
}

@test "tmpcopyup follows no link" {
	mkdir "$ROOTFS/data"
	echo secret >"$TMP/source/dir/file"
	ln -s "../../../../../../../..$TMP/source/dir" "$ROOTFS/data/dir"
	ln -s "$TMP/source/dir/file" "$ROOTFS/data/file"
	ln -s /proc/1/root "$ROOTFS/data/magic"
	copies
	sleeping
	is "$(cd "/proc/$PID/root/data" && find . -printf '%p %y %l\n' | sort)" ". d 
./dir l ../../../../../../../..$TMP/source/dir
./file l $TMP/source/dir/file
./magic l /proc/1/root"
}

@test "tmpcopyup copies nothing that is mounted below" {
	mkdir -p "$ROOTFS/data/dir" "$ROOTFS/data/mounted"
	touch "$ROOTFS/data/dir/file" "$ROOTFS/data/other"
	echo host >"$TMP/source/dir/secret"
	binds /data/mounted "$TMP/source/dir"
	binds /data/dir/file "$TMP/source/dir/secret"
	copies
	is "$(inside sh -c 'cd /data; for f in * */*; do echo $f; done')" $'dir\nother\n*/*'
}

@test "tmpcopyup says what it cannot copy, and leaves nothing" {
	image
	head -c 200000 /dev/zero | tr '\0' x >"$ROOTFS/data/dir/large"
	copies size=64k
	fails inside true
	has "$output" "/mounts/7: cannot attach tmpfs to /data: copying dir/large: no space left on device"
	rm "$ROOTFS/data/dir/large"
	mkdir -p "$ROOTFS/data/$(printf 'd/%.0s' {1..200})"
	fails inside true
	has "$output" "/mounts/7: cannot attach tmpfs to /data: it has more than 128 directories in each other: d/d/"
}

@test "tmpcopyup in a user namespace keeps the owners that it maps" {
	image
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
	chown -R 100000:100000 "$ROOTFS"
	chown 100005:100006 "$ROOTFS/data/dir/sub/file"
	# Nobody inside: what would run as its owner runs as nobody else.
	chown 50:50 "$ROOTFS/data/file"
	chmod 6755 "$ROOTFS/data/file"
	mknod "$ROOTFS/data/zero" c 1 5
	copies
	is "$(inside sh -c 'cd /data; probe stat dir/sub/file; probe stat file; probe stat .; ls zero 2>&1')" "100644 5:6 0:0
100755 0:0 0:0
042755 0:0 0:0
ls: zero: No such file or directory"
}

@test "tmpcopyup copies into an idmapped tmpfs" {
	image
	copies
	config '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 0, size: 100}], gidMappings: [{containerID: 0, hostID: 0, size: 100}]}'
	described "$ROOTFS/data" >"$TMP/before"
	sleeping
	is "$(described "/proc/$PID/root/data")" "$(cat "$TMP/before")"
	has "$(grep ' /data ' "/proc/$PID/mountinfo")" idmapped
}

@test "the memory of a copy is the container's" {
	controller memory
	mkdir "$ROOTFS/data"
	head -c 20000000 /dev/urandom >"$ROOTFS/data/large"
	copies
	sleeping
	local file=memory.current
	[ "$(version memory)" = v2 ] || file=memory.usage_in_bytes
	[ "$(cat "$(cgroup memory)/$file")" -gt 19000000 ]
}

@test "a copy is not led out of the root by one who exchanges what is copied" {
	cc -O2 -static -o "$TMP/racer" "$BATS_TEST_DIRNAME/racer.c"
	mkdir -p "$ROOTFS/data/place"
	echo public >"$ROOTFS/data/place/file"
	echo secret >"$TMP/source/dir/file"
	ln -s "../../../../../../../..$TMP/source/dir" "$ROOTFS/data/link"
	copies
	program sh -c 'cat /data/*/file 2>/dev/null; true'
	background "$TMP/racer" exchange "$ROOTFS/data/place" "$ROOTFS/data/link"
	appears ready "$TMP/background"
	local round
	for ((round = 0; round < ${ROUNDS:-60}; round++)); do
		run tare run --bundle "$BUNDLE" "$ID"
		lacks "$output" secret
		[ "$status" = 0 ] || has "$output" "/mounts/7: cannot attach tmpfs to /data: somebody exchanged "
	done
	kill -0 "$BACKGROUND"
}
