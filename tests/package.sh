#!/bin/bash
# What is packaged: manuals that mandoc has nothing to say about, completions that offer what they should and are found,
# engines' files that can be read, and a Debian package that lintian has nothing to say about, whose bytes are
# the same when it is built again, and which installs, runs and removes cleanly.
#
# package.sh install FILE.deb does the last alone, on a copy-on-write view of this machine.
set -u
cd "$(dirname "$0")/.." || exit 2
. tests/check.bash

manuals() {
	[ "$(find contrib/man -name '*.8' | wc -l)" -gt 15 ] && mandoc -Tlint -W warning contrib/man/*.8
}

configuration() {
	jq -e '.runtimes.tare.path == "/usr/sbin/tare"' contrib/engines/docker-daemon.json &&
		python3 - contrib/engines/*.{toml,conf} <<-'PYTHON' &&
			import sys, tomllib
			for path in sys.argv[1:]:
			    assert "/usr/sbin/tare" in str(tomllib.load(open(path, "rb"))), path
		PYTHON
		grep -q '^handler: tare$' contrib/engines/kubernetes-runtimeclass.yaml
}

same_bytes() {
	make -s deb >/dev/null && sha256sum dist/tare_*.deb >"$work/sum" && sleep 1 && contrib/debian/build.sh >/dev/null && sha256sum -c --quiet "$work/sum"
}

# Nobody has to tell a shell of Debian where they are. (Shells that are asked here have no desktop's variables.)
found_by_shells() {
	local dest=$work/dest
	make -s install DESTDIR="$dest" >/dev/null &&
		zsh -fc 'print -l $fpath' | sed "s|^|$dest|" | looked_in _tare &&
		env -u XDG_DATA_DIRS HOME="$work" fish -c 'string join \n $fish_complete_path' | sed "s|^|$dest|" | looked_in tare.fish &&
		# As bash-completion does without XDG_DATA_DIRS.
		printf '%s/bash-completion/completions\n' "$dest/usr/local/share" "$dest/usr/share" | looked_in tare || return
	make -s uninstall DESTDIR="$dest" && [ -z "$(find "$dest" -type f)" ]
}

# looked_in FILE: it lies in one of the directories that come in.
looked_in() {
	local dir
	while read -r dir; do
		[ ! -s "$dir/$1" ] || return 0
	done
	echo "no shell looks where $1 is"
	return 1
}

# What is linked into the program: its licence comes with it.
licences() {
	local module
	dpkg-deb --fsys-tarfile dist/tare_*.deb | tar -xO ./usr/share/doc/tare/copyright >"$work/copyright"
	for module in libseccomp glibc go $(go version -m bin/tare libcontainer/seccomp/compiler.bin | awk '$1 == "dep" { print $2 }'); do
		grep -A 20 "^Files: $module\$" "$work/copyright" | grep '^License: ' || return
	done
}

# lintian looks at the modes of its own files, too.
nothing_to_say() { (umask 022 && lintian --allow-root --fail-on error,warning --info dist/tare_*.deb); }

# The view: an overlay over / becomes the root of a mount namespace, and is gone with it.
in_a_view() {
	unshare -m --propagation private bash -eu -c '
		mount -t tmpfs view "$0" && mkdir "$0/upper" "$0/work" "$0/root"
		mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
		for dir in proc sys dev run tmp; do mount --rbind "/$dir" "$0/root/$dir"; done
		cp "$1" "$0/root/root/tare.deb" && cp tests/package-inside.sh "$0/root/root/inside.sh"
		cd "$0/root" && mkdir -p .old && pivot_root . .old && cd / && umount -l /.old
		exec bash /root/inside.sh /root/tare.deb' "$work/view" "$1"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/view"
if [ "${1-}" = install ]; then
	in_a_view "$(realpath "$2")"
	exit
fi
check "mandoc has nothing to say about the manuals" manuals
check "completions offer what they should" tests/completions.sh
check "make install puts completions where the shells look" found_by_shells
check "the engines' configuration can be read" configuration
check "the package has the same bytes when it is built again" same_bytes
check "the package has the licences of what it is made of" licences
check "lintian has nothing to say about the package" nothing_to_say
check "the package installs, runs a container and is removed" in_a_view "$(realpath dist/tare_*.deb)"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
