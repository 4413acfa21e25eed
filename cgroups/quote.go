package cgroups

import "strconv"

// quote shows a user's word in an error, with control bytes made visible.
func quote(s string) string {
	const most = 200
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
