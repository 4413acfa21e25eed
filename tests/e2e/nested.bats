# Containers in a container: tare of its own in one that has a user namespace, made by root
# or by an ordinary user.

load ../lib

# The outer container has the whole of /proc and /sys, as the kernel wants it of who is to mount
# new ones, and all capabilities in its user namespace. In /inner is a bundle like its own.
prepare() {
	cp "$BINARY" "$ROOTFS/bin/tare"
	mkdir -p "$ROOTFS/inner/rootfs" "$ROOTFS/run"
	cp -a "$BATS_FILE_TMPDIR/rootfs/." "$ROOTFS/inner/rootfs"
	cp "$BUNDLE/config.json" "$TMP/inner.json"
	config '.process.capabilities = {bounding: $all, effective: $all, permitted: $all} | del(.linux.maskedPaths, .linux.readonlyPaths)
		| .linux.namespaces |= map(select(.type != "user")) + [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]' \
		--argjson all "$("$TARE" features | jq .linux.capabilities)"
	inner .
	chown -R 100000:200000 "$ROOTFS"
}

# inner EXPRESSION [JQ-OPTION...]: changes the inner bundle's config.json.
inner() {
	local expression=$1
	shift
	jq "$@" "$expression" "$TMP/inner.json" >"$TMP/inner.new" && mv "$TMP/inner.new" "$TMP/inner.json" || return
	cp "$TMP/inner.json" "$ROOTFS/inner/config.json"
}

# in_inner COMMAND...: prints what it does in the inner container.
in_inner() {
	inner '.process.args = $args' --argjson args "$(list "$@")"
	inside tare --root /run/tare run --bundle /inner inner
}

# user_namespace SIZE: the inner container has one of its own, too.
user_namespace() {
	inner '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: $n}] | .linux.gidMappings = .linux.uidMappings' --argjson n "$1"
}

@test "a container runs in a container with a user namespace" {
	is "$(in_inner sh -c 'id -u; hostname; echo $$; cat /proc/self/uid_map' | tr -s ' ')" $'0\ntare\n1\n 0 100000 65536'
	in_inner cat /proc/self/mountinfo >"$TMP/mountinfo"
	is "$(awk '$5 ~ /^\/(dev|dev\/pts|dev\/mqueue|dev\/shm|proc|sys)$/ { print $5 }' "$TMP/mountinfo" | sort | xargs)" "/dev /dev/mqueue /dev/pts /dev/shm /proc /sys"
}

@test "a container with a user namespace runs in a container with one" {
	user_namespace 1000
	is "$(in_inner sh -c 'cat /proc/self/uid_map; id -u' | tr -s ' ')" $' 0 0 1000\n0'
	is "$(in_inner probe create /tmp/new)" ok
	is "$(stat -c %u:%g "$ROOTFS/inner/rootfs/tmp/new")" 100000:200000
}

@test "a nested container has the devices of the outer one, which it cannot make" {
	inner '.linux.devices = [{path: "/dev/full2", type: "c", major: 1, minor: 7}]'
	fails in_inner true
	has "$output" "/linux/devices/0: " "/dev/full2"
	inner '.linux.devices = []'
	is "$(in_inner sh -c 'for d in null zero full random urandom; do probe open /dev/$d rw; done' | sort -u)" ok
	is "$(in_inner probe stat /dev/null | awk '{ print $3 }')" 1:3
}

@test "a nested container goes through its whole life, with exec, a terminal, kill and delete" {
	user_namespace 1000
	inner '.process.args = ["probe", "pause"]'
	inside sh -ec '
		t="tare --root /run/tare"
		$t create --bundle /inner --pid-file /run/pid a >/dev/null 2>&1 </dev/null
		$t state a | grep -w status
		$t start a
		$t state a | grep -w status
		$t exec a id -u
		$t exec --user 5:6 a sh -c "id -u; id -g"
		$t exec --tty a tty </dev/null
		$t exec a sh -c "exit 7" || echo $?
		$t delete a 2>/dev/null || echo running
		$t kill a KILL
		while kill -0 $(cat /run/pid) 2>/dev/null && ! grep -q "^State:.Z" /proc/$(cat /run/pid)/status; do sleep 0.01; done
		$t delete a
		$t list -q' >"$TMP/life"
	is "$(tr -d '\r' <"$TMP/life" | sed 's/^ *//')" $'"status": "created",\n"status": "running",\n0\n5\n6\n/dev/pts/0\n7\nrunning'
}

@test "where a part of /proc or /sys is hidden a nested user namespace is told that the kernel shows no more" {
	local cause="the host's own is masked or read-only in parts, and in a user namespace no more of it may be seen: operation not permitted"
	config '.linux.maskedPaths = ["/proc/uptime"]'
	in_inner true # which could take the mask away
	user_namespace 1000
	fails in_inner true
	has "$output" "/mounts/0: cannot mount proc on /proc: $cause"
	config '.linux.maskedPaths = ["/sys/firmware"]'
	fails in_inner true
	has "$output" "cannot mount sysfs on /sys: $cause"
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = ["/proc/sys"]'
	fails in_inner true
	has "$output" "cannot mount proc on /proc: $cause"
	# Beside them there is the outer one's.
	inner '.mounts |= map(if .destination == "/proc" then {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end)
		| .linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	is "$(in_inner sh -c 'id -u; probe create /proc/sys/x' | head -n 1)" 0
}

# The outer container's filter sees how the inner one's is loaded: it refuses a flag, and names it so.
@test "the flags of a seccomp profile are those with which the kernel is given the filter" {
	local filter='{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}' name bit
	while read -r name bit; do
		config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["seccomp"], action: "SCMP_ACT_ERRNO", errnoRet: 71,
			args: [{index: 1, value: $bit, valueTwo: $bit, op: "SCMP_CMP_MASKED_EQ"}]}]}' --argjson bit "$bit"
		inner ".linux.seccomp = $filter | .linux.seccomp.flags = []"
		in_inner true
		inner '.linux.seccomp.flags = [$name]' --arg name "SECCOMP_FILTER_FLAG_$name"
		fails in_inner true
		has "$output" "/linux/seccomp: " "rotocol error"
	done <<-END
		TSYNC 1
		LOG 2
		SPEC_ALLOW 4
	END
	# Who says nothing of flags gets this one.
	inner 'del(.linux.seccomp.flags)'
	fails in_inner true
	has "$output" "/linux/seccomp: " "rotocol error"
}
