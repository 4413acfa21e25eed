# Namespaces: new, the host's, joined by path, shared by a pod; and user namespaces.

load ../lib

finish() { while mountpoint -q "$TMP/ns"; do umount "$TMP/ns"; done; }

# without TYPE, with TYPE [PATH]: changes the list of the config.
without() { config '.linux.namespaces |= map(select(.type != $t))' --arg t "$1"; }
with() {
	without "$1"
	config '.linux.namespaces += [{type: $t} + if $p == "" then {} else {path: $p} end]' --arg t "$1" --arg p "${2:-}"
}

# ns TYPE [PID]: the inode of a process's namespace.
ns() { readlink "/proc/${2:-self}/ns/$1"; }

# second PROGRAM...: another container of the same bundle.
second() {
	doomed "$ID-b"
	program "$@"
	apart tare run --detach --bundle "$BUNDLE" --pid-file "$TMP/pid.b" "$ID-b" || {
		cat "$TMP/stderr"
		return 1
	}
	SECOND=$(cat "$TMP/pid.b")
}

mapped() {
	with user
	config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
	chown -R 100000:200000 "$ROOTFS"
}

@test "namespaces of the config are new, all others are the host's" {
	sleeping
	local type
	for type in ipc mnt net pid uts; do [ "$(ns $type "$PID")" != "$(ns $type)" ]; done
	for type in user time; do is "$(ns $type "$PID")" "$(ns $type)"; done
}

@test "a namespace that the config leaves out is the host's" {
	local type
	for type in ipc network pid; do without $type; done
	config 'del(.linux.sysctl) | .mounts |= map(select(.type != "sysfs" and .destination != "/dev/mqueue"))'
	sleeping
	for type in ipc net pid; do is "$(ns $type "$PID")" "$(ns $type)"; done
	[ "$(ns uts "$PID")" != "$(ns uts)" ]
}

@test "without a mount namespace the container's mounts are in the host's, and gone with the container" {
	without mount
	config '.root.readonly = true'
	sleeping
	is "$(ns mnt "$PID")" "$(ns mnt)"
	mountpoint -q "$BUNDLE/rootfs/proc"
	is "$(tare exec "$ID" cat /etc/passwd | head -n 1)" "root:x:0:0:root:/root:/bin/sh"
	is "$(tare exec "$ID" probe create /new)" EROFS
	tare delete --force "$ID"
	run ! mountpoint -q "$BUNDLE/rootfs"
	run ! mountpoint -q "$BUNDLE/rootfs/proc"
	is "$(inside sh -c 'echo $$')" 1
	run ! mountpoint -q "$BUNDLE/rootfs"
}

@test "without a mount namespace a container that fails leaves no mount" {
	without mount
	config '.mounts += [{destination: "/etc/passwd", type: "tmpfs", source: "tmpfs"}]'
	fails tare create --bundle "$BUNDLE" "$ID"
	has "$output" /mounts/
	run ! mountpoint -q "$BUNDLE/rootfs"
}

@test "without a mount namespace no mount is taken away that is not the container's" {
	mount --bind "$BUNDLE/rootfs" "$BUNDLE/rootfs"
	without mount
	created
	mount -t tmpfs other "$BUNDLE/rootfs"
	tare delete "$ID"
	is "$(findmnt -nro SOURCE "$BUNDLE/rootfs" | tail -n 1)" other
	umount "$BUNDLE/rootfs"
	umount -R "$BUNDLE/rootfs"
	run ! mountpoint -q "$BUNDLE/rootfs"
}

# bats test_tags=cgroup
@test "a container can do without any namespace of its own" {
	config '.linux.namespaces = [] | del(.hostname, .linux.sysctl, .linux.maskedPaths, .linux.readonlyPaths) | .root.readonly = false'
	sleeping
	local type
	for type in cgroup ipc mnt net pid uts user; do is "$(ns $type "$PID")" "$(ns $type)"; done
	is "$(tare exec "$ID" cat /etc/passwd | head -n 1)" "root:x:0:0:root:/root:/bin/sh"
	tare kill "$ID" KILL
}

