package diag

import "testing"

func TestDistanceCountsLettersToChange(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		limit int
		want  int
	}{
		{"", "", 9, 0},
		{"proxy-body-size", "proxy-body-size", 9, 0},
		{"proxy-body-sise", "proxy-body-size", 9, 1},
		{"body", "proxy-body", 9, 6},
		{"kitten", "sitting", 9, 3},
		{"kitten", "sitting", 2, 2},
		{"", "abcdefghij", 4, 4},
	} {
		if got := Distance(c.a, c.b, c.limit); got != c.want {
			t.Errorf("Distance(%q, %q, %d) = %d, want %d", c.a, c.b, c.limit, got, c.want)
		}
	}
}
