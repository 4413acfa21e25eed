# The published attacks on low-level runtimes, tried on tare. Each test names
# what was attacked elsewhere. In every one of them the canary, a directory of
# the host that no container was given, stays as it is, and so do the host's mounts.
load ../lib

# How often a race is run.
ROUNDS=${ROUNDS:-60}

prepare() {
	RACER=$BATS_FILE_TMPDIR/racer
	[ -x "$RACER" ] || cc -O2 -static -o "$RACER" "$BATS_TEST_DIRNAME/racer.c"
	cp "$RACER" "$ROOTFS/bin/racer"
	CANARY=$TMP/canary
	mkdir -m 700 "$CANARY" "$CANARY/sub"
	echo sings >"$CANARY/file"
	echo '#!/bin/sh' >"$CANARY/run"
	listing >"$TMP/canary.before"
	sha256sum "$BINARY" >"$TMP/tare.before"
}

# Everything that could be changed about the canary.
listing() { find "$CANARY" -printf '%p %y %m %U:%G %T@ %s %l\n' | sort && cat "$CANARY/file"; }

finish() {
	local status=0
	listing | diff "$TMP/canary.before" - || {
		echo "the canary was touched"
		status=1
	}
	sha256sum --quiet -c "$TMP/tare.before" || status=1
	return "$status"
}

# try COMMAND...: it may fail, if it says why, and leaves nothing either way.
try() {
	run timeout 60 "$@"
	[ "$status" = 0 ] || [ -n "$output" ] || {
		echo "status $status without a word"
		return 1
	}
	[[ $output != *BUG:* ]] || {
		echo "$output"
		return 1
	}
}

once() {
	try "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$ID" || return
	tries=$((tries + 1))
	[ "$status" != 0 ] || successes=$((successes + 1))
}

# again COMMAND...: does it once for each round, against what runs in the background. Where no
# container came to be at all nothing was shown.
again() {
	local round tries=0 successes=0
	appears ready "$TMP/background"
	for ((round = 0; round < ROUNDS; round++)); do "$@" || return; done
	[ "$tries" = 0 ] || [ "$successes" != 0 ] || {
		echo "none of $tries containers ran: $output"
		return 1
	}
	kill -0 "$BACKGROUND" || {
		echo "the racer ended:"
		cat "$TMP/background"
		return 1
	}
}

mounts() { config '.mounts |= map(select(.destination | test($those)))' --arg those "$1"; }
without() { config '.mounts |= map(select(.destination | test($those) | not))' --arg those "$1"; }
mount_at() { config '.mounts += [{destination: $at, type: "bind", source: $from, options: (["rbind"] + $options)}]' --arg at "$1" --arg from "$2" --argjson options "$(list "${@:3}")"; }
capable() { config '.process.capabilities = {bounding: $all, effective: $all, permitted: $all}' --argjson all "$(list "$@")"; }

# Group A: the host's binary and descriptors.

@test "a script whose interpreter is /proc/self/exe does not get at tare (CVE-2019-5736)" {
	printf '#!/proc/self/exe\n' >"$ROOTFS/evil"
	chmod +x "$ROOTFS/evil"
	program /evil
	# What runs, if anything, is init on its own, which says nothing (2: it was not started as init is).
	fails 2 tare run --bundle "$BUNDLE" "$ID"
}

# spied [MOST]: the container looks into execs of it while they are made, of which it may end so many. It may see
# what these have as standard streams: /dev/null and a pipe.
spied() {
	local round failed=0
	program racer spy tare-init
	running
	appears ready "$TMP/stdout"
	for ((round = 0; round < ROUNDS; round++)); do
		tare exec "$ID" true </dev/null >/dev/null 2> >(cat >>"$TMP/failed") || failed=$((failed + 1))
	done
	((failed <= ${1:-0})) || {
		echo "$failed of $ROUNDS execs failed:"
		cat "$TMP/failed"
		return 1
	}
}

@test "the program of an exec cannot be written to, even by one who may trace it (CVE-2019-5736)" {
	capable CAP_SYS_PTRACE
	spied
	appears '^exe /memfd:tare-init' "$TMP/stdout" # it was seen at all
	appears '^overwrite (ETXTBSY|EPERM)' "$TMP/stdout"
	lacks "$(cat "$TMP/stdout")" overwritten
}

