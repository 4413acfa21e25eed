# What is wrong is refused in one clear sentence, and leaves nothing behind.

load ../lib

# refused PIECE... -- [STATUS] WORD...: "tare WORD..." ends with that status (1),
# prints nothing, and says why in one line that has each piece.
refused() {
	local pieces=() wanted=1 got=0
	while [ "$1" != -- ]; do
		pieces+=("$1")
		shift
	done
	shift
	if [[ $1 =~ ^[0-9]+$ ]]; then
		wanted=$1
		shift
	fi
	tare "$@" </dev/null >"$TMP/out" 2>"$TMP/err" 3>&- || got=$?
	sentence "$got" "$wanted" "${pieces[@]}"
}

# sentence GOT-STATUS WANTED-STATUS PIECE...: what refused checks of $TMP/out and
# $TMP/err. (A container that runs writes to $TMP/stdout.)
sentence() {
	local text
	IFS= read -r -d '' text <"$TMP/err" || :
	[ "$1" = "$2" ] || {
		printf 'status %s, not %s; stderr: %s\n' "$1" "$2" "${text:0:10000}"
		return 1
	}
	[[ $text == "tare: "?*$'\n' && ${text%$'\n'} != *$'\n'* ]] || {
		printf 'not one sentence of tare: %s\n' "${text:0:10000}"
		return 1
	}
	# What engines read in one piece.
	[ "${#text}" -lt 8000 ] || {
		printf 'a sentence of %s bytes\n' "${#text}"
		return 1
	}
	lacks "$text" goroutine BUG || return
	[ ! -s "$TMP/out" ] || {
		printf 'stdout: %s\n' "$(head -c 1000 "$TMP/out")"
		return 1
	}
	shift 2
	has "$text" "$@"
}

# wrong EXPRESSION PIECE...: create refuses the default config with that change.
wrong() {
	local expression=$1 right
	shift
	right=$(<"$BUNDLE/config.json")
	config "$expression" || return
	refused "$@" -- create --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID" || {
		echo "config: $expression"
		return 1
	}
	[ ! -e "$TMP/pid" ] || {
		echo "there is a pid file; config: $expression"
		return 1
	}
	printf '%s\n' "$right" >"$BUNDLE/config.json"
}

# text STRING: what config.json is from now on, byte by byte.
text() { printf "$1" >"$BUNDLE/config.json"; }

# long COUNT WORD: the word, so many times.
long() { printf "%0${1}d" 0 | sed "s|0|$2|g"; }

# The bundle and its config.json

@test "a bundle that is not there, or has no config.json, is named" {
	refused "$TMP/nothing" 'no such file or directory' -- run --bundle "$TMP/nothing" "$ID"
	rm "$BUNDLE/config.json"
	refused "$BUNDLE/config.json" 'no such file or directory' -- run --bundle "$BUNDLE" "$ID"
	cd "$TMP"
	refused "$TMP/config.json" -- run "$ID"
}

@test "a bundle that is a file, and a config.json that is a directory or a link to itself, are named" {
	refused "$BUNDLE/config.json/config.json" 'not a directory' -- run --bundle "$BUNDLE/config.json" "$ID"
	rm "$BUNDLE/config.json"
	ln -s config.json "$BUNDLE/config.json"
	refused "$BUNDLE/config.json" 'symbolic links' -- run --bundle "$BUNDLE" "$ID"
	rm "$BUNDLE/config.json"
	mkdir "$BUNDLE/config.json"
	refused "$BUNDLE/config.json" 'is a directory' -- run --bundle "$BUNDLE" "$ID"
}

@test "an empty config.json is called empty" {
	text ''
	refused "$BUNDLE/config.json" 'empty' -- run --bundle "$BUNDLE" "$ID"
	text ' \n\n '
	refused 'line 3' 'empty' -- run --bundle "$BUNDLE" "$ID"
}

@test "a config.json that is no JSON is refused with line and column" {
	local case
	for case in '{|line 1, column 2' '{"ociVersion": "1.0.0",\n  "process": }|line 2, column 14' '[]|line 1, column 1' '"x"|line 1, column 1' \
		'{"ociVersion": "1.0.0"} x|line 1, column 25' '{"a": 01}|line 1, column 8' '{"hostname": "a\nb"}|line 1, column 16' '{"a": tru}|line 1, column 7' \
		'{"a": "\\x"}|line 1, column' '{a: 1}|line 1, column 2' '{"a": 1,}|line 1, column 9' '{"a\x01": 1}|line 1, column 4' '\xff\xfe{}|line 1, column 1'; do
		text "${case%|*}"
		refused "$BUNDLE/config.json" "${case##*|}" -- run --bundle "$BUNDLE" "$ID" || {
			echo "config: $case"
			return 1
		}
	done
	head -c 100000 /dev/zero | tr '\0' '[' >"$BUNDLE/config.json"
	refused 'line 1, column' deep -- run --bundle "$BUNDLE" "$ID"
}

@test "a config.json without anything that must be there names all of it" {
	local case
	for case in '{}' null; do
		text "$case"
		refused /ociVersion: /root: /process: -- run --bundle "$BUNDLE" "$ID"
	done
}

