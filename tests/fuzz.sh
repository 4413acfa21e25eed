#!/bin/bash
# Runs each fuzz target for a while, two at a time: fuzz.sh [SECONDS], by default 30.
set -eu
cd "$(dirname "$0")/.."
export seconds=${1:-30}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
export logs

# one DIRECTORY TARGET: a Go target, or "init" for the fuzzer of init's decoder.
# What it said is shown in one piece.
one() {
	local status=0 log=$logs/${1//\//-}-$2
	if [ "$2" = init ]; then
		make -s -C "$1" fuzz-run SECONDS="$seconds" >"$log" 2>&1 || status=1
	else
		go test -run '^$' -fuzz "^$2\$" -fuzztime "${seconds}s" -fuzzminimizetime 5x -parallel 1 "./$1" >"$log" 2>&1 || status=1
		# Now and then Go's fuzzer takes the end of its own time for a failure. An input that fails it
		# writes to a file, and says so.
		if grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input written' "$log"; then status=0; fi
	fi
	echo "fuzz $2 in $1 for $seconds s"
	tail -n "$([ "$status" = 0 ] && echo 2 || echo 100)" "$log"
	return "$status"
}
export -f one

# The fuzzer of init first: what it needs built, the others do not.
{
	echo nsenter/init init
	git grep -E '^func Fuzz' -- '*_test.go' | sed -E 's|/[^/]*:func (Fuzz[A-Za-z]+).*| \1|'
} | xargs -P 2 -L 1 bash -c 'one "$0" "$1"'
