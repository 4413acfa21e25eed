# What service managers and engines ask of a runtime beside the specification.

# bats file_tags=cgroup

load ../lib

# supervisor ARG...: one in the background; what it sees is in $TMP/background.
supervisor() {
	build
	background "$BATS_FILE_TMPDIR/supervisor" "$@"
	appears '^ready$' "$TMP/background"
	SUPERVISOR=$BACKGROUND
}

build() { [ -x "$BATS_FILE_TMPDIR/supervisor" ] || cc -O2 -static -o "$BATS_FILE_TMPDIR/supervisor" "$BATS_TEST_DIRNAME/supervisor.c"; }

# Cgroups that a test makes below the container's go with it.
finish() { find /sys/fs/cgroup -depth -type d -path "*$ID*/*" -exec rmdir {} + 2>/dev/null || true; }

# below NAME...: makes cgroups, each in the one before it and the first in the
# container's, in every hierarchy.
below() {
	local controller dir name file
	for controller in $(hierarchies); do
		dir=$(cgroup "$controller")
		for name; do
			mkdir "$dir/$name"
			if [ "$controller" = cpuset ]; then # an empty one can have no process
				for file in cpuset.cpus cpuset.mems; do cat "$dir/$file" >"$dir/$name/$file"; done
			fi
			dir=$dir/$name
		done
	done
}

# hierarchies: a controller of each that the container is in, cgroup for v2.
hierarchies() { awk -F: -v name="/$CGROUP" 'index($3, name) { sub(/^name=/, "", $2); sub(/,.*/, "", $2); print $2 == "" ? "cgroup" : $2 }' "/proc/$PID/cgroup"; }

@test "--pidfd-socket gets a pidfd of the container's process" {
	supervisor pidfd "$TMP/pidfd.sock"
	program true
	created --pidfd-socket "$TMP/pidfd.sock"
	appears '^message standard, descriptors 1$' "$TMP/background"
	appears "^pid $PID$" "$TMP/background"
	lacks "$(cat "$TMP/background")" ended
	tare start "$ID"
	ended "$SUPERVISOR"
	appears '^ended$' "$TMP/background"
}

@test "--pidfd-socket of run gets one, too, and of the process that forked" {
	supervisor pidfd "$TMP/pidfd.sock"
	config '.linux.namespaces += [{type: "time"}]'
	sleeping --pidfd-socket "$TMP/pidfd.sock"
	appears "^pid $PID$" "$TMP/background"
	tare kill "$ID" KILL
	ended "$SUPERVISOR"
}

@test "exec --pidfd-socket gets a pidfd of the process that joins" {
	sleeping
	supervisor pidfd "$TMP/pidfd.sock"
	apart tare exec --detach --pidfd-socket "$TMP/pidfd.sock" --pid-file "$TMP/exec.pid" "$ID" probe pause
	appears '^message setns, descriptors 1$' "$TMP/background"
	appears "^pid $(cat "$TMP/exec.pid")$" "$TMP/background"
	kill -KILL "$(cat "$TMP/exec.pid")"
	ended "$SUPERVISOR"
	is "$(status_of)" running
}

@test "a pidfd socket that is not there fails the container and leaves nothing" {
	doomed "$ID"
	fails tare create --bundle "$BUNDLE" --pidfd-socket "$TMP/nosuch.sock" "$ID"
	has "$output" "cannot send a pidfd of init to $TMP/nosuch.sock" 'no such file or directory' sendpidfd
	fails tare state "$ID"
	has "$output" 'does not exist'
}

@test "exec --cgroup runs the process in a cgroup below the container's" {
	sleeping
	below sub more
	apart tare exec --detach --cgroup /sub/more --pid-file "$TMP/exec.pid" "$ID" probe pause
	local pid
	pid=$(cat "$TMP/exec.pid")
	is "$(sort "/proc/$pid/cgroup")" "$(sed "/$CGROUP$/s|$|/sub/more|" "/proc/$PID/cgroup" | sort)"
	apart tare exec --detach --cgroup / --pid-file "$TMP/exec.pid" "$ID" probe pause
	is "$(sort "/proc/$(cat "$TMP/exec.pid")/cgroup")" "$(sort "/proc/$PID/cgroup")"
}

@test "exec --cgroup with a controller is for its hierarchy alone" {
	[ "$(version pids)" = v1 ] || skip "missing: the pids controller on v1 (view $VIEW)"
	sleeping
	mkdir "$(cgroup pids)/sub"
	apart tare exec --detach --cgroup pids:sub --pid-file "$TMP/exec.pid" "$ID" probe pause
	is "$(sort "/proc/$(cat "$TMP/exec.pid")/cgroup")" "$(sed '/:pids:/s|$|/sub|' "/proc/$PID/cgroup" | sort)"
}

@test "exec --cgroup does not lead out of the container's cgroup" {
	sleeping
	local dir path
	dir=$(cgroup "$(hierarchies | tail -1)")
	mkdir "${dir}2" # a sibling whose name begins with the container's
	for path in .. ../"${dir##*/}2" /../"${dir##*/}2" sub/../../"${dir##*/}2" /.. sub/.. ''; do
		fails 255 tare exec --cgroup "$path" --pid-file "$TMP/exec.pid" "$ID" true
		has "$output" "--cgroup \"$path\""
		[ ! -e "$TMP/exec.pid" ]
	done
	rmdir "${dir}2"
}

