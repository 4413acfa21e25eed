# Containers of an ordinary user: with its own id alone, with subordinate ids, with a
# delegated cgroup and without one.

# bats file_tags=cgroup

load ../lib

# The user exists only in a mount namespace of each command's own, where /etc/passwd
# and its like are private copies.
USER_ID=61234 SUBUIDS=1600000000 SUBGIDS=1700000000

prepare() {
	if [ -n "${TARE_SYSTEMD:-}" ]; then
		USER_ID=$(id -u tare 2>/dev/null) && [ -S "/run/user/$USER_ID/bus" ] || skip "missing: a user tare with a service manager of its own"
	fi
	mkdir -m 700 "$TMP/run"
	mkdir "$TMP/etc"
	ROOT=$TMP/run/tare
	for file in passwd group subuid subgid; do cp "/etc/$file" "$TMP/etc/$file" 2>/dev/null || : >"$TMP/etc/$file"; done
	sed -i "/^[^:]*:[^:]*:$USER_ID:/d" "$TMP/etc/passwd" "$TMP/etc/group"
	echo "ulla:x:$USER_ID:$USER_ID::/tmp:/bin/sh" >>"$TMP/etc/passwd"
	echo "ulla:x:$USER_ID:" >>"$TMP/etc/group"
	echo "ulla:$SUBUIDS:65536" >"$TMP/etc/subuid"
	echo "ulla:$SUBGIDS:65536" >"$TMP/etc/subgid"
	chmod 644 "$TMP"/etc/*
	chown -R "$USER_ID:$USER_ID" "$TMP"
	as_user "$TARE" spec --rootless --bundle "$TMP"
	jq --arg mark "TARE_TEST=$ID" '.process.terminal = false | .root.readonly = false | .process.env += [$mark]' \
		"$TMP/config.json" >"$BUNDLE/config.json"
}

finish() {
	[ -n "$GIVEN" ] || return 0
	! [ -f "$TMP/doomed" ] || tare delete --force "$ID"
	unset HOME_CGROUPS
	find /sys/fs/cgroup -depth -type d -path "*/$GIVEN*" -exec rmdir {} +
}

# as_user COMMAND...: runs it as the user, in $HOME_CGROUPS if there are any, and
# without the programs $HIDDEN. With TARE_SYSTEMD in a scope of the user's service
# manager: what is outside of it the manager may not put into a cgroup.
as_user() {
	if [ -n "${TARE_SYSTEMD:-}" ]; then
		set -- "XDG_RUNTIME_DIR=/run/user/$USER_ID" systemd-run --user --scope --quiet -p Delegate=yes \
			env "XDG_RUNTIME_DIR=${RUNTIME_DIR-$TMP/run}" "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$USER_ID/bus" "$@"
	fi
	HOME_CGROUPS=$HOME_CGROUPS HIDDEN=$HIDDEN RUNTIME_DIR=${RUNTIME_DIR-$TMP/run} unshare --mount --propagation private bash -c '
		for dir in $HOME_CGROUPS; do echo $$ >"$dir/cgroup.procs" || exit 99; done
		for file in passwd group subuid subgid; do
			[ -e "/etc/$file" ] || continue
			mount --bind "$0/$file" "/etc/$file" || exit 99
		done
		for file in $HIDDEN; do mount --bind "$0/../none" "$file" || exit 99; done
		exec setpriv --reuid "$1" --regid "$1" --clear-groups env --unset=USER TARE_TEST="$2" XDG_RUNTIME_DIR="$RUNTIME_DIR" \
			"${@:3}"' "$TMP/etc" "$USER_ID" "$ID" "$@"
}

tare() { as_user "$TARE" "$@"; }

# subordinate: maps ids of /etc/subuid and /etc/subgid beside the own ones.
subordinate() {
	command -v newuidmap >/dev/null && command -v newgidmap >/dev/null || skip "missing: newuidmap and newgidmap"
	config '.linux.uidMappings += [{containerID: 1, hostID: $u, size: 65536}] | .linux.gidMappings += [{containerID: 1, hostID: $g, size: 65536}]' \
		--argjson u $SUBUIDS --argjson g $SUBGIDS
}

