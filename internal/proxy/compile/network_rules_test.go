package compile_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// clients is the condition of a rule for address ranges.
func clients(ranges ...string) []model.Condition {
	return []model.Condition{{Field: model.SourceIP, Values: ranges}}
}

func TestRulesSendClientsElsewhereByTheirAddresses(t *testing.T) {
	u := nlb(model.Listener{Port: 80, Protocol: model.TCP, Rules: []model.Rule{
		{Priority: 20, Conditions: clients("192.0.2.0/24", "2001:db8::/32"), Actions: forwardTo("two")},
		{Priority: 10, Conditions: append(clients("192.0.2.0/24"), clients("192.0.2.128/25")...), Actions: forwardTo("one")},
		{Priority: 30, Conditions: clients("::/0"), Actions: forwardTo("two")},
	}})
	s, diags := apply(t, u)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	l := s.Network("nlb", 80)
	for client, want := range map[string]string{
		"192.0.2.200": "one", "192.0.2.100": "two", "2001:db8::7": "two", "::ffff:192.0.2.100": "two", "2001:db9::7": "two", "198.51.100.1": "one",
	} {
		if got := idOf(l.Choose(netip.MustParseAddr(client), 1, 2)); got != want {
			t.Errorf("%s goes to %q, want %q", client, got, want)
		}
	}
	if l.Retired("two") || l.Retired("one") || l.Retired("secure") {
		t.Error("a group in use is retired")
	}
	text := s.Explain("nlb", 80, compile.Probe{Remote: netip.MustParseAddr("192.0.2.1")}).String()
	if !strings.Contains(text, "rule 20 matches the client's address") || !strings.Contains(text, "sent to target group two") {
		t.Errorf("explained: %s", text)
	}
}

func TestAGroupIsRetiredWhenNoRuleGivesItAWeight(t *testing.T) {
	none := weighted(false, model.WeightedTargetGroup{TargetGroup: "two"}, model.WeightedTargetGroup{TargetGroup: "one", Weight: 1})
	s, _ := apply(t, nlb(
		model.Listener{Port: 80, Protocol: model.TCP, DefaultActions: none},
		model.Listener{Port: 81, Protocol: model.TCP, DefaultActions: none, Rules: []model.Rule{
			{Priority: 1, Conditions: clients("192.0.2.0/24"), Actions: forwardTo("two")},
		}},
	))
	if !s.Network("nlb", 80).Retired("two") || s.Network("nlb", 81).Retired("two") {
		t.Error("weights of 0 are told wrongly")
	}
}

func TestOnePortMayTakeStreamsAndDatagramsApart(t *testing.T) {
	u := nlb(
		model.Listener{Port: 53, Protocol: model.TCP}, model.Listener{Port: 53, Protocol: model.UDP, DefaultActions: forwardTo("datagrams")},
		model.Listener{Port: 54, Protocol: model.TCPUDP, DefaultActions: forwardTo("both")},
		model.Listener{Port: 443, Protocol: model.QUIC, DefaultActions: forwardTo("quic")},
	)
	u.Model.TargetGroups = append(u.Model.TargetGroups, model.TargetGroup{ID: "datagrams", Protocol: model.TargetUDP},
		model.TargetGroup{ID: "both", Protocol: model.TargetTCPUDP}, model.TargetGroup{ID: "quic", Protocol: model.TargetQUIC})
	s, diags := apply(t, u)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if a, b := s.Network("nlb", 53), s.Datagrams("nlb", 53); a == nil || b == nil || a == b || b.Protocol != model.UDP || b.QUIC() {
		t.Errorf("port 53: %v, %v", a, b)
	}
	if a, b := s.Network("nlb", 54), s.Datagrams("nlb", 54); a == nil || a != b {
		t.Errorf("port 54: %v, %v", a, b)
	}
	if a, b := s.Network("nlb", 443), s.Datagrams("nlb", 443); a != nil || b == nil || !b.QUIC() {
		t.Errorf("port 443: %v, %v", a, b)
	}
	if text := s.Explain("nlb", 443, compile.Probe{}).String(); !strings.Contains(text, "datagrams of protocol QUIC are forwarded") {
		t.Errorf("explained: %s", text)
	}
}

