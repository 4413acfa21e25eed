# Containers whose cgroups systemd makes. They need a host that was booted with it;
# tests/vm has one.

load ../lib

# bats file_tags=vm

prepare() {
	UNIT=tare-$ID.scope
	[ -d /run/systemd/system ] || case $BATS_TEST_DESCRIPTION in *"without systemd"*) ;; *) skip "missing: systemd, with which this host was not booted" ;; esac
}

# No unit may be left, and none that has failed. Slices stay as long as nobody stops them.
finish() {
	[ -d /run/systemd/system ] || return 0
	! [ -f "$TMP/doomed" ] || for id in $(sort -u "$TMP/doomed"); do tare delete --force "$id"; done
	systemctl stop "teste2e$BASHPID.slice" 2>/dev/null
	! systemctl list-units --all --plain --no-legend "*$ID*" | grep .
}

tare() { TARE_TEST=$ID "$TARE" --root "$ROOT" --systemd-cgroup "$@"; }

# show PROPERTY [UNIT]: its value, as systemctl has it.
show() { systemctl show --value -p "$1" "${2:-$UNIT}"; }

# shows PROPERTY=VALUE...
shows() {
	local pair
	for pair; do is "${pair%%=*}=$(show "${pair%%=*}")" "$pair" || return; done
}

# holds FILE=VALUE...: files of the container's cgroup of version 2.
holds() {
	local pair
	for pair; do is "${pair%%=*}=$(cat "$(cgroup unified)/${pair%%=*}")" "$pair" || return; done
}

only_v2() { [ -f /sys/fs/cgroup/cgroup.controllers ] || skip "missing: cgroup v2 with all controllers"; }
only_v1() { has_v1 devices || skip "missing: the devices controller of cgroup v1"; }

# opens DEVICE: in the container.
opens() { tare exec "$ID" sh -c ": <>$1"; }

# Two devices, of which the container may open the first.
devices() {
	[ -c /dev/fuse ] || skip "missing: /dev/fuse"
	config '.linux.devices = [
		{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438},
		{path: "/dev/tun", type: "c", major: 10, minor: 200, fileMode: 438}]
		| .linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}]'
}

@test "without a cgroupsPath the scope has the container's id" {
	sleeping
	is "$(cgroup_path name=systemd)" "/system.slice/$UNIT"
	shows ActiveState=active Slice=system.slice Delegate=yes "Description=tare container $ID"
	is "$(jq -r .unit.name "$ROOT/$ID/state.json")" "$UNIT"
}

@test "cgroupsPath names slices within slices, prefix and name" {
	UNIT=cri-$ID-x.scope
	config '.linux.cgroupsPath = $p' --arg p "teste2e$BASHPID-a-b.slice:cri:$ID-x"
	sleeping
	is "$(cgroup_path name=systemd)" "/teste2e$BASHPID.slice/teste2e$BASHPID-a.slice/teste2e$BASHPID-a-b.slice/$UNIT"
	shows "Slice=teste2e$BASHPID-a-b.slice"
	tare delete --force "$ID"
	is "$(show LoadState)" not-found
}

@test "a slice that is left out is system.slice, and an empty name the id" {
	UNIT=p-$ID.scope
	config '.linux.cgroupsPath = ":p:"'
	sleeping
	is "$(cgroup_path name=systemd)" "/system.slice/$UNIT"
}

@test "--cgroup-manager systemd is the same" {
	doomed "$ID"
	program probe pause
	apart "$TARE" --root "$ROOT" --cgroup-manager systemd run --detach --bundle "$BUNDLE" "$ID"
	shows ActiveState=active
	fails "$TARE" --root "$ROOT" --systemd-cgroup --cgroup-manager cgroupfs list
	has "$output" "contradicts"
}

