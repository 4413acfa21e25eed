# The command line as engines use it, word by word: their order of options, the
# words and statuses they wait for, and the output they parse.

load ../lib

# shim VERB...: as containerd calls it.
shim() { TARE_TEST=$ID "$TARE" --root "$ROOT" --log "$TMP/log" --log-format json "$@"; }

# conmonrs VERB...: as conmon-rs does, which gives options twice.
conmonrs() { TARE_TEST=$ID "$TARE" --root="$TMP/other" --log="$TMP/log" --log-format=text --root="$ROOT" --log="$TMP/log" --log-format=json "$@"; }

# process ARG...: a file with the process of the config, which runs that.
process() { jq '.process | .args = $args' --argjson args "$(list "$@")" "$BUNDLE/config.json" >"$TMP/process.json"; }

# failure LOG: the message of a log that is one JSON object, as Podman decodes
# it, and that is an error with its time, as containerd does.
failure() {
	is "$(wc -l <"$1")" 1 || return
	jq -es 'length == 1 and (.[0] | keys == ["level", "msg", "time"] and .level == "error" and
		(.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$")))' "$1" >/dev/null ||
		{
			echo "not one error: $(cat "$1")"
			return 1
		}
	jq -r .msg "$1"
}

# bats test_tags=cgroup
@test "a life in containerd's words" {
	program sh -c 'echo hello; exec probe signal'
	doomed "$ID"
	apart shim create --bundle "$BUNDLE" --pid-file "$TMP/init.pid" "$ID"
	is "$(shim state "$ID" | jq -r .status)" created
	is "$(shim state "$ID" | jq .pid)" "$(cat "$TMP/init.pid")"
	shim start "$ID"
	appears ready "$TMP/stdout"
	process sh -c 'exit 5'
	run -5 shim exec --process "$TMP/process.json" "$ID"
	process probe pause
	apart shim exec --process "$TMP/process.json" --detach --pid-file "$TMP/exec.pid" "$ID"
	is "$(shim ps --format json "$ID" | jq -c 'sort')" "$(jq -nc '$ARGS.positional | map(tonumber) | sort' --args "$(cat "$TMP/init.pid")" "$(cat "$TMP/exec.pid")")"
	shim pause "$ID"
	is "$(shim state "$ID" | jq -r .status)" paused
	shim resume "$ID"
	shim kill "$ID" 9
	becomes stopped
	shim kill --all "$ID" 9
	shim delete "$ID"
	run -1 shim state "$ID"
	has "$output" 'does not exist'
	shim delete --force "$ID"
	is "$(failure "$TMP/log")" "container $ID does not exist"
}

@test "a life in conmon-rs's words, with global options twice" {
	program probe pause
	doomed "$ID"
	apart conmonrs create --bundle="$BUNDLE" --pid-file="$TMP/init.pid" "$ID"
	[ ! -e "$TMP/other" ]
	conmonrs start "$ID"
	is "$(status_of)" running
	apart conmonrs exec -d --pid-file="$TMP/exec.pid" "$ID" sleep 1000
	has "$(tr '\0' ' ' <"/proc/$(cat "$TMP/exec.pid")/cmdline")" 'sleep 1000'
	conmonrs kill "$ID" SIGKILL
	becomes stopped
	conmonrs delete "$ID"
	is "$(cat "$TMP/log")" ""
	run -1 conmonrs state "$ID"
	failure "$TMP/log"
}

@test "a life in conmon's and CRI-O's words" {
	program probe pause
	doomed "$ID"
	apart "$TARE" --root="$ROOT" create --bundle "$BUNDLE" --pid-file "$TMP/init.pid" --no-new-keyring --preserve-fds 0 "$ID"
	tare start "$ID"
	process sh -c 'exit 4'
	run -4 tare exec --process "$TMP/process.json" "$ID"
	process probe pause
	apart tare exec --pid-file "$TMP/exec.pid" --process "$TMP/process.json" --detach --preserve-fds 0 "$ID"
	kill -0 "$(cat "$TMP/exec.pid")"
	tare kill "$ID" 15 || true
	tare kill -a "$ID" KILL
	becomes stopped
	tare delete --force "$ID"
}

@test "a life in Buildah's words: the working directory is the bundle" {
	program sh -c 'exit 3'
	doomed "$ID"
	cd "$BUNDLE"
	apart tare create --bundle "$BUNDLE" --pid-file "$TMP/init.pid" --no-new-keyring "$ID"
	tare start "$ID"
	becomes stopped
	is "$(tare state "$ID" | jq -c '[.pid, .status, .bundle]')" "[0,\"stopped\",\"$BUNDLE\"]"
	tare delete "$ID"
}

@test "a life in BuildKit's words: run --keep gives the payload's status and the container stays" {
	doomed "$ID"
	program sh -c 'exit 9'
	run -9 shim run --bundle "$BUNDLE" --keep "$ID"
	is "$(status_of)" stopped
	is "$(cat "$TMP/log")" ""
	shim delete "$ID"
}

@test "run forwards the signals of engines, SIGWINCH too" {
	program probe signal 15
	background tare run --bundle "$BUNDLE" --keep "$ID"
	doomed "$ID"
	appears ready "$TMP/background"
	forwards 2 28 10 12 15
	ended
}

@test "the environment may be PATH and XDG_RUNTIME_DIR, or empty" {
	program true
	doomed "$ID"
	apart env -i "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	env -i PATH="$PATH" XDG_RUNTIME_DIR="$TMP" "$TARE" --root "$ROOT" start "$ID"
	becomes stopped
	is "$(env -i PATH="$PATH" XDG_RUNTIME_DIR="$TMP" "$TARE" --root "$ROOT" state "$ID" | jq -r .status)" stopped
	env -i PATH="$PATH" XDG_RUNTIME_DIR="$TMP" "$TARE" --root "$ROOT" kill --all "$ID" 9
	env -i PATH="$PATH" XDG_RUNTIME_DIR="$TMP" "$TARE" --root "$ROOT" delete --force "$ID"
}

@test "standard streams that are closed do no harm" {
	program probe pause
	doomed "$ID"
	TARE_TEST=$ID "$TARE" --root "$ROOT" create --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID" <&- >&- 2>&- 3>&-
	PID=$(cat "$TMP/pid")
	tare start "$ID" <&- >&- 2>&-
	is "$(status_of)" running
	local fd
	for fd in 0 1 2; do
		is "$(readlink "/proc/$PID/fd/$fd")" /dev/null
	done
	is "$(find "/proc/$PID/fd" -type l | wc -l)" 3
	tare exec "$ID" true <&- >&- 2>&-
	tare kill "$ID" KILL <&- >&- 2>&-
	becomes stopped
	tare delete "$ID" <&- >&- 2>&-
}

@test "options are taken with one dash, with = and without" {
	program true
	doomed "$ID"
	apart "$TARE" -root "$ROOT" create -bundle="$BUNDLE" -pid-file "$TMP/pid" -no-pivot "$ID"
	"$TARE" -root="$ROOT" start "$ID"
	becomes stopped
	"$TARE" -root="$ROOT" delete -force "$ID"
}

@test "options end at two dashes, and at the first word of exec and ps that is none" {
	sleeping
	is "$(tare exec -- "$ID" sh -c 'echo "$0 $1"' -d --pid-file)" '-d --pid-file'
	is "$(tare ps --format table -- "$ID" -o pid,comm | awk 'NR == 2 { print $1 }')" "$PID"
	run -0 tare kill -a -- "$ID" KILL
	becomes stopped
	tare delete -f -- "$ID"
}

# bats test_tags=cgroup
@test "--rootless and --cgroup-manager are taken" {
	by_file_system
	local value
	for value in true false auto; do
		is "$(tare --rootless "$value" list -q)" ""
		is "$(tare --rootless="$value" list -q)" ""
	done
	is "$(tare --cgroup-manager cgroupfs list -q)" ""
	is "$(tare --debug list -q)" ""
	fails tare --cgroup-manager none list
	has "$output" '--cgroup-manager: "none" is neither cgroupfs nor systemd nor disabled'
	fails tare --systemd-cgroup --cgroup-manager disabled list
	has "$output" "--cgroup-manager: disabled contradicts --systemd-cgroup"
}

# bats test_tags=cgroup
@test "a container without a cgroup of its own is in its caller's, and limits are refused" {
	by_file_system
	program sleep 1000
	tare() { TARE_TEST=$ID "$TARE" --root "$ROOT" --cgroup-manager disabled "$@"; }
	running
	has "$(cat "$TMP/stderr")" "/linux/resources/devices: do not hold without a cgroup"
	is "$(cat "/proc/$PID/cgroup")" "$(cat /proc/self/cgroup)"
	is "$(tare exec "$ID" cat /proc/1/comm)" sleep
	is "$(find /sys/fs/cgroup -type d -name "*$ID*")" ""
	tare kill "$ID" KILL
	becomes stopped
	tare delete "$ID"
	controller pids
	config '.linux.resources.pids.limit = 9'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/resources/pids/limit: cannot be limited without a cgroup (--cgroup-manager disabled)"
}

# create

@test "create writes the pid file aside and renames it" {
	program probe pause
	echo old >"$TMP/pid"
	ln "$TMP/pid" "$TMP/reader" # whoever has it open sees what was there, never half of the new
	created
	is "$(cat "$TMP/reader")" old
	[[ $PID =~ ^[1-9][0-9]*$ ]]
	is "$(stat -c %s "$TMP/pid")" ${#PID}
	is "$(find "$TMP" -maxdepth 1 -name '*pid*' | wc -l)" 1
	is "$(tare state "$ID" | jq .pid)" "$PID"
}

@test "a link in the place of the pid file is replaced, not followed" {
	program probe pause
	echo precious >"$TMP/precious"
	ln -s precious "$TMP/pid"
	created
	is "$(cat "$TMP/precious")" precious
	[ ! -L "$TMP/pid" ]
}

@test "create returns when init waits, and start at once is heard" {
	program sh -c 'echo ran'
	local round
	for round in 1 2 3 4 5; do
		created
		tare start "$ID"
		becomes stopped
		is "$(cat "$TMP/stdout")" ran
		tare delete "$ID"
	done
}

@test "create sends the console socket one message with one descriptor" {
	config '.process.terminal = true'
	program sh -c 'echo at a terminal'
	background "$PROBE" listen "$TMP/tty.sock"
	appears '^ready$' "$TMP/background"
	created --console-socket "$TMP/tty.sock"
	appears '^descriptors 1, name ' "$TMP/background"
	tare start "$ID"
	appears 'at a terminal' "$TMP/background"
	ended
}

# start, run, exec

@test "start ends with 0 or 1, whatever the payload does" {
	program sh -c 'exit 7'
	created
	run -0 tare start "$ID"
	is "$output" ""
	run -1 tare start "$ID"
}

@test "run and exec end with the payload's status" {
	local status_wanted
	for status_wanted in 0 1 2 125 126 127 128 255; do
		program sh -c "exit $status_wanted"
		run "-$status_wanted" tare run --bundle "$BUNDLE" "$ID"
		is "$output" ""
	done
	sleeping
	for status_wanted in 0 1 2 125 126 127 128 255; do
		run "-$status_wanted" tare exec "$ID" sh -c "exit $status_wanted"
		is "$output" ""
	done
	run -137 tare exec "$ID" sh -c 'kill -9 $$'
}

@test "a failure of exec is 255, is told on stderr and in the log, and leaves no pid file" {
	sleeping
	process nosuchprogram
	local status=0
	shim exec --process "$TMP/process.json" --detach --pid-file "$TMP/exec.pid" "$ID" </dev/null >"$TMP/out" 2>"$TMP/err" 3>&- || status=$?
	is "$status" 255
	[ ! -e "$TMP/exec.pid" ]
	is "$(find "$TMP" -maxdepth 1 -name '*exec.pid*')" ""
	is "$(cat "$TMP/out")" ""
	is "$(cat "$TMP/err")" "tare: $(failure "$TMP/log")"
	has "$(cat "$TMP/err")" 'executable file not found in $PATH'
	is "$(tare ps --format json "$ID" | jq length)" 1
}

@test "exec --detach writes the pid of the process, aside and renamed, without a newline" {
	sleeping
	echo old >"$TMP/exec.pid"
	ln "$TMP/exec.pid" "$TMP/reader"
	apart tare exec --detach --pid-file "$TMP/exec.pid" "$ID" sleep 1000
	is "$(cat "$TMP/reader")" old
	local pid
	pid=$(cat "$TMP/exec.pid")
	is "$(stat -c %s "$TMP/exec.pid")" ${#pid}
	has "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 1000'
}

# kill and delete

@test "kill takes a number, or a name in any case with or without SIG, and TERM where there is none" {
	program probe signal 15
	running
	appears ready "$TMP/stdout"
	local word sent=0
	for word in 10 USR1 SIGUSR1 usr1 sigusr1 SigUsr1; do
		tare kill "$ID" "$word"
		sent=$((sent + 1))
		until_true 500 eval '[ "$(grep -cx 10 "$TMP/stdout")" = "$sent" ]'
	done
	for word in "HUP 1" "SIGINT 2" "quit 3" "12 12" "RTMIN+1 35" "SIGRTMAX 64" "winch 28"; do
		tare kill "$ID" "${word% *}"
		appears "^${word#* }$" "$TMP/stdout"
	done
	tare kill "$ID"
	becomes stopped
	appears '^15$' "$TMP/stdout"
}

@test "kill 0 asks whether the container is there, and sends nothing" {
	program probe signal
	running
	appears ready "$TMP/stdout"
	tare kill "$ID" 0
	is "$(status_of)" running
	tare kill "$ID" KILL
	becomes stopped
	fails tare kill "$ID" 0
	has "$output" 'container not running'
}

@test "kill --all and -a reach every process, and succeed where there is none" {
	program sh -c 'sleep 1000 & exec probe pause'
	running
	until_true 500 eval '[ "$(tare ps --format json "$ID" | jq length)" = 2 ]'
	tare kill --all "$ID" KILL
	becomes stopped
	until_true 500 eval '[ "$(tare ps --format json "$ID" | jq length)" = 0 ]'
	tare kill --all "$ID" KILL
	tare kill -a "$ID" 9
	tare kill --all "$ID"
}

@test "kill says what containerd and CRI-O look for" {
	program true
	running
	becomes stopped
	fails tare kill "$ID" KILL
	has "$output" 'container not running'
	tare delete "$ID"
	fails tare kill "$ID" KILL
	has "$output" 'does not exist'
	fails tare kill --all "$ID" KILL
	has "$output" 'does not exist'
}

@test "delete: of an unknown id by force is 0, of a created container kills it, of a running one is an error" {
	run -0 --separate-stderr tare delete --force "$ID"
	is "$output$stderr" ""
	run -0 tare delete -f "$ID"
	fails tare delete "$ID"
	has "$output" 'does not exist'
	mkdir -p "$ROOT/$ID"
	tare delete --force "$ID"
	[ ! -e "$ROOT/$ID" ]
	program probe pause
	created
	tare delete "$ID"
	until_true 500 gone "$PID"
	sleeping
	fails tare delete "$ID"
	has "$output" "$ID" running
	kill -0 "$PID"
	run -0 --separate-stderr tare delete --force "$ID"
	is "$output$stderr" ""
	gone "$PID"
}

# state, list, ps

# bats test_tags=cgroup
@test "state is JSON with the members and types that engines decode, in every status" {
	program probe pause
	config '.annotations = {"a": "1"}'
	created
	local wanted='(.ociVersion | test("^1\\.[0-9]+\\.[0-9]+")) and .id == $id and (.pid | type == "number") and .bundle == $bundle and
		.rootfs == $bundle + "/rootfs" and (.created | test("^[0-9-]{10}T[0-9:]{8}(\\.[0-9]+)?Z$")) and .annotations == {"a": "1"} and (.owner | type == "string")'
	local status act
	for act in "true created" "start running" "pause paused" "resume running" "kill stopped"; do
		case ${act% *} in true) ;; kill) tare kill "$ID" KILL ;; *) tare "${act% *}" "$ID" ;; esac
		becomes "${act#* }"
		tare state "$ID" >"$TMP/state.out" 2>"$TMP/state.err"
		is "$(cat "$TMP/state.err")" ""
		jq -e --arg id "$ID" --arg bundle "$BUNDLE" "$wanted" "$TMP/state.out" || {
			cat "$TMP/state.out"
			return 1
		}
	done
	is "$(jq .pid "$TMP/state.out")" 0
}

