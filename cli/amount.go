package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// whole reads a decimal number that fits.
func whole[T uint16 | uint64 | int64](to **T, text string) error {
	var zero T
	signed := zero-1 < 0
	var n T
	if signed {
		v, err := strconv.ParseInt(text, 10, 64)
		if n = T(v); err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
	} else {
		v, err := strconv.ParseUint(text, 10, 64)
		if n = T(v); err != nil || uint64(n) != v {
			return fmt.Errorf("%q is not a whole number from 0 to %d", text, zero-1)
		}
	}
	*to = &n
	return nil
}

// bytesOf reads a number of bytes as runc does: decimal, perhaps with a fraction,
// and a unit of k, m, g, t or p, in any case and with b or ib behind it, which are
// powers of 1024. -1 means unlimited.
func bytesOf(to **int64, text string) error {
	n, ok := int64(-1), text == "-1"
	if !ok {
		n, ok = parseBytes(strings.ToLower(text))
	}
	if !ok {
		return fmt.Errorf("%q is not a number of bytes such as 1048576, 100m or 1.5g, nor -1 for unlimited", text)
	}
	*to = &n
	return nil
}

func parseBytes(text string) (int64, bool) {
	end := strings.LastIndexAny(text, "0123456789.") + 1
	number, unit := text[:end], strings.TrimPrefix(text[end:], " ")
	if number == "" || strings.Trim(number, "0123456789.") != "" || unit == "" && end < len(text) {
		return 0, false
	}
	factor := 1.0
	switch unit {
	case "", "b":
	case "k", "m", "g", "t", "p", "kb", "mb", "gb", "tb", "pb", "kib", "mib", "gib", "tib", "pib":
		factor = math.Pow(1024, float64(1+strings.IndexByte("kmgtp", unit[0])))
	default:
		return 0, false
	}
	// Exactly where it can be: a float64 has 53 bits.
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && n <= math.MaxInt64/int64(factor) {
		return n * int64(factor), true
	}
	f, err := strconv.ParseFloat(number, 64)
	if f *= factor; err != nil || f >= math.MaxInt64 {
		return 0, false
	}
	return int64(f), true
}
