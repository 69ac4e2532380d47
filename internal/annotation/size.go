package annotation

import (
	"errors"
	"math"
	"strconv"
)

// Size takes a number of bytes as nginx writes sizes: digits and at most one of b, k, m, g in any case, in powers of
// 1024. It is not a Kubernetes quantity: "8Mi" is refused.
type Size struct{}

// Parse reads the bytes.
func (Size) Parse(raw string) (int64, error) {
	digits, factor := raw, int64(1)
	if n := len(raw); n > 0 {
		switch raw[n-1] {
		case 'b', 'B':
			digits = raw[:n-1]
		case 'k', 'K':
			digits, factor = raw[:n-1], 1<<10
		case 'm', 'M':
			digits, factor = raw[:n-1], 1<<20
		case 'g', 'G':
			digits, factor = raw[:n-1], 1<<30
		}
	}
	if digits == "" {
		return 0, errors.New("there are no digits")
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, errors.New("only digits with one of b, k, m or g at the end are allowed")
		}
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || v > math.MaxInt64/factor {
		return 0, errors.New("too large")
	}
	return v * factor, nil
}

// Format prints the bytes with the largest unit that divides them.
func (Size) Format(v int64) string {
	for _, u := range []struct {
		factor int64
		unit   string
	}{{1 << 30, "g"}, {1 << 20, "m"}, {1 << 10, "k"}} {
		if v != 0 && v%u.factor == 0 {
			return strconv.FormatInt(v/u.factor, 10) + u.unit
		}
	}
	return strconv.FormatInt(v, 10)
}

// Expected describes sizes.
func (Size) Expected() string { return "a size in bytes with an optional unit k, m or g" }
