# Options of checkpoint and restore, each with a container that it is for.

load ../lib
load ../checkpoint

@test "file locks come back with --file-locks, and are refused without it" {
	local kind
	for kind in flock posix ofd; do
		rm -f "$ROOTFS/log"
		program sh -c "exec probe lock $kind /lock <>/fifo >/log"
		running && appears '^ready$' "$ROOTFS/log"
		fails tare checkpoint --image-path "$IMAGES" "$ID"
		has "$output" '--file-locks'
		has_status running
		checkpoint --file-locks
		is "$("$PROBE" lock "$kind" "$ROOTFS/lock" </dev/null)" ready
		restored --file-locks
		is "$("$PROBE" lock "$kind" "$ROOTFS/lock" </dev/null)" EAGAIN
		poke one && appears '^one$' "$ROOTFS/log"
		tare delete --force "$ID"
	done
}

@test "a file that lost the name it was opened by comes back with --link-remap" {
	program sh -c 'exec 3<>/fifo; echo kept >/one; ln /one /two; exec 4</one; rm /one; echo ready >/log; read -r line <&3; read -r line <&4; echo "$line" >>/log'
	running && appears '^ready$' "$ROOTFS/log"
	fails tare checkpoint --image-path "$IMAGES" "$ID"
	has "$output" 'link-remap'
	has_status running
	checkpoint --link-remap
	restored
	poke one && appears '^kept$' "$ROOTFS/log"
	is "$(find "$ROOTFS" -name 'link_remap*')" ''
}

@test "a socket of the host that the program sends to is connected again with --ext-unix-sk" {
	mkdir "$TMP/host"
	background "$PROBE" receive "$TMP/host/socket"
	appears '^ready$' "$TMP/background"
	# CRIU connects to the path by which the other end was bound, and sees sockets of
	# the container's own network namespace alone.
	bind "$TMP/host" "$TMP/host" bind
	config 'del(.linux.namespaces[] | select(.type == "network"))'
	program sh -c "exec probe send $TMP/host/socket <>/fifo >/log"
	running && appears '^ready$' "$ROOTFS/log"
	poke one && appears '^one$' "$TMP/background"
	fails tare checkpoint --image-path "$IMAGES" "$ID"
	has "$output" '--ext-unix-sk'
	has_status running
	checkpoint --ext-unix-sk
	restored --ext-unix-sk
	poke two && appears '^two$' "$TMP/background"
}

# bats test_tags=vm
@test "TCP connections come back with --tcp-established, and are refused without it" {
	connected
	fails tare checkpoint --image-path "$IMAGES" "$ID"
	has "$output" 'tcp-established'
	has_status running
	checkpoint --tcp-established
	restored --tcp-established
	poke two && appears '^two$' "$ROOTFS/log"
}

# bats test_tags=vm
@test "TCP connections are closed with --tcp-close" {
	connected
	checkpoint --tcp-established
	restored --tcp-close
	poke two && appears '^E[A-Z]*$|^closed$' "$ROOTFS/log"
}

# bats test_tags=vm
@test "TCP connections that are being made are left out with --tcp-skip-in-flight" {
	connected late
	fails tare checkpoint --tcp-established --image-path "$IMAGES" "$ID"
	has "$output" 'flight'
	has_status running
	tcp --tcp-skip-in-flight
	checkpoint --tcp-established --tcp-skip-in-flight
}

