package telemetry

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// onlyVisible fails when a line holds a byte that could end it, or hide something from who reads it.
func onlyVisible(t *testing.T, line string) {
	t.Helper()
	for _, c := range []byte(line) {
		if c < 0x20 || c >= 0x7f {
			t.Fatalf("byte %#x in %q", c, line)
		}
	}
}

func FuzzFlowLine(f *testing.F) {
	f.Add("shop.test", "h2", "10.1.2.3:8443", "h2")
	f.Add("a \"b\"\n", "h2\",\"x y", "", "\x00 ")
	f.Add("", "", "[::1]:1", "\xff\\")
	f.Fuzz(func(t *testing.T, name, offered, target, negotiated string) {
		flow := flowed()
		state := *flow.Conn.TLS
		state.ServerName, state.NegotiatedProtocol = name, negotiated
		conn := *flow.Conn
		conn.TLS, conn.Certificate = &state, name
		flow.Conn, flow.Offered, flow.Target, flow.TargetProtocol = &conn, []string{offered, "h2"}, target, negotiated
		line := strings.TrimSuffix(oneFlow(t, FormatDialect, tlsListener, flow), "\n")
		onlyVisible(t, line)
		if got := strings.Split(line, " "); len(got) != 22 || unescape(got[17]) != cmpOr(name, "-") {
			t.Fatalf("%d fields in %q", len(got), line)
		}
		line = strings.TrimSuffix(oneFlow(t, FormatJSON, tlsListener, flow), "\n")
		onlyVisible(t, line)
		if !json.Valid([]byte(line)) {
			t.Fatalf("no JSON: %q", line)
		}
	})
}

func FuzzHandshakeLine(f *testing.F) {
	f.Add("CN=client", "ClientCertExpired", int64(7))
	f.Add("a\"b\\c\n", "x y", int64(-1))
	f.Add("", "", int64(0))
	f.Fuzz(func(t *testing.T, subject, status string, serial int64) {
		leaf := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Unix(1, 0)}
		if raw, err := asn1Name(subject); err == nil {
			leaf.RawSubject = raw
		} else {
			leaf.RawSubject = []byte(subject) // what is no text cannot be a name's part
		}
		h := &exchange.Handshake{
			Conn:    &exchange.Conn{Remote: netip.MustParseAddrPort("[2001:db8::1]:7"), Local: netip.MustParseAddrPort("10.1.0.5:443"), Port: 443},
			Version: tls.VersionTLS13, Cipher: tls.TLS_AES_128_GCM_SHA256, Group: tls.X25519, Leaf: leaf,
			Status: exchange.VerifyStatus(status), Failed: status != "",
		}
		log := NewAccessLog(LogOptions{})
		line := string(log.appendHandshake(nil, "app/demo/0123456789abcdef", h))
		onlyVisible(t, line)
		if got := fields(line); len(got) != 15 {
			t.Fatalf("%d fields in %q", len(got), line)
		}
	})
}

func FuzzHealthCheckLine(f *testing.F) {
	f.Add("10.1.2.3:80", "tg", "Target.Timeout", -1)
	f.Add("a b", "x\"y", "\n", 200)
	f.Fuzz(func(t *testing.T, address, group, reason string, code int) {
		log := NewAccessLog(LogOptions{})
		line := string(log.appendHealthCheck(nil, &HealthCheck{Group: group, Address: address, Protocol: "HTTP", Code: code, Reason: reason}))
		onlyVisible(t, line)
		if got := strings.Split(line, " "); len(got) != 8 {
			t.Fatalf("%d fields in %q", len(got), line)
		}
	})
}

func FuzzFormatsOfUsers(f *testing.F) {
	f.Add("curl", "/x", "a.example", "ann")
	f.Add("\"\\\n", "/\x00", "é", " \r")
	f.Fuzz(func(t *testing.T, agent, target, host, user string) {
		x := served()
		x.Request.Header.Set("User-Agent", []byte(agent))
		x.Request.Target, x.Request.Host, x.User = []byte(target), []byte(host), []byte(user)
		const format = `{"agent":"$http_user_agent","request":"$request","host":"$host","user":"$remote_user","addr":"$upstream_addr"}`
		x.Rule = &compile.Rule{Policy: &model.Policy{LogFormat: format, LogFormatJSON: true}}
		line := one(t, FormatDialect, nginxListener, x)
		onlyVisible(t, line)
		var got map[string]string
		if err := json.Unmarshal([]byte(line), &got); err != nil || unescape(got["agent"]) != agent {
			t.Fatalf("%v in %q", err, line)
		}
		x.Rule = &compile.Rule{Policy: &model.Policy{LogFormat: `"$http_user_agent" "$request" "$host"`}}
		line = one(t, FormatDialect, nginxListener, x)
		onlyVisible(t, line)
		if strings.Count(line, `"`) != 6 {
			t.Fatalf("quotes got through: %q", line)
		}
	})
}