# delegated: gives the user a cgroup in each hierarchy and puts its commands below it.
delegated() {
	[ -z "${TARE_SYSTEMD:-}" ] || return 0
	local mount given
	GIVEN=$ID-given
	config '.linux.cgroupsPath = $p' --arg p "/$GIVEN/$ID"
	for mount in $(awk '$3 ~ /^cgroup2?$/ && $2 ~ "^/sys/fs/cgroup" { print $2 }' /proc/self/mounts); do
		given=$mount/$GIVEN
		mkdir "$given"
		# An empty cpuset takes no process (cpuset(7)).
		for file in cpuset.cpus cpuset.mems; do
			[ ! -f "$given/$file" ] || [ -f "$given/cgroup.controllers" ] || cat "$mount/$file" >"$given/$file"
		done
		[ -f "$given/cgroup.controllers" ] || echo 1 2>/dev/null >"$given/cgroup.clone_children"
		mkdir "$given/shell"
		chown -R "$USER_ID" "$given"
		HOME_CGROUPS="$HOME_CGROUPS $given/shell"
	done
}

@test "a user's container runs with no more than the own id" {
	is "$(inside sh -c 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups' | tr -s ' ')" \
		$'0\n0\n 0 '$USER_ID$' 1\n 0 '$USER_ID$' 1\ndeny'
}

@test "files that a user's container makes are the user's" {
	is "$(inside probe create /tmp/new)" ok
	is "$(stat -c %u:%g "$ROOTFS/tmp/new")" $USER_ID:$USER_ID
}

@test "a user's container has its devices and mounts" {
	is "$(inside sh -c 'for d in null zero full random urandom; do probe open /dev/$d rw; done' | sort -u)" ok
	is "$(inside probe stat /dev/null | awk '{ print $3 }')" 1:3
	inside cat /proc/self/mountinfo >"$TMP/mountinfo"
	is "$(awk '$5 ~ /^\/(dev|dev\/pts|dev\/mqueue|dev\/shm|proc|sys)$/ { print $5 }' "$TMP/mountinfo" | sort | xargs)" "/dev /dev/mqueue /dev/pts /dev/shm /proc /sys"
	fails inside probe create /sys/fs/cgroup/x
	is "$output" EROFS
	fails inside sh -c 'probe open /sys/kernel/uevent_helper w; mount -o remount,rw /sys'
}

# bats test_tags=manager
@test "a user's container goes through its whole life" {
	program probe pause
	created
	is "$(status_of)" created
	tare start "$ID"
	is "$(status_of)" running
	is "$(tare list -q)" "$ID"
	is "$(tare list --format json | jq -r '.[0].owner')" $USER_ID
	is "$(stat -c '%u %a' "$ROOT")" "$USER_ID 1700"
	fails tare delete "$ID"
	tare kill "$ID" KILL
	becomes stopped
	tare delete "$ID"
	fails tare state "$ID"
	has "$output" 'does not exist'
}

@test "run gives the status of a user's program" {
	program sh -c 'exit 7'
	run -7 tare run --bundle "$BUNDLE" "$ID"
}

@test "a user executes processes in its container" {
	sleeping
	is "$(tare exec "$ID" id -u)" 0
	is "$(tare exec "$ID" readlink /proc/self/ns/user)" "$(readlink "/proc/$PID/ns/user")"
	run -3 tare exec "$ID" sh -c 'exit 3'
	fails 255 tare exec --user 5 "$ID" true
	has "$output" /process/user/uid '5 is not mapped in /linux/uidMappings'
	fails 255 tare exec --user 0:5 "$ID" true
	has "$output" /process/user/gid '5 is not mapped in /linux/gidMappings'
	fails 255 tare exec --additional-gids 0 "$ID" true
	has "$output" /process/user/additionalGids 'setgroups(2) has been given up'
}

@test "root executes processes in a user's container" {
	# To set limits of another user's process takes CAP_SYS_RESOURCE, which not every root has.
	config '.process.rlimits = []'
	sleeping
	is "$("$TARE" --root "$ROOT" exec "$ID" id -u)" 0
	is "$("$TARE" --root "$ROOT" exec "$ID" cat /proc/self/uid_map | tr -s ' ')" " 0 $USER_ID 1"
}

@test "a user's terminal works, in the first process and in others" {
	config '.process.terminal = true'
	program tty
	is "$(tare run --bundle "$BUNDLE" "$ID" </dev/null | tr -d '\r')" /dev/pts/0
	config '.process.terminal = false'
	sleeping
	is "$(tare exec --tty "$ID" tty </dev/null | tr -d '\r')" /dev/pts/0
}