@test "a field of the wrong type is named with what it must be" {
	wrong '.process.args = "x"' '/process/args must be an array' 'line '
	wrong '.process.user.uid = -1' /process/user/uid -1
	wrong '.process.user.uid = 4294967296' /process/user/uid 4294967296
	wrong '.process.user.uid = 1.5' /process/user/uid 1.5
	wrong '.process.user.uid = "0"' /process/user/uid string
	wrong '.process.user.additionalGids = [0, -1]' /process/user/additionalGids/1
	wrong '.process.terminal = 1' '/process/terminal must be true or false'
	wrong '.mounts[2].options[1] = 3' '/mounts/2/options/1 must be a string'
	wrong '.mounts = {}' '/mounts must be an array'
	wrong '.root = "x"' '/root must be an object'
	wrong '.linux = []' '/linux must be an object'
	wrong '.annotations = {"a/b": 1}' /annotations/a~1b
	wrong '.linux.resources.memory.limit = "1M"' /linux/resources/memory/limit
	wrong '.linux.resources.memory.limit = 99999999999999999999' /linux/resources/memory/limit
	wrong '.linux.resources.cpu.shares = -1' /linux/resources/cpu/shares -1
	wrong '.process.oomScoreAdj = 1.5' /process/oomScoreAdj
}

@test "all that is wrong is told at once" {
	wrong '.process.args = [] | .process.cwd = "x" | .root.path = "" | .linux.namespaces += [{type: "foo"}] | .ociVersion = "2.0.0" |
		.process.rlimits = [{type: "RLIMIT_FOO", soft: 1, hard: 1}] | .hostname = "a" * 65 | .linux.maskedPaths = ["y"]' \
		/process/args: /process/cwd: /root/path: 'unknown namespace "foo"' /ociVersion: /process/rlimits/0/type: /hostname: /linux/maskedPaths/0:
}

@test "faults without number are counted, not all told" {
	wrong '.process.env = [range(10000) | tostring]' '/process/env/0: ' 'more'
}

@test "control characters of a config do not reach the terminal" {
	wrong '.linux.namespaces += [{type: "\u001b[31mx\ny"}]' '\x1b[31mx\ny'
	lacks "$(cat "$TMP/err")" $'\x1b'
	program $'/no\e[31m\n/such'
	refused '/no\x1b[31m\n/such' 'no such file or directory' -- run --bundle "$BUNDLE" "$ID"
	lacks "$(cat "$TMP/err")" $'\x1b'
	refused '\x1b' 'no such file or directory' -- run --bundle $'/no/\e/such' "$ID"
	lacks "$(cat "$TMP/err")" $'\x1b'
	# A control character of an 8-bit terminal, and one that turns the direction of what follows.
	refused '\x9b31m' 'no such file or directory' -- run --bundle $'/no/\x9b31m' "$ID"
	refused '\u202e' 'no such file or directory' -- run --bundle $'/no/\xe2\x80\xaegpj' "$ID"
	is "$(LC_ALL=C tr -d ' -~\n' <"$TMP/err")" ""
}

@test "a NUL inside of a string is refused" {
	wrong '.process.args = ["a\u0000b"]' /process/args/0 NUL
	wrong '.process.env = ["A=\u0000"]' /process/env/0 NUL
	wrong '.process.cwd = "/\u0000"' /process/cwd NUL
	wrong '.root.path = "rootfs\u0000x"' /root/path NUL
	wrong '.mounts += [{destination: "/x\u0000y", type: "tmpfs", source: "x"}]' /mounts/7 NUL
	wrong '.linux.cgroupsPath = "/x\u0000y"' /linux/cgroupsPath NUL
}

@test "a version of the specification that tare does not know is refused" {
	wrong '.ociVersion = "2.0.0"' /ociVersion 2.0.0
	wrong '.ociVersion = "0.6.0"' /ociVersion 0.6.0
	wrong '.ociVersion = "1.0"' /ociVersion
	wrong '.ociVersion = "x"' /ociVersion
	wrong 'del(.ociVersion)' '/ociVersion: must be set'
	config '.ociVersion = "1.99.7"'
	inside true
}

@test "a field that no version of the specification has is passed over" {
	config '.org.example = {a: [1, {b: null}]} | .process.example = 1 | .linux.example = [[]]'
	inside true
}

@test "a field that tare does not act on is refused by name" {
	wrong '.windows = {} | .vm = {} | .solaris = {} | .zos = {} | .freebsd = {}' /windows: /vm: /solaris: /zos: /freebsd:
	wrong '.process.user.username = "ana" | .process.commandLine = "x"' /process/user/username: /process/commandLine:
	wrong '.linux.resources.blockIO = {leafWeight: 10, weightDevice: [{major: 8, minor: 0, weight: 10, leafWeight: 20}]}' \
		/linux/resources/blockIO/leafWeight: /linux/resources/blockIO/weightDevice/0/leafWeight:
}

# Root and namespaces

@test "a root that is missing, not there, or a file is refused" {
	wrong 'del(.root)' '/root: must be set'
	wrong '.root = null' '/root: must be set'
	wrong '.root = {}' '/root/path: must be set'
	wrong '.root.path = "nothing"' /root/path "$BUNDLE/nothing" 'no such file or directory'
	wrong '.root.path = "config.json"' /root/path directory
	wrong '.root.path = "config.json/x"' /root/path 'not a directory'
}

@test "a namespace of an unknown type, or there twice, is refused" {
	wrong '.linux.namespaces += [{type: "foo"}]' /linux/namespaces/ '/type: unknown namespace "foo"'
	wrong '.linux.namespaces += [{type: ""}]' /linux/namespaces/ '/type: '
	wrong '.linux.namespaces += [{type: "pid"}]' 'the pid namespace is there twice'
	wrong '.linux.namespaces += [{type: "pid", path: "/proc/1/ns/pid"}]' 'the pid namespace is there twice'
}

@test "a namespace to join that is not there, no namespace, or of another type is refused" {
	local net='.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	wrong "\"/no/such/ns\" as \$p | $net" '/linux/namespaces/1: ' /no/such/ns 'no such file or directory'
	wrong "\"/proc/self/ns/pid\" as \$p | $net" '/linux/namespaces/1: ' 'another kind'
	wrong "\"/etc/passwd\" as \$p | $net" '/linux/namespaces/1: ' 'not a namespace'
	wrong "\"relative\" as \$p | $net" '/linux/namespaces/1/path: '
}

