package resolver

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestNamesCarryTheirAddress(t *testing.T) {
	for name, want := range map[string]string{
		"127-10-0-1.sslip.io":                             "127.10.0.1 true",
		"web-123.ap-northeast-2.elb.127-10-0-1.sslip.io.": "127.10.0.1 true",
		"x.127.0.0.1.sslip.io":                            "127.0.0.1 true",
		"x-127-0-0-1.SSLIP.io":                            "127.0.0.1 true",
		"sslip.io":                                        "invalid IP true",
		"web.sslip.io":                                    "invalid IP true",
		"127-0-0.sslip.io":                                "invalid IP true",
		"127-0-0-256.sslip.io":                            "invalid IP true",
		"127-0-0-01.sslip.io":                             "invalid IP true",
		"127-10-0-1.notsslip.io":                          "invalid IP false",
		"example.com":                                     "invalid IP false",
		"":                                                "invalid IP false",
	} {
		address, below := Address(name, "sslip.io")
		if got := fmt.Sprint(address, below); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestQuestionsAreAnsweredOverUDPAndTCP(t *testing.T) {
	s, err := Listen("127.0.0.1:0", "lb.example")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	for _, network := range []string{"udp", "tcp"} {
		client := dns.Client{Net: network, Timeout: 10 * time.Second}
		for _, c := range []struct {
			name  string
			kind  uint16
			rcode int
			want  string
		}{
			{"a.127-10-0-1.sslip.io.", dns.TypeA, dns.RcodeSuccess, "127.10.0.1"},
			{"a.127-10-0-2.lb.example.", dns.TypeA, dns.RcodeSuccess, "127.10.0.2"},
			{"a.127-10-0-1.sslip.io.", dns.TypeAAAA, dns.RcodeSuccess, ""},
			{"a.sslip.io.", dns.TypeA, dns.RcodeNameError, ""},
			{"example.com.", dns.TypeA, dns.RcodeRefused, ""},
		} {
			q := new(dns.Msg).SetQuestion(c.name, c.kind)
			got, _, err := client.ExchangeContext(t.Context(), q, s.Address())
			if err != nil {
				t.Fatalf("%s %s: %v", network, c.name, err)
			}
			var address string
			if len(got.Answer) == 1 {
				if a, ok := got.Answer[0].(*dns.A); ok {
					address = net.IP(a.A).String()
				}
			}
			if got.Rcode != c.rcode || address != c.want {
				t.Errorf("%s %s: got %s %q", network, c.name, dns.RcodeToString[got.Rcode], address)
			}
		}
	}
}

func TestAPortThatIsTakenIsAnError(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if s, err := Listen(taken.Addr().String()); err == nil {
		t.Error("the port was taken twice")
		_ = s.Close(t.Context())
	}
}
