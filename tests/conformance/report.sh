#!/bin/bash
# report.sh RESULTS RUNTIMES VIEWS PROGRAMS: a part of run.sh. Prints what came of the programs, compares it with
# expected.txt and tare with its peers, and ends with the sums and a status.
set -u
results=$1
read -ra runtimes <<<"$2"
read -ra views <<<"$3"
read -ra programs <<<"$4"
expected=$(dirname "$0")/expected.txt
peers=("${runtimes[@]:1}")
bad=0

complain() {
	bad=$((bad + 1))
	echo "  $*"
}

# verdict VIEW RUNTIME PROGRAM: the first word of the result, pass, fail or missing.
verdict() { cut -d' ' -f1 "$results/$1.$2.$3" | head -n 1; }

# works VIEW RUNTIME: whether the runtime can run anything there. One that cannot is no measure for tare.
works() { [ "$(verdict "$1" "$2" default 2>/dev/null || echo pass)" = pass ]; }

cell() {
	local word a b
	read -r word a b <"$results/$1.$2.$3"
	case $word in
	pass) echo "ok $a" ;;
	missing) echo "-" ;;
	*) if [ "$b" = 0 ]; then echo "FAIL"; else echo "FAIL $a/$b"; fi ;;
	esac
}

head="program"
for view in "${views[@]}"; do
	for runtime in "${runtimes[@]}"; do head+=" $view/$runtime"; done
done
echo "What became of the assertions: ok PASSED, FAIL FAILED/ALL, or FAIL where the program gave up."
echo
{
	echo "$head" | tr ' ' '\t'
	for program in "${programs[@]}"; do
		row=$program
		for view in "${views[@]}"; do
			for runtime in "${runtimes[@]}"; do row+=$'\t'$(cell "$view" "$runtime" "$program"); done
		done
		echo "$row"
	done
} | column -t -s $'\t'

echo
echo "What failed:"
for program in "${programs[@]}"; do
	for runtime in "${runtimes[@]}"; do
		for view in "${views[@]}"; do
			tail -n +2 "$results/$view.$runtime.$program" | sort | uniq -c | sed -E "s/^ *([0-9]+) /  $program [$view $runtime]: \1x /" | cut -c 1-400
		done
	done
done

# explained VIEW PROGRAM FAILURE: whether expected.txt lists it. It is noted that its line came true.
declare -A true_now
explained() {
	local view=$1 program=$2 failure=$3 p where when pattern
	while read -r p where when pattern; do
		[ "$p" = "$program" ] && [[ ,$where, == *",$view,"* || $where = all ]] && [[ $failure =~ $pattern ]] || continue
		true_now["$view $p $pattern"]=1
		return 0
	done < <(grep -vE '^(#|$)' "$expected")
	return 1
}

echo
echo "Unexpected:"
passed=0 failed=0
for view in "${views[@]}"; do
	for program in "${programs[@]}"; do
		case $(verdict "$view" tare "$program") in
		pass) passed=$((passed + 1)) ;;
		missing) ;;
		*)
			new=0
			while read -r failure; do
				explained "$view" "$program" "$failure" && continue
				new=1
				complain "$program [$view]: $failure"
			done < <(tail -n +2 "$results/$view.tare.$program" | sort -u)
			failed=$((failed + new))
			;;
		esac
		for peer in "${peers[@]}"; do
			works "$view" "$peer" || continue
			if [ "$(verdict "$view" "$peer" "$program")" = pass ] && [ "$(verdict "$view" tare "$program")" = fail ]; then
				explained "$view" "$program" "passes with $peer" || complain "$program [$view]: passes with $peer"
			fi
		done
	done
done
while read -r program where when pattern; do
	[[ " ${programs[*]} " == *" $program "* ]] || continue
	[ "$when" = always ] || continue
	for view in "${views[@]}"; do
		[[ ,$where, == *",$view,"* || $where = all ]] || continue
		[ "$(verdict "$view" tare "$program")" != missing ] && [ -z "${true_now["$view $program $pattern"]:-}" ] &&
			complain "$program [$view]: does not fail as expected.txt says: $pattern"
	done
done < <(grep -vE '^(#|$)' "$expected")
[ $bad -gt 0 ] || echo "  nothing"

listed=0 missing=0
for view in "${views[@]}"; do
	for program in "${programs[@]}"; do
		case $(verdict "$view" tare "$program") in
		fail) listed=$((listed + 1)) ;;
		missing) missing=$((missing + 1)) ;;
		esac
	done
done
listed=$((listed - failed))
echo
echo "$listed fail as expected.txt explains"
# The words that run-all.sh sums up.
echo "$passed passed, $((failed > 0 ? failed : bad)) failed, $missing skipped"
[ $bad -eq 0 ]