@test "a container is creating until it is created, which its hooks are told it is" {
	program probe pause
	printf '#!/bin/sh\ncat >%s/hook.in\n%s --root %s state %s >%s/hook.state 2>&1\n' "$TMP" "$TARE" "$ROOT" "$ID" "$TMP" >"$TMP/hook"
	chmod 755 "$TMP/hook"
	config '.hooks = {createRuntime: [{path: $hook}]}' --arg hook "$TMP/hook"
	created
	is "$(jq -r .status "$TMP/hook.state")" creating
	is "$(jq -c '[.id, .status, .bundle, .pid]' "$TMP/hook.in")" "[\"$ID\",\"created\",\"$BUNDLE\",$PID]"
	is "$(status_of)" created
}

@test "the path of a bundle has no say in how a table looks" {
	local elsewhere=$TMP/$'b\e[31m\tundle\n'
	mv "$BUNDLE" "$elsewhere"
	doomed "$ID"
	tare run --detach --bundle "$elsewhere" "$ID" </dev/null >/dev/null 2>&1 3>&-
	run -0 tare list
	is "${#lines[@]}" 2
	has "${lines[1]}" "$TMP/b\\x1b[31m\\tundle\\n "
	jq -e --arg path "$elsewhere" '.[].bundle == $path' <<<"$(tare list --format json)"
	mkdir -p "$TMP"/$'other\e'/left
	run -0 --separate-stderr "$TARE" --root "$TMP"/$'other\e' list
	has "$stderr" '\x1b'
	lacks "$stderr" $'\e'
}