@test "systemd and the kernel know every limit on v2" {
	only_v2
	config '.linux.resources += {
		memory: {limit: 67108864, swap: 134217728, reservation: 33554432},
		cpu: {shares: 512, quota: 33333, period: 70000, cpus: "0", mems: "0"},
		pids: {limit: 77},
		unified: {"memory.high": "60M", "memory.min": "4096"}}'
	sleeping
	shows MemoryMax=67108864 MemorySwapMax=67108864 MemoryLow=33554432 MemoryHigh=62914560 MemoryMin=4096 \
		CPUWeight=59 CPUQuotaPerSecUSec=476.200ms CPUQuotaPeriodUSec=70ms AllowedCPUs=0 AllowedMemoryNodes=0 TasksMax=77
	holds memory.max=67108864 memory.swap.max=67108864 memory.low=33554432 memory.high=62914560 memory.min=4096 \
		cpu.weight=59 "cpu.max=33333 70000" cpuset.cpus=0 cpuset.mems=0 pids.max=77
	# Systemd writes nothing that differs, but for the quota, of which it keeps a hundredth of a percent.
	systemctl daemon-reload
	systemctl set-property --runtime "$UNIT" CPUWeight=59
	holds memory.max=67108864 memory.swap.max=67108864 memory.low=33554432 memory.high=62914560 "cpu.max=33334 70000" cpuset.cpus=0 pids.max=77
}

@test "an idle cgroup is one for systemd" {
	only_v2
	config '.linux.resources.cpu.idle = 1'
	sleeping
	holds cpu.idle=1
	shows CPUWeight=idle
}

@test "systemd and the kernel know the rates of block devices" {
	only_v2
	local device
	device=$(lsblk -dnro MAJ:MIN,TYPE | awk '$2 == "disk" { print $1; exit }')
	[ -n "$device" ] || skip "missing: a disk"
	config '.linux.resources.blockIO = {
		weight: 500,
		throttleReadBpsDevice: [{major: $a, minor: $i, rate: 1048576}], throttleWriteBpsDevice: [{major: $a, minor: $i, rate: 2097152}],
		throttleReadIOPSDevice: [{major: $a, minor: $i, rate: 30}], throttleWriteIOPSDevice: [{major: $a, minor: $i, rate: 40}]}' \
		--argjson a "${device%:*}" --argjson i "${device#*:}"
	sleeping
	shows IOWeight=4950 "IOReadBandwidthMax=/dev/block/$device 1048576" "IOWriteBandwidthMax=/dev/block/$device 2097152" \
		"IOReadIOPSMax=/dev/block/$device 30" "IOWriteIOPSMax=/dev/block/$device 40"
	holds "io.max=$device rbps=1048576 wbps=2097152 riops=30 wiops=40"
}

@test "limits that systemd does not know are written all the same" {
	only_v2
	config '.linux.resources += {cpu: {quota: 50000, burst: 1000}, hugepageLimits: [{pageSize: "2MB", limit: 2097152}], unified: {"memory.oom.group": "1"}}'
	sleeping
	holds cpu.max.burst=1000 hugetlb.2MB.max=2097152 memory.oom.group=1
}

@test "systemd and the kernel know the limits on v1" {
	only_v1
	config '.linux.resources += {cpu: {shares: 512, quota: 20000, period: 50000}, pids: {limit: 77}}'
	sleeping
	shows CPUShares=512 CPUQuotaPerSecUSec=400ms CPUQuotaPeriodUSec=50ms TasksMax=77
	is "$(cat "$(cgroup cpu)/cpu.shares") $(cat "$(cgroup cpu)/cpu.cfs_quota_us") $(cat "$(cgroup pids)/pids.max")" "512 20000 77"
	# In every hierarchy, those that systemd leaves alone as well.
	lacks "$(grep -v "/system.slice/$UNIT" "/proc/$PID/cgroup")" :
}

@test "a daemon-reload takes no device away, and gives none" {
	devices
	sleeping
	opens /dev/fuse
	fails tare exec "$ID" sh -c ': <>/dev/tun'
	has "$output" "Operation not permitted"
	systemctl daemon-reload
	systemctl set-property --runtime "$UNIT" CPUWeight=77
	opens /dev/fuse
	opens /dev/null
	fails tare exec "$ID" sh -c ': <>/dev/tun'
	has "$output" "Operation not permitted"
}

