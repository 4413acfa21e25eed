# containerd as Kubernetes uses it, through the Container Runtime Interface, with tare as
# the runtime of its handlers.

load engine
load containerd

CRICTL=$REPO/bin/crictl

engine_up() {
	available || return 0
	containerd_up k8s.io
	wrapper crictl "$CRICTL" --config "$WORK/crictl.yaml" --timeout 60s
	printf 'runtime-endpoint: unix://%s\nimage-endpoint: unix://%s\n' "$WORK/socket" "$WORK/socket" >"$WORK/crictl.yaml"
}

engine_down() { containerd_down k8s.io; }

available() { command -v containerd >/dev/null && [ -x "$CRICTL" ]; }

prepare() {
	available || skip "missing: containerd and bin/crictl (make bin/crictl)"
	: >all
}

finish() { crictl rmp --all --force >/dev/null 2>&1; }

ids() { [ ! -f "$TMP/all" ] || cat "$TMP/all"; }

# sandbox [JQ-EXPRESSION]: runs a pod's sandbox $POD is its id.
sandbox() {
	jq -n --arg name "$BATS_TEST_NUMBER-$$" '{metadata: {name: $name, namespace: "default", uid: $name, attempt: 1}, hostname: "pod", log_directory: "'"$TMP"'",
		linux: {cgroup_parent: "'"$(parent)"'", security_context: {namespace_options: {pid: 1}}}}' | jq "${1:-.}" >pod.json
	POD=$(crictl runp ${HANDLER:+--runtime "$HANDLER"} pod.json) || return
	echo "$POD" >>all
}

# A cgroup driver of systemd names slices.
parent() { [ "$SYSTEMD" = true ] && echo "engine.slice" || echo "/engine-${WORK##*.}-$BATS_TEST_NUMBER"; }

# container [JQ-EXPRESSION]: starts a container in it; $CONTAINER is its id.
container() {
	created_container "$@"
	crictl start "$CONTAINER" >/dev/null
}

created_container() {
	jq -n '{metadata: {name: "one"}, image: {image: "localhost/busybox:latest"}, command: ["probe", "pause"], log_path: "one.log",
		linux: {security_context: {namespace_options: {pid: 1}}}}' | jq "${1:-.}" >container.json
	CONTAINER=$(crictl create --no-pull "$POD" container.json pod.json) || return
	echo "$CONTAINER" >>all
}

inspect() { crictl inspect "$CONTAINER" | jq -r "$1"; }
state_is() { [ "$(inspect .status.state)" = "CONTAINER_$1" ]; }

@test "a pod has a sandbox and a container, which runs what it is told" {
	sandbox
	container '.command = ["sh", "-c", "echo $WORD; exit 3"] | .envs = [{key: "WORD", value: "spoken"}]'
	until_true 1000 state_is EXITED
	is "$(inspect .status.exitCode)" 3
	is "$(crictl logs "$CONTAINER")" spoken
	crictl rm "$CONTAINER" >/dev/null
	crictl stopp "$POD" >/dev/null
}

@test "the containers of a pod share its namespaces" {
	sandbox
	container
	is "$(crictl exec "$CONTAINER" hostname)" pod
	local first=$CONTAINER
	container '.metadata.name = "two"'
	is "$(crictl exec "$CONTAINER" readlink /proc/self/ns/ipc)" "$(crictl exec "$first" readlink /proc/self/ns/ipc)"
	[ "$(crictl exec "$CONTAINER" readlink /proc/self/ns/pid)" != "$(crictl exec "$first" readlink /proc/self/ns/pid)" ]
}

@test "the containers of a pod with one pid namespace see each other" {
	sandbox '.linux.security_context.namespace_options.pid = 0'
	container '.linux.security_context.namespace_options.pid = 0'
	run -0 crictl exec "$CONTAINER" ps
	is "$(grep -c 'probe pause' <<<"$output")" 2
}

@test "a handler of a RuntimeClass is used" {
	HANDLER=tare sandbox
	container
	is "$(crictl exec "$CONTAINER" id -u)" 0
	HANDLER=nonsense fails sandbox
}

@test "crictl exec runs another process: its output, its status, its terminal" {
	sandbox
	container
	is "$(crictl exec --sync "$CONTAINER" echo out)" out
	is "$(echo in | crictl exec --interactive "$CONTAINER" cat)" in
	run crictl exec "$CONTAINER" sh -c 'exit 5'
	[ "$status" != 0 ]
	has "$output" "5"
	has "$(terminal crictl exec --interactive --tty "$CONTAINER" tty)" /dev/pts/0
	run crictl exec --sync "$CONTAINER" there-is-no-such-program
	[ "$status" != 0 ]
	has "$output" "executable file not found in \$PATH"
}

@test "crictl attach passes input and output" {
	sandbox
	container '.command = ["sh", "-c", "read line; echo got $line; sleep 1"] | .stdin = true | .stdin_once = true'
	echo hello | crictl attach --stdin "$CONTAINER" || true
	until_true 1000 state_is EXITED
	has "$(crictl logs "$CONTAINER")" "got hello"
}

