package traffic

import (
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/model"
)

// securityGroups are those that a load balancer carries, with whom they let in. One that the world does not know lets in
// nobody, as an empty one does.
func (t *Traffic) securityGroups(ids []string) []model.SecurityGroup {
	var out []model.SecurityGroup
	for _, id := range ids {
		g := model.SecurityGroup{ID: id}
		if have, ok := t.options.World.SecurityGroup(id); ok {
			g.Name = have.Name
			for _, r := range have.Ingress {
				g.Ingress = append(g.Ingress, ingressRule(r))
			}
		}
		out = append(out, g)
	}
	return out
}

// ingressRule puts a rule into words of the model.
func ingressRule(r world.Rule) model.SecurityGroupRule {
	out := model.SecurityGroupRule{
		Protocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort, PrefixList: r.PrefixList, SecurityGroup: r.Group,
	}
	if r.CIDR.IsValid() {
		if out.CIDR = r.CIDR.String(); r.CIDR.Addr().Is6() {
			out.CIDR, out.CIDRv6 = "", out.CIDR
		}
	}
	return out
}
