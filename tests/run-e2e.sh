#!/bin/bash
# run-e2e.sh [VIEW...] [-- FILE.bats|BATS-OPTION...]
#
# Runs the suites of tests/e2e, as root, in views of cgroups (hybrid v1 v2; see
# tests/view), several files at a time (with --filter-tags TAG those that have it), and ends with the sums and what was
# skipped for want of what. TARE names another binary than bin/tare, JOBS how many at a time;
# with TARE_SYSTEMD=1 every tare makes its cgroups through systemd, with TARE_USER=UID every tare is
# that user's, and its systemd the user's own.
set -u

views=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	views+=("$1")
	shift
done
[ $# -gt 0 ] && shift
[ ${#views[@]} -gt 0 ] || views=(hybrid v1 v2)

files=() options=() tags=() before=
for word; do
	[ "$before" != --filter-tags ] || tags+=("$word")
	before=$word
	case $word in
	*.bats) files+=("$(realpath "$word")") ;;
	*) options+=("$word") ;;
	esac
done
cd "$(dirname "$0")" || exit 2
[ ${#files[@]} -gt 0 ] || files=("$PWD"/e2e/*.bats)
# Bats takes a second for a file to find that it has no test of a tag.
if [ ${#tags[@]} -gt 0 ]; then
	mapfile -t files < <(grep -lE "^# bats (file|test)_tags=.*\b($(IFS='|' && echo "${tags[*]}"))\b" "${files[@]}")
fi
# The longest first, so that none of them is left for the end, when it has nothing beside it.
mapfile -t files < <(ls -S -- "${files[@]}")

make -s -C probe || exit 2
# A guest of tests/vm has no Go, but what was built outside.
if command -v go >/dev/null || ! [ -x ../bin/resctrl ]; then
	(cd resctrl && go build -o ../../bin/resctrl .) || exit 2
fi
results=$(mktemp -d /tmp/run-e2e.XXXXXX)
trap 'rm -rf "$results"' EXIT

# Some tests call the program itself: so it is another program.
words=("$(realpath "${TARE:-../bin/tare}")")
export BINARY=${words[0]}
[ -z "${TARE_SYSTEMD:-}" ] || words+=(--systemd-cgroup)
if [ -n "${TARE_USER:-}" ]; then
	export BECOME="setpriv --reuid $TARE_USER --regid $TARE_USER --clear-groups env --unset=USER \
		XDG_RUNTIME_DIR=/run/user/$TARE_USER DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$TARE_USER/bus"
	# shellcheck disable=SC2206 # words they are
	words=($BECOME "${words[@]}")
fi
if [ ${#words[@]} -gt 1 ]; then
	printf '#!/bin/sh\nexec %s "$@"\n' "${words[*]@Q}" >"$results/tare"
	chmod 755 "$results" "$results/tare"
	export TARE=$results/tare
fi

# What is outside of a user's service manager, that may not put into a cgroup of its own:
# session moves this shell into a scope of it.
session() {
	local pid
	coproc $BECOME systemd-run --user --scope --quiet -p Delegate=yes sh -c 'echo $$; exec sleep 1000'
	read -r pid <&"${COPROC[0]}" || return
	echo $BASHPID >"/sys/fs/cgroup$(sed -n s/^0:://p "/proc/$pid/cgroup")/cgroup.procs"
	kill "$pid"
}
export -f session

# one VIEW FILE [OPTION...]: the TAP of a file goes to the results at its end.
one() {
	local view=$1 file=$2 out status=0
	shift 2
	out=$results/$view.$(basename "$file" .bats)
	[ -z "${TARE_USER:-}" ] || session || exit
	./view "$view" bats --formatter tap "$@" "$file" >"$out.running" 2>&1 </dev/null || status=$?
	[ "$status" = 77 ] && mv "$out.running" "$results/$view.missing" && return
	# A file that cannot even be read prints no result at all.
	[ "$status" = 0 ] || grep -q '^not ok' "$out.running" || echo "not ok 0 $file ended with status $status" >>"$out.running"
	mv "$out.running" "$out.tap"
	sed "s|^|[$view $(basename "$file" .bats)] |" "$out.tap" | grep -vE '\] (1\.\.|ok )'
	return 0
}
export -f one
export results
# A test that waits for ever is ended, and has failed.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-120}

for view in "${views[@]}"; do
	for file in "${files[@]}"; do printf '%s\0%s\0' "$view" "$file"; done
done | xargs -0 -n 2 -P "${JOBS:-$(nproc)}" bash -c 'one "$0" "$1" '"${options[*]@Q}"

count() { cat /dev/null "$@" | grep -cE "$pattern"; }
passed=0 failed=0 skipped=0
for view in "${views[@]}"; do
	shopt -s nullglob
	taps=("$results/$view."*.tap)
	shopt -u nullglob
	if [ -f "$results/$view.missing" ]; then
		echo "view $view: skipped: $(cat "$results/$view.missing")"
		continue
	fi
	pattern='^ok .* # skip' && s=$(count "${taps[@]}")
	pattern='^ok ' && p=$(($(count "${taps[@]}") - s))
	pattern='^not ok ' && f=$(count "${taps[@]}")
	echo "view $view: $p passed, $f failed, $s skipped"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo
echo "skipped:"
for tap in "$results"/*.tap; do
	name=$(basename "$tap" .tap)
	sed -nE "s/^ok [0-9]+ (.*) # skip ?(.*)/  [$name] \1: \2/p" "$tap"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
