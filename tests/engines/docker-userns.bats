# Docker with its containers' ids mapped (--userns-remap).

load engine
load docker

engine_up() {
	local file
	available || return 0
	# Docker looks the user up by id, and its ids in these files.
	mkdir "$WORK/etc"
	for file in passwd group subuid subgid; do cp "/etc/$file" "$WORK/etc/$file"; done
	echo "ulla:x:61234:61234::/tmp:/bin/sh" >>"$WORK/etc/passwd"
	echo "ulla:x:61234:" >>"$WORK/etc/group"
	echo "ulla:1600000000:65536" | tee -a "$WORK/etc/subuid" >>"$WORK/etc/subgid"
	for file in passwd group subuid subgid; do mount --bind "$WORK/etc/$file" "/etc/$file"; done
	docker_up --userns-remap ulla
}

engine_down() {
	local file
	docker_down
	for file in passwd group subuid subgid; do umount "/etc/$file" 2>/dev/null; done
	return 0
}

available() { have_docker && [ -e /etc/subuid ] && [ -e /etc/subgid ] && [ -n "$TARE_VIEW" ]; }

prepare() { available || skip "missing: docker.io, iptables, /etc/subuid, a mount namespace of the tests' own"; }
finish() { docker_rm; }

# bats test_tags=vm
@test "docker's containers have the ids that they are mapped to" {
	sleeper one --volume "$TMP:/data"
	is "$(docker exec one cat /proc/self/uid_map | tr -s ' ')" " 0 1600000000 65536"
	is "$(stat -c %u "/proc/$(inspect one '{{.State.Pid}}')")" 1600000000
	run -1 docker exec one touch /data/new
	chmod 777 "$TMP"
	docker exec one touch /data/new
	is "$(stat -c %u new)" 1600000000
	is "$(docker run --rm --network none --userns host busybox cat /proc/self/uid_map | tr -s ' ')" " 0 0 4294967295"
}
