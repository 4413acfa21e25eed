#!/bin/bash
# Runs each fuzz target for a while: fuzz.sh [SECONDS], by default 30.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-30}

git grep -lE '^func Fuzz' -- '*_test.go' | while read -r file; do
	grep -oE '^func Fuzz[A-Za-z]+' "$file" | sed 's/^func //' | while read -r target; do
		echo "fuzz $target in $(dirname "$file") for $seconds s"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" -fuzzminimizetime 5x "./$(dirname "$file")"
	done
done
make -s -C nsenter/init fuzz-run SECONDS="$seconds"