@test "list is an array in JSON, a table with a header, or ids" {
	is "$(tare list --format json)" '[]'
	is "$(tare list -f json)" '[]'
	is "$(tare list --format=json)" '[]'
	is "$(tare list | wc -l)" 1
	sleeping
	is "$(tare list --format json | jq -c '.[] | [.id, .pid, .status, .bundle, .owner]')" "[\"$ID\",$PID,\"running\",\"$BUNDLE\",\"root\"]"
	is "$(tare list | awk 'NR == 1 { print $1, $2, $3, $4, $5, $6 }')" 'ID PID STATUS BUNDLE CREATED OWNER'
	is "$(tare list --format table | awk 'NR == 2 { print $1, $2, $3, $4 }')" "$ID $PID running $BUNDLE"
	is "$(tare list -q)" "$ID"
	is "$(tare list --quiet --format json)" "$ID"
	fails tare list --format yaml
}

@test "ps is a list of pids in JSON, or rows of ps under a header with PID" {
	sleeping
	is "$(tare ps --format json "$ID" | jq -c .)" "[$PID]"
	is "$(tare ps -f json "$ID" | jq -c .)" "[$PID]"
	is "$(tare ps "$ID" | wc -l)" 2
	is "$(tare ps "$ID" | awk 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "PID") c = i } NR == 2 { print $c }')" "$PID"
	is "$(tare ps "$ID" -o pid,comm | awk 'NR == 2 { print $1, $2 }')" "$PID probe"
	is "$(tare ps --format table "$ID" aux | awk 'NR == 2 { print $2 }')" "$PID"
	fails tare ps "$ID" -o comm
	has "$output" PID
	fails tare ps --format yaml "$ID"
}