@test "a new network namespace has its loopback up" {
	is "$(inside sh -c 'cat /sys/class/net/lo/flags; ip -o addr show lo | grep -c 127.0.0.1')" $'0x9\n1'
}

# bats test_tags=cgroup
@test "a cgroup namespace has the container's cgroup as its root" {
	with cgroup
	inside cat /proc/self/cgroup >"$TMP/cgroup"
	is "$(grep -vE '^[0-9]+:[^:]*:/$' "$TMP/cgroup" | grep -F "$ID")" ''
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	inside cat /proc/self/cgroup >"$TMP/cgroup"
	has "$(cat "$TMP/cgroup")" "/$CGROUP"
}

@test "a time namespace can be new" {
	with time
	sleeping
	[ "$(ns time "$PID")" != "$(ns time)" ]
	is "$(tare exec "$ID" readlink /proc/self/ns/time)" "$(ns time "$PID")"
}

@test "a new time namespace has its offsets" {
	with time
	config '.linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 5}, monotonic: {secs: 2000000}}'
	local here there
	here=$(cut -d. -f1 /proc/uptime)
	inside sh -c 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets' >"$TMP/there"
	there=$(head -1 "$TMP/there")
	[ "$((there - here))" -ge 1000000 ]
	has "$(tr -s ' ' <"$TMP/there")" "boottime 1000000 5" "monotonic 2000000 0"
}

@test "time offsets that cannot be are refused" {
	config '.linux.timeOffsets = {boottime: {secs: 1}}'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/timeOffsets: needs a new time namespace"
	with time
	config '.linux.timeOffsets = {boottime: {nanosecs: 1000000000}, realtime: {secs: 1}}'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/timeOffsets/boottime/nanosecs" "/linux/timeOffsets/realtime: unknown clock"
	config '.linux.timeOffsets = {monotonic: {secs: -9000000000}}'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/timeOffsets/monotonic: cannot write monotonic -9000000000 0 to self/timens_offsets"
}

@test "what would change in the host's namespace is refused" {
	with uts /proc/self/ns/uts
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "cannot open the uts namespace /proc/self/ns/uts: it is the host's own, and the config would change it"
	config 'del(.hostname)'
	with network /proc/self/ns/net
	inside true
	config '.linux.sysctl = {"net.ipv4.ip_default_ttl": "65"}'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "cannot open the network namespace /proc/self/ns/net: it is the host's own"
}

@test "a namespace is joined by path" {
	sleeping
	local type
	for type in ipc uts; do with $type "/proc/$PID/ns/$type"; done
	with network "/proc/$PID/ns/net"
	config 'del(.hostname)'
	second probe pause
	for type in ipc net uts; do is "$(ns $type "$SECOND")" "$(ns $type "$PID")"; done
	for type in mnt pid; do [ "$(ns $type "$SECOND")" != "$(ns $type "$PID")" ]; done
}

@test "a namespace is joined by a file that it is bound to" {
	sleeping
	touch "$TMP/ns"
	mount --bind "/proc/$PID/ns/net" "$TMP/ns"
	with network "$TMP/ns"
	second probe pause
	is "$(ns net "$SECOND")" "$(ns net "$PID")"
}

@test "a pid namespace is joined: a pod whose containers see each other" {
	sleeping
	with pid "/proc/$PID/ns/pid"
	second probe pause
	is "$(ns pid "$SECOND")" "$(ns pid "$PID")"
	is "$(tare exec "$ID-b" sh -c 'cat /proc/1/cmdline' | tr '\0' ' ')" 'probe pause '
	is "$(tare exec "$ID" ps -o args | grep -c '^probe pause')" 2
	tare exec "$ID" kill -KILL "$(tare exec "$ID" ps -o pid,args | awk '$2 == "probe" && $1 != 1 { print $1 }')"
	until_true 1000 gone "$SECOND"
	is "$(status_of "$ID-b")" stopped
	is "$(status_of "$ID")" running
}

