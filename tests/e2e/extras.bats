# What service managers and engines ask of a runtime beside the specification.

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
hierarchies() { awk -F: -v id="/$ID" 'index($3, id) { sub(/^name=/, "", $2); sub(/,.*/, "", $2); print $2 == "" ? "cgroup" : $2 }' "/proc/$PID/cgroup"; }

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
	is "$(sort "/proc/$pid/cgroup")" "$(sed "/$ID$/s|$|/sub/more|" "/proc/$PID/cgroup" | sort)"
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
