# Podman with tare as its runtime: the ordinary commands, root's, or with ROOTLESS=true those of a user with a service manager.

load engine
load podman

MANAGER=${MANAGER:-cgroupfs}
load rootless

engine_up() {
	available || return 0
	if rootless; then user_up; else root_up; fi
	imported
}

engine_down() { if rootless; then user_down; else root_down; fi; }

available() { if rootless; then user_available; else have_podman; fi; }

prepare() {
	if rootless; then user_prepare; else root_prepare; fi
	controller pids # Podman asks for it
}

rootless() { [ "${ROOTLESS:-}" = true ]; }

# root_alone WHY: skips what a user may not do.
root_alone() { ! rootless || skip "missing: root, $1"; }

finish() {
	umount "${covered[@]}" 2>/dev/null
	[ ! -f "$RESOLVER" ] || kill "$(cat "$RESOLVER")" 2>/dev/null
	podman pod rm --all --force --time 0 >/dev/null && podman rm --all --force --time 0 --volumes >/dev/null || return
	[ -z "$NAMESPACES" ] || umount "$NAMESPACES"
}

# --- run

@test "podman run gives the program's output and status, and --rm leaves no container" {
	run -7 podman run --rm busybox sh -c 'id -u; exit 7'
	is "$output" 0
	is "$(podman ps --all --quiet)" ""
}

@test "podman run's own failures are 125" {
	run -125 podman run --rm --memory nonsense busybox true
	run -125 podman run --rm --sysctl nonsense.of.mine=1 busybox true
}

@test "what cannot be executed is 126, what is not there 127, and the sentence is tare's" {
	run -127 podman run --rm busybox there-is-no-such-program
	says "cannot find the program there-is-no-such-program: executable file not found in \$PATH"
	run -127 podman run --rm busybox /no/such/program
	says "cannot find the program /no/such/program: no such file or directory"
	run -126 podman run --rm busybox /bin/text
	says "cannot find the program /bin/text: "
	run -126 podman run --rm busybox /bin/directory
	says "cannot find the program /bin/directory: "
}

@test "podman create and init write a config that tare runs, and start gives its end" {
	podman create --name one --memory 64m --pids-limit 50 --cpus 0.5 busybox sh -c 'echo here; exit 3' >/dev/null
	podman init one >/dev/null
	is "$(state one)" initialized
	run -3 podman start --attach one
	has "$output" here
	is "$(podman inspect one --format '{{.State.Status}} {{.State.ExitCode}}')" "exited 3"
}

@test "podman run -it has a terminal of the size of the caller's" {
	has "$(terminal sh -c 'stty rows 31 cols 67; exec podman run --rm -it busybox sh -c "tty; stty size"')" $'/dev/pts/0\n31 67'
}

@test "podman run -i passes standard input on" {
	is "$(printf 'one\ntwo\n' | podman run --rm -i busybox cat)" $'one\ntwo'
}

@test "podman run --preserve-fds passes descriptors on" {
	is "$(KEEP=3 podman run --rm --preserve-fds 1 busybox sh -c 'cat <&3' 3< <(echo by descriptor))" "by descriptor"
}

@test "podman start --attach passes input and output" {
	podman create --name one -i busybox sh -c 'read line; echo "got $line"; exit 4' >/dev/null
	run -4 podman start --attach --interactive one <<<hello
	is "$output" "got hello"
}

# The status of attach is Podman's own, whose version decides whether it is the container's.
@test "podman attach passes input and output of a running container" {
	podman run --detach -i --name one busybox sh -c 'read line; echo "got $line"; exit 4' >/dev/null
	echo hello | podman attach one >"$TMP/attached" || true
	is "$(cat "$TMP/attached")" "got hello"
	is "$(podman wait one)" 4
}

# --- exec

@test "podman exec runs another process, with and without a terminal" {
	sleeper one --env FROM=container
	run -5 podman exec --user ana --workdir /home --env MORE=yes one sh -c 'echo $(id -u) $(pwd) $FROM $MORE; exit 5'
	is "$output" "1000 /home container yes"
	has "$(terminal podman exec -it one tty)" /dev/pts/0
	podman exec --detach one sh -c 'echo detached >/tmp/mark'
	until_true 500 podman exec one test -s /tmp/mark
}