@test "a container that cannot be started says why in tare's words" {
	sandbox
	created_container '.command = ["/no/such/program"]'
	fails crictl start "$CONTAINER"
	has "$output" "no such file or directory"
	says "cannot find the program /no/such/program"
}

# bats test_tags=vm
@test "a pod's limits are the kernel's, and can be changed" {
	controller memory
	sandbox
	container '.linux.resources = {memory_limit_in_bytes: 67108864, cpu_quota: 50000, cpu_period: 100000, oom_score_adj: 500}'
	is "$(knob "$CONTAINER" memory memory.limit_in_bytes memory.max)" 67108864
	has "$(knob "$CONTAINER" cpu cpu.cfs_quota_us cpu.max)" 50000
	is "$(cat "/proc/$(inspect .info.pid)/oom_score_adj")" 500
	crictl update --memory 100663296 --cpu-quota 25000 "$CONTAINER" >/dev/null
	is "$(knob "$CONTAINER" memory memory.limit_in_bytes memory.max)" 100663296
	has "$(knob "$CONTAINER" cpu cpu.cfs_quota_us cpu.max)" 25000
	[ "$(version memory)" = v2 ] || return 0
	[ "$(crictl stats --output json "$CONTAINER" | jq -r '.stats[0].memory.workingSetBytes.value')" -gt 0 ]
}

@test "a container that runs out of memory is reported so" {
	controller memory
	sandbox
	container '.command = ["probe", "eat", "64"] | .linux.resources = {memory_limit_in_bytes: 16777216}'
	until_true 1000 state_is EXITED
	is "$(inspect .status.exitCode)" 137
	[ "$(version memory)" = v1 ] || is "$(inspect .status.reason)" OOMKilled
}

@test "crictl stop lets a program end itself, and kills it after the time" {
	sandbox
	container '.command = ["sh", "-c", "trap \"exit 9\" TERM; echo ready; while :; do sleep 0.01; done"]'
	until_true 500 eval '[ "$(crictl logs "$CONTAINER")" = ready ]'
	crictl stop --timeout 20 "$CONTAINER" >/dev/null
	is "$(inspect .status.exitCode)" 9
	container '.metadata.name = "two" | .command = ["sh", "-c", "trap \"\" TERM; while :; do sleep 1; done"]'
	crictl stop --timeout 0 "$CONTAINER" >/dev/null
	is "$(inspect .status.exitCode)" 137
}

@test "a container may do what its security context says" {
	sandbox
	container '.linux.security_context += {run_as_user: {value: 1000}, readonly_rootfs: true, no_new_privs: true, seccomp: {profile_type: 0},
		capabilities: {drop_capabilities: ["ALL"], add_capabilities: ["NET_RAW"]}, masked_paths: ["/proc/timer_list"]} |
		.mounts = [{host_path: "'"$TMP"'", container_path: "/home", readonly: true}]'
	run -0 crictl exec "$CONTAINER" sh -c 'id -u; touch /new /home/new 2>&1; wc -c </proc/timer_list; grep -E "^(NoNewPrivs|Seccomp|CapBnd):" /proc/self/status'
	has "$output" 1000 "/new: Read-only file system" "/home/new: Read-only file system" $'NoNewPrivs:\t1' $'Seccomp:\t2' $'CapBnd:\t0000000000002000'
	container '.metadata.name = "two" | .linux.security_context += {privileged: false, run_as_user: {value: 0}, seccomp: {profile_type: 1}}'
	is "$(crictl exec "$CONTAINER" grep Seccomp: /proc/self/status)" $'Seccomp:\t0'
}

# bats test_tags=vm
@test "a pod without host users has a user namespace" {
	[[ $(containerd --version) != *" 1.6."* ]] || skip "missing: user namespaces of containerd 1.7"
	sandbox '.linux.security_context.namespace_options.userns_options = {mode: 0, uids: [{host_id: 100000, container_id: 0, length: 65536}], gids: [{host_id: 100000, container_id: 0, length: 65536}]}' || skip "missing: user namespaces of this containerd, $(containerd --version)"
	container '.linux.security_context.namespace_options += {userns_options: {mode: 0, uids: [{host_id: 100000, container_id: 0, length: 65536}], gids: [{host_id: 100000, container_id: 0, length: 65536}]}}'
	is "$(crictl exec "$CONTAINER" cat /proc/self/uid_map | tr -s ' ')" " 0 100000 65536"
	is "$(crictl exec "$CONTAINER" sh -c 'touch /new && stat -c %u /new')" 0
}

@test "crictl checkpoints a container" {
	command -v criu >/dev/null && criu check >/dev/null 2>&1 || skip "missing: a criu that works on this kernel"
	sandbox
	container
	run crictl checkpoint --export "$TMP/checkpoint.tar" "$CONTAINER"
	lacks "$output" "not implemented" "unknown method" || skip "missing: checkpoints of containerd 2"
	is "$status" 0
	[ -s checkpoint.tar ]
}
