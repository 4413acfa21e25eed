# What a container finds mounted, and how.

load ../lib

prepare() { mkdir "$TMP/source"; }

finish() {
	local at
	for at in "$TMP/source/below/deep" "$TMP/source/below" "$TMP/source"; do
		while mountpoint -q "$at"; do umount "$at"; done
	done
}

# adds DESTINATION TYPE SOURCE [OPTION...]: a mount after those of the default config.
adds() {
	config '.mounts += [{destination: $d, type: $t, source: $s, options: $o}]' \
		--arg d "$1" --arg t "$2" --arg s "$3" --argjson o "$(list "${@:4}")"
}

binds() { adds "$1" bind "$2" bind "${@:3}"; }

# mounted DESTINATION: its options, file system type, source and super block options, as inside.
mounted() {
	inside cat /proc/self/mountinfo >"$TMP/mountinfo" || return
	awk -v at="$1" '$5 == at { for (i = 7; $i != "-"; i++) o = o " " $i; gsub(/[0-9]+/, "N", o); line = $6 " " $(i + 1) " " $(i + 2) " " $(i + 3) o; o = "" }
		END { if (line) print line; else exit 1 }' "$TMP/mountinfo"
}

# bats test_tags=cgroup
@test "the mounts of the default config are there and no others" {
	inside cat /proc/self/mountinfo >"$TMP/mountinfo"
	local wanted="/ /dev /dev/mqueue /dev/pts /dev/shm /proc /sys /sys/fs/cgroup"
	is "$(awk '{ print $5 }' "$TMP/mountinfo" | grep -vE '^/(proc|sys/firmware)/?[^ ]*|^/sys/fs/cgroup/' | sort | xargs)" "${wanted/ \/proc/}"
	is "$(awk '$5 == "/proc"' "$TMP/mountinfo" | wc -l)" 1
	has "$(awk '$5 == "/proc"' "$TMP/mountinfo")" ' - proc proc rw'
}

@test "no mount of the container is shared with the host" {
	# They are the host's slaves where the config asks for nothing: what it mounts comes in, nothing goes out.
	binds /data "$TMP/source"
	inside cat /proc/self/mountinfo >"$TMP/mountinfo"
	is "$(grep -cE ' shared:[0-9]+ ' "$TMP/mountinfo")" 0
}

@test "proc is the container's: its processes and no others" {
	is "$(inside sh -c 'echo /proc/[0-9]*')" /proc/1
}

@test "sysfs is read-only and shows the container's network devices" {
	has "$(mounted /sys)" 'ro,nosuid,nodev,noexec,relatime sysfs sysfs'
	is "$(inside ls /sys/class/net)" lo
}

@test "the default /dev is a tmpfs with its options" {
	has "$(mounted /dev)" 'rw,nosuid' tmpfs size=65536k mode=755
}

@test "devpts is an instance of its own" {
	has "$(mounted /dev/pts)" rw,nosuid,noexec devpts mode=620 ptmxmode=666 gid=5
	is "$(inside sh -c 'echo /dev/pts/*')" /dev/pts/ptmx
}

@test "mqueue is the container's own" {
	has "$(mounted /dev/mqueue)" mqueue
	is "$(inside ls /dev/mqueue)" ''
}

@test "the default devices and links are there, with their numbers and modes" {
	inside sh -c 'for d in null zero full random urandom tty; do probe stat /dev/$d; done; for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done' >"$TMP/out"
	is "$(cat "$TMP/out")" "020666 0:0 1:3
020666 0:0 1:5
020666 0:0 1:7
020666 0:0 1:8
020666 0:0 1:9
020666 0:0 5:0
/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx"
}

@test "devices of the config are made with type, numbers, mode and owner" {
	config '.linux.devices = [{path: "/dev/x", type: "c", major: 240, minor: 7, fileMode: 384, uid: 5, gid: 6},
		{path: "/dev/sub/y", type: "b", major: 241, minor: 8}, {path: "/dev/pipe", type: "p"}]'
	is "$(inside sh -c 'for d in x sub/y pipe null; do probe stat /dev/$d; done')" "020600 5:6 240:7
060666 0:0 241:8
010666 0:0 0:0
020666 0:0 1:3"
}

