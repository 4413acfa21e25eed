# The verbs from create to delete, and the words and statuses that engines wait for.

# bats file_tags=cgroup

load ../lib

@test "create makes a container that waits; start lets it go; it stops; delete removes it" {
	program sh -c 'echo hello; exec probe signal'
	created
	is "$(status_of)" created
	is "$(cat "$TMP/stdout")" ""
	tare start "$ID"
	is "$(status_of)" running
	appears ready "$TMP/stdout"
	is "$(head -1 "$TMP/stdout")" hello
	tare kill "$ID"
	becomes stopped
	tare delete "$ID"
	fails tare state "$ID"
}

@test "create writes the pid of the process that waits, and start keeps it" {
	program probe pause
	created
	is "$(wc -c <"$TMP/pid")" ${#PID}
	is "$(tare state "$ID" | jq .pid)" "$PID"
	tare start "$ID"
	is "$(tare state "$ID" | jq .pid)" "$PID"
	has "$(tr '\0' ' ' <"/proc/$PID/cmdline")" 'probe pause'
}

@test "create takes the bundle from the working directory, and a relative pid file" {
	program probe pause
	doomed "$ID"
	cd "$BUNDLE"
	apart tare create --pid-file here.pid "$ID"
	is "$(tare state "$ID" | jq .pid)" "$(cat here.pid)"
	is "$(tare state "$ID" | jq -r .bundle)" "$BUNDLE"
}

@test "a failed create leaves no pid file and no container" {
	config '.mounts += [{destination: "/x", type: "nosuchfs", source: "none"}]'
	fails tare create --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
	has "$output" /mounts/ nosuchfs
	[ ! -e "$TMP/pid" ]
	fails tare state "$ID"
}

@test "state prints what the specification asks for" {
	config '.annotations = {"org.example.a": "1"}'
	created
	local state
	state=$(tare state "$ID")
	is "$(jq -c 'keys' <<<"$state")" '["annotations","bundle","created","id","ociVersion","owner","pid","rootfs","status"]'
	is "$(jq -r .id <<<"$state")" "$ID"
	is "$(jq -r .bundle <<<"$state")" "$BUNDLE"
	is "$(jq -r .rootfs <<<"$state")" "$ROOTFS"
	is "$(jq -r .ociVersion <<<"$state")" "$(jq -r .ociVersion "$BUNDLE/config.json")"
	is "$(jq -c .annotations <<<"$state")" '{"org.example.a":"1"}'
	[ "$(date -d "$(jq -r .created <<<"$state")" +%s)" -le "$(date +%s)" ]
}

@test "state of an unknown id fails, and says that it does not exist" {
	fails tare state nosuch
	has "$output" 'does not exist'
}

@test "start of a running container fails" {
	sleeping
	fails tare start "$ID"
	has "$output" running
	is "$(status_of)" running
}

@test "start of a stopped container fails" {
	program true
	running
	becomes stopped
	fails tare start "$ID"
	has "$output" stopped
}

@test "start of an unknown id says that it does not exist" {
	fails tare start nosuch
	has "$output" 'does not exist'
}

@test "create reports a program that is not there in the words of engines, and nothing is left" {
	local name
	for name in /no/such/program no-such-program; do
		program "$name"
		fails tare create --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
		has "$output" "/process/args: cannot find the program $name: "
		[[ $output == *'no such file or directory'* || $output == *'executable file not found in $PATH'* ]]
		[ ! -e "$TMP/pid" ]
	done
}

@test "create finds a program as start will: by PATH, from the working directory, behind links, on a mount" {
	mkdir -p "$ROOTFS/work/sub" "$TMP/volume"
	cp "$ROOTFS/bin/busybox" "$TMP/volume/true"
	ln -s /bin "$ROOTFS/work/bin"
	ln -s /work/sub "$ROOTFS/link"
	ln -s busybox "$ROOTFS/bin/second" && rm -f "$ROOTFS/bin/true" && ln -s /bin/second "$ROOTFS/work/sub/true"
	config '.mounts += [{destination: "/volume", type: "bind", source: $source, options: ["bind"]}]' --arg source "$TMP/volume"
	local case name cwd path
	doomed "$ID"
	for case in 'true /work/sub :/nothing' 'true / /nothing:/volume' 'sub/true /work /bin' './true /work/sub /bin' \
		'../sub/true /link /bin' '/link/true / /bin' '/volume/true / /bin' '/proc/self/root/volume/true / /bin'; do
		read -r name cwd path <<<"$case"
		config '.process.cwd = $cwd | .process.env = ["PATH=" + $path]' --arg cwd "$cwd" --arg path "$path"
		program "$name"
		created && tare start "$ID" && becomes stopped && tare delete "$ID" || {
			echo "case: $case"
			return 1
		}
	done
}

@test "a program that only its user may execute is left to start to find" {
	by_root
	cp "$ROOTFS/bin/busybox" "$ROOTFS/bin/mine"
	chmod 700 "$ROOTFS/bin/mine"
	config '.process.user = {uid: 1000, gid: 1000}'
	program mine
	created
	fails tare start "$ID"
	has "$output" 'permission denied'
}

@test "a program that goes after create is reported by start in the words of engines, and the container is stopped" {
	cp "$ROOTFS/bin/busybox" "$ROOTFS/bin/goes"
	program /bin/goes
	created
	rm "$ROOTFS/bin/goes"
	fails tare start "$ID"
	has "$output" 'no such file or directory' /bin/goes
	becomes stopped
	tare delete "$ID"
}

@test "start reports a program whose interpreter is not there" {
	printf '#!/no/such/shell\n' >"$ROOTFS/bin/script" && chmod 755 "$ROOTFS/bin/script"
	program script
	created
	fails tare start "$ID"
	has "$output" 'no such file or directory' script
}

@test "create reports a program that may not be executed in the words of engines" {
	echo x >"$ROOTFS/bin/plain"
	program /bin/plain
	fails tare create --bundle "$BUNDLE" "$ID"
	has "$output" 'permission denied' /bin/plain
}

@test "kill sends SIGTERM, or the signal it is told, by number or name in any case" {
	program probe signal 15
	running
	appears ready "$TMP/stdout"
	tare kill "$ID" HUP
	appears '^1$' "$TMP/stdout"
	tare kill "$ID" SIGUSR1
	appears '^10$' "$TMP/stdout"
	tare kill "$ID" sigusr2
	appears '^12$' "$TMP/stdout"
	tare kill "$ID" 28
	appears '^28$' "$TMP/stdout"
	tare kill "$ID" RTMIN+3
	appears '^37$' "$TMP/stdout"
	tare kill "$ID"
	becomes stopped
	appears '^15$' "$TMP/stdout"
}

@test "kill refuses what is no signal" {
	sleeping
	fails tare kill "$ID" NOSUCH
	has "$output" NOSUCH
	fails tare kill "$ID" 65
	fails tare kill "$ID" -- -1
	is "$(status_of)" running
}

@test "kill of a stopped container says that it is not running" {
	program true
	running
	becomes stopped
	fails tare kill "$ID" KILL
	has "$output" 'container not running'
}

@test "kill --all of a stopped container succeeds" {
	program true
	running
	becomes stopped
	tare kill --all "$ID" KILL
	tare kill -a "$ID" 9
}

@test "kill of an unknown id says that it does not exist" {
	fails tare kill nosuch KILL
	has "$output" 'does not exist'
}

@test "kill --all reaches every process of a container that has no pid namespace" {
	by_root
	config '.linux.namespaces |= map(select(.type != "pid"))'
	program sh -c 'sleep 1000 & sleep 1001 & echo ready; wait'
	running
	appears ready "$TMP/stdout"
	is "$(tare ps --format json "$ID" | jq length)" 3
	tare kill --all "$ID" KILL
	becomes stopped
	until_true 1000 no_processes
}

no_processes() { [ "$(tare ps --format json "$ID" | jq length)" = 0 ]; }

@test "kill of a created container ends it" {
	created
	tare kill "$ID" KILL
	becomes stopped
	tare delete "$ID"
}

@test "delete kills a container that was created and not started" {
	created
	tare delete "$ID"
	gone "$PID"
	fails tare state "$ID"
}

@test "delete of a running container is an error, --force kills it" {
	sleeping
	fails tare delete "$ID"
	has "$output" running
	is "$(status_of)" running
	tare delete --force "$ID"
	gone "$PID"
	fails tare state "$ID"
}

@test "delete of an unknown id says that it does not exist, --force succeeds" {
	fails tare delete nosuch
	has "$output" 'does not exist'
	tare delete --force nosuch
	tare delete -f nosuch
}

@test "delete --force removes a left-over state directory" {
	by_root
	mkdir -p "$ROOT/$ID"
	tare delete --force "$ID"
	[ ! -e "$ROOT/$ID" ]
	mkdir -p "$ROOT/$ID" && echo '{"id":' >"$ROOT/$ID/state.json"
	tare delete --force "$ID"
	[ ! -e "$ROOT/$ID" ]
}

@test "delete --force ends what a container without a pid namespace leaves running" {
	by_root
	config '.linux.namespaces |= map(select(.type != "pid"))'
	program sh -c 'sleep 1000 & echo ready'
	running
	appears ready "$TMP/stdout"
	becomes stopped
	tare delete --force "$ID"
}

@test "an id can be used again after delete" {
	sleeping
	tare delete --force "$ID"
	is "$(inside echo again)" again
}

@test "a container outlives changes to its bundle" {
	sleeping
	rm -r "$BUNDLE/config.json"
	is "$(tare exec "$ID" echo still here)" 'still here'
}

@test "list shows each container, as a table, as JSON and as ids" {
	by_root
	created
	doomed "$ID-b"
	program probe pause
	apart tare run --detach --bundle "$BUNDLE" "$ID-b"
	is "$(tare list -q | sort)" "$ID"$'\n'"$ID-b"
	is "$(tare list --format json | jq -c 'map([.id, .status]) | sort')" "[[\"$ID\",\"created\"],[\"$ID-b\",\"running\"]]"
	run -0 tare list
	has "${lines[0]}" ID PID STATUS BUNDLE CREATED OWNER
	is "$(grep -c "$BUNDLE" <<<"$output")" 2
	has "$output" created running root
}

@test "list is empty where there is no container, and where there is no root" {
	is "$(tare list --format json)" '[]'
	is "$(tare list -q)" ''
	mkdir -p "$ROOT"
	is "$(tare list --format json)" '[]'
}

@test "list shows the containers that are whole beside one that is broken" {
	by_root
	sleeping
	mkdir "$ROOT/$ID-broken" && echo '{' >"$ROOT/$ID-broken/state.json"
	run -0 --separate-stderr tare list -q
	is "$output" "$ID"
	has "$stderr" "$ID-broken"
	tare delete --force "$ID-broken"
}

@test "ps lists pids as JSON, and rows of ps with its header" {
	program sh -c 'sleep 1000 & echo ready; wait'
	running
	appears ready "$TMP/stdout"
	is "$(tare ps --format json "$ID" | jq length)" 2
	is "$(tare ps --format json "$ID" | jq "index($PID) != null")" true
	run -0 tare ps "$ID"
	has "${lines[0]}" PID
	is "${#lines[@]}" 3
	has "$output" 'sleep 1000'
	run -0 tare ps --format table "$ID" -o pid,comm
	is "$(wc -w <<<"${lines[0]}")" 2
	is "${#lines[@]}" 3
}

@test "ps of a stopped container is an empty list" {
	program true
	running
	becomes stopped
	is "$(tare ps --format json "$ID")" '[]'
	# As systemd leaves it, which removes the cgroup of a scope without processes.
	cgroups | xargs -r rmdir
	is "$(tare ps --format json "$ID")" '[]'
	tare kill --all "$ID" KILL
	tare delete "$ID"
}

# bats test_tags=user
@test "pause freezes the container and resume lets it go on" {
	program probe signal
	running
	appears ready "$TMP/stdout"
	tare pause "$ID"
	is "$(status_of)" paused
	tare kill "$ID" USR1
	is "$(cat "$TMP/stdout")" ready
	tare resume "$ID"
	is "$(status_of)" running
	appears '^10$' "$TMP/stdout"
}

@test "pause and resume refuse a container in the wrong status" {
	sleeping
	fails tare resume "$ID"
	has "$output" running
	tare pause "$ID"
	fails tare pause "$ID"
	has "$output" paused
	tare resume "$ID"
	tare kill "$ID" KILL
	becomes stopped
	fails tare pause "$ID"
	has "$output" stopped
}

# bats test_tags=user
@test "a paused container can be killed" {
	sleeping
	tare pause "$ID"
	tare kill "$ID" KILL
	becomes stopped
	tare delete "$ID"
}

@test "a paused container can be deleted by force" {
	sleeping
	tare pause "$ID"
	tare delete --force "$ID"
	fails tare state "$ID"
}

@test "a container whose tare was killed is there to be deleted" {
	program probe pause
	doomed "$ID"
	background tare run --bundle "$BUNDLE" "$ID"
	appears ready "$TMP/background"
	kill -KILL "$BACKGROUND"
	is "$(status_of)" running
	tare delete --force "$ID"
}

@test "containers made at once do not disturb each other" {
	program echo fine
	local i pids=()
	for i in 1 2 3 4 5 6 7 8; do
		tare run --bundle "$BUNDLE" "$ID-$i" >"$TMP/out.$i" 2>&1 </dev/null 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	is "$(cat "$TMP"/out.* | sort | uniq -c | tr -s ' ')" ' 8 fine'
}

@test "one of several creates with the same id wins" {
	program probe pause
	doomed "$ID"
	local i pids=() won=0
	for i in 1 2 3 4; do
		tare create --bundle "$BUNDLE" "$ID" >/dev/null 2>"$TMP/err.$i" </dev/null 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" && won=$((won + 1)); done
	is "$won" 1
	is "$(grep -l 'exists already' "$TMP"/err.* | wc -l)" 3
	is "$(status_of)" created
}
