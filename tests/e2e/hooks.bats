# The hooks of a config: when, where and with what they run, and what a failing one means.

load ../lib

ALL="prestart createRuntime createContainer startContainer poststart poststop"

# What hooks tell goes to $TOLD, which is /told in the container: order has a
# line for each, NAME.state its standard input, NAME.world what the probe saw.
prepare() {
	TOLD=$TMP/told
	mkdir -m 777 "$TOLD"
	config '.mounts += [{destination: "/told", type: "bind", source: $told, options: ["rbind"]}]' --arg told "$TOLD"
	cat >"$TMP/tell" <<-'END'
		#!/bin/sh
		/bin/cat >"$1/$2.state"
		"$3" world >"$1/$2.world"
		echo "$2" >>"$1/order"
	END
	chmod 755 "$TMP/tell"
	cp "$TMP/tell" "$ROOTFS/tell"
	cp "$PROBE" "$TMP/probe"
	: >"$TOLD/order"
	chmod 666 "$TOLD/order"
	program probe pause
}

# hook STAGE PATH [ARG...]: adds one; with MORE, an object of more fields.
hook() {
	config '.hooks[$stage] += [{path: $path} + (if $args == [] then {} else {args: $args} end) + $more]' \
		--arg stage "$1" --arg path "$2" --argjson args "$(list "${@:3}")" --argjson more "${MORE:-{\}}"
}

# tells STAGE [NAME]: a hook that tells what it finds.
tells() {
	if [ "$1" = startContainer ]; then
		hook "$1" /bin/sh sh /tell /told "${2:-$1}" /bin/probe
	else
		hook "$1" "$TMP/tell" tell "$TOLD" "${2:-$1}" "$TMP/probe"
	fi
}

# breaks STAGE [TEXT]: a hook that says it to stderr and fails.
breaks() {
	local sh=/bin/sh
	hook "$1" $sh sh -c "echo first >&2; echo '${2:-it broke}' >&2; exit 3"
}

order() { tr '\n' ' ' <"$TOLD/order"; }
of() { jq -cr "$2" "$TOLD/$1.world"; }
state() { jq -cr "$2" "$TOLD/$1.state"; }

# gone_for_good: nothing of the container is there, and its poststop hook has run.
gone_for_good() {
	fails tare state "$ID"
	has "$output" 'does not exist'
	has " $(order)" ' poststop '
	is "$(state poststop .status)" stopped
}

@test "all six kinds of hooks run, each at its place in the container's life" {
	for stage in $ALL; do tells "$stage"; done
	created
	is "$(order)" 'prestart createRuntime createContainer '
	tare start "$ID"
	is "$(order)" 'prestart createRuntime createContainer startContainer poststart '
	tare kill "$ID" KILL
	becomes stopped
	is "$(order)" 'prestart createRuntime createContainer startContainer poststart '
	tare delete "$ID"
	is "$(order)" "$ALL "
}

@test "run runs them all: before the program, when it runs, and after its end" {
	for stage in $ALL; do tells "$stage"; done
	# The program ends when it sees that the poststart hook has run.
	program sh -c 'echo program >>/told/order; until grep -q poststart /told/order; do :; done; exit 5'
	fails 5 tare run --bundle "$BUNDLE" "$ID"
	is "$(head -4 "$TOLD/order" | tr '\n' ' ')" 'prestart createRuntime createContainer startContainer '
	is "$(sed -n 5,6p "$TOLD/order" | sort | tr '\n' ' ')" 'poststart program '
	is "$(tail -1 "$TOLD/order")" poststop
}

@test "the hooks of a list run in its order, and one ends before the next begins" {
	for stage in $ALL; do
		hook "$stage" /bin/sh sh -c "sleep 0.05; echo $stage-1 >>\$0/order" "$([ $stage = startContainer ] && echo /told || echo "$TOLD")"
		tells "$stage" "$stage-2"
		tells "$stage" "$stage-3"
	done
	config '.hooks.startContainer[0].env = ["PATH=/bin"]'
	running
	tare delete --force "$ID"
	for stage in $ALL; do printf '%s-%s\n' "$stage" 1 "$stage" 2 "$stage" 3; done | diff - "$TOLD/order"
}