@test "a tmpfs has the options of the config" {
	adds /data tmpfs tmpfs nosuid nodev noexec size=64k mode=1750 uid=5
	has "$(mounted /data)" rw,nosuid,nodev,noexec size=64k mode=1750 uid=5
	is "$(inside probe stat /data)" "041750 5:0 0:0"
}

@test "a tmpfs can be read-only from the start" {
	adds /data tmpfs tmpfs ro
	has "$(mounted /data)" 'ro,relatime tmpfs'
	fails inside probe create /data/x
	is "$output" EROFS
}

@test "a mount's directory is made if it is not there" {
	adds /a/b/c tmpfs tmpfs
	has "$(mounted /a/b/c)" tmpfs
	is "$(stat -c '%a %u' "$ROOTFS/a/b/c")" '755 0'
}

@test "a bind mount shows the host's directory and can be written to" {
	echo host >"$TMP/source/file"
	binds /data "$TMP/source"
	is "$(inside sh -c 'cat /data/file; echo inside >/data/new')" host
	is "$(cat "$TMP/source/new")" inside
}

@test "a bind mount without the option bind is one by its type, and none works as type with it" {
	adds /data none "$TMP/source" rbind ro
	has "$(mounted /data)" ro
	config '.mounts |= .[:-1]'
	adds /data '' "$TMP/source" bind
	has "$(mounted /data)" rw
}

@test "a read-only bind mount refuses writing, and leaves its source writable" {
	binds /data "$TMP/source" ro nosuid nodev noexec
	has "$(mounted /data)" ro,nosuid,nodev,noexec
	fails inside probe create /data/x
	is "$output" EROFS
	touch "$TMP/source/x"
}

@test "a file can be bound over one that is there, and over one that is not" {
	echo host >"$TMP/source/file"
	binds /etc/passwd "$TMP/source/file" ro
	binds /etc/new/file "$TMP/source/file"
	is "$(inside cat /etc/passwd /etc/new/file)" $'host\nhost'
	[ -f "$ROOTFS/etc/new/file" ]
}

@test "options of a file system are left out of a bind mount, with a warning" {
	binds /data "$TMP/source" mode=700 size=1k
	program probe create /data/new
	run -0 --separate-stderr tare run --bundle "$BUNDLE" "$ID"
	is "$output" ok
	has "$stderr" /mounts/ 'mode=700' 'size=1k' 'is left out'
}

@test "a bind mount keeps the flags of its source that the config does not speak of" {
	mount -t tmpfs -o nosuid,nodev,noexec source "$TMP/source"
	binds /data "$TMP/source"
	has "$(mounted /data)" rw,nosuid,nodev,noexec
	config '.mounts[-1].options += ["exec"]'
	lacks "$(mounted /data)" noexec
}

@test "bind leaves out the mounts below its source, rbind brings them" {
	mkdir "$TMP/source/below"
	mount -t tmpfs below "$TMP/source/below"
	touch "$TMP/source/below/file"
	binds /data "$TMP/source"
	is "$(inside ls /data/below)" ''
	config '.mounts[-1].options = ["rbind"]'
	is "$(inside ls /data/below)" file
}

@test "ro of an rbind is for its top, rro for the whole tree" {
	mkdir "$TMP/source/below"
	mount -t tmpfs below "$TMP/source/below"
	adds /data bind "$TMP/source" rbind ro
	has "$(mounted /data)" ro
	is "$(inside probe create /data/below/x)" ok
	config '.mounts[-1].options = ["rbind", "rro"]'
	fails inside probe create /data/below/y
	is "$output" EROFS
}

@test "an rslave mount gets what the host mounts later, and gives nothing back" {
	mkdir "$TMP/source/below"
	mount --bind "$TMP/source" "$TMP/source"
	adds /data bind "$TMP/source" rbind rslave
	has "$(mounted /data)" master:N
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	sleeping
	mount -t tmpfs later "$TMP/source/below"
	touch "$TMP/source/below/late"
	is "$(tare exec "$ID" ls /data/below)" late
	mkdir "$TMP/source/below/deep"
	is "$(tare exec "$ID" probe mount tmpfs inside /data/below/deep)" ok
	! mountpoint -q "$TMP/source/below/deep"
}

@test "an rshared mount gives the host what the container mounts" {
	mkdir "$TMP/source/below"
	mount --bind "$TMP/source" "$TMP/source"
	adds /data bind "$TMP/source" rbind rshared
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	config '.linux.rootfsPropagation = "shared"'
	sleeping
	is "$(tare exec "$ID" probe mount tmpfs inside /data/below)" ok
	mountpoint -q "$TMP/source/below"
}