@test "one who may trace an exec finds no descriptor of the host in it (CVE-2016-9962)" {
	capable CAP_SYS_PTRACE
	spied
	appears '^fd socket:' "$TMP/stdout"
	run grep -vE '^(ready|trace .*|overwrite .*|fd (/dev/null|socket:\[\]|pipe:\[\]|anon_inode:\[pidfd\]|pidfd:\[\]|/memfd:tare-[a-z]* \(deleted\)|E[A-Z]*)|cwd /|root /|exe (/memfd:tare-init \(deleted\)|/bin/busybox))$' "$TMP/stdout"
	is "$output" ""
}

# traced MASK: of the execs that the container traces none had a capability beyond MASK. It may end one that it traces.
traced() {
	local line
	capable CAP_SYS_PTRACE
	spied $((ROUNDS / 4 - 1))
	appears '^trace [0-9a-f]{16}' "$TMP/stdout" # it was seen at all
	while read -r _ line; do
		(((0x$line & ~$1) == 0)) || {
			echo "an exec was traced that had $line"
			return 1
		}
	done < <(grep -E '^trace [0-9a-f]{16}' "$TMP/stdout")
}

@test "one who may trace an exec finds nothing of tare's privileges in it (CVE-2016-9962)" {
	traced 0x801c3 # chown, dac_override, setgid, setuid, setpcap, and the container's sys_ptrace
}

@test "one who may trace an exec finds only those in it that a filter takes (CVE-2016-9962)" {
	config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}'
	traced 0x2801c3 # sys_admin as well
}

@test "without CAP_SYS_PTRACE an exec cannot be looked into while it is tare's (CVE-2016-9962)" {
	spied
	lacks "$(cat "$TMP/stdout")" memfd socket 'trace 000001'
}

@test "root of a user namespace cannot look into an exec while it is tare's (CVE-2016-9962)" {
	chown -R 100000:100000 "$ROOTFS"
	capable CAP_SYS_PTRACE CAP_SYS_ADMIN CAP_DAC_OVERRIDE
	config '.linux.namespaces += [{type: "user"}] 
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	spied
	lacks "$(cat "$TMP/stdout")" memfd socket 'trace 000001'
}

@test "a container whose pid namespace is shared is not looked into while it is made (CVE-2016-9962)" {
	program racer spy tare-init
	running
	appears ready "$TMP/stdout"
	config '(.linux.namespaces[] | select(.type == "pid")).path = $path' --arg path "/proc/$PID/ns/pid"
	program true
	for ((round = 0; round < ROUNDS; round++)); do tare run --bundle "$BUNDLE" "$ID-2" </dev/null >/dev/null 2>&1; done
	appears '^(fd|trace) (EACCES|EPERM)' "$TMP/stdout" # it was seen at all
	lacks "$(cat "$TMP/stdout")" memfd socket 'trace 000001'
}

@test "a working directory behind a descriptor is refused (CVE-2024-21626)" {
	local n
	for n in 3 4 5 6 7 8 9 10 11 12; do
		config '.process.cwd = $cwd' --arg cwd "/proc/self/fd/$n"
		program racer cwd
		fails tare run --bundle "$BUNDLE" "$ID" 7<"$CANARY" 9<"$CANARY"
		fails tare run --preserve-fds 8 --bundle "$BUNDLE" "$ID" \
			3<"$CANARY" 4<"$CANARY" 5<"$CANARY" 6<"$CANARY" 7<"$CANARY" 8<"$CANARY" 9<"$CANARY" 10<"$CANARY"
	done
}

@test "the working directory of an exec cannot lie outside of the container (CVE-2024-21626)" {
	local n
	sleeping
	for n in 3 4 5 6 7 8 9 10 11 12; do
		fails 255 tare exec --cwd "/proc/self/fd/$n" "$ID" racer cwd 7<"$CANARY"
	done
	fails 255 tare exec --preserve-fds 1 --cwd /proc/self/fd/3 "$ID" racer cwd 3<"$CANARY"
	has "$output" "outside of the container"
}

@test "a link at the working directory cannot lead out of the container (CVE-2024-21626)" {
	ln -s "$CANARY" "$ROOTFS/work"
	config '.process.cwd = "/work/dir"'
	is "$(inside racer cwd)" "$CANARY/dir" # made below the container's root, where the link leads in it
	[ -d "$ROOTFS$CANARY/dir" ]
}