# bats test_tags=cgroup
@test "hooks of the host are in its namespaces, the two of the container in all of the container's" {
	local types='mnt pid uts ipc net cgroup' type wanted
	config '.linux.namespaces += [{type: "cgroup"}] | .linux.namespaces |= unique'
	for stage in $ALL; do tells "$stage"; done
	running
	for type in $types; do
		for stage in prestart createRuntime poststart; do
			is "$(of $stage ".namespaces.$type")" "$(readlink "/proc/self/ns/$type")"
		done
		for stage in createContainer startContainer; do
			is "$(of $stage ".namespaces.$type")" "$(readlink "/proc/$PID/ns/$type")"
		done
	done
	tare delete --force "$ID"
	is "$(of poststop .namespaces.mnt)" "$(readlink /proc/self/ns/mnt)"
}

@test "in a container without some namespaces, its hooks are in the host's" {
	config '.linux.namespaces |= map(select(.type == "mount" or .type == "ipc")) | del(.hostname)'
	tells createContainer
	tells startContainer
	running
	for stage in createContainer startContainer; do
		is "$(of $stage .namespaces.pid)" "$(readlink /proc/self/ns/pid)"
		is "$(of $stage .namespaces.net)" "$(readlink /proc/self/ns/net)"
		is "$(of $stage .namespaces.ipc)" "$(readlink "/proc/$PID/ns/ipc")"
		is "$(state $stage .pid)" "$PID"
	done
}

@test "createContainer hooks have the host's root and see the container's mounts below its rootfs" {
	hook createContainer /bin/sh sh -c "test -c $ROOTFS/dev/null && test -c dev/null && test -d $ROOTFS/proc/1 && readlink /proc/self/cwd >$TOLD/cwd && stat -c %d:%i / >$TOLD/root"
	hook createRuntime /bin/sh sh -c "! test -e $ROOTFS/dev/null"
	created
	is "$(cat "$TOLD/root")" "$(stat -c %d:%i /)"
	is "$(cat "$TOLD/cwd")" "$ROOTFS"
}

@test "the host's root is the one that tare has: in a chroot, hooks inside are in it or below" {
	mkdir "$TMP/away"
	echo outside >"$TMP/which"
	echo chroot >"$TMP/which.chroot"
	hook createContainer /bin/sh sh -c "cat $TMP/which >$TOLD/which"
	MORE='{"env": ["PATH=/bin"]}' hook startContainer /bin/sh sh -c "stat -c %d:%i / >/told/root"
	program true
	TARE_TEST=$ID unshare -m --propagation slave sh -c 'mount --rbind / "$0/away" && mount --bind "$0/which.chroot" "$0/away$0/which" && exec chroot "$0/away" "$@"' \
		"$TMP" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
	is "$(cat "$TOLD/which")" chroot
	is "$(cat "$TOLD/root")" "$(stat -c %d:%i "$ROOTFS")"
}

@test "a startContainer hook may bring the program" {
	config '.root.readonly = false'
	MORE='{"env": ["PATH=/bin"]}' hook startContainer /bin/sh sh -c 'cp /bin/busybox /bin/brought'
	program /bin/brought sh -c 'exit 0'
	created
	tare start "$ID"
	becomes stopped
	[ -e "$ROOTFS/bin/brought" ]
}

@test "startContainer hooks have the container's root, its working directory and its read-only mounts" {
	config '.root.readonly = true | .process.cwd = "/home"'
	MORE='{"env": ["PATH=/bin"]}' hook startContainer /bin/sh sh -c 'pwd >/told/cwd; stat -c %d:%i / >/told/root; probe create /new >/told/create; true'
	running
	is "$(cat "$TOLD/root")" "$(stat -c %d:%i "$ROOTFS")"
	is "$(cat "$TOLD/cwd")" /home
	is "$(cat "$TOLD/create")" EROFS
}