@test "podman exec gives 126 and 127 for what it cannot execute" {
	sleeper one
	run -127 podman exec one there-is-no-such-program
	says "cannot execute there-is-no-such-program: executable file not found in \$PATH"
	run -126 podman exec one /bin/text
	run -126 podman exec one /bin/directory
	run -127 podman exec --workdir /no/such/directory one true
}

# --- the life of a container

@test "podman logs has a detached container's output" {
	podman run --detach --name one busybox sh -c 'echo out; echo err >&2' >/dev/null
	is "$(podman wait one)" 0
	is "$(podman logs one 2>"$TMP/err")" out
	is "$(cat "$TMP/err")" err
}

@test "podman stop lets a program end itself, and kills it after the time" {
	podman run --detach --name one busybox sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.01; done' >/dev/null
	until_true 500 eval '[ "$(podman logs one)" = ready ]'
	podman stop one >/dev/null
	is "$(podman inspect one --format '{{.State.Status}} {{.State.ExitCode}}')" "exited 9"
	podman run --detach --name two busybox sh -c 'trap "" TERM; while :; do sleep 1; done' >/dev/null
	podman stop --time 0 two >/dev/null
	is "$(podman inspect two --format '{{.State.ExitCode}}')" 137
}

@test "podman stop ends all processes of a container in the host's pid namespace" {
	podman run --detach --name one --pid host busybox sh -c 'sleep 1234 & sleep 1235' >/dev/null
	local procs
	procs=$(find "$(cgroup_mount pids)" -type d -name "*$(id one)*" ! -name '*conmon*' | head -n 1)
	until_true 500 eval '[ "$(find "$procs" -name cgroup.procs -exec cat {} + | wc -l)" = 2 ]'
	podman stop --time 0 one >/dev/null
	until_true 500 eval '! [ -s "$procs/cgroup.procs" ]'
}

@test "podman kill sends a signal" {
	podman run --detach --name one --init=false busybox sh -c 'trap "exit 3" USR1; echo ready; while :; do sleep 0.01; done' >/dev/null
	until_true 500 eval '[ "$(podman logs one)" = ready ]'
	podman kill --signal USR1 one >/dev/null
	is "$(podman wait one)" 3
	sleeper two
	podman kill two >/dev/null
	is "$(podman wait two)" 137
}

@test "podman restart starts a container again, and a policy does so by itself" {
	sleeper one
	PID=$(pid one)
	podman restart --time 0 one >/dev/null
	[ "$(pid one)" != "$PID" ]
	is "$(state one)" running
	podman run --detach --name two --restart on-failure:2 busybox sh -c 'echo once; exit 1' >/dev/null
	until_true 1500 eval '[ "$(podman logs two | wc -l)" = 3 ]'
	until_true 500 reaches two exited
	is "$(podman inspect two --format '{{.RestartCount}}')" 2
}

@test "podman pauses, unpauses and lists the processes of a container" {
	sleeper one
	podman pause one >/dev/null
	is "$(state one)" paused
	if [ "$(version freezer)" = v1 ]; then
		is "$(knob "$(id one)" freezer freezer.state)" FROZEN
	else
		is "$(knob "$(id one)" pids - cgroup.freeze)" 1
	fi
	podman unpause one >/dev/null
	is "$(state one)" running
	has "$(podman top one)" "probe pause"
}

@test "podman stats has what a container uses" {
	controller memory
	sleeper one --memory 64m
	podman stats --no-stream --format json one >"$TMP/stats"
	is "$(jq -r '.[0].pids' "$TMP/stats")" 1
	has "$(jq -r '.[0].mem_usage' "$TMP/stats")" "/ 67.11MB"
}

