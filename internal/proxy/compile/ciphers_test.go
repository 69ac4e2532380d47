package compile

import (
	"slices"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestCipherListsAreReadAsOpenSSLReadsThem(t *testing.T) {
	for _, c := range []struct {
		list, want string // want in alphabetical order
		unspoken   string
	}{
		{"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", ""},
		{
			"ECDHE-ECDSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256,AES128-SHA NONSENSE",
			"AES128-SHA ECDHE-ECDSA-AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256 NONSENSE",
		},
		{"EECDH+AESGCM:EDH+AESGCM", "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384", "EDH+AESGCM"},
		{"HIGH:!aNULL:!kRSA:!SHA:!SHA256:!AES:@STRENGTH", "ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305", ""},
		{"kRSA+AESGCM:!AES256:AES256-GCM-SHA384", "AES128-GCM-SHA256", ""},
		{"kRSA+AESGCM:-AES256:AES256-GCM-SHA384", "AES128-GCM-SHA256 AES256-GCM-SHA384", ""},
		{"TLS_AES_128_GCM_SHA256", "", ""},
		{"DHE-RSA-AES128-SHA", "", "DHE-RSA-AES128-SHA"},
		{"!:-:+:::!-", "", ""},
		{"-", "", ""},
	} {
		suites, unspoken := cipherList(c.list)
		var names []string
		for _, id := range suites {
			names = append(names, exchange.CipherName(id))
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != c.want || strings.Join(unspoken, " ") != c.unspoken {
			t.Errorf("%s: %q, not spoken %q", c.list, got, unspoken)
		}
	}
	all, _ := cipherList("ALL")
	for _, id := range all {
		if name := exchange.CipherName(id); strings.Contains(name, "RC4") || strings.Contains(name, "DES") || name == "-" {
			t.Errorf("%s is offered", name)
		}
	}
	if len(all) < 10 {
		t.Errorf("ALL are %d suites", len(all))
	}
}
