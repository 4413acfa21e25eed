#!/bin/sh
# What init must be besides right; make check runs it.
set -eu
cd "$(dirname "$0")"
bad=0
complain() {
	echo "check: $*" >&2
	bad=1
}

# Small, so that sealing it in a memfd costs a fraction of a millisecond.
size=$(wc -c <init.bin)
[ "$size" -le 65536 ] || complain "init.bin has $size bytes, more than 65536"

# Whole: no library, no loader, nothing for one to fill in.
headers=$(readelf --wide --program-headers init.bin)
case $headers in *INTERP* | *DYNAMIC*) complain "init.bin needs a loader" ;; esac
case $headers in *RWE*) complain "init.bin has memory that is writable and executable" ;; esac
readelf --wide --relocs init.bin | grep -q 'no relocations' || complain "init.bin has relocations"

# Readable: a step within 40 lines of body, any function within 60, a file within 400.
awk '
	FNR == 1 { start = 0 }
	/^[a-z_].*\)$/ || /^[a-z_].*,$/ { name = $0 }
	/^\{$/ { start = FNR }
	/^\}$/ && start {
		lines = FNR - start - 1
		max = name ~ /^int step_/ ? 40 : 60
		if (lines > max) { print "check: " FILENAME ":" start ": " lines " lines, more than " max; bad = 1 }
		start = 0
	}
	FNR > 400 && FILENAME != "plan.h" && !long[FILENAME]++ { print "check: " FILENAME " has more than 400 lines"; bad = 1 }
	END { exit bad }
' *.c *.h >&2 || bad=1
for file in *.c init.h sys.h; do
	clang-format --dry-run -Werror "$file" || complain "$file: run clang-format -i on it"
done

# Of one vocabulary with the parent.
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
(cd ../.. && go run ./plan/gen "$fresh")
cmp -s "$fresh" plan.h || complain "plan.h is stale: go generate ./plan"
exit $bad