@test "podman update changes a running container's limits" {
	podman update --help >/dev/null 2>&1 || skip "missing: podman update (4.4)"
	controller memory
	sleeper one --memory 64m --cpus 0.5
	podman update --memory 96m --cpus 0.25 one >/dev/null
	is "$(knob "$(id one)" memory memory.limit_in_bytes memory.max)" 100663296
	has "$(knob "$(id one)" cpu cpu.cfs_quota_us cpu.max)" 25000
}

@test "podman's health check runs in the container" {
	podman run --detach --name one --health-cmd 'test -e /tmp/well' --health-interval disable busybox probe pause >/dev/null
	run -1 podman healthcheck run one
	podman exec one touch /tmp/well
	run -0 podman healthcheck run one
	is "$(podman inspect one --format '{{.State.Health.Status}}')" healthy
}

# --- limits

@test "podman's limits are the kernel's" {
	local of name
	controller memory
	controller cpu
	sleeper one --memory 64m --memory-swap 96m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 50
	of=$(id one)
	is "$(knob "$of" memory memory.limit_in_bytes memory.max)" 67108864
	is "$(knob "$of" memory memory.soft_limit_in_bytes memory.low)" 33554432
	is "$(knob "$of" pids pids.max pids.max)" 50
	is "$(knob "$of" cpuset cpuset.cpus cpuset.cpus)" 0
	if [ "$(version cpu)" = v1 ]; then
		is "$(knob "$of" cpu cpu.cfs_quota_us)/$(knob "$of" cpu cpu.cfs_period_us)" 50000/100000
		is "$(knob "$of" cpu cpu.shares)" 512
	else
		is "$(knob "$of" cpu - cpu.max)" "50000 100000"
		is "$(knob "$of" memory - memory.swap.max)" 33554432
		[ "$(knob "$of" cpu - cpu.weight)" != 100 ]
	fi
	run -0 podman exec one sh -c 'grep -E "memory|0::" /proc/self/cgroup'
}

# out_of_memory: a container ends so, and Podman says it. (conmon, which tells Podman, misses it now and then where systemd
# makes the groups, with runc as well.)
out_of_memory() {
	podman rm --force --ignore one >/dev/null
	podman run --name one --memory 16m busybox probe eat 64 || true
	[ "$(podman inspect one --format '{{.State.OOMKilled}} {{.State.ExitCode}}')" = "true 137" ]
}

# bats test_tags=vm
@test "podman tells that a container ran out of memory" {
	[ "$(version memory)" = v2 ] || skip "missing: the memory controller on v2 (conmon does not see it on v1)"
	until_true 8 out_of_memory
}

@test "a service manager is told by podman's container that it is ready" {
	gcc -static -O1 -o "$TMP/supervisor" "$REPO/tests/e2e/supervisor.c"
	background "$TMP/supervisor" notify "$TMP/manager"
	appears ready background
	chmod 666 "$TMP/manager"
	NOTIFY_SOCKET=$TMP/manager podman run --detach --name one --sdnotify container --volume "$TMP/supervisor:/bin/supervisor:ro" busybox \
		sh -c 'echo $NOTIFY_SOCKET; supervisor say READY=1; exec probe pause' >/dev/null
	appears READY=1 background
	has "$(cat background)" "MAINPID="
	has "$(podman logs one)" /notify
}

@test "a container without cgroups runs in its caller's" {
	[ "$NAME" != runc ] || skip "missing: --cgroup-manager disabled"
	run -0 podman run --rm --cgroups disabled busybox sh -c 'id -u; sleep 0'
	is "$output" 0
	podman run --detach --name one --cgroups disabled busybox probe pause >/dev/null
	is "$(podman exec one id -u)" 0
	is "$(find /sys/fs/cgroup -name "*$(id one)*")" ""
	podman stop --time 0 one >/dev/null
	is "$(podman inspect one --format '{{.State.ExitCode}}')" 137
}

@test "podman's ulimits and sysctls are the container's" {
	run -0 podman run --rm --ulimit nofile=500:600 --ulimit nproc=900:900 --sysctl net.ipv4.ip_unprivileged_port_start=77 --sysctl kernel.msgmax=9000 busybox \
		sh -c 'ulimit -Sn; ulimit -Hn; cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax'
	is "$output" $'500\n600\n77\n9000'
}

