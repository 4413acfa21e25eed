# What controllers do beyond what their files say, and where a cgroup may lie.

# bats file_tags=cgroup

load ../lib

# hierarchy CONTROLLERS: a cgroup v1 hierarchy that few hosts mount, for one test.
# Only in the view of v1, whose /sys/fs/cgroup is the suite's own.
hierarchy() {
	local name
	[ "$(version "${1%,*}")" != v1 ] || return 0
	[ "$VIEW" = v1 ] || skip "missing: a place to mount a v1 hierarchy of $1 (view $VIEW)"
	for name in ${1//,/ }; do
		grep -q "^$name	.*	1$" /proc/cgroups || skip "missing: a kernel with the $name controller"
	done
	mkdir "/sys/fs/cgroup/$1"
	mounted=/sys/fs/cgroup/$1
	mount -t cgroup -o "$1" cgroup "$mounted" || skip "missing: the $1 controllers, free to be mounted"
}

prepare() { mounted='' parent='' inhabitant=''; }

finish() {
	local left=
	[ -z "$parent$mounted" ] || tare delete --force "$ID"
	if [ -n "$parent" ]; then
		[ -z "$inhabitant" ] || kill -KILL "$inhabitant"
		until_true 1000 removed || echo "there are processes in $parent"
	fi
	if [ -n "$mounted" ]; then
		left=$(cgroups)
		! mountpoint -q "$mounted" || umount "$mounted"
		rmdir "$mounted"
	fi
	[ -z "$left" ] || echo "cgroups are left: $left"
	[ -z "$left" ]
}

removed() {
	cgroups | while read -r dir; do rmdir "$dir" 2>/dev/null; done
	[ -z "$(cgroups)" ]
}

# below NAME: the container's cgroup is to be below /NAME, which is the test's.
below() {
	by_file_system
	parent=$1
	config '.linux.cgroupsPath = $path' --arg path "/$1/${2:-$ID}"
}

# inhabits DIRECTORY: a process of the test's lives in that cgroup.
inhabits() {
	background sleep 1000
	inhabitant=$BACKGROUND
	echo "$inhabitant" >"$1/cgroup.procs"
}

only_v2() { [ "$VIEW" != v1 ] && [ -e "$(unified)/cgroup.controllers" ] || skip "missing: a cgroup v2 hierarchy (view $VIEW)"; }
unified() { if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo /sys/fs/cgroup; else echo /sys/fs/cgroup/unified; fi; }

@test "the sockets of a container carry its class id" {
	hierarchy net_cls,net_prio
	config '.linux.resources.network = {classID: 1048577, priorities: [{name: "lo", priority: 5}]}'
	program busybox nc -l -p 7000
	running
	is "$(cat "$(cgroup net_cls,net_prio)/net_cls.classid")" 1048577
	has "$(cat "$(cgroup net_cls,net_prio)/net_prio.ifpriomap")" 'lo 5'
	until_true 1000 listens
	has "$(nsenter -t "$PID" -n ss --listening --tcp --tos)" 'class_id:0x100001'
	tare exec -d "$ID" busybox nc -l -p 7001
	until_true 1000 eval '[ "$(nsenter -t "$PID" -n ss --listening --tcp --tos | grep -c class_id:0x100001)" = 2 ]'
}

listens() { nsenter -t "$PID" -n ss --listening --tcp | grep -q LISTEN; }

@test "a class id needs a v1 hierarchy of net_cls, and nothing else does" {
	[ "$(version net_cls)" != v1 ] || skip "missing: a host without a net_cls hierarchy"
	inside true
	config '.linux.resources.network = {classID: 1048577}'
	fails inside true
	has "$output" /linux/resources/network/classID net_cls
}

@test "an interface that is not there has no priority" {
	hierarchy net_cls,net_prio
	config '.linux.resources.network = {priorities: [{name: "nosuch0", priority: 5}]}'
	fails inside true
	has "$output" '/linux/resources/network/priorities/0: cannot ' nosuch0
}

@test "a container has a cgroup where perf_event is, too" {
	hierarchy perf_event
	sleeping
	is "$(cat "$(cgroup perf_event)/cgroup.procs")" "$PID"
	is "$(cgroup perf_event)" "/sys/fs/cgroup/perf_event/$ID"
	tare exec -d --pid-file "$TMP/second" "$ID" probe pause
	has "$(cat "/proc/$(cat "$TMP/second")/cgroup")" "perf_event:/$ID"
}

@test "what is made on the way on v1 gets the CPUs and memory nodes of what is above" {
	[ "$(version cpuset)" = v1 ] || skip "missing: a v1 hierarchy of the cpuset controller (view $VIEW)"
	below "$ID-pod" "a/$ID"
	sleeping
	local dir
	for dir in "$ID-pod" "$ID-pod/a" "$ID-pod/a/$ID"; do
		is "$(cat "/sys/fs/cgroup/cpuset/$dir/cpuset.cpus")" "$(cat /sys/fs/cgroup/cpuset/cpuset.cpus)"
		is "$(cat "/sys/fs/cgroup/cpuset/$dir/cpuset.mems")" "$(cat /sys/fs/cgroup/cpuset/cpuset.mems)"
	done
	tare delete --force "$ID"
	echo 0 >"/sys/fs/cgroup/cpuset/$ID-pod/a/cpuset.cpus"
	sleeping
	is "$(cat "/sys/fs/cgroup/cpuset/$ID-pod/a/$ID/cpuset.cpus")" 0
	is "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$PID/status")" 0
	tare delete --force "$ID"
	[ "$(nproc)" -gt 1 ] || skip "missing: a second CPU"
	config '.linux.resources.cpu = {cpus: "1"}'
	fails inside true
	has "$output" '/linux/resources/cpu/cpus: cannot ' 'permission denied (the parent cgroup does not have all of these CPUs)'
}

