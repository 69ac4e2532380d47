package compile_test

import (
	"crypto/tls"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

var anyone = netip.MustParseAddr("192.0.2.1")

// nlb is the unit of a network load balancer with TCP groups "one" and "two" and a TLS group "secure".
func nlb(listeners ...model.Listener) compile.Unit {
	for i := range listeners {
		listeners[i].DefaultSource = model.Source{Kind: "Service", Namespace: "shop", Name: "web"}
		if listeners[i].DefaultActions == nil {
			listeners[i].DefaultActions = forwardTo("one")
		}
	}
	return compile.Unit{Key: "nlb/shop/web", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "nlb", Name: "k8s-web", Type: model.Network, Listeners: listeners}},
		TargetGroups: []model.TargetGroup{
			{ID: "one", Protocol: model.TargetTCP},
			{ID: "two", Protocol: model.TargetTCP},
			{ID: "secure", Protocol: model.TargetTLS},
			{ID: "http", Protocol: model.TargetHTTP},
			{ID: "sticky", Protocol: model.TargetTCP, Attributes: []model.Attribute{{Key: "stickiness.enabled", Value: "true"}}},
		},
	}}
}

func weighted(sticky bool, groups ...model.WeightedTargetGroup) []model.Action {
	return []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: groups, Stickiness: &model.GroupStickiness{Enabled: sticky},
	}}}
}

func idOf(g exchange.Group) string {
	if g == nil {
		return ""
	}
	return g.ID()
}

func TestNetworkListenersCarryWhatTheModelSays(t *testing.T) {
	u := nlb(
		model.Listener{Port: 80, Protocol: model.TCP, Attributes: []model.Attribute{{Key: "tcp.idle_timeout.seconds", Value: "60"}}},
		model.Listener{Port: 81, Protocol: model.TCP},
		model.Listener{
			Port: 443, Protocol: model.TLS, ALPNPolicy: "HTTP2Preferred", SSLPolicy: "ELBSecurityPolicy-2016-08", DefaultCertificate: "a", Certificates: []string{"b"},
			DefaultActions: forwardTo("secure"), Attributes: []model.Attribute{{Key: "tcp.idle_timeout.seconds", Value: "60"}},
		},
	)
	u.Model.LoadBalancers[0].Attributes = []model.Attribute{{Key: "load_balancing.cross_zone.enabled", Value: "true"}}
	u.Model.Certificates = []model.Certificate{certificate(t, "a", "ecdsa", "a.example"), certificate(t, "b", "ecdsa", "b.example")}
	s, diags := apply(t, u)
	if len(diags) != 1 || diags[0].Code != diag.NetworkSettingIgnored.Code { // the idle timeout of a TLS listener
		t.Fatal(diags)
	}
	if l := s.Network("nlb", 80); l.IdleTimeout != time.Minute || !l.CrossZone || l.TLS() || idOf(l.Choose(anyone, 1, 2)) != "one" || l.Certificate(&tls.ClientHelloInfo{}) != nil {
		t.Errorf("port 80 is %+v", l)
	}
	if l := s.Network("nlb", 81); l.IdleTimeout != 350*time.Second {
		t.Errorf("port 81 is %+v", l)
	}
	l := s.Network("nlb", 443)
	if l.IdleTimeout != 350*time.Second || !slices.Equal(l.ALPN, []string{"h2", "http/1.1", "http/1.0"}) || idOf(l.Choose(anyone, 1, 2)) != "secure" {
		t.Errorf("port 443 is %+v", l)
	}
	for name, want := range map[string]string{"a.example": "a", "b.example": "b", "c.example": "a"} {
		if got := l.Certificate(&tls.ClientHelloInfo{ServerName: name}); got == nil || got.ID != want {
			t.Errorf("%s gets %v", name, got)
		}
	}
	if s.Listener("nlb", 80) != nil || len(s.Listeners()) != 0 || len(s.Networks()) != 3 || s.Network("nlb", 82) != nil {
		t.Error("network listeners are mixed up with those for HTTP")
	}
}

