# Other limits for a container that is there already.

# bats file_tags=cgroup

load ../lib

finish() {
	if mountpoint -q "$ROOT"; then
		rm -f "$ROOT/filler"
		tare delete --force "$ID"
		umount "$ROOT"
	fi
}

# limited EXPRESSION: a container that sleeps, with these resources beside the default ones.
limited() {
	config ".linux.resources += $1"
	sleeping
}

# file CONTROLLER V1-FILE V2-FILE: what it says.
file() {
	if [ "$(version "$1")" = v1 ]; then cat "$(cgroup "$1")/$2"; else cat "$(cgroup unified)/$3"; fi
}

# holds CONTROLLER V1-FILE V1-VALUE V2-FILE V2-VALUE
holds() {
	if [ "$(version "$1")" = v1 ]; then is "$(file "$1" "$2")" "$3"; else is "$(file "$1" x "$4")" "$5"; fi
}

# only_v1 CONTROLLER: skips where it is not a version 1 hierarchy.
only_v1() { [ "$(version "$1")" = v1 ] || skip "missing: a v1 hierarchy of the $1 controller (view $VIEW)"; }

only_v2() { [ -n "$(awk '$3 == "cgroup2"' /proc/mounts)" ] || skip "missing: a cgroup v2 hierarchy (view $VIEW)"; }

# memory LIMIT SWAP: what both limits are; swap alone in version 2.
memory() {
	is "$(file memory memory.limit_in_bytes memory.max)" "$1"
	if [ "$(version memory)" = v1 ]; then
		is "$(cat "$(cgroup memory)/memory.memsw.limit_in_bytes")" "$2"
	else
		is "$(cat "$(cgroup unified)/memory.swap.max")" $(($2 - $1))
	fi
}

# resources JSON: gives them to the container.
resources() { tare update --resources - "$ID" <<<"$1"; }

# kept [EXPRESSION]: what is kept of the container's resources.
kept() { jq -c ".linux.resources | ${1:-.}" "$ROOT/$ID/config.json"; }

