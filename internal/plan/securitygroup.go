package plan

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

func (p *planner) securityGroups() {
	id := func(g *model.SecurityGroup) string { return g.ID }
	match(p.desired.SecurityGroups, p.observed.SecurityGroups, id, func(want, have *model.SecurityGroup) {
		switch {
		case have == nil:
			p.do(Operation{Call: CreateSecurityGroup, SecurityGroup: want.ID, WantSecurityGroup: want, Tags: want.Tags})
			if len(want.Ingress) > 0 {
				p.do(Operation{Call: AuthorizeSecurityGroupIngress, SecurityGroup: want.ID, Permissions: want.Ingress})
			}
		case want == nil:
			p.remove(Operation{Call: DeleteSecurityGroup, SecurityGroup: have.ID})
		default:
			if add := permissionsWithout(want.Ingress, have.Ingress); len(add) > 0 {
				p.do(Operation{Call: AuthorizeSecurityGroupIngress, SecurityGroup: want.ID, Permissions: add})
			}
			if drop := permissionsWithout(have.Ingress, want.Ingress); len(drop) > 0 {
				p.remove(Operation{Call: RevokeSecurityGroupIngress, SecurityGroup: want.ID, Permissions: drop})
			}
			p.tags(Operation{SecurityGroup: want.ID}, want.Tags, have.Tags)
		}
	})
}

// permissionsWithout is a less b and without repeats. Descriptions do not tell permissions apart: AWS refuses a second one
// that differs in nothing else.
func permissionsWithout(a, b []model.SecurityGroupRule) []model.SecurityGroupRule {
	var out []model.SecurityGroupRule
	for _, r := range a {
		same := func(x model.SecurityGroupRule) bool {
			x.Description = r.Description
			return x == r
		}
		if !slices.ContainsFunc(b, same) && !slices.ContainsFunc(out, same) {
			out = append(out, r)
		}
	}
	return out
}
