#!/bin/bash
# guest.sh up NAME [--selinux] [--cgroup v1|hybrid] [--memory MIB] [--cpus N]
# guest.sh run NAME [--user] [--] COMMAND [ARG...]
# guest.sh sync NAME
# guest.sh console|down NAME
# guest.sh list
#
# A guest that stays, for work on a test: up boots it and copies the tree in, sync
# copies it anew, run runs a command in the tree, down ends it. See README.md.
set -u
# shellcheck source=tests/vm/guest.bash
source "$(dirname "$0")/guest.bash"

guests=${TMPDIR:-/tmp}/tare-vms-$(id -u)

usage() {
	sed -n '2,6s/^# /       /p' "$0" >&2
	exit 125
}

verb=${1:-} name=${2:-}
[[ $verb == list || $name =~ ^[A-Za-z0-9_-]+$ ]] || usage
dir=$guests/$name
[ $# -lt 2 ] || shift 2
if [[ $verb =~ ^(run|sync|console)$ ]] && ! alive "$dir"; then die "there is no guest $name"; fi

case $verb in
up)
	options "$@"
	mkdir -m 700 "$guests" 2>/dev/null
	[ -O "$guests" ] || die "$guests is not ours"
	alive "$dir" || rm -rf "$dir"
	mkdir "$dir" 2>/dev/null || die "there is a guest $name already"
	trap 'end "$dir"' EXIT
	boot "$dir" setsid
	copy_tree "$dir"
	trap - EXIT
	;;
sync) copy_tree "$dir" ;;
run)
	options "$@"
	[ ${#rest[@]} -gt 0 ] || usage
	prepare "$dir" "${rest[@]}"
	exec "${session[@]}"
	;;
console) cat "$dir/console" ;;
down) end "$dir" ;;
list)
	for dir in "$guests"/*/; do
		alive "${dir%/}" && basename "$dir"
	done
	;;
*) usage ;;
esac