@test "a working directory that is exchanged for a link is never outside of the root (CVE-2024-21626)" {
	mkdir -p "$TMP/shared/a/sub"
	shared_volume "$CANARY"
	config '.process.cwd = "/shared/a/sub/made"'
	program sh -c 'echo "at $(racer cwd)"; cat ../../file; true'
	within() { once && lacks "$output" sings unreachable && { [ "$status" != 0 ] || has "$output" "at /"; }; }
	again within
}

@test "an exec in a mount namespace that the container joined sees the container's root" {
	background unshare --mount --propagation private sleep 1000
	until_true 500 eval '[ "$(readlink "/proc/$BACKGROUND/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]'
	config '(.linux.namespaces[] | select(.type == "mount")).path = $path' --arg path "/proc/$BACKGROUND/ns/mnt"
	sleeping
	run tare exec "$ID" cat "$CANARY/file"
	lacks "$output" sings
	is "$(tare exec "$ID" cat /etc/passwd | head -n 1)" "root:x:0:0:root:/root:/bin/sh"
	is "$(tare exec --cwd /tmp "$ID" pwd)" /tmp
}

@test "what tare inherits does not reach the container" {
	program probe world fds
	run bash -c '"$1" --root "$2" run --bundle "$3" "$4" 5<"$5" 9<"$5" 77<"$5" </dev/null | jq -c ".fds | keys"' - "$TARE" "$ROOT" "$BUNDLE" "$ID" "$CANARY"
	is "$output" '["0","1","2"]'
}

@test "a container that waits for start holds nothing of the host" {
	local fd to
	program true
	created 5<"$CANARY" 9<"$CANARY" 77<"$CANARY"
	for fd in "/proc/$PID"/fd/*; do
		to=$(readlink "$fd") || continue
		case $to in
		/dev/null | "$TMP/stdout" | "$TMP/stderr" | socket:* | /memfd:tare-*) ;;
		/proc/acpi) ;; # the first mask, of which the others are clones
		*)
			echo "descriptor ${fd##*/} leads to $to"
			return 1
			;;
		esac
	done
	is "$(tr '\0' ' ' <"/proc/$PID/environ")" ""
	tare start "$ID"
}

@test "an id is a number, whatever user has it for a name (CVE-2016-3697)" {
	printf '1000:x:0:0::/:/bin/sh\n' >"$ROOTFS/etc/passwd"
	config '.process.user = {uid: 1000, gid: 1000}'
	is "$(inside id -u)" 1000
}

@test "exec takes no user but one that is written as a number should be (CVE-2026-30892)" {
	local user
	sleeping
	is "$(tare exec -u 1 "$ID" id -u)" 1
	is "$(tare exec -u 1:2 "$ID" id -g)" 2
	for user in 1: :1 01 +1 -1 1x ' 1' 1:x 4294967295 4294967296 18446744073709551616 0x1 1:01 1:1:1; do
		fails 255 tare exec -u "$user" "$ID" id -u
		has "$output" "is not a numeric id"
	done
}

# Group B: /proc and what covers it.

@test "nothing but a procfs is mounted on /proc (CVE-2019-16884)" {
	mkdir -p "$TMP/fake/self/attr" "$TMP/fake/sys"
	without '^/proc$'
	mount_at /proc "$TMP/fake"
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "not a procfs"
	without '^/proc$'
	config '.mounts = [{destination: "/proc", type: "tmpfs", source: "tmpfs"}] + .mounts'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "only a procfs"
}

@test "a part of a procfs does not stand for it (CVE-2019-16884)" {
	without '^/proc$'
	mount_at /proc /proc/sys
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "not the root of a procfs"
}

@test "nothing is mounted on files of /proc that isolation rests on (CVE-2025-52881)" {
	local at
	for at in /proc/self/attr /proc/self/attr/exec /proc/thread-self/attr /proc/sys/net /proc/sysrq-trigger /proc/sys /proc/1; do
		cp "$BUNDLE/config.json" "$TMP/kept"
		mount_at "$at" "$CANARY/file"
		fails tare run --bundle "$BUNDLE" "$ID"
		has "$output" "is inside of /proc"
		mv "$TMP/kept" "$BUNDLE/config.json"
	done
}