@test "every hook finds the container's state at its standard input" {
	config '.annotations = {"org.example.a": "1", "org.example.b": "é\"\n"}'
	for stage in $ALL; do tells "$stage"; done
	running
	tare delete --force "$ID"
	local stage status pid
	while read -r stage status pid; do
		is "$(state "$stage" 'keys | join(" ")')" "annotations bundle id ociVersion${pid:+ pid} status"
		is "$(state "$stage" .id)" "$ID"
		is "$(state "$stage" .status)" "$status"
		is "$(state "$stage" .bundle)" "$BUNDLE"
		is "$(state "$stage" .ociVersion)" "$(jq -r .ociVersion "$BUNDLE/config.json")"
		is "$(state "$stage" .annotations)" '{"org.example.a":"1","org.example.b":"é\"\n"}'
		[ -z "$pid" ] || is "$(state "$stage" .pid)" "$pid"
	done <<-END
		prestart created $PID
		createRuntime created $PID
		createContainer created 1
		startContainer created 1
		poststart running $PID
		poststop stopped
	END
}

@test "a state that no pipe could hold arrives whole" {
	config '.annotations = {"org.example.long": ("x" * 300000)}'
	for stage in createRuntime createContainer startContainer; do tells $stage; done
	running
	for stage in createRuntime createContainer startContainer; do
		is "$(state $stage '.annotations["org.example.long"] | length')" 300000
	done
}

@test "hooks get the arguments and the environment that the config has, and no others" {
	local busybox
	busybox=$(command -v busybox)
	cp "$busybox" "$TMP/busybox"
	# What it is depends on its args[0] alone.
	hook createRuntime "$TMP/busybox" touch "$TOLD/by the name"
	hook createContainer "$TMP/busybox" touch "$TOLD/inside"
	cp "$busybox" "$TMP/true" # and here on its path, which is args[0] where there is none
	hook createRuntime "$TMP/true"
	for stage in $ALL; do
		tells $stage $stage-none
		MORE='{"env": ["A=b c", "A=d", "PATH=/x", "E="]}' tells $stage $stage-some
		MORE='{"env": []}' tells $stage $stage-empty
	done
	running
	tare delete --force "$ID"
	[ -e "$TOLD/by the name" ] && [ -e "$TOLD/inside" ]
	for stage in $ALL; do
		# Shells add PWD and the like, busybox's a PATH; and they take the last of two.
		local own='[.env[] | select(test("^(PWD|SHLVL|OLDPWD|_)=|^PATH=/sbin:") | not)] | sort | join(",")'
		is "$(of $stage-none "$own")" ''
		is "$(of $stage-empty "$own")" ''
		is "$(of $stage-some "$own")" 'A=d,E=,PATH=/x'
	done
}

@test "hooks lead a session of their own and get no descriptor of tare's or its caller's" {
	for stage in $ALL; do tells "$stage"; done
	exec 9</etc/passwd
	running
	exec 9<&-
	tare delete --force "$ID"
	for stage in $ALL; do
		is "$(of $stage '.fds | keys | join(" ")')" '0 1 2'
		is "$(of $stage '.session.sid == .session.ppid or .session.sid == 0')" true
		is "$(of $stage '.session.controlling')" false
	done
}

@test "a startContainer hook has what the container's process has, and a createContainer hook what root has" {
	config '.process.user = {uid: 1000, gid: 1000, additionalGids: [7], umask: 7} | .process.noNewPrivileges = true
		| .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 77}]
		| .process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: []}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	tells createContainer
	tells startContainer
	running
	is "$(of startContainer '[.ids.uid, .ids.gid, .ids.groups, .umask, .no_new_privs, .seccomp, .rlimits.RLIMIT_NOFILE]')" \
		"$(tare exec "$ID" probe world | jq -c '[.ids.uid, .ids.gid, .ids.groups, .umask, .no_new_privs, .seccomp, .rlimits.RLIMIT_NOFILE]')"
	is "$(of startContainer '.capabilities | [.effective, .bounding]')" '["0000000000000000","0000000000000020"]'
	is "$(of startContainer '.ids.uid[0], .seccomp, .no_new_privs' | tr '\n' ' ')" '1000 2 1 '
	is "$(of createContainer '.ids.uid[0], .seccomp, .no_new_privs' | tr '\n' ' ')" '0 0 0 '
	is "$(of createContainer .capabilities.effective)" "$("$PROBE" world capabilities | jq -r .capabilities.effective)"
}

