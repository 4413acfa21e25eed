#!/bin/bash
# package-inside.sh FILE.deb: installs the package, runs a container with it, and removes it again.
set -eu
everything() { find /usr /etc /var/lib/dpkg/info -xdev | sort; }

bundle=$(mktemp -d)
trap 'rm -rf "$bundle"' EXIT
everything >"$bundle/before"
dpkg --install "$1"
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
dpkg --purge tare
everything | diff "$bundle/before" -
