# Containers of many processes, in cgroups below cgroups, some of which stand still.

# bats file_tags=cgroup

load ../lib

# nested: cgroups a/b/c below the container's in every hierarchy, with its first process in c.
nested() {
	local dir file
	for dir in $(find /sys/fs/cgroup -type d -name "$CGROUP"); do
		mkdir -p "$dir/a/b/c"
		for file in cpuset.cpus cpuset.mems; do # version 1 leaves them empty
			[ ! -e "$dir/a/b/c/cgroup.clone_children" ] || [ ! -e "$dir/$file" ] || tee "$dir/a/$file" "$dir/a/b/$file" "$dir/a/b/c/$file" <"$dir/$file" >"$TMP/tee"
		done
		echo "$PID" >"$dir/a/b/c/cgroup.procs"
	done
}

# crowded COUNT: a container with so many processes and some more.
crowded() {
	config 'del(.process.rlimits)'
	program probe crowd "$1"
	created
	nested
	tare start "$ID"
	appears crowded "$TMP/stdout"
	apart tare exec -d "$ID" probe crowd 30
	apart tare exec -d "$ID" sh -c 'sleep 1000 & sleep 1001'
	until_true 1000 eval '[ "$(tare ps --format json "$ID" | jq length)" = $((crowd + 34)) ]'
}

@test "two thousand processes, some with threads, some stopped, are deleted with their cgroups" {
	local crowd=2000
	crowded $crowd
	is "$(tare events --stats "$ID" | jq '.data.pids.current > 2600')" true
	tare delete --force "$ID"
	is "$(cgroups)" ''
}

@test "kill --all reaches every process of nested cgroups, and delete removes these" {
	local crowd=300
	config '.linux.namespaces |= map(select(.type != "pid"))'
	crowded $crowd
	tare kill --all "$ID" KILL
	becomes stopped
	until_true 1000 eval '[ "$(tare ps --format json "$ID")" = "[]" ]'
	tare delete "$ID"
	is "$(cgroups)" ''
}

@test "delete ends a container without a pid namespace whose first process has ended before the others" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	program sh -c 'probe crowd 100 & exec sleep 0'
	running
	becomes stopped
	tare delete "$ID"
	is "$(cgroups)" ''
}

# bats test_tags=vm
@test "a fork bomb under a limit of processes is deleted" {
	controller pids
	config '.linux.resources.pids = {limit: 20}'
	program probe bomb
	running
	appears ready "$TMP/stdout"
	until_true 1000 eval '[ "$(cat "$(cgroup pids)/pids.current")" = 20 ]'
	tare delete --force "$ID"
	is "$(cgroups)" ''
}

# bats test_tags=vm
@test "a fork bomb without a pid namespace is killed as a whole" {
	controller pids
	config '.linux.resources.pids = {limit: 20} | .linux.namespaces |= map(select(.type != "pid"))'
	program probe bomb
	running
	appears ready "$TMP/stdout"
	until_true 1000 eval '[ "$(cat "$(cgroup pids)/pids.current")" = 20 ]'
	tare kill --all "$ID" KILL
	becomes stopped
	tare delete "$ID"
	is "$(cgroups)" ''
}

# freezers: the hierarchies that can freeze, each with its control file and words.
freezers() {
	! has_v1 freezer || echo freezer freezer.state FROZEN THAWED
	[ "$VIEW" = v1 ] || [ -z "$(awk '$3 == "cgroup2"' /proc/mounts)" ] || echo unified cgroup.freeze 1 0
}

# inner FREEZER FILE FROZEN: one of the container's two processes is frozen by itself.
inner() {
	program sh -c 'sleep 1000 & echo $! && exec probe signal'
	running
	appears ready "$TMP/stdout"
	inner=$(cgroup "$1")/inner
	mkdir "$inner"
	tare ps --format json "$ID" | jq '.[]' | grep -vx "$PID" >"$inner/cgroup.procs"
	echo "$3" >"$inner/$2"
}

@test "resume thaws what pause has frozen, and leaves alone what the container froze itself" {
	local name file frozen thawed
	while read -r name file frozen thawed; do
		inner "$name" "$file" "$frozen"
		is "$(status_of)" running
		tare pause "$ID"
		is "$(status_of)" paused
		tare resume "$ID"
		is "$(status_of)" running
		tare kill "$ID" USR1
		appears '^10$' "$TMP/stdout"
		has "$(cat "$inner/$file" "$inner/cgroup.events" 2>/dev/null)" "${frozen/#1/frozen 1}"
		tare delete --force "$ID"
		is "$(cgroups)" ''
	done < <(freezers)
}