# --- file systems

@test "a read-only container has writable places all the same" {
	run -0 podman run --rm --read-only busybox sh -c 'touch /new 2>&1; touch /tmp/new /run/new /dev/shm/new && echo written'
	has "$output" "Read-only file system" written
	run -1 podman run --rm --read-only --read-only-tmpfs=false busybox touch /tmp/new
}

@test "podman's tmpfs begins with what the image has" {
	run -0 podman run --rm --tmpfs /etc:size=1m busybox sh -c 'cat /etc/passwd; echo new >/etc/new && stat -f -c %T /etc'
	has "$output" ana:x:1000 tmpfs
}

@test "podman's volumes: read-only, propagated, named" {
	mkdir "$TMP/volume" "$TMP/inner"
	mount --bind "$TMP/volume" "$TMP/volume"
	mount --make-shared "$TMP/volume"
	mkdir "$TMP/volume/below"
	touch "$TMP/inner/file"
	run -1 podman run --rm --volume "$TMP/volume:/data:ro" busybox touch /data/new
	has "$output" "Read-only file system"
	sleeper one --volume "$TMP/volume:/data:rslave" --volume named:/home
	mount --bind "$TMP/inner" "$TMP/volume/below"
	run -0 podman exec one ls /data/below
	umount "$TMP/volume/below"
	is "$output" file
	umount "$TMP/volume"
	podman exec one sh -c 'echo kept >/home/file'
	is "$(podman run --rm --volume named:/mine busybox cat /mine/file)" kept
	podman rm --force --time 0 one >/dev/null
	podman volume rm named >/dev/null
}

@test "podman's volumes are idmapped for a container with a user namespace" {
	root_alone "to show a file system of the host's with other ids"
	mkdir "$TMP/volume"
	touch "$TMP/volume/file"
	run -0 podman run --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 --volume "$TMP/volume:/data:idmap" busybox \
		sh -c 'stat -c %u:%g /data/file && touch /data/new'
	has "$output" 0:0
	is "$(stat -c %u:%g "$TMP/volume/new")" 0:0
}

@test "podman does not start a container whose volume's source is missing" {
	run -125 podman run --rm --volume "$TMP/nothing:/data" busybox true
	has "$output" "no such file or directory"
}

@test "podman commits a container to an image, and runs that" {
	podman run --name one busybox sh -c 'echo committed >/etc/mark' >/dev/null
	podman commit --quiet one localhost/committed >/dev/null
	is "$(podman run --rm localhost/committed cat /etc/mark)" committed
	podman rmi --force localhost/committed >/dev/null
}

@test "podman build runs its steps with tare, in layers" {
	cat >Containerfile <<-END
		FROM localhost/busybox
		RUN echo one >/one
		RUN echo two >/two && id -u >/id && chown ana /home
		USER ana
		RUN id -u >/home/id
		CMD cat /one /two /id /home/id
	END
	podman build --quiet --layers --network none --runtime "$RUNTIME" --isolation oci --tag localhost/layers . >/dev/null
	is "$(podman run --rm localhost/layers)" $'one\ntwo\n0\n1000'
	podman rmi --all --force >/dev/null 2>&1 || true
	imported >/dev/null 2>&1
}

# --- what a container may do

status_of_self() { podman run --rm "$@" busybox grep -E "^$FIELD:" /proc/self/status | tr -s '\t ' ' '; }

@test "podman adds and drops capabilities" {
	FIELD=CapEff
	is "$(status_of_self --cap-drop all)" "CapEff: 0000000000000000"
	is "$(status_of_self --cap-drop all --cap-add net_raw)" "CapEff: 0000000000002000"
	FIELD=CapBnd
	is "$(status_of_self --cap-drop all --cap-add net_raw --user ana)" "CapBnd: 0000000000002000"
	FIELD=CapInh
	is "$(status_of_self --cap-add net_admin)" "CapInh: 0000000000000000"
	FIELD=NoNewPrivs
	is "$(status_of_self --security-opt no-new-privileges)" "NoNewPrivs: 1"
}