@test "a user's container joins the namespaces of another one of the user's by path" {
	sleeping
	local pod=$PID type name
	for type in user network ipc uts pid; do
		name=${type/network/net}
		config '.linux.namespaces |= map(if .type == $t then .path = $p else . end)' --arg t "$type" --arg p "/proc/$pod/ns/$name"
	done
	config 'del(.hostname, .linux.uidMappings, .linux.gidMappings)'
	doomed "$ID-b"
	apart tare create --bundle "$BUNDLE" --pid-file "$TMP/pid.b" "$ID-b" || {
		cat "$TMP/stderr"
		return 1
	}
	tare start "$ID-b"
	for name in user net ipc uts pid; do is "$(readlink "/proc/$(cat "$TMP/pid.b")/ns/$name")" "$(readlink "/proc/$pod/ns/$name")"; done
	is "$(tare exec "$ID-b" sh -c 'id -u; cat /proc/1/comm')" $'0\nprobe'
	is "$(tare exec --tty "$ID-b" tty </dev/null | tr -d '\r')" /dev/pts/0
	tare kill "$ID-b" KILL
	until_true 1000 gone "$(cat "$TMP/pid.b")"
	tare delete "$ID-b"
	is "$(status_of)" running
	config '.process.terminal = true'
	program sh -c 'tty; exit 5'
	run -5 tare run --bundle "$BUNDLE" "$ID-b"
	is "$(tr -d '\r' <<<"$output")" /dev/pts/0
}

@test "a user's container runs in a user's container" {
	mkdir -p "$ROOTFS/inner/rootfs" "$ROOTFS/run" "$ROOTFS/sys"
	cp "$BINARY" "$ROOTFS/bin/tare"
	cp -a "$BATS_FILE_TMPDIR/rootfs/." "$ROOTFS/inner/rootfs"
	chown -R $USER_ID:$USER_ID "$ROOTFS"
	config '.process.capabilities = {bounding: $all, effective: $all, permitted: $all} | del(.linux.maskedPaths, .linux.readonlyPaths)' \
		--argjson all "$("$TARE" features | jq .linux.capabilities)"
	jq '.process.args = ["sh", "-c", "id -u; echo $$; cat /proc/self/uid_map"] | .linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0' \
		"$BUNDLE/config.json" >"$ROOTFS/inner/config.json"
	is "$(inside tare --root /run/tare run --bundle /inner inner | tr -s ' ')" $'0\n1\n 0 0 1'
}

@test "a user's container without a cgroup tells of it only where asked" {
	by_file_system
	program true
	run -0 --separate-stderr tare --log "$TMP/log" run --bundle "$BUNDLE" "$ID"
	is "$output$stderr" ''
	is "$(cat "$TMP/log")" ''
	run -0 --separate-stderr tare --log "$TMP/log" --debug run --bundle "$BUNDLE" "$ID"
	is "$output$stderr" ''
	is "$(wc -l <"$TMP/log")" 1
	has "$(cat "$TMP/log")" level=debug 'no cgroup' delegation
}

@test "a limit that a user cannot set is refused, left out, or tried" {
	by_file_system
	config '.linux.resources = {hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "missing: huge pages of 2 MB"
	[ "$(version hugetlb)" != none ] || skip "missing: the hugetlb controller (view $VIEW)"
	fails inside true
	has "$output" /linux/resources/hugepageLimits/0 delegation '--rootless=true'
	program id -u
	run -0 --separate-stderr tare --rootless=true run --bundle "$BUNDLE" "$ID"
	is "$output" 0
	has "$stderr" warning /linux/resources/hugepageLimits/0 delegation
	fails tare --rootless=false run --bundle "$BUNDLE" "$ID"
	has "$output" /linux/cgroupsPath 'permission denied' delegation
}

@test "without a cgroup, ps lists the processes of the pid namespace and those below" {
	by_file_system
	sleeping
	background as_user "$TARE" exec "$ID" sh -c 'unshare -Upf sleep 1000; :'
	until_true 1000 three_processes
	is "$(tare ps "$ID" | wc -l)" $(($(tare ps --format json "$ID" | jq length) + 1))
	tare kill --all "$ID" KILL
	ended || true
	becomes stopped
	is "$(tare ps --format json "$ID" | jq -c .)" '[]'
}

three_processes() { [ "$(tare ps --format json "$ID" | jq length)" -ge 3 ]; }

