# Limits, as the files of cgroups have them, and as they bite.

# bats file_tags=cgroup

load ../lib

# limited EXPRESSION: a container that sleeps, with these resources beside the default ones.
limited() {
	config ".linux.resources += $1"
	sleeping
}

# holds CONTROLLER V1-FILE V1-VALUE V2-FILE V2-VALUE: the limit is in the container's cgroup.
holds() {
	local dir
	dir=$(cgroup "$1")
	if [ "$(version "$1")" = v1 ]; then
		is "$(cat "$dir/$2")" "$3"
	else
		is "$(cat "$dir/$4")" "$5"
	fi
}

# only_v1 CONTROLLER: skips where it is not a version 1 hierarchy.
only_v1() { [ "$(version "$1")" = v1 ] || skip "missing: a v1 hierarchy of the $1 controller (view $VIEW)"; }

# only_v2: skips where there is no version 2 hierarchy.
only_v2() { [ -n "$(awk '$3 == "cgroup2"' /proc/mounts)" ] || skip "missing: a cgroup v2 hierarchy (view $VIEW)"; }

# swap_counts: skips where the kernel does not account for swap.
swap_counts() { [ "$(version memory)" != v1 ] || [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || skip "missing: swap accounting"; }

# bats test_tags=vm
@test "the memory limit is written" {
	controller memory
	limited '{memory: {limit: 33554432}}'
	holds memory memory.limit_in_bytes 33554432 memory.max 33554432
}

# bats test_tags=vm
@test "a memory limit of -1 is no limit" {
	controller memory
	limited '{memory: {limit: -1}}'
	holds memory memory.limit_in_bytes 9223372036854771712 memory.max max
}

# bats test_tags=vm
@test "the sum of memory and swap is written; v2 counts swap alone" {
	controller memory
	swap_counts
	limited '{memory: {limit: 33554432, swap: 50331648}}'
	holds memory memory.memsw.limit_in_bytes 50331648 memory.swap.max 16777216
}

# bats test_tags=vm
@test "the memory reservation is written" {
	controller memory
	limited '{memory: {reservation: 16777216}}'
	holds memory memory.soft_limit_in_bytes 16777216 memory.low 16777216
}

@test "swappiness, the TCP limit and the OOM killer's switch are written on v1" {
	only_v1 memory
	limited '{memory: {swappiness: 7, kernelTCP: 8388608, disableOOMKiller: true}}'
	holds memory memory.swappiness 7
	holds memory memory.kmem.tcp.limit_in_bytes 8388608
	has "$(cat "$(cgroup memory)/memory.oom_control")" 'oom_kill_disable 1'
}

# bats test_tags=vm
@test "useHierarchy asks for what the kernel does anyway" {
	controller memory
	limited '{memory: {limit: 33554432, useHierarchy: true}}'
	holds memory memory.limit_in_bytes 33554432 memory.max 33554432
	[ "$(version memory)" != v1 ] || is "$(cat "$(cgroup memory)/memory.use_hierarchy")" 1
}

@test "a limit of kernel memory is the kernel's business on v1, and refused on v2" {
	config '.linux.resources.memory = {kernel: 33554432}'
	run inside true
	[ "$status" = 0 ] && [ "$(version memory)" = v1 ] || has "$output" '/linux/resources/memory/kernel: cannot '
}

# bats test_tags=vm,user
@test "a container that takes more memory than its limit is killed" {
	controller memory
	config '.linux.resources.memory = {limit: 16777216}'
	fails 137 inside probe eat 256
}

# bats test_tags=vm
@test "a container that keeps within its memory limit lives" {
	controller memory
	config '.linux.resources.memory = {limit: 16777216}'
	is "$(inside probe eat 4)" ok
}

# bats test_tags=vm
@test "CPU shares are written; v2 has a weight" {
	controller cpu
	limited '{cpu: {shares: 1024}}'
	holds cpu cpu.shares 1024 cpu.weight 100
}

# bats test_tags=vm,user
@test "CPU quota, period and burst are written" {
	controller cpu
	limited '{cpu: {quota: 50000, period: 200000, burst: 10000}}'
	holds cpu cpu.cfs_quota_us 50000 cpu.max '50000 200000'
	[ "$(version cpu)" = v2 ] || is "$(cat "$(cgroup cpu)/cpu.cfs_period_us")" 200000
	holds cpu cpu.cfs_burst_us 10000 cpu.max.burst 10000
}

# bats test_tags=vm
@test "a CPU quota without a period takes the kernel's period" {
	controller cpu
	limited '{cpu: {quota: 50000}}'
	holds cpu cpu.cfs_quota_us 50000 cpu.max '50000 100000'
}

# bats test_tags=vm
@test "an idle cgroup is written" {
	controller cpu
	limited '{cpu: {idle: 1}}'
	holds cpu cpu.idle 1 cpu.idle 1
}

# bats test_tags=vm
@test "the CPUs and memory nodes are written, and the process is bound to them" {
	controller cpuset
	limited '{cpu: {cpus: "0", mems: "0"}}'
	holds cpuset cpuset.cpus 0 cpuset.cpus 0
	holds cpuset cpuset.mems 0 cpuset.mems 0
	is "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$PID/status")" 0
}

