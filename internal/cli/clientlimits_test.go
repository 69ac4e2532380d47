package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestThePageOfLimitsNamesSettingsThatThereAre reads docs/reference/limits.md: its flags are those of serve and controller,
// with the defaults that it says, and other pages describe its keys and attributes.
func TestThePageOfLimitsNamesSettingsThatThereAre(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	serve, controller := newServe(streams{}).Flags(), newController(streams{}).Flags()
	defaults := map[string]string{"max-connections": "0", "max-connections-per-client": "0", "min-body-rate": "240"}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile("`--([a-z-]+)").FindAllStringSubmatch(text, -1) {
		name := m[1]
		if seen[name] || name == "x" {
			continue
		}
		seen[name] = true
		for command, flags := range map[string]interface{ Lookup(string) *pflag.Flag }{"serve": serve, "controller": controller} {
			if f := flags.Lookup(name); f == nil || f.DefValue != defaults[name] {
				t.Errorf("%s --%s: %+v", command, name, f)
			}
		}
	}
	if len(seen) != len(defaults) || !strings.Contains(text, "240 bytes/s; `--min-body-rate`") {
		t.Errorf("flags on the page: %v", seen)
	}
	for file, keys := range map[string]*regexp.Regexp{
		"annotations-nginx.md": regexp.MustCompile("(?:ConfigMap|MiB;|KiB;) `([a-z-]+)`"),
		"attributes.md":        regexp.MustCompile("`([a-z_]+\\.[a-z_.]+)`"),
	} {
		other, err := os.ReadFile("../../docs/reference/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if file == "annotations-nginx.md" { // keys that no annotation has are on a page of their own
			more, err := os.ReadFile("../../docs/reference/configmap-nginx.md")
			if err != nil {
				t.Fatal(err)
			}
			other = append(other, more...)
		}
		found := keys.FindAllStringSubmatch(text, -1)
		if len(found) < 2 {
			t.Errorf("%d settings of %s", len(found), file)
		}
		for _, m := range found {
			if !strings.HasPrefix(m[1], "alb.ingress") && !strings.Contains(string(other), "`"+m[1]+"`") {
				t.Errorf("%s does not know %s", file, m[1])
			}
		}
	}
}

func TestALeastRateOfNothingIsNoLimit(t *testing.T) {
	for flag, want := range map[int]int{0: -1, 1: 1, 240: 240, -5: -5} {
		if got := (&clientLimits{bodyRate: flag}).rate(); got != want {
			t.Errorf("%d is %d", flag, got)
		}
	}
}
