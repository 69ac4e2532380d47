package listen

import "testing"

func TestADriverIsNamedByItsOptionThenByTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		name, environment string
		want              Driver
		fails             bool
	}{
		{"", "", defaultDriver, false},
		{"goroutines", "", Goroutines, false},
		{"", "goroutines", Goroutines, false},
		{"goroutines", "nonsense", Goroutines, false},
		{"", "nonsense", "", true},
		{"Loop", "", "", true},
		{"loop", "goroutines", EventLoop, !loopOffered},
	} {
		t.Setenv(DriverVariable, c.environment)
		got, err := ParseDriver(c.name)
		if (err != nil) != c.fails || err == nil && got != c.want {
			t.Errorf("%q with %q in the environment: %q, %v", c.name, c.environment, got, err)
		}
	}
}
