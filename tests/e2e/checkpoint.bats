# Containers that are written to files, and made again from them, by CRIU.

load ../lib
load ../checkpoint

# bats test_tags=cgroup
@test "a restored program goes on where it was" {
	counting
	mounts "$PID" >"$TMP/mounts"
	checkpoint
	restored
	mounts "$PID" | diff "$TMP/mounts" -
	poke two
	appears '^2 two$' "$ROOTFS/log"
	is "$(tare state "$ID" | jq -c '[.status, .pid]')" "[\"running\",$PID]"
	is "$(tare exec "$ID" cat /log | tail -n 1)" '2 two'
	tare pause "$ID" && has_status paused
	tare resume "$ID" && has_status running
	tare kill "$ID" KILL
	becomes stopped
	tare delete "$ID"
}

@test "a checkpoint deletes the container, unless it is left running" {
	counting
	checkpoint --leave-running
	has_status running
	poke two && appears '^2 two$' "$ROOTFS/log"
	checkpoint
	fails tare state "$ID"
	has "$output" 'does not exist'
}

# bats test_tags=cgroup
@test "a paused container can be checkpointed, and stays paused if it is left running" {
	counting
	tare pause "$ID"
	checkpoint --leave-running
	has_status paused
	tare resume "$ID"
	poke two && appears '^2 two$' "$ROOTFS/log"
	tare pause "$ID"
	checkpoint
	fails tare state "$ID"
	restored
	has_status running
	poke three && appears '^3 three$' "$ROOTFS/log"
}

@test "a restored container can be checkpointed and restored again" {
	counting
	checkpoint
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
	IMAGES=$TMP/again
	checkpoint
	restored
	poke three && appears '^3 three$' "$ROOTFS/log"
}

@test "restore stays with the program and has its status" {
	program sh -c 'exec 3<>/fifo; echo ready >/log; read -r line <&3; exit "$line"'
	running && appears '^ready$' "$ROOTFS/log"
	checkpoint
	doomed "$ID"
	background tare restore --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	becomes running
	poke 7
	local status=0
	ended || status=$?
	is "$status" 7
	fails tare state "$ID"
}

@test "restore --keep keeps the container after its end" {
	program sh -c 'exec 3<>/fifo; echo ready >/log; read -r line <&3; exit "$line"'
	running && appears '^ready$' "$ROOTFS/log"
	checkpoint
	doomed "$ID"
	background tare restore --keep --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	becomes running
	poke 0 && ended
	has_status stopped
}

@test "a signal to the tare that stays with a restored program goes to the program" {
	program probe signal
	running && appears '^ready' "$TMP/stdout"
	checkpoint
	doomed "$ID"
	background tare restore --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	becomes running
	forwards 1 10
}

@test "the program has its output where restore was called" {
	program sh -c 'exec 3<>/fifo; echo ready >/log; while read -r line <&3; do echo "$line"; done'
	running && appears '^ready$' "$ROOTFS/log"
	checkpoint
	restored
	poke hello
	appears '^hello$' "$TMP/stdout"
}

@test "the annotation org.criu.config names a file with options for CRIU" {
	echo 'log-file given.log' >"$TMP/criu.conf"
	config '.annotations = {"org.criu.config": $file}' --arg file "$TMP/criu.conf"
	counting
	checkpoint
	[ -s "$IMAGES/given.log" ]
	has "$(tare features | jq -c .potentiallyUnsafeConfigAnnotations)" '"org.criu.config"'
}

# bats test_tags=cgroup
@test "what limits the processes is what the config of the restored container says" {
	controller pids
	counting
	checkpoint
	config '.linux.resources.pids = {limit: 17}'
	restored
	is "$(cat "$(cgroup pids)/pids.max")" 17
	has "$(cat "$(cgroup pids)/cgroup.procs")" "$PID"
}

@test "a restored program has the capabilities and the filter that it had" {
	config '.process.noNewPrivileges = true | .process.capabilities = {bounding: ["CAP_KILL"], effective: [], permitted: []}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
	counting
	identity "$PID" >"$TMP/identity"
	has "$(cat "$TMP/identity")" $'Seccomp:\t2' $'NoNewPrivs:\t1' $'CapBnd:\t0000000000000020'
	checkpoint
	restored
	identity "$PID" | diff "$TMP/identity" -
	fails tare exec "$ID" mkdir /there
}

@test "a restored program that had no groups gets none of those of whoever restores it" {
	counting
	is "$(awk '/^Groups/ { print $2 }' "/proc/$PID/status")" ''
	checkpoint
	TARE_TEST=$ID apart setpriv --groups 7,4321 "$TARE" --root "$ROOT" restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
	is "$(awk '/^Groups/ { print $2 }' "/proc/$(cat "$TMP/pid")/status")" ''
}