@test "without CPUs in the config a container may use all" {
	sleeping
	is "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$PID/status")" "$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)"
}

# bats test_tags=vm
@test "the limit of processes is written" {
	controller pids
	limited '{pids: {limit: 20}}'
	holds pids pids.max 20 pids.max 20
}

# bats test_tags=vm,user
@test "the limit of processes bites" {
	controller pids
	config '.linux.resources.pids = {limit: 5}'
	is "$(inside probe forks 20)" '4 EAGAIN'
	config '.linux.resources.pids = {limit: -1}'
	is "$(inside probe forks 20)" '20 ok'
}

# bats test_tags=vm,user
@test "throttles of a block device are written" {
	[ "$(version blkio)" = v1 ] || controller io
	local device
	device=$(cat /sys/block/[hsvn]*/dev 2>/dev/null | head -1)
	[ -n "$device" ] || skip "missing: a block device"
	config '.linux.resources.blockIO = ({throttleReadBpsDevice: 1048576, throttleWriteBpsDevice: 2097152, throttleReadIOPSDevice: 66,
		throttleWriteIOPSDevice: 77} | map_values([{major: $major, minor: $minor, rate: .}]))' --argjson major "${device%:*}" --argjson minor "${device#*:}"
	sleeping
	if [ "$(version blkio)" = v1 ]; then
		is "$(cat "$(cgroup blkio)/blkio.throttle.read_bps_device")" "$device 1048576"
		is "$(cat "$(cgroup blkio)/blkio.throttle.write_bps_device")" "$device 2097152"
		is "$(cat "$(cgroup blkio)/blkio.throttle.read_iops_device")" "$device 66"
		is "$(cat "$(cgroup blkio)/blkio.throttle.write_iops_device")" "$device 77"
	else
		is "$(cat "$(cgroup io)/io.max")" "$device rbps=1048576 wbps=2097152 riops=66 wiops=77"
	fi
}

# What is held back at two bytes a second, the lowest rate there is on v2, would outlive the test by half an hour.
finish() {
	[ -n "${disk:-}" ] || return 0
	if [ -z "${PID:-}" ]; then
		: # there is no container
	elif [ "$(version blkio)" = v1 ]; then
		echo "$device 0" >"$(cgroup blkio)/blkio.throttle.read_bps_device"
	else
		echo "$device rbps=max" >"$(cgroup io)/io.max"
	fi
	tare delete --force "$ID"
	losetup --detach "$disk"
}

