# What a process has of its own: scheduling, I/O priority, CPUs, memory policy,
# personality, labels and groups.

load ../lib

joined() { tare exec "$@"; }

# process FIELDS: a file for exec --process that shows the world's MEMBERS.
process() {
	local fields=$1
	shift
	jq --argjson args "$(list probe world "$@")" ".process | .args = \$args | $fields" "$BUNDLE/config.json" >"$TMP/process.json"
}

# explored FIELDS MEMBER...: the world of a process that joined with --process.
explored() {
	process "$@"
	tare exec --process "$TMP/process.json" "$ID" | jq -c "${expression:-.}"
}

# several_cpus: skips what needs two of them.
several_cpus() { [ "$(nproc)" -ge 2 ] || skip "missing: a second CPU"; }

# real_time: lets the container have some, where the cpu controller divides it.
real_time() {
	local group=/sys/fs/cgroup/cpu
	[ ! -e $group/cpu.rt_runtime_us ] ||
		config '.linux.resources.cpu = {realtimePeriod: 1000000, realtimeRuntime: 1000}'
}

@test "the scheduler's policy and nice value are the config's" {
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: -7}'
	is "$(world '.scheduler | [.policy, .nice, .flags]' scheduler)" '[3,-7,0]'
}

@test "a real-time policy has its priority and flags" {
	real_time
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 42, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	is "$(world '.scheduler | [.policy, .priority, .flags]' scheduler)" '[1,42,1]'
}

# bats test_tags=cgroup
@test "a real-time policy that the cgroup has no time for is refused with the cause" {
	[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "missing: a cpu controller that divides real time (view $VIEW)"
	config '.process.scheduler = {policy: "SCHED_RR", priority: 1}'
	fails inside true
	has "$output" '/process/scheduler: cannot set the scheduling policy to SCHED_RR: ' cpu.rt_runtime_us 'operation not permitted'
}

@test "the deadline scheduler gets its times" {
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 20000000, period: 30000000, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	is "$(world '.scheduler | [.policy, .runtime, .deadline, .period, .flags]' scheduler)" '[6,1000000,20000000,30000000,1]'
}

@test "SCHED_OTHER takes back a policy that tare was started with" {
	program probe world scheduler
	is "$(chrt --idle 0 env TARE_TEST="$ID" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null | jq .scheduler.policy)" 5
	config '.process.scheduler = {policy: "SCHED_OTHER"}'
	is "$(chrt --idle 0 env TARE_TEST="$ID" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null | jq .scheduler.policy)" 0
}

@test "a created container has its scheduler and I/O priority when it is started" {
	config '.process.scheduler = {policy: "SCHED_IDLE"} | .process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 3}'
	program probe world scheduler io_priority
	created
	is "$(chrt --pid "$PID" | sed -n 's/.*policy: //p')" SCHED_IDLE
	tare start "$ID"
	becomes stopped
	is "$(jq -c '[.scheduler.policy, .io_priority]' "$TMP/stdout")" '[5,[3,3]]'
}

@test "a scheduler and a high I/O priority are set for a process in a user namespace" {
	local mappings='[{containerID: 0, hostID: 100000, size: 65536}]'
	config ".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = $mappings | .linux.gidMappings = $mappings
		| .process.scheduler = {policy: \"SCHED_OTHER\", nice: -3} | .process.ioPriority = {class: \"IOPRIO_CLASS_RT\", priority: 1}"
	chown 100000:100000 "$ROOTFS"
	is "$(world '[.scheduler.nice, .io_priority]' scheduler io_priority)" '[-3,[1,1]]'
}

@test "the I/O priority is the config's" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	is "$(world .io_priority io_priority)" '[2,6]'
}

@test "priorities and times that a policy does not know are refused by name" {
	config '.process.scheduler = {policy: "SCHED_OTHER", priority: 1, period: 5} | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
	fails inside true
	has "$output" /process/scheduler/priority: /process/scheduler/period: /process/ioPriority/priority:
}

@test "exec has the scheduler and the I/O priority of --process" {
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 1}'
	sleeping
	expression='[.scheduler.policy, .scheduler.nice, .io_priority]'
	is "$(explored '.scheduler = {policy: "SCHED_IDLE"} | .ioPriority = {class: "IOPRIO_CLASS_BE", priority: 5}' scheduler io_priority)" '[5,0,[2,5]]'
	is "$(explored 'del(.scheduler)' scheduler io_priority | jq -c '.[0:2]')" '[0,0]'
	is "$(tare exec "$ID" probe world scheduler | jq -c '.scheduler | [.policy, .nice]')" '[3,1]'
}

