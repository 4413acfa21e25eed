# Mounts whose files show other owners.

load ../lib

prepare() {
	mkdir -p "$TMP/source"
	touch "$TMP/source/file"
}

# Whatever is mounted below the source, from the top of the stack down.
finish() {
	local at
	while read -r at; do umount "$at"; done < <(awk -v t="$TMP/source" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | tac)
}

# adds DESTINATION TYPE SOURCE OPTIONS [MORE]: a mount after those of the default
# config, with its options as a JSON list.
adds() {
	config '.mounts += [{destination: $d, type: $t, source: $s, options: $o} + $m]' \
		--arg d "$1" --arg t "$2" --arg s "$3" --argjson o "$4" --argjson m "${5:-"{}"}"
}

# mapped INSIDE OUTSIDE SIZE [GID-INSIDE GID-OUTSIDE GID-SIZE]: the mappings of a mount.
mapped() {
	jq -nc '{uidMappings: [{containerID: $a, hostID: $b, size: $c}], gidMappings: [{containerID: $d, hostID: $e, size: $f}]}' \
		--argjson a "$1" --argjson b "$2" --argjson c "$3" --argjson d "${4:-$1}" --argjson e "${5:-$2}" --argjson f "${6:-$3}"
}

# in_user_namespace: the container gets one, with ids from 100000 and 200000 on.
in_user_namespace() {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
	chown -R 100000:200000 "$ROOTFS"
}

@test "an idmapped bind mount shows its files with other owners, and leaves them theirs" {
	chown 5:6 "$TMP/source/file"
	adds /data bind "$TMP/source" '["bind", "idmap"]' "$(mapped 5 1005 10 6 2006 10)"
	is "$(inside sh -c 'probe stat /data/file; stat -c %u:%g /data')" "100644 1005:2006 0:0
65534:65534"
	is "$(stat -c %u:%g "$TMP/source/file")" 5:6
}

@test "what is made in an idmapped mount belongs to whom the mapping says" {
	chown 5:6 "$TMP/source"
	config '.process.user = {uid: 1005, gid: 2006}'
	adds /data bind "$TMP/source" '["bind", "idmap"]' "$(mapped 5 1005 10 6 2006 10)"
	is "$(inside sh -c 'touch /data/new && stat -c %u:%g /data/new')" 1005:2006
	is "$(stat -c %u:%g "$TMP/source/new")" 5:6
}

@test "who is not mapped cannot make anything in an idmapped mount" {
	chmod 777 "$TMP/source"
	adds /data bind "$TMP/source" '["bind", "idmap"]' "$(mapped 5 1005 10)"
	fails inside probe create /data/new
	is "$output" EOVERFLOW
}

@test "mappings without the option are idmap" {
	chown 5:6 "$TMP/source/file"
	adds /data bind "$TMP/source" '["bind"]' "$(mapped 5 1005 10 6 2006 10)"
	is "$(inside stat -c %u:%g /data/file)" 1005:2006
}

@test "a container with a user namespace has the host's files as its own by idmap alone" {
	in_user_namespace
	adds /data bind "$TMP/source" '["bind", "idmap"]'
	adds /plain bind "$TMP/source" '["bind"]'
	is "$(inside sh -c 'stat -c %u:%g /data/file /plain/file && touch /data/new')" $'0:0\n65534:65534'
	is "$(stat -c %u:%g "$TMP/source/new")" 0:0
}

@test "a mount may have other mappings than the container's user namespace" {
	in_user_namespace
	chown 5:6 "$TMP/source/file"
	adds /data bind "$TMP/source" '["bind", "idmap"]' "$(mapped 5 100007 1 6 200008 1)"
	is "$(inside stat -c %u:%g /data/file)" 7:8
}

@test "mappings of several ranges are all used" {
	touch "$TMP/source/other"
	chown 70:70 "$TMP/source/other"
	adds /data bind "$TMP/source" '["bind", "idmap"]' '{"uidMappings": [{"containerID": 0, "hostID": 10, "size": 10}, {"containerID": 70, "hostID": 90, "size": 1}],
		"gidMappings": [{"containerID": 0, "hostID": 30, "size": 10}, {"containerID": 70, "hostID": 91, "size": 1}]}'
	is "$(inside stat -c %u:%g /data/file /data/other)" $'10:30\n90:91'
}

@test "idmap in a joined user namespace has that one's mappings" {
	in_user_namespace
	sleeping
	config '(.linux.namespaces[] | select(.type == "user")).path = $path' --arg path "/proc/$PID/ns/user"
	adds /data bind "$TMP/source" '["bind", "idmap"]'
	program stat -c %u:%g /data/file
	doomed "$ID-2"
	is "$(tare run --bundle "$BUNDLE" "$ID-2" </dev/null)" 0:0
}

@test "idmap is for the top of an rbind, ridmap for all of it" {
	mkdir "$TMP/source/below"
	mount -t tmpfs below "$TMP/source/below"
	touch "$TMP/source/below/file"
	adds /data bind "$TMP/source" '["rbind", "idmap"]' "$(mapped 0 1000 10)"
	is "$(inside stat -c %u /data/file /data/below/file)" $'1000\n0'
	config '.mounts[-1].options = ["rbind", "ridmap"]'
	is "$(inside stat -c %u /data/file /data/below/file)" $'1000\n1000'
}

