# tare plan: what will happen, printed before it happens, by anybody.

load ../lib

# numbers: those of a printed plan's steps, one a line; folded lines have several.
numbers() { awk '{ split($1, n, "-"); for (i = n[1]; i <= (n[2] ? n[2] : n[1]); i++) print i }'; }

# nobody COMMAND...: runs it as an ordinary user, with no directory of its own.
nobody() { env -u XDG_RUNTIME_DIR setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

@test "the plan of tare spec has at most 60 lines, each with its step, actor and words" {
	mkdir "$TMP/example"
	tare spec --bundle "$TMP/example"
	run -0 --separate-stderr tare plan "$TMP/example"
	is "$stderr" ""
	[ "${#lines[@]}" -le 60 ]
	[ "${#lines[@]}" -ge 30 ]
	local line
	for line in "${lines[@]}"; do
		[[ $line =~ ^\ *[0-9]+(-[0-9]+)?\ +(parent|init|both)\ +[a-z] ]] || {
			echo "$line"
			return 1
		}
	done
	has "$output" 'execute sh' 'pivot to the new root' 'mount proc on /proc' /process/args /root/path
	is "$(numbers <<<"$output")" "$(seq "$(numbers <<<"$output" | tail -1)")"
}

@test "the bundle is the working directory unless one is named" {
	cd "$BUNDLE"
	is "$(tare plan)" "$(tare plan "$BUNDLE")"
	is "$(tare plan .)" "$(tare plan "$BUNDLE")"
	cd "$TMP"
	fails tare plan
	has "$output" "$TMP/config.json"
	fails tare plan "$BUNDLE" "$BUNDLE"
}

@test "--json has the same steps, with whole operands" {
	config '.process.env += ["LONG=" + "x" * 5000]'
	tare plan "$BUNDLE" >"$TMP/plan"
	tare plan --json "$BUNDLE" >"$TMP/plan.json"
	is "$(jq -r '.steps[].number' "$TMP/plan.json")" "$(numbers <"$TMP/plan")"
	is "$(jq -c '[.steps[].actor] | unique' "$TMP/plan.json")" '["both","init","parent"]'
	jq -e 'all(.steps[]; (.step | length > 0) and (.text | length > 0) and (.pointer | type == "string"))' "$TMP/plan.json"
	is "$(jq -r '.steps[-1].step' "$TMP/plan.json")" exec
	has "$(jq -c '.steps[-1]' "$TMP/plan.json")" "LONG=$(printf '%05000d' 0 | tr 0 x)"
	[ "$(wc -c <"$TMP/plan")" -lt 20000 ]
}

@test "a plan is the same every time" {
	is "$(tare plan --json "$BUNDLE")" "$(tare plan --json "$BUNDLE")"
}

# bats test_tags=cgroup
@test "--id and the state root are in the plan" {
	tare plan --id "$ID" "$BUNDLE" >"$TMP/plan"
	has "$(cat "$TMP/plan")" "claim the state directory $ROOT/$ID" "listen for start on $ROOT/$ID/start.sock"
	[ -n "${TARE_SYSTEMD:-}" ] || has "$(tare plan --json --id "$ID" "$BUNDLE" | jq -r '.steps[] | select(.step == "cgroup") | .directories[]')" "/$ID"
}

@test "--run leaves out the wait for start with what it takes, and nothing else" {
	diff <(tare plan --json "$BUNDLE" | jq -r '.steps[].text') <(tare plan --json --run "$BUNDLE" | jq -r '.steps[].text') >"$TMP/diff" || true
	is "$(grep -c '^<' "$TMP/diff")" 3
	is "$(grep -c '^>' "$TMP/diff")" 0
	has "$(cat "$TMP/diff")" 'listen for start' 'find the program' 'wait for start'
}

@test "a change of the config is a change of its steps" {
	tare plan --json "$BUNDLE" >"$TMP/before"
	config '.hostname = "else" | .mounts += [{destination: "/data", type: "tmpfs", source: "x", options: ["ro", "size=1m"]}]'
	diff <(jq -r '.steps[].text' "$TMP/before") <(tare plan --json "$BUNDLE" | jq -r '.steps[].text') >"$TMP/diff" || true
	is "$(grep '^[<>]' "$TMP/diff")" $'< set the hostname to tare\n> set the hostname to else\n> mount tmpfs on /data\n> attach tmpfs to /data'
}

# planned POINTER: the step that the failure in $output names has that pointer in the plan.
planned() {
	[[ $output =~ \(step\ ([0-9]+),\ ([a-z]+)\)$ ]]
	is "$(tare plan --json --run --id "$ID" "$BUNDLE" | jq -c --argjson n "${BASH_REMATCH[1]}" '.steps[$n - 1] | [.number, .step, .pointer]')" \
		"[${BASH_REMATCH[1]},\"${BASH_REMATCH[2]}\",\"$1\"]"
}

@test "a step that fails, be it tare's or init's, is the step of the plan" {
	config '.mounts += [{destination: "/x", type: "tmpfs", source: "tmpfs", options: ["size=nonsense"]}]'
	fails tare run --bundle "$BUNDLE" "$ID"
	planned /mounts/7
	config '.mounts[7] = {destination: "/x", type: "bind", source: "/no/such", options: ["bind"]}'
	fails tare run --bundle "$BUNDLE" "$ID"
	planned /mounts/7
	config '.mounts |= .[:7] | .process.args = ["/no/such"]'
	fails tare run --bundle "$BUNDLE" "$ID"
	planned /process/args
}

# bats test_tags=cgroup
@test "printing a plan changes nothing" {
	cp -a "$BUNDLE" "$TMP/copy"
	find "$BUNDLE" -printf '%p %s %T@ %C@ %m\n' | sort >"$TMP/files.before"
	find /sys/fs/cgroup -type d -name "*$ID*" >"$TMP/cgroups.before"
	config '.process.cwd = "/made/if/run" | .hooks = {createRuntime: [{path: $hook}]} | .mounts += [{destination: "/also", type: "tmpfs", source: "x"}] | .hostname = "never-set"' \
		--arg hook "$TMP/hook"
	printf '#!/bin/sh\n: >%s/ran\n' "$TMP" >"$TMP/hook"
	chmod 755 "$TMP/hook"
	tare plan --id "$ID" "$BUNDLE" >"$TMP/plan"
	tare plan --json --run --id "$ID" "$BUNDLE" >"$TMP/plan"
	tare plan --print-facts "$BUNDLE" >"$TMP/facts"
	[ ! -e "$ROOT" ]
	[ ! -e "$TMP/ran" ]
	is "$(find "$ROOTFS" -printf '%p %s %T@ %C@ %m\n' | sort)" "$(grep "^$ROOTFS" "$TMP/files.before")"
	is "$(find /sys/fs/cgroup -type d -name "*$ID*")" ""
	is "$(</proc/self/mountinfo)" "$mounts_before"
	lacks "$(hostname)" never-set
}

@test "a wrong config is refused as create does, with nothing on stdout" {
	config '.process.args = [] | .root.path = ""'
	local status=0
	tare plan "$BUNDLE" >"$TMP/out" 2>"$TMP/err" || status=$?
	is "$status" 1
	is "$(cat "$TMP/out")" ""
	apart tare create --bundle "$BUNDLE" "$ID" || true
	is "$(cat "$TMP/err")" "$(cat "$TMP/stderr")"
	has "$(cat "$TMP/err")" /process/args: /root/path:
}

@test "what a config asks for in vain is a warning of its plan" {
	config '.process.capabilities.bounding += ["CAP_FOO"]'
	run -0 --separate-stderr tare plan "$BUNDLE"
	has "$stderr" 'tare: warning: ' CAP_FOO
	lacks "$output" CAP_FOO
}

# The facts

# bats test_tags=cgroup
@test "--print-facts says what the plan depends on, and --facts gives the same plan" {
	tare plan --print-facts "$BUNDLE" >"$TMP/facts"
	[ "$VIEW" = host ] || is "$(jq -r .cgroups.mode "$TMP/facts")" "$VIEW"
	is "$(jq '.effectiveUID, .effectiveGID' "$TMP/facts" | xargs)" "0 0"
	is "$(jq -r .home "$TMP/facts")" /root
	is "$(tare plan --facts "$TMP/facts" --json "$BUNDLE")" "$(tare plan --json "$BUNDLE")"
	config '.process.user.uid = 1000 | .mounts += [{destination: "/etc/hosts", type: "bind", source: "/etc/hosts", options: ["rbind", "ro"]}]'
	tare plan --print-facts "$BUNDLE" >"$TMP/facts"
	is "$(jq -r .home "$TMP/facts")" /home
	is "$(tare plan --facts "$TMP/facts" --json "$BUNDLE")" "$(tare plan --json "$BUNDLE")"
}

@test "--print-facts without a bundle needs none" {
	cd /
	tare plan --print-facts | jq -e 'has("cgroups") and has("capabilities") and (has("home") | not)'
}

# bats test_tags=cgroup
@test "--facts of another host gives its plan" {
	tare plan --print-facts "$BUNDLE" >"$TMP/facts"
	jq '.cgroups = {mode: "v2", unified: "/sys/fs/cgroup", own: {"": "/"}, available: ["cpu", "memory", "pids"]} | .capabilities = 0' "$TMP/facts" >"$TMP/other"
	config '.linux.resources.memory.limit = 1048576'
	tare plan --facts "$TMP/other" "$BUNDLE" >"$TMP/plan"
	has "$(cat "$TMP/plan")" 'set memory.max to 1048576' 'clone the mount of /dev/null'
	lacks "$(cat "$TMP/plan")" memory.limit_in_bytes 'make the device'
	jq '.cgroups = {mode: "v1", v1: {devices: "/sys/fs/cgroup/devices", memory: "/sys/fs/cgroup/memory"}, own: {devices: "/", memory: "/"}}' "$TMP/facts" >"$TMP/other"
	tare plan --facts "$TMP/other" "$BUNDLE" >"$TMP/plan"
	has "$(cat "$TMP/plan")" 'set memory.limit_in_bytes to 1048576' 'move init into the cgroup'
	lacks "$(cat "$TMP/plan")" memory.max
}

@test "facts that are not there, or none, are refused" {
	fails tare plan --facts "$TMP/nothing" "$BUNDLE"
	has "$output" --facts "$TMP/nothing"
	local garbage
	for garbage in '' '{' '[]' '{"cgroups": 1}'; do
		printf '%s' "$garbage" >"$TMP/facts"
		fails tare plan --facts "$TMP/facts" "$BUNDLE"
		has "$output" --facts "$TMP/facts"
		is "${#lines[@]}" 1
	done
}

# Without privileges

@test "anybody can print the plan that root would carry out" {
	tare plan --print-facts "$BUNDLE" >"$TMP/facts"
	cp "$TARE" "$TMP/tare"
	run -0 --separate-stderr nobody "$TMP/tare" --root "$ROOT" plan --facts "$TMP/facts" --id "$ID" "$BUNDLE"
	is "$stderr" ""
	is "$output" "$(tare plan --id "$ID" "$BUNDLE")"
	[ ! -e "$ROOT" ]
}

# bats test_tags=cgroup
@test "anybody can print their own plan" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 65534, size: 1}] | .linux.gidMappings = .linux.uidMappings |
		del(.linux.resources) | .mounts |= map(select(.type != "cgroup" and .type != "mqueue" and .type != "devpts")) | .process.user.additionalGids = []'
	cp "$BINARY" "$TMP/tare"
	run -0 --separate-stderr nobody "$TMP/tare" --root "$ROOT" plan --id "$ID" "$BUNDLE"
	has "$output" user /linux/uidMappings 'execute sh'
	nobody "$TMP/tare" plan --print-facts | jq -e '.effectiveUID == 65534'
}

