#!/bin/bash
# run.sh [--peer RUNTIME]... [--view VIEW]... [PROGRAM...]
#
# Runs the OCI's own validation programs (the module runtime-tools, pinned in go.mod) against tare, as root,
# natively on this machine (hybrid, as a rule) and in the pure views of cgroups (tests/view), and against other
# runtimes if they are named. Prints a table and what each failure said, and fails for a failure of tare's that
# expected.txt does not list, for an entry there that does not come true, and for a program that fails with tare and
# passes with a peer. TARE names another binary than bin/tare, JOBS how many programs run at once. README.md tells more.
set -u
cd "$(dirname "$0")" || exit 2
here=$PWD repo=$(cd ../.. && pwd)

runtimes=(tare) views=() programs=()
while [ $# -gt 0 ]; do
	case $1 in
	--peer) runtimes+=("$2") && shift ;;
	--view) views+=("$2") && shift ;;
	*) programs+=("$1") ;;
	esac
	shift
done
[ ${#views[@]} -gt 0 ] || views=(hybrid v1 v2)
TARE=$(realpath "${TARE:-$repo/bin/tare}")
for runtime in "$TARE" "${runtimes[@]:1}"; do
	command -v "$runtime" >/dev/null || {
		echo "run.sh: missing: $runtime" >&2
		exit 2
	}
done

work=$(mktemp -d /tmp/conformance.XXXXXX)
# What a container has mounted is gone with the view's namespace, and must not be walked into if it is not.
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
mkdir "$work/run" "$work/results"

# The programs want what is inside a container, and its root file system, in their working directory. The
# containers have no C library: without cgo nothing asks for it.
CGO_ENABLED=0 ${GO:-go} build -o "$work/run" tool || exit 2
[ ${#programs[@]} -gt 0 ] || mapfile -t programs < <(find "$work/run" -type f ! -name runtimetest -printf '%f\n' | sort)
rootfs=$work/rootfs
mkdir -p "$rootfs"/{bin,dev,etc,proc,sys}
chmod 755 "$rootfs" # tar hands it to the bundle's directory, which a user namespace must be let into
cp /bin/busybox "$rootfs/bin/"
for applet in $(/bin/busybox --list); do
	[ "$applet" = busybox ] || ln -s busybox "$rootfs/bin/$applet"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$rootfs/etc/passwd"
echo 'root:x:0:' >"$rootfs/etc/group"
tar -C "$rootfs" -cf "$work/run/rootfs-$(${GO:-go} env GOARCH).tar.gz" .

export TARE work here repo
for runtime in "${runtimes[@]}"; do
	for view in "${views[@]}"; do
		for program in "${programs[@]}"; do printf '%s\0%s\0%s\0' "$view" "$runtime" "$program"; done
	done
done | xargs -0 -n 3 -P "${JOBS:-$((2 * $(nproc)))}" "$here/one.sh"

"$here/report.sh" "$work/results" "${runtimes[*]}" "${views[*]}" "${programs[*]}"