swap_counts() { [ "$(version memory)" != v1 ] || [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || skip "missing: swap accounting"; }

# bats test_tags=vm,user
@test "memory limits take sizes with units, and -1" {
	controller memory
	sleeping
	tare update --memory 100m "$ID"
	holds memory memory.limit_in_bytes 104857600 memory.max 104857600
	tare update --memory 0.5GiB --memory-reservation 33554432 "$ID"
	holds memory memory.limit_in_bytes 536870912 memory.max 536870912
	holds memory memory.soft_limit_in_bytes 33554432 memory.low 33554432
	tare update --memory=-1 "$ID"
	holds memory memory.limit_in_bytes 9223372036854771712 memory.max max
}

# bats test_tags=vm
@test "memory and swap are raised and lowered together" {
	controller memory
	swap_counts
	limited '{memory: {limit: 33554432, swap: 67108864}}'
	tare update --memory 128m --memory-swap 256m "$ID"
	memory 134217728 268435456
	tare update --memory 16m --memory-swap 16m "$ID"
	memory 16777216 16777216
	tare update --memory 64m --memory-swap 64m "$ID"
	memory 67108864 67108864
	tare update --memory-swap 96m "$ID"
	memory 67108864 100663296
}

# bats test_tags=vm
@test "a memory limit keeps the limit of memory and swap that the container has" {
	controller memory
	swap_counts
	limited '{memory: {limit: 33554432, swap: 67108864}}'
	tare update --memory 48m "$ID"
	memory 50331648 67108864
	fails tare update --memory 128m "$ID"
	has "$output" /linux/resources/memory/swap 'at least the memory limit, 134217728' 'the container has this from before'
	memory 50331648 67108864
	tare update --memory 128m --memory-swap 256m "$ID"
	memory 134217728 268435456
	tare update --memory -1 "$ID"
	holds memory memory.limit_in_bytes 9223372036854771712 memory.max max
	holds memory memory.memsw.limit_in_bytes 9223372036854771712 memory.swap.max max
}

@test "a limit below the memory in use is refused with the flag, the use and nothing changed" {
	only_v1 memory
	config '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 50}}'
	program sh -c 'dd if=/dev/zero of=/dev/shm/file bs=1M count=8 && exec sleep 1000'
	running
	until_true 1000 grep -q sleep "/proc/$PID/comm"
	fails tare update --memory 4m --memory-reservation 1m --pids-limit 20 "$ID"
	has "$output" '--memory: cannot write 4194304 to' 'device or resource busy (more memory is in use than that'
	[[ $output =~ ([0-9]+)\ bytes\ are\ in\ use ]]
	[ "${BASH_REMATCH[1]}" -gt 8388608 ]
	is "$(wc -l <<<"$output")" 1
	fails resources '{"pids": {"limit": 20}, "memory": {"limit": 4194304}}'
	has "$output" '--resources: /memory/limit: cannot write 4194304 to'
	is "$(cat "$(cgroup memory)/memory.limit_in_bytes")" 67108864
	is "$(cat "$(cgroup pids)/pids.max")" 50
	is "$(kept '[.memory.limit, .pids.limit]')" '[67108864,50]'
}

# bats test_tags=vm
@test "a limit below the memory in use is refused on v2 where checkBeforeUpdate asks for that" {
	[ "$(version memory)" = v2 ] || skip "missing: the memory controller on v2 (view $VIEW)"
	config '.linux.resources.memory = {limit: 67108864}'
	program sh -c 'dd if=/dev/zero of=/dev/shm/file bs=1M count=8 && exec sleep 1000'
	running
	until_true 1000 grep -q sleep "/proc/$PID/comm"
	fails resources '{"memory": {"limit": 4194304, "checkBeforeUpdate": true}}'
	has "$output" '--resources: /memory/limit: cannot write 4194304 to' 'it is below the memory in use, '
	is "$(cat "$(cgroup memory)/memory.max")" 67108864
	is "$(status_of)" running
	resources '{"memory": {"limit": 33554432, "checkBeforeUpdate": true}}'
	is "$(cat "$(cgroup memory)/memory.max")" 33554432
}

@test "kernel memory is limited on v1 and refused on v2" {
	controller memory
	sleeping
	if [ "$(version memory)" = v1 ]; then
		tare update --kernel-memory-tcp 8m "$ID"
		is "$(cat "$(cgroup memory)/memory.kmem.tcp.limit_in_bytes")" 8388608
		# Some kernels take it and ignore it, others refuse.
		run tare update --kernel-memory 8m "$ID"
		[ "$status" = 0 ] || has "$output" --kernel-memory 'since 5.16'
	else
		fails tare update --kernel-memory 8m --kernel-memory-tcp 8m "$ID"
		has "$output" '--kernel-memory: cannot be set' '--kernel-memory-tcp: cannot be set'
	fi
}

# bats test_tags=vm
@test "CPU quota, period and burst keep each other" {
	controller cpu
	limited '{cpu: {quota: 500000, period: 1000000, shares: 100}}'
	tare update --cpu-period 900000 "$ID"
	bandwidth 500000 900000 0
	tare update --cpu-quota 600000 "$ID"
	bandwidth 600000 900000 0
	tare update --cpu-burst 300000 "$ID"
	bandwidth 600000 900000 300000
	tare update --cpu-quota 100000 --cpu-burst 50000 --cpu-period 200000 "$ID"
	bandwidth 100000 200000 50000
	tare update --cpu-quota 900000 --cpu-burst 800000 --cpu-period 1000000 "$ID"
	bandwidth 900000 1000000 800000
	tare update --cpu-burst 0 "$ID"
	tare update --cpu-quota -1 "$ID"
	bandwidth -1 1000000 0
	tare update --cpu-share 200 "$ID"
	holds cpu cpu.shares 200 cpu.weight 29
}

# bandwidth QUOTA PERIOD BURST
bandwidth() {
	if [ "$(version cpu)" = v1 ]; then
		is "$(cat "$(cgroup cpu)"/cpu.cfs_{quota,period,burst}_us | paste -sd' ')" "$*"
	else
		is "$(cat "$(cgroup unified)"/cpu.max{,.burst} | paste -sd' ' | sed 's/^max/-1/')" "$*"
	fi
}

@test "a period within the parent's quota is found whatever the order" {
	by_file_system
	only_v1 cpu
	local parent=/sys/fs/cgroup/cpu/$ID-pod
	config '.linux.cgroupsPath = $path | .linux.resources.cpu = {}' --arg path "/$ID-pod/$ID"
	sleeping
	echo 50000 >"$parent/cpu.cfs_quota_us"
	fails tare update --cpu-quota 60000 "$ID"
	has "$output" '--cpu-quota: cannot write 60000 to' "no more than the parent's"
	tare update --cpu-period 10000 --cpu-quota 3000 "$ID"
	bandwidth 3000 10000 0
	tare delete --force "$ID"
	find /sys/fs/cgroup -depth -type d -name "$ID-pod" -exec rmdir {} +
}

# bats test_tags=vm
@test "an idle container gets its shares back" {
	controller cpu
	limited '{cpu: {shares: 512}}'
	tare update --cpu-idle 1 "$ID"
	holds cpu cpu.idle 1 cpu.idle 1
	tare update --cpu-idle 0 "$ID"
	holds cpu cpu.idle 0 cpu.idle 0
	holds cpu cpu.shares 512 cpu.weight 59
	fails tare update --cpu-idle 2 "$ID"
	has "$output" '--cpu-idle: cannot set cpu.idle to 2'
}

# bats test_tags=vm,user
@test "CPUs and memory nodes are changed for what runs already" {
	controller cpuset
	[ "$(nproc)" -gt 1 ] || skip "missing: a second CPU"
	sleeping
	tare update --cpuset-cpus 1 --cpuset-mems 0 "$ID"
	holds cpuset cpuset.cpus 1 cpuset.cpus 1
	holds cpuset cpuset.mems 0 cpuset.mems 0
	is "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$PID/status")" 1
	fails tare update --cpuset-cpus 4000 "$ID"
	has "$output" '--cpuset-cpus: cannot write 4000 to'
	is "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$PID/status")" 1
}