@test "a link of the image does not lead a mount into /proc (CVE-2019-16884, CVE-2025-52881)" {
	local at
	mkdir "$TMP/fake"
	for at in /proc /proc/sys /proc/self /proc/1/net; do
		ln -sfn "$at" "$ROOTFS/volume"
		cp "$BUNDLE/config.json" "$TMP/kept"
		mount_at /volume "$TMP/fake"
		fails tare run --bundle "$BUNDLE" "$ID"
		has "$output" "leads it into a procfs"
		mv "$TMP/kept" "$BUNDLE/config.json"
	done
}

@test "a destination that is exchanged for a link into /proc covers nothing there (CVE-2025-52881)" {
	local to
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	program sh -c 'grep " /proc/" /proc/self/mountinfo && echo caught; true'
	mkdir "$TMP/fake"
	mount_at /shared "$TMP/shared"
	mount_at /shared/a "$TMP/fake"
	for to in /proc/sys/net /proc/self/attr /proc/1; do
		rm -rf "$TMP/shared"
		mkdir -p "$TMP/shared/a"
		ln -s "$to" "$TMP/shared/link"
		background "$RACER" exchange "$TMP/shared/a" "$TMP/shared/link"
		uncovered() { once && lacks "$output" caught; }
		again uncovered
		kill "$BACKGROUND"
		ended || true
	done
}

@test "sysctls are written through the host's procfs (CVE-2025-52881)" {
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.readonlyPaths = []'
	without '^/proc$'
	mkdir -p "$ROOTFS/proc/sys/net/ipv4"
	echo untouched >"$ROOTFS/proc/sys/net/ipv4/ip_forward"
	inside true
	is "$(cat "$ROOTFS/proc/sys/net/ipv4/ip_forward")" untouched
}

@test "a /proc or /sys that is a link is refused (CVE-2019-19921, CVE-2023-27561, CVE-2025-54867)" {
	local name to
	for name in proc sys; do
		for to in /tmp "$CANARY" ../../canary /missing; do
			rmdir "$ROOTFS/$name"
			ln -s "$to" "$ROOTFS/$name"
			fails tare run --bundle "$BUNDLE" "$ID"
			has "$output" "symbolic link"
			[ ! -e "$ROOTFS/missing" ]
			rm "$ROOTFS/$name"
			mkdir "$ROOTFS/$name"
		done
	done
}

@test "a /proc that becomes a link is never followed (CVE-2023-28642)" {
	mkdir "$ROOTFS/elsewhere"
	ln -s /elsewhere "$ROOTFS/link"
	program sh -c 'test -e /elsewhere/self && echo caught; true'
	background "$RACER" exchange "$ROOTFS/proc" "$ROOTFS/link"
	followed() { once && lacks "$output" caught; }
	again followed
}

@test "a /proc that vanishes and comes back as a link is never followed (CVE-2023-28642)" {
	mkdir "$ROOTFS/elsewhere"
	rmdir "$ROOTFS/proc"
	ln -s /elsewhere "$ROOTFS/link"
	program sh -c 'test -e /elsewhere/self && echo caught; true'
	background "$RACER" cycle "$ROOTFS" proc link
	followed() { once && lacks "$output" caught; }
	again followed
}

# An image without a /dev of its own: what is in the rootfs is what tare meets.
bare_dev() {
	without '^/dev'
	config '.linux.maskedPaths = ["/proc/keys", "/proc/timer_list"] | .linux.readonlyPaths = []'
}

# What is written to by mistake is the container's own hostname, which the attack elsewhere was not so kind to.
@test "a mask is the null device or there is no container (CVE-2025-31133, CVE-2025-62161)" {
	bare_dev
	ln -s /proc/sys/kernel/hostname "$ROOTFS/dev/null"
	program cat /proc/sys/kernel/hostname
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" /dev/null
	rm "$ROOTFS/dev/null"
	is "$(inside stat -c '%t:%T' /proc/keys)" 1:3
}

@test "a mask stays the null device while /dev/null is exchanged (CVE-2025-31133)" {
	bare_dev
	mknod "$ROOTFS/dev/null" c 1 3
	ln -s /proc/sys/kernel/hostname "$ROOTFS/dev/link"
	program stat -c 'it is %t:%T' /proc/keys
	background "$RACER" exchange "$ROOTFS/dev/null" "$ROOTFS/dev/link"
	masked() { once && { [ "$status" != 0 ] || has "$output" "it is 1:3"; }; }
	again masked
}

