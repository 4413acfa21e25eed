#!/bin/bash
# The fault sweep in each view of the cgroups: run-faults.sh [VIEW…], by default hybrid, v1 and v2.
set -u
cd "$(dirname "$0")/.." || exit 1
(cd tests/resctrl && go build -o ../../bin/resctrl .) || exit 1

test $# -gt 0 || set -- hybrid v1 v2
status=0
for view; do
	echo "view $view"
	tests/view "$view" go test -v -count=1 -timeout 20m ./tests/faults || status=1
done
exit $status