@test "realtime limits are told to be missing where they are" {
	controller cpu
	sleeping
	if [ "$(version cpu)" != v1 ]; then
		fails tare update --cpu-rt-period 1000000 --cpu-rt-runtime 5000 "$ID"
		has "$output" '--cpu-rt-period: cannot be set' '--cpu-rt-runtime: cannot be set'
	elif [ -e "$(cgroup cpu)/cpu.rt_runtime_us" ]; then
		tare update --cpu-rt-period 500000 "$ID"
		is "$(cat "$(cgroup cpu)/cpu.rt_period_us")" 500000
		fails tare update --cpu-rt-runtime 900000 "$ID"
		has "$output" '--cpu-rt-runtime: cannot set a realtime runtime of 900000'
		# Whether the parent has any to give is its own affair.
		run tare update --cpu-rt-runtime 5000 "$ID"
		[ "$status" = 0 ] && output=$(cat "$(cgroup cpu)/cpu.rt_runtime_us") || has "$output" '--cpu-rt-runtime: cannot write '
		has "$output" 5000
	else
		fails tare update --cpu-rt-period 1000000 "$ID"
		has "$output" '--cpu-rt-period: cannot write 1000000 to' CONFIG_RT_GROUP_SCHED
	fi
}

# bats test_tags=vm
@test "the number of processes is limited, unlimited and limited again" {
	controller pids
	sleeping
	tare update --pids-limit 10 "$ID"
	holds pids pids.max 10 pids.max 10
	tare update --pids-limit -1 "$ID"
	holds pids pids.max max pids.max max
	tare update --pids-limit 5 "$ID"
	is "$(tare exec "$ID" probe forks 20)" '3 EAGAIN'
}

# bats test_tags=vm
@test "block I/O weight and throttles are changed, device by device" {
	[ "$(version blkio)" = v1 ] || controller io
	local device
	device=$(cat /sys/block/[hsvn]*/dev 2>/dev/null | head -1)
	[ -n "$device" ] || skip "missing: a block device"
	sleeping
	resources '{"blockIO": {"throttleReadBpsDevice": [{"major": '"${device%:*}"', "minor": '"${device#*:}"', "rate": 1048576}]}}'
	resources '{"blockIO": {"throttleWriteIOPSDevice": [{"major": '"${device%:*}"', "minor": '"${device#*:}"', "rate": 77}]}}'
	if [ "$(version blkio)" = v1 ]; then
		is "$(cat "$(cgroup blkio)/blkio.throttle.read_bps_device")" "$device 1048576"
		is "$(cat "$(cgroup blkio)/blkio.throttle.write_iops_device")" "$device 77"
	else
		is "$(cat "$(cgroup unified)/io.max")" "$device rbps=1048576 wbps=max riops=max wiops=77"
	fi
	is "$(kept '[.blockIO.throttleReadBpsDevice[0].rate, .blockIO.throttleWriteIOPSDevice[0].rate]')" '[1048576,77]'
	run tare update --blkio-weight 300 "$ID"
	if [ "$status" = 0 ]; then
		has "$(file blkio blkio.bfq.weight io.bfq.weight)" 300
	else
		has "$output" --blkio-weight 'a scheduler that knows weights'
	fi
	fails tare update --blkio-weight 5 "$ID"
	has "$output" '--blkio-weight: cannot set a block I/O weight of 5'
}