@test "mappings without a user namespace, or a new one without mappings, are refused" {
	wrong '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]' /linux/uidMappings
	wrong '.linux.namespaces += [{type: "user"}]' /linux/uidMappings: /linux/gidMappings:
	wrong '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 0}] |
		.linux.gidMappings = [range(341) | {containerID: ., hostID: ., size: 1}]' /linux/uidMappings/0/size '/linux/gidMappings: has 341'
}

@test "offsets without a new time namespace are refused" {
	wrong '.linux.timeOffsets = {monotonic: {secs: 1}}' /linux/timeOffsets
}

# The program

@test "a config without a process or its program is refused" {
	wrong 'del(.process)' '/process: must be set'
	wrong '.process.args = []' /process/args
	wrong 'del(.process.args)' /process/args
	wrong '.process.args = [""]' /process/args/0
}

# unexecutable COMMAND...: checks what run, start and exec say of programs that cannot be executed.
unexecutable() {
	printf '#!/no/such/shell\n' >"$ROOTFS/bin/script"
	printf 'text\n' >"$ROOTFS/bin/text"
	chmod 755 "$ROOTFS/bin/script" "$ROOTFS/bin/text"
	printf 'text\n' >"$ROOTFS/bin/plain"
	local case
	for case in '/no/such/program|no such file or directory' 'nosuchprogram|executable file not found in $PATH' '/bin/plain|permission denied' \
		'plain|permission denied' '/etc|is a directory' '/bin/script|no such file or directory|interpreter' 'script|no such file or directory|interpreter' \
		'/bin/text|exec format error' '/etc/passwd/x|no such file or directory' '../../../bin/nothing|no such file or directory'; do
		"$@" "$case" || {
			echo "case: $case"
			return 1
		}
	done
}

@test "a program that cannot be executed is told in the words of engines by run" {
	run_it() {
		IFS='|' read -ra words <<<"$1"
		program "${words[0]}" && refused "${words[@]}" -- run --bundle "$BUNDLE" "$ID"
	}
	unexecutable run_it
}

@test "a program that nobody can execute is told in the words of engines by create" {
	create_it() {
		IFS='|' read -ra words <<<"$1"
		case $1 in
		*interpreter | *format*) ;; # only execve can tell
		*) program "${words[0]}" && refused "/process/args: cannot find the program ${words[0]}" "${words[@]:1}" -- create --bundle "$BUNDLE" "$ID" ;;
		esac
	}
	unexecutable create_it
}

@test "a program that cannot be executed is told in the words of engines by start" {
	doomed "$ID"
	# With such a hook, which may bring the program, create does not look for it.
	config '.hooks.startContainer = [{"path": "/bin/true"}]'
	start_it() {
		IFS='|' read -ra words <<<"$1"
		program "${words[0]}" && created && refused "${words[@]}" -- start "$ID" && becomes stopped && tare delete "$ID"
	}
	unexecutable start_it
}

@test "a program that cannot be executed is told in the words of engines by exec, with status 255" {
	sleeping
	exec_it() {
		IFS='|' read -ra words <<<"$1"
		refused "${words[@]}" -- 255 exec --pid-file "$TMP/none" "$ID" "${words[0]}" && [ ! -e "$TMP/none" ]
	}
	unexecutable exec_it
	is "$(status_of)" running
}

@test "a working directory that is missing, relative or a file is refused" {
	wrong 'del(.process.cwd)' /process/cwd absolute
	wrong '.process.cwd = "x"' /process/cwd absolute
	wrong '.process.cwd = "/etc/passwd"' /process/cwd /etc/passwd 'not a directory'
	wrong '.process.cwd = "/etc/passwd/x"' /process/cwd 'not a directory'
	wrong '.process.cwd = "/proc/x"' /process/cwd /proc/x
	sleeping
	refused /process/cwd 'no such file or directory' -- 255 exec --cwd /no/such "$ID" true
	refused /process/cwd 'not a directory' -- 255 exec --cwd /etc/passwd "$ID" true
}

@test "an environment that is none is refused" {
	wrong '.process.env += ["A"]' /process/env/3 '"A"'
	wrong '.process.env += ["=x"]' /process/env/3
	wrong '.process.env += [""]' /process/env/3
}

@test "ids that are none are refused" {
	wrong '.process.user.uid = 4294967295' /process/user/uid
	wrong '.process.user.gid = 4294967295' /process/user/gid
	wrong '.process.user.additionalGids = [4294967295]' /process/user/additionalGids/0
	sleeping
	local user
	for user in -1 root 0x0 01 4294967295 4294967296 1: :1 1:-1 1:2:3 ' 1' ''; do
		[ -z "$user" ] || refused -- 255 exec --user="$user" "$ID" true || {
			echo "user: $user"
			return 1
		}
	done
}

@test "a resource limit that is unknown, there twice, or above its hard limit is refused" {
	wrong '.process.rlimits = [{type: "RLIMIT_FOO", soft: 1, hard: 1}]' '/process/rlimits/0/type: ' RLIMIT_FOO
	wrong '.process.rlimits = [{type: "nofile", soft: 1, hard: 1}]' '/process/rlimits/0/type: '
	wrong '.process.rlimits = [{type: "RLIMIT_CORE", soft: 2, hard: 1}]' /process/rlimits/0/soft
	wrong '.process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 1}, {type: "RLIMIT_CORE", soft: 1, hard: 1}]' /process/rlimits/1/type twice
	wrong '.process.rlimits = [{type: "RLIMIT_CORE", soft: -1, hard: 1}]' /process/rlimits/0/soft
}

