# Docker with tare as its default runtime.

load engine
load docker

engine_up() { docker_up; }
engine_down() { docker_down; }

prepare() { have_docker || skip "missing: docker.io, iptables"; }
finish() { docker_rm; }

# ran [OPTION...]: docker run --rm without a network, which costs time.
ran() { docker run --rm --network none "$@"; }

@test "docker info has the runtime, and containers can name it" {
	is "$(docker info --format '{{.DefaultRuntime}}')" tested
	docker info --format '{{json .Runtimes.tested}}' >runtime
	is "$(jq -r .path runtime)" "$RUNTIME"
	is "$(ran --runtime tested busybox id -u)" 0
	jq -e '.status | not' runtime >/dev/null || has "$(jq -r '.status["org.opencontainers.runtime-spec.features"]' runtime)" '"linux"'
}

@test "docker run gives the program's output and status" {
	run -7 ran busybox sh -c 'echo out; exit 7'
	is "$output" out
	is "$(printf 'one\ntwo\n' | ran --interactive busybox cat)" $'one\ntwo'
	has "$(terminal docker run --rm --network none -it busybox tty)" /dev/pts/0
}

@test "docker run's failures are 125, what cannot be executed is 126, what is not there 127" {
	run -127 ran busybox there-is-no-such-program
	has "$output" "executable file not found in \$PATH"
	says "cannot find the program there-is-no-such-program"
	run -127 ran busybox /no/such/program
	run -126 ran busybox /bin/text
	run -126 ran busybox /bin/directory
	run -125 ran --no-such-flag busybox true
	run -125 ran --mount "type=bind,source=$TMP/nothing,target=/data" busybox true
}

@test "docker makes a working directory that the image does not have" {
	is "$(ran --workdir /no/such/directory busybox pwd)" /no/such/directory
}

@test "docker build runs its steps, in layers" {
	cat >Dockerfile <<-END
		FROM busybox
		RUN echo one >/one
		RUN echo two >/two && id -u >/id && chown ana /home
		USER ana
		RUN id -u >/home/id
		CMD cat /one /two /id /home/id
	END
	DOCKER_BUILDKIT=0 docker build --network none --tag layers . >/dev/null
	is "$(ran layers)" $'one\ntwo\n0\n1000'
	docker rmi --force layers >/dev/null
}

@test "docker build with BuildKit runs its steps" {
	printf 'FROM busybox\nRUN echo built >/mark\n' >Dockerfile
	DOCKER_BUILDKIT=1 docker build --network none --tag kit . >log 2>&1 || {
		! grep -qE 'buildx|buildkit' log || skip "missing: docker-buildx"
		cat log
		return 1
	}
	is "$(ran kit cat /mark)" built
	docker rmi --force kit >/dev/null
}

@test "docker exec runs another process, with and without a terminal" {
	sleeper one
	run -5 docker exec --user ana --workdir /home --env WORD=spoken one sh -c 'echo $(id -u) $(pwd) $WORD; exit 5'
	is "$output" "1000 /home spoken"
	has "$(terminal docker exec -it one tty)" /dev/pts/0
	run docker exec one there-is-no-such-program # 126 up to Docker 20, then 127
	[ "$status" = 126 ] || [ "$status" = 127 ]
	has "$output" "executable file not found in \$PATH"
	run -126 docker exec one /bin/text
	docker exec --detach one sh -c 'echo detached >/tmp/mark'
	until_true 500 docker exec one test -s /tmp/mark
}

@test "docker logs, top and wait tell of a detached container" {
	docker run --detach --name one --network none busybox sh -c 'echo out; echo err >&2; exit 4' >/dev/null
	is "$(docker wait one)" 4
	is "$(docker logs one 2>err)" out
	is "$(cat err)" err
	sleeper two
	has "$(docker top two)" "probe pause"
}

@test "docker stop lets a program end itself, and kills it after the time" {
	docker run --detach --name one --network none busybox sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.01; done' >/dev/null
	until_true 500 eval '[ "$(docker logs one)" = ready ]'
	docker stop --time 30 one >/dev/null
	is "$(inspect one '{{.State.ExitCode}}')" 9
	sleeper two
	docker kill two >/dev/null
	is "$(docker wait two)" 137
}

@test "docker pauses and unpauses a container" {
	sleeper one
	docker pause one >/dev/null
	state_is one paused
	docker unpause one >/dev/null
	is "$(docker exec one echo again)" again
}

@test "docker restarts a container, and a policy does so by itself" {
	sleeper one
	docker restart --time 0 one >/dev/null
	state_is one running
	docker run --detach --name two --network none --restart on-failure:2 busybox sh -c 'echo once; exit 1' >/dev/null
	until_true 3000 eval '[ "$(docker logs two | wc -l)" = 3 ]'
	until_true 500 state_is two exited
}

# bats test_tags=vm
@test "docker's limits are the kernel's, and can be changed" {
	controller memory
	controller cpu
	sleeper one --memory 64m --memory-swap 96m --cpus 0.5 --pids-limit 50 --cpuset-cpus 0
	id=$(inspect one '{{.Id}}')
	is "$(knob "$id" memory memory.limit_in_bytes memory.max)" 67108864
	is "$(knob "$id" pids pids.max pids.max)" 50
	is "$(knob "$id" cpuset cpuset.cpus cpuset.cpus)" 0
	has "$(knob "$id" cpu cpu.cfs_quota_us cpu.max)" 50000
	docker update --memory 80m --cpus 0.25 --pids-limit 60 one >/dev/null
	is "$(knob "$id" memory memory.limit_in_bytes memory.max)" 83886080
	is "$(knob "$id" pids pids.max pids.max)" 60
	has "$(knob "$id" cpu cpu.cfs_quota_us cpu.max)" 25000
	[ "$(version memory)" = v2 ] || return 0 # as of v1, containerd's shim looks for the hierarchies in the host's mounts
	docker stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' one >stats
	has "$(cat stats)" "1 " "/ 80MiB"
}