@test "huge pages are limited in a container that had no such limit" {
	controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "missing: huge pages of 2 MB"
	sleeping
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	is "$(file hugetlb hugetlb.2MB.limit_in_bytes hugetlb.2MB.max)" 4194304
	fails resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 8388608}, {"pageSize": "3MB", "limit": 1}]}'
	has "$output" '--resources: /hugepageLimits/1: cannot write 1 to' hugetlb.3MB 'no such file or directory (the kernel has no huge pages of this size'
	is "$(file hugetlb hugetlb.2MB.limit_in_bytes hugetlb.2MB.max)" 4194304
	is "$(kept .hugepageLimits)" '[{"pageSize":"2MB","limit":4194304}]'
}

@test "files of v2 are changed as unified names them" {
	only_v2
	limited '{unified: {"cgroup.max.depth": "3"}}'
	resources '{"unified": {"cgroup.max.descendants": "7"}}'
	is "$(cat "$(cgroup unified)/cgroup.max.descendants")" 7
	is "$(kept .unified)" '{"cgroup.max.depth":"3","cgroup.max.descendants":"7"}'
	fails resources '{"unified": {"cgroup.max.descendants": "9", "cgroup.max.depth": "many"}}'
	has "$output" '--resources: /unified/cgroup.max.depth: cannot write many to'
	is "$(cat "$(cgroup unified)/cgroup.max.descendants")" 7
	fails resources '{"unified": {"cgroup.freeze": "1"}}'
	has "$output" '--resources: /unified/cgroup.freeze: '
}

@test "resources come from a file, too, and 0 and what is left out changes nothing" {
	if [ "$VIEW" = v2 ]; then
		sleeping
		echo '{"unified": {"cgroup.max.depth": "5"}, "memory": {"limit": 0}, "cpu": {"shares": 0, "cpus": ""}}' >"$TMP/resources"
		tare update --resources="$TMP/resources" "$ID"
		is "$(cat "$(cgroup unified)/cgroup.max.depth")" 5
		return
	fi
	limited '{pids: {limit: 20}, cpu: {shares: 512, quota: 50000}}'
	echo '{"memory": {"limit": 0, "swap": 0}, "cpu": {"shares": 300, "quota": 0, "period": 0, "cpus": ""}, "blockIO": {"weight": 0}}' >"$TMP/resources"
	tare update --resources="$TMP/resources" "$ID"
	holds cpu cpu.shares 300 cpu.weight 43
	holds pids pids.max 20 pids.max 20
	is "$(cat "$(cgroup cpu)/cpu.cfs_quota_us")" 50000
	tare update -r "$TMP/resources" "$ID"
}

# Numbers that no driver has: an open that the cgroup allows gives ENXIO.
device_test() { config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])'; }

# opens PATH HOW: what a process of the container gets.
opens() { tare exec "$ID" probe open "$@" || true; }

@test "device rules take the place of the old ones" {
	by_root
	device_test
	config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 7, access: "rwm"}]'
	sleeping
	tare exec "$ID" sh -c 'probe mknod /dev/x c 240 7 && probe mknod /dev/y c 240 8'
	is "$(opens /dev/x rw) $(opens /dev/y rw)" 'ENXIO EPERM'
	resources '{"devices": [{"allow": true, "type": "c", "major": 240, "minor": 8, "access": "r"}]}'
	is "$(opens /dev/x rw) $(opens /dev/y r) $(opens /dev/y w) $(opens /dev/null rw)" 'EPERM ENXIO EPERM ok'
	resources '{"devices": [{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 240, "minor": 8, "access": "w"}]}'
	is "$(opens /dev/x rw) $(opens /dev/y r) $(opens /dev/y w) $(opens /dev/null rw)" 'ENXIO ENXIO EPERM ok'
	is "$(status_of)" running
	resources '{"devices": []}'
	is "$(opens /dev/x rw) $(opens /dev/y r) $(opens /dev/y w) $(opens /dev/null rw)" 'EPERM EPERM EPERM ok'
	is "$(status_of)" running
	fails resources '{"devices": [{"allow": true, "type": "x", "access": "r"}]}'
	has "$output" '--resources: /devices/0/type: cannot use this device rule'
}

