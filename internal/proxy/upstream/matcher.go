package upstream

import (
	"strconv"
	"strings"
)

// codes is a list of ranges of status codes, both ends included.
type codes [][2]int

// parseCodes reads a matcher: "200", "200,202", "200-299" or a mix. Parts that are none of these are left out; an
// empty result is 200 alone, ALB's default.
func parseCodes(text string) codes {
	var list codes
	for part := range strings.SplitSeq(text, ",") {
		low, high, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			high = low
		}
		a, errA := strconv.Atoi(strings.TrimSpace(low))
		b, errB := strconv.Atoi(strings.TrimSpace(high))
		if errA == nil && errB == nil && a <= b {
			list = append(list, [2]int{a, b})
		}
	}
	if len(list) == 0 {
		return codes{{200, 200}}
	}
	return list
}

func (c codes) match(code int) bool {
	for _, r := range c {
		if r[0] <= code && code <= r[1] {
			return true
		}
	}
	return false
}
