# shellcheck shell=bash
# Tests that are commands, for scripts that bats does not run. They end with the sums.
passed=0 failed=0

# check NAME COMMAND...: it succeeds, or what it printed is shown.
check() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then
		passed=$((passed + 1))
		echo "ok: $name"
	else
		failed=$((failed + 1))
		printf 'not ok: %s\n%s\n' "$name" "$out"
	fi
}
