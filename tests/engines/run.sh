#!/bin/bash
# run.sh [--peer RUNTIME]... [VIEW] [-- FILE.bats|BATS-OPTION...]
#
# Runs the suites of engines with tare, as root, in a view of cgroups (tests/view; this machine's own where that is
# v2 with all controllers, else v1), and then with each peer (crun, runc) for comparison: what fails with a peer is listed
# and is no failure of this run. TARE names another binary than bin/tare, JOBS how many suites at once.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 2

peers=() views=() words=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	case $1 in
	--peer) peers+=("$2") && shift ;;
	*) views+=("$1") ;;
	esac
	shift
done
[ $# -gt 0 ] && shift
words=("$@")
[[ ${words[*]} == *.bats* ]] || words+=("$here"/*.bats)
if [ ${#views[@]} -eq 0 ]; then
	views=(v1)
	! grep -qsw memory /sys/fs/cgroup/cgroup.controllers || views=(host)
fi

for peer in "${peers[@]}"; do
	command -v "$peer" >/dev/null || {
		echo "tests/engines/run.sh: there is no $peer" >&2
		exit 2
	}
done
for peer in "${peers[@]}"; do
	echo "--- with $peer:"
	RUNTIME=$peer "$here/../run-e2e.sh" "${views[@]}" -- "${words[@]}" | sed -E 's/^([0-9]+) passed, ([0-9]+) failed/with '"$peer"': \1 passed, \2 failed/'
done
[ ${#peers[@]} -eq 0 ] || echo "--- with tare:"
exec env -u RUNTIME "$here/../run-e2e.sh" "${views[@]}" -- "${words[@]}"
