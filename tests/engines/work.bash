# shellcheck shell=bash
# The directory $WORK, in which an engine keeps all that it has.

# mounts_below DIR: mount points, the last one first.
mounts_below() { awk -v d="$1" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | tac; }

# wrapper NAME WORD...: what a test calls NAME is the program with these words before
# its own. It does not inherit bats' descriptor: what it leaves running would hold that open.
wrapper() {
	local name=$1
	shift
	printf '#!/bin/sh\nexec %s "$@" 3>&-\n' "${*@Q}" >"$WORK/bin/$name"
	chmod 755 "$WORK/bin/$name"
}