func TestSecretsAreNotLogged(t *testing.T) {
	const secret = "s3cret"
	x := served()
	for _, name := range []string{
		"Authorization", "Cookie", "Proxy-Authorization", "X-Amzn-Oidc-Data", "X-Amzn-Oidc-Accesstoken", "X-Amzn-Mtls-Clientcert",
	} {
		x.Request.Header.Add([]byte(name), []byte(secret))
	}
	x.Response.Header.Add([]byte("Set-Cookie"), []byte(secret))
	for _, l := range []*compile.Listener{nginxListener, elbListener} {
		for _, f := range []Format{FormatDialect, FormatJSON} {
			if line := one(t, f, l, x); strings.Contains(line, secret) {
				t.Errorf("logged: %s", line)
			}
		}
	}
	leaf := &x509.Certificate{Raw: []byte(secret), SerialNumber: big.NewInt(1)}
	log := NewAccessLog(LogOptions{})
	line := log.appendHandshake(nil, "app/x/y", &exchange.Handshake{Conn: &exchange.Conn{}, Leaf: leaf})
	if bytes.Contains(line, []byte(secret)) {
		t.Errorf("a certificate is logged: %s", line)
	}
}

func TestConnectionLogHas15Fields(t *testing.T) {
	start := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	h := &exchange.Handshake{
		Conn: &exchange.Conn{
			Remote: netip.MustParseAddrPort("198.51.100.7:40112"), Local: netip.MustParseAddrPort("10.1.0.5:443"), Port: 443,
			ID: [2]uint64{0x0011223344556677, 0x8899aabbccddeeff},
		},
		Start: start, Took: 31 * time.Millisecond, Version: tls.VersionTLS13, Cipher: tls.TLS_AES_128_GCM_SHA256, Group: tls.X25519MLKEM768,
	}
	log := NewAccessLog(LogOptions{})
	got := string(log.appendHandshake(nil, "app/demo/0123456789abcdef", h))
	want := `2026-03-04T05:06:07.031000Z 198.51.100.7 40112 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.031 "-" - - Success ` +
		`TID_00112233445566778899aabbccddeeff X25519MLKEM768 app/demo/0123456789abcdef 10.1.0.5`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	h.Failed, h.Status, h.Version, h.Group = true, exchange.VerifyExpired, 0, 0
	h.Leaf = &x509.Certificate{
		SerialNumber: big.NewInt(0xfeda), NotBefore: start, NotAfter: start.AddDate(1, 0, 0), RawSubject: subject(t, "client"),
	}
	got = string(log.appendHandshake(nil, "app/demo/0123456789abcdef", h))
	want = `2026-03-04T05:06:07.031000Z 198.51.100.7 40112 443 - - - "CN=client" NotBefore=2026-03-04T05:06:07Z;NotAfter=2027-03-04T05:06:07Z FEDA ` +
		`Failed:ClientCertExpired TID_00112233445566778899aabbccddeeff - app/demo/0123456789abcdef 10.1.0.5`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func asn1Name(name string) ([]byte, error) {
	return asn1.Marshal((&pkix.Name{CommonName: name}).ToRDNSequence())
}

// subject is a name as a certificate holds it.
func subject(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := asn1Name(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestHealthCheckLogLines(t *testing.T) {
	log := NewAccessLog(LogOptions{})
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for want, h := range map[string]HealthCheck{
		"http 2026-03-04T05:06:07.000000Z 0.019584011 10.1.2.3:80 cart PASS 200 -": {
			Group: "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/cart/0011", Address: "10.1.2.3:80", Protocol: "HTTP", Time: at,
			Took: 19584011, Passed: true, Code: 200,
		},
		"https 2026-03-04T05:06:07.000000Z 0.001000000 10.1.2.3:443 tg FAIL 503 ResponseCodeMismatch": {
			Group: "tg", Address: "10.1.2.3:443", Protocol: "HTTPS", Time: at, Took: time.Millisecond, Code: 503, Reason: "Target.ResponseCodeMismatch",
		},
		"tcp 2026-03-04T05:06:07.000000Z 5.000000000 10.1.2.3:80 tg FAIL - RequestTimedOut": {
			Group: "tg", Address: "10.1.2.3:80", Protocol: "TCP", Time: at, Took: 5 * time.Second, Code: -1, Reason: "Target.Timeout",
		},
		"grpc 2026-03-04T05:06:07.000000Z 0.000000000 10.1.2.3:80 tg FAIL - TargetError": {
			Group: "tg", Address: "10.1.2.3:80", Protocol: "GRPC", Time: at, Code: -1, Reason: "Target.FailedHealthChecks",
		},
	} {
		if got := string(log.appendHealthCheck(nil, &h)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