@test "what is allowed before and after new device rules is never denied" {
	program sh -c 'while true </dev/null; do :; done'
	running
	local i
	for i in $(seq 20); do
		resources '{"devices": [{"allow": true, "type": "c", "major": 240, "minor": '"$i"', "access": "rwm"}]}'
		resources '{"devices": [{"allow": true, "access": "rwm"}]}'
	done
	is "$(status_of)" running
}

@test "device rules that are the same leave alone what others have changed" {
	only_v1 devices
	limited '{devices: [{allow: true, type: "c", major: 240, minor: 7, access: "rwm"}]}'
	echo 'c 240:9 rwm' >"$(cgroup devices)/devices.allow"
	resources '{"devices": [{"allow": true, "type": "c", "major": 240, "minor": 7, "access": "rwm"}]}'
	has "$(cat "$(cgroup devices)/devices.list")" 'c 240:9 rwm'
}

# bats test_tags=vm
@test "one failing write takes the others back" {
	controller pids
	controller cpuset
	limited '{pids: {limit: 20}, cpu: {shares: 512}}'
	fails resources '{"pids": {"limit": 30}, "cpu": {"shares": 300, "cpus": "4000"}}'
	has "$output" '--resources: /cpu/cpus: cannot write 4000 to'
	holds pids pids.max 20 pids.max 20
	holds cpu cpu.shares 512 cpu.weight 59
	is "$(kept '[.pids.limit, .cpu.shares]')" '[20,512]'
}

@test "limits that cannot be kept are taken back" {
	by_root
	only_v2
	mkdir -p "$ROOT"
	mount -t tmpfs -o size=256k,mode=700 tare-e2e "$ROOT"
	limited '{unified: {"cgroup.max.depth": "3"}}'
	cp "$ROOT/$ID/config.json" "$TMP/before"
	dd if=/dev/zero of="$ROOT/filler" 2>/dev/null || true
	fails resources '{"unified": {"cgroup.max.depth": "9"}, "devices": [{"allow": true, "access": "rwm"}]}'
	has "$output" "cannot update container $ID: cannot write" config.json 'no space left on device'
	is "$(cat "$(cgroup unified)/cgroup.max.depth")" 3
	cmp "$ROOT/$ID/config.json" "$TMP/before"
	is "$(ls -A "$ROOT/$ID" | sort)" $'config.json\nstate.json'
}

@test "the new limits are kept, and nothing else of the config changes" {
	only_v2
	limited '{unified: {"cgroup.max.depth": "3"}}'
	cp "$ROOT/$ID/config.json" "$TMP/before"
	resources '{"unified": {"cgroup.max.depth": "4"}}'
	is "$(jq -S 'del(.linux.resources)' "$ROOT/$ID/config.json")" "$(jq -S 'del(.linux.resources)' "$TMP/before")"
	is "$(kept '.unified')" '{"cgroup.max.depth":"4"}'
	is "$(jq -c .linux.resources.unified "$BUNDLE/config.json")" '{"cgroup.max.depth":"3"}'
	is "$(stat -c %a "$ROOT/$ID/config.json")" 600
	is "$(tare exec "$ID" echo fine)" fine
}

@test "updates at the same time are all kept" {
	only_v2
	sleeping
	local i pids=()
	for i in $(seq 8); do
		resources '{"unified": {"cgroup.max.depth": "'"$i"'"}, "rdma": {}, "devices": [{"allow": true, "type": "c", "major": 240, "minor": '"$i"', "access": "r"}]}' &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	# Whichever came last, all of it is the same one's.
	is "$(kept '.devices[0].minor | tostring')" "$(kept '.unified["cgroup.max.depth"]')"
	is "\"$(cat "$(cgroup unified)/cgroup.max.depth")\"" "$(kept '.unified["cgroup.max.depth"]')"
}

@test "created and paused containers are updated, too" {
	local some='{"devices": [{"allow": true, "type": "c", "major": 240, "minor": 7, "access": "r"}]}'
	created
	resources "$some"
	tare delete --force "$ID"
	sleeping
	tare pause "$ID"
	resources "$some"
	is "$(status_of)" paused
	resources '{"devices": [{"allow": true, "access": "rwm"}]}'
	is "$(status_of)" paused
}

