package targets

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
)

func TestPermissionsOfBindingsAreBroughtTogether(t *testing.T) {
	one := func(protocol, group, cidr, cidr6 string, from, to int32) model.SecurityGroupRule {
		return model.SecurityGroupRule{
			Protocol: protocol, SecurityGroup: group, CIDR: cidr, CIDRv6: cidr6, FromPort: from, ToPort: to, Description: Description,
		}
	}
	pods := []Endpoint{{ID: "10.0.0.1", Ports: map[string]int32{"web": 8080}}, {ID: "10.0.0.2", Ports: map[string]int32{"web": 9090}}, {ID: "10.0.0.3"}}
	rules := []model.BindingRule{
		{SecurityGroup: "sg-1", Ports: []model.BindingPort{{Protocol: "TCP", Port: "web"}, {Protocol: "UDP", Port: "53"}}},
		{CIDR: "192.0.2.0/24", Ports: []model.BindingPort{{Port: "80"}}},
		{CIDR: "2001:db8::/32", Ports: []model.BindingPort{{Port: ""}}},
	}
	each := permissions(rules, pods)
	want := []model.SecurityGroupRule{
		one("tcp", "", "", "2001:db8::/32", 0, 65535), one("tcp", "", "192.0.2.0/24", "", 80, 80),
		one("tcp", "sg-1", "", "", 8080, 8080), one("tcp", "sg-1", "", "", 9090, 9090), one("udp", "sg-1", "", "", 53, 53),
	}
	if d := cmp.Diff(want, each); d != "" {
		t.Errorf("of one binding: %s", d)
	}
	spans := []model.SecurityGroupRule{want[0], want[1], one("tcp", "sg-1", "", "", 8080, 9090), want[4]}
	if d := cmp.Diff(spans, merged(append(each, each...), false)); d != "" {
		t.Errorf("together: %s", d)
	}
	if d := cmp.Diff(want, merged(append(each, each...), true)); d != "" {
		t.Errorf("one by one: %s", d)
	}
	all := append(each, permissions([]model.BindingRule{{SecurityGroup: "sg-1", Ports: []model.BindingPort{{Protocol: "TCP"}}}}, nil)...)
	if got := merged(all, false); got[2] != one("tcp", "sg-1", "", "", 0, 65535) {
		t.Errorf("a rule without a port did not widen the span: %+v", got[2])
	}
}