# bats test_tags=cgroup
@test "hooks inside of a container are in its cgroup, others are not" {
	tells createRuntime
	tells createContainer
	tells startContainer
	running
	for stage in createContainer startContainer; do
		is "$(of $stage '.cgroup | sort | join(" ")')" "$(tare exec "$ID" probe world cgroup | jq -r '.cgroup | sort | join(" ")')"
	done
	is "$(of createRuntime '.cgroup | sort | join(" ")')" "$("$PROBE" world cgroup | jq -r '.cgroup | sort | join(" ")')"
}

@test "hooks inside of a user namespace are its root, with all capabilities in it" {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$ROOTFS"
	tells createRuntime
	tells createContainer
	tells startContainer
	tells poststop
	running
	for stage in createContainer startContainer; do
		is "$(of $stage .namespaces.user)" "$(readlink "/proc/$PID/ns/user")"
		is "$(of $stage '.ids | [.uid, .gid]')" '[[0,0,0],[0,0,0]]'
	done
	is "$(of createContainer .capabilities.effective)" 000001ffffffffff
	is "$(of createRuntime .namespaces.user)" "$(readlink /proc/self/ns/user)"
}

@test "hooks find the namespaces that a container joins" {
	background unshare -p -u -n -f --kill-child sleep 1000
	until_true 1000 pgrep -P "$BACKGROUND"
	local other
	other=$(pgrep -P "$BACKGROUND")
	until_true 1000 test "$(readlink "/proc/$other/ns/pid")" != "$(readlink /proc/self/ns/pid)"
	config '.linux.namespaces |= map(if .type == "pid" or .type == "network" then .path = "/proc/\($p)/ns/\({pid: "pid", network: "net"}[.type])" else . end)' --arg p "$other"
	tells createContainer
	tells startContainer
	running
	for stage in createContainer startContainer; do
		is "$(of $stage .namespaces.pid)" "$(readlink "/proc/$other/ns/pid")"
		is "$(of $stage .namespaces.net)" "$(readlink "/proc/$other/ns/net")"
		is "$(state $stage .pid)" "$(awk '/^NSpid/ { print $NF }' "/proc/$PID/status")"
	done
	tare delete --force "$ID"
}

@test "a createRuntime hook can set up the container's network" {
	local ip
	ip=$(command -v ip) || skip "missing: iproute2"
	hook createRuntime /bin/sh sh -c "pid=\$($(command -v jq) .pid) && exec $(command -v nsenter) -t \$pid -n $ip link add hooked type veth peer name peer"
	has "$(inside ip link)" 'hooked'
}

@test "a hook can mount into a container that is not there yet, even with a read-only root" {
	config '.root.readonly = true'
	mkdir "$TMP/data"
	echo here >"$TMP/data/file"
	# From the host, as hooks that make devices available do, and inside.
	hook prestart /bin/sh sh -c "pid=\$($(command -v jq) .pid) && $(command -v nsenter) -t \$pid -m sh -c 'mkdir -p $ROOTFS/one && mount --bind $TMP/data $ROOTFS/one'"
	MORE='{"env": ["PATH=/usr/bin:/bin"]}' hook createContainer /bin/sh sh -c "mkdir -p two && mount --bind $TMP/data $ROOTFS/two"
	is "$(inside cat /one/file /two/file)" $'here\nhere'
	is "$(inside probe create /new)" EROFS
}

@test "hooks run without pivot_root too" {
	for stage in $ALL; do tells "$stage"; done
	running --no-pivot
	is "$(tare exec "$ID" ls / | tr '\n' ' ')" "$(ls "$ROOTFS" | tr '\n' ' ')"
	is "$(tare exec "$ID" awk '{ print $5 }' /proc/self/mountinfo | grep "$TMP")" ''
	is "$(of createContainer .cwd)" "$ROOTFS"
	tare delete --force "$ID"
	is "$(order)" "$ALL "
}

