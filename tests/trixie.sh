#!/bin/sh
# trixie.sh PACKAGE PROGRAM: prints the directory that Debian trixie's package is unpacked in,
# with the libraries and the ld.so that it was built for, or says what is missing and ends with
# status 77. NAME in its bin/ starts the program (a path in the package) with those libraries.
#
# It comes from Debian's mirror into ~/.cache/tare-trixie (TARE_TRIXIE_CACHE), once, and
# nothing of it is installed.
set -eu

missing() {
	echo "missing: $*" >&2
	exit 77
}

package=$1 program=$2
name=$(basename "$program")
suite=trixie
cache=${TARE_TRIXIE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tare-$suite}
place=$cache/$package
if [ -x "$place/bin/$name" ]; then
	echo "$place"
	exit
fi
command -v apt-get >/dev/null || missing "apt, to get Debian $suite's $package"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$keyring" ] || missing "$keyring (package debian-archive-keyring)"
mirror=$(sed -nE 's|^(URIs: \|deb (\[.*\] )?)(https?://[^ ]*/debian/?)( .*)?$|\3|p' \
	/etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
machine=$(dpkg-architecture -q DEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ ! -x "$place/bin/$name" ]; then
	new=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	mkdir -p "$new"/apt/lists/partial "$new"/apt/archives/partial "$new"/apt/none "$new"/root "$new"/bin
	: >"$new/apt/status"
	echo "deb [signed-by=$keyring] ${mirror:-http://deb.debian.org/debian} $suite main" >"$new/apt/sources.list"
	cat >"$new/apt/apt.conf" <<END
Dir::State "$new/apt";
Dir::State::status "$new/apt/status";
Dir::Cache "$new/apt";
Dir::Etc::sourcelist "$new/apt/sources.list";
Dir::Etc::sourceparts "$new/apt/none";
Dir::Etc::preferencesparts "$new/apt/none";
Dir::Etc::parts "$new/apt/none";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
END
	if ! APT_CONFIG=$new/apt/apt.conf apt-get update -qq >"$new/apt/log" 2>&1 ||
		! APT_CONFIG=$new/apt/apt.conf apt-get install -qq -y --download-only "$package" >>"$new/apt/log" 2>&1; then
		tail -n 3 "$new/apt/log" >&2
		missing "a mirror of Debian $suite to get $package from"
	fi
	for archive in "$new"/apt/archives/*.deb; do dpkg-deb -x "$archive" "$new/root"; done
	rm -rf "$new/apt"
	# These are paths of the directory's place at last.
	libraries=\$root/usr/lib/$machine
	cat >"$new/bin/$name" <<END
#!/bin/sh
root=$place/root
exec "$libraries/$(basename "$(find "$new/root" -name 'ld-linux*' | head -n 1)")" --library-path "$libraries" --argv0 $name "\$root$program" "\$@"
END
	chmod +x "$new/bin/$name"
	rm -rf "$place"
	mv "$new" "$place"
	trap - EXIT
fi
echo "$place"