@test "a container that stands still in its own v1 freezer is paused on a hybrid host" {
	[ "$VIEW" = hybrid ] || skip "missing: both freezers (view $VIEW)"
	sleeping
	local own
	own=$(cgroup freezer)/freezer.state
	echo FROZEN >"$own"
	is "$(status_of)" running
	tare pause "$ID"
	is "$(status_of)" paused
	is "$(cat "$(cgroup unified)/cgroup.freeze") $(cat "$own")" '1 FROZEN'
	tare resume "$ID"
	is "$(status_of)" running
	is "$(cat "$own")" FROZEN
}

# stays_frozen: a new container whose cgroup is called frozen though nothing is told to be. The
# kernel does not count processes and children of a cgroup together: with its last own process
# gone it calls the cgroup frozen, and goes on to after the thaw, while the one in the child
# never says that it has stopped. A moment in which that one runs ends it.
stays_frozen() {
	local group inner
	tare delete --force "$ID" >/dev/null 2>&1 || true
	running || return
	until_true 1000 eval '[ "$(tare ps --format json "$ID" | jq length)" = 2 ]'
	group=$(cgroup unified) inner=$(cgroup freezer)/inner
	mkdir "$group/below" "$inner"
	echo "$PID" >"$group/below/cgroup.procs"
	echo "$PID" >"$inner/cgroup.procs"
	echo FROZEN >"$inner/freezer.state"
	echo 1 >"$group/cgroup.freeze"
	kill -KILL "$(tare ps --format json "$ID" | jq ".[] | select(. != $PID)")"
	until_true 1000 grep -q 'frozen 1' "$group/cgroup.events" || return
	echo 0 >"$group/cgroup.freeze"
	echo THAWED >"$inner/freezer.state"
	grep -q 'frozen 1' "$group/cgroup.events"
}

@test "a container is running when nothing is told to freeze, whatever cgroup.events says" {
	[ "$VIEW" = hybrid ] || skip "missing: both freezers (view $VIEW)"
	program sh -c 'sleep 1000 & exec probe pause'
	until_true 20 stays_frozen # or this test shows nothing
	is "$(status_of)" running
	tare exec "$ID" true
	tare pause "$ID"
	is "$(status_of)" paused
	tare resume "$ID"
	is "$(status_of)" running
}

@test "what a container froze itself is killed and deleted all the same" {
	local name file frozen thawed
	while read -r name file frozen thawed; do
		config '.linux.namespaces |= map(select(.type != "pid"))'
		inner "$name" "$file" "$frozen"
		tare kill --all "$ID" KILL
		becomes stopped
		until_true 1000 eval '[ "$(tare ps --format json "$ID")" = "[]" ]'
		tare delete "$ID"
		inner "$name" "$file" "$frozen"
		echo "$PID" >"$inner/cgroup.procs" # the first process, too
		tare delete --force "$ID"
		inner "$name" "$file" "$frozen"
		echo "$PID" >"$inner/cgroup.procs"
		tare kill "$ID" KILL
		becomes stopped
		tare delete --force "$ID"
		is "$(cgroups)" ''
	done < <(freezers)
}

@test "what is frozen above its own cgroup is paused, cannot be resumed, and cannot be started" {
	by_file_system
	local file frozen thawed
	read -r _ file frozen thawed < <(freezers | tail -1)
	config '.linux.cgroupsPath = $path' --arg path "/$ID-pod/$ID"
	sleeping
	doomed "$ID-2"
	local pod
	pod=$(dirname "$(cgroup "${file/.state/}")")
	[ -e "$pod/$file" ] || pod=$(dirname "$(cgroup unified)")
	config '.linux.cgroupsPath = $path' --arg path "/$ID-pod/$ID-2"
	apart tare create --bundle "$BUNDLE" "$ID-2"
	echo "$frozen" >"$pod/$file"
	until_true 1000 has_status paused
	fails tare resume "$ID"
	has "$output" "cannot resume container $ID: a cgroup above its own is frozen"
	fails 255 tare exec "$ID" true
	has "$output" paused
	fails tare start "$ID-2"
	has "$output" "cannot start container $ID-2: its cgroup, or one above, is frozen"
	if [ "$frozen" = FROZEN ]; then # of version 1, which keeps SIGKILL from them
		fails tare delete --force "$ID"
		has "$output" "cannot delete container $ID: a cgroup above its own is frozen by the cgroup v1 freezer"
		fails tare kill --all "$ID" KILL
		has "$output" 'a cgroup above its own is frozen'
	fi
	echo "$thawed" >"$pod/$file"
	[ "$frozen" = FROZEN ] || until_true 1000 has_status running
	tare start "$ID-2"
	tare delete --force "$ID"
	tare delete --force "$ID-2"
	removed
}

# removed: the cgroups that a test made above the container's are gone.
removed() {
	cgroups | while read -r dir; do rmdir "$dir"; done
	is "$(cgroups)" ''
}

@test "pause is for running containers" {
	created
	fails tare pause "$ID"
	has "$output" "cannot pause container $ID: it is created"
	tare start "$ID"
}