@test "what is denied among others stays denied at a daemon-reload" {
	only_v2
	devices
	config '.linux.resources.devices = [{allow: true, access: "rwm"}, {allow: false, type: "c", major: 10, minor: 200, access: "rw"}]'
	sleeping
	opens /dev/fuse
	systemctl daemon-reload
	systemctl set-property --runtime "$UNIT" CPUWeight=77
	opens /dev/fuse
	fails tare exec "$ID" sh -c ': <>/dev/tun'
	has "$output" "Operation not permitted"
}

@test "device rules that systemd would forget are refused on v1" {
	only_v1
	config '.linux.resources.devices = [{allow: true, access: "rwm"}, {allow: false, type: "c", major: 10, minor: 200, access: "rw"}]'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/resources/devices/1: cannot use this device rule"
}

@test "update tells systemd and the kernel" {
	only_v2
	config '.linux.resources += {memory: {limit: 67108864}, cpu: {quota: 50000, period: 100000}}'
	sleeping
	tare update --memory 33554432 --memory-reservation 1048576 --cpu-quota 20000 --pids-limit 55 --cpu-share 2 "$ID"
	shows MemoryMax=33554432 MemoryLow=1048576 CPUQuotaPerSecUSec=200ms TasksMax=55 CPUWeight=1
	holds memory.max=33554432 memory.low=1048576 "cpu.max=20000 100000" pids.max=55 cpu.weight=1
	tare update --memory -1 --pids-limit -1 "$ID"
	shows MemoryMax=infinity TasksMax=infinity
	holds memory.max=max pids.max=max
	systemctl daemon-reload
	holds "cpu.max=20000 100000" memory.max=max
}

@test "an update that the kernel refuses changes nothing for systemd" {
	only_v2
	config '.linux.resources.pids.limit = 77'
	sleeping
	fails tare update --pids-limit 55 --cpuset-mems 99 "$ID"
	has "$output" "--cpuset-mems: cannot write 99"
	shows TasksMax=77
	holds pids.max=77
}

@test "update gives a device, and takes another" {
	devices
	sleeping
	opens /dev/fuse
	echo '{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rw"}]}' >"$TMP/resources"
	tare update --resources "$TMP/resources" "$ID"
	fails tare exec "$ID" sh -c ': <>/dev/fuse'
	has "$output" "Operation not permitted"
	opens /dev/tun
	opens /dev/null
	systemctl daemon-reload
	systemctl set-property --runtime "$UNIT" CPUWeight=77
	fails tare exec "$ID" sh -c ': <>/dev/fuse'
	opens /dev/tun
}

@test "exec runs in the scope" {
	sleeping
	apart tare exec --detach --pid-file "$TMP/exec.pid" "$ID" probe pause
	is "$(cat "/proc/$(cat "$TMP/exec.pid")/cgroup")" "$(cat "/proc/$PID/cgroup")"
	is "$(tare ps --format json "$ID" | jq -c 'map(. == ($p, $e)) | length' --argjson p "$PID" --argjson e "$(cat "$TMP/exec.pid")")" 4
	tare kill --all "$ID" KILL
	becomes stopped
}

@test "a paused container stays so at a daemon-reload" {
	sleeping
	tare pause "$ID"
	systemctl daemon-reload
	is "$(status_of)" paused
	tare resume "$ID"
	is "$(status_of)" running
	tare pause "$ID"
	tare delete --force "$ID"
	is "$(show LoadState)" not-found
}

@test "a limit of one process leaves room for init" {
	controller pids
	config '.linux.resources.pids.limit = 1'
	sleeping
	shows TasksMax=1
	is "$(cat "$(cgroup unified)/cgroup.procs")" "$PID"
	fails 255 tare exec "$ID" true
	has "$output" 'too many processes'
}