# terminal [OPTION...]: one try to create a container with a terminal; the engine's side is there for it.
terminal() {
	local listener status=0 result=0
	rm -f "$TMP/console"
	"$PROBE" listen "$TMP/console" </dev/null >/dev/null 2>&1 3>&- &
	listener=$!
	until_true 500 test -S "$TMP/console"
	doomed "$ID"
	apart tare create --console-socket "$TMP/console" --bundle "$BUNDLE" "$ID" || status=$?
	[ "$status" = 0 ] || grep -q . "$TMP/stderr" || result=1
	tries=$((tries + 1))
	[ "$status" != 0 ] || successes=$((successes + 1))
	output=$(cat "$TMP/stderr")
	"$@" "$status" || result=1
	tare delete --force "$ID" || result=1
	kill "$listener" 2>/dev/null
	wait "$listener" || true
	return "$result"
}

@test "a link at /dev/console is refused and makes no file (CVE-2025-52565, CVE-2026-88264)" {
	local to
	config '.process.terminal = true'
	without '^/dev(/shm|/mqueue)?$'
	mkdir "$ROOTFS/dev/pts"
	refused() { is "$1" 1 && has "$(cat "$TMP/stderr")" /dev/console "symbolic link"; }
	for to in "$CANARY/new" ../../../canary/new ../../../canary/file /etc/passwd /missing; do
		ln -sfn "$to" "$ROOTFS/dev/console"
		terminal refused
		[ ! -e "$ROOTFS/missing" ]
	done
}

@test "a /dev/console that is exchanged for a link is never followed (CVE-2025-52565)" {
	config '.process.terminal = true'
	without '^/dev(/shm|/mqueue)?$'
	mkdir "$ROOTFS/dev/pts"
	ln -s /etc/passwd "$ROOTFS/dev/link"
	background "$RACER" cycle "$ROOTFS/dev" console link
	not_followed() { [ "$1" != 0 ] || ! grep -q ' /etc/passwd ' "/proc/$(tare state "$ID" | jq .pid)/mountinfo"; }
	again terminal not_followed
}

@test "a /dev/pts that is exchanged for a link gives a terminal of the container's or none (CVE-2025-52565)" {
	config '.process.terminal = true'
	without '^/dev(/shm|/mqueue)?$'
	# In the container's root the link leads to a directory of the same name, and elsewhere to the canary.
	mkdir -p "$ROOTFS/dev/pts" "$ROOTFS$CANARY/sub"
	ln -s "$CANARY/sub" "$ROOTFS/link"
	background "$RACER" exchange "$ROOTFS/dev/pts" "$ROOTFS/link"
	container_s() {
		[ "$1" = 0 ] || return 0
		awk '/ - devpts / { print $5 }' "/proc/$(tare state "$ID" | jq .pid)/mountinfo" | grep -vx /dev/console >"$TMP/points"
		is "$(wc -l <"$TMP/points")" 1
		grep -qxE "/dev/pts|/link|$CANARY/sub" "$TMP/points"
	}
	again terminal container_s
}

@test "a terminal comes from a devpts alone (CVE-2025-52565)" {
	config '.process.terminal = true'
	without '^/dev/pts$'
	refused() { is "$1" 1 && has "$(cat "$TMP/stderr")" devpts; }
	mount_at /dev/pts "$CANARY"
	terminal refused
}

@test "what makes a path read-only is so from the start (GHSA-3q8j-pf29-vwv8)" {
	# Many, since each is a chance of its own for the race.
	mkdir -p "$TMP/volume"/{a,c}/b{1..100}
	mount_at /volume "$TMP/volume"
	config '.linux.readonlyPaths = [range(1; 101) | "/volume/a/b\(.)"]'
	program sh -c 'grep " /volume/.*/b[0-9]* " /proc/self/mountinfo | cut -d" " -f6 | cut -d, -f1 | sort -u'
	background "$RACER" exchange "$TMP/volume/a" "$TMP/volume/c"
	covered() { once && { [ "$status" != 0 ] || is "$output" ro; }; }
	again covered
}