@test "podman's seccomp profiles hold, the default and one's own, and unconfined has none" {
	FIELD=Seccomp
	is "$(status_of_self)" "Seccomp: 2"
	is "$(status_of_self --security-opt seccomp=unconfined)" "Seccomp: 0"
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}' >profile.json
	run -1 podman run --rm --security-opt "seccomp=$TMP/profile.json" busybox mkdir /new
	has "$output" "No space left on device"
}

@test "podman masks and unmasks paths" {
	run -0 podman run --rm busybox sh -c 'ls /sys/firmware | wc -l; wc -c </proc/timer_list'
	is "$output" $'0\n0'
	run -0 podman run --rm --security-opt mask=/etc/passwd --security-opt unmask=/proc/timer_list busybox sh -c 'wc -c </etc/passwd; mount | grep -c timer_list; true'
	is "${lines[0]}" 0
	is "${lines[1]}" 0
	run -0 podman run --rm --security-opt unmask=ALL busybox sh -c 'mount | grep -E " on /proc/[a-z]|/sys/firmware"; true'
	is "$output" ""
}

@test "podman gives a container devices, with the asked access" {
	# There is no driver behind this number: a permitted open finds that out.
	mknod -m 666 device c 240 7
	if rootless; then
		run -1 podman run --rm --device "$TMP/device:/dev/mine" busybox probe open /dev/mine w
		is "$output" ENXIO
		return
	fi
	run -0 podman run --rm --device "$TMP/device:/dev/mine:w" busybox sh -c 'probe open /dev/mine w; probe open /dev/mine r; true'
	is "$output" $'ENXIO\nEPERM'
	run -0 podman run --rm --cap-add mknod busybox sh -c 'mknod /dev/mine c 240 7 && probe open /dev/mine r; true'
	is "$output" EPERM
	run -0 podman run --rm --privileged busybox sh -c 'ls /dev | wc -l; mount -t tmpfs none /tmp && echo mounted'
	has "$output" mounted
}

@test "podman gives a container a user namespace of its own" {
	root_alone "who has other ids to give than a user's containers have already"
	subordinate_ids
	podman run --detach --name one --userns auto:size=5000 busybox probe pause >/dev/null
	is "$(podman exec one cat /proc/self/uid_map | tr -s ' ')" " 0 1600000000 5000"
	is "$(podman run --rm --userns auto:size=1000 busybox cat /proc/self/uid_map | tr -s ' ')" " 0 1600005000 1000"
	is "$(podman run --rm --uidmap 0:100000:1000 busybox sh -c 'touch /new && stat -c %u /new')" 0
}

# Podman takes the ids for --userns=auto from the lines of "containers".
subordinate_ids() {
	local file
	[ -n "$TARE_VIEW" ] || skip "missing: a mount namespace of the tests' own"
	for file in subuid subgid; do
		echo containers:1600000000:65536 >"$TMP/$file"
		[ -e "/etc/$file" ] || skip "missing: /etc/$file"
		mount --bind "$TMP/$file" "/etc/$file"
		covered+=("/etc/$file")
	done
}

@test "podman's own init reaps what is left to it" {
	command -v catatonit >/dev/null || [ -x /usr/libexec/podman/catatonit ] || skip "missing: catatonit"
	run -0 podman run --rm --init busybox sh -c 'cat /proc/1/comm; echo $$'
	[[ $output == *init* || $output == *catatonit* ]]
	[ "${lines[1]}" != 1 ]
}

@test "a container shares namespaces with the host and with another" {
	sleeper one --hostname first --ipc shareable
	is "$(podman run --rm --uts host busybox hostname)" "$(hostname)"
	is "$(podman run --rm --network host busybox readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
	is "$(podman run --rm --network container:one busybox readlink /proc/self/ns/net)" "$(readlink "/proc/$(pid one)/ns/net")"
	is "$(podman run --rm --ipc container:one busybox readlink /proc/self/ns/ipc)" "$(readlink "/proc/$(pid one)/ns/ipc")"
	run -0 podman run --rm --pid container:one busybox ps
	has "$output" "probe pause"
	is "$(podman run --rm --pid host busybox readlink /proc/self/ns/pid)" "$(readlink /proc/self/ns/pid)"
}

