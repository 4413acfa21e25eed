# Docker, for the suites docker*.bats: a daemon of the suite's own, in a network namespace of its own.

# docker_up [DAEMON-OPTION...]: starts it, with the runtime under the name "tested", by default too, and $OTHER, if there is
# one, under the name "other".
docker_up() {
	local pid daemon client tries
	have_docker || return 0
	daemon=$(command -v dockerd)
	client=/usr/bin/docker
	[ -x $client ] || client=$(command -v docker)
	jq -n --arg path "$RUNTIME" --arg other "$OTHER" --arg dir "$WORK" '{"data-root": "\($dir)/data", "exec-root": "\($dir)/exec", pidfile: "\($dir)/docker.pid",
		hosts: ["unix://\($dir)/socket"], runtimes: {tested: {path: $path}, other: {path: (if $other == "" then $path else $other end)}}, "default-runtime": "tested", "storage-driver": "vfs",
		"exec-opts": ["native.cgroupdriver='"${DRIVER:-cgroupfs}"'"]} + '"$(limits)" >"$WORK/daemon.json"
	wrapper docker "$client" --host "unix://$WORK/socket"
	# What Docker keeps in fixed places is hidden behind a private /run/docker.
	mkdir -p /run/docker
	# It gives its own containerd 15 seconds, which may be too few where the processor is emulated.
	for tries in 1 2 3 4; do
		unshare --net --mount --propagation slave sh -ec '
			ip link set lo up
			mount -t tmpfs tmpfs /run/docker
			exec "$@"' sh "$daemon" --config-file "$WORK/daemon.json" "$@" >"$WORK/dockerd.log" 2>&1 3>&- &
		pid=$!
		echo $pid >"$WORK/dockerd"
		until_true 18000 eval 'docker version >/dev/null 2>&1 || gone '$pid
		! gone $pid || [ $tries = 4 ] || ! grep -q 'timeout waiting for containerd' "$WORK/dockerd.log" || continue
		break
	done
	docker import --change 'CMD ["/bin/probe", "pause"]' --change 'ENV PATH=/usr/bin:/bin' "$IMAGE" busybox >/dev/null || {
		tail -n 20 "$WORK/dockerd.log"
		return 1
	}
}

docker_down() {
	local pid
	[ -f "$WORK/dockerd" ] || return 0
	pid=$(cat "$WORK/dockerd")
	kill "$pid"
	until_true 6000 gone "$pid" || kill -KILL "$pid"
	rmdir /run/docker 2>/dev/null
	find /sys/fs/cgroup -depth -type d \( -path '*/docker' -o -path '*/docker/buildkit' \) -exec rmdir {} + 2>/dev/null
	return 0
}

have_docker() { command -v dockerd >/dev/null && { [ -x /usr/bin/docker ] || command -v docker >/dev/null; } && command -v iptables >/dev/null; }

# Without CAP_SYS_RESOURCE nobody may raise a hard limit again.
limits() {
	(ulimit -n "$(($(ulimit -Hn) + 1))") 2>/dev/null && echo '{}' && return
	echo '{"default-ulimits": {nofile: {Name: "nofile", Soft: 1024, Hard: 1024}, nproc: {Name: "nproc", Soft: 1024, Hard: 1024}}}'
}

ids() { [ ! -f "$TMP/all" ] || cat "$TMP/all"; }

docker_rm() {
	docker ps --all --quiet --no-trunc >>"$TMP/all"
	docker ps --all --quiet | xargs -r "$WORK/bin/docker" rm --force --volumes >/dev/null
}

# sleeper NAME [OPTION...]: a container that does nothing, in the background.
sleeper() {
	local name=$1
	shift
	docker run --detach --name "$name" --network none "$@" busybox probe pause >/dev/null
}

inspect() { docker inspect "$1" --format "$2"; }
state_is() { [ "$(inspect "$1" '{{.State.Status}}')" = "$2" ]; }
