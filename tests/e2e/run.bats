# tare run, and what a process finds itself to be.

load ../lib

@test "run gives the program's output, and ends with status 0" {
	run -0 --separate-stderr inside sh -c 'echo out; echo err >&2'
	is "$output" out
	is "$stderr" err
}

@test "run ends with the program's status" {
	program sh -c 'exit 42'
	run -42 tare run --bundle "$BUNDLE" "$ID"
	is "$output" ""
}

@test "run ends with 128 and the signal that killed the program" {
	program probe signal
	background tare run --bundle "$BUNDLE" "$ID"
	appears ready "$TMP/background"
	tare kill "$ID" KILL
	local status=0
	ended || status=$?
	is "$status" 137
}

@test "run passes standard input on, and its end" {
	program cat
	is "$(printf 'one\ntwo\n' | tare run --bundle "$BUNDLE" "$ID")" $'one\ntwo'
}

@test "run takes the bundle from the working directory" {
	program echo here
	cd "$BUNDLE"
	is "$(tare run "$ID" </dev/null)" here
}

@test "a signal while the container is made ends neither tare nor the container" {
	program probe signal
	mkfifo "$TMP/gate"
	config '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "echo >\($gate).reached; cat \($gate)"]}]}' --arg gate "$TMP/gate"
	background tare run --bundle "$BUNDLE" "$ID"
	until_true 1000 test -e "$TMP/gate.reached"
	kill -USR1 "$BACKGROUND"
	: >"$TMP/gate"
	appears ready "$TMP/background"
	kill -USR2 "$BACKGROUND"
	appears "^12$" "$TMP/background"
	tare kill "$ID" KILL
	local status=0
	ended || status=$?
	is "$status" 137
}

@test "run forwards signals to the program" {
	program probe signal
	background tare run --bundle "$BUNDLE" "$ID"
	appears ready "$TMP/background"
	forwards 1 2 3 10 12 28 35 64 15
	ended
}

@test "run adopts what the container leaves behind, and still gives the program's status" {
	# Without a pid namespace the daemon outlives the program.
	config '.linux.namespaces |= map(select(.type != "pid"))'
	program sh -c 'sleep 100 & exit 3'
	run -3 tare run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>&1 3>&-
}

@test "run --detach returns while the program runs" {
	sleeping
	is "$(status_of)" running
	kill -0 "$PID"
}