@test "an rshared mount of a root that is not shared is shared in the container alone" {
	mkdir "$TMP/source/below"
	mount --bind "$TMP/source" "$TMP/source"
	adds /data bind "$TMP/source" rbind rshared
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	has "$(mounted /data)" shared: master:
	sleeping
	mount -t tmpfs later "$TMP/source/below"
	mkdir "$TMP/source/below/deep"
	is "$(tare exec "$ID" probe mount tmpfs inside /data/below/deep)" ok
	! mountpoint -q "$TMP/source/below/deep"
}

@test "an rprivate mount gets nothing of what the host mounts later" {
	mkdir "$TMP/source/below"
	mount --bind "$TMP/source" "$TMP/source"
	adds /data bind "$TMP/source" rbind rprivate
	sleeping
	mount -t tmpfs later "$TMP/source/below"
	touch "$TMP/source/below/late"
	is "$(tare exec "$ID" ls /data/below)" ''
}

@test "a bind mount that says nothing gives the host nothing of what the container mounts" {
	mkdir "$TMP/source/below"
	mount --bind "$TMP/source" "$TMP/source"
	adds /data bind "$TMP/source" rbind
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	sleeping
	is "$(tare exec "$ID" probe mount tmpfs inside /data/below)" ok
	! mountpoint -q "$TMP/source/below"
}

@test "the propagation of the root is the config's" {
	config '.linux.rootfsPropagation = "slave"'
	has "$(mounted /)" master:N
	config '.linux.rootfsPropagation = "private"'
	lacks "$(mounted /)" master: shared:
	config '.linux.rootfsPropagation = "shared"'
	has "$(mounted /)" shared:
}

@test "mounts are made in the order of the config, over each other" {
	echo first >"$TMP/source/one"
	adds /data tmpfs tmpfs
	binds /data/sub "$TMP/source"
	adds /data/sub/below tmpfs tmpfs size=64k
	mkdir "$TMP/source/below"
	is "$(inside sh -c 'cat /data/sub/one; stat -f -c %T /data/sub/below; ls /data')" $'first\ntmpfs\nsub'
}

# placed: the mount points of the config, but for those of cgroups, in the order of /proc/self/mountinfo.
placed() {
	inside cat /proc/self/mountinfo >"$TMP/mountinfo" || return
	jq -r '.mounts[] | select(.type != "cgroup").destination' "$BUNDLE/config.json" >"$TMP/wanted"
	awk 'NR == FNR { wanted[$1]; next } $5 in wanted { print $5 }' "$TMP/wanted" "$TMP/mountinfo"
}

@test "mountinfo has the mounts in the order of the config" {
	binds /data/one "$TMP/source"
	adds /data/two tmpfs tmpfs
	binds /data/two/three "$TMP/source" rbind ro
	adds /data/four tmpfs tmpfs tmpcopyup
	binds /data/five "$TMP/source" rprivate
	ln -s source "$TMP/link"
	binds /data/six "$TMP/link" src-nofollow
	adds /data/seven tmpfs tmpfs
	is "$(placed)" "$(cat "$TMP/wanted")"
}

# above PATH [FLAG...]: how much is in the /proc of the rootfs as a bind mount of a directory above it shows it.
above() {
	program sh -c "ls -d $1/proc && ls -A $1/proc | wc -l"
	tare run --bundle "$BUNDLE" "${@:2}" "$ID" </dev/null
}