@test "what is masked or read-only stays in the root while the way to it is exchanged (GHSA-3q8j-pf29-vwv8)" {
	mkdir -p "$TMP/shared/a/sub" "$TMP/shared/a/masked"
	shared_volume "$CANARY"
	config '.linux.maskedPaths = ["/shared/a/masked", "/shared/a/masked/none"] | .linux.readonlyPaths = ["/shared/a/sub"]'
	# Where is what, and whose is what is seen there.
	program sh -c 'awk "\$5 ~ /(masked|sub)\$/ { print \$5 }" /proc/self/mountinfo; stat -c "inode %i" /shared/*/sub; true'
	inside_root() {
		once && lacks "$output" "inode $(stat -c %i "$CANARY/sub")" || return
		[ "$status" != 0 ] || run -1 grep -vE '^/shared/(a|link)/(masked|sub)$|^inode|^stat: ' <<<"${output:-inode}"
	}
	again inside_root
}

@test "a read-only root is that, whatever the image has at /proc/self/fd (CVE-2026-115521)" {
	without '^/proc$'
	mkdir -p "$ROOTFS/proc/self/fd" "$ROOTFS/victim"
	for n in 3 4 5 6 7 8 9 10 11 12; do ln -s /victim "$ROOTFS/proc/self/fd/$n"; done
	config '.root.readonly = true | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	is "$(inside probe create /new)" EROFS
}

@test "no procfs can be mounted that shows what is masked, with --no-pivot as well" {
	local option
	config '.process.user = {uid: 1000, gid: 1000}'
	program unshare -Urmpf mount -t proc proc /tmp
	chmod 755 "$BUNDLE" "$ROOTFS"
	for option in --no-pivot --no-new-keyring; do
		run tare run "$option" --bundle "$BUNDLE" "$ID"
		is "$status" 1
		has "$output" "mount: permission denied"
	done
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	tare run --bundle "$BUNDLE" "$ID" # it is the masks that forbid it
}

# Group C: links, mount destinations and devices.

@test "a destination that is a link stays inside of the root (CVE-2019-18837)" {
	local to
	mkdir "$TMP/volume"
	echo mine >"$TMP/volume/file"
	for to in "$CANARY" "$CANARY/new" ../canary ../../canary ../../../canary/new/deep; do
		ln -sfn "$to" "$ROOTFS/destination"
		cp "$BUNDLE/config.json" "$TMP/kept"
		mount_at /destination "$TMP/volume"
		is "$(inside cat /destination/file)" mine
		cp "$TMP/kept" "$BUNDLE/config.json"
		mount_at /destination/below "$TMP/volume/file"
		is "$(inside cat /destination/below)" mine
		mv "$TMP/kept" "$BUNDLE/config.json"
		rm -rf "$ROOTFS$TMP" "$ROOTFS/canary"
	done
}

# A volume that a neighbour works on, with a link to the host in it.
shared_volume() {
	mkdir -p "$TMP/shared/a" "$TMP/other"
	ln -s "$1" "$TMP/shared/link"
	mount_at /shared "$TMP/shared"
	background "$RACER" exchange "$TMP/shared/a" "$TMP/shared/link"
}

@test "a destination that is exchanged for a link to the host's files makes none there (CVE-2021-30465, CVE-2024-45310)" {
	shared_volume "$CANARY"
	mount_at /shared/a/b/c "$TMP/other"
	mount_at /shared/a/f "$CANARY/run"
	config '.process.cwd = "/shared/a/w/w"'
	program true
	again once
	[ ! -e "$CANARY/b" ]
}

@test "a destination that is exchanged for a link through .. makes nothing outside (CVE-2024-45310)" {
	mkdir -p "$TMP/shared/a" "$TMP/other"
	ln -s "../../../../../../../..$CANARY" "$TMP/shared/link"
	mount_at /shared "$TMP/shared"
	mount_at /shared/a/b "$TMP/other"
	program true
	background "$RACER" exchange "$TMP/shared/a" "$TMP/shared/link"
	again once
}

@test "a /dev that is a link makes no devices on the host (CVE-2026-41579, CVE-2026-47766)" {
	local to
	echo old >"$CANARY/sub/ptmx"
	listing >"$TMP/canary.before"
	without '^/dev'
	rmdir "$ROOTFS/dev"
	for to in "$CANARY/sub" ../../canary/sub ../canary/sub; do
		ln -sfn "$to" "$ROOTFS/dev"
		program true
		once
	done
	is "$(cat "$CANARY/sub/ptmx")" old
}