@test "without a cgroup, kill --all reaches every process" {
	by_file_system
	program sh -c 'trap "echo first" USR1; probe signal & echo up; while :; do wait; done'
	background as_user "$TARE" run --bundle "$BUNDLE" "$ID"
	appears ready "$TMP/background"
	tare kill --all "$ID" USR1
	appears '^10$' "$TMP/background"
	appears first "$TMP/background"
	tare kill --all "$ID" KILL
	ended || true
	fails tare state "$ID"
}

@test "without a cgroup and a pid namespace, delete ends what init has started" {
	by_file_system
	config '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(if .destination == "/proc" then {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end)
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	program sh -c 'sleep 1000 & wait'
	running
	until_true 1000 two_processes
	tare delete --force "$ID"
	is "$(processes)" ''
}

two_processes() { [ "$(tare ps --format json "$ID" | jq length)" = 2 ]; }

@test "pause and resume of a container without a cgroup say so" {
	by_file_system
	sleeping
	fails tare pause "$ID"
	has "$output" 'no cgroup'
}

# bats test_tags=manager
@test "a user's container lives in a cgroup that was given to the user" {
	delegated
	sleeping
	local dir count=0
	while read -r dir; do
		is "$(stat -c %u "$dir") $(cat "$dir/cgroup.procs")" "$USER_ID $PID"
		count=$((count + 1))
	done < <(find /sys/fs/cgroup -type d -name "$ID")
	is "$count" "$(wc -w <<<"$HOME_CGROUPS")"
	tare pause "$ID"
	is "$(status_of)" paused
	tare resume "$ID"
	is "$(tare exec "$ID" sh -c 'echo up')" up
	tare kill --all "$ID" KILL
	becomes stopped
	tare delete "$ID"
	is "$(find /sys/fs/cgroup -type d -name "$ID")" ''
}

# bats test_tags=manager
@test "what a user executes is in the container's cgroup" {
	delegated
	sleeping
	background as_user "$TARE" exec --pid-file "$TMP/exec.pid" "$ID" probe pause
	appears . "$TMP/exec.pid"
	is "$(cat "/proc/$(cat "$TMP/exec.pid")/cgroup")" "$(cat "/proc/$PID/cgroup")"
}

# bats test_tags=manager
@test "a user's limits are set in a delegated cgroup" {
	delegated
	case $(version pids)$(version hugetlb) in
	v*)
		config '.linux.resources = {pids: {limit: 77}}'
		sleeping
		is "$(cat "$(cgroup pids)/pids.max")" 77
		;;
	*v2)
		# Whoever delegates hands the controller down, unless somebody has done so before.
		[ -n "${TARE_SYSTEMD:-}" ] || echo +hugetlb >"$(cgroup_mount hugetlb)/cgroup.subtree_control"
		config '.linux.resources = {hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
		sleeping
		is "$(cat "$(cgroup hugetlb)/hugetlb.2MB.max")" 4194304
		;;
	*) skip "missing: a controller (view $VIEW)" ;;
	esac
}

@test "a process that a user executes from another cgroup stays there, and that is told" {
	by_file_system
	[ "$VIEW" = v2 ] || skip "missing: cgroup v2 alone, where delegation contains (view $VIEW)"
	delegated
	sleeping
	unset HOME_CGROUPS
	run -0 --separate-stderr tare exec "$ID" id -u
	is "$output" 0
	has "$stderr" warning "/$GIVEN/$ID"
	fails 255 tare --rootless=false exec "$ID" true
	has "$output" delegation 'permission denied'
}

@test "subordinate ids are mapped by newuidmap and newgidmap" {
	subordinate
	is "$(inside cat /proc/self/uid_map | tr -s ' ')" " 0 $USER_ID 1"$'\n'" 1 $SUBUIDS 65536"
	is "$(inside cat /proc/self/gid_map | tr -s ' ')" " 0 $USER_ID 1"$'\n'" 1 $SUBGIDS 65536"
}

@test "with subordinate ids a user's container has other users, and groups" {
	subordinate
	mkdir "$ROOTFS/open" && chmod 1777 "$ROOTFS/open"
	config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5]}'
	is "$(world '[.ids.uid[0], .ids.gid[0], .ids.groups]' ids)" '[1000,1001,[5]]'
	is "$(inside probe create /open/new)" ok
	is "$(stat -c %u:%g "$ROOTFS/open/new")" $((SUBUIDS + 999)):$((SUBGIDS + 1000))
	config '.process.terminal = true'
	is "$(inside tty | tr -d '\r')" /dev/pts/0
	config '.process.terminal = false'
	program probe pause
	created
	tare start "$ID"
	is "$(tare exec --user 7:8 "$ID" id -u)" 7
	is "$(tare exec --additional-gids 9 "$ID" id -G)" '1001 5 9'
	is "$(tare exec --tty --user 7:8 "$ID" tty </dev/null | tr -d '\r')" /dev/pts/0
	fails tare delete "$ID"
	tare kill "$ID" KILL
	becomes stopped
	tare delete "$ID"
}