@test "a restored program has the user and the groups that it had" {
	has_resource_capability || skip "missing: CAP_SYS_RESOURCE, with which CRIU asks for the limits of another user"
	config '.process.user = {uid: 1000, gid: 1000, additionalGids: [7]}'
	chmod 777 "$ROOTFS" "$ROOTFS/fifo"
	counting
	identity "$PID" >"$TMP/identity"
	has "$(cat "$TMP/identity")" $'Uid:\t1000' $'Groups:\t7'
	checkpoint
	restored
	identity "$PID" | diff "$TMP/identity" -
}

identity() { grep -E '^(Uid|Gid|Groups|Cap.*|NoNewPrivs|Seccomp|Umask):' "/proc/$1/status"; }

@test "the devices that the config denies stay denied" {
	counting
	checkpoint
	restored
	fails tare exec "$ID" probe open /dev/kmsg
	is "$(tare exec "$ID" probe mknod /dev/mem c 1 1)" EPERM
}

@test "mounts of the host come back, and a read-only one stays read-only" {
	mkdir -p "$TMP/data/sub" "$TMP/other"
	echo here >"$TMP/data/file"
	echo hosts >"$TMP/hosts"
	mount -t tmpfs sub "$TMP/data/sub"
	echo below >"$TMP/data/sub/file"
	bind "$TMP/data" /data rbind ro
	bind "$TMP/other" /var/other bind
	bind "$TMP/hosts" /etc/hosts bind ro
	counting
	mounts "$PID" >"$TMP/mounts"
	checkpoint
	restored
	mounts "$PID" | diff "$TMP/mounts" -
	is "$(tare exec "$ID" cat /data/file /data/sub/file /etc/hosts | xargs)" 'here below hosts'
	is "$(tare exec "$ID" probe create /data/new)" EROFS
	is "$(tare exec "$ID" probe create /var/other/new)" ok
	[ -f "$TMP/other/new" ]
	tare delete --force "$ID"
	umount "$TMP/data/sub"
}

@test "the host sees no mount of a container that is restored" {
	mkdir "$TMP/data"
	bind "$TMP/data" /data bind ro
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $script]}]' --arg script "cat /proc/self/mountinfo >$TMP/mounts.during"
	counting
	checkpoint
	restored
	diff - "$TMP/mounts.during" <<<"$mounts_before"
}

@test "a mount whose source the config does not have any more is named" {
	mkdir "$TMP/data"
	bind "$TMP/data" /data bind ro
	counting
	checkpoint
	config 'del(.mounts[-1])'
	fails tare restore -d --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	has "$output" '/mounts: have nothing for "/data"'
}

@test "a mount may come from another place of the host" {
	mkdir "$TMP/data" "$TMP/moved"
	echo moved >"$TMP/moved/file"
	bind "$TMP/data" /data bind ro
	counting
	checkpoint
	config '.mounts[-1].source = $from' --arg from "$TMP/moved"
	restored
	is "$(tare exec "$ID" cat /data/file)" moved
}

@test "what is mounted on is made in a root that is new" {
	mkdir "$TMP/data"
	echo hosts >"$TMP/hosts"
	bind "$TMP/data" /a/b bind
	bind "$TMP/hosts" /c/hosts bind
	counting
	checkpoint
	rm -r "$ROOTFS/a" "$ROOTFS/c" "$ROOTFS/sys"
	restored
	is "$(tare exec "$ID" cat /c/hosts)" hosts
	[ -d "$ROOTFS/a/b" ] && [ -f "$ROOTFS/c/hosts" ]
}

@test "a read-only root stays one" {
	mkdir "$TMP/data"
	bind "$TMP/data" /data bind
	config '.root.readonly = true'
	program sh -c 'exec 3<>/fifo; i=0; echo ready >/data/log; while read -r line <&3; do i=$((i+1)); echo "$i $line" >>/data/log; done'
	running && appears '^ready$' "$TMP/data/log"
	checkpoint
	restored
	is "$(tare exec "$ID" probe create /new)" EROFS
	poke one && appears '^1 one$' "$TMP/data/log"
}

@test "a destination with ]: in it is refused, since CRIU would read another path there (CVE-2026-119101)" {
	mkdir -p "$TMP/data" "$ROOTFS/a]:" "$ROOTFS/etc"
	mkdir -p "$ROOTFS/a]:/etc"
	ln -s 'a]:/etc' "$ROOTFS/link"
	bind "$TMP/data" /link bind ro
	counting
	fails tare checkpoint --image-path "$IMAGES" "$ID"
	has "$output" 'a]:/etc' 'cannot tell from another'
	poke two && appears '^2 two$' "$ROOTFS/log"
}

