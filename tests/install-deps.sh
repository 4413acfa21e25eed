#!/bin/sh
# Installs from Debian what a target of the makefile needs and does not find:
# install-deps.sh build|demo|test|lint|conformance|bench|vm...
set -eu

missing=

# need PACKAGE FILE-OR-COMMAND: the package is missing when what it brings is.
need() {
	case $2 in
	/*) test -e "$2" || missing="$missing $1" ;;
	*) command -v "$2" >/dev/null || missing="$missing $1" ;;
	esac
}

for purpose in "$@"; do
	case $purpose in
	build)
		need gcc gcc
		need pkg-config pkg-config
		need libseccomp-dev /usr/include/seccomp.h
		;;
	demo)
		need busybox-static /bin/busybox
		need jq jq
		;;
	lint)
		need shellcheck shellcheck
		need shfmt shfmt
		need clang-format clang-format
		;;
	test)
		need dbus-daemon dbus-daemon
		need busybox-static /bin/busybox
		need bats bats
		need jq jq
		need clang clang
		# The fuzzer's and the sanitizers' libraries, which clang itself only recommends.
		need libclang-rt-dev "$(clang -print-file-name="libclang_rt.fuzzer-$(uname -m).a" 2>/dev/null || echo /nowhere)"
		need uidmap newuidmap
		need iproute2 ip
		need procps ps
		need bsdutils script
		;;
	engines)
		need podman podman
		need conmon conmon
		need catatonit catatonit
		need netavark /usr/lib/podman/netavark
		need aardvark-dns /usr/lib/podman/aardvark-dns
		need containerd containerd
		need docker.io dockerd
		need iptables iptables
		need debootstrap debootstrap
		need debian-archive-keyring /usr/share/keyrings/debian-archive-keyring.gpg
		;;
	package)
		need mandoc mandoc
		need python3 python3
		need lintian lintian
		need zsh zsh
		need fish fish
		need busybox-static /bin/busybox
		need jq jq
		;;
	conformance)
		need busybox-static /bin/busybox
		;;
	bench)
		need busybox-static /bin/busybox
		need crun crun
		need runc runc
		need golang-github-containers-common /usr/share/containers/seccomp.json
		;;
	criu)
		need iptables iptables
		need iproute2 ip
		need debian-archive-keyring /usr/share/keyrings/debian-archive-keyring.gpg
		;;
	vm)
		need debootstrap debootstrap
		need debian-archive-keyring /usr/share/keyrings/debian-archive-keyring.gpg
		need e2fsprogs mke2fs
		need openssh-client ssh
		need iproute2 ss
		;;
	*)
		echo "install-deps.sh: unknown purpose $purpose" >&2
		exit 1
		;;
	esac
done
test -z "$missing" && exit 0

if test "$(id -u)" != 0; then
	echo "install-deps.sh: these Debian packages are missing, and only root can install them:$missing" >&2
	exit 1
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
# A package may exist and its index be old: fetch the index only when needed.
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || {
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
