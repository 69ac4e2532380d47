package annotation

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// CodeRanges takes "200,202" or "200-299", with every number from Min to Max.
type CodeRanges struct {
	Min, Max int
}

// Parse checks the codes and takes out spaces.
func (t CodeRanges) Parse(raw string) (string, error) {
	raw = strings.ReplaceAll(raw, " ", "")
	if raw == "" {
		return "", errors.New("empty")
	}
	for piece := range strings.SplitSeq(raw, ",") {
		from, to, isRange := strings.Cut(piece, "-")
		if !isRange {
			to = from
		}
		low, err := strconv.Atoi(from)
		if err != nil {
			return "", fmt.Errorf("%q is not a number", from)
		}
		high, err := strconv.Atoi(to)
		if err != nil {
			return "", fmt.Errorf("%q is not a number", to)
		}
		if low < t.Min || high > t.Max || low > high {
			return "", fmt.Errorf("%q is outside %d to %d or runs backwards", piece, t.Min, t.Max)
		}
	}
	return raw, nil
}

// Format is the list.
func (CodeRanges) Format(v string) string { return v }

// Expected describes the list.
func (t CodeRanges) Expected() string {
	return fmt.Sprintf("codes from %d to %d: one, a list (200,202) or a range (200-299)", t.Min, t.Max)
}