# bats test_tags=cgroup
@test "pause and resume end with 0 and say nothing" {
	sleeping
	run -0 --separate-stderr tare pause "$ID"
	is "$output$stderr" ""
	is "$(status_of)" paused
	run -0 --separate-stderr tare resume "$ID"
	is "$output$stderr" ""
	is "$(status_of)" running
}

# update and events

# bats test_tags=cgroup
@test "update takes resources as containerd, conmon-rs and CRI-O give them, and quotas by single options" {
	controller pids
	sleeping
	limit() { is "$(cat "$(cgroup pids)/pids.max")" "$1"; }
	run -0 --separate-stderr shim update --resources - "$ID" <<<'{"pids": {"limit": 31}}'
	is "$output$stderr" ""
	limit 31
	shim update --resources=- "$ID" <<<'{"pids": {"limit": 32}}'
	limit 32
	echo '{"pids": {"limit": 33}}' >"$TMP/resources"
	conmonrs update --resources="$TMP/resources" "$ID"
	limit 33
	tare update -r "$TMP/resources" --root "$ROOT" "$ID" && return 1 # a global option has its place
	tare update --pids-limit 34 "$ID"
	limit 34
	[ ! -s "$TMP/log" ] || return 1
}

@test "events --stats is one object of the type stats with the members that engines decode" {
	sleeping
	shim events --stats "$ID" >"$TMP/events"
	is "$(wc -l <"$TMP/events")" 1
	jq -e --arg id "$ID" '.type == "stats" and .id == $id and (.data | has("cpu") and has("memory") and has("pids") and has("blkio"))' "$TMP/events"
}

