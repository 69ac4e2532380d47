package annotation

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Capacity takes CapacityUnits=<number> and nothing else.
type Capacity struct{}

// Parse reads the units.
func (Capacity) Parse(raw string) (int32, error) {
	pairs, err := StringMap{}.Parse(raw)
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(pairs, func(p Pair) bool { return p.Key != "CapacityUnits" }); i >= 0 {
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
func (Capacity) Format(v int32) string { return "CapacityUnits=" + strconv.FormatInt(int64(v), 10) }

// Expected describes the pair.
func (Capacity) Expected() string { return "CapacityUnits=<whole number>" }