@test "a link that leads a read-only mount to one that can be written to is refused" {
	mkdir -p "$TMP/secret" "$TMP/open" "$ROOTFS/one" "$ROOTFS/two"
	ln -s one "$ROOTFS/link"
	bind "$TMP/secret" /link bind ro
	bind "$TMP/open" /two bind
	counting
	tare exec "$ID" sh -c 'rm /link; ln -s two /link'
	fails tare checkpoint --image-path "$IMAGES" "$ID"
	has "$output" '/mounts/' 'can be written to, and this one is read-only'
	tare exec "$ID" sh -c 'rm /link; ln -s root /link'
	fails tare checkpoint --image-path "$IMAGES" "$ID"
	has "$output" 'does not lead to its mount any more'
	poke two && appears '^2 two$' "$ROOTFS/log"
}

@test "a root that leads a mount out of it is found out before anything runs" {
	mkdir -p "$TMP/data" "$TMP/canary"
	bind "$TMP/data" /inside bind
	counting
	checkpoint
	rmdir "$ROOTFS/inside"
	ln -s "$TMP/canary" "$ROOTFS/inside"
	run restored
	[ "$status" != 0 ] || is "$(mounts "$(tare state "$ID" | jq .pid)" | grep -c inside)" 1
	grep -qs "$TMP/canary" /proc/self/mountinfo && false
	is "$(find "$TMP/canary")" "$TMP/canary"
}

@test "a terminal is handed over anew" {
	config '.process.terminal = true'
	program sh -c 'exec 3<>/fifo; echo ready >/log; while read -r line <&3; do echo "says $line"; tty; done'
	background "$PROBE" listen "$TMP/tty.sock"
	appears '^ready$' "$TMP/background"
	running --console-socket "$TMP/tty.sock"
	appears '^ready$' "$ROOTFS/log"
	checkpoint
	ended || true
	rm -f "$TMP/tty.sock"
	background "$PROBE" listen "$TMP/tty.sock"
	appears '^ready$' "$TMP/background"
	restored --console-socket "$TMP/tty.sock"
	appears '^descriptors 1, name ' "$TMP/background"
	poke hello
	appears '^says hello' "$TMP/background"
	appears '^/dev/' "$TMP/background"
}

# holder UNSHARE-OPTION...: the pid of a process in new namespaces goes to $HOLDER.
holder() {
	unshare "$@" sh -c "ip link set lo up 2>/dev/null; ip addr add 10.99.0.1/32 dev lo 2>/dev/null; echo \$\$ >$TMP/holder; exec sleep 1000" 3>&- &
	started+=($!)
	until_true 500 test -s "$TMP/holder"
	HOLDER=$(cat "$TMP/holder")
}

@test "a container in a network namespace that it has joined comes back to it" {
	holder --net
	config '(.linux.namespaces[] | select(.type == "network")).path = "/proc/\($pid)/ns/net"' --arg pid "$HOLDER"
	counting
	checkpoint
	restored
	is "$(readlink "/proc/$PID/ns/net")" "$(readlink "/proc/$HOLDER/ns/net")"
	has "$(tare exec "$ID" ip addr)" 10.99.0.1
}

@test "namespaces of System V and of the host name can be joined, too" {
	holder --ipc --uts
	config '(.linux.namespaces[] | select(.type == "ipc")).path = "/proc/\($pid)/ns/ipc"
		| (.linux.namespaces[] | select(.type == "uts")).path = "/proc/\($pid)/ns/uts" | del(.hostname)' --arg pid "$HOLDER"
	counting
	checkpoint
	restored
	is "$(readlink "/proc/$PID/ns/ipc" "/proc/$PID/ns/uts" | xargs)" "$(readlink "/proc/$HOLDER/ns/ipc" "/proc/$HOLDER/ns/uts" | xargs)"
}

# bats test_tags=cgroup
@test "a container without a cgroup namespace and one with it come back as they were" {
	local flag
	for flag in yes no; do
		if [ "$flag" = yes ]; then
			config '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])'
		else
			config '.linux.namespaces |= map(select(.type != "cgroup"))'
		fi
		rm -f "$ROOTFS/log"
		counting
		tare exec "$ID" cat /proc/self/cgroup >"$TMP/cgroup"
		mounts "$PID" >"$TMP/mounts"
		checkpoint
		restored
		tare exec "$ID" cat /proc/self/cgroup | diff "$TMP/cgroup" -
		mounts "$PID" | diff "$TMP/mounts" -
		tare delete --force "$ID"
	done
}