@test "exec runs on the final CPUs of its affinity, and the container does not" {
	several_cpus
	config '.process.execCPUAffinity = {initial: "0", final: "1"}'
	sleeping
	local all
	all=$(list $(seq 0 $(($(nproc --all) - 1))) | jq -c 'map(tonumber)')
	is "$(tare exec "$ID" probe world affinity | jq -c .affinity)" '[1]'
	is "$(explored '.execCPUAffinity = {final: "0"}' affinity)" '{"affinity":[0]}'
	is "$(explored 'del(.execCPUAffinity)' affinity)" "{\"affinity\":$all}"
	is "$(awk '$1 == "Cpus_allowed_list:" { print $2 }' "/proc/$PID/status")" "$(awk '$1 == "Cpus_allowed_list:" { print $2 }' /proc/self/status)"
}

# bats test_tags=cgroup
@test "exec begins on the initial CPUs, and tare has all of its own back" {
	several_cpus
	sleeping
	process '.execCPUAffinity = {initial: "1"} | .args = ["probe", "pause"]'
	background tare exec --pid-file "$TMP/exec.pid" --process "$TMP/process.json" "$ID"
	appears '^ready$' "$TMP/background"
	allowed() { awk '$1 == "Cpus_allowed_list:" { print $2 }' "$@" | sort -u; }
	# The program may be quicker than the end of tare's work.
	until_true 1000 eval '[ "$(allowed "/proc/$BACKGROUND/task/"*/status)" = "$(allowed /proc/self/status)" ]'
	# A cpuset that it is moved into may give it others.
	[ "$(version cpuset)" = v1 ] || is "$(allowed "/proc/$(cat "$TMP/exec.pid")/status")" 1
}

@test "exec with an affinity that no CPU is in fails and leaves nothing" {
	sleeping
	process '.execCPUAffinity = {initial: "8000-8191"}'
	fails 255 joined --process "$TMP/process.json" --pid-file "$TMP/exec.pid" "$ID"
	has "$output" '/process/execCPUAffinity/initial: cannot set the CPU affinity to 8000-8191: none of these CPUs is there'
	[ ! -e "$TMP/exec.pid" ]
	process '.execCPUAffinity = {final: "8191"}'
	fails 255 joined --process "$TMP/process.json" "$ID"
	has "$output" '/process/execCPUAffinity/final: cannot set the CPU affinity to 8191: none of these CPUs is there'
	process '.execCPUAffinity = {final: "3-"}'
	fails 255 joined --process "$TMP/process.json" "$ID"
	has "$output" '/process/execCPUAffinity/final: must be a list like 0-3,7, not "3-"'
}

@test "the personality LINUX32 shows a 32-bit machine, to exec as well" {
	config '.linux.personality = {domain: "LINUX32"}'
	is "$(world .personality.domain personality)" 8
	sleeping
	is "$(tare exec "$ID" probe world personality | jq -c .personality.domain)" 8
	lacks "$(tare exec "$ID" probe world personality)" "$(uname -m)"
}

@test "the personality LINUX takes back one that tare was started with" {
	config '.linux.personality = {domain: "LINUX"}'
	program probe world personality
	is "$(setarch linux32 --addr-no-randomize env TARE_TEST="$ID" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null | jq .personality.domain)" 0
}

@test "a personality that is unknown is refused, and every flag" {
	config '.linux.personality = {domain: "SVR4", flags: ["READ_IMPLIES_EXEC"]}'
	fails inside true
	has "$output" '/linux/personality/domain: must be LINUX or LINUX32, not "SVR4"' '/linux/personality/flags/0: unknown personality flag'
}