@test "exec --cgroup of one that is not there, or of no controller, is refused" {
	sleeping
	fails 255 tare exec --cgroup nosuch "$ID" true
	has "$output" "/nosuch" 'no such file or directory'
	fails 255 tare exec --cgroup ufo:sub "$ID" true
	has "$output" '--cgroup "ufo:sub"' 'no cgroup v1 controller "ufo"'
}

# What systemd in a container does: cgroups below the container's have controllers,
# so that it may have no processes of its own ("no internal processes", cgroups(7)).
@test "exec joins the cgroup of init where the container's own may have no processes" {
	[ "$(version hugetlb)" = v2 ] || skip "missing: the hugetlb controller on v2 (view $VIEW)"
	# With this limit tare has the controller handed down to the container's cgroup.
	config '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 0}]'
	sleeping
	local dir
	dir=$(cgroup cgroup)
	mkdir "$dir/init"
	echo "$PID" >"$dir/init/cgroup.procs"
	echo +hugetlb >"$dir/cgroup.subtree_control"
	apart tare exec --detach --pid-file "$TMP/exec.pid" "$ID" probe pause
	is "$(grep ^0: "/proc/$(cat "$TMP/exec.pid")/cgroup")" "0::/${dir#$(cgroup_mount cgroup)/}/init"
	fails 255 tare exec --cgroup / "$ID" true
	has "$output" 'processes are not allowed in the cgroup'
}

@test "exec --ignore-paused makes a process that runs when the container does" {
	sleeping
	tare pause "$ID"
	fails 255 tare exec "$ID" true
	has "$output" paused
	background tare exec --ignore-paused "$ID" sh -c 'echo it runs; exit 3'
	until_true 1000 frozen_child
	becomes paused # again: for a moment one of its processes was not
	is "$(cat "$TMP/background")" ''
	tare resume "$ID"
	local status=0
	ended || status=$?
	is "$status $(cat "$TMP/background")" '3 it runs'
}

# frozen_child: the cgroup has a process more than init.
frozen_child() { [ "$(tare ps --format json "$ID" | jq length)" -gt 1 ]; }

@test "a list in --env keeps its commas" {
	sleeping
	is "$(tare exec --env 'LIST=1,2,3' "$ID" sh -c 'echo $LIST')" 1,2,3
}

# manager: a service manager in the background; sets NOTIFY_SOCKET.
manager() {
	supervisor notify "${1:-$TMP/manager.sock}"
	export NOTIFY_SOCKET=${1:-$TMP/manager.sock}
	cp "$BATS_FILE_TMPDIR/supervisor" "$ROOTFS/bin/"
	cp "$TMP/background" "$TMP/said" && SAID=$TMP/background
	mkfifo "$ROOTFS/go"
	chmod 666 "$ROOTFS/go"
}

# beside COMMAND...: background, with its output elsewhere.
beside() {
	"$@" </dev/null >"$TMP/beside" 2>&1 3>&- &
	started+=("$!")
	BESIDE=$!
}

# says TEXT...: the program does that, each when the test writes a line to the fifo, and stays. (A writer that is still
# closing lets the next open through: it reads no line.)
says() { program sh -c 'for text; do until read -r line <go; do :; done; supervisor say "$text" || exit 9; done; exec probe pause' sh "$@"; }

@test "run --detach waits until the program is ready, and tells the service manager" {
	manager
	says $'STATUS=nearly\nREADY=0' $'STATUS=all is well\nREADY=1\nMAINPID=77'
	doomed "$ID"
	beside tare run --detach --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
	echo >"$ROOTFS/go" # when this is read, the program runs
	is "$(status_of)" running
	run ! gone "$BESIDE"
	echo >"$ROOTFS/go"
	ended "$BESIDE"
	is "$(cat "$SAID")" "ready"$'\n'"MAINPID=$(cat "$TMP/pid");READY=1;|0"$'\n'"BARRIER=1|1"
	is "$(status_of)" running
}

@test "start waits until the program is ready, for a user of a user namespace, too" {
	manager "@$ID"
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 1000, gid: 1000}'
	chown -hR 100000:100000 "$ROOTFS"
	says READY=1
	umask 077
	created
	is "$(cat "$SAID")" ready
	beside tare start "$ID"
	echo >"$ROOTFS/go"
	ended "$BESIDE"
	appears "^MAINPID=$PID;READY=1;\|0$" "$SAID"
}

@test "run tells the service manager to go on to watch tare" {
	manager
	program sh -c 'go() { until read -r line <go; do :; done; }; go; supervisor say READY=1; go; exit 4' # see says
	beside env "TARE_TEST=$ID" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	echo >"$ROOTFS/go"
	appears "^MAINPID=$BESIDE;READY=1;\|0$" "$SAID"
	echo >"$ROOTFS/go"
	local status=0
	ended "$BESIDE" || status=$?
	is "$status" 4
}