@test "an idmapped mount can be read-only" {
	adds /data bind "$TMP/source" '["bind", "idmap", "ro"]' "$(mapped 0 0 10)"
	fails inside probe create /data/new
	is "$output" EROFS
}

@test "a file can be idmapped" {
	adds /etc/passwd bind "$TMP/source/file" '["bind", "idmap"]' "$(mapped 0 1000 10)"
	is "$(inside stat -c %u /etc/passwd)" 1000
}

@test "a tmpfs can be idmapped, and its options are the host's ids" {
	adds /data tmpfs tmpfs '["idmap", "nosuid", "mode=750", "uid=5", "size=64k"]' "$(mapped 0 1000 10)"
	is "$(inside probe stat /data)" "040750 1005:1000 0:0"
	has "$(inside grep ' /data ' /proc/self/mountinfo)" ' rw,nosuid,' idmapped size=64k
}

@test "a tmpfs that is idmapped by the container's mappings is its root's" {
	in_user_namespace
	adds /data tmpfs tmpfs '["idmap", "ro"]'
	is "$(inside sh -c 'stat -c %u:%g /data; probe create /data/x')" $'0:0\nEROFS'
}

@test "a read-only idmapped /dev has its devices" {
	config 'del(.mounts[] | select(.destination | startswith("/dev")))'
	adds /dev tmpfs tmpfs '["idmap", "ro", "mode=755"]' "$(mapped 0 0 65536)"
	is "$(inside sh -c 'probe stat /dev/null; probe create /dev/x')" $'020666 0:0 1:3\nEROFS'
}

@test "a file system that cannot be idmapped is named: an overlay" {
	mkdir "$TMP"/source/{lower,upper,work,over}
	mount -t overlay over -o "lowerdir=$TMP/source/lower,upperdir=$TMP/source/upper,workdir=$TMP/source/work" "$TMP/source/over"
	mkdir "$TMP/source/over/deep"
	adds /data bind "$TMP/source/over/deep" '["bind", "idmap"]' "$(mapped 0 1000 10)"
	fails inside true
	has "$output" "/mounts/7: cannot idmap /data: overlay on $TMP/source/over does not support idmapped mounts: invalid argument"
}

@test "a file system that cannot be idmapped is named: one below an rbind" {
	mkdir "$TMP"/source/{a,b,c}
	mount -t tmpfs below "$TMP/source/a"
	mount -t proc below "$TMP/source/b"
	mount -t tmpfs below "$TMP/source/c"
	adds /data bind "$TMP/source" '["rbind", "ridmap"]' "$(mapped 0 1000 10)"
	fails inside true
	has "$output" "/mounts/7: cannot idmap /data: proc on $TMP/source/b does not support idmapped mounts"
}

@test "a file system that cannot be idmapped is named: a new one" {
	adds /data sysfs sysfs '["idmap"]' "$(mapped 0 1000 10)"
	fails inside true
	has "$output" "/mounts/7: cannot idmap /data: sysfs does not support idmapped mounts"
	config '.mounts[-1].type = "mqueue"'
	fails inside true
	has "$output" "mqueue does not support idmapped mounts"
}

@test "a bad option of an idmapped file system is named" {
	adds /data tmpfs tmpfs '["idmap", "nosuchoption"]' "$(mapped 0 1000 10)"
	fails inside true
	has "$output" "/mounts/7: cannot mount tmpfs on /data: setting nosuchoption: " nosuchoption "invalid argument"
}

@test "a source that is idmapped already is named" {
	mkdir -p "$TMP/source/shared/again"
	mount --bind "$TMP/source/shared" "$TMP/source/shared"
	adds /data bind "$TMP/source" '["bind", "idmap"]' "$(mapped 0 1000 10)"
	adds /shared bind "$TMP/source/shared" '["rbind", "rshared"]'
	config '.linux.rootfsPropagation = "shared"'
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	sleeping
	is "$(tare exec "$ID" probe mount none /data /shared/again 0x1000)" ok
	config '.mounts[-2].source = $s' --arg s "$TMP/source/shared/again"
	doomed "$ID-2"
	fails tare run --bundle "$BUNDLE" "$ID-2"
	has "$output" "/mounts/7: cannot idmap /data: $(stat -f -c %T "$TMP" | sed s,ext2/ext3,ext4,) on $TMP/source/shared/again is idmapped already: operation not permitted"
}

@test "mappings that are wrong are refused with their place" {
	adds /data bind "$TMP/source" '["bind", "idmap"]'
	fails inside true
	has "$output" "/mounts/7/options: an id mapping needs uidMappings and gidMappings"
	config '.mounts[-1].uidMappings = [{containerID: 0, hostID: 0, size: 0}]'
	fails inside true
	has "$output" "/mounts/7/gidMappings: must be set along with uidMappings" "/mounts/7/uidMappings/0/size: must not be 0"
}

@test "nobody lives on in the user namespace of a mount" {
	adds /data bind "$TMP/source" '["bind", "idmap"]' "$(mapped 0 1000 10)"
	created
	is "$(processes | cut -d' ' -f1)" "$PID"
	# Nor does the init that waits hold it.
	is "$(find "/proc/$PID/fd" -lname 'user:*')" ''
}