@test "the memory policy has its mode, nodes and flags, for exec as well" {
	[ -d /sys/devices/system/node/node0 ] || skip "missing: a kernel with NUMA"
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	is "$(world .memory_policy memory_policy)" '{"mode":32770,"nodes":[0]}'
	config '.linux.memoryPolicy = {mode: "MPOL_PREFERRED_MANY", nodes: "0-7"}'
	sleeping
	is "$(tare exec "$ID" probe world memory_policy | jq -c .memory_policy)" '{"mode":5,"nodes":[0]}'
}

@test "a memory policy without nodes, and none at all" {
	[ -d /sys/devices/system/node/node0 ] || skip "missing: a kernel with NUMA"
	is "$(world .memory_policy memory_policy)" '{"mode":0,"nodes":[]}'
	config '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}'
	is "$(world .memory_policy memory_policy)" '{"mode":4,"nodes":[]}'
}

@test "a memory policy works under a filter that forbids it" {
	[ -d /sys/devices/system/node/node0 ] || skip "missing: a kernel with NUMA"
	config '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"} | .linux.personality = {domain: "LINUX32"} |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["set_mempolicy", "personality"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	is "$(world .memory_policy.mode memory_policy)" 3
	config '.process.noNewPrivileges = false'
	is "$(world .memory_policy.mode memory_policy)" 3
}

@test "a memory policy with nodes that are not there fails with the cause" {
	[ -d /sys/devices/system/node/node0 ] || skip "missing: a kernel with NUMA"
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1023"}'
	fails inside true
	has "$output" '/linux/memoryPolicy: cannot set the memory policy to MPOL_BIND: ' 'none of the nodes is there' 'invalid argument'
	config '.linux.memoryPolicy = {mode: "MPOL_BIND"}'
	fails inside true
	has "$output" '/linux/memoryPolicy/nodes: must be set for MPOL_BIND'
}

@test "exec --process gives its terminal the size it asks for" {
	sleeping
	background "$PROBE" listen "$TMP/tty.sock"
	appears '^ready$' "$TMP/background"
	process '.terminal = true | .consoleSize = {height: 33, width: 111} | .args = ["stty", "size"]'
	apart tare exec --detach --process "$TMP/process.json" --console-socket "$TMP/tty.sock" "$ID"
	ended
	appears '^rows 33, columns 111$' "$TMP/background"
	appears '^33 111' "$TMP/background"
}

# What follows needs a host that runs a security module, or one that does not. That init writes labels where the
# kernel reads them is shown on every host by the tests of nsenter, with a directory that stands for procfs.

selinux() { [ -e /sys/fs/selinux/enforce ]; }

# profile NAME: loads an AppArmor profile that allows all but writing to /denied.
profile() {
	command -v apparmor_parser >/dev/null || skip "missing: apparmor_parser"
	printf 'profile %s flags=(attach_disconnected) { file, capability, network, mount, signal, ptrace, unix, deny /denied w, }' "$1" |
		apparmor_parser --replace
	profiles+=("$1")
}

prepare() { profiles=(); }
finish() {
	local name
	for name in "${profiles[@]}"; do echo "profile $name { }" | apparmor_parser --remove; done
}

# bats test_tags=vm
@test "the AppArmor profile confines the program, and that of exec" {
	apparmor || skip "missing: AppArmor"
	profile "tare-$ID"
	profile "tare-$ID-other"
	config '.process.apparmorProfile = $name' --arg name "tare-$ID"
	touch "$ROOTFS/denied"
	is "$(inside cat /proc/self/attr/apparmor/current)" "tare-$ID (enforce)"
	is "$(inside probe open /denied w || true)" EACCES
	sleeping
	is "$(tare exec "$ID" cat /proc/self/attr/apparmor/current)" "tare-$ID (enforce)"
	is "$(tare exec --apparmor "tare-$ID-other" "$ID" cat /proc/self/attr/apparmor/current)" "tare-$ID-other (enforce)"
	process '.apparmorProfile = "" | .args = ["cat", "/proc/self/attr/apparmor/current"]'
	is "$(tare exec --process "$TMP/process.json" "$ID")" unconfined
}

