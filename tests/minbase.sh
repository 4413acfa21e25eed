#!/bin/sh
# minbase.sh: prints the path of a tar, the root file system of a small Debian trixie with a service manager,
# or says what is missing and ends with status 77.
#
# debootstrap makes it of what Debian's mirror has (DEBIAN_MIRROR names another), once, as root, in ~/.cache/tare-minbase
# (TARE_MINBASE_CACHE). It is named after this script's words, so that another script makes another one. A guest of
# tests/vm has it in a fixed place.
set -eu

missing() {
	echo "missing: $*" >&2
	exit 77
}

given=/srv/minbase.tar
if [ -f "$given" ]; then
	echo "$given"
	exit
fi
suite=trixie
cache=${TARE_MINBASE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tare-minbase}
tar=$cache/$(sha256sum <"$0" | cut -c1-16).tar
if [ -f "$tar" ]; then
	echo "$tar"
	exit
fi
[ "$(id -u)" = 0 ] || missing "root, to make a Debian with debootstrap"
for tool in debootstrap flock; do
	command -v $tool >/dev/null || missing "$tool (tests/install-deps.sh engines)"
done

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ ! -f "$tar" ]; then
	rm -rf "$cache"/*.tar "$cache"/new.*
	new=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	# The namespaces take away what a package's script has mounted and started.
	unshare --mount --pid --fork --kill-child debootstrap --variant=minbase --include=systemd-sysv "$suite" "$new/root" \
		"${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$new/log" 2>&1 </dev/null 9>&- || {
		tail -n 3 "$new/log" >&2
		missing "a mirror of Debian $suite that debootstrap can use"
	}
	# What no test reads.
	find "$new/root/usr/share/doc" "$new/root/usr/share/man" "$new/root/usr/share/locale" \
		"$new/root/var/cache/apt/archives" "$new/root/var/lib/apt/lists" -type f -delete
	tar --numeric-owner --xattrs -C "$new/root" -cf "$new/tar" .
	mv "$new/tar" "$tar"
fi
echo "$tar"