@test "run --pid-file writes the pid without a newline" {
	sleeping
	is "$(wc -c <"$TMP/pid")" ${#PID}
	is "$(tare state "$ID" | jq .pid)" "$PID"
	has "$(tr '\0' ' ' <"/proc/$PID/cmdline")" 'probe pause'
}

@test "run --keep leaves the stopped container" {
	doomed "$ID"
	program true
	tare run --keep --bundle "$BUNDLE" "$ID"
	is "$(status_of)" stopped
	is "$(tare state "$ID" | jq .pid)" 0
	tare delete "$ID"
	fails tare state "$ID"
}

@test "run deletes the container at its end" {
	inside true
	fails tare state "$ID"
	has "$output" 'does not exist'
}

@test "an id is taken until its container is deleted" {
	sleeping
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" 'exists already'
	is "$(status_of)" running
}

@test "no descriptor but the standard ones reaches the program" {
	exec 9</etc/passwd
	is "$(world '.fds | keys | join(" ")' fds)" "0 1 2"
	exec 9<&-
}

@test "run --preserve-fds hands down as many descriptors as it says" {
	echo three >"$TMP/3" && echo four >"$TMP/4"
	program sh -c 'cat <&3; cat <&4; test -e /proc/self/fd/5; echo $?'
	run tare run --preserve-fds 2 --bundle "$BUNDLE" "$ID" 3<"$TMP/3" 4<"$TMP/4" 5<"$TMP/4"
	is "$output" $'three\nfour\n1'
}

@test "run --preserve-fds refuses a descriptor that is not open" {
	fails tare run --preserve-fds 200 --bundle "$BUNDLE" "$ID"
	has "$output" 'is not open'
}

@test "a program gets a session keyring named after its container" {
	has "$(world .keyring.description keyring)" "_ses.$ID"
}

@test "run --no-new-keyring keeps the caller's session keyring" {
	program probe world keyring
	tare run --no-new-keyring --bundle "$BUNDLE" "$ID" >"$TMP/world"
	lacks "$(cat "$TMP/world")" "_ses.$ID"
	is "$(jq .keyring.serial "$TMP/world")" "$("$PROBE" world keyring | jq .keyring.serial)"
}

@test "run --no-pivot gives the same root, and nothing of the host's mounts" {
	program sh -c 'ls /; cat /proc/self/mountinfo'
	run -0 tare run --no-pivot --bundle "$BUNDLE" "$ID"
	is "${lines[*]:0:3}" "bin dev etc"
	lacks "$output" "$TMP " /cgroup/unified/ " /tmp "
	is "$(awk '$5 == "/"' <<<"$output" | wc -l)" 1
}

@test "the environment is the config's, with HOME from the passwd file" {
	config '.process.env = ["PATH=/bin", "A=1", "A=2", "EMPTY="]'
	is "$(world '.env | sort | join(" ")' env)" "A=2 EMPTY= HOME=/root PATH=/bin"
	config '.process.user.uid = 1000'
	is "$(world '.env | map(select(startswith("HOME="))) | .[]' env)" HOME=/home
	config '.process.env += ["HOME=/tmp"]'
	is "$(world '.env | map(select(startswith("HOME="))) | .[]' env)" HOME=/tmp
}

@test "the program is looked for in the config's PATH" {
	mkdir "$ROOTFS/other" && mv "$ROOTFS/bin/probe" "$ROOTFS/other/special"
	config '.process.env = ["PATH=/bin:/other"]'
	has "$(inside special world cwd)" '"cwd":"/"'
}

@test "a program that is not there is named in the words of engines" {
	fails inside /no/such/program
	has "$output" 'no such file or directory' /no/such/program
	fails inside nosuchprogram
	has "$output" nosuchprogram
	[[ $output == *"executable file not found in"* || $output == *"no such file or directory"* ]]
}

@test "a program that may not be executed is named in the words of engines" {
	echo x >"$ROOTFS/bin/plain"
	fails inside /bin/plain
	has "$output" 'permission denied' /bin/plain
	# execve(2) of a directory gives EACCES.
	fails inside /etc
	has "$output" /etc
	[[ $output == *"is a directory"* || $output == *"permission denied"* ]]
}

@test "the working directory is made if it is not there" {
	config '.process.cwd = "/some/where"'
	is "$(world .cwd cwd)" /some/where
	is "$(stat -c '%a %u' "$ROOTFS/some/where")" "755 0"
}

@test "user, group and additional groups are the config's" {
	config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 1002]}'
	is "$(world .ids ids)" '{"uid":[1000,1000,1000],"gid":[1001,1001,1001],"groups":[5,1002]}'
}

@test "no group of the caller is left to the program" {
	program probe world ids
	is "$(setpriv --groups 7,8 env TARE_TEST="$ID" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" | jq -c .ids.groups)" '[]'
}

@test "the umask is the config's, or 0022" {
	umask 0
	is "$(world .umask umask)" 0022
	config '.process.user.umask = 63'
	is "$(world .umask umask)" 0077
	config '.process.user.umask = 0'
	is "$(world .umask umask)" 0000
}

@test "resource limits are the config's" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_FSIZE", soft: 4096, hard: 8192}]'
	is "$(world '[.rlimits | .nofile, .core, .fsize]' rlimits)" '[[100,200],[0,0],[4096,8192]]'
}

@test "the OOM score is the config's" {
	config '.process.oomScoreAdj = 321'
	is "$(world .oom_score_adj oom_score_adj)" 321
}

# bats test_tags=vm
@test "hard limits are raised, and the OOM score is lowered, in a user namespace as well" {
	has_resource_capability || skip "missing: CAP_SYS_RESOURCE"
	ulimit -n 512
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1024, hard: 4096}] | .process.oomScoreAdj = -321'
	is "$(world '[.rlimits.nofile, .oom_score_adj]' rlimits oom_score_adj)" '[[1024,4096],"-321"]'
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	chown 100000 "$ROOTFS"
	is "$(world '[.rlimits.nofile, .oom_score_adj]' rlimits oom_score_adj)" '[[1024,4096],"-321"]'
}

