# Seccomp profiles that notify an agent (SCMP_ACT_NOTIFY, seccomp_unotify(2)).

load ../lib

# profile ACTION-NAMES...: allows all but these calls, of which the agent is told.
profile() {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path, listenerMetadata: "words for the agent",
		syscalls: [{names: $names, action: "SCMP_ACT_NOTIFY"}]}' --argjson names "$(list "$@")" --arg path "$TMP/agent.sock"
}

# agent VERDICT [signal]: starts one; what it is sent is in $TMP/background.
agent() {
	[ -x "$BATS_FILE_TMPDIR/agent" ] || cc -O2 -static -o "$BATS_FILE_TMPDIR/agent" "$BATS_TEST_DIRNAME/agent.c"
	background "$BATS_FILE_TMPDIR/agent" "$TMP/agent.sock" "$@"
	appears ready "$TMP/background"
}

# sent N EXPRESSION: jq's view of the agent's message N.
sent() { sed -n "$(($1 + 1))p" "$TMP/background" | sed 's/|[0-9]*$//' | jq -cr "$2"; }

@test "an agent answers for the kernel" {
	profile mkdir mkdirat
	agent 123
	run -1 inside mkdir /new
	has "$output" "No medium found"
	[ ! -e "$ROOTFS/new" ]
}

@test "an agent lets a call continue" {
	profile mkdir mkdirat
	agent continue
	inside mkdir /new
	[ -d "$ROOTFS/new" ]
}

@test "the agent is sent the container process state and one descriptor, once" {
	profile mkdir mkdirat
	config '.annotations = {"org.example": "yes"}'
	agent continue
	created
	is "$(wc -l <"$TMP/background")" 1
	tare start "$ID"
	appears '\|1$' "$TMP/background"
	is "$(wc -l <"$TMP/background")" 2
	is "$(sent 1 '[.fds, .pid, .metadata, .state.id, .state.pid, .state.bundle, .state.annotations]')" \
		"[[\"seccompFd\"],$PID,\"words for the agent\",\"$ID\",$PID,\"$BUNDLE\",{\"org.example\":\"yes\"}]"
	is "$(sent 1 '.ociVersion == .state.ociVersion and (.ociVersion | length) > 0')" true
}

@test "a filter that traps what init itself needs works" {
	profile sendmsg write close futex exit exit_group sched_yield execve
	agent continue
	is "$(inside echo out)" out
	created
	tare start "$ID"
	becomes stopped
}

@test "a filter that is loaded early works as well" {
	profile mkdir mkdirat setresuid capset
	config '.process.noNewPrivileges = false'
	agent continue
	inside mkdir /new
	[ -d "$ROOTFS/new" ]
}

@test "a process that joins has a listener of its own" {
	profile mkdir mkdirat
	agent 123
	sleeping
	run -1 tare exec "$ID" mkdir /new
	has "$output" "No medium found"
	is "$(wc -l <"$TMP/background")" 3
	is "$(sent 2 .state.status)" running
	is "$(sent 2 '.pid != .state.pid')" true
}

@test "no second thread and no descriptor is left to the program" {
	profile mkdir
	agent continue
	is "$(world '[.fds[] | select(test("seccomp"))] | length' fds)" 0
	is "$(inside sh -c 'ls /proc/self/task | wc -l')" 1
}

@test "without an agent the container does not start" {
	profile mkdir
	program mkdir /new
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/seccomp/listenerPath: cannot hand the listener to the agent at $TMP/agent.sock" "no such file or directory"
	created
	fails tare start "$ID"
	has "$output" "/linux/seccomp/listenerPath" "no such file or directory"
	becomes stopped
	[ ! -e "$ROOTFS/new" ]
}

@test "a profile that notifies needs an agent's path, and an absolute one" {
	profile mkdir
	config 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
	fails tare create --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/seccomp/listenerPath"
	config '.linux.seccomp.listenerPath = "agent.sock"'
	fails tare create --bundle "$BUNDLE" "$ID"
	has "$output" '/linux/seccomp/listenerPath: must be an absolute path, not "agent.sock"'
}

# linux.seccomp.flags
@test "with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV a signal does not interrupt a call that the agent has received" {
	profile mkdirat
	agent 123 signal
	fails inside probe interruptible /new
	is "$output" EINTR
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	fails inside probe interruptible /new
	is "$output" ENOMEDIUM
}