func TestWhatNetworkListenersCannotDoIsReportedAndNotServed(t *testing.T) {
	for _, c := range []struct {
		name     string
		listener model.Listener
		code     diag.Code
		served   bool
		says     string
	}{
		{"UDP before TCP", model.Listener{Protocol: model.UDP}, diag.NetworkGroupUnfit.Code, false, "the listener's is UDP"},
		{"TCP_UDP before TCP", model.Listener{Protocol: model.TCPUDP}, diag.NetworkGroupUnfit.Code, true, "TCP_UDP"},
		{"QUIC before TCP", model.Listener{Protocol: model.QUIC}, diag.NetworkGroupUnfit.Code, false, "QUIC"},
		{"TCP_QUIC before TCP", model.Listener{Protocol: model.TCPQUIC}, diag.NetworkGroupUnfit.Code, true, "TCP_QUIC"},
		{"HTTP", model.Listener{Protocol: model.HTTP}, diag.NetworkListenerLeftOut.Code, false, "have no listeners of protocol HTTP"},
		{"an answer of its own", model.Listener{Protocol: model.TCP, DefaultActions: notFound()}, diag.NetworkListenerLeftOut.Code, false, "not a forward"},
		{"no action", model.Listener{Protocol: model.TCP, DefaultActions: []model.Action{}}, diag.NetworkListenerLeftOut.Code, false, "not a forward"},
		{"no weight", model.Listener{Protocol: model.TCP, DefaultActions: weighted(false, model.WeightedTargetGroup{TargetGroup: "one"})}, diag.NetworkListenerLeftOut.Code, false, "has a weight"},
		{"a group of HTTP", model.Listener{Protocol: model.TCP, DefaultActions: forwardTo("http")}, diag.NetworkGroupUnfit.Code, true, "its protocol is HTTP"},
		{"TLS behind TCP", model.Listener{Protocol: model.TCP, DefaultActions: forwardTo("secure")}, diag.NetworkGroupUnfit.Code, true, "its protocol is TLS"},
		{"an unknown group", model.Listener{Protocol: model.TCP, DefaultActions: forwardTo("arn:aws:x")}, diag.NetworkGroupUnfit.Code, true, "no targets that this proxy knows"},
		{"an unknown policy", model.Listener{Protocol: model.TLS, ALPNPolicy: "HTTP3"}, diag.ALPNPolicyUnknown.Code, true, "HTTP3"},
		{"a bad attribute", model.Listener{Protocol: model.TCP, Attributes: []model.Attribute{{Key: "tcp.idle_timeout.seconds", Value: "59"}}}, diag.AttributeInvalid.Code, true, "60 to 6000"},
		{"a rule for paths", model.Listener{Protocol: model.TCP, Rules: []model.Rule{{
			Priority: 1, Conditions: []model.Condition{{Field: model.PathPattern, Values: []string{"/"}}}, Actions: forwardTo("two"),
		}}}, diag.RuleLeftOut.Code, true, "nothing but source addresses"},
		{"a rule that answers", model.Listener{Protocol: model.TCP, Rules: []model.Rule{{
			Priority: 1, Conditions: clients("192.0.2.0/24"), Actions: notFound(),
		}}}, diag.RuleLeftOut.Code, true, "nothing but forward"},
		{"a rule for no range", model.Listener{Protocol: model.TCP, Rules: []model.Rule{{
			Priority: 1, Conditions: clients("example"), Actions: forwardTo("two"),
		}}}, diag.RuleLeftOut.Code, true, "no address range"},
		{"a rule without weights", model.Listener{Protocol: model.TCP, Rules: []model.Rule{{
			Priority: 1, Conditions: clients("192.0.2.0/24"), Actions: weighted(false, model.WeightedTargetGroup{TargetGroup: "two"}),
		}}}, diag.RuleLeftOut.Code, true, "has a weight"},
		{"sticky groups with TLS", model.Listener{Protocol: model.TLS, DefaultActions: weighted(true,
			model.WeightedTargetGroup{TargetGroup: "one", Weight: 1}, model.WeightedTargetGroup{TargetGroup: "two", Weight: 1})}, diag.GroupStickinessIgnored.Code, true, "stickiness"},
		{"sticky targets with TLS", model.Listener{Protocol: model.TLS, DefaultActions: forwardTo("sticky")}, diag.NetworkSettingIgnored.Code, true, "stickiness of target group sticky has no effect at port 80"},
		{"an idle timeout with TLS", model.Listener{Protocol: model.TLS, Attributes: []model.Attribute{{Key: "tcp.idle_timeout.seconds", Value: "600"}}}, diag.NetworkSettingIgnored.Code, true, "350 seconds"},
	} {
		c.listener.Port = 80
		empty := len(c.listener.DefaultActions) == 0 && c.listener.DefaultActions != nil
		u := nlb(c.listener)
		if empty {
			u.Model.LoadBalancers[0].Listeners[0].DefaultActions = nil
		}
		s, diags := apply(t, u)
		if len(diags) != 1 || diags[0].Code != c.code || !strings.Contains(diags[0].String(), c.says) {
			t.Errorf("%s: %v", c.name, diags)
		}
		l := s.Network("nlb", 80)
		if (l != nil) != c.served {
			t.Errorf("%s: served: %v", c.name, l != nil)
		}
		if c.code == diag.NetworkGroupUnfit.Code && l != nil && l.Choose(anyone, 1, 2) != nil {
			t.Errorf("%s: connections get %s", c.name, l.Choose(anyone, 1, 2).ID())
		}
	}
}

