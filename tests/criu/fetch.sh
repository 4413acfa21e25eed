#!/bin/sh
# fetch.sh: prints a directory to put into PATH that has a criu which works on this
# kernel, or says what is missing and ends with status 77.
#
# The criu of the machine will do if it is 4.0 or newer: older ones do not know
# today's kernels. Otherwise Debian trixie's comes from Debian's mirror, with the
# libraries and the ld.so that it was built for, into ~/.cache/tare-criu
# (TARE_CRIU_CACHE); nothing of it is installed. It is downloaded once.
set -eu

missing() {
	echo "missing: $*" >&2
	exit 77
}

if own=$(command -v criu); then
	major=$(criu --version | sed -n 's/^Version: \([0-9]*\).*/\1/p')
	if [ "${major:-0}" -ge 4 ]; then
		dirname "$own"
		exit
	fi
fi

cache=${TARE_CRIU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tare-criu}
suite=trixie
place=$cache/$suite-traced
if [ -x "$place/bin/criu" ]; then
	echo "$place/bin"
	exit
fi
command -v apt-get >/dev/null || missing "criu 4.0 or newer, or apt to get one"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$keyring" ] || missing "$keyring (package debian-archive-keyring)"
mirror=$(sed -nE 's|^(URIs: \|deb (\[.*\] )?)(https?://[^ ]*/debian/?)( .*)?$|\3|p' \
	/etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
machine=$(dpkg-architecture -q DEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ ! -x "$place/bin/criu" ]; then
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
		! APT_CONFIG=$new/apt/apt.conf apt-get install -qq -y --download-only criu >>"$new/apt/log" 2>&1; then
		tail -n 3 "$new/apt/log" >&2
		missing "criu 4.0 or newer, or a mirror of Debian $suite to get one from"
	fi
	for package in "$new"/apt/archives/*.deb; do dpkg-deb -x "$package" "$new/root"; done
	rm -rf "$new/apt"
	# These are paths of the directory's place at last. Fault 130 has criu trace a process to where it waits for
	# it, and not set a breakpoint: not every hypervisor lets a guest have the processor's debug registers.
	libraries=\$root/usr/lib/$machine
	cat >"$new/bin/criu" <<END
#!/bin/sh
export CRIU_FAULT=130
root=$place/root
exec "$libraries/$(basename "$(find "$new/root" -name 'ld-linux*' | head -n 1)")" --library-path "$libraries" --argv0 criu "\$root/usr/sbin/criu" "\$@"
END
	chmod +x "$new/bin/criu"
	mv "$new" "$place"
	trap - EXIT
fi
echo "$place/bin"