@test "the smallest resource limits do not keep tare from its work" {
	local limit
	for limit in NOFILE FSIZE CORE NPROC CPU MEMLOCK; do
		config '.process.rlimits = [{type: $limit, soft: 0, hard: 0}]' --arg limit "RLIMIT_$limit"
		# Where there is no processor time at all the kernel kills whoever a tick of the
		# clock finds running: the program, or init before it.
		run inside true
		[ "$status" = 0 ] || { [ "$limit" = CPU ] && { [ "$status" -gt 128 ] || [[ $output == *'init was killed by signal 9'* ]]; }; } || {
			echo "$limit: status $status: $output"
			return 1
		}
	done
}

@test "an unknown capability, or option of a bind mount, is left out with a warning" {
	program true
	config '.process.capabilities.bounding += ["CAP_FOO"] | .process.capabilities.ambient = ["CAP_BAR"]'
	config '.mounts += [{destination: "/x", type: "bind", source: "/tmp", options: ["bind", "nosuchoption"]}]'
	apart tare run --bundle "$BUNDLE" "$ID"
	is "$(cut -d: -f1,2 "$TMP/stderr" | uniq)" 'tare: warning'
	has "$(cat "$TMP/stderr")" /process/capabilities/bounding/3: CAP_FOO /process/capabilities/ambient/0: CAP_BAR /mounts/7/options/1: nosuchoption
}

@test "scheduling, labels and memory policies that are unknown are refused" {
	wrong '.process.scheduler = {policy: "FOO"}' /process/scheduler/policy
	wrong '.process.ioPriority = {class: "FOO"}' /process/ioPriority/class
	wrong '.process.execCPUAffinity = {initial: "x"}' /process/execCPUAffinity/initial
	wrong '.process.oomScoreAdj = 1001' /process/oomScoreAdj 1001
	wrong '.linux.personality = {domain: "FOO"}' /linux/personality/domain
	wrong '.linux.memoryPolicy = {mode: "FOO"}' /linux/memoryPolicy/mode
}

@test "a filter that is unknown, or lets nothing be executed, is refused" {
	wrong '.linux.seccomp = {defaultAction: "FOO"}' /linux/seccomp/defaultAction
	wrong '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["FOO"]}' /linux/seccomp/architectures/0
	wrong '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["FOO"]}' /linux/seccomp/flags/0
	wrong '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: [], action: "SCMP_ACT_ERRNO"}]}' /linux/seccomp/syscalls/0/names
	wrong '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO"}' '/linux/seccomp: refuses execve'
	wrong '.linux.seccomp = {defaultAction: "SCMP_ACT_KILL"}' '/linux/seccomp: refuses execve'
}

@test "a filter that refuses even the end of init does not keep it alive" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["execve"], action: "SCMP_ACT_ALLOW"}]}'
	program /no/such/program
	background tare run --bundle "$BUNDLE" "$ID"
	local got=0
	ended || got=$?
	[ "$got" -gt 128 ]
}

# Mounts, devices, sysctls

@test "a mount without what it needs is refused" {
	wrong '.mounts += [{destination: "/x", type: "bind", options: ["bind"]}]' /mounts/7/source
	wrong '.mounts += [{destination: "/x", source: "x"}]' /mounts/7/type
	wrong '.mounts += [{type: "tmpfs", source: "x"}]' /mounts/7/destination
}

@test "a source of a bind mount that is not there is named" {
	wrong '.mounts += [{destination: "/x", type: "bind", source: "/no/such", options: ["bind"]}]' '/mounts/7: ' /no/such 'no such file or directory'
	wrong '.mounts += [{destination: "/x", type: "bind", source: "relative", options: ["rbind", "ro"]}]' '/mounts/7: ' "$BUNDLE/relative"
}

@test "an option or file system that is unknown is named" {
	wrong '.mounts += [{destination: "/x", type: "tmpfs", source: "x", options: ["nosuchoption"]}]' '/mounts/7: ' "nosuchoption"
	wrong '.mounts += [{destination: "/x", type: "tmpfs", source: "x", options: ["size=abc"]}]' '/mounts/7: ' "size=abc"
	wrong '.mounts += [{destination: "/x", type: "nosuchfs", source: "x"}]' '/mounts/7: ' nosuchfs
}

@test "a mount of a directory on a file, or the other way round, is refused" {
	wrong '.mounts += [{destination: "/etc/passwd", type: "tmpfs", source: "x"}]' '/mounts/7: ' /etc/passwd directory
	wrong '.mounts += [{destination: "/etc/passwd", type: "bind", source: "/tmp", options: ["bind"]}]' '/mounts/7: ' /etc/passwd directory
	wrong '.mounts += [{destination: "/etc", type: "bind", source: "/etc/passwd", options: ["bind"]}]' '/mounts/7: ' /etc directory
	wrong '.mounts += [{destination: "/etc/passwd/x", type: "tmpfs", source: "x"}]' '/mounts/7: ' 'not a directory'
}

@test "a mount inside of /proc that may hide what it tells is refused" {
	wrong '.mounts += [{destination: "/proc/x", type: "tmpfs", source: "x"}]' /mounts/7/destination /proc/x
}

@test "paths to mask or protect that are relative are refused" {
	wrong '.linux.maskedPaths = ["x"] | .linux.readonlyPaths = ["y"]' /linux/maskedPaths/0: /linux/readonlyPaths/0:
}

@test "an unknown propagation is refused" {
	wrong '.linux.rootfsPropagation = "foo"' /linux/rootfsPropagation foo
}

