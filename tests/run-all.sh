#!/bin/bash
# Everything the project tests, from a fresh clone on a fresh Debian machine, as root: installs what is
# missing, builds, and runs every stage even when an earlier one failed. Ends with one line of sums.
# So that the answer is there within the hour on a slow machine, the stages that take longest are
# shorter here than by themselves: CONTRIBUTING.md says how.
set -u
cd "$(dirname "$0")/.." || exit 1

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0 skipped=0 broken=()

# count LOG: adds what a stage's log says of its tests, in the words of go test -v and of run-e2e.sh.
count() {
	passed=$((passed + $(grep -cE '^ *--- PASS:' "$1") + $(sum passed "$1")))
	failed=$((failed + $(grep -cE '^ *--- FAIL:' "$1") + $(sum failed "$1")))
	skipped=$((skipped + $(grep -cE '^ *--- SKIP:' "$1") + $(sum skipped "$1")))
}

sum() {
	grep -E '^[0-9]+ passed, [0-9]+ failed' "$2" | tail -1 | grep -oE "[0-9]+ $1" | cut -d' ' -f1 | grep . || echo 0
}

# stage NAME CMD…: runs one stage, and shows of it what went wrong.
stage() {
	local name=$1 log=$logs/$1 began=$SECONDS
	shift
	if "$@" >"$log" 2>&1; then
		echo "ok      $name ($((SECONDS - began)) s)"
	else
		echo "FAILED  $name ($((SECONDS - began)) s)"
		broken+=("$name")
		# What was skipped comes below, and must not push out what failed.
		sed '/^skipped:/,/^[0-9]* passed/d' "$log" | grep -vE '^ *(=== |--- (PASS|SKIP))' | tail -n 200
	fi
	count "$log"
	# What was skipped, and why: go test says the reason in the line before.
	grep -B1 -E '^ *--- SKIP' "$log" | grep -vE -- '^--$|^=== ' | sed 's/^/  /'
	sed -n '/^skipped:/,/^[0-9]* passed/p' "$log" | grep '^  '
}

tests/install-deps.sh build test criu lint demo package conformance engines || exit 1
stage build make -s build faults
stage lint make -s lint
stage unit go test -v -count=1 ./...
stage embedded go test -v -count=1 -tags tare_embed,tare_seccomp ./nsenter/... ./libcontainer/...
stage asan go test -v -count=1 -tags tare_embed,tare_faults ./nsenter/...
stage init make -s -C nsenter/init check
stage fuzz tests/fuzz.sh
stage e2e tests/run-e2e.sh hybrid
stage cgroup tests/run-e2e.sh v1 v2 -- --filter-tags cgroup
stage vm tests/vm/suites.sh --quick
stage faults tests/run-faults.sh hybrid v2
stage engines sh -c 'make -s bin/crictl && tests/engines/run.sh'
stage conformance tests/conformance/run.sh
stage demo tests/demo.sh
stage package tests/package.sh

echo "$passed passed, $failed failed, $skipped skipped"
if test ${#broken[@]} -gt 0; then
	echo "stages that failed: ${broken[*]}"
	exit 1
fi