@test "a plan that only root could carry out is refused to others, and says why" {
	cp "$BINARY" "$TMP/tare"
	fails nobody "$TMP/tare" --root "$ROOT" plan "$BUNDLE"
	has "$output" /linux/namespaces user root
	is "${#lines[@]}" 1
}

# exec

@test "--exec prints what exec would do in a container" {
	sleeping
	tare plan --exec "$ID" >"$TMP/plan"
	has "$(cat "$TMP/plan")" 'execute probe' "$ID"
	lacks "$(cat "$TMP/plan")" 'claim ' 'pivot' 'mount proc'
	[ "$(wc -l <"$TMP/plan")" -le 25 ]
	is "$(tare plan --json --exec "$ID" | jq -r '.steps[].number')" "$(numbers <"$TMP/plan")"
	jq '.process | .args = ["echo", "from a file"] | .cwd = "/tmp" | .user.uid = 1000' "$BUNDLE/config.json" >"$TMP/process.json"
	tare plan --exec "$ID" --process "$TMP/process.json" --pid-file "$TMP/exec.pid" >"$TMP/plan"
	has "$(cat "$TMP/plan")" 'execute echo' /tmp 'become uid 1000' "$TMP/exec.pid"
	[ ! -e "$TMP/exec.pid" ]
	is "$(tare ps --format json "$ID" | jq -c .)" "[$PID]"
}

@test "a step of exec that fails is the step of its plan" {
	sleeping
	jq '.process | .args = ["true"] | .cwd = "/no/such"' "$BUNDLE/config.json" >"$TMP/process.json"
	fails 255 tare exec --process "$TMP/process.json" "$ID"
	[[ $output =~ \(step\ ([0-9]+),\ ([a-z]+)\)$ ]]
	is "$(tare plan --json --exec "$ID" --process "$TMP/process.json" | jq -c --argjson n "${BASH_REMATCH[1]}" '.steps[$n - 1] | [.number, .step, .pointer]')" \
		"[${BASH_REMATCH[1]},\"${BASH_REMATCH[2]}\",\"/process/cwd\"]"
}

@test "--exec of a container that does not exist says so" {
	fails tare plan --exec "$ID"
	has "$output" 'does not exist'
}