# bytes_read: of the device, by the container. (What version 1 counts has not been let through yet.)
bytes_read() {
	if [ "$(version blkio)" != v1 ]; then sed -n "s/^$device rbytes=\([0-9]*\) .*/\1/p" "$(cgroup io)/io.stat"; fi
}

# reads: the container's dd is in read(2) of its standard input, which is the device.
reads() { grep -qs '^0 0x0 ' "/proc/$(cat "$TMP/exec.pid" 2>/dev/null)/syscall"; }

# bats test_tags=vm
@test "a rate of a block device holds back what others need not wait for, until it is raised" {
	by_root
	[ "$(version blkio)" = v1 ] || controller io
	truncate -s 1M "$TMP/disk"
	disk=$(losetup --find --show "$TMP/disk") || skip "missing: a free loop device"
	device=$(cat "/sys/block/${disk#/dev/}/dev")
	config '{major: $major, minor: $minor} as $number
		| .linux.devices += [$number + {path: "/dev/disk", type: "b", fileMode: 384}]
		| .linux.resources.devices += [$number + {allow: true, type: "b", access: "r"}]
		| .linux.resources.blockIO.throttleReadBpsDevice = [$number + {rate: 2}]' --argjson major "${device%:*}" --argjson minor "${device#*:}"
	sleeping
	background tare exec --pid-file "$TMP/exec.pid" "$ID" dd if=/dev/disk of=/dev/null bs=4096 count=1 iflag=direct
	until_true 1000 reads
	local i
	for i in $(seq 20); do dd if="$disk" of=/dev/null bs=4096 count=1 iflag=direct status=none; done
	reads
	is "$(bytes_read | sed 's/^0$//')" ''
	jq -n '{blockIO: {throttleReadBpsDevice: [{major: $major, minor: $minor, rate: 1000000000}]}}' --argjson major "${device%:*}" --argjson minor "${device#*:}" |
		tare update --resources - "$ID"
	ended
	[ "$(version blkio)" = v1 ] || is "$(bytes_read)" 4096
}

@test "limits of huge pages are written" {
	controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "missing: huge pages of 2 MB"
	limited '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	holds hugetlb hugetlb.2MB.limit_in_bytes 4194304 hugetlb.2MB.max 4194304
}

@test "files of v2 are written as unified names them" {
	only_v2
	limited '{unified: {"cgroup.max.descendants": "7", "cgroup.max.depth": "3"}}'
	is "$(cat "$(cgroup unified)/cgroup.max.descendants")" 7
	is "$(cat "$(cgroup unified)/cgroup.max.depth")" 3
}

@test "unified is refused where there is no v2" {
	[ "$VIEW" = v1 ] || skip "missing: a host without cgroup v2 (view $VIEW)"
	config '.linux.resources.unified = {"memory.high": "1000000"}'
	fails inside true
	has "$output" /linux/resources/unified 'cgroup v2'
}

@test "a limit for which there is no controller is refused by name" {
	[ "$(version memory)" = none ] || skip "missing: a host without the memory controller (view $VIEW)"
	config '.linux.resources.memory = {limit: 33554432}'
	fails inside true
	has "$output" /linux/resources/memory/limit memory
}

# bats test_tags=vm
@test "a limit that the kernel refuses is named, and nothing is left" {
	controller cpuset
	config '.linux.resources.cpu = {cpus: "4000"}'
	fails inside true
	has "$output" /linux/resources/cpu/cpus
}

# Numbers that no driver has: an open that the cgroup allows gives ENXIO.
device_test() { config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])'; }

@test "devices are denied unless allowed, also by an empty list" {
	by_root
	device_test
	config '.linux.resources.devices = []'
	fails inside sh -c 'probe mknod /dev/x c 240 7 && probe open /dev/x'
	is "$output" $'ok\nEPERM'
	config 'del(.linux.resources.devices)'
	fails inside sh -c 'probe mknod /dev/x c 240 7 && probe open /dev/x'
	is "$output" $'ok\nEPERM'
	fails inside sh -c 'probe mknod /dev/x b 240 7 && probe open /dev/x'
	is "$output" $'ok\nEPERM'
}