# bats test_tags=vm
@test "the AppArmor profile confines a program in a user namespace, and a hook of its image" {
	apparmor || skip "missing: AppArmor"
	profile "tare-$ID"
	local mappings='[{containerID: 0, hostID: 100000, size: 65536}]'
	config ".process.apparmorProfile = \$name | .linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = $mappings | .linux.gidMappings = $mappings |
		.hooks.startContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat /proc/self/attr/apparmor/current >/hooked\"]}]" --arg name "tare-$ID"
	chown 100000:100000 "$ROOTFS"
	is "$(inside cat /proc/self/attr/apparmor/current)" "tare-$ID (enforce)"
	is "$(cat "$ROOTFS/hooked")" "tare-$ID (enforce)"
	sleeping
	is "$(tare exec --user 1000:1000 "$ID" cat /proc/self/attr/apparmor/current)" "tare-$ID (enforce)"
}

# bats test_tags=vm
@test "an AppArmor profile that is not loaded is an error of create" {
	apparmor || skip "missing: AppArmor"
	config '.process.apparmorProfile = "tare-nosuch"'
	program true
	fails tare create --bundle "$BUNDLE" "$ID"
	has "$output" '/process/apparmorProfile: cannot write exec tare-nosuch to self/attr/apparmor/exec: no such file or directory'
}

# bats test_tags=selinux
@test "the SELinux label is that of the program and its keyring, and that of exec" {
	selinux || skip "missing: SELinux"
	local own label other
	own=$(tr -d '\0' </proc/self/attr/current)
	label=$(cut -d: -f1-3 <<<"$own"):s0:c1,c2 other=$(cut -d: -f1-3 <<<"$own"):s0:c3
	config '.process.selinuxLabel = $context' --arg context "$label"
	is "$(inside cat /proc/self/attr/current | tr -d '\0')" "$label"
	is "$(world .keyring.label keyring)" "$label"
	sleeping
	is "$(tare exec "$ID" cat /proc/self/attr/current | tr -d '\0')" "$label"
	is "$(tare exec --process-label "$other" "$ID" cat /proc/self/attr/current | tr -d '\0')" "$other"
	is "$(tare exec --process-label "$other" "$ID" probe world keyring | jq -r .keyring.label)" "$other"
}

# bats test_tags=selinux
@test "the mount label is that of new file systems, and of the message queue" {
	selinux || skip "missing: SELinux"
	command -v getfattr >/dev/null || skip "missing: getfattr"
	local own label other mount
	own=$(tr -d '\0' </proc/self/attr/current | cut -d: -f1-3)
	label=$own:s0:c1,c2 other=$own:s0:c2,c3
	config '.linux.mountLabel = $context | .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"},
		{destination: "/by-mount-2", type: "tmpfs", source: "tmpfs", options: ["silent"]},
		{destination: "/other", type: "tmpfs", source: "tmpfs", options: ["context=\"" + $other + "\""]}]' \
		--arg context "$label" --arg other "$other"
	sleeping
	label_of() { getfattr --absolute-names --only-values -n security.selinux "/proc/$PID/root/$1" | tr -d '\0'; }
	for mount in dev dev/pts dev/shm tmp dev/mqueue sys/firmware by-mount-2; do
		is "$mount $(label_of "$mount")" "$mount $label"
	done
	is "$(label_of other)" "$other"
	lacks "$(label_of proc) $(label_of sys)" c1
}

