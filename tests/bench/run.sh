#!/bin/sh
# run.sh [FLAG...] builds the benchmark and runs it, as root. The flags are in README.md.
# TARE, CRUN and RUNC name other binaries than bin/tare and the installed ones.
set -eu

repo=$(cd "$(dirname "$0")/../.." && pwd)
tools=$(mktemp -d /tmp/tare-bench-tools.XXXXXX)
trap 'rm -rf "$tools"' EXIT
# A signal is for the benchmark, which cleans up and then ends with an error.
trap : INT TERM HUP

for program in floor launch; do
	gcc -std=gnu11 -O2 -static -Wall -Wextra -Wconversion -Werror -o "$tools/$program" "$repo/tests/bench/$program.c"
done
(cd "$repo" && CGO_ENABLED=0 "${GO:-go}" build -o "$tools/bench" ./tests/bench)
"$tools/bench" --repo "$repo" --tools "$tools" "$@"