@test "a device that cannot be one is refused" {
	wrong '.linux.devices = [{path: "/dev/x", type: "q"}]' /linux/devices/0/type
	wrong '.linux.devices = [{path: "dev/x", type: "c", major: 1, minor: 3}]' /linux/devices/0/path
	wrong '.linux.devices = [{path: "/", type: "c", major: 1, minor: 3}]' /linux/devices/0/path
	wrong '.linux.devices = [{path: "/dev/x", type: "c", major: -1, minor: 3}]' /linux/devices/0/major
	wrong '.linux.devices = [{path: "/dev/x", type: "c", major: 1, minor: 9999999}]' /linux/devices/0/minor
	wrong '.linux.devices = [{path: "/etc/passwd", type: "c", major: 1, minor: 3}]' '/linux/devices/0: ' /etc/passwd
}

@test "a sysctl that does not exist, is not the container's, or takes another value is refused" {
	wrong '.linux.sysctl = {"net.nosuch": "1"}' /linux/sysctl/net.nosuch 'no such file or directory'
	wrong '.linux.sysctl = {"kernel.panic": "1"}' /linux/sysctl/kernel.panic host
	wrong '.linux.sysctl = {"kernel.shmmax": "abc"}' /linux/sysctl/kernel.shmmax 'invalid argument'
	wrong '.linux.sysctl = {"": "1"}' /linux/sysctl/
	wrong '.linux.sysctl = {"net/../kernel/panic": "1"}' /linux/sysctl/
	wrong '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))' /linux/sysctl/net.ipv4.ip_forward network
	wrong '.linux.sysctl = {"kernel.domainname": "x"} | .linux.namespaces |= map(select(.type != "uts")) | del(.hostname)' /linux/sysctl/kernel.domainname
}

@test "a name that is too long for the kernel is refused" {
	wrong '.hostname = "a" * 65' /hostname 64
	wrong '.domainname = "a" * 65' /domainname 64
	wrong '.hostname = "a" | .linux.namespaces |= map(select(.type != "uts"))' /hostname uts
}

@test "a hook that cannot be run is refused" {
	wrong '.hooks = {createRuntime: [{path: "x"}], prestart: [{path: "/x", timeout: 0}], poststop: [{path: ""}]}' \
		/hooks/createRuntime/0/path /hooks/prestart/0/timeout /hooks/poststop/0/path
	wrong '.hooks = {createRuntime: [{path: "/no/such/hook"}]}' '/hooks/createRuntime/0: ' /no/such/hook
	wrong '.hooks = {createContainer: [{path: "/bin/false"}]}' '/hooks/createContainer/0: ' 'status 1'
}

# Resources

# bats test_tags=vm,cgroup
@test "limits below what they may be are refused" {
	controller memory
	controller pids
	controller cpu
	wrong '.linux.resources.memory.limit = -2' /linux/resources/memory/limit
	wrong '.linux.resources.memory = {limit: 10000000, swap: 5000000}' /linux/resources/memory/swap
	wrong '.linux.resources.pids.limit = -5' /linux/resources/pids/limit
	wrong '.linux.resources.cpu.quota = -5' /linux/resources/cpu/quota
	wrong '.linux.resources.cpu.period = 1' /linux/resources/cpu/period
}

@test "lists of processors that are none are refused" {
	controller cpuset
	wrong '.linux.resources.cpu.cpus = "x"' /linux/resources/cpu/cpus
	wrong '.linux.resources.cpu.cpus = "4095"' /linux/resources/cpu/cpus 4095
}

# bats test_tags=vm,cgroup
@test "a memory limit in which nothing can start is named as what may be too low" {
	controller memory
	program true
	config '.linux.resources.memory.limit = 1'
	refused 'memory limit' -- run --bundle "$BUNDLE" "$ID"
}

# bats test_tags=vm,cgroup
@test "the smallest limits of processes let one process run" {
	controller pids
	config '.linux.resources.pids.limit = 1'
	is "$(inside sh -c 'echo alone')" alone
	fails 2 inside sh -c 'true; (exit 0); echo two'
	config '.linux.resources.pids.limit = 0'
	inside true
}

# bats test_tags=cgroup
@test "rules, sizes and files of cgroups that are unknown are refused" {
	wrong '.linux.resources.devices += [{allow: true, type: "x", access: "rwm"}]' /linux/resources/devices/1
	wrong '.linux.resources.devices += [{allow: true, type: "c", access: "q"}]' /linux/resources/devices/1
	wrong '.linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 1}]' /linux/resources/hugepageLimits
	wrong '.linux.resources.unified = {"nosuch.file": "1"}' /linux/resources/unified/nosuch.file
	wrong '.linux.resources.unified = {"../x": "1"}' /linux/resources/unified/..~1x
}

# bats test_tags=cgroup
@test "a cgroup outside of where it may be is refused" {
	by_file_system
	wrong '.linux.cgroupsPath = "/a/../../b"' /linux/cgroupsPath
	wrong '.linux.cgroupsPath = ".."' /linux/cgroupsPath
	wrong '.linux.cgroupsPath = "../x"' /linux/cgroupsPath
	wrong '.linux.cgroupsPath = "/a\nb"' /linux/cgroupsPath 'line feed'
	wrong '.linux.cgroupsPath = "/"' /linux/cgroupsPath 'names no cgroup'
}

# Sizes