# features and the version

@test "features needs nothing, and is JSON with not a byte on stderr" {
	cd /
	env -i "$TARE" features >"$TMP/features" 2>"$TMP/err"
	is "$(stat -c %s "$TMP/err")" 0
	jq -e '(.ociVersionMin | test("^1\\.[0-9]+\\.[0-9]+$")) and (.ociVersionMax | test("^1\\.[0-9]+\\.[0-9]+")) and
		(.hooks | type == "array") and (.mountOptions | index("rro") and index("rbind") and index("ro")) and
		(.linux.mountExtensions.idmap.enabled | type == "boolean") and (.linux.namespaces | length == 8) and
		(.linux.cgroup | .v1 and .v2) and .linux.seccomp.enabled and (.linux.seccomp.actions | index("SCMP_ACT_NOTIFY")) and
		(.linux.capabilities | index("CAP_SYS_ADMIN"))' "$TMP/features"
	# The document of the specification says of a list what the runtime knows: in order, and once.
	is "$(jq -c '[.mountOptions, .linux.namespaces, .linux.seccomp.actions] | map(. == unique)' "$TMP/features")" '[true,true,true]'
}

@test "what features promises is true: each hook, namespace, capability and mount option is known" {
	tare features >"$TMP/features"
	config '.hooks = ($f[0].hooks | map({key: ., value: [{path: "/bin/true"}]}) | from_entries) | .process.capabilities.bounding = $f[0].linux.capabilities |
		.linux.namespaces = ($f[0].linux.namespaces | map({type: .})) | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 10}] |
		.linux.gidMappings = .linux.uidMappings | del(.process.rlimits)' --slurpfile f "$TMP/features"
	tare plan "$BUNDLE" >"$TMP/plan" 2>"$TMP/err"
	lacks "$(cat "$TMP/err")" unknown
	[ "$(jq '.hooks | length' "$TMP/features")" = "$(grep -c '/hooks/' "$TMP/plan")" ]
	config 'del(.hooks, .linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	local option mappings='[{containerID: 0, hostID: 0, size: 1}]'
	for option in $(jq -r '.mountOptions[]' "$TMP/features"); do
		config '.mounts |= .[:6] | .mounts += [{destination: "/x", type: "bind", source: "/", options: (["rbind", $option] | unique)}]' --arg option "$option"
		case $option in *idmap) config ".mounts[6].uidMappings = $mappings | .mounts[6].gidMappings = $mappings" ;; tmpcopyup) config '.mounts[6] |= (.type = "tmpfs" | .options = ["tmpcopyup"])' ;; esac
		run -0 --separate-stderr tare plan "$BUNDLE"
		lacks "$stderr" "\"$option\"" || {
			echo "option: $option"
			return 1
		}
	done
}