@test "podman runs hooks of its hooks directory" {
	mkdir hooks
	cat >hooks/one.json <<-END
		{"version": "1.0.0", "hook": {"path": "/bin/sh", "args": ["sh", "-c", "cat >$TMP/hook"]},
		 "when": {"always": true}, "stages": ["createRuntime"]}
	END
	podman --hooks-dir "$TMP/hooks" run --name one busybox true
	is "$(jq -r .id hook)" "$(id one)"
}

# --- several containers

@test "the containers of a pod share its namespaces" {
	podman pod create --name pod --network none --share net,ipc,uts,pid --hostname podded >/dev/null
	podman run --detach --pod pod --name one busybox probe pause >/dev/null
	is "$(podman run --rm --pod pod busybox hostname)" podded
	is "$(podman run --rm --pod pod busybox readlink /proc/self/ns/net)" "$(readlink "/proc/$(pid one)/ns/net")"
	has "$(podman exec one ps)" "probe pause"
	podman pod pause pod >/dev/null
	is "$(state one)" paused
	podman pod unpause pod >/dev/null
	podman pod stop --time 0 pod >/dev/null
	until_true 500 reaches one exited
	podman pod start pod >/dev/null
	is "$(state one)" running
}

# in_net PODMAN-ARGUMENT...: in a network namespace of the test's own; the bridge and the rules are made there.
in_net() { nsenter --net="/proc/$BACKGROUND/ns/net" "$WORK/bin/podman" "$@"; }

@test "podman's containers in a network find each other by name" {
	[ -x /usr/lib/podman/netavark ] && [ -x /usr/lib/podman/aardvark-dns ] || skip "missing: netavark and aardvark-dns"
	command -v iptables >/dev/null || skip "missing: iptables"
	background unshare --net sh -c 'ip link set lo up; echo ready; exec sleep 1000'
	appears ready background
	rootless || mountpoint -q /run/netns || NAMESPACES=/run/netns # which Podman mounts at its first network
	RESOLVER=$WORK/root/run/networks/aardvark-dns/aardvark.pid
	echo served >file
	in_net network create lan >/dev/null
	in_net run --detach --name server --network lan --volume "$TMP:/home:ro" busybox busybox httpd -f -p 80 -h /home >/dev/null
	until_true 500 in_net exec server sh -c 'busybox netstat -ltn | grep -q :80'
	run -0 in_net run --rm --network lan busybox sh -c 'cat /proc/net/dev | grep -c eth0; ip=$(busybox nslookup server 2>/dev/null | awk "/^Address/ { a = \$NF } END { print a }"); busybox wget -qO- "http://$ip/file"'
	in_net rm --force --time 0 server >/dev/null
	in_net network rm lan >/dev/null
	is "$output" $'1\nserved'
}

@test "podman plays a Kubernetes pod" {
	cat >pod.yaml <<-END
		apiVersion: v1
		kind: Pod
		metadata: {name: played}
		spec:
		  restartPolicy: Never
		  containers:
		  - name: main
		    image: localhost/busybox
		    command: [/bin/probe, pause]
		    env: [{name: WORD, value: spoken}]
		    resources: {limits: {memory: 64Mi}}
		    securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true}
		    volumeMounts: [{name: shared, mountPath: /home}]
		  volumes:
		  - {name: shared, emptyDir: {}}
	END
	podman play kube --network none pod.yaml >/dev/null
	run -0 podman exec played-main sh -c 'echo $WORD $(id -u); touch /new 2>&1; true'
	podman play kube --down pod.yaml >/dev/null
	podman volume rm --all --force >/dev/null
	has "$output" "spoken 1000" "Read-only file system"
}
