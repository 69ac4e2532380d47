package alb

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// codeList takes "200,202" or "200-299", with every number from min to max.
type codeList struct {
	min, max int
}

// Parse checks the codes and takes out spaces.
func (t codeList) Parse(raw string) (string, error) {
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
		if low < t.min || high > t.max || low > high {
			return "", fmt.Errorf("%q is outside %d to %d or runs backwards", piece, t.min, t.max)
		}
	}
	return raw, nil
}

// Format is the list.
func (codeList) Format(v string) string { return v }

// Expected describes the list.
func (t codeList) Expected() string {
	return fmt.Sprintf("codes from %d to %d: one, a list (200,202) or a range (200-299)", t.min, t.max)
}

// capacity takes CapacityUnits=<number> and nothing else.
type capacity struct{}

// Parse reads the units.
func (capacity) Parse(raw string) (int32, error) {
	pairs, err := annotation.StringMap{}.Parse(raw)
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(pairs, func(p annotation.Pair) bool { return p.Key != "CapacityUnits" }); i >= 0 {
		return 0, fmt.Errorf("the key %q is not known", pairs[i].Key)
	}
	if len(pairs) != 1 {
		return 0, errors.New("CapacityUnits is missing")
	}
	n, err := strconv.ParseInt(pairs[0].Value, 10, 32)
	if err != nil || n < 0 {
		return 0, errors.New("CapacityUnits is not a whole number")
	}
	return int32(n), nil
}

// Format prints the pair.
func (capacity) Format(v int32) string { return "CapacityUnits=" + strconv.FormatInt(int64(v), 10) }

// Expected describes the pair.
func (capacity) Expected() string { return "CapacityUnits=<whole number>" }