@test "a quota beyond the share of the parent is refused on v1" {
	[ "$(version cpu)" = v1 ] || skip "missing: a v1 hierarchy of the cpu controller (view $VIEW)"
	below "$ID-pod"
	mkdir "/sys/fs/cgroup/cpu/$ID-pod"
	echo 50000 >"/sys/fs/cgroup/cpu/$ID-pod/cpu.cfs_quota_us"
	config '.linux.resources.cpu = {quota: 60000}'
	fails inside true
	has "$output" '/linux/resources/cpu/quota: cannot ' 60000 "no more than the parent's"
	is "$(wc -l <<<"$output")" 1
	[ ! -e "/sys/fs/cgroup/cpu/$ID-pod/$ID" ]
	config '.linux.resources.cpu = {quota: 40000}'
	inside true
}

# bats test_tags=vm
@test "on v2 a container has what its parent has, whatever it may have itself" {
	[ "$(version cpuset)" = v2 ] && [ "$(version memory)" = v2 ] || skip "missing: the cpuset and memory controllers on v2 (view $VIEW)"
	below "$ID-pod"
	mkdir "$(unified)/$ID-pod"
	echo 0 >"$(unified)/$ID-pod/cpuset.cpus"
	echo 16777216 | tee "$(unified)/$ID-pod/memory.max" >"$(unified)/$ID-pod/memory.swap.max"
	config '.linux.resources = {cpu: {cpus: "0-1"}, memory: {limit: 67108864}}'
	program sh -c 'grep Cpus_allowed_list /proc/self/status; probe eat 64; echo on'
	run tare run --bundle "$BUNDLE" "$ID"
	has "$output" $'Cpus_allowed_list:\t0\n' Killed
	lacks "$output" ok
}