@test "a hook of create that fails ends the container, and says where, how and why" {
	for stage in prestart createRuntime createContainer; do
		tells prestart before
		breaks $stage
		tells $stage later
		tells poststop
		fails tare create --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
		has "$output" "tare: /hooks/$stage/" "cannot run the $stage hook /bin/sh: it ended with status 3: it broke (step "
		lacks "$output" first
		[ ! -e "$TMP/pid" ]
		gone_for_good
		lacks "$(order)" later
		: >"$TOLD/order"
		config 'del(.hooks)'
	done
}

@test "a startContainer hook that fails keeps the program from running and deletes the container" {
	program sh -c 'echo program >>/told/order'
	breaks startContainer
	tells poststop
	created
	fails tare start "$ID"
	has "$output" "tare: /hooks/startContainer/0: cannot run the startContainer hook /bin/sh: it ended with status 3: it broke (step "
	gone_for_good
	lacks "$(order)" program
}

@test "a poststart hook that fails ends the program and deletes the container" {
	breaks poststart
	tells poststop
	created
	fails tare start "$ID"
	has "$output" "tare: /hooks/poststart/0: cannot run the poststart hook /bin/sh: it ended with status 3: it broke (step "
	gone_for_good
	gone "$PID"
}

@test "run, too, ends with a hook that fails, whatever the program left running" {
	for stage in prestart createRuntime createContainer startContainer poststart; do
		config '.linux.namespaces |= map(select(.type != "pid")) | del(.hooks)'
		program sh -c 'probe pause & probe pause'
		breaks $stage
		tells poststop
		fails tare run --bundle "$BUNDLE" "$ID"
		has "$output" "tare: /hooks/$stage/0: cannot run the $stage hook /bin/sh: it ended with status 3: it broke (step "
		gone_for_good
		fails tare run --detach --bundle "$BUNDLE" "$ID"
		has "$output" "tare: /hooks/$stage/0: cannot run the $stage hook"
		gone_for_good
	done
}

@test "poststop hooks run as well when something else fails" {
	tells poststop
	config '.mounts += [{destination: "/x", type: "nosuchfs", source: "none"}]'
	fails tare create --bundle "$BUNDLE" "$ID"
	has "$output" /mounts/
	gone_for_good
	: >"$TOLD/order"
	config '.mounts |= map(select(.type != "nosuchfs"))'
	program nosuchprogram
	fails tare run --bundle "$BUNDLE" "$ID"
	gone_for_good
}

@test "a poststop hook that fails is warned of, and the rest still run" {
	tells poststop one
	breaks poststop
	hook poststop /nosuch
	tells poststop two
	created
	run -0 tare delete --force "$ID"
	has "$output" 'tare: warning: /hooks/poststop/1: cannot run the poststop hook /bin/sh: it ended with status 3: it broke' \
		'tare: warning: /hooks/poststop/2: cannot run the poststop hook /nosuch: there is no such program'
	is "$(order)" 'one two '
	fails tare state "$ID"
}

@test "an id that is taken is nobody's end" {
	tells poststop
	created
	fails tare create --bundle "$BUNDLE" "$ID"
	is "$(order)" ''
	tare delete --force "$ID"
	is "$(order)" 'poststop '
	tare delete --force "$ID"
	is "$(order)" 'poststop '
}

@test "a hook that does not end in time is killed with its process group" {
	local stage pid
	for stage in createRuntime createContainer startContainer; do
		config 'del(.hooks)'
		rm -f "$TOLD/pids"
		local told=$TOLD
		[ $stage = startContainer ] && told=/told
		MORE='{"timeout": 1, "env": ["PATH=/bin:/usr/bin"]}' hook $stage /bin/sh sh -c "sleep 1234.$BASHPID & echo waiting >&2; : >$told/pids; wait"
		tells poststop
		fails tare run --bundle "$BUNDLE" "$ID"
		has "$output" "/hooks/$stage/0: cannot run the $stage hook /bin/sh: it was not done within 1 s and was killed: waiting"
		[ -e "$TOLD/pids" ]
		gone_for_good
		until_true 1000 eval '! pgrep -f "^sleep 1234.$BASHPID"'
	done
}

@test "a hook that ends in time is not bothered by its timeout" {
	MORE='{"timeout": 2147483648}' tells createRuntime
	MORE='{"timeout": 60}' tells startContainer
	running
	is "$(order)" 'createRuntime startContainer '
}

