# Network devices that move into the container. The host is a network namespace of
# the test's own: the machine's is left alone.

load ../lib

prepare() {
	: >"$TMP/net"
	unshare --net="$TMP/net" true
}

finish() {
	local id
	! [ -f "$TMP/doomed" ] || for id in $(sort -u "$TMP/doomed"); do tare delete --force "$id"; done
	rm -f "$TMP/doomed"
	while mountpoint -q "$TMP/net"; do umount "$TMP/net"; done
}

# host COMMAND...: runs it in the host's network namespace.
host() { nsenter --net="$TMP/net" "$@"; }

tare() { TARE_TEST=$ID host "$TARE" --root "$ROOT" "$@"; }

# tap NAME...: devices of the host that need nothing else.
tap() {
	local name
	for name; do host ip tuntap add dev "$name" mode tap; done
}

# devices JSON: those of the config.
devices() { config '.linux.netDevices = $d' --argjson d "$1"; }

# names [PID]: the devices of the host's, or of a process's, network namespace.
names() {
	if [ $# -gt 0 ]; then nsenter --net="/proc/$1/ns/net" ip -o link; else host ip -o link; fi | awk -F': ' '{ print $2 }' | sed 's/@.*//' | sort | xargs
}

# in_there COMMAND...: runs a program of the host's in the container's network namespace.
in_there() { nsenter --net="/proc/$PID/ns/net" "$@"; }

# addresses COMMAND...: what ip(8) says of addresses, less the link's own.
addresses() { "$@" ip -o addr show scope global | sed -E 's/^[0-9]+: //; s/ +/ /g; s/ valid_lft.*//; s/\\$//; s/ $//'; }

@test "a network device moves into the container, is renamed there and set up" {
	tap tap0
	host ip link set tap0 mtu 1400 address 02:00:00:00:00:07 alias mine
	local index
	index=$(host cat /sys/class/net/tap0/ifindex 2>/dev/null || host ip -o link show tap0 | cut -d: -f1)
	devices '{"tap0": {"name": "eth0"}}'
	sleeping
	is "$(names)" lo
	is "$(names "$PID")" "eth0 lo"
	in_there ip link show eth0 >"$TMP/link"
	has "$(cat "$TMP/link")" "$index: eth0: " UP "mtu 1400" 02:00:00:00:00:07 "alias mine"
	has "$(tare exec "$ID" ip link)" "eth0: "
}

@test "a network device keeps its name when the config gives it none" {
	tap tap0 tap1
	devices '{"tap0": {}, "tap1": {"name": ""}}'
	sleeping
	is "$(names "$PID")" "lo tap0 tap1"
}

@test "a network device keeps its addresses with all that is known of them" {
	tap tap0
	host ip addr add 10.1.2.3/24 brd + dev tap0 label tap0:web
	host ip addr add 10.1.2.4/24 dev tap0 metric 77
	host ip addr add 10.9.9.9 peer 10.9.9.8/32 dev tap0
	host ip addr add fd00::1/64 dev tap0 nodad noprefixroute
	host ip addr add fd00:1::1/64 dev tap0 preferred_lft 0
	host ip link set tap0 up
	addresses host >"$TMP/before"
	is "$(wc -l <"$TMP/before")" 5
	devices '{"tap0": {"name": "eth0"}}'
	sleeping
	addresses in_there >"$TMP/after"
	is "$(sed 's/tap0/eth0/g; s/ tentative//' "$TMP/before" | sort)" "$(sed 's/ tentative//' "$TMP/after" | sort)"
	has "$(cat "$TMP/after")" "10.1.2.3/24 brd 10.1.2.255 scope global eth0:web" "10.9.9.9 peer 10.9.9.8/32" "10.1.2.4/24 metric 77 scope global secondary" noprefixroute deprecated
}

@test "an address that is not permanent, or not of global scope, does not move" {
	tap tap0
	host ip addr add 10.1.0.1/24 dev tap0 valid_lft 1000 preferred_lft 500
	host ip addr add 10.2.0.1/24 dev tap0 scope link
	host ip addr add 10.3.0.1/24 dev tap0
	devices '{"tap0": {}}'
	sleeping
	is "$(in_there ip -o -4 addr show dev tap0 | awk '{ print $4 }')" 10.3.0.1/24
}

@test "a veth device connects the container with the host, and ends with the container's network namespace" {
	host ip link add veth0 type veth peer name veth1
	host ip addr add 10.1.0.1/24 dev veth1
	host ip addr add 10.1.0.2/24 dev veth0
	host ip link set veth1 up
	devices '{"veth0": {"name": "eth0"}}'
	sleeping
	is "$(names "$PID")" "eth0 lo"
	is "$(names)" "lo veth1"
	in_there busybox ping -c 1 -w 30 10.1.0.1 >/dev/null
	tare delete --force "$ID"
	until_true 1000 eval '[ "$(names)" = lo ]' # as the specification has it: nothing is moved back
}

@test "the kernel gives a network device a name after a template" {
	tap tap0 tap1 eth7
	devices '{"tap0": {"name": "eth%d"}, "tap1": {"name": "eth%d"}, "eth7": {"name": "eth0"}}'
	sleeping
	is "$(names "$PID")" "eth0 eth1 eth2 lo"
	has "$(in_there ip link show eth0)" "eth0: "
}

@test "network devices can swap their names" {
	tap tap0 tap1
	host ip link set tap0 address 02:00:00:00:00:01
	host ip link set tap1 address 02:00:00:00:00:02
	devices '{"tap0": {"name": "tap1"}, "tap1": {"name": "tap0"}}'
	sleeping
	has "$(in_there ip link show tap0)" 02:00:00:00:00:02
	has "$(in_there ip link show tap1)" 02:00:00:00:00:01
}

@test "a network device of the container can have the index that another one has" {
	tap tap0
	program probe pause
	sleeping
	in_there ip tuntap add dev other mode tap # the first free index, as that of tap0 was
	is "$(in_there ip -o link show other | cut -d: -f1)" "$(host ip -o link show tap0 | cut -d: -f1)"
	config '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)' --arg p "/proc/$PID/ns/net"
	devices '{"tap0": {"name": "other%d"}}'
	doomed "$ID-b"
	apart tare run --detach --bundle "$BUNDLE" "$ID-b"
	is "$(names "$PID")" "lo other other0"
	has "$(in_there ip link show other0)" UP
}

@test "a network device that moved into a joined namespace stays there when the container is gone" {
	tap tap0
	sleeping
	config '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)' --arg p "/proc/$PID/ns/net"
	devices '{"tap0": {"name": "eth0"}}'
	program true
	tare run --bundle "$BUNDLE" "$ID-b"
	is "$(names "$PID")" "eth0 lo"
	is "$(names)" lo
}

@test "network devices are there for hooks and sysctls, and in a user namespace" {
	tap tap0
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$ROOTFS"
	config '.linux.sysctl = {"net.ipv4.conf.eth0.forwarding": "1"} | .hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", $c]}]}' \
		--arg c "pid=\$(jq .pid); nsenter --net=/proc/\$pid/ns/net ip -o link show eth0 >$TMP/hook"
	devices '{"tap0": {"name": "eth0"}}'
	sleeping
	has "$(cat "$TMP/hook")" "eth0: " UP
	is "$(in_there cat /proc/sys/net/ipv4/conf/eth0/forwarding)" 1
	is "$(in_there cat /proc/sys/net/ipv4/conf/lo/forwarding)" 0
}

@test "a network device is back as it was when the container could not be made" {
	tap tap0
	host ip link add bridge0 type bridge 2>/dev/null || skip "missing: a kernel with bridges"
	host ip addr add 10.1.2.3/24 brd + dev tap0 label tap0:web
	host ip addr add 10.2.0.1/24 dev tap0 scope link
	host ip addr add fd00::1/64 dev tap0 nodad
	host ip link set tap0 master bridge0
	host ip link set tap0 up
	host ip -d link show tap0 >"$TMP/link"
	host ip addr show tap0 | grep -v fe80 >"$TMP/addresses"
	devices '{"tap0": {"name": "eth0"}}'
	program /nosuch
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$(cat "$TMP/link")" "master bridge0" "tap0: "
	host ip -d link show tap0 | diff -u <(clean <"$TMP/link") <(host ip -d link show tap0 | clean)
	host ip addr show tap0 | diff -u <(clean <"$TMP/addresses" | grep -v lft) <(host ip addr show tap0 | clean | grep -vE 'fe80|lft')
}

# clean: the port's numbers and what it was doing are no property of the device.
clean() { sed -E 's/(qdisc|state|port_id|designated_port|message_age|hold_timer|forward_delay_timer|topology_change_timer)\S* +\S+//g; s/state \S+//; s/bridge_slave.*//'; }

@test "a network device whose name is taken in the container is an error, and stays" {
	tap tap0
	host ip addr add 10.1.2.3/24 dev tap0
	host ip link set tap0 up
	sleeping
	in_there ip tuntap add dev eth0 mode tap
	config '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)' --arg p "/proc/$PID/ns/net"
	devices '{"tap0": {"name": "eth0"}}'
	fails tare run --bundle "$BUNDLE" "$ID-b"
	has "$output" "/linux/netDevices/tap0: cannot move the network device tap0 into the container: the container has a device of that name: file exists"
	is "$(names)" "lo tap0"
	in_there ip link delete eth0
	# As another name of a device, which the kernel finds only when the device has moved.
	in_there ip tuntap add dev other mode tap
	in_there ip link property add dev other altname eth0
	fails tare run --bundle "$BUNDLE" "$ID-b"
	has "$output" "the container has a device of that name: "
	is "$(names)" "lo tap0"
	has "$(host ip addr show tap0)" 10.1.2.3/24 ,UP
}

@test "a network device that is not there, or that cannot move, is refused by name" {
	devices '{"nosuch": {}}'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/netDevices/nosuch: cannot move the network device nosuch into the container: no such device"
	host ip link add bridge0 type bridge 2>/dev/null || skip "missing: a kernel with bridges"
	devices '{"bridge0": {}}'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/netDevices/bridge0: cannot move the network device bridge0 into the container: it is of a kind that stays in its network namespace"
	is "$(names)" "bridge0 lo"
}

@test "network devices that cannot be are refused before anything happens" {
	tap tap0
	local name
	for name in lo . .. a/b a:b 'a b' sixteen-bytes-it '%s' 'a%d%d'; do
		config '.linux.netDevices = {tap0: {name: $n}}' --arg n "$name"
		fails tare run --bundle "$BUNDLE" "$ID"
		has "$output" "/linux/netDevices/tap0/name: "
	done
	devices '{"lo": {}}'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/netDevices/lo: the loopback device cannot leave"
	devices '{"tap0": {}}'
	config 'del(.linux.sysctl) | .linux.namespaces |= map(select(.type != "network"))'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "/linux/netDevices: needs a network namespace"
	config '.linux.namespaces += [{type: "network", path: "/proc/self/ns/net"}]'
	fails tare run --bundle "$BUNDLE" "$ID"
	has "$output" "cannot open the network namespace /proc/self/ns/net: it is the host's own"
	is "$(names)" "lo tap0"
}

@test "an ordinary user cannot move network devices" {
	tap tap0
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.destination != "/dev/pts"))'
	devices '{"tap0": {}}'
	chmod 755 "$TMP"
	fails host setpriv --reuid 1000 --regid 1000 --clear-groups "$BINARY" --root "$TMP/other" plan "$BUNDLE"
	has "$output" "/linux/netDevices: only root can move network devices"
	is "$(names)" "lo tap0"
}

@test "a container with network devices of the host is not checkpointed, and lives on" {
	tap tap0
	devices '{"tap0": {}}'
	sleeping
	printf '#!/bin/sh\nexit 9\n' >"$TMP/criu"
	chmod 755 "$TMP/criu"
	PATH=$TMP:$PATH fails tare checkpoint --image-path "$TMP/images" "$ID"
	has "$output" "/linux/netDevices: cannot be checkpointed with the network namespace"
	is "$(status_of)" running
}
