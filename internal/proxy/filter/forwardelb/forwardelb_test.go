package forwardelb

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func newExchange(port uint16, authority string, fields ...string) *exchange.Exchange {
	x := &exchange.Exchange{
		Random: [2]uint64{1, 2}, Port: port, ClientIP: netip.MustParseAddr("192.0.2.7"), Start: time.Unix(0x67c6a1bf, 0),
	}
	x.Conn = &exchange.Conn{Remote: netip.AddrPortFrom(x.ClientIP, 4711), Port: port}
	x.Request.Authority = []byte(authority)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	return x
}

func sentOn(x *exchange.Exchange, s compile.Settings) []string {
	NewTrace().Request(x)
	NewHeaders(&s, "lb.example").Request(x)
	var out []string
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		out = append(out, string(f.Name)+": "+string(f.Value))
	}
	return out
}

func TestFieldsTowardsTargets(t *testing.T) {
	client := []string{
		"Accept: */*", "X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: https", "X-Forwarded-Port: 1",
		"x-amzn-oidc-data: forged", "X-Amzn-Mtls-Clientcert: forged",
	}
	trace := "X-Amzn-Trace-Id: Root=1-67c6a1bf-000000010000000000000002"
	for _, c := range []struct {
		say      string
		settings compile.Settings
		want     []string
	}{
		{"append", compile.Settings{}, []string{
			"Accept: */*", trace, "X-Forwarded-For: 1.1.1.1, 192.0.2.7", "X-Forwarded-Proto: http", "X-Forwarded-Port: 80",
		}},
		{"append with the client's port", compile.Settings{ForwardedForPort: true}, []string{
			"Accept: */*", trace, "X-Forwarded-For: 1.1.1.1, 192.0.2.7:4711", "X-Forwarded-Proto: http", "X-Forwarded-Port: 80",
		}},
		{"preserve", compile.Settings{ForwardedFor: compile.ForwardedForPreserve}, []string{
			"Accept: */*", trace, "X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: http", "X-Forwarded-Port: 80",
		}},
		{"remove", compile.Settings{ForwardedFor: compile.ForwardedForRemove}, []string{
			"Accept: */*", trace, "X-Forwarded-Proto: http", "X-Forwarded-Port: 80",
		}},
	} {
		x := newExchange(80, "a.example", client...)
		if got := sentOn(x, c.settings); !slices.Equal(got, c.want) {
			t.Errorf("%s: the target gets\n%s\nwant\n%s", c.say, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if string(x.RequestID) != "1-67c6a1bf-000000010000000000000002" {
			t.Errorf("the request is named %q", x.RequestID)
		}
	}
}

func TestHostTowardsTargets(t *testing.T) {
	for _, c := range []struct {
		port            uint16
		preserve        bool
		authority, want string
	}{
		{80, false, "Example.com", "example.com"},
		{80, false, "example.com:80", "example.com"},
		{443, false, "example.com:443", "example.com"},
		{8080, false, "example.com", "example.com:8080"},
		{8080, false, "example.com:8080", "example.com:8080"},
		{80, false, "[2001:DB8::1]:80", "[2001:db8::1]"},
		{80, true, "Example.com:80", ""}, // as received
		{8080, true, "example.com", ""},
		{80, false, "", "lb.example"},
		{80, true, "", "lb.example"},
	} {
		x := newExchange(c.port, c.authority)
		sentOn(x, compile.Settings{PreserveHost: c.preserve})
		if string(x.UpstreamHost) != c.want {
			t.Errorf("port %d, %q, preserve %v: %q, want %q", c.port, c.authority, c.preserve, x.UpstreamHost, c.want)
		}
	}
}

func TestTraceFields(t *testing.T) {
	own := "1-67c6a1bf-000000010000000000000002"
	for _, c := range []struct{ say, was, want string }{
		{"a root gets a self in front", "Root=1-a-b;CalledFrom=app", "Self=" + own + ";Root=1-a-b;CalledFrom=app"},
		{"a self gets a new value", "Self=1-x-y;Root=1-a-b", "Self=" + own + ";Root=1-a-b"},
		{"wherever it stands", "Root=1-a-b;Self=1-x-y;Z=1", "Root=1-a-b;Self=" + own + ";Z=1"},
		{"without a root one is made", "CalledFrom=app", "Root=" + own + ";CalledFrom=app"},
	} {
		x := newExchange(80, "a.example", "X-Amzn-Trace-Id: "+c.was)
		if got := sentOn(x, compile.Settings{}); !slices.Contains(got, "X-Amzn-Trace-Id: "+c.want) {
			t.Errorf("%s: %v, want %s", c.say, got, c.want)
		}
	}
	x := newExchange(80, "a.example", "X-Amzn-Trace-Id: Root=1-a-b", "X-Long: "+strings.Repeat("x", 7<<10))
	if got := sentOn(x, compile.Settings{}); !slices.Contains(got, "X-Amzn-Trace-Id: Root="+own) {
		t.Error("in a head of more than 7 KB the trace is kept")
	}
}

func TestMoreThanThirtyAddressesAreRefused(t *testing.T) {
	for n, status := range map[int]int{30: 0, 31: 463} {
		x := newExchange(80, "a.example", "X-Forwarded-For: 1.1.1.1", "x-forwarded-for: "+strings.Repeat("1.1.1.1, ", n-2)+"1.1.1.1")
		NewLimit(&compile.Settings{}, page.Style{}).Request(x)
		if x.Response.Status != status {
			t.Errorf("%d addresses: status %d, want %d", n, x.Response.Status, status)
		}
	}
	if NewLimit(&compile.Settings{ForwardedFor: compile.ForwardedForPreserve}, page.Style{}) != nil {
		t.Error("addresses are counted although nothing is appended")
	}
}

func TestAddressesOfIPv6StandInBracketsOnlyWithAPort(t *testing.T) {
	for _, c := range []struct {
		port bool
		want string
	}{
		{false, "X-Forwarded-For: 2001:db8::7"},
		{true, "X-Forwarded-For: [2001:db8::7]:4711"},
	} {
		x := newExchange(80, "a.example")
		x.ClientIP = netip.MustParseAddr("2001:db8::7")
		x.Conn.Remote = netip.AddrPortFrom(x.ClientIP, 4711)
		if got := sentOn(x, compile.Settings{ForwardedForPort: c.port}); !slices.Contains(got, c.want) {
			t.Errorf("%v: %q", c.port, got)
		}
	}
}