@test "a label of a security module that the host does not run is refused by name" {
	if ! apparmor; then
		config '.process.apparmorProfile = "containers-default"'
		fails inside true
		has "$output" '/process/apparmorProfile: AppArmor is not enabled on this host'
	fi
	if ! selinux; then
		config 'del(.process.apparmorProfile) | .process.selinuxLabel = "a:b:c:s0" | .linux.mountLabel = "a:b:c:s0"'
		fails inside true
		has "$output" '/process/selinuxLabel: SELinux is not enabled on this host' '/linux/mountLabel: SELinux is not enabled on this host'
	fi
	config 'del(.process.selinuxLabel, .linux.mountLabel, .process.apparmorProfile)'
	sleeping
	apparmor || { fails 255 joined --apparmor p "$ID" true && has "$output" '/process/apparmorProfile: AppArmor is not'; }
	selinux || { fails 255 joined --process-label l "$ID" true && has "$output" '/process/selinuxLabel: SELinux is not'; }
}

@test "plan shows what labels do on a host that runs the module" {
	config '.process.apparmorProfile = "containers-default" | .process.selinuxLabel = "a:b:c:s0:c1,c2" | .linux.mountLabel = "a:b:d:s0"'
	tare plan --print-facts "$BUNDLE" | jq '.appArmor = true | .selinux = true' >"$TMP/facts.json"
	run -0 tare plan --facts "$TMP/facts.json" "$BUNDLE"
	has "$output" 'open the procfs /proc' 'write exec containers-default to self/attr/apparmor/exec' \
		'write a:b:c:s0:c1,c2 to self/attr/keycreate' 'write a:b:c:s0:c1,c2 to self/attr/exec' 'context=a:b:d:s0' 'label mqueue a:b:d:s0'
}

@test "run.oci.keep_original_groups keeps the caller's groups, for exec as well" {
	config '.annotations["run.oci.keep_original_groups"] = "1"'
	program probe world ids
	with_groups() { setpriv --groups 7,8 env TARE_TEST="$ID" "$TARE" --root "$ROOT" "$@"; }
	is "$(with_groups run --bundle "$BUNDLE" "$ID" </dev/null | jq -c .ids.groups)" '[7,8]'
	config '.process.user.additionalGids = [5]'
	is "$(with_groups run --bundle "$BUNDLE" "$ID" 2>"$TMP/stderr" </dev/null | jq -c .ids.groups)" '[7,8]'
	has "$(cat "$TMP/stderr")" '/process/user/additionalGids: are left out: run.oci.keep_original_groups'
	config '.annotations["run.oci.keep_original_groups"] = "0"'
	is "$(with_groups run --bundle "$BUNDLE" "$ID" </dev/null | jq -c .ids.groups)" '[5]'
	config '.annotations["run.oci.keep_original_groups"] = "1" | del(.process.user.additionalGids)'
	sleeping
	is "$(with_groups exec "$ID" probe world ids | jq -c .ids.groups)" '[7,8]'
}

@test "groups that are kept reach files that no id of the user namespace could" {
	local mappings='[{containerID: 0, hostID: 100000, size: 65536}]'
	config ".annotations[\"run.oci.keep_original_groups\"] = \"1\" | .process.user = {uid: 1000, gid: 1000} |
		.linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = $mappings | .linux.gidMappings = $mappings"
	chown 100000:100000 "$ROOTFS"
	echo secret >"$ROOTFS/of-group-7"
	chgrp 7 "$ROOTFS/of-group-7"
	chmod 640 "$ROOTFS/of-group-7"
	program probe read /of-group-7
	is "$(setpriv --groups 7 env TARE_TEST="$ID" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null)" secret
	sleeping
	is "$(setpriv --groups 7 env TARE_TEST="$ID" "$TARE" --root "$ROOT" exec "$ID" probe read /of-group-7)" secret
	is "$(setpriv --clear-groups env TARE_TEST="$ID" "$TARE" --root "$ROOT" exec "$ID" probe read /of-group-7)" EACCES
}

@test "features names labels, memory policies and the annotation" {
	is "$(tare features | jq -c '.linux | [.apparmor.enabled, .selinux.enabled]')" '[true,true]'
	is "$(tare features | jq -c '.linux.memoryPolicy | [(.modes | length), (.flags | length)]')" '[7,3]'
	is "$(tare features | jq -c '.potentiallyUnsafeConfigAnnotations')" '["run.oci.keep_original_groups","org.systemd.property.","org.criu.config"]'
}