# out_of_memory: a container ends so, and Docker says it. (The kernel tells of a cgroup's memory at most every 10 ms, and
# containerd's shim stops to look when the cgroup is empty: what comes in between is missed, with runc as well.)
out_of_memory() {
	docker rm --force one >/dev/null 2>&1
	docker run --name one --network none --memory 16m --memory-swap 16m busybox probe eat 64 || true
	is "$(inspect one '{{.State.ExitCode}}')" 137 && until_true 100 eval '[ "$(inspect one "{{.State.OOMKilled}}")" = true ]'
}

@test "docker tells that a container ran out of memory" {
	[ "$(version memory)" = v2 ] || skip "missing: the memory controller on v2 (Docker does not see it in a view of v1)"
	until_true 8 out_of_memory
}

@test "containers in a network find each other by name" {
	docker network create one >/dev/null
	docker run --detach --name server --network one --volume "$TMP:/home:ro" busybox busybox httpd -f -p 80 -h /home >/dev/null
	echo served >file
	until_true 500 docker exec server sh -c 'busybox netstat -ltn | grep -q :80'
	run -0 docker run --rm --network one busybox sh -c 'ip=$(busybox nslookup server 2>/dev/null | awk "/^Address/ { a = \$NF } END { print a }"); busybox wget -qO- "http://$ip/file"'
	docker rm --force server >/dev/null
	docker network rm one >/dev/null
	is "$output" served
}

@test "docker's volumes: read-only, propagated, named with what the image has" {
	mkdir volume
	run -1 ran --volume "$TMP/volume:/data:ro" busybox touch /data/new
	has "$output" "Read-only file system"
	ran --volume "$TMP/volume:/data:rslave" busybox touch /data/new
	[ -e volume/new ]
	is "$(ran --volume kept:/etc busybox sh -c 'head -n 1 /etc/passwd; echo mark >/etc/mark')" "root:x:0:0:root:/root:/bin/sh"
	is "$(ran --volume kept:/data busybox cat /data/mark)" mark
	docker volume rm kept >/dev/null
	run -0 ran --read-only --tmpfs /data busybox sh -c 'touch /new 2>&1; touch /data/new && echo written'
	has "$output" "Read-only file system" written
}

@test "docker builds upon a distribution, and runs its programs" {
	local distribution
	distribution=$("$REPO/tests/minbase.sh" 2>missing) || skip "$(tail -n 1 missing)"
	docker import "$distribution" debian >/dev/null
	printf 'FROM debian\nRUN useradd --create-home ana && dpkg --audit && apt-get check\nUSER ana\n' >Dockerfile
	DOCKER_BUILDKIT=0 docker build --network none --tag built . >log || {
		cat log
		false
	}
	# Only root can read what passwd tells of the password's age.
	[[ $(ran built passwd --status) =~ ^"ana L 2"[-0-9]+" 0 99999" ]]
	is "$(ran built sh -c 'id -un; . /etc/os-release; echo $VERSION_CODENAME')" $'ana\ntrixie'
	docker rmi --force built debian >/dev/null
}

@test "docker commits a container to an image, and runs that" {
	docker run --name one --network none busybox sh -c 'echo committed >/etc/mark'
	docker commit one committed >/dev/null
	is "$(ran committed cat /etc/mark)" committed
	docker rmi --force committed >/dev/null
}

@test "docker's own init reaps what is left to it" {
	command -v docker-init tini-static tini >/dev/null || [ -x /usr/libexec/docker/docker-init ] || skip "missing: tini"
	run -0 ran --init busybox sh -c 'cat /proc/1/comm; echo $$'
	has "$output" init
	[ "${lines[1]}" != 1 ]
}

@test "a container may do what docker's options say" {
	run -0 ran --cap-drop all --cap-add net_raw --security-opt no-new-privileges --hostname mine --user ana --sysctl kernel.msgmax=9000 --ulimit nofile=500:600 busybox \
		sh -c 'hostname; id -u; cat /proc/sys/kernel/msgmax; ulimit -Sn; grep -E "^(CapBnd|NoNewPrivs|Seccomp):" /proc/self/status'
	has "$output" $'mine\n1000\n9000\n500' $'CapBnd:\t0000000000002000' $'NoNewPrivs:\t1' $'Seccomp:\t2'
	is "$(ran --security-opt seccomp=unconfined busybox grep Seccomp: /proc/self/status)" $'Seccomp:\t0'
	is "$(ran --pid host busybox readlink /proc/self/ns/pid)" "$(readlink /proc/self/ns/pid)"
}

@test "docker gives a container devices, and all of them if it is privileged" {
	mknod device c 240 7
	run -0 ran --device "$TMP/device:/dev/mine:w" busybox sh -c 'probe open /dev/mine w; probe open /dev/mine r; true'
	is "$output" $'ENXIO\nEPERM'
	run -0 ran --privileged busybox sh -c 'mknod /dev/mine c 240 7; probe open /dev/mine r; mount -t tmpfs none /tmp && echo mounted'
	is "$output" $'ENXIO\nmounted'
}
