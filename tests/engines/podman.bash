# Podman, for the suites podman*.bats. $MANAGER is its cgroup manager.

# configured DIR: writes Podman's configuration, with everything that it keeps below DIR.
# Networks cost seconds where the processor is emulated, so there is none unless a test asks.
configured() {
	local dir=$1 limits=
	# conmon lowers RLIMIT_NPROC, and what Podman would like by default is above that: without
	# CAP_SYS_RESOURCE nobody may raise it again.
	(ulimit -n "$(($(ulimit -Hn) + 1))") 2>/dev/null || limits='"nofile=1024:1024", "nproc=1024:1024"'
	cat >"$dir/containers.conf" <<-END
		[containers]
		netns = "none"
		default_ulimits = [$limits]
		log_driver = "k8s-file"
		[engine]
		cgroup_manager = "$MANAGER"
		events_logger = "file"
		events_logfile_path = "$dir/events"
		lock_type = "file"
		infra_image = "localhost/busybox"
		runtime = "$NAME"
		runtime_supports_json = ["crun", "runc", "tare"]
		runtime_supports_nocgroup = ["crun", "tare"]
		runtime_supports_nocgroups = ["crun", "tare"]
		[engine.runtimes]
		$NAME = ["$RUNTIME"]
		[network]
		network_backend = "$(network_backend)"
		network_config_dir = "$dir/networks"
	END
	cat >"$dir/storage.conf" <<-END
		[storage]
		driver = "$(driver)"
		graphroot = "$dir/storage"
		runroot = "$dir/run"
	END
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$dir/policy.json"
	mkdir -p "$dir/networks"
	printf '#!/bin/sh\nexport CONTAINERS_CONF=%s CONTAINERS_STORAGE_CONF=%s\n' "$dir/containers.conf" "$dir/storage.conf" >"$WORK/bin/podman"
	# What stays must not hold bats' descriptor, unless that is what the test passes on.
	printf '[ -n "$KEEP" ] || exec 3>&-\nexec %s --tmpdir %s "$@"\n' "$(PATH=${PATH#"$WORK/bin:"} command -v podman)" "$dir/tmp" >>"$WORK/bin/podman"
	chmod 755 "$WORK/bin/podman"
	EVENTS=$dir/events
	export EVENTS
}

# Podman may be installed without either of them.
network_backend() { ! [ -x /usr/lib/podman/netavark ] || echo netavark; }

# The overlay file system, where it lies on one that can carry it.
driver() {
	mkdir -p "$WORK/overlay"/{lower,upper,work,merged}
	if mount -t overlay -o "lowerdir=$WORK/overlay/lower,upperdir=$WORK/overlay/upper,workdir=$WORK/overlay/work" overlay "$WORK/overlay/merged" 2>/dev/null; then
		umount "$WORK/overlay/merged"
		echo overlay
	else
		echo vfs
	fi
	rm -rf "$WORK/overlay"
}

# The image's command is for the containers that Podman starts of itself.
imported() { podman import --change 'CMD ["/bin/probe", "pause"]' "$IMAGE" localhost/busybox; }

have_podman() { command -v podman >/dev/null && command -v conmon >/dev/null; }

root_up() {
	mkdir "$WORK/root"
	configured "$WORK/root"
}

# root_prepare: skips the test where there can be no Podman of root's.
root_prepare() {
	have_podman || skip "missing: podman and conmon"
	[ "$MANAGER" != systemd ] || [ -d /run/systemd/system ] || skip "missing: systemd"
}

# root_down removes the parent cgroup that root's Podman leaves; where others use that, it is not empty.
root_down() {
	find /sys/fs/cgroup -depth -path '*/libpod_parent*' -type d -exec rmdir {} + 2>/dev/null
	return 0
}

ids() { jq -r 'select(.Type == "container") | .ID' "$EVENTS" 2>/dev/null; }

# pid NAME: its process, as the host numbers it.
pid() { podman inspect "$1" --format '{{.State.Pid}}'; }
id() { podman inspect "$1" --format '{{.Id}}'; }
state() { podman inspect "$1" --format '{{.State.Status}}'; }
reaches() { [ "$(state "$1")" = "$2" ]; }

# sleeper NAME [OPTION...]: a container that does nothing, in the background.
sleeper() {
	local name=$1
	shift
	podman run --detach --name "$name" "$@" busybox probe pause >/dev/null
}