func TestConnectionsAreDividedByWeightAndKeptByAddress(t *testing.T) {
	groups := []model.WeightedTargetGroup{{TargetGroup: "one", Weight: 3}, {TargetGroup: "two", Weight: 1}}
	s, _ := apply(t, nlb(
		model.Listener{Port: 80, Protocol: model.TCP, DefaultActions: weighted(false, groups...)},
		model.Listener{Port: 81, Protocol: model.TCP, DefaultActions: weighted(true, groups...)},
	))
	random := rand.New(rand.NewPCG(1, 2))
	count := map[string]int{}
	for range 4000 {
		flow, source := random.Uint64(), random.Uint64()
		count[idOf(s.Network("nlb", 80).Choose(anyone, flow, source))]++
		sticky := s.Network("nlb", 81)
		if sticky.Choose(anyone, flow, source) != sticky.Choose(anyone, random.Uint64(), source) {
			t.Fatal("one address went to two groups")
		}
	}
	if count["one"] < 2800 || count["one"] > 3200 || count["one"]+count["two"] != 4000 {
		t.Errorf("of 4000 with weights 3 and 1: %v", count)
	}
}

func TestAChangeElsewhereKeepsANetworkListenerAsItIs(t *testing.T) {
	w := newWorld()
	s, _ := compile.Apply(nil, []compile.Unit{nlb(model.Listener{Port: 80, Protocol: model.TCP}), albGroup("g")}, nil, w.deps())
	next, _ := compile.Apply(s, []compile.Unit{albGroup("g", rule(1, "", "/", forwardTo("web")))}, nil, w.deps())
	if s.Network("nlb", 80) != next.Network("nlb", 80) {
		t.Error("it was compiled anew")
	}
	next, _ = compile.Apply(next, nil, []string{"nlb/shop/web"}, w.deps())
	if next.Network("nlb", 80) != nil || len(next.Dropped()) != 5 {
		t.Errorf("it outlives its unit; dropped %v", next.Dropped())
	}
}

// listing is a target group that tells its targets.
type listing struct{ fakeGroup }

func (*listing) UsableTargets(bool) []string { return []string{"10.0.0.1:80", "10.0.0.2:80"} }

func TestExplainTellsTheTargetGroupsOfANetworkListener(t *testing.T) {
	u := nlb(model.Listener{Port: 443, Protocol: model.TLS, ALPNPolicy: "HTTP2Only", DefaultCertificate: "a", DefaultActions: weighted(false,
		model.WeightedTargetGroup{TargetGroup: "one", Weight: 3}, model.WeightedTargetGroup{TargetGroup: "http", Weight: 1},
		model.WeightedTargetGroup{TargetGroup: "two"})})
	u.Model.Certificates = []model.Certificate{certificate(t, "a", "ecdsa", "a.example")}
	s, _ := compile.Apply(nil, []compile.Unit{u}, nil, compile.Deps{Group: func(tg *model.TargetGroup) exchange.Group {
		return &listing{fakeGroup{id: tg.ID}}
	}})
	trace := s.Explain("nlb", 443, compile.Probe{Host: "a.example"})
	want := "load balancer nlb, port 443\n" +
		"certificate a\n" +
		"speaks TLS 1.0 to TLS 1.2, security policy ELBSecurityPolicy-2016-08\n" +
		"the certificate is for a.example\n" +
		"every connection of protocol TLS is forwarded as it comes, without a look at what it carries (Service shop/web)\n" +
		"agrees with clients on one of h2\n" +
		"sent to target group one (weight 3 of 4)\n" +
		"  at one of 10.0.0.1:80, 10.0.0.2:80\n" +
		"sent to target group http (weight 1 of 4)\n" +
		"  which cannot be used: its connections are reset\n" +
		"target group two gets none (weight 0)\n"
	if got := trace.String(); got != want {
		t.Errorf("got:\n%s", got)
	}
	if trace.Group != "one" || trace.Weight != 3 || trace.Total != 4 {
		t.Errorf("trace is %+v", trace)
	}
}

// zoned is a target group whose targets all are in another zone.
type zoned struct{ fakeGroup }

func (*zoned) UsableTargets(crossZone bool) []string {
	if crossZone {
		return []string{"10.0.0.1:80"}
	}
	return nil
}

func TestExplainSaysWhenATargetGroupHasNobodyInTheZone(t *testing.T) {
	for crossZone, want := range map[string]string{
		"true":  "  at one of 10.0.0.1:80\n",
		"false": "  which has no target that may be used here: its connections are reset\n",
	} {
		u := nlb(model.Listener{Port: 80, Protocol: model.TCP})
		u.Model.LoadBalancers[0].Attributes = []model.Attribute{{Key: "load_balancing.cross_zone.enabled", Value: crossZone}}
		s, _ := compile.Apply(nil, []compile.Unit{u}, nil, compile.Deps{Group: func(tg *model.TargetGroup) exchange.Group {
			return &zoned{fakeGroup{id: tg.ID}}
		}})
		if got := s.Explain("nlb", 80, compile.Probe{}).String(); !strings.HasSuffix(got, want) {
			t.Errorf("with cross-zone load balancing %s:\n%s", crossZone, got)
		}
	}
}
