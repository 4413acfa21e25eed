#!/bin/bash
# run.sh [--selinux] [--cgroup v1|hybrid] [--user] [--memory MIB] [--cpus N] -- COMMAND [ARG...]
#
# Boots a guest from a snapshot of its disk, copies the tree into it, runs the
# command there in the tree, and ends the guest. Input, output and status are the command's;
# 125 says that there was no guest to run it. See README.md.
set -u
# shellcheck source=tests/vm/guest.bash
source "$(dirname "$0")/guest.bash"

options "$@"
[ ${#rest[@]} -gt 0 ] || die "no command: run.sh [OPTION...] -- COMMAND [ARG...]"

dir=$(mktemp -d /tmp/tare-vm.XXXXXX)
trap 'end "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# Should this script be killed outright, QEMU ends all the same.
boot "$dir" setpriv --pdeathsig TERM
copy_tree "$dir"
prepare "$dir" "${rest[@]}"
# Beside the shell and not under it: a trap waits for a foreground command.
"${session[@]}" <&0 &
wait $!