# pod: a container that others join, as the pause container of a Kubernetes pod, in $PID, and a
# config that joins each of its namespaces that are named.
pod() {
	local type
	sleeping
	POD=$PID
	for type; do with "$type" "/proc/$POD/ns/$([ "$type" = network ] && echo net || echo "$type")"; done
	config 'del(.hostname)'
}

# member PROGRAM...: a container of the pod, which goes through its whole life.
member() {
	program "$@"
	doomed "$ID-b"
	apart tare create --bundle "$BUNDLE" --pid-file "$TMP/pid.b" "$ID-b" || {
		cat "$TMP/stderr"
		return 1
	}
	SECOND=$(cat "$TMP/pid.b")
	is "$(status_of "$ID-b")" created
	tare start "$ID-b"
	is "$(status_of "$ID-b")" running
}

# leaves: the member ends and is gone, and the pod lives on.
leaves() {
	fails tare delete "$ID-b"
	tare kill "$ID-b" KILL
	until_true 1000 gone "$SECOND"
	is "$(status_of "$ID-b")" stopped
	tare delete "$ID-b"
	is "$(status_of)" running
}

@test "a container of a pod shares network, ipc, uts and pid namespace of the pause container" {
	pod network ipc uts pid
	member probe pause
	local type
	for type in net ipc uts pid; do is "$(ns $type "$SECOND")" "$(ns $type "$POD")"; done
	[ "$(ns mnt "$SECOND")" != "$(ns mnt "$POD")" ]
	is "$(tare exec "$ID-b" hostname)" tare
	is "$(tare exec "$ID-b" sh -c 'cat /sys/class/net/lo/flags; cat /proc/1/comm')" $'0x9\nprobe'
	is "$(tare exec --tty "$ID-b" tty </dev/null | tr -d '\r')" /dev/pts/0
	is "$(tare exec "$ID-b" readlink /proc/self/ns/pid)" "$(ns pid "$POD")"
	leaves
}

@test "a container of a pod with a user namespace shares all of the pause container but its files" {
	mapped
	pod user network ipc uts pid
	member probe pause
	local type
	for type in user net ipc uts pid; do is "$(ns $type "$SECOND")" "$(ns $type "$POD")"; done
	is "$(awk '/^[UG]id:/ { print $2 }' "/proc/$SECOND/status" | xargs)" '100000 200000'
	is "$(tare exec "$ID-b" sh -c 'id -u; hostname; cat /proc/1/comm')" $'0\ntare\nprobe'
	is "$(tare exec --user 5:6 "$ID-b" sh -c 'id -u; id -g')" $'5\n6'
	is "$(tare exec --tty "$ID-b" tty </dev/null | tr -d '\r')" /dev/pts/0
	is "$(tare exec "$ID-b" sh -c 'for d in null zero full random urandom; do probe open /dev/$d rw; done' | sort -u)" ok
	leaves
	config '.process.terminal = true'
	program sh -c 'tty; id -u; exit 5'
	run -5 tare run --bundle "$BUNDLE" "$ID-b"
	is "$(tr -d '\r' <<<"$output")" $'/dev/pts/0\n0'
}

@test "a pid namespace whose first process has ended is not joined, and the error says so" {
	sleeping
	touch "$TMP/ns"
	mount --bind "/proc/$PID/ns/pid" "$TMP/ns"
	tare kill "$ID" KILL
	becomes stopped
	with pid "$TMP/ns"
	fails tare run --bundle "$BUNDLE" "$ID-b"
	has "$output" "/linux/namespaces: cannot continue in a child process: the first process of the pid namespace has ended, or memory is short: "
	fails tare create --bundle "$BUNDLE" "$ID-b"
	has "$output" "the first process of the pid namespace has ended"
	fails tare state "$ID-b"
}

