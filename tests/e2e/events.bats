# What a container uses, against the kernel's own files, and when it ends or runs out of memory.

# bats file_tags=cgroup

load ../lib

# stats [EXPRESSION]: what jq makes of the data that events prints once.
stats() {
	tare events --stats "$ID" >"$TMP/event" || return
	is "$(wc -l <"$TMP/event")" 1
	is "$(jq -r '.type + " " + .id' "$TMP/event")" "stats $ID"
	jq -c ".data | ${1:-.}" "$TMP/event"
}

# place CONTROLLER: where its files are. Figures of version 2 are there without it, too.
place() { if [ "$(version "$1")" = v1 ]; then cgroup "$1"; else cgroup unified; fi; }

# file CONTROLLER NAME [KEY]: a control file, or the value in its line KEY.
file() {
	if [ $# = 3 ]; then
		awk -v key="$3" '$1 == key { print $2 }' "$(place "$1")/$2"
	else
		cat "$(place "$1")/$2"
	fi
}

# busy EXPRESSION: a container that has used its CPU for a while, with these resources, and stands still.
busy() {
	config ".linux.resources += $1"
	program sh -c 'while :; do :; done'
	running
	until_true 1000 used_time
	tare pause "$ID"
}

same_throttling() {
	[ "$(stats ".cpu.throttling | .periods, .throttledPeriods, .throttledTime / $1")" = "$(awk '/^(nr_periods|nr_throttled|throttled_time|throttled_usec) / { print $2 }' "$(place cpu)/cpu.stat")" ]
}

used_time() { [ "$(stats .cpu.usage.total)" -gt 30000000 ]; }

@test "the time that a container has used is told" {
	busy '{}'
	if [ "$(version cpuacct)" = v1 ]; then
		is "$(stats .cpu.usage.total)" "$(file cpuacct cpuacct.usage)"
		is "$(stats '[.cpu.usage | .user, .kernel | . / 10000000]')" "[$(file cpuacct cpuacct.stat user),$(file cpuacct cpuacct.stat system)]"
		is "$(stats '.cpu.usage | .percpu | add')" "$(file cpuacct cpuacct.usage)"
		is "$(stats '.cpu.usage | [.percpu_user, .percpu_kernel] | transpose[] | join(" ")' | tr -d '"')" "$(awk 'NR > 1 { print $2, $3 }' "$(place cpuacct)/cpuacct.usage_all")"
	else
		is "$(stats '.cpu.usage | .total, .user, .kernel | . / 1000')" "$(file cpu cpu.stat usage_usec)
$(file cpu cpu.stat user_usec)
$(file cpu cpu.stat system_usec)"
	fi
}

# bats test_tags=vm
@test "how often a container was throttled is told" {
	controller cpu
	busy '{cpu: {quota: 10000}}'
	is "$(stats '.cpu.throttling.throttledPeriods > 0')" true
	local unit=1
	[ "$(version cpu)" = v1 ] || unit=1000
	# The period that has begun goes on for a container that stands still.
	until_true 100 same_throttling $unit || is "$(stats .cpu.throttling)" "$(file cpu cpu.stat)"
}

@test "pressure is told where the kernel accounts for it" {
	[ "$VIEW" != v1 ] && [ -e /proc/pressure/cpu ] || skip "missing: pressure (PSI) and a cgroup v2 hierarchy (view $VIEW)"
	busy '{}'
	local kind total
	for kind in cpu memory io; do
		total=$(sed -n 's/^some .*total=//p' "$(cgroup unified)/$kind.pressure")
		is "$(stats ".${kind/io/blkio}.psi.some.total")" "$total"
	done
	is "$(stats '.cpu.psi.some | keys')" '["avg10","avg300","avg60","total"]'
	is "$(stats '.cpu.psi.full.avg300 | type')" '"number"'
}

@test "without a cgroup v2 hierarchy there is no pressure" {
	[ "$VIEW" = v1 ] || skip "missing: a host without cgroup v2 (view $VIEW)"
	sleeping
	is "$(stats '[.cpu, .memory, .blkio | has("psi")] | any')" false
}

# near GOT WANTED: they differ by less than 256 KiB.
near() {
	local difference=$(($1 - $2))
	[ "${difference#-}" -lt 262144 ] || is "$1" "$2"
}

# bats test_tags=vm
@test "the memory that a container uses is told" {
	controller memory
	config '.linux.resources.memory = {limit: 33554432, swap: 50331648}'
	program sh -c 'dd if=/dev/zero of=/dev/shm/file bs=1M count=3 && exec sleep 1000'
	running
	until_true 1000 test -e "/proc/$PID/root/dev/shm/file"
	until_true 1000 grep -q sleep "/proc/$PID/comm"
	tare pause "$ID"
	local data
	data=$(stats .memory)
	is "$(jq '.usage.usage > 3145728' <<<"$data")" true
	is "$(jq .usage.limit <<<"$data")" 33554432
	if [ "$(version memory)" = v1 ]; then
		is "$(jq .cache <<<"$data")" "$(file memory memory.stat cache)"
		is "$(jq .usage.max <<<"$data")" "$(file memory memory.max_usage_in_bytes)"
		is "$(jq .swap.limit <<<"$data")" 50331648
		# The kernel gives what it has freed back to the cgroup when it likes.
		near "$(jq .kernel.usage <<<"$data")" "$(file memory memory.kmem.usage_in_bytes)"
		is "$(jq .kernelTCP.usage <<<"$data")" "$(file memory memory.kmem.tcp.usage_in_bytes)"
	else
		is "$(jq .cache <<<"$data")" "$(file memory memory.stat file)"
		is "$(jq .usage.max <<<"$data")" "$(file memory memory.peak)"
	fi
	is "$(jq -r '.raw | keys[]' <<<"$data" | sort)" "$(awk '{ print $1 }' "$(place memory)/memory.stat" | sort)"
	is "$(jq '.raw.shmem' <<<"$data")" "$(file memory memory.stat shmem)"
}

# bats test_tags=vm
@test "how often a container came to its memory limit is told" {
	controller memory
	config '.linux.resources.memory = {limit: 16777216}'
	sleeping
	fails 137 tare exec "$ID" probe eat 64
	is "$(stats '.memory.usage.failcnt > 0')" true
	if [ "$(version memory)" = v1 ]; then is "$(stats .memory.usage.failcnt)" "$(file memory memory.failcnt)"; fi
}

@test "the threads of a container and their limit are told, and no limit is 0" {
	config '.linux.resources.pids = {limit: 20}'
	[ "$(version pids)" != none ] || config 'del(.linux.resources.pids)'
	program sh -c 'probe pause & probe pause & wait'
	running
	until_true 1000 eval '[ "$(stats .pids.current)" = 3 ]'
	[ "$(version pids)" = none ] || is "$(stats .pids.limit)" 20
	tare delete --force "$ID"
	config 'del(.linux.resources.pids)'
	sleeping
	limit=0
	# Systemd limits every unit, by default.
	[ -z "${TARE_SYSTEMD:-}" ] || limit=$(file pids pids.max | sed s/max/0/)
	is "$(stats .pids)" "{\"current\":1,\"limit\":$limit}"
}

# bats test_tags=vm
@test "the CPUs and memory nodes that a container may use are told" {
	controller cpuset
	config '.linux.resources.cpu = {cpus: "0", mems: "0"}'
	sleeping
	is "$(stats '.cpuset | .cpus, .mems, .sched_load_balance')" "[0]
[0]
$([ "$(version cpuset)" = v1 ] && file cpuset cpuset.sched_load_balance || echo 0)"
}

# bats test_tags=vm
@test "what a container read and wrote is told for each device" {
	[ "$(version blkio)" = v1 ] || controller io
	local major minor device
	device=$(stat -c %d "$BUNDLE")
	major=$((device >> 8 & 0xfff)) minor=$((device & 0xff))
	# A limit so high that it is none: on v2 only a controller that is used counts.
	[ "$(version blkio)" = v1 ] || config '.linux.resources.blockIO.throttleWriteBpsDevice = [{major: $major, minor: $minor, rate: 1000000000000}]' \
		--argjson major "$major" --argjson minor "$minor"
	program sh -c 'dd if=/dev/zero of=/file bs=64k count=4 oflag=direct conv=fsync && exec sleep 1000'
	running
	until_true 1000 grep -q sleep "/proc/$PID/comm"
	local got
	if [ "$(version blkio)" = v1 ]; then
		[ "$(cat "$(place blkio)/blkio.throttle.io_service_bytes_recursive")" != 'Total 0' ] || skip "missing: a file system on a block device below /tmp"
		got=$(stats '.blkio.ioServiceBytesRecursive[] | "\(.major):\(.minor) \(.op) \(.value)"' | tr -d '"')
		is "$got" "$(sed '$d' "$(place blkio)/blkio.throttle.io_service_bytes_recursive")"
		got=$(stats '.blkio.ioServicedRecursive[] | "\(.major):\(.minor) \(.op) \(.value)"' | tr -d '"')
		is "$got" "$(sed '$d' "$(place blkio)/blkio.throttle.io_serviced_recursive")"
	else
		got=$(stats '[.blkio.ioServiceBytesRecursive[] | select(.op == "Write").value] | add')
		is "$got" "$(sed 's/.* wbytes=\([0-9]*\).*/\1/' "$(cgroup io)/io.stat" | awk '{ n += $1 } END { print n }')"
	fi
}

@test "the huge pages of each size are told" {
	controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "missing: huge pages of 2 MB"
	config '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	sleeping
	is "$(stats '.hugetlb["2MB"]')" '{"usage":0,"max":0,"failcnt":0}'
	is "$(stats '.hugetlb | keys | length')" "$(ls -d /sys/kernel/mm/hugepages/hugepages-* | wc -l)"
}

@test "the interfaces of a container's network namespace are told" {
	sleeping
	nsenter -t "$PID" -n bash -c 'exec 4>/dev/udp/127.0.0.1/9 && echo something >&4'
	local line
	line=$(sed -n 's/^ *lo: *//p' "/proc/$PID/net/dev")
	set -- $line
	is "$(stats .network_interfaces)" "[{\"Name\":\"lo\",\"RxBytes\":$1,\"RxPackets\":$2,\"RxErrors\":$3,\"RxDropped\":$4,\"TxBytes\":$9,\"TxPackets\":${10},\"TxErrors\":${11},\"TxDropped\":${12}}]"
	[ "$1" -gt 0 ]
}

@test "the host's interfaces are not told as the container's" {
	config '.linux.namespaces |= map(select(.type != "network")) | del(.linux.sysctl) | .mounts |= map(select(.type != "sysfs"))'
	sleeping
	is "$(stats .network_interfaces)" '[]'
}

@test "a created and a paused container have figures, too" {
	created
	is "$(stats .pids.current)" 1
	tare delete --force "$ID"
	sleeping
	tare pause "$ID"
	is "$(stats .pids.current)" 1
}

@test "figures are printed again and again until the container ends" {
	sleeping
	background tare events --interval 20ms "$ID"
	until_true 1000 eval '[ "$(wc -l <"$TMP/background")" -ge 3 ]'
	is "$(jq -r '.type + " " + .id' "$TMP/background" | sort -u)" "stats $ID"
	tare kill "$ID" KILL
	ended
}

@test "events end with the container, however long their interval is" {
	sleeping
	background tare events --interval=1h "$ID"
	until_true 1000 eval 'ls -l "/proc/$BACKGROUND/fd" | grep -q pidfd'
	tare delete --force "$ID"
	ended
	is "$(cat "$TMP/background")" ''
}

# bats test_tags=vm,user
@test "a container that runs out of memory is told of when it happens" {
	controller memory
	config '.linux.resources.memory = {limit: 16777216}'
	sleeping
	background tare events --interval 1h "$ID"
	watching
	is "$(cat "$TMP/background")" ''
	fails 137 tare exec "$ID" probe eat 64
	appears '^\{"type":"oom","id":"'"$ID"'"\}$' "$TMP/background"
	gone "$BACKGROUND" && return 1
	tare delete --force "$ID"
	ended
	is "$(jq -r .type "$TMP/background" | sort -u)" oom
}

# watching: the background tare waits for memory to run out.
watching() { until_true 1000 eval 'ls -l "/proc/$BACKGROUND/fd" | grep -qE "eventfd|memory.events"'; }

# bats test_tags=vm
@test "a container whose first process runs out of memory is told of before the end" {
	controller memory
	config '.linux.resources.memory = {limit: 16777216}'
	program probe eat 64
	created
	background tare events --interval 1h "$ID"
	watching
	tare start "$ID"
	ended
	is "$(jq -r .type "$TMP/background" | sort -u)" oom
}

# bats test_tags=vm
@test "a container that is removed has not run out of memory" {
	controller memory
	sleeping
	background tare events --interval 1h "$ID"
	watching
	tare delete --force "$ID"
	ended
	is "$(cat "$TMP/background")" ''
}

@test "events of a stopped or unknown container are refused" {
	program true
	running
	becomes stopped
	fails tare events --stats "$ID"
	has "$output" "$ID" stopped 'container not running'
	fails tare events "$ID"
	has "$output" stopped
	fails tare events --stats nosuch
	has "$output" 'does not exist'
}

@test "an interval that is none is refused" {
	sleeping
	local interval
	for interval in 0 0s -1s soon 5; do
		fails tare events --interval="$interval" "$ID"
		has "$output" --interval "\"$interval\"" 5s
	done
	fails tare events
	has "$output" 'a container id is missing'
}

@test "flags may stand behind the container's id" {
	sleeping
	is "$(tare events "$ID" --stats | jq -r .type)" stats
	fails tare events "$ID" --stats=perhaps
	fails tare events "$ID" --nosuch
	has "$output" 'flag provided but not defined: -nosuch'
	fails tare events "$ID" --interval
	has "$output" 'flag needs an argument: -interval'
}

@test "a file that cannot be read is named" {
	sleeping
	local stat=cpu.stat
	[ "$(version cpuacct)" != v1 ] || stat=cpuacct.stat
	# Nothing lies at address 0 of a process.
	fails unshare -m sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' - "/proc/$PID/mem" "$(place cpuacct)/$stat" "$TARE" --root "$ROOT" events --stats "$ID"
	has "$output" "cannot tell the events of container $ID: cannot read $(realpath "$(place cpuacct)")/$stat: input/output error"
}