@test "root of a container can be a subordinate id, though only the user may read the bundle" {
	subordinate
	config '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 65536}] | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 65536}]' \
		--argjson u $SUBUIDS --argjson g $SUBGIDS
	mkdir -p "$ROOTFS"/{dev,proc,sys}
	mkdir "$TMP/volume" && echo text >"$TMP/volume/file"
	chown -R $USER_ID "$TMP/volume"
	chmod 700 "$TMP"
	mkdir "$ROOTFS/data"
	config '.mounts += [{destination: "/data", type: "bind", source: $s, options: ["rbind"]}] | .process.oomScoreAdj = 300' --arg s "$TMP/volume"
	is "$(inside sh -c 'id -u; cat /data/file; cat /proc/self/oom_score_adj')" $'0\ntext\n300'
	chmod 755 "$TMP"
}

@test "ids that were not granted are refused with the file that could grant them" {
	subordinate
	config '.linux.uidMappings[1].hostID = 1500000000'
	fails inside true
	has "$output" /linux/uidMappings newuidmap /etc/subuid "$USER_ID:1500000000:65536"
}

@test "a missing newuidmap is named, and its package" {
	subordinate
	program true
	# What is not executable is not installed.
	touch "$TMP/none"
	HIDDEN="$(readlink -f "$(command -v newuidmap)") $(readlink -f "$(command -v newgidmap)")"
	fails inside true
	has "$output" /linux/uidMappings newuidmap 'not installed' uidmap
}

@test "a user needs a user namespace" {
	config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	fails inside true
	has "$output" /linux/namespaces 'user namespace'
}

@test "the runtime directory must be there and the user's own" {
	program true
	RUNTIME_DIR='' fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" XDG_RUNTIME_DIR 'is not set' --root
	RUNTIME_DIR=$TMP/nosuch fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" XDG_RUNTIME_DIR "$TMP/nosuch" 'no such file or directory' --root
	RUNTIME_DIR=/root fails tare list
	has "$output" XDG_RUNTIME_DIR
	mkdir -m 755 "$TMP/roots"
	RUNTIME_DIR=$TMP/roots fails tare list
	has "$output" XDG_RUNTIME_DIR "$TMP/roots belongs to uid 0"
	chmod 777 "$TMP/run"
	fails tare list
	has "$output" XDG_RUNTIME_DIR 'others'
	chmod 700 "$TMP/run"
	RUNTIME_DIR='' tare --root "$ROOT" run --bundle "$BUNDLE" "$ID"
}

@test "what a user may not raise is an error that names the field" {
	config '.process.oomScoreAdj = -500'
	fails inside true
	has "$output" /process/oomScoreAdj CAP_SYS_RESOURCE 'permission denied'
	config 'del(.process.oomScoreAdj) | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 9999999, hard: 9999999}]'
	fails inside true
	has "$output" /process/rlimits/0 CAP_SYS_RESOURCE
	config 'del(.process.rlimits) | .process.user.additionalGids = [0]'
	fails inside true
	has "$output" /process/user/additionalGids setgroups
}

@test "a seccomp profile is compiled for a user, and kept in its state" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdirat", "mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 99}]}'
	is "$(inside sh -c 'mkdir /tmp/x 2>&1; id -u' | tail -n 1)" 0
	[ ! -e "$ROOTFS/tmp/x" ]
	is "$(stat -c %u "$ROOT/@seccomp")" $USER_ID
}

@test "a bind mount of a user must be recursive where something is mounted below" {
	mkdir "$TMP/volume"
	config '.mounts += [{destination: "/data", type: "bind", source: "/proc", options: ["bind"]}]'
	mountpoint -q /proc/sys/fs/binfmt_misc || grep -q ' /proc/.' /proc/self/mountinfo || config '.mounts[-1].source = "/dev"'
	fails inside true
	has "$output" /mounts/ 'invalid argument' rbind
	config '.mounts[-1].options = ["rbind"]'
	inside true
}