@test "run ends with its program, and leaves no unit" {
	is "$(inside sh -c 'cat /proc/self/cgroup | tail -n 1')" "0::/" || has_v1 devices
	is "$(show LoadState)" not-found
}

@test "a program that is not there leaves no unit" {
	program nowhere
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "cannot execute nowhere"
	is "$(show LoadState)" not-found
	is "$(tare list -q)" ""
}

@test "whichever step fails, no unit is left" {
	[ -x "$REPO/bin/tare-faults" ] || skip "missing: bin/tare-faults (make faults)"
	program probe pause
	# Nobody may leave it to systemd to end init.
	config '.linux.resources.pids.limit = 77 | .annotations["org.systemd.property.TimeoutStopSec"] = "uint64 3600000000"'
	local word step
	for word in scope keep adopt limit spawn devices attach publish; do
		step=$(tare plan --json --id "$ID" "$BUNDLE" | jq '[.steps[].step] | index($w) + 1' --arg w "$word")
		fails env TARE_FAULT="$step:5" "$REPO/bin/tare-faults" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
		has "$output" "(step $step, $word)"
		is "$(show LoadState)" not-found
		is "$(tare list -q)" ""
	done
}

@test "annotations are properties of the unit" {
	config '.annotations = {"org.systemd.property.TimeoutStopSec": "uint64 7", "org.systemd.property.CollectMode": "'"'inactive-or-failed'"'",
		"org.systemd.property.TasksMax": "uint64 99", "org.systemd.property.Documentation": "['"'man:tare(8)'"']"}'
	sleeping
	shows TimeoutStopUSec=7s CollectMode=inactive-or-failed TasksMax=99 "Documentation=\"man:tare(8)\""
}

@test "a property that systemd does not know is named, and nothing is left" {
	config '.annotations = {"org.systemd.property.Nonsense": "true"}'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/cgroupsPath: cannot start the unit $UNIT of systemd in system.slice" Nonsense
	is "$(tare list -q)" ""
}

@test "a value of an annotation that cannot be read is refused" {
	config '.annotations = {"org.systemd.property.CollectMode": "inactive"}'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/annotations/org.systemd.property.CollectMode: cannot read"
}

@test "names that systemd would refuse are refused" {
	local path
	for path in "/a/b" "a.slice:b" "../x.slice:p:n" "system.slice:p:../../x" "system.slice:p:n/m" "a:p:n" "a--b.slice:p:n" "system.slice:p:x.slice" "system.slice:p:a+b"; do
		config '.linux.cgroupsPath = $p' --arg p "$path"
		fails tare run --bundle "$BUNDLE" "$ID"
		has "$output" "/linux/cgroupsPath: cannot "
	done
	is "$(tare list -q)" ""
}

@test "a unit that is in use stays as it is, and is named" {
	background systemd-run --quiet --scope --unit "$UNIT" "$PROBE" pause
	until_true 1000 systemctl --quiet is-active "$UNIT"
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/cgroupsPath: cannot start the unit $UNIT" "another container or service has this name"
	is "$(tare list -q)" ""
	shows ActiveState=active
	kill "$BACKGROUND"
	wait "$BACKGROUND" || :
	until_true 1000 eval '! systemctl --quiet is-active "$UNIT"'
}

@test "a unit of the name that has failed is in nobody's way, and delete leaves none" {
	only_v2
	config '.linux.resources.memory = {limit: 20971520, swap: 20971520} | .annotations = {"org.systemd.property.OOMPolicy": "'"'kill'"'"}'
	program sh -c 'dd if=/dev/zero of=/dev/null bs=100M'
	running || :
	becomes stopped
	until_true 1000 eval '[ "$(show ActiveState)" = failed ]'
	tare delete "$ID"
	is "$(show LoadState)" not-found
	# One that nobody has deleted.
	systemd-run --quiet --scope --unit "$UNIT" -p OOMPolicy=kill -p MemoryMax=20M -p MemorySwapMax=0 dd if=/dev/zero of=/dev/null bs=100M || :
	until_true 1000 eval '[ "$(show ActiveState)" = failed ]'
	program true
	tare run --bundle "$BUNDLE" "$ID"
}

