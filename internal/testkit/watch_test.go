package testkit

import "testing"

func TestLinesOfAccessLogsAreTakenApart(t *testing.T) {
	for _, c := range []struct{ line, field, want string }{
		{
			`http 2026-03-04T05:06:07.080910Z app/demo/0123456789abcdef 198.51.100.7:40112 - -1 -1 -1 400 - 77 272 "- http://-:80- -" "-" - - - "-" "-" "-" - ` +
				`2026-03-04T05:06:07.065000Z "-" "-" "-" "a b" "-" "Severe" "BadContentLength" TID_0 "-" "-" "-" 10.1.0.5`,
			"classification_reason", "BadContentLength",
		},
		{
			`tls 2.0 2026-03-04T05:06:07 net/demo/0123456789abcdef 00112233445566aa 198.51.100.7:40112 10.1.0.5:443 1204 31 880 5120 - arn:x - ` +
				`TLS_AES_128_GCM_SHA256 tlsv13 x25519 shop.test h2 h2 "h2","http/1.1" 2026-03-04T05:06:05`,
			"alpn_client_preference_list", `"h2","http/1.1"`,
		},
		{
			`198.51.100.7 - - [04/Mar/2026:05:06:07 +0000] "GET /cart?id=7 HTTP/1.1" 200 250 "-" "curl/8.5.0" 118 0.016 [shop-web-80] [] ` +
				`10.1.2.2:8080, 10.1.2.3:8080 0, 250 0.000, 0.014 502, 200 0123`,
			"upstream_status", "502, 200",
		},
		{"anything else", "line", "anything else"},
	} {
		if got := logFields(c.line)[c.field]; got != c.want {
			t.Errorf("%s is %q, want %q", c.field, got, c.want)
		}
	}
}