# Any controller does: hugetlb is what hybrid hosts have on v2.
with_controller() {
	only_v2
	grep -qw hugetlb "$(unified)/cgroup.controllers" && [ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "missing: the hugetlb controller on v2, and huge pages of 2 MB"
	config '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
}

@test "a controller is passed on along the way on v2, and no other" {
	with_controller
	below "$ID-pod" "a/$ID"
	sleeping
	is "$(cat "$(unified)/$ID-pod/cgroup.subtree_control" "$(unified)/$ID-pod/a/cgroup.subtree_control")" $'hugetlb\nhugetlb'
	is "$(cat "$(unified)/$ID-pod/a/$ID/cgroup.subtree_control")" ''
	is "$(cat "$(unified)/$ID-pod/a/$ID/hugetlb.2MB.max")" 4194304
}

@test "a parent that has processes passes no controller on, and is told of" {
	with_controller
	below "$ID-pod"
	mkdir "$(unified)/$ID-pod"
	inhabits "$(unified)/$ID-pod"
	fails inside true
	has "$output" "/linux/cgroupsPath: cannot create cgroup /$ID-pod/$ID: cannot write +hugetlb to $(unified)/$ID-pod/cgroup.subtree_control: device or resource busy (the cgroup has processes of its own"
	[ ! -e "$(unified)/$ID-pod/$ID" ]
	config 'del(.linux.resources.hugepageLimits)'
	inside true
}

@test "a threaded cgroup, and one below it, are refused with the reason" {
	only_v2
	below "$ID-pod" "t/$ID"
	mkdir -p "$(unified)/$ID-pod/t"
	echo threaded >"$(unified)/$ID-pod/t/cgroup.type"
	fails inside true
	has "$output" 'cannot start init: the cgroup is threaded or an invalid domain, see cgroup.type' 'operation not supported'
	[ ! -e "$(unified)/$ID-pod/t/$ID" ]
	config '.linux.cgroupsPath = $path' --arg path "/$ID-pod/t"
	fails inside true
	has "$output" "/linux/cgroupsPath: cannot create cgroup /$ID-pod/t: cannot use cgroup $(unified)/$ID-pod/t: it is threaded"
	[ -e "$(unified)/$ID-pod/t" ]
	config '.linux.cgroupsPath = $path' --arg path "/$ID-pod/u"
	fails inside true
	has "$output" 'cannot start init: the cgroup is threaded or an invalid domain'
}

@test "below a frozen parent nothing begins, and nobody waits for it" {
	below "$ID-pod"
	local frozen
	if [ -e "$(unified)/cgroup.controllers" ]; then
		frozen=$(unified)/$ID-pod
		mkdir "$frozen"
		echo 1 >"$frozen/cgroup.freeze"
	else
		frozen=/sys/fs/cgroup/freezer/$ID-pod
		mkdir "$frozen"
		echo FROZEN >"$frozen/freezer.state"
	fi
	fails inside true
	has "$output" "/linux/cgroupsPath: cannot create cgroup /$ID-pod/$ID: cannot use cgroup $frozen/$ID: it or a parent is frozen"
	[ ! -e "$frozen/$ID" ]
}

@test "a cgroup in which processes live already is not taken over" {
	local hierarchy
	hierarchy=$(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts | grep -E '/(freezer|unified|cgroup)$' | tail -1)
	below "$ID-pod"
	mkdir -p "$hierarchy/$ID-pod/$ID/below"
	inhabits "$hierarchy/$ID-pod/$ID/below"
	fails inside true
	has "$output" "cannot take over cgroup $hierarchy/$ID-pod/$ID: it has processes already"
	kill -0 "$inhabitant"
	is "$(cat "$hierarchy/$ID-pod/$ID/below/cgroup.procs")" "$inhabitant"
}

@test "an empty cgroup that is there already is taken" {
	local hierarchy
	hierarchy=$(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts | grep -E '/(freezer|unified|cgroup)$' | tail -1)
	below "$ID-pod"
	mkdir -p "$hierarchy/$ID-pod/$ID"
	inside true
}

@test "a cgroup deeper than the parent allows is refused" {
	only_v2
	below "$ID-pod"
	mkdir "$(unified)/$ID-pod"
	echo 0 >"$(unified)/$ID-pod/cgroup.max.depth"
	fails inside true
	has "$output" 'resource temporarily unavailable (a parent'"'"'s cgroup.max.depth or cgroup.max.descendants is reached)'
}

# bats test_tags=vm
@test "memory beyond memory.high is counted, not killed for" {
	[ "$(version memory)" = v2 ] || skip "missing: the memory controller on v2 (view $VIEW)"
	config '.linux.resources.unified = {"memory.high": "8388608"}'
	program sh -c 'probe eat 16 && exec probe pause'
	running
	until_true 1000 eval 'awk "/^high / { exit !\$2 }" "$(cgroup memory)/memory.events"'
	is "$(awk '/^oom_kill / { print $2 }' "$(cgroup memory)/memory.events")" 0
}

# bats test_tags=vm
@test "memory.oom.group ends all processes with the one that took too much" {
	[ "$(version memory)" = v2 ] || skip "missing: the memory controller on v2 (view $VIEW)"
	config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
	is "$(inside sh -c 'probe eat 64; echo on')" on
	config '.linux.resources.unified = {"memory.oom.group": "1"}'
	fails 137 inside sh -c 'probe eat 64; echo on'
	lacks "$output" on
}

# bats test_tags=vm
@test "a weight of one device is written where that has the BFQ scheduler" {
	local controller=io file=io.bfq.weight device
	[ "$(version blkio)" != v1 ] || controller=blkio file=blkio.bfq.weight_device
	controller $controller
	losetup --find >/dev/null 2>&1 || true # loads the driver
	grep -qs bfq /sys/block/loop0/queue/scheduler || skip "missing: a loop device that can have the BFQ scheduler"
	truncate -s 1M "$TMP/disk"
	loop=$(losetup --find --show "$TMP/disk") || skip "missing: a free loop device"
	local before
	before=$(sed 's/.*\[\(.*\)\].*/\1/' "/sys/block/${loop#/dev/}/queue/scheduler")
	echo bfq >"/sys/block/${loop#/dev/}/queue/scheduler"
	device=$(cat "/sys/block/${loop#/dev/}/dev")
	config '.linux.resources.blockIO = {weight: 300, weightDevice: [{major: $major, minor: $minor, weight: 500}]}' --argjson major "${device%:*}" --argjson minor "${device#*:}"
	local status=0
	weighed || status=$?
	tare delete --force "$ID"
	echo "$before" >"/sys/block/${loop#/dev/}/queue/scheduler"
	losetup --detach "$loop"
	return "$status"
}

weighed() {
	sleeping || return
	has "$(cat "$(cgroup $controller)/$controller.bfq.weight")" 300 || return
	has "$(cat "$(cgroup $controller)/$file")" "$device 500"
}

# bats test_tags=vm
@test "an RDMA device that is not there is named" {
	controller rdma
	config '.linux.resources.rdma = {nosuch0: {hcaHandles: 3, hcaObjects: 4}}'
	fails inside true
	has "$output" '/linux/resources/rdma/nosuch0: cannot ' 'there is no RDMA device nosuch0'
}

# bats test_tags=vm
@test "huge pages beyond the limit are refused" {
	controller hugetlb
	[ "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0)" -ge 2 ] || skip "missing: two free huge pages of 2 MB"
	config '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 2097152}]'
	# mmap(NULL, 2 MB or 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB)
	is "$(inside probe syscall 9 0 0x200000 3 0x40022 -1 0)" ok
	fails inside probe syscall 9 0 0x400000 3 0x40022 -1 0
	has "$output" ENOMEM
}

@test "a controller without fields of its own is enabled for what unified says of it" {
	[ "$(version misc)" = v2 ] || skip "missing: the misc controller on v2 (view $VIEW)"
	config '.linux.resources.unified = {"misc.max": "nosuch 1"}'
	fails inside true
	has "$output" '/linux/resources/unified/misc.max: cannot ' 'cannot write nosuch 1 to' 'misc.max: invalid argument'
	is "$(cgroups)" ''
}