@test "a time namespace is joined by path, with its offsets" {
	with time
	config '.linux.timeOffsets = {boottime: {secs: 1000000}}'
	sleeping
	with time "/proc/$PID/ns/time"
	config 'del(.linux.timeOffsets)'
	second probe pause
	is "$(ns time "$SECOND")" "$(ns time "$PID")"
	[ "$(tare exec "$ID-b" cut -d. -f1 /proc/uptime)" -ge 1000000 ]
	is "$(tare exec "$ID-b" readlink /proc/self/ns/time)" "$(ns time "$PID")"
}

@test "run gives the status of a program in a joined pid namespace" {
	sleeping
	with pid "/proc/$PID/ns/pid"
	program sh -c 'exit 9'
	run -9 tare run --bundle "$BUNDLE" "$ID-b"
}

@test "the end of a pid namespace ends the containers that joined it" {
	sleeping
	with pid "/proc/$PID/ns/pid"
	second probe pause
	tare kill "$ID" KILL
	until_true 1000 gone "$SECOND"
	is "$(status_of "$ID-b")" stopped
}

@test "exec joins what its container joined" {
	sleeping
	with network "/proc/$PID/ns/net"
	with pid "/proc/$PID/ns/pid"
	second probe pause
	is "$(tare exec "$ID-b" sh -c 'readlink /proc/self/ns/net; readlink /proc/self/ns/pid')" "$(ns net "$PID")"$'\n'"$(ns pid "$PID")"
}

@test "a path that is not there, or of another type, or no namespace, is refused by name" {
	with ipc "$TMP/nosuch"
	fails inside true
	has "$output" /linux/namespaces/ ipc "$TMP/nosuch" 'no such file or directory'
	with ipc /proc/self/ns/net
	fails inside true
	has "$output" /linux/namespaces/ ipc
	touch "$TMP/plain"
	with ipc "$TMP/plain"
	fails inside true
	has "$output" /linux/namespaces/ ipc
}

@test "a hostname without a uts namespace is refused" {
	without uts
	local host
	host=$(hostname)
	fails inside true
	has "$output" /hostname
	is "$(hostname)" "$host"
}

@test "a user namespace has the config's mappings, and its root is an ordinary user outside" {
	mapped
	sleeping
	is "$(tr -s ' ' <"/proc/$PID/uid_map")" ' 0 100000 65536'
	is "$(tr -s ' ' <"/proc/$PID/gid_map")" ' 0 200000 65536'
	is "$(awk '/^[UG]id:/ { print $2 }' "/proc/$PID/status" | xargs)" '100000 200000'
	[ "$(ns user "$PID")" != "$(ns user)" ]
}

@test "inside a user namespace root is root: ids, capabilities, files" {
	mapped
	config '.process.user.additionalGids = [5]'
	is "$(world '[.ids.uid[0], .ids.gid[0], .ids.groups, .capabilities.bounding]' ids capabilities)" '[0,0,[5],"0000000020000420"]'
	is "$(inside probe create /tmp/new)" ok
	is "$(stat -c '%u:%g' "$ROOTFS/tmp/new")" 100000:200000
	is "$(inside sh -c 'probe stat /; probe stat /dev/shm' | awk '{ print $2 }' | sort -u)" 0:0
}

@test "in a user namespace the default devices work" {
	mapped
	is "$(inside sh -c 'for d in null zero full random urandom; do probe open /dev/$d rw; done' | sort -u)" ok
	is "$(inside probe stat /dev/null | awk '{ print $3 }')" 1:3
}

@test "in a user namespace a file of the host does not pass for a device" {
	mapped
	echo secret >"$TMP/file"
	config '.linux.devices = [{path: $path, type: "c", major: 10, minor: 200}]' --arg path "$TMP/file"
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/devices/0: cannot attach $TMP/file to $TMP/file: what the host has there is not this device"
	config '.linux.devices = [{path: "/dev/zero", type: "c", major: 1, minor: 3}]'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "what the host has there is not this device"
}

