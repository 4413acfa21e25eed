# containerd by its own command, ctr, with tare as the runtime of its shim.

load engine
load containerd

NS=engine-ctr

engine_up() {
	command -v containerd ctr >/dev/null || return 0
	containerd_up $NS
	export CONTAINERD_NAMESPACE=$NS
}

engine_down() { containerd_down $NS; }

prepare() {
	command -v containerd ctr >/dev/null || skip "missing: containerd"
	ONE=one-$BATS_TEST_NUMBER-$$
}

ids() { [ -z "$ONE" ] || echo "$ONE"; }

finish() {
	ctr tasks kill --signal KILL "$ONE" 2>/dev/null
	until_true 500 eval '! ctr tasks ls | grep "^$ONE" | grep -qv STOPPED'
	ctr tasks delete "$ONE" 2>/dev/null
	! ctr containers ls -q | grep -qx "$ONE" || ctr containers delete "$ONE"
}

# ran [OPTION...] -- COMMAND...: runs a container by tare.
ran() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1") && shift; done
	shift
	ctr run --snapshotter "$(snapshotter)" --runc-binary "$RUNTIME" "${options[@]}" localhost/busybox:latest "$ONE" "$@"
}

status_is() { ctr tasks ls | awk -v i="$ONE" '$1 == i { print $3 }' | grep -qx "$1"; }
pid_of() { ctr tasks ls | awk -v i="$ONE" '$1 == i { print $2 }'; }

@test "ctr run gives the program's output and status" {
	run -7 ran --rm -- sh -c 'echo out; exit 7'
	is "$output" out
}

@test "ctr run tells in tare's words that a program is missing" {
	fails ran --rm -- there-is-no-such-program
	has "$output" "executable file not found in \$PATH"
	says "cannot find the program there-is-no-such-program"
}

@test "ctr run --tty has a terminal" {
	has "$(terminal ctr run --snapshotter "$(snapshotter)" --runc-binary "$RUNTIME" --rm --tty localhost/busybox:latest "$ONE" tty)" /dev/pts/0
}

@test "ctr runs another process in a container, with and without a terminal" {
	ran --detach -- probe pause
	run -5 ctr tasks exec --exec-id two "$ONE" sh -c 'echo inside; exit 5'
	is "$output" inside
	has "$(terminal ctr tasks exec --tty --exec-id three "$ONE" tty)" /dev/pts/0
	fails ctr tasks exec --exec-id four "$ONE" /no/such/program
	has "$output" "no such file or directory"
	has "$(ctr tasks ps "$ONE")" "$(pid_of)"
}

@test "ctr pauses and resumes a container" {
	ran --detach -- probe pause
	ctr tasks pause "$ONE"
	status_is PAUSED
	ctr tasks resume "$ONE"
	status_is RUNNING
}

@test "ctr kills a container" {
	background ran -- sh -c 'trap "echo signalled; exit" USR1; echo ready; while :; do sleep 0.01; done'
	appears ready background
	ctr tasks kill --signal SIGUSR1 "$ONE"
	appears signalled background
	ended || true # with a status that depends on the version of ctr
}

@test "ctr limits a container, and has its metrics" {
	controller memory
	ran --detach --memory-limit 67108864 --cpus 0.5 -- probe pause
	is "$(knob "$ONE" memory memory.limit_in_bytes memory.max)" 67108864
	has "$(knob "$ONE" cpu cpu.cfs_quota_us cpu.max)" 50000
	[ "$(version memory)" = v2 ] || return 0 # ctr's metrics of v1 take hierarchies that are not in every view
	ctr tasks metrics "$ONE" >metrics
	grep -E '^(pids.current|memory.usage)' metrics
}

@test "ctr's options for what a container may do are tare's" {
	run -0 ran --rm --read-only --env WORD=spoken --cwd /home --mount "type=bind,src=$TMP,dst=/tmp,options=rbind:ro" \
		-- sh -c 'echo $WORD $(id -u) $(pwd); touch /new /tmp/new 2>&1; true'
	has "$output" "spoken 0 /home" "/new: Read-only file system" "/tmp/new: Read-only file system"
	run -0 ran --rm --seccomp --cap-drop CAP_CHOWN --no-pivot -- grep -E '^(Seccomp|CapEff):' /proc/self/status
	has "$output" $'Seccomp:\t2' $'CapEff:\t00000000a80425fa'
	run -0 ran --rm --privileged --net-host -- readlink /proc/self/ns/net
	is "$output" "$(readlink /proc/self/ns/net)"
}

@test "ctr checkpoints a container and restores it" {
	command -v criu >/dev/null && criu check >/dev/null 2>&1 || skip "missing: a criu that works on this kernel"
	ran --detach -- sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/count; sleep 0.1; done'
	until_true 500 [ -s "/proc/$(pid_of)/root/tmp/count" ]
	ctr containers checkpoint --task --rw --image localhost/saved "$ONE" || ctr containers checkpoint --task --rw --image "$ONE" localhost/saved
	is "$(ctr images ls -q | grep saved)" localhost/saved
	local count
	count=$(cat "/proc/$(pid_of)/root/tmp/count")
	finish
	ctr containers restore --live --rw "$ONE" localhost/saved >"$TMP/restored" 2>&1 || {
		cat "$TMP/restored"
		false
	}
	status_is RUNNING
	until_true 1000 eval '[ "$(cat "/proc/$(pid_of)/root/tmp/count")" -gt '"$count"' ]'
}
