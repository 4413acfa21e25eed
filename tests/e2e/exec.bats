# tare exec: a process that joins a container.

load ../lib

joined() { tare exec "$@"; }

# explore [OPTION...] EXPRESSION MEMBER...: the world of a process that joined.
explore() {
	local options=()
	while [[ $1 == -* ]]; do options+=("$1" "$2") && shift 2; done
	local expression=$1
	shift
	tare exec "${options[@]}" "$ID" probe world "$@" | jq -cr "$expression"
}

@test "exec gives the program's output, errors and status" {
	sleeping
	run -7 --separate-stderr joined "$ID" sh -c 'echo out; echo err >&2; exit 7'
	is "$output" out
	is "$stderr" err
}

@test "exec ends with 128 and the signal that killed the program" {
	sleeping
	run -134 joined "$ID" probe raise 6
	run -137 joined "$ID" probe raise 9
}

@test "exec passes standard input on, and its end" {
	sleeping
	is "$(printf 'one\ntwo\n' | tare exec "$ID" cat)" $'one\ntwo'
}

# bats test_tags=cgroup
@test "exec is in every namespace of the container and in its cgroups" {
	sleeping
	local types='ipc mnt net pid uts' type
	for type in $types; do
		is "$(tare exec "$ID" readlink "/proc/self/ns/$type")" "$(readlink "/proc/$PID/ns/$type")"
	done
	is "$(tare exec "$ID" cat /proc/self/cgroup | sort)" "$(tare exec "$ID" cat /proc/1/cgroup | sort)"
	apart tare exec --detach --pid-file "$TMP/exec.pid" "$ID" probe pause
	is "$(sort "/proc/$(cat "$TMP/exec.pid")/cgroup")" "$(sort "/proc/$PID/cgroup")"
}

@test "exec is of no descriptor, signal or group of the caller" {
	sleeping
	exec 9</etc/passwd
	is "$(explore '.fds | keys | join(" ")' fds)" "0 1 2"
	exec 9<&-
	is "$(env --ignore-signal=PIPE --block-signal=USR1 TARE_TEST="$ID" "$TARE" --root "$ROOT" exec "$ID" probe world signals | jq -c .signals)" \
		'{"blocked":"0000000000000000","ignored":"0000000000000000","caught":"0000000000000000"}'
	is "$(setpriv --groups 7,8 env TARE_TEST="$ID" "$TARE" --root "$ROOT" exec "$ID" probe world ids | jq -c .ids.groups)" '[]'
}

@test "exec's process leads its session, and its parent is outside" {
	sleeping
	is "$(explore '.session | [.ppid, .pid == .sid, .pid == .pgrp]' session)" '[0,true,true]'
}

@test "exec does not share the container's file system state or tare's binary" {
	sleeping
	is "$(explore '[.cwd, .exe, .umask]' cwd exe umask)" '["/","/bin/probe","0022"]'
}

@test "exec --cwd sets the working directory" {
	sleeping
	is "$(explore --cwd /tmp .cwd cwd)" /tmp
	is "$(tare exec --cwd=/var "$ID" pwd)" /var
}

@test "exec --cwd of a directory that is not there is refused" {
	sleeping
	fails 255 joined --cwd /new/dir "$ID" true
	has "$output" /new/dir 'no such file or directory'
	[ ! -e "$ROOTFS/new" ]
}

@test "exec --env adds to the environment and wins over it" {
	sleeping
	local mark="TARE_TEST=$ID"
	is "$(tare exec --env A=1 --env B=2 --env A=3 --env TERM=vt100 "$ID" env | sort)" \
		"$(printf '%s\n' A=3 B=2 HOME=/root "$(jq -r '.process.env[]|select(startswith("PATH"))' "$BUNDLE/config.json")" "$mark" TERM=vt100 | sort)"
}

@test "exec --env refuses what is no variable" {
	sleeping
	fails 255 joined --env A "$ID" true
	has "$output" A NAME=VALUE
}

@test "exec --user takes a uid or uid:gid" {
	sleeping
	is "$(explore --user 1000 '.ids | [.uid[0], .gid[0]]' ids)" '[1000,0]'
	is "$(explore --user 1000:1001 '.ids | [.uid[], .gid[]]' ids)" '[1000,1000,1000,1001,1001,1001]'
	is "$(explore -u 0:5 '.ids | [.uid[0], .gid[0]]' ids)" '[0,5]'
	# Of a user's container not every uid is mapped.
	[ -n "${TARE_USER:-}" ] || is "$(explore -u 4294967294 '.ids.uid[0]' ids)" 4294967294
}