# bats test_tags=cgroup
@test "in a user namespace the container's mounts are as without one" {
	mapped
	inside cat /proc/self/mountinfo >"$TMP/mountinfo"
	is "$(awk '$5 ~ /^\/(dev|dev\/pts|dev\/mqueue|dev\/shm|proc|sys|sys\/fs\/cgroup)$/ { print $5 }' "$TMP/mountinfo" | sort | xargs)" \
		"/dev /dev/mqueue /dev/pts /dev/shm /proc /sys /sys/fs/cgroup"
	fails inside probe create /sys/fs/cgroup/x
}

@test "in a user namespace a user who is not root has its own id outside" {
	mapped
	config '.process.user = {uid: 7, gid: 8}'
	sleeping
	is "$(awk '/^[UG]id:/ { print $2 }' "/proc/$PID/status" | xargs)" '100007 200008'
}

@test "exec in a user namespace is mapped as the container is" {
	mapped
	sleeping
	is "$(tare exec "$ID" probe world ids | jq -c '[.ids.uid[0], .ids.gid[0]]')" '[0,0]'
	is "$(tare exec "$ID" readlink /proc/self/ns/user)" "$(ns user "$PID")"
	is "$(tare exec --user 5:6 "$ID" probe world ids | jq -c '[.ids.uid[0], .ids.gid[0]]')" '[5,6]'
	fails 255 tare exec --user 70000 "$ID" true
	has "$output" 70000
}

@test "a user namespace can have several ranges" {
	mapped
	config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 10, hostID: 300000, size: 10}]'
	sleeping
	is "$(tr -s ' ' <"/proc/$PID/uid_map")" $' 0 100000 10\n 10 300000 10'
}

@test "a user namespace is joined by path, with the namespaces that it owns" {
	mapped
	sleeping
	with user "/proc/$PID/ns/user"
	with network "/proc/$PID/ns/net"
	with ipc "/proc/$PID/ns/ipc"
	second probe pause
	is "$(ns user "$SECOND")" "$(ns user "$PID")"
	is "$(ns net "$SECOND")" "$(ns net "$PID")"
	is "$(awk '/^Uid:/ { print $2 }' "/proc/$SECOND/status")" 100000
	is "$(tare exec "$ID-b" id -u)" 0
}

@test "a bind mount is the host's, and its owner unmapped, in a user namespace" {
	mapped
	mkdir "$TMP/volume" && echo text >"$TMP/volume/file"
	config '.mounts += [{destination: "/data", type: "bind", source: $s, options: ["rbind", "ro"]}]' --arg s "$TMP/volume"
	is "$(inside sh -c 'cat /data/file; probe stat /data/file')" $'text\n100644 65534:65534 0:0'
	fails inside probe create /data/new
	is "$output" EROFS
}

@test "a user namespace has bind mounts of what only the host may reach" {
	mapped
	mkdir -p "$TMP/secret/volume" && echo text >"$TMP/secret/volume/file"
	chown 100000:200000 "$TMP/secret/volume/file"
	chmod 700 "$TMP/secret"
	config '.mounts += [{destination: "/data", type: "bind", source: ($s + "/volume"), options: ["rbind"]},
		{destination: "/file", type: "bind", source: ($s + "/volume/file"), options: ["bind", "ro"]}, {destination: "/secret", type: "bind", source: $s, options: ["rbind"]}]' --arg s "$TMP/secret"
	is "$(inside sh -c 'cat /data/file /file; probe stat /secret')" $'text\ntext\n040700 65534:65534 0:0'
	fails inside ls /secret/volume
	has "$output" 'Permission denied'
}

@test "masked and read-only paths hold in a user namespace, too" {
	mapped
	mkdir "$ROOTFS/hidden" && echo secret | tee "$ROOTFS/hidden/file" >"$ROOTFS/secret"
	config '.linux.maskedPaths = ["/hidden", "/secret"] | .linux.readonlyPaths = ["/var"]'
	is "$(inside sh -c 'ls /hidden; cat /secret; probe create /var/x || true')" EROFS
}
