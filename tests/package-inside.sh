#!/bin/bash
# package-inside.sh FILE.deb: installs the package, runs a container with it, and removes it again.
set -eu
everything() { find /usr /etc /var/lib/dpkg/info -xdev | sort; }

bundle=$(mktemp -d)
trap 'rm -rf "$bundle"' EXIT
everything >"$bundle/before"
# A minimal system may leave manuals and documents out.
dpkg --path-include="/usr/share/*" --install "$1"
[ "$(dpkg-query -f '${Status}' -W tare)" = "install ok installed" ]
dpkg --verify tare
[ "$(command -v tare)" = /usr/sbin/tare ]
tare --version | grep '^tare version '
for file in /usr/share/man/man8/tare-create.8.gz /usr/share/bash-completion/completions/tare /usr/share/doc/tare/copyright \
	/usr/share/doc/tare/examples/docker-daemon.json; do
	[ -s "$file" ]
done
mkdir -p "$bundle/rootfs/bin"
cp /bin/busybox "$bundle/rootfs/bin/sh"
tare spec --bundle "$bundle"
jq '.process.terminal = false | .process.args = ["sh", "-c", "echo from inside; exit 7"]' "$bundle/config.json" >"$bundle/new"
mv "$bundle/new" "$bundle/config.json"
status=0
tare --root "$bundle/state" run --bundle "$bundle" "package-$$" >"$bundle/out" </dev/null || status=$?
[ "$status $(cat "$bundle/out")" = "7 from inside" ]

# The examples, as they lie there, name what was installed to those engines that are here.
examples=/usr/share/doc/tare/examples
if command -v podman >/dev/null; then
	[ "$(CONTAINERS_CONF=$examples/podman-containers.conf podman --root "$bundle/podman" --runroot "$bundle/run" --tmpdir "$bundle/tmp" --network-config-dir "$bundle/networks" \
		--storage-driver vfs info --format '{{.Host.OCIRuntime.Path}}')" = /usr/sbin/tare ]
fi
if command -v containerd >/dev/null; then
	version=2
	! containerd --version | grep -q ' v\?2\.' || version=3
	containerd --config "$(grep -l "^version = $version" $examples/containerd-*)" config dump | grep -A 2 'runtimes.*\<tare.*options\]' | grep /usr/sbin/tare
fi
dpkg --purge tare
everything | diff "$bundle/before" -