@test "no_new_privs is the config's" {
	is "$(world .no_new_privs no_new_privs)" 1
	config '.process.noNewPrivileges = false'
	is "$(world .no_new_privs no_new_privs)" 0
}

@test "root has what is permitted and in the bounding set, and nothing inheritable or ambient unless the config says so" {
	config '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"]}'
	is "$(world .capabilities capabilities)" '{"inheritable":"0000000000000000","permitted":"0000000000000020","effective":"0000000000000020","bounding":"0000000000000021","ambient":"0000000000000000"}'
}

@test "root gains the whole bounding set where no_new_privs does not forbid it" {
	config '.process.noNewPrivileges = false |
		.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"]}'
	is "$(world '.capabilities | .permitted, .effective' capabilities)" $'0000000000000021\n0000000000000021'
}

@test "an ordinary user has no capabilities but the ambient ones" {
	config '.process.user.uid = 1000 | .process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_FOWNER"],
		permitted: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"], inheritable: ["CAP_KILL", "CAP_CHOWN"], ambient: ["CAP_KILL"]}'
	is "$(world .capabilities capabilities)" '{"inheritable":"0000000000000021","permitted":"0000000000000020","effective":"0000000000000020","bounding":"0000000000000029","ambient":"0000000000000020"}'
	config 'del(.process.capabilities.ambient)'
	is "$(world '.capabilities | .permitted, .effective, .inheritable' capabilities)" $'0000000000000000\n0000000000000000\n0000000000000021'
}

@test "without capabilities in the config there are none" {
	config 'del(.process.capabilities)'
	is "$(world '.capabilities | map(.) | unique | .[]' capabilities)" 0000000000000000
}

@test "signal dispositions and masks of the caller are not the program's" {
	program probe world signals
	is "$(env --ignore-signal=PIPE --ignore-signal=INT --block-signal=USR1 TARE_TEST="$ID" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" | jq -c .signals)" \
		'{"blocked":"0000000000000000","ignored":"0000000000000000","caught":"0000000000000000"}'
}

@test "the program is not tied to tare's death, and can be dumped" {
	is "$(world '[.death_signal, .dumpable]' death_signal dumpable)" '[0,1]'
}

@test "the program is process 1 and leads its session" {
	is "$(world '.session | [.pid, .ppid, .pgrp, .sid]' session)" '[1,0,1,1]'
}

@test "the program's file is the container's" {
	is "$(world .exe exe)" /bin/probe
}

@test "hostname and domainname are the config's and do not reach the host" {
	config '.hostname = "abc" | .domainname = "example.org"'
	local host
	host=$(hostname)
	is "$(world .host host)" '{"hostname":"abc","domainname":"example.org"}'
	is "$(hostname)" "$host"
}

@test "sysctls are set in the container's namespaces" {
	config '.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "81", "kernel.msgmax": "4242", "net/ipv4/ip_default_ttl": "42"}'
	is "$(inside cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_default_ttl)" $'81\n4242\n42'
	lacks "$(cat /proc/sys/kernel/msgmax)" 4242
}

@test "a sysctl that belongs to the host is refused" {
	config '.linux.sysctl = {"kernel.panic": "3"}'
	fails inside true
	has "$output" /linux/sysctl
}

@test "masked paths: files are empty, directories too, and what is not there is no fault" {
	mkdir "$ROOTFS/hidden" && echo secret | tee "$ROOTFS/hidden/file" >"$ROOTFS/secret"
	config '.linux.maskedPaths = ["/hidden", "/secret", "/missing"]'
	is "$(inside sh -c 'ls /hidden; cat /secret; stat -c "%t:%T %F" /secret')" "1:3 character special file"
	is "$(inside probe create /hidden/new)" EROFS || true
	fails inside probe create /hidden/new
	is "$output" EROFS
}

@test "read-only paths refuse writing, their neighbours do not" {
	mkdir "$ROOTFS/var/fixed"
	config '.linux.readonlyPaths = ["/var/fixed", "/missing"]'
	fails inside probe create /var/fixed/new
	is "$output" EROFS
	is "$(inside probe create /var/new)" ok
}