@test "paths of 64 KiB are too long, wherever they are" {
	local path='"/" + "a/" * 32768'
	wrong ".root.path = $path" /root/path 'file name too long'
	wrong ".process.cwd = $path" /process/cwd 'file name too long'
	wrong ".mounts += [{destination: ($path), type: \"tmpfs\", source: \"x\"}]" '/mounts/7: ' 'file name too long'
	wrong ".mounts += [{destination: \"/x\", type: \"bind\", source: ($path), options: [\"bind\"]}]" '/mounts/7: ' 'file name too long'
	wrong ".linux.maskedPaths = [$path]" '/linux/maskedPaths/0: ' 'file name too long'
	wrong ".linux.readonlyPaths = [$path]" '/linux/readonlyPaths/0: ' 'file name too long'
	[ -n "${TARE_SYSTEMD:-}" ] || wrong ".linux.cgroupsPath = $path" /linux/cgroupsPath 'file name too long'
	wrong "($path) as \$p | .linux.namespaces |= map(if .type == \"network\" then .path = \$p else . end)" '/linux/namespaces/1: ' 'file name too long'
	wrong ".linux.devices = [{path: ($path), type: \"p\"}]" '/linux/devices/0: ' 'file name too long'
	wrong '.mounts += [{destination: ("/" + "a" * 300), type: "tmpfs", source: "x"}]' '/mounts/7: ' 'file name too long'
	config ".process.args = [$path]"
	refused /process/args 'file name too long' -- run --bundle "$BUNDLE" "$ID"
	refused 'file name too long' -- run --bundle "/$(long 32768 a/)" "$ID"
	refused 'file name too long' -- --root "/$(long 32768 a/)" state "$ID"
}

@test "a long environment reaches the program" {
	config '.process.env += [range(1000) | "A\(.)=" + "x" * 94]'
	is "$(inside env | grep -c '^A[0-9]*=x*$')" 1000
}

@test "an environment that the kernel takes no more of is refused" {
	config '.process.env += ["A=" + "x" * 131072]'
	program true
	refused /process/args 'too large' 'argument list too long' -- run --bundle "$BUNDLE" "$ID"
	config '.process.env |= .[:3] | .process.env += [range(200) | "A\(.)=" + "x" * 100000]'
	refused /process/args 'argument list too long' -- run --bundle "$BUNDLE" "$ID"
	config '.process.env |= .[:3] | .process.env += ["A=" + "x" * 131069]'
	tare run --bundle "$BUNDLE" "$ID"
}

@test "a config.json of 10 MiB works" {
	config '.annotations = ([range(100) | {key: "k\(.)", value: ("x" * 104858)}] | from_entries)'
	[ "$(stat -c %s "$BUNDLE/config.json")" -gt 10485760 ]
	sleeping
	is "$(tare state "$ID" | jq -r '.annotations.k99 | length')" 104858
	is "$(tare list --format json | jq -r '.[0].annotations.k0 | length')" 104858
}

@test "5000 mounts work, and one wrong one among them is found" {
	ulimit -Sn "$(ulimit -Hn)" # init holds the sources of all bind mounts at once
	config '.mounts += [range(2500) | {destination: "/tmp/new\(.)", type: "tmpfs", source: "x"}, {destination: "/tmp/bound\(.)", type: "bind", source: "/tmp", options: ["bind"]}]'
	is "$(inside cat /proc/self/mountinfo | awk '$5 ~ "^/tmp/"' | wc -l)" 5000
	config '.mounts[4000].source = "/no/such" | .mounts[4000].type = "bind" | .mounts[4000].options = ["bind"]'
	refused '/mounts/4000: ' -- run --bundle "$BUNDLE" "$ID"
}

@test "more bind mounts than can be open at once are refused" {
	wrong '.mounts += [range(20000) | {destination: "/tmp/\(.)", type: "bind", source: "/tmp", options: ["bind"]}]' /mounts more
}

# Ids

@test "a container id that is none is refused by every verb" {
	doomed "$ID"
	local id
	for id in .. . a/b /a ../a '' "$(long 300 a)" "$(long 256 a)" é 'a b' $'a\nb' $'\xff' '@seccomp' 'a*' '~'; do
		refused id -- run --bundle "$BUNDLE" "$id" && refused id -- create --bundle "$BUNDLE" "$id" && refused id -- 255 exec "$id" true &&
			refused id -- state "$id" && refused id -- delete "$id" && refused id -- delete --force "$id" && refused id -- kill "$id" KILL &&
			refused id -- start "$id" && refused id -- pause "$id" && refused id -- resume "$id" && refused id -- ps "$id" ||
			{
				echo "id: $id"
				return 1
			}
	done
	[ ! -e "$ROOT" ]
}

@test "an id of 255 bytes of every kind that is allowed works" {
	local id
	id=$ID+A_z.9-$(long 255 b)
	id=${id:0:255}
	# The name of the unit, tare-ID.scope, has 255 bytes at most as well, and no plus sign.
	if [ -n "${TARE_SYSTEMD:-}" ]; then
		refused 'it has 266 bytes, and systemd takes 255' -- run --bundle "$BUNDLE" "$id"
		id=${id:0:244}
		refused 'a character that is not' -- run --bundle "$BUNDLE" "$id"
		id=${id/+/_}
	fi
	doomed "$id"
	program probe pause
	apart tare run --detach --bundle "$BUNDLE" "$id"
	is "$(status_of "$id")" running
	is "$(tare list -q)" "$id"
}

@test "an id that is in use is refused, and its container goes on" {
	sleeping
	refused "$ID" 'exists already' -- create --bundle "$BUNDLE" "$ID"
	refused "$ID" 'exists already' -- run --bundle "$BUNDLE" "$ID"
	tare kill "$ID" KILL
	becomes stopped
	refused "$ID" 'exists already' -- run --bundle "$BUNDLE" "$ID"
	is "$(status_of)" stopped
}

@test "what is asked of a container that does not exist says so" {
	mkdir -p "$ROOT"
	local verb
	for verb in state delete start kill pause resume ps; do
		refused "$ID" 'does not exist' -- "$verb" "$ID"
	done
	refused 'does not exist' -- kill --all "$ID" KILL
	refused 'does not exist' -- 255 exec "$ID" true
	refused 'does not exist' -- plan --exec "$ID"
	is "$(ls -A "$ROOT")" ""
}