@test "a stopped or unknown container is refused" {
	program true
	running
	becomes stopped
	fails tare update --pids-limit 5 "$ID"
	has "$output" "cannot update container $ID: it is stopped: container not running"
	fails tare update --pids-limit 5 nosuch
	has "$output" 'does not exist'
}

@test "a limit for which there is no controller is refused by the flag" {
	[ "$(version memory)" = none ] || skip "missing: a host without the memory controller (view $VIEW)"
	sleeping
	fails tare update --memory 32m "$ID"
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		has "$output" '--memory: cannot set memory.max: ' 'no memory controller'
	else
		has "$output" '--memory: cannot set memory.limit_in_bytes: the memory controller is not mounted'
	fi
}

@test "a control file that cannot be written is named with the flag" {
	local flag file
	if [ "$(version pids)" = v1 ]; then
		sleeping
		fails unshare -m sh -c 'mount -o remount,bind,ro "$1" && shift && exec "$@"' - "$(cgroup_mount pids)" "$TARE" --root "$ROOT" update --pids-limit 7 "$ID"
		has "$output" "--pids-limit: cannot write 7 to $(cgroup pids)/pids.max: read-only file system (the cgroup file system is mounted read-only)"
	else
		limited '{unified: {"cgroup.max.depth": "3"}}'
		echo '{"unified": {"cgroup.max.depth": "4"}}' >"$TMP/resources"
		fails unshare -m sh -c 'mount -o remount,bind,ro "$1" && shift && exec "$@"' - "$(cgroup_mount unified)" "$TARE" --root "$ROOT" update -r "$TMP/resources" "$ID"
		has "$output" "--resources: /unified/cgroup.max.depth: cannot write 4 to $(cgroup unified)/cgroup.max.depth: read-only file system"
	fi
	is "$(wc -l <<<"$output")" 1
}

@test "what is no number, size or document is refused by the flag" {
	sleeping
	local flag
	for flag in blkio-weight cpu-period cpu-quota cpu-burst cpu-share cpu-rt-period cpu-rt-runtime cpu-idle memory memory-reservation memory-swap kernel-memory kernel-memory-tcp pids-limit; do
		fails tare update "--$flag" 1x "$ID"
		has "$output" "tare: --$flag: \"1x\" is not a"
	done
	for flag in cpu-period cpu-burst cpu-share cpu-rt-period; do
		fails tare update "--$flag=-1" "$ID"
		has "$output" "tare: --$flag: \"-1\" is not a whole number from 0"
	done
	fails tare update --blkio-weight 65546 "$ID"
	fails tare update --memory -2 "$ID"
	fails tare update --memory 9e18 "$ID"
	fails tare update --memory 10000p "$ID"
	fails resources '{"memory": {"limit": "1"}}'
	has "$output" '--resources: standard input: line 1, column 22: /memory/limit must be a whole number, not a string'
	fails resources ''
	has "$output" '--resources: standard input: ' 'the document is empty'
	fails tare update --resources "$TMP/nosuch" "$ID"
	has "$output" "--resources: cannot read $TMP/nosuch: no such file or directory"
}

@test "flags that cannot be had are refused" {
	sleeping
	fails tare update --l3-cache-schema 'L3:0=f' "$ID"
	has "$output" '--l3-cache-schema: the container was made without /linux/intelRdt'
	fails tare update --mem-bw-schema 'MB:0=20' "$ID"
	has "$output" '--mem-bw-schema: the container was made without /linux/intelRdt'
	fails tare update "$ID"
	has "$output" 'nothing is to be changed'
	fails tare update --resources - --pids-limit 5 "$ID" </dev/null
	has "$output" '--resources: no other flag can be given beside it'
	fails tare update
	has "$output" 'a container id is missing'
}

@test "flags stand before or behind the id" {
	only_v1 pids
	sleeping
	tare update "$ID" --pids-limit 7 --cpu-share=300
	is "$(cat "$(cgroup pids)/pids.max")" 7
	is "$(cat "$(cgroup cpu)/cpu.shares")" 300
	tare update --pids-limit 8 "$ID" --cpu-share 400
	is "$(cat "$(cgroup pids)/pids.max")" 8
	is "$(cat "$(cgroup cpu)/cpu.shares")" 400
}