@test "a program that says it is ready and ends at once has said it" {
	manager
	program supervisor say READY=1
	tare run --bundle "$BUNDLE" "$ID"
	appears '^MAINPID=[0-9]*;READY=1;' "$SAID"
	created
	tare start "$ID"
	is "$(grep -c READY "$SAID")" 2
}

@test "a program that ends without being ready is not waited for" {
	manager
	program supervisor say STOPPING=1
	created
	tare start "$ID"
	becomes stopped
	is "$(cat "$SAID")" ready
}

@test "the container has tare's socket and not the service manager's" {
	manager
	program sh -c 'echo $NOTIFY_SOCKET; ls /run/notify; probe create /run/notify/x; grep -c " /run/notify ro,nosuid,nodev,noexec" /proc/self/mountinfo; cat /proc/self/mountinfo'
	tare run --bundle "$BUNDLE" "$ID" >"$TMP/inside"
	is "$(head -4 "$TMP/inside")" $'/run/notify/notify.sock\nnotify.sock\nEROFS\n1'
	lacks "$(cat "$TMP/inside")" manager.sock
}

@test "an address of a service manager that tare cannot reach is refused" {
	NOTIFY_SOCKET=vsock:2:99 fails tare create --bundle "$BUNDLE" "$ID"
	has "$output" NOTIFY_SOCKET=vsock:2:99
	[ ! -e "$ROOT/$ID" ]
}

# activated NAMES [ARG...]: runs the container with two sockets of a service manager.
activated() {
	local names=$1
	shift
	build
	TARE_TEST=$ID "$BATS_FILE_TMPDIR/supervisor" activate "$names" "$TMP/one.sock" "$TMP/two.sock" -- \
		"$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$@" "$ID" </dev/null
}

@test "sockets that a service manager has opened are the program's" {
	config '.process.env += ["LISTEN_FDS=7"]'
	program probe world fds env
	activated one:two >"$TMP/world"
	is "$(jq -r '.fds | keys | join(" ")' "$TMP/world")" '0 1 2 3 4'
	is "$(jq -r '[.env[] | select(startswith("LISTEN"))] | sort | join(" ")' "$TMP/world")" 'LISTEN_FDNAMES=one:two LISTEN_FDS=2 LISTEN_PID=1'
	is "$(jq -r '.fds["3"], .fds["4"]' "$TMP/world" | grep -c socket)" 2
}

@test "descriptors that are preserved come after the sockets" {
	program sh -c 'ls -l /proc/self/fd 2>/dev/null | grep -o " [345] -> [^:]*"; env | grep LISTEN | sort'
	run activated '' --preserve-fds 1 5</etc/passwd
	is "$output" $' 3 -> socket\n 4 -> socket\n 5 -> /etc/passwd\nLISTEN_FDS=2\nLISTEN_PID=1'
}

@test "sockets that a service manager has opened for another process are not passed on" {
	program probe world fds env
	is "$(activated @pid | jq -r '(.fds | keys | join(" ")), (.env | map(select(startswith("LISTEN"))) | length)')" $'0 1 2\n0'
}

@test "sockets that are said to be open and are not are refused" {
	doomed "$ID"
	run sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3>&-' "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	is "$status $output" '1 tare: LISTEN_FDS=1: descriptor 3 is not open'
	run sh -c 'LISTEN_PID=$$ LISTEN_FDS=many exec "$0" "$@"' "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	is "$status $output" '1 tare: LISTEN_FDS=many: it is no number of descriptors'
}

# huge: whether huge pages are allowed, to the hook, the program and what joins it.
huge() {
	local TELL="sed -n s/^THP_enabled:.//p /proc/self/status"
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $c]}]' --arg c "$TELL >$TMP/hook"
	program sh -c "$TELL >/told; exec probe pause"
	"$@" run --bundle "$BUNDLE" --detach "$ID" </dev/null >/dev/null 2>&1 || return
	appears . "$ROOTFS/told"
	echo "$(cat "$TMP/hook") $(cat "$ROOTFS/told") $("$@" exec "$ID" $TELL)"
}

# allowed: huge pages are, to the test as well.
allowed() { grep -qx $'THP_enabled:\t1' /proc/self/status || skip "missing: transparent huge pages for this process (THP_enabled in /proc/self/status)"; }

@test "huge pages are the container's as they are the caller's" {
	allowed
	is "$(huge tare)" "1 1 1"
	tare delete --force "$ID"
	rm "$ROOTFS/told"
	is "$(huge "$PROBE" smallpages "$TARE" --root "$ROOT")" "0 0 0"
	tare delete --force "$ID"
}

@test "tare itself needs no huge page" {
	allowed
	program probe signal
	background tare run --bundle "$BUNDLE" "$ID"
	appears ready "$TMP/background"
	grep -qx $'THP_enabled:\t0' "/proc/$BACKGROUND/status"
	is "$(awk '/^AnonHugePages:/ { print $2 }' "/proc/$BACKGROUND/smaps_rollup")" 0
	tare kill "$ID" KILL
	ended || true
}