@test "--version has the lines that Docker reads" {
	local form
	for form in --version -v version; do
		run -0 --separate-stderr "$TARE" $form
		is "$stderr" ""
		[[ ${lines[0]} =~ ^tare\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
		[[ ${lines[1]} == "commit: "* ]]
		[[ ${lines[2]} =~ ^spec:\ 1\.[0-9]+\.[0-9]+$ ]]
	done
}

@test "--help of the program and of each verb is on stdout, with status 0" {
	run -0 --separate-stderr "$TARE" --help
	is "$stderr" ""
	has "$output" create start run exec kill delete state list ps pause resume checkpoint restore
	local verb
	for verb in $(sed -n 's/^__tare_verbs() { echo \(.*\); }$/\1/p' "$BATS_TEST_DIRNAME/../../contrib/completions/tare.bash"); do
		has "$("$TARE" --help)" "$verb"
		run -0 --separate-stderr "$TARE" "$verb" --help
		is "$stderr" ""
		has "$output" "$verb"
	done
}

# The log

@test "a failure is one object in the log and the same words on stderr" {
	: >"$TMP/log"
	local status verb
	for verb in state start delete pause resume kill ps; do
		rm "$TMP/log"
		status=0
		shim "$verb" "$ID" >"$TMP/out" 2>"$TMP/err" || status=$?
		is "$status" 1
		is "$(cat "$TMP/out")" ""
		is "$(cat "$TMP/err")" "tare: $(failure "$TMP/log")"
	done
	rm "$TMP/log"
	config '.process.args = ["/no/such"]'
	apart shim run --bundle "$BUNDLE" "$ID" || status=$?
	has "$(failure "$TMP/log")" 'no such file or directory'
	rm "$TMP/log"
	config '.process.args = [] | .process.cwd = "x\"\\\n\u2028é"'
	apart shim create --bundle "$BUNDLE" "$ID" || status=$?
	has "$(failure "$TMP/log")" /process/args /process/cwd é
	rm "$TMP/log"
	apart shim create --nosuchoption "$ID" || status=$?
	has "$(failure "$TMP/log")" nosuchoption
}

@test "a failure is one object in the log even where there was something to warn of" {
	config '.process.capabilities.bounding += ["CAP_FOO"] | .process.args = ["/no/such"]'
	apart shim run --bundle "$BUNDLE" "$ID" || true
	has "$(failure "$TMP/log")" 'no such file or directory'
}

@test "a warning is in the log, if there is one, and the container runs" {
	config '.process.capabilities.bounding += ["CAP_FOO"] | .process.args = ["true"]'
	apart shim run --bundle "$BUNDLE" "$ID"
	is "$(cat "$TMP/stderr")" ""
	is "$(jq -r .level "$TMP/log")" warning
	has "$(jq -r .msg "$TMP/log")" CAP_FOO
}

@test "nothing is in the log where nothing fails, the payload's own failure included" {
	program sh -c 'echo err >&2; exit 6'
	local status=0
	apart shim run --bundle "$BUNDLE" "$ID" || status=$?
	is "$status" 6
	is "$(cat "$TMP/stderr")" err
	[ ! -s "$TMP/log" ]
}

@test "the log is added to, and its format is text without --log-format json" {
	echo before >"$TMP/log"
	fails "$TARE" --root "$ROOT" --log "$TMP/log" state "$ID"
	is "$(wc -l <"$TMP/log")" 2
	is "$(head -1 "$TMP/log")" before
	has "$(tail -1 "$TMP/log")" level=error "container $ID does not exist"
	fails "$TARE" --root "$ROOT" --log "$TMP/log" --log-format=text state "$ID"
	is "$(wc -l <"$TMP/log")" 3
}