@test "an allowed device can be opened in the ways that are allowed" {
	by_root
	device_test
	config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 7, access: "r"}]'
	fails inside sh -c 'probe mknod /dev/x c 240 7 && probe open /dev/x r; probe open /dev/x w; probe open /dev/x rw'
	is "$output" $'ok\nENXIO\nEPERM\nEPERM'
	fails inside sh -c 'probe mknod /dev/y c 240 8 && probe open /dev/y r'
	is "$output" $'ok\nEPERM'
	fails inside sh -c 'probe mknod /dev/z b 240 7 && probe open /dev/z r'
	is "$output" $'ok\nEPERM'
}

@test "a rule without a minor number allows them all" {
	by_root
	device_test
	config '.linux.resources.devices += [{allow: true, type: "c", major: 240, access: "rwm"}]'
	fails inside sh -c 'probe mknod /dev/x c 240 7 && probe mknod /dev/y c 240 99 && probe open /dev/x rw; probe open /dev/y rw'
	is "$output" $'ok\nok\nENXIO\nENXIO'
}

@test "a later rule wins over an earlier one" {
	by_root
	device_test
	config '.linux.resources.devices += [{allow: true, type: "c", major: 240, minor: 7, access: "rwm"}, {allow: false, type: "c", major: 240, minor: 7, access: "w"}]'
	fails inside sh -c 'probe mknod /dev/x c 240 7; probe open /dev/x r; probe open /dev/x w'
	is "$output" $'ok\nENXIO\nEPERM'
}

@test "an exception from an allowed class of devices holds, or is refused where v1 cannot express it" {
	by_root
	device_test
	config '.linux.resources.devices += [{allow: true, type: "c", major: 240, access: "rwm"}, {allow: false, type: "c", major: 240, minor: 7, access: "w"}]'
	fails inside sh -c 'probe mknod /dev/x c 240 7; probe mknod /dev/y c 240 8; probe open /dev/x r; probe open /dev/x w; probe open /dev/y w'
	if [ "$(version devices)" = v1 ]; then
		has "$output" /linux/resources/devices/2
	else
		is "$output" $'ok\nok\nENXIO\nEPERM\nENXIO'
	fi
}

@test "a rule that allows everything allows everything" {
	by_root
	device_test
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	fails inside sh -c 'probe mknod /dev/x c 240 7; probe mknod /dev/y b 240 8; probe open /dev/x rw; probe open /dev/y rw'
	is "$output" $'ok\nok\nENXIO\nENXIO'
}

@test "the default devices can be used under the strictest rules" {
	config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	is "$(inside sh -c 'for d in null zero full random urandom; do probe open /dev/$d rw; done' | sort -u)" ok
}

@test "device rules hold for what joins the container, too" {
	by_root
	device_test
	sleeping
	fails tare exec "$ID" sh -c 'probe mknod /dev/x c 240 7 && probe open /dev/x'
	is "$output" $'ok\nEPERM'
}

@test "the cgroup is where cgroupsPath says" {
	by_file_system
	config '.linux.cgroupsPath = $path' --arg path "/$ID-there"
	sleeping
	local dir count=0
	for dir in $(find /sys/fs/cgroup -type d -name "$ID-there"); do
		is "$(cat "$dir/cgroup.procs")" "$PID"
		count=$((count + 1))
	done
	is "$count" "$(awk '$3 ~ /^cgroup2?$/' /proc/mounts | wc -l)"
	tare delete --force "$ID"
	is "$(find /sys/fs/cgroup -type d -name "$ID-there")" ''
}

@test "the container's cgroups hold its processes and no other" {
	sleeping
	local dir
	for dir in $(find /sys/fs/cgroup -type d -name "$CGROUP"); do
		is "$(cat "$dir/cgroup.procs")" "$PID"
	done
	[ -n "$dir" ]
}