func TestSecurityGroupsSayWhoMayConnect(t *testing.T) {
	u := nlb(model.Listener{Port: 80, Protocol: model.TCP}, model.Listener{Port: 81, Protocol: model.TCP})
	lb := &u.Model.LoadBalancers[0]
	lb.SecurityGroups = []string{"mine", "empty"}
	u.Model.SecurityGroups = []model.SecurityGroup{{ID: "empty"}, {ID: "mine", Ingress: []model.SecurityGroupRule{
		{Protocol: "tcp", FromPort: 80, ToPort: 80, CIDR: "192.0.2.0/24"},
		{Protocol: "udp", FromPort: 80, ToPort: 80, CIDR: "0.0.0.0/0"},
		{Protocol: "-1", CIDRv6: "2001:db8::/32"},
		{Protocol: "tcp", FromPort: 0, ToPort: 65535, SecurityGroup: "empty"},
		{Protocol: "icmp", FromPort: 3, ToPort: 4, CIDR: "0.0.0.0/0"},
	}}}
	s, _ := apply(t, u)
	for _, c := range []struct {
		client    string
		port      int32
		datagrams bool
		want      bool
	}{
		{"192.0.2.1", 80, false, true},
		{"::ffff:192.0.2.1", 80, false, true},
		{"192.0.2.1", 81, false, false},
		{"198.51.100.1", 80, false, false},
		{"198.51.100.1", 80, true, true},
		{"198.51.100.1", 81, true, false},
		{"2001:db8::1", 81, false, true},
		{"2001:db8::1", 81, true, true},
		{"2001:db9::1", 81, false, false},
	} {
		if got := s.Network("nlb", c.port).Admits(netip.MustParseAddr(c.client), c.datagrams); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	text := s.Explain("nlb", 80, compile.Probe{Remote: netip.MustParseAddr("198.51.100.1")}).String()
	if !strings.Contains(text, "do not let this client in") {
		t.Errorf("explained: %s", text)
	}
	lb.SecurityGroups = []string{"mine", "sg-1"}
	if s, _ = apply(t, u); !s.Network("nlb", 81).Admits(anyone, false) {
		t.Error("a group that nobody knows lets nobody in")
	}
}

func TestServerNamesPassThroughUndecrypted(t *testing.T) {
	unit := func(host, group string) compile.Unit {
		return compile.Unit{Key: "nginx/" + host, Model: &model.Model{
			LoadBalancers: []model.LoadBalancer{{ID: "nginx", Dialect: model.DialectNginx, Listeners: []model.Listener{
				{Port: 443, Protocol: model.HTTPS, Passthrough: []model.Passthrough{{Host: host, TargetGroup: group}}},
			}}},
			TargetGroups: []model.TargetGroup{{ID: group, Protocol: model.TargetTCP}},
		}}
	}
	w := newWorld()
	s, _ := compile.Apply(nil, []compile.Unit{unit("a.example", "a"), unit("*.b.example", "b")}, nil, w.deps())
	l := s.Listener("nginx", 443)
	if !l.Passes() {
		t.Fatal("nothing passes")
	}
	for name, want := range map[string]string{"a.example": "a", "x.b.example": "b", "b.example": "", "x.y.b.example": "", "c.example": ""} {
		got := ""
		if to := l.Passthrough(name); to != nil {
			got = idOf(to.Choose(anyone, 1, 2))
		}
		if got != want {
			t.Errorf("%s goes to %q, want %q", name, got, want)
		}
	}
	next, _ := compile.Apply(s, nil, []string{"nginx/a.example"}, w.deps())
	if l := next.Listener("nginx", 443); l.Passthrough("a.example") != nil || l.Passthrough("x.b.example") == nil {
		t.Error("a name outlives its unit, or another one does not")
	}
	if l.Passthrough("a.example") == nil {
		t.Error("the snapshot before was changed")
	}
}

func TestTheProxyProtocolIsBelievedFromTrustedPeers(t *testing.T) {
	u := func(ranges ...string) compile.Unit {
		return compile.Unit{Key: "base", Model: &model.Model{LoadBalancers: []model.LoadBalancer{{
			ID: "nginx", Dialect: model.DialectNginx, Listeners: []model.Listener{
				{Port: 80, Protocol: model.HTTP, ProxyProtocol: &model.ProxyProtocol{TrustedCIDRs: ranges}}, {Port: 81, Protocol: model.HTTP},
			},
		}}}}
	}
	s, _ := apply(t, u("10.0.0.0/8"))
	p := s.Listener("nginx", 80).ProxyProtocol
	if p == nil || p.Timeout <= 0 || !p.Believes(netip.MustParseAddr("::ffff:10.1.2.3")) || p.Believes(anyone) {
		t.Errorf("%+v", p)
	}
	if s.Listener("nginx", 81).ProxyProtocol != nil {
		t.Error("a port that was not asked expects headers")
	}
	if s, _ = apply(t, u()); !s.Listener("nginx", 80).ProxyProtocol.Believes(anyone) {
		t.Error("without ranges somebody is not believed")
	}
}