@test "exec -u 1 is user 1 and never root" {
	sleeping
	is "$(explore -u 1 '.ids.uid' ids)" '[1,1,1]'
}

@test "exec --user refuses every other form, a leading zero among them" {
	sleeping
	local form
	for form in : 1: :1 01 1:01 -1 1:-1 +1 1x 1:x root root:root 4294967295 1:4294967295 4294967296 0x1 ' 1' 1.0 1:2:3; do
		fails 255 joined --user="$form" "$ID" true
		has "$output" --user "$form" 'not a numeric id'
	done
}

@test "exec --additional-gids adds groups" {
	sleeping
	is "$(explore -g 5 -g 6 '.ids.groups' ids)" '[5,6]'
	fails 255 joined --additional-gids x "$ID" true
	has "$output" --additional-gids x
}

@test "exec has the capabilities of the container's config" {
	sleeping
	is "$(explore .capabilities capabilities)" '{"inheritable":"0000000000000000","permitted":"0000000020000420","effective":"0000000020000420","bounding":"0000000020000420","ambient":"0000000000000000"}'
}

@test "exec --cap adds a capability, and nothing inheritable or ambient" {
	sleeping
	is "$(explore --cap CAP_NET_RAW .capabilities capabilities)" '{"inheritable":"0000000000000000","permitted":"0000000020002420","effective":"0000000020002420","bounding":"0000000020002420","ambient":"0000000000000000"}'
	is "$(explore -c net_raw .capabilities.effective capabilities)" 0000000020002420
}

@test "exec --cap of what is no capability is a warning, as the specification has it" {
	sleeping
	run -0 joined --cap CAP_NOSUCH "$ID" true
	has "$output" warning CAP_NOSUCH
}

@test "exec has no_new_privs as the config says" {
	sleeping
	is "$(explore .no_new_privs no_new_privs)" 1
}

@test "exec --no-new-privs sets it in a container whose config does not" {
	config '.process.noNewPrivileges = false'
	sleeping
	is "$(explore .no_new_privs no_new_privs)" 0
	is "$(tare exec --no-new-privs "$ID" probe world no_new_privs)" '{"no_new_privs":1}'
}

@test "exec gets the limits, OOM score, umask and filter of the container's config" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}] | .process.oomScoreAdj = 321 | .process.user.umask = 63 |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mknod", "mknodat"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
	sleeping
	is "$(explore '[.rlimits.nofile, .oom_score_adj, .umask, .seccomp]' rlimits oom_score_adj umask seccomp)" '[[100,200],"321","0077","2"]'
	fails joined "$ID" probe mknod /tmp/x p 0 0
	is "$output" EPROTO
}

@test "exec --preserve-fds hands down as many descriptors as it says" {
	sleeping
	echo three >"$TMP/3" && echo four >"$TMP/4"
	run joined --preserve-fds 1 "$ID" sh -c 'cat <&3; test -e /proc/self/fd/4; echo $?' 3<"$TMP/3" 4<"$TMP/4"
	is "$output" $'three\n1'
}

@test "exec gets a session keyring named after its container, or keeps the caller's" {
	sleeping
	has "$(explore .keyring.description keyring)" "_ses.$ID"
	lacks "$(tare exec --no-new-keyring "$ID" probe world keyring)" "_ses.$ID"
}