@test "a tare that is killed while it creates leaves what delete removes" {
	mkfifo "$TMP/told"
	printf '#!/bin/sh\necho $$ >%s\nexec sleep 1000\n' "$TMP/told" >"$TMP/hook"
	chmod 755 "$TMP/hook"
	config '.hooks.createRuntime = [{path: $p}]' --arg p "$TMP/hook"
	program probe pause
	doomed "$ID"
	background env TARE_TEST="$ID" "$TARE" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	read -r hook <"$TMP/told"
	shows ActiveState=active
	kill -KILL "$BACKGROUND"
	wait "$BACKGROUND" || :
	kill -KILL "$hook"
	tare delete --force "$ID"
	is "$(show LoadState)" not-found
}

@test "the plan has the unit with all its properties" {
	config '.linux.resources.pids.limit = 77'
	local plan
	plan=$(tare plan --id "$ID" "$BUNDLE")
	has "$plan" "parent start the unit $UNIT of systemd in system.slice" "Delegate=true" "TasksMax=uint64 77" "DevicePolicy='strict'" \
		"take over the cgroup /system.slice/$UNIT of that unit"
	tare plan --print-facts "$BUNDLE" >"$TMP/facts"
	is "$(jq -c .systemd.version "$TMP/facts")" "$(systemctl --version | awk 'NR == 1 { print $2 }')"
	is "$(tare plan --id "$ID" --facts "$TMP/facts" "$BUNDLE")" "$plan"
	fails "$BINARY" --root "$ROOT" plan --facts "$TMP/facts" "$BUNDLE"
	has "$output" "--facts: whether systemd makes the cgroup"
}

@test "without systemd it says so" {
	fails unshare --mount --propagation private sh -c '
		[ ! -d /run/systemd ] || mount -t tmpfs none /run/systemd
		exec "$@"' sh "$TARE" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	has "$output" "--systemd-cgroup: this host was not booted with systemd: there is no /run/systemd/system"
	is "$("$TARE" --root "$ROOT" list -q)" ""
}

@test "a systemd that cannot be reached is named" {
	fails unshare --mount --propagation private sh -c '
		mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && mount -t tmpfs none /run/dbus
		exec "$@"' sh "$TARE" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	has "$output" "--systemd-cgroup: systemd cannot be reached (unix:path=/run/systemd/private: no such file or directory)"
	is "$("$TARE" --root "$ROOT" list -q)" ""
}

# on_bus WORD...: tare, which does not find systemd's own socket.
on_bus() {
	unshare --mount --propagation private sh -c '
		mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && exec "$@"' sh "$TARE" --root "$ROOT" --systemd-cgroup "$@"
}

@test "a systemd without a socket of its own is asked on the bus" {
	[ -S /run/dbus/system_bus_socket ] || skip "missing: a bus daemon"
	program probe pause
	doomed "$ID"
	on_bus run --detach --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID" </dev/null >/dev/null 2>"$TMP/stderr" 3>&- || {
		cat "$TMP/stderr"
		return 1
	}
	is "$(show ActiveState)" active
	on_bus delete --force "$ID" 2>"$TMP/stderr"
	is "$(cat "$TMP/stderr")" ""
	until_true 1000 eval '[ "$(show LoadState)" = not-found ]'
}

@test "a container is deleted where systemd cannot be reached, and its unit goes" {
	sleeping
	unshare --mount --propagation private sh -c '
		mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && mount -t tmpfs none /run/dbus
		exec "$@"' sh "$TARE" --root "$ROOT" delete --force "$ID" 2>"$TMP/warning"
	has "$(cat "$TMP/warning")" "warning: cannot stop the unit $UNIT of container $ID: systemd cannot be reached"
	until_true 1000 eval '[ "$(show LoadState)" = not-found ]'
}

