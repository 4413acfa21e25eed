#!/bin/bash
# build.sh: makes the guest's disk and kernel, unless they are there already, and
# prints the directory they are in.
#
# They are kept outside the tree, under a key over what they are made from: every
# clone of the same commit boots the same image. TARE_VM_CACHE names another
# directory, DEBIAN_MIRROR another mirror.
set -euo pipefail
cd "$(dirname "$0")"

cache=${TARE_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tare-vm}
size=6G # sparse: the host stores some 1.2 GiB of it

key=$(cat build.sh packages setup-guest.sh ../minbase.sh | sha256sum | cut -c1-16)
image=$cache/$key

cannot() {
	echo "tests/vm/build.sh: cannot build the guest: $1" >&2
	exit 1
}

finished() { [ -f "$image/disk.img" ]; }

if ! finished; then
	for tool in mke2fs ssh-keygen flock; do
		command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] || cannot "there is no $tool (tests/install-deps.sh vm)"
	done
	[ "$(id -u)" = 0 ] || cannot "only root can"
	minbase=$(../minbase.sh) || cannot "see above"
	mkdir -p "$cache"
	# Who comes second waits for the first one's image.
	exec 9>"$cache/lock"
	flock 9
fi

if ! finished; then
	# What an interrupted build left; the lock says that none is running.
	rm -rf "$cache"/new.*
	new=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	chmod 700 "$new" # a key to the guest lies here
	root=$new/root
	{
		# The mount namespace takes the chroot's /proc away with it, the pid namespace
		# whatever a package's script started.
		unshare --mount --pid --fork --kill-child bash -euo pipefail -c '
			root=$1 minbase=$2
			mkdir "$root"
			tar --numeric-owner --xattrs --xattrs-include="*" -C "$root" -xf "$minbase"
			mount -t proc proc "$root/proc"
			cp packages setup-guest.sh "$root/root/"
			chroot "$root" /root/setup-guest.sh
			cp "$minbase" "$root/srv/minbase.tar"
		' build "$root" "$minbase"

		ssh-keygen -q -t ed25519 -N '' -C tare-vm -f "$new/key"
		install -D -m 600 "$new/key.pub" "$root/root/.ssh/authorized_keys"
		echo "tare-vm $(cut -d' ' -f1,2 "$root/etc/ssh/ssh_host_ed25519_key.pub")" >"$new/known_hosts"
		cp "$root"/boot/vmlinuz-* "$new/vmlinuz"

		# The host's kernel cannot label for SELinux, but extended attributes are just that, and
		# mke2fs copies them.
		chroot "$root" setfiles -F /etc/selinux/default/contexts/files/file_contexts / || echo "setfiles: $?"

		mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1 -d "$root" "$new/disk.img" "$size"
	} >"$new/log" 2>&1 </dev/null || {
		tail -n 40 "$new/log" >&2
		cannot "see above"
	}
	rm -rf "$root"
	mv "$new" "$image"
	trap - EXIT
	# Images that no tree has asked for since yesterday. (A guest that still runs on one
	# has its disk open.)
	find "$cache" -mindepth 2 -maxdepth 2 -name used -mtime +0 ! -path "$image/*" -execdir sh -c 'rm -rf "$PWD"' \;
fi
touch "$image/used" 2>/dev/null || true
echo "$image"