@test "exec --detach returns while the process runs, and --pid-file has its pid without a newline" {
	sleeping
	apart tare exec --detach --pid-file "$TMP/exec.pid" "$ID" probe pause
	local pid
	pid=$(cat "$TMP/exec.pid")
	is "$(wc -c <"$TMP/exec.pid")" ${#pid}
	has "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'probe pause'
	is "$(tare ps --format json "$ID" | jq -c sort)" "$(printf '%s\n' "$PID" "$pid" | jq -cs sort)"
}

@test "exec --pid-file has the pid of a process that tare waits for, too" {
	sleeping
	background tare exec --pid-file "$TMP/exec.pid" "$ID" probe signal
	appears ready "$TMP/background"
	kill -TERM "$(cat "$TMP/exec.pid")"
	ended
}

@test "exec forwards signals to its process" {
	sleeping
	background tare exec "$ID" probe signal
	appears ready "$TMP/background"
	forwards 1 10 15
	ended
}

@test "exec --process takes the process from a file" {
	sleeping
	jq '.process | .args = ["probe", "world", "ids", "env", "cwd", "no_new_privs", "capabilities"] | .user = {uid: 5, gid: 6, additionalGids: [7]} |
		.env = ["PATH=/bin", "HOME=/x"] | .cwd = "/tmp" | .noNewPrivileges = false | del(.capabilities)' "$BUNDLE/config.json" >"$TMP/process.json"
	is "$(tare exec --process "$TMP/process.json" "$ID" | jq -c '[.ids.uid[0], .ids.gid[0], .ids.groups, (.env | sort), .cwd, .no_new_privs, .capabilities.bounding]')" \
		'[5,6,[7],["HOME=/x","PATH=/bin"],"/tmp",0,"0000000000000000"]'
	is "$(tare exec -p "$TMP/process.json" "$ID" | jq -c .cwd)" '"/tmp"'
}

@test "exec --process together with a command is refused" {
	sleeping
	jq '.process' "$BUNDLE/config.json" >"$TMP/process.json"
	fails 255 joined --process "$TMP/process.json" "$ID" true
	has "$output" --process
}

@test "exec --process says where the file is wrong" {
	sleeping
	echo '{"args": ["true"], "cwd": "relative", "env": ["novalue"]}' >"$TMP/process.json"
	fails 255 joined --process "$TMP/process.json" "$ID"
	has "$output" cwd relative novalue
	echo '{"args": ' >"$TMP/process.json"
	fails 255 joined --process "$TMP/process.json" "$ID"
	has "$output" "$TMP/process.json"
	fails 255 joined --process "$TMP/nosuch.json" "$ID"
	has "$output" nosuch.json 'no such file or directory'
}

@test "exec of a program that is not there is 255, in the words of engines, and leaves no pid file" {
	sleeping
	fails 255 joined --pid-file "$TMP/exec.pid" "$ID" /no/such/program
	has "$output" 'no such file or directory' /no/such/program
	[ ! -e "$TMP/exec.pid" ]
	fails 255 joined --detach --pid-file "$TMP/exec.pid" "$ID" nosuchprogram
	has "$output" nosuchprogram
	[[ $output == *"executable file not found in"* || $output == *"no such file or directory"* ]]
	[ ! -e "$TMP/exec.pid" ]
}

@test "exec of a program that may not be executed says permission denied" {
	sleeping
	echo x >"$ROOTFS/bin/plain"
	fails 255 joined "$ID" /bin/plain
	has "$output" 'permission denied' /bin/plain
}

@test "exec without a command, or without a container's id, is refused" {
	sleeping
	fails 255 joined "$ID"
	has "$output" command
	fails 255 joined
	has "$output" id
}

@test "exec in a container that does not exist says so" {
	fails 255 joined nosuch true
	has "$output" 'does not exist'
}

@test "exec in a stopped container says that it is not running" {
	program true
	running
	becomes stopped
	fails 255 joined "$ID" true
	has "$output" 'not running'
}

@test "exec in a created container works before start" {
	created
	is "$(tare exec "$ID" echo early)" early
	is "$(status_of)" created
}

# bats test_tags=user,cgroup
@test "exec in a paused container is refused" {
	sleeping
	tare pause "$ID"
	fails 255 joined "$ID" true
	has "$output" paused
}

@test "exec's options end at the id: those of the command stay its own" {
	sleeping
	is "$(tare exec "$ID" echo -e --env x)" '--env x'
	is "$(tare exec "$ID" sh -c 'echo "$@"' -- -t -d)" '-t -d'
}

@test "many execs at once do not disturb each other" {
	sleeping
	local i pids=()
	for i in 1 2 3 4 5 6 7 8; do
		tare exec "$ID" echo fine >"$TMP/out.$i" 2>&1 </dev/null 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	is "$(cat "$TMP"/out.* | sort | uniq -c | tr -s ' ')" ' 8 fine'
	is "$(tare ps --format json "$ID" | jq length)" 1
}

@test "the death of the container ends what joined it" {
	sleeping
	background tare exec "$ID" probe pause
	appears ready "$TMP/background"
	tare kill "$ID" KILL
	local status=0
	ended || status=$?
	is "$status" 137
}
