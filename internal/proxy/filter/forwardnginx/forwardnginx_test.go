package forwardnginx

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// sentOn runs both steps and returns the fields towards the target.
func sentOn(t *testing.T, c *model.ForwardedHeaders, peer string, fields ...string) (*exchange.Exchange, []string) {
	t.Helper()
	x := &exchange.Exchange{Random: [2]uint64{1, 2}, Port: 443, HTTPS: true, ClientIP: netip.MustParseAddr(peer)}
	x.Conn = &exchange.Conn{Remote: netip.AddrPortFrom(x.ClientIP, 4711), Port: 443}
	x.Request.Authority = []byte("a.example")
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	trust, err := NewTrust(c)
	if err != nil {
		t.Fatal(err)
	}
	headers, err := NewHeaders(&model.Policy{Forwarded: c})
	if err != nil {
		t.Fatal(err)
	}
	trust.Request(x)
	headers.Request(x)
	var out []string
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		out = append(out, string(f.Name)+": "+string(f.Value))
	}
	return x, out
}

func TestForwardingFieldsAreOursAlone(t *testing.T) {
	_, got := sentOn(t, nil, "192.0.2.7",
		"Accept: */*", "x-forwarded-for: 1.1.1.1", "X-FORWARDED-FOR: 2.2.2.2", "X-Forwarded-Proto: http",
		"X-Forwarded-Host: evil.example", "X-Real-IP: 1.1.1.1", "X-Scheme: http", "ssl-client-verify: SUCCESS",
		"X-Forwarded-Prefix: /x", "X-Original-URI: /admin", "Proxy: http://evil.example")
	want := []string{
		"Accept: */*", "X-Request-ID: 00000000000000010000000000000002", "X-Real-IP: 192.0.2.7",
		"X-Forwarded-For: 192.0.2.7", "X-Forwarded-Host: a.example", "X-Forwarded-Port: 443", "X-Forwarded-Proto: https",
		"X-Forwarded-Scheme: https", "X-Scheme: https", "X-Original-Forwarded-For: 1.1.1.1, 2.2.2.2",
		"X-Original-Forwarded-Host: evil.example",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the target gets\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOurFieldsCannotBeSentWithUnderscoresEither(t *testing.T) {
	_, got := sentOn(t, nil, "192.0.2.7", "X_Forwarded_For: 1.1.1.1", "x_real_ip: 1.1.1.1", "SSL_Client_Verify: SUCCESS", "X_Mine: 1")
	for _, f := range got {
		if strings.Contains(f, "1.1.1.1") || strings.Contains(f, "SUCCESS") {
			t.Errorf("the target gets %q", f)
		}
	}
	if !slices.Contains(got, "X_Mine: 1") {
		t.Errorf("a field that is nobody's is gone: %v", got)
	}
}

func TestAClientsRequestIDIsKept(t *testing.T) {
	x, got := sentOn(t, nil, "192.0.2.7", "x-request-id: mine")
	if string(x.RequestID) != "mine" || !slices.Contains(got, "X-Request-ID: mine") {
		t.Errorf("request id %q in %v", x.RequestID, got)
	}
}

func TestTheRealAddressIsTakenFromTrustedProxiesOnly(t *testing.T) {
	list := "X-Forwarded-For: 203.0.113.9, 198.51.100.1:55, 10.0.0.2"
	for _, c := range []struct {
		say, peer, cidrs, want string
		fields                 []string
	}{
		{"everyone is trusted: the first of the list", "10.0.0.1", "", "203.0.113.9", []string{list}},
		{"the last one that is no trusted proxy", "10.0.0.1", "10.0.0.0/8", "198.51.100.1", []string{list}},
		{"an untrusted peer is not believed", "192.0.2.7", "10.0.0.0/8", "192.0.2.7", []string{list}},
		{
			"several lines are one list", "10.0.0.1", "10.0.0.0/8", "203.0.113.9",
			[]string{"X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 10.0.0.3"},
		},
		{"what is no address ends the walk", "10.0.0.1", "10.0.0.0/8", "10.0.0.3", []string{"X-Forwarded-For: 1.1.1.1, x, 10.0.0.3"}},
		{"no list leaves the peer", "10.0.0.1", "", "10.0.0.1", nil},
		{"IPv6 with brackets and port", "10.0.0.1", "10.0.0.0/8", "2001:db8::1", []string{"X-Forwarded-For: [2001:db8::1]:99"}},
		{"IPv6 in brackets alone", "10.0.0.1", "10.0.0.0/8", "2001:db8::1", []string{"X-Forwarded-For: [2001:db8::1]"}},
	} {
		config := &model.ForwardedHeaders{RealIP: true}
		if c.cidrs != "" {
			config.TrustedCIDRs = []string{c.cidrs}
		}
		x, got := sentOn(t, config, c.peer, c.fields...)
		if x.ClientIP.String() != c.want || !slices.Contains(got, "X-Real-IP: "+c.want) {
			t.Errorf("%s: %s in %v", c.say, x.ClientIP, got)
		}
	}
}

func TestSchemeHostPortAndTheFullListOfATrustedProxy(t *testing.T) {
	config := &model.ForwardedHeaders{RealIP: true, TrustProtoHostPort: true, ComputeFull: true}
	x, got := sentOn(t, config, "10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Port: 8080",
		"X-Forwarded-Host: shop.example, other", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Prefix: /p")
	for _, want := range []string{
		"X-Forwarded-Proto: http", "X-Forwarded-Port: 8080", "X-Forwarded-Host: shop.example",
		"X-Forwarded-For: 203.0.113.9, 10.0.0.1", "X-Real-IP: 203.0.113.9", "X-Forwarded-Prefix: /p",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("the target does not get %q but %v", want, got)
		}
	}
	if x.HTTPS || x.Port != 8080 || string(x.UpstreamHost) != "shop.example" {
		t.Errorf("https %v, port %d, host %q", x.HTTPS, x.Port, x.UpstreamHost)
	}
	_, got = sentOn(t, config, "10.0.0.1", "X-Forwarded-Host: a b", "X-Forwarded-Port: 99999")
	if !slices.Contains(got, "X-Forwarded-Host: a.example") || !slices.Contains(got, "X-Forwarded-Port: 443") {
		t.Errorf("nonsense was believed: %v", got)
	}
}
