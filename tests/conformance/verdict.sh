#!/bin/bash
# verdict.sh OUT ERR STATUS: reads what a validation program printed, in the Test Anything Protocol, and prints
# "pass OK SKIPPED" or "fail NOT-OK OF", and then what failed, a line each.
set -u
out=$1 err=$2 status=$3

said=$(grep -vE '^(exit status [0-9]+|goroutine .*|)$' "$err" | head -n 4 | tr '\n' ' ' | sed -E 's/ +$//; s|/tmp/[^ ":]*|TMP|g')
ok=$(grep -cE '^ok ' "$out")
skipped=$(grep -cE '^ok .*# SKIP' "$out")
failures=$(grep -E '^not ok ' "$out" | grep -v '# TODO' | sed -E 's/^not ok [0-9]+ - //')
count=$(printf '%s' "$failures" | grep -c '')

if [ "$status" != 0 ]; then
	failures+=${failures:+$'\n'}"status $status"
elif [ "$ok$count" = 00 ]; then
	# Some programs assert nothing, and tell of an error in a diagnostic only.
	failures=$(sed -nE 's/^ +"error": "(.*)",?$/\1/p' "$out" | sed -E 's/\\n.*//')
fi
if [ -z "$failures" ]; then
	echo "pass $ok $skipped"
	exit
fi
echo "fail $count $((ok + count))"
# "exit status 1" says nothing: what the runtime said belongs to it.
printf '%s\n' "$failures" | sed -E 's/^((exit )?status [0-9]+)$/\1: '"$(printf '%s' "$said" | sed 's/[\\/&]/\\&/g')"'/'