# bats test_tags=cgroup
@test "cgroups that the container made itself come back with what is in them" {
	config '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])
		| (.mounts[] | select(.destination == "/sys/fs/cgroup")).options -= ["ro"]'
	counting
	local dir
	dir=$(jq -r '[.cgroup[] | select(.hierarchy == "freezer"), select(.hierarchy == "")] | sort_by(.hierarchy) | last | .mountpoint + .path' "$ROOT/$ID/state.json")
	mkdir "$dir/below"
	echo "$PID" >"$dir/below/cgroup.procs"
	checkpoint
	[ ! -e "$dir" ]
	restored
	is "$(cat "$dir/below/cgroup.procs")" "$PID"
}

# bats test_tags=cgroup
@test "the processes are in the container's cgroup whatever CRIU does about cgroups" {
	local mode
	for mode in soft full ignore; do
		rm -f "$ROOTFS/log"
		counting
		checkpoint --manage-cgroups-mode "$mode"
		restored --manage-cgroups-mode "$mode"
		has "$(cat /proc/"$PID"/cgroup)" "/$CGROUP"
		is "$(grep -c "/$CGROUP" "/proc/$PID/cgroup")" "$(jq '.cgroup | length' "$ROOT/$ID/state.json")"
		tare delete --force "$ID"
	done
	fails tare checkpoint --manage-cgroups-mode all "$ID"
}

# bats test_tags=cgroup
@test "a restored container may have another cgroup and another id" {
	local path=/$ID-else/where place=/$ID-else/where
	[ -z "${TARE_SYSTEMD:-}" ] || path=:tare:$ID-else place=/tare-$ID-else.scope
	counting
	checkpoint
	config '.linux.cgroupsPath = $path' --arg path "$path"
	doomed "$ID-2"
	apart tare restore -d --image-path "$IMAGES" --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID-2"
	PID=$(cat "$TMP/pid")
	is "$(grep -c "$place" "/proc/$PID/cgroup")" "$(jq '.cgroup | length' "$ROOT/$ID-2/state.json")"
	tare delete --force "$ID-2"
	find /sys/fs/cgroup -depth -type d -name "$ID-else" -exec rmdir {} +
}

mapped() {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
}

@test "a container in a user namespace can be checkpointed" {
	has_resource_capability || skip "missing: CAP_SYS_RESOURCE, with which CRIU asks for the limits of another user"
	chown -R 100000:100000 "$ROOTFS"
	mapped
	counting
	checkpoint
	[ -s "$IMAGES/core-1.img" ]
}

@test "a container in a user namespace is refused by restore, since CRIU could not" {
	counting
	checkpoint
	mapped
	fails restored
	has "$output" /linux/namespaces/ 'CRIU cannot restore it'
	fails tare state "$ID"
}

@test "exec in a restored container has its clocks" {
	counting
	checkpoint
	restored
	is "$(tare exec "$ID" readlink /proc/self/ns/time)" "$(readlink "/proc/$PID/ns/time")"
}

@test "hooks of the host run when the namespaces are there, and poststop at the end" {
	local stage
	for stage in prestart createRuntime createContainer startContainer poststart poststop; do
		config '.hooks[$stage] = [{path: "/bin/sh", args: ["sh", "-c", $script]}]' --arg stage "$stage" \
			--arg script "jq -c '[\"$stage\", .status, has(\"pid\")]' >>$TMP/hooks; [ ! -e $ROOTFS/log ] || tail -n 1 $ROOTFS/log >>$TMP/hooks"
	done
	counting
	checkpoint
	is "$(tail -n 2 "$TMP/hooks" | xargs)" '[poststop,stopped,false] 1 one'
	: >"$TMP/hooks"
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
	is "$(xargs <"$TMP/hooks")" '[prestart,created,true] 1 one [createRuntime,created,true] 1 one'
	tare delete --force "$ID"
	is "$(tail -n 2 "$TMP/hooks" | xargs)" '[poststop,stopped,false] 2 two'
}

@test "a hook that fails while a container is restored leaves nothing of it" {
	counting
	checkpoint
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo no network >&2; exit 3"]}]'
	fails restored
	has "$output" '/hooks/createRuntime/0' 'no network'
	fails tare state "$ID"
	is "$(tail -n 1 "$ROOTFS/log")" '1 one'
}

@test "an id that is taken is refused, and its container left alone" {
	counting
	checkpoint --leave-running
	fails tare restore -d --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	has "$output" 'exists already'
	has_status running
	poke two && appears '^2 two$' "$ROOTFS/log"
}

@test "a mount that is shared in the container, and the host's slave, is so when it is restored" {
	mkdir "$TMP/data"
	mount --bind "$TMP/data" "$TMP/data"
	mount --make-shared "$TMP/data"
	bind "$TMP/data" /data rbind rshared
	counting
	has "$(grep ' /data ' "/proc/$PID/mountinfo")" shared: master:
	checkpoint
	restored
	has "$(grep ' /data ' "/proc/$PID/mountinfo")" shared: master:
	umount "$TMP/data"
}
