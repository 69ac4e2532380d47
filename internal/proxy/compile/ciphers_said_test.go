package compile_test

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
)

func TestCiphersThatAreNotSpokenAreNamed(t *testing.T) {
	for list, want := range map[string]diag.Message{
		"ECDHE-RSA-AES128-SHA:DHE-RSA-AES128-SHA": diag.CiphersNotSpoken,
		"DHE-RSA-AES128-SHA":                      diag.NoCipherSpoken,
		"ECDHE-RSA-AES128-SHA:!aNULL":             {},
	} {
		u := nginxBase()
		u.Model.LoadBalancers[0].Listeners[1].SSLPolicy = "TLSv1.2 ciphers=" + list
		s, diags := apply(t, u)
		var said []diag.Diagnostic
		for _, d := range diags {
			if d.Code == diag.CiphersNotSpoken.Code || d.Code == diag.NoCipherSpoken.Code {
				said = append(said, d)
			}
		}
		if want.Code == "" && len(said) != 0 || want.Code != "" && (len(said) != 1 || said[0].Code != want.Code) {
			t.Errorf("%s: %v", list, said)
		}
		if p := s.Listener("nginx", 443).TLSPolicy; p.Min != p.Max || (len(p.Suites) == 0) != (want.Code == diag.NoCipherSpoken.Code) {
			t.Errorf("%s: %+v", list, p)
		}
	}
}