@test "what a hook leaves behind is not waited for" {
	hook createRuntime /bin/sh sh -c "sleep 1000 & echo \$! >$TOLD/pid"
	created
	kill "$(cat "$TOLD/pid")"
	tare delete --force "$ID"
	config 'del(.hooks)'
	MORE='{"env": ["PATH=/bin"]}' hook startContainer /bin/sh sh -c "sleep 1000 & exit 0"
	running
	is "$(tare ps "$ID" | grep -c 'sleep 1000')" 1
	tare delete --force "$ID"
}

@test "a hook's last words are cut, and harmless" {
	hook createRuntime /bin/sh sh -c 'head -c 3000000 /dev/zero | tr "\0" x >&2; exit 1'
	fails tare create --bundle "$BUNDLE" "$ID"
	[ ${#output} -lt 1000 ]
	has "$output" 'it ended with status 1: xxxx'
	config 'del(.hooks)'
	hook createRuntime /bin/sh sh -c 'printf "a\033[31m\001b\n\n  \n" >&2; kill -9 $$'
	fails tare create --bundle "$BUNDLE" "$ID"
	has "$output" 'it was killed by signal 9: a?[31m?b (step '
}

@test "a hook that cannot be executed is reported in words of its own" {
	: >"$TMP/plain"
	for stage in createRuntime createContainer; do
		config 'del(.hooks)'
		hook $stage /nosuch/hook
		fails tare create --bundle "$BUNDLE" "$ID"
		has "$output" "/hooks/$stage/0: cannot run the $stage hook /nosuch/hook: there is no such program"
		config 'del(.hooks)'
		hook $stage "$TMP/plain"
		fails tare create --bundle "$BUNDLE" "$ID"
		has "$output" "cannot run the $stage hook $TMP/plain: it may not be executed"
		# Engines take these for the container's program being missing.
		lacks "$output" 'no such file' 'permission denied' 'not found'
	done
	config 'del(.hooks)'
	# Of the container's root, where the host's programs are not.
	hook startContainer "$TMP/tell"
	created
	fails tare start "$ID"
	has "$output" "/hooks/startContainer/0: cannot run the startContainer hook $TMP/tell: there is no such program"
}

@test "hooks are those of the config that the container was created from" {
	tells startContainer
	tells poststop
	created
	config 'del(.hooks)'
	tare start "$ID"
	tare delete --force "$ID"
	is "$(order)" 'startContainer poststop '
}

@test "two that start a container at once run its hooks once" {
	tells startContainer
	tells poststart
	created
	background tare start "$ID"
	run tare start "$ID"
	local first=0
	ended || first=$?
	is "$((status + first))" 1
	is "$(order)" 'startContainer poststart '
}

@test "a tare that is killed while a hook runs leaves what delete removes, with the poststop hooks" {
	hook createRuntime /bin/sh sh -c "echo \$\$ >$TOLD/pid; exec sleep 1000"
	tells poststop
	doomed "$ID"
	background tare create --bundle "$BUNDLE" "$ID"
	until_true 1000 test -s "$TOLD/pid"
	is "$(status_of)" creating
	kill -KILL "$BACKGROUND"
	ended || true
	kill "$(cat "$TOLD/pid")"
	becomes stopped
	tare delete --force "$ID"
	gone_for_good
}

@test "plan prints the hooks where they run" {
	for stage in $ALL; do hook $stage /bin/$stage; done
	local plan
	plan=$(tare plan "$BUNDLE" | sed 's/  */ /g')
	for stage in ${ALL% poststop}; do has "$plan" "run the $stage hook /bin/$stage (args /bin/$stage; in the container:"; done
	is "$(tare plan --json "$BUNDLE" | jq -r '.steps[] | select(.step == "hook" or .step == "poststop") | .pointer' | tr '\n' ' ')" \
		'/hooks/poststop /hooks/prestart/0 /hooks/createRuntime/0 /hooks/createContainer/0 /hooks/startContainer/0 /hooks/poststart/0 '
}

@test "features names all hooks" {
	is "$(tare features | jq -r '.hooks | join(" ")')" "$ALL"
}