# connected [late]: the program has a TCP connection to itself, which it has used; or
# not yet accepted.
connected() {
	program sh -c "ip link set lo up; exec probe tcp 7000 $* <>/fifo >/log"
	config '.process.capabilities |= map_values(. + ["CAP_NET_ADMIN"])'
	running && appears '^ready$' "$ROOTFS/log"
	[ $# = 0 ] || return 0
	poke one && appears '^one$' "$ROOTFS/log"
	tcp
}

# tcp [OPTION...]: skips the test if this CRIU knows no TCP sockets of this kernel: 4.1 asks for
# SO_PASSSEC (34) and fails if that is refused, as it is since Linux 6.16.
tcp() {
	! tare checkpoint --leave-running --tcp-established "$@" --image-path "$TMP/try" "$ID" || return 0
	! grep -a "Can't get 1:34 opt: Operation not supported" "$TMP/try/dump.log" || skip "missing: a CRIU that does without SO_PASSSEC of TCP sockets, which this kernel refuses"
}

# served DIR: a page server takes memory into it, at $ADDRESS; its pid is $SERVER.
served() {
	local dir=$1 port=$((20000 + BASHPID % 20000))
	mkdir -p "$dir"
	criu page-server --images-dir "$dir" --address 127.0.0.1 --port "$port" 3>&- >"$TMP/server" 2>&1 &
	SERVER=$!
	started+=("$SERVER")
	ADDRESS=127.0.0.1:$port
	until_true 1000 listens "$port" || {
		cat "$TMP/server"
		return 1
	}
}

listens() { grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") [0-9:]* 0A" /proc/net/tcp; }

@test "memory goes to a page server, and comes back from what it wrote" {
	counting
	served "$TMP/pages"
	checkpoint --page-server "$ADDRESS"
	ended "$SERVER"
	is "$(find "$IMAGES" -name 'pages-*.img')" ''
	cp "$TMP"/pages/*.img "$IMAGES"
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
}

@test "a page server that is not there leaves the container as it was" {
	counting
	fails tare checkpoint --image-path "$IMAGES" --page-server 127.0.0.1:1 "$ID"
	has "$output" "Can't connect to server"
	has_status running
	poke two && appears '^2 two$' "$ROOTFS/log"
}

# bats test_tags=vm
@test "memory is handed over while the restored container runs, with --lazy-pages" {
	has_resource_capability || skip "missing: CAP_SYS_RESOURCE, with which CRIU makes its pipes larger"
	local port=$((20000 + BASHPID % 20000))
	counting
	mkfifo "$TMP/status"
	exec 4<>"$TMP/status"
	background tare checkpoint --image-path "$IMAGES" --lazy-pages --status-fd 4 --page-server "127.0.0.1:$port" "$ID"
	# CRIU says that it is ready with a NUL.
	is "$(head -c 1 <&4 | od -An -tx1)" ' 00'
	criu lazy-pages --images-dir "$IMAGES" --page-server --address 127.0.0.1 --port "$port" -v4 -o lazy.log 3>&- 4>&- >"$TMP/server" 2>&1 &
	started+=($!)
	until_true 1000 test -S "$IMAGES/lazy-pages.socket"
	doomed "$ID-2"
	tare restore -d --lazy-pages --image-path "$IMAGES" --bundle "$BUNDLE" "$ID-2" </dev/null >"$TMP/stdout" 2>"$TMP/stderr" 3>&- 4>&- || {
		cat "$TMP/stderr" "$TMP/background"
		false
	}
	poke two && appears '^2 two$' "$ROOTFS/log"
	ended
	fails tare state "$ID"
}

@test "pages that are restored are cut out of the images with --auto-dedup" {
	counting
	checkpoint
	[ "$(du -k "$IMAGES/pages-1.img" | cut -f1)" -gt 0 ]
	restored --auto-dedup
	is "$(du -k "$IMAGES/pages-1.img" | cut -f1)" 0
	poke two && appears '^2 two$' "$ROOTFS/log"
}

@test "a network namespace is left empty with --empty-ns network" {
	config '.process.capabilities |= map_values(. + ["CAP_NET_ADMIN"])'
	program sh -c 'ip link set lo up; ip addr add 10.99.0.1/32 dev lo; exec 3<>/fifo; echo ready >/log; while read -r line <&3; do echo "$line" >>/log; done'
	running && appears '^ready$' "$ROOTFS/log"
	has "$(tare exec "$ID" ip addr)" 10.99.0.1
	checkpoint --empty-ns network
	restored --empty-ns network
	lacks "$(tare exec "$ID" ip addr)" 10.99.0.1
	poke one && appears '^one$' "$ROOTFS/log"
	fails tare restore --empty-ns mount "$ID"
}

# bats test_tags=cgroup
@test "strict management of cgroups is refused to restore, and a checkpoint may have it" {
	counting
	checkpoint --manage-cgroups-mode strict
	fails tare restore --manage-cgroups-mode strict --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	has "$output" '--manage-cgroups-mode strict'
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
}

@test "a terminal of the host that is a standard stream is that of restore, with --shell-job" {
	program sh -c 'exec 3<>/fifo; echo ready; while read -r line <&3; do echo "says $line"; done'
	doomed "$ID"
	onterminal one "run --detach --bundle $BUNDLE --pid-file $TMP/pid $ID"
	appears '^ready' "$TMP/one"
	poke one
	appears '^says one' "$TMP/one"
	fails tare checkpoint --image-path "$IMAGES" "$ID"
	has "$output" '--shell-job'
	has_status running
	checkpoint --shell-job
	fails tare restore --detach --shell-job --image-path "$IMAGES" --bundle "$BUNDLE" "$ID" <"$TMP/stdout"
	has "$output" 'was a terminal of the host'
	onterminal two "restore --detach --shell-job --image-path $IMAGES --bundle $BUNDLE $ID"
	poke two
	appears '^says two' "$TMP/two"
}

# onterminal NAME ARGUMENTS: tare, from a terminal that stays; what it shows goes to $TMP/NAME.
onterminal() {
	printf '%q --root %q %s; echo status $?; read -r _\n' "$TARE" "$ROOT" "$2" >"$TMP/$1.sh"
	mkfifo "$TMP/$1.keys"
	script -qefc "bash $TMP/$1.sh" "$TMP/$1" <>"$TMP/$1.keys" >/dev/null 2>&1 3>&- &
	started+=($!)
	appears '^status 0' "$TMP/$1"
}

# bats test_tags=vm
@test "memory that was written by a pre-dump is left out with --parent-path" {
	criu check --feature mem_dirty_track >/dev/null 2>&1 || skip "missing: CONFIG_MEM_SOFT_DIRTY, by which the kernel says what memory was written to"
	counting
	checkpoint --pre-dump
	has_status running
	fails tare checkpoint --parent-path ../none --image-path "$TMP/second" "$ID"
	has "$output" '--parent-path' "$TMP/none"
	IMAGES=$TMP/second
	checkpoint --parent-path ../images
	is "$(readlink "$IMAGES/parent")" ../images
	[ "$(stat -c %s "$IMAGES/pages-1.img")" -lt "$(stat -c %s "$TMP/images/pages-1.img")" ]
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
}

@test "a pre-dump takes a kernel that says what memory was written to" {
	! criu check --feature mem_dirty_track >/dev/null 2>&1 || skip "missing: a kernel without CONFIG_MEM_SOFT_DIRTY"
	counting
	fails tare checkpoint --pre-dump --image-path "$IMAGES" "$ID"
	has "$output" 'Tracking memory is not available'
	has_status running
	poke two && appears '^2 two$' "$ROOTFS/log"
}

# bats test_tags=vm
@test "a restored program has the AppArmor profile of --lsm-profile" {
	apparmor || skip "missing: AppArmor"
	local name
	profiles=("tare-$ID" "tare-$ID-other")
	for name in "${profiles[@]}"; do
		echo "profile $name flags=(attach_disconnected) { file, capability, network, mount, signal, ptrace, unix, }" | apparmor_parser --replace
	done
	config '.process.apparmorProfile = $name' --arg name "tare-$ID"
	counting
	checkpoint
	restored
	is "$(cat "/proc/$PID/attr/apparmor/current")" "tare-$ID (enforce)"
	tare delete --force "$ID"
	restored --lsm-profile "apparmor:tare-$ID-other"
	is "$(cat "/proc/$PID/attr/apparmor/current")" "tare-$ID-other (enforce)"
	poke two && appears '^2 two$' "$ROOTFS/log"
}

finish() {
	local name
	for name in ${profiles[@]+"${profiles[@]}"}; do echo "profile $name { }" | apparmor_parser --remove; done
}

@test "--lsm-profile must name a module and a profile" {
	counting
	checkpoint
	for profile in apparmor: smack:x profile; do
		fails tare restore -d --lsm-profile "$profile" --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
		has "$output" '--lsm-profile'
	done
}