@test "a unit that systemd has forgotten is not asked for when its container is deleted" {
	program true
	running || :
	becomes stopped
	until_true 1000 eval '[ ! -e "/run/systemd/transient/$UNIT" ]'
	# The socket is hidden, so that whoever asks has to warn.
	unshare --mount --propagation private sh -c '
		mount --bind /dev/null /run/systemd/private && mount -t tmpfs none /run/dbus
		exec "$@"' sh "$TARE" --root "$ROOT" delete "$ID" 2>"$TMP/warning"
	is "$(cat "$TMP/warning")" ""
	is "$(show LoadState)" not-found
	[ ! -e "$(cgroup_mount)/system.slice/$UNIT" ]
}

@test "init works while systemd makes the scope, unless a mount shows it" {
	local order='[.steps[].step] | index("spawn") < index("scope") and index("scope") < index("keep") and index("keep") < index("adopt")'
	is "$(tare plan --json --id "$ID" "$BUNDLE" | jq "$order")" true
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "user"}]
		| .linux += {uidMappings: [{containerID: 0, hostID: 0, size: 65536}], gidMappings: [{containerID: 0, hostID: 0, size: 65536}]}
		| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"}]'
	is "$(tare plan --json --id "$ID" "$BUNDLE" | jq "$order")" false
	program sh -c 'tail -n 1 /proc/self/cgroup; ls /sys/fs/cgroup'
	tare run --bundle "$BUNDLE" "$ID" >"$TMP/out"
	has "$(cat "$TMP/out")" "/system.slice/$UNIT"
	is "$(show LoadState)" not-found
}

# a_user: makes the test's commands those of an ordinary user whose own systemd runs,
# from outside of what that was given.
a_user() {
	only_v2
	local id
	id=$(loginctl list-users --no-legend | awk '$1 >= 1000 { print $1; exit }')
	[ -n "$id" ] && [ -S "/run/user/$id/systemd/private" ] || skip "missing: an ordinary user whose systemd runs (loginctl enable-linger)"
	USER_ID=$id
	chown -R "$id:$id" "$TMP"
	as_user "$TARE" spec --rootless --bundle "$TMP"
	jq --arg mark "TARE_TEST=$ID" '.process.terminal = false | .root.readonly = false | .process.env += [$mark]' "$TMP/config.json" >"$BUNDLE/config.json"
	ROOT=$TMP/state
	tare() { as_user "$TARE" --root "$ROOT" --systemd-cgroup "$@"; }
	show() { as_user systemctl --user show --value -p "$1" "$UNIT"; }
	finish() {
		tare delete --force "$ID"
		! as_user systemctl --user list-units --all --plain --no-legend "*$ID*" | grep .
	}
	config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 77}}'
}

as_user() {
	setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env --unset=USER --unset=DBUS_SESSION_BUS_ADDRESS \
		TARE_TEST="$ID" XDG_RUNTIME_DIR="/run/user/$USER_ID" "${INSIDE[@]}" "$@"
}

user_container() {
	sleeping
	is "$(cgroup_path unified)" "/user.slice/user-$USER_ID.slice/user@$USER_ID.service/user.slice/$UNIT"
	shows MemoryMax=67108864 TasksMax=77
	holds memory.max=67108864 pids.max=77
	apart tare exec --detach --pid-file "$TMP/exec.pid" "$ID" probe pause
	is "$(cat "/proc/$(cat "$TMP/exec.pid")/cgroup")" "$(cat "/proc/$PID/cgroup")"
	tare update --memory 33554432 "$ID"
	shows MemoryMax=33554432
	holds memory.max=33554432
	tare delete --force "$ID"
	is "$(show LoadState)" not-found
}

@test "a user's own systemd makes the scope, from outside of it" {
	a_user
	user_container
}

@test "a user's own systemd makes the scope, from inside of it" {
	a_user
	INSIDE=(systemd-run --user --quiet --scope -p Delegate=yes --)
	user_container
}

@test "a user without a session is told what to do" {
	a_user
	fails setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env -i "$TARE" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	has "$output" "--systemd-cgroup: no user session" "loginctl enable-linger"
}