@test "a number of arguments that a verb does not take is refused" {
	local verb
	for verb in create run state delete start pause resume; do
		refused "$verb" -- "$verb"
		refused "$verb" -- "$verb" a b
	done
	refused kill -- kill
	refused kill -- kill a b c
	refused ps -- ps
	refused list -- list a
	refused exec -- 255 exec
}

@test "an unknown verb or option is refused in one line, not with a page of help" {
	refused nosuchverb -- nosuchverb
	refused nosuchoption -- --nosuchoption state "$ID"
	local verb
	for verb in create run start state delete kill pause resume ps list spec plan features; do
		refused nosuchoption -- "$verb" --nosuchoption
	done
	refused nosuchoption -- 255 exec --nosuchoption
	refused preserve-fds -- run --preserve-fds x "$ID"
	refused log-format -- --log-format xml state "$ID"
}

# What is not the time for

@test "a signal that is none is refused" {
	sleeping
	local signal
	for signal in 65 999999999999999999999 FOO SIGFOO SIG 9x 0x9 1.5 RTMAX+1 RTMIN-1 RTMIN+31 ' 9' 'KILL '; do
		refused signal -- kill "$ID" "$signal" || {
			echo "signal: $signal"
			return 1
		}
	done
	refused signal -- kill "$ID" -- -1
	is "$(status_of)" running
}

@test "exec is refused where nothing can run" {
	sleeping
	tare pause "$ID"
	refused "$ID" paused -- 255 exec --pid-file "$TMP/none" "$ID" true
	tare resume "$ID"
	tare kill "$ID" KILL
	becomes stopped
	refused "$ID" 'container not running' -- 255 exec --pid-file "$TMP/none" "$ID" true
	[ ! -e "$TMP/none" ]
}

@test "start is refused unless the container is created, and delete while it runs" {
	program probe pause
	created
	tare start "$ID"
	refused "$ID" running -- start "$ID"
	refused "$ID" running -- delete "$ID"
	refused "$ID" running -- resume "$ID"
	tare pause "$ID"
	refused "$ID" paused -- start "$ID"
	refused "$ID" paused -- pause "$ID"
	refused "$ID" paused -- delete "$ID"
	tare resume "$ID"
	is "$(status_of)" running
	tare kill "$ID" KILL
	becomes stopped
	refused "$ID" stopped -- start "$ID"
	refused "$ID" stopped -- pause "$ID"
	refused "$ID" stopped -- resume "$ID"
	refused "$ID" 'container not running' -- kill "$ID" TERM
}

# Files and descriptors

@test "a terminal without who takes it, or a console socket that takes none, is refused" {
	wrong '.process.terminal = true' /process/terminal --console-socket
	refused --console-socket /process/terminal -- create --bundle "$BUNDLE" --console-socket "$TMP/s" "$ID"
	config '.process.terminal = true'
	refused "$TMP/nothing" 'no such file or directory' -- create --bundle "$BUNDLE" --console-socket "$TMP/nothing" "$ID"
	: >"$TMP/file"
	refused "$TMP/file" 'connection refused' -- create --bundle "$BUNDLE" --console-socket "$TMP/file" "$ID"
	refused "$TMP" 'connection refused' -- create --bundle "$BUNDLE" --console-socket "$TMP" "$ID"
}

@test "a pid file that cannot be written is refused" {
	program probe pause
	refused "$TMP/no/pid" 'no such file or directory' -- create --bundle "$BUNDLE" --pid-file "$TMP/no/pid" "$ID"
	refused "$TMP" -- run --detach --bundle "$BUNDLE" --pid-file "$TMP" "$ID"
	refused /proc/pid -- create --bundle "$BUNDLE" --pid-file /proc/pid "$ID"
	sleeping
	refused "$TMP/no/pid" 'no such file or directory' -- 255 exec --detach --pid-file "$TMP/no/pid" "$ID" probe pause
	is "$(tare ps --format json "$ID" | jq length)" 1
}

@test "a state root that is a file, or cannot be written, is refused" {
	: >"$TMP/file"
	local root
	for root in "$TMP/file" "$TMP/file/below" /proc/root /dev/null; do
		refused "${root%/below}" -- --root "$root" run --bundle "$BUNDLE" "$ID" || {
			echo "root: $root"
			return 1
		}
	done
	refused "$TMP/file" 'not a directory' -- --root "$TMP/file" list
	refused 'not a directory' -- --root "$TMP/file" state "$ID"
	refused 'not a directory' -- --root "$TMP/file" delete "$ID"
}

@test "descriptors to preserve that are not open are refused" {
	refused --preserve-fds 'is not open' -- run --bundle "$BUNDLE" --preserve-fds 200 "$ID"
	refused --preserve-fds -- run --bundle "$BUNDLE" --preserve-fds -1 "$ID"
	sleeping
	refused --preserve-fds 'is not open' -- 255 exec --preserve-fds 200 "$ID" true
	refused --preserve-fds -- 255 exec --preserve-fds -1 "$ID" true
}

@test "a log that cannot be written is refused" {
	refused "$TMP/no/log" 'no such file or directory' -- --log "$TMP/no/log" state "$ID"
	refused "$TMP" 'is a directory' -- --log "$TMP" state "$ID"
}

@test "a process file that is not there, broken or incomplete is refused" {
	sleeping
	refused "$TMP/nothing" 'no such file or directory' -- 255 exec --process "$TMP/nothing" "$ID"
	printf '{"args": 1}' >"$TMP/process"
	refused "$TMP/process" 'line 1, column 10' /args -- 255 exec --process "$TMP/process" "$ID"
	: >"$TMP/process"
	refused "$TMP/process" empty -- 255 exec --process "$TMP/process" "$ID"
	echo '{}' >"$TMP/process"
	refused /process/args: /process/cwd: -- 255 exec --process "$TMP/process" "$ID"
	echo null >"$TMP/process"
	refused /process/args: -- 255 exec --process "$TMP/process" "$ID"
}