@test "a recursive bind mount of / or above the bundle has nothing of the container's in it" {
	touch "$TMP/source/here"
	mkdir -p "$ROOTFS/proc"
	binds /data "$TMP" rbind ro
	binds /host / rbind ro
	is "$(inside ls "/host$TMP/source" /data/source | grep -c '^here$')" 2
	is "$(above "/host$ROOTFS")" "/host$ROOTFS/proc"$'\n0'
	is "$(above "/data${ROOTFS#"$TMP"}")" "/data${ROOTFS#"$TMP"}/proc"$'\n0'
	is "$(above "/host$ROOTFS" --no-pivot)" "/host$ROOTFS/proc"$'\n0'
	config '.hooks.createRuntime = [{path: "/bin/true"}]' # with which the root is where the bundle has it
	is "$(above "/host$ROOTFS")" "/host$ROOTFS/proc"$'\n0'
	is "$(above "/data${ROOTFS#"$TMP"}")" "/data${ROOTFS#"$TMP"}/proc"$'\n0'
}

@test "a source may be a link of procfs to what the caller has open" {
	echo fine >"$TMP/source/file"
	binds /data/file /proc/self/fd/9
	binds /data/again "/proc/$$/root$TMP/source"
	program cat /data/file /data/again/file
	is "$(tare run --bundle "$BUNDLE" "$ID" 9<"$TMP/source/file" </dev/null)" $'fine\nfine'
}

@test "a source that is missing is found before anything is made in the root" {
	adds /data/one tmpfs tmpfs
	binds /data/two "$TMP/missing"
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" ": cannot clone the mount of $TMP/missing: no such file or directory"
	[ ! -e "$ROOTFS/data" ]
}

# bats test_tags=cgroup
@test "cgroups are mounted read-only, the container's own ones" {
	local dir=/sys/fs/cgroup
	[ "$VIEW" = v2 ] || dir=/sys/fs/cgroup/pids
	[ "$VIEW" != host ] || skip "missing: a known view of cgroups"
	is "$(inside cat $dir/cgroup.procs | tail -1)" 1
	fails inside probe write $dir/cgroup.procs 1
	is "$output" EROFS
	fails inside mkdir $dir/new
	is "$(inside sh -c 'ls -d /sys/fs/cgroup/unified 2>/dev/null; true')" ''
}

# bats test_tags=cgroup
@test "cgroups can be mounted writable" {
	local dir=/sys/fs/cgroup
	[ "$VIEW" = v2 ] || dir=/sys/fs/cgroup/pids
	[ "$VIEW" != host ] || skip "missing: a known view of cgroups"
	config '(.mounts[] | select(.type == "cgroup") | .options) -= ["ro"]'
	program sh -c "mkdir $dir/new && rmdir $dir/new && echo fine"
	is "$(tare run --bundle "$BUNDLE" "$ID" </dev/null)" fine
}

# bats test_tags=vm,cgroup
@test "cgroups mounted without a cgroup namespace are the host's, whose options stay" {
	[ "$VIEW" = v2 ] || skip "missing: cgroup v2 alone (view $VIEW)"
	options() { awk '$3 == "cgroup2" && $2 == "/sys/fs/cgroup" { print $4 }' /proc/mounts; }
	local before
	before=$(options)
	[[ $before == *nsdelegate* ]] || skip "missing: a cgroup v2 hierarchy with the option nsdelegate"
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	is "$(inside sh -c 'cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/cgroup.procs')" 1
	is "$(options)" "$before"
}

@test "a source that is not there is named" {
	binds /data "$TMP/nosuch"
	fails inside true
	has "$output" /mounts/7 "$TMP/nosuch" 'no such file or directory'
}

@test "an option that the file system does not know is named" {
	adds /data tmpfs tmpfs nosuchoption
	fails inside true
	has "$output" /mounts/7
}

@test "a mount of a directory over a file is refused by name, and nothing is left" {
	binds /etc/passwd "$TMP/source"
	fails inside true
	has "$output" /mounts/7 /etc/passwd
}

@test "a symbolic link in a destination stays inside the root" {
	ln -s /var "$ROOTFS/link"
	ln -s ../../../../../../.. "$ROOTFS/up"
	adds /link/data tmpfs tmpfs
	adds /up/etc/more tmpfs tmpfs
	inside cat /proc/self/mountinfo >"$TMP/mountinfo"
	is "$(awk '$5 ~ /data|more/ { print $5 }' "$TMP/mountinfo" | sort | xargs)" '/etc/more /var/data'
}

@test "a relative source counts from the bundle" {
	mkdir "$BUNDLE/volume" && touch "$BUNDLE/volume/file"
	binds /data volume
	is "$(inside ls /data)" file
}

@test "a root outside the bundle, and one reached by a link, work" {
	mv "$ROOTFS" "$TMP/elsewhere"
	config '.root.path = $path' --arg path "$TMP/elsewhere"
	is "$(inside echo fine)" fine
	ln -s "$TMP/elsewhere" "$BUNDLE/link"
	config '.root.path = "link"'
	is "$(inside echo fine)" fine
}

@test "a container can do with the root alone" {
	config '.mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)'
	is "$(inside echo fine)" fine
}
