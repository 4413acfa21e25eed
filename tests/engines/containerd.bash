# containerd, for the suites ctr.bats and cri.bats: a daemon of the suite's own.

# containerd_up: starts it, with tare as the runtime of the handlers "tare" and "runc".
containerd_up() {
	local version=2
	pod_network
	cat >"$WORK/containerd.toml" <<-END
		version = $version
		root = "$WORK/root"
		state = "$WORK/run"
		disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
		[grpc]
		  address = "$WORK/socket"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "localhost/busybox:latest"
		  disable_apparmor = true
		  restrict_oom_score_adj = true
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "$WORK/cni"
		    conf_dir = "$WORK/cni"
		  [plugins."io.containerd.grpc.v1.cri".containerd]
		    snapshotter = "$(snapshotter)"
		    default_runtime_name = "runc"
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		      runtime_type = "io.containerd.runc.v2"
		      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
		        BinaryName = "$RUNTIME"
		        SystemdCgroup = ${SYSTEMD:-false}
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tare]
		      runtime_type = "io.containerd.runc.v2"
		      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tare.options]
		        BinaryName = "$RUNTIME"
		        SystemdCgroup = ${SYSTEMD:-false}
	END
	# What it restores it unpacks into a directory for temporary files, and leaves there.
	TMPDIR=$WORK containerd --config "$WORK/containerd.toml" >"$WORK/containerd.log" 2>&1 3>&- &
	echo $! >"$WORK/containerd.pid"
	wrapper ctr "$(command -v ctr)" --address "$WORK/socket"
	until_true 6000 eval 'ctr version >/dev/null 2>&1 || gone "$(cat "$WORK/containerd.pid")"'
	oci_image
	ctr --namespace "$1" images import --snapshotter "$(snapshotter)" "$WORK/oci.tar" >/dev/null
}

containerd_down() {
	local pid
	[ -f "$WORK/containerd.pid" ] || return 0
	pid=$(cat "$WORK/containerd.pid")
	kill "$pid"
	until_true 3000 gone "$pid" || kill -KILL "$pid"
	rm -rf "/run/containerd/runc/$1" # shims keep their state here; empty at the end
	find /sys/fs/cgroup -depth \( -path "*/$1" -o -path "*/engine-${WORK##*.}-*" \) -type d -exec rmdir {} + 2>/dev/null
	return 0
}

# pod_network: containerd insists on a network for a pod. This one has no more than lo.
pod_network() {
	mkdir -p "$WORK/cni"
	echo '{"cniVersion": "1.0.0", "name": "none", "plugins": [{"type": "none"}]}' >"$WORK/cni/10-none.conflist"
	cat >"$WORK/cni/none" <<-'END'
		#!/bin/sh
		case $CNI_COMMAND in
		ADD) nsenter --net="$CNI_NETNS" ip link set lo up &&
			echo '{"cniVersion": "1.0.0", "interfaces": [{"name": "'"$CNI_IFNAME"'", "sandbox": "'"$CNI_NETNS"'"}], "ips": [{"interface": 0, "address": "127.0.0.1/8"}]}' ;;
		VERSION) echo '{"cniVersion": "1.0.0", "supportedVersions": ["0.3.1", "0.4.0", "1.0.0"]}' ;;
		esac
	END
	chmod 755 "$WORK/cni/none"
	cp "$WORK/cni/none" "$WORK/cni/loopback"
}

# Overlays cannot be made where / is one of them.
snapshotter() { [ "$(stat -f -c %T "$WORK")" = overlayfs ] && echo native || echo overlayfs; }

# oci_image: the image in the OCI's layout, which containerd imports.
oci_image() {
	local dir=$WORK/oci layer config manifest
	mkdir -p "$dir/blobs/sha256"
	layer=$(blob "$dir" <"$IMAGE")
	config=$(jq -nc --arg layer "sha256:$layer" '{architecture: "amd64", os: "linux", rootfs: {type: "layers", diff_ids: [$layer]},
		config: {Cmd: ["/bin/probe", "pause"], Env: ["PATH=/usr/bin:/bin"]}}' | blob "$dir")
	manifest=$(jq -nc --arg layer "sha256:$layer" --arg config "sha256:$config" --argjson ls "$(size "$dir" "$layer")" --argjson cs "$(size "$dir" "$config")" \
		'{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
		config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: $cs},
		layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: $layer, size: $ls}]}' | blob "$dir")
	echo '{"imageLayoutVersion": "1.0.0"}' >"$dir/oci-layout"
	jq -nc --arg digest "sha256:$manifest" --argjson size "$(size "$dir" "$manifest")" '{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json",
		digest: $digest, size: $size, platform: {architecture: "amd64", os: "linux"}, annotations: {"io.containerd.image.name": "localhost/busybox:latest"}}]}' >"$dir/index.json"
	tar -C "$dir" -cf "$WORK/oci.tar" .
}

# blob DIR: stores what comes in, and prints its digest.
blob() {
	local digest
	cat >"$1/new"
	digest=$(sha256sum <"$1/new" | cut -d' ' -f1)
	mv "$1/new" "$1/blobs/sha256/$digest"
	echo "$digest"
}

size() { stat -c %s "$1/blobs/sha256/$2"; }