@test "directories of /dev that are links make nothing on the host (CVE-2026-41579)" {
	local name
	without '^/dev$'
	for name in pts shm mqueue fd; do ln -s "$CANARY/sub/$name" "$ROOTFS/dev/$name"; done
	program true
	once
}

@test "a /dev that is exchanged for a link makes no devices on the host (CVE-2026-41579)" {
	local to
	without '^/dev'
	program true
	for to in "$CANARY/sub" "../../../../../../../..$CANARY/sub"; do
		rm -rf "${ROOTFS:?}"/{dev,link}
		mkdir "$ROOTFS/dev"
		ln -s "$to" "$ROOTFS/link"
		background "$RACER" exchange "$ROOTFS/dev" "$ROOTFS/link"
		again once
		kill "$BACKGROUND"
		ended || true
	done
}

@test "a /dev/null that is a link to a mounted file keeps the file's owner (CVE-2026-88265)" {
	echo text >"$TMP/hostfile"
	chown 12:34 "$TMP/hostfile"
	bare_dev
	mount_at /hostfile "$TMP/hostfile" ro
	ln -s /hostfile "$ROOTFS/dev/null"
	config '.process.user = {uid: 1000, gid: 1000}'
	program readlink /proc/self/fd/0
	run bash -c 'echo | "$1" --root "$2" run --bundle "$3" "$4" 2>&1' - "$TARE" "$ROOT" "$BUNDLE" "$ID"
	[ "$status" != 0 ] || has "$output" pipe:
	is "$(stat -c %u:%g "$TMP/hostfile") $(cat "$TMP/hostfile")" "12:34 text"
}

@test "a /dev/null that is exchanged for a link to a mounted file keeps the file's owner (CVE-2026-88265)" {
	echo text >"$TMP/hostfile"
	chown 12:34 "$TMP/hostfile"
	bare_dev
	mount_at /hostfile "$TMP/hostfile"
	mknod "$ROOTFS/dev/null" c 1 3
	ln -s /hostfile "$ROOTFS/dev/link"
	config '.process.user = {uid: 1000, gid: 1000} | .linux.maskedPaths = []'
	program sh -c 'readlink /proc/self/fd/0; echo changed >&0'
	background "$RACER" exchange "$ROOTFS/dev/null" "$ROOTFS/dev/link"
	kept() { once </dev/null && lacks "$output" /hostfile && is "$(stat -c %u:%g "$TMP/hostfile") $(cat "$TMP/hostfile")" "12:34 text"; }
	again kept
}

@test "a container without /dev/null does not get the host's" {
	mknod -m 666 "$TMP/null" c 1 3
	sleeping
	tare exec "$ID" rm /dev/null
	tare exec "$ID" sh -c 'chmod 600 /proc/self/fd/0' <"$TMP/null"
	is "$(stat -c %a "$TMP/null")" 666
	tare exec "$ID" sh -c 'ln -s /etc/passwd /dev/null; exec chmod 644 /proc/self/fd/0' <"$TMP/null"
	tare exec "$ID" sh -c 'exec chmod 644 /proc/self/fd/0' <"$TMP/null"
	is "$(stat -c %a "$TMP/null")" 666
	tare exec "$ID" sh -c 'echo >/dev/stdin && cat' <>"$TMP/null" # it is a null device all the same
}

# Group D: privileges, cgroups, parsing.

@test "nothing is inheritable unless the config says so (CVE-2022-29162, CVE-2022-27650)" {
	is "$(jq -c '.process.capabilities | [.inheritable, .ambient]' "$BUNDLE/config.json")" '[null,null]'
	sleeping
	is "$(tare exec --cap CAP_NET_RAW "$ID" grep -cE 'Cap(Inh|Amb):.0000000000000000' /proc/self/status)" 2
	is "$(tare exec --cap CAP_NET_RAW "$ID" grep CapEff /proc/self/status)" "$(printf 'CapEff:\t0000000020002420')"
}

# bats test_tags=cgroup
@test "without a cgroup namespace of its own a user namespace cannot write its cgroup (CVE-2023-25809)" {
	[ "$VIEW" = v2 ] || skip "missing: cgroup v2 alone (view $VIEW)"
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings
		| (.mounts[] | select(.type == "cgroup") | .options) -= ["ro"]'
	run inside probe write /sys/fs/cgroup/cgroup.procs 0
	[ "$output" = EROFS ] || [ "$output" = EACCES ]
	has "$(inside grep ' /sys/fs/cgroup ' /proc/self/mountinfo)" " /sys/fs/cgroup ro,"
}

