#!/bin/bash
# suites.sh [--quick]
#
# Runs the suites of tests/e2e in guests, and ends with the sums and what was
# skipped for want of what. Without --quick that is every suite with each driver of cgroups, and
# takes hours under emulation; with it, what only a guest can show.
# shellcheck disable=SC2046 # lists of files
set -u
cd "$(dirname "$0")/../.." || exit 2
# An emulated processor needs its time, and a test that hangs is still ended.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-600}

quick=
case ${1:-} in
--quick) quick=1 ;;
'') ;;
*)
	echo "usage: suites.sh [--quick]" >&2
	exit 2
	;;
esac

logs=$(mktemp -d /tmp/tare-suites.XXXXXX)
name=suites-$$
trap 'tests/vm/guest.sh down "$name"; rm -rf "$logs"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
broken=

# guest [OPTION...]: another guest takes the place of the last one.
guest() {
	tests/vm/guest.sh down "$name"
	echo "guest ${*:-with systemd, cgroup v2, AppArmor}"
	tests/vm/guest.sh up "$name" "$@" || {
		echo "there is no guest ${*:-}"
		exit 1
	}
}

# suites PART [NAME=VALUE...] VIEW [-- FILE|BATS-OPTION...]: run-e2e.sh in the guest.
suites() {
	local part=$1 began=$SECONDS variables=()
	shift
	while [[ $1 == *=* ]]; do
		variables+=("$1")
		shift
	done
	echo "part $part"
	tests/vm/guest.sh run "$name" BATS_TEST_TIMEOUT="$BATS_TEST_TIMEOUT" "${variables[@]}" tests/run-e2e.sh "$@" </dev/null >"$logs/$part" ||
		broken+=" $part"
	# Its list of what was skipped is for the end of all.
	sed '/^skipped:/,$d' "$logs/$part" | grep .
	echo "part $part took $((SECONDS - began)) s"
}

# sum WORD: of the last lines of all parts.
sum() { tail -q -n 1 "$logs"/* | grep -oE "[0-9]+ $1" | awk '{ n += $1 } END { print n + 0 }'; }

tests/install-deps.sh vm || exit 1
make -s build faults bin/crictl || exit 1

# without FILE...: those of standard input that are none of them. Systemd, when it makes a scope, takes
# controllers from a slice in which another suite has a cgroup that it does not know.
without() { grep -vxF "$(printf '%s\n' "$@")"; }

# What can be done as an ordinary user, with that user's own systemd.
of_a_user=(tests/e2e/{lifecycle,exec,resources,update,events}.bats)

guest
if [ -n "$quick" ]; then
	suites v2 v2 -- $(printf '%s\n' tests/e2e/*.bats | without tests/e2e/systemd.bats) --filter-tags vm
	suites systemd TARE_SYSTEMD=1 v2 -- tests/e2e/{systemd,rootless}.bats --filter-tags vm --filter-tags manager
	suites user TARE_SYSTEMD=1 TARE_USER=1000 v2 -- "${of_a_user[@]}" --filter-tags user
	suites engines MANAGER=systemd DRIVER=systemd SYSTEMD=true host -- tests/engines/*.bats --filter-tags vm
else
	suites v2 v2 -- $(printf '%s\n' tests/e2e/*.bats | without tests/e2e/systemd.bats)
	suites systemd TARE_SYSTEMD=1 v2
	suites user TARE_SYSTEMD=1 TARE_USER=1000 v2 -- "${of_a_user[@]}"
	suites engines MANAGER=systemd DRIVER=systemd SYSTEMD=true host -- tests/engines/*.bats
	suites user-engines ROOTLESS=true MANAGER=systemd host -- tests/engines/podman.bats
fi
guest --selinux
suites selinux v2 -- --filter-tags selinux
if [ -z "$quick" ]; then
	guest --cgroup v1
	suites v1 v1
fi

echo
echo "skipped:"
for log in "$logs"/*; do
	sed -n "s/^  \[/  [${log##*/} /p" "$log"
done
echo "$(sum passed) passed, $(sum failed) failed, $(sum skipped) skipped"
if [ -n "$broken" ]; then
	echo "parts that failed:$broken"
	exit 1
fi