@test "a read-only root refuses writing, its mounts do not" {
	config '.root.readonly = true'
	fails inside probe create /new
	is "$output" EROFS
	is "$(inside probe create /dev/shm/new)" ok
}

@test "seccomp gives the errno of a rule" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mknod", "mknodat"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
	fails inside probe mknod /tmp/x p 0 0
	is "$output" EPROTO
	is "$(world .seccomp seccomp)" 2
}

# What a static program of little ambition needs.
ALLOWED='["read", "write", "close", "fstat", "newfstatat", "mmap", "mprotect", "munmap", "brk", "rt_sigaction", "rt_sigprocmask",
	"ioctl", "access", "faccessat", "execve", "exit", "exit_group", "arch_prctl", "set_tid_address", "set_robust_list", "rseq",
	"prlimit64", "readlink", "readlinkat", "getrandom", "open", "openat", "futex", "capget", "capset", "prctl"]'

@test "seccomp gives the default errno to old calls that are not listed, and ENOSYS to those newer than the profile" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 71, syscalls: [{names: $allowed, action: "SCMP_ACT_ALLOW"}]}' \
		--argjson allowed "$ALLOWED"
	fails inside probe mknod /tmp/x p 0 0
	is "$output" EPROTO
	fails inside probe syscall 700
	is "$output" ENOSYS
}

@test "seccomp kills a process that calls what is forbidden on pain of death" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mknod", "mknodat"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	fails 159 inside probe mknod /tmp/x p 0 0
}

@test "seccomp rules hold for calls of the architectures that are listed, and other calls are deadly" {
	[ "$("$PROBE" int80 20 0)" = ok ] || skip "missing: system calls of 32-bit programs (int \$0x80)"
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
		syscalls: [{names: ["umask"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
	is "$(inside probe int80 60 18)" EPROTO
	is "$(inside probe int80 20 0)" ok # getpid
	config '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64"]'
	fails 159 inside probe int80 20 0
}

@test "with SECCOMP_FILTER_FLAG_LOG the kernel logs the calls that are refused, without it none" {
	dmesg >"$TMP/dmesg" 2>&1 || skip "missing: the right to read the kernel's log"
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: [], syscalls: [{names: ["mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
	# A record has the name of the program. The action LOG has one on every kernel that keeps any.
	cp "$PROBE" "$ROOTFS/bin/always$$"
	config '.linux.seccomp.syscalls[0] |= (.action = "SCMP_ACT_LOG" | del(.errnoRet))'
	inside "always$$" interruptible /new
	until_true 100 logged "always$$" || skip "missing: records of seccomp in the kernel's log"
	config '.linux.seccomp.syscalls[0] |= (.action = "SCMP_ACT_ERRNO" | .errnoRet = 71)'
	cp "$PROBE" "$ROOTFS/bin/quiet$$"
	cp "$PROBE" "$ROOTFS/bin/loud$$"
	fails inside "quiet$$" interruptible /new
	is "$output" EPROTO
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_LOG"]'
	# The log leaves records out when there are many at once.
	loud() { fails inside "loud$$" interruptible /new && is "$output" EPROTO && until_true 100 logged "loud$$"; }
	until_true 10 loud
	! logged "quiet$$"
}

logged() { dmesg | grep -q "type=1326 .*comm=\"$1\""; }

@test "seccomp compares arguments" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["umask"], action: "SCMP_ACT_ERRNO", errnoRet: 71,
		args: [{index: 0, value: 63, op: "SCMP_CMP_EQ"}]}]}'
	fails inside sh -c 'umask 077; umask | grep -qx 0022 && exit 1'
	is "$(inside sh -c 'umask 022; umask')" 0022
	# 7 of the mask that is asked for must be 7: what the others may do.
	config '.linux.seccomp.syscalls[0].args = [{index: 0, value: 7, valueTwo: 7, op: "SCMP_CMP_MASKED_EQ"}]'
	fails inside sh -c 'umask 027; umask | grep -qx 0022 && exit 1'
	is "$(inside sh -c 'umask 072; umask')" 0072
}
