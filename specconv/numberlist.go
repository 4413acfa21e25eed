package specconv

import (
	"strconv"
	"strings"
)

// numberList reads a list of CPUs or of memory nodes as the specification writes
// them, "0-3,7", in ascending order and each once. What is wrong is a part of a
// sentence. limit is how many numbers there are, from 0 on.
func numberList(text string, limit int) (numbers []uint32, wrong string) {
	wanted := make([]bool, limit)
	count := 0
	for part := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(part, "-")
		if !ranged {
			last = first
		}
		from, okFrom := listNumber(first)
		to, okTo := listNumber(last)
		switch {
		case !okFrom || !okTo:
			return nil, "must be a list like 0-3,7, not " + quote(text)
		case to < from:
			return nil, "has the range " + part + ", which ends before it begins"
		case to >= limit:
			return nil, "has " + last + ", but Linux can have no more than " + strconv.Itoa(limit-1)
		}
		for n := from; n <= to; n++ {
			if !wanted[n] {
				wanted[n] = true
				count++
			}
		}
	}
	numbers = make([]uint32, 0, count)
	for n, is := range wanted {
		if is {
			numbers = append(numbers, uint32(n))
		}
	}
	return numbers, ""
}

// listNumber reads decimal digits and nothing else.
func listNumber(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err == nil && strings.Trim(text, "0123456789") == ""
}