@test "what no device rule allows is denied, with an empty list as well (GHSA-g54h-m393-cpwq)" {
	local rules
	capable CAP_MKNOD
	for rules in '[]' null '[{"allow": false, "access": "rwm"}]' '[{"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rwm"}]'; do
		config '.linux.resources.devices = $rules' --argjson rules "$rules"
		is "$(inside sh -c 'mknod /tmp/b b 8 0; probe open /tmp/b r; mknod /tmp/c c 1 11; probe open /tmp/c r; rm -f /tmp/b /tmp/c')" "$(printf 'EPERM\nEPERM')"
	done
}

@test "what is too large is refused, not cut off (CVE-2021-43784)" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [range(5000) | {containerID: ., hostID: (100000 + .), size: 1}]
		| .linux.gidMappings = .linux.uidMappings'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" /linux/uidMappings
	default_config
	config '.mounts += [{destination: ("/" + ("a/" * 40000)), type: "tmpfs", source: "x"}]'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "too long"
	default_config
	config '.process.env += ["A=" + ("x" * 300000)]'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "too large"
	config '.process.env = [range(200000) | "VARIABLE_\(.)=" + ("x" * 64)]'
	fails tare run --bundle "$BUNDLE" "$ID"
}

# bats test_tags=cgroup
@test "a cgroup path does not leave the place it counts from" {
	local at
	program true
	for at in ../x /../x a/../b /a/../../b .. / . ''$'\n''x'; do
		config '.linux.cgroupsPath = $at' --arg at "$at"
		fails tare run --bundle "$BUNDLE" "$ID"
		has "$output" /linux/cgroupsPath
	done
}

@test "an id that is a path is refused before anything is made" {
	local id
	program true
	for id in .. . a/b ../a /a '' 'a b' 'a@b' $'a\nb' @seccomp "$(printf 'a%.0s' $(seq 256))"; do
		fails tare run --bundle "$BUNDLE" "$id"
		has "$output" "container id"
		fails tare delete --force "$id"
		fails tare state "$id"
	done
	[ ! -e "$ROOT" ]
}

@test "a container's state is its owner's alone" {
	program true
	created
	is "$(stat -c %a "$ROOT" "$ROOT/$ID" | tr '\n' ' ')" "700 700 "
	is "$(stat -c %a "$ROOT/$ID/state.json" "$ROOT/$ID/config.json" | sort -u)" 600
	[ -S "$ROOT/$ID/start.sock" ]
	run find "$ROOT/$ID" -mindepth 1 ! -name state.json ! -name config.json ! -name start.sock
	is "$output" ""
}

@test "tare's environment is not the container's, nor has it a say" {
	program env
	# (The program itself: of a shell before it ld.so would say what is wrong with LD_PRELOAD.)
	run env SECRET=1 LISTEN_FDS=1 LISTEN_PID=1 LD_PRELOAD=/x TARE_FAULT=3:1 TARE_KILL=1 \
		"$BINARY" ${TARE_SYSTEMD:+--systemd-cgroup} --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	is "$status" 0
	lacks "$output" SECRET LISTEN_ LD_PRELOAD TARE_FAULT
}

@test "a pid that another process has by now is not signalled" {
	sleeping
	background sleep 100
	cp "$ROOT/$ID/state.json" "$TMP/kept"
	jq -c --argjson pid "$BACKGROUND" '.pid = $pid' "$TMP/kept" >"$ROOT/$ID/state.json"
	is "$(status_of)" stopped
	fails tare kill "$ID" KILL
	fails 255 tare exec "$ID" true
	kill -0 "$BACKGROUND"
	cp "$TMP/kept" "$ROOT/$ID/state.json"
}

@test "supplementary groups are the config's and no others" {
	is "$(inside grep Groups /proc/self/status | tr -d ' \t')" "Groups:"
	config '.process.user = {uid: 5, gid: 6, additionalGids: [7, 8]}'
	is "$(inside grep -E '^(Uid|Gid|Groups)' /proc/self/status | tr -s ' \t\n' ' ')" "Uid: 5 5 5 5 Gid: 6 6 6 6 Groups: 7 8 "
}