# roomy SIZE INODES: run works where the state root is a file system of that
# size; or it fails in one sentence, which is counted, and leaves nothing there.
# (In a mount namespace of its own, which takes it away.)
roomy() {
	local got=0
	unshare --mount sh -c '
		mount -t tmpfs -o "size=$1,nr_inodes=$2" tare "$3" && shift 3 || exit 99
		"$@"; status=$?
		[ -z "$(ls -A "$0")" ] || exit 98
		exit $status' "$TMP/small" "$1" "$2" "$TMP/small" \
		env TARE_TEST="$ID" "$TARE" --root "$TMP/small" run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>"$TMP/err" 3>&- || got=$?
	[ "$got" = 0 ] && return
	failures=$((failures + 1))
	sentence "$got" 1 'no space left on device'
}

@test "a full disk under the state root is told, and nothing is left there" {
	mkdir "$TMP/small"
	program true
	config '.annotations.x = "x" * 20000'
	local room failures=0
	for room in 4k 8k 12k 16k 32k 40k 64k; do
		roomy "$room" 100
	done
	for room in 1 2 3 4 5; do
		roomy 1m "$room"
	done
	[ "$failures" -ge 4 ]
	failures=0
	roomy 1m 100
	[ "$failures" = 0 ]
}

@test "what never ends is not read for ever, and a hole of terabytes does not take all memory" {
	sleeping
	truncate -s 4T "$TMP/hole"
	mkdir "$TMP/other"
	ln -s "$TMP/hole" "$TMP/other/config.json"
	refused "$TMP/other/config.json" 'file too large' -- run --bundle "$TMP/other" "$ID-2"
	refused "$TMP/hole" 'file too large' -- 255 exec --process "$TMP/hole" "$ID"
	refused /dev/zero 'file too large' -- 255 exec --process /dev/zero "$ID"
	refused '--resources' "$TMP/hole" 'file too large' -- update --resources "$TMP/hole" "$ID"
	local got=0
	tare update --resources - "$ID" </dev/zero >"$TMP/out" 2>"$TMP/err" || got=$?
	sentence "$got" 1 '--resources' 'standard input' 'file too large'
	is "$(status_of)" running
}

@test "a config.json that is no regular file is refused at once" {
	mkfifo "$TMP/fifo"
	for to in "$TMP/fifo" /dev/zero /dev/null; do
		ln -sf "$to" "$BUNDLE/config.json"
		refused "$BUNDLE/config.json" 'not a regular file' -- run --bundle "$BUNDLE" "$ID"
	done
}

@test "delete --force removes no directory that is not a container's" {
	mkdir -p "$TMP/home/ana/notify" "$TMP/home/left/notify"
	echo precious >"$TMP/home/ana/letter"
	fails "$TARE" --root "$TMP/home" delete --force ana
	has "$output" "$TMP/home/ana" letter --root
	is "$(cat "$TMP/home/ana/letter")" precious
	# What a tare that was killed may leave.
	touch "$TMP/home/left/"{.state.json.17,.config.json.18,config.json,start.sock,notify/notify.sock}
	"$TARE" --root "$TMP/home" delete --force left
	[ ! -e "$TMP/home/left" ]
}

@test "a state.json that is garbage is named, and delete --force removes it" {
	mkdir -p "$ROOT/$ID"
	local garbage verb
	for garbage in '' '{' 'null' '[]' '{"id": 1}' '{"id": "other", "created": "2026-01-01T00:00:00Z"}' '{"id": "'"$ID"'", "created": "x"}' '\x00\x01'; do
		mkdir -p "$ROOT/$ID"
		printf "$garbage" >"$ROOT/$ID/state.json"
		for verb in state start delete pause resume ps; do
			refused "$ROOT/$ID" 'cannot be read' -- "$verb" "$ID" || {
				echo "state.json: $garbage, verb: $verb"
				return 1
			}
		done
		refused "$ROOT/$ID" 'cannot be read' -- kill "$ID" KILL
		refused "$ROOT/$ID" 'cannot be read' -- 255 exec "$ID" true
		refused "$ID" 'exists already' -- run --bundle "$BUNDLE" "$ID"
		run -0 --separate-stderr tare list --format json
		is "$(jq -c . <<<"$output")" '[]'
		has "$stderr" "tare: warning: " "$ROOT/$ID"
		tare delete --force "$ID"
		[ ! -e "$ROOT/$ID" ]
	done
}

@test "a state.json that is a directory, or no regular file, is named" {
	mkdir -p "$ROOT/$ID/state.json"
	refused "$ROOT/$ID" -- state "$ID"
	tare delete --force "$ID"
	[ ! -e "$ROOT/$ID" ]
	mkdir "$ROOT/$ID"
	mkfifo "$ROOT/$ID/state.json"
	refused "$ROOT/$ID" 'cannot be read' -- state "$ID"
	tare delete --force "$ID"
	[ ! -e "$ROOT/$ID" ]
}

@test "a state of another boot, whose pid is somebody else's, is of a stopped container" {
	sleeping
	jq '.start += 1' "$ROOT/$ID/state.json" >"$TMP/state.json"
	tare kill "$ID" KILL
	becomes stopped
	background sleep 1000
	jq --argjson pid "$BACKGROUND" '.pid = $pid' "$TMP/state.json" >"$ROOT/$ID/state.json"
	is "$(status_of)" stopped
	refused 'container not running' -- kill "$ID" KILL
	tare delete "$ID"
	kill -0 "$BACKGROUND"
}
