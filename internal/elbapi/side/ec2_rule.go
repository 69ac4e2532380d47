package side

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// maxRules is EC2's default for the rules of a security group in one direction, for IPv4 and IPv6 apart.
const maxRules = 60

// AuthorizeSecurityGroupIngress adds rules for what may come in: all of them or none.
func (s *Side) AuthorizeSecurityGroupIngress(_ context.Context, in *ec2.AuthorizeSecurityGroupIngressInput) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	a := asked{in.IpPermissions, in.CidrIp, in.IpProtocol, in.FromPort, in.ToPort, in.SourceSecurityGroupName, in.SourceSecurityGroupOwnerId}
	rules, err := s.authorize(in.GroupId, in.GroupName, a, in.TagSpecifications, false)
	if err != nil {
		return nil, err
	}
	return &ec2.AuthorizeSecurityGroupIngressOutput{Return: aws.Bool(true), SecurityGroupRules: rules}, nil
}

// AuthorizeSecurityGroupEgress adds rules for what may go out.
func (s *Side) AuthorizeSecurityGroupEgress(_ context.Context, in *ec2.AuthorizeSecurityGroupEgressInput) (*ec2.AuthorizeSecurityGroupEgressOutput, error) {
	a := asked{in.IpPermissions, in.CidrIp, in.IpProtocol, in.FromPort, in.ToPort, in.SourceSecurityGroupName, in.SourceSecurityGroupOwnerId}
	rules, err := s.authorize(in.GroupId, nil, a, in.TagSpecifications, true)
	if err != nil {
		return nil, err
	}
	return &ec2.AuthorizeSecurityGroupEgressOutput{Return: aws.Bool(true), SecurityGroupRules: rules}, nil
}

// RevokeSecurityGroupIngress removes rules for what may come in: all of them or none.
func (s *Side) RevokeSecurityGroupIngress(_ context.Context, in *ec2.RevokeSecurityGroupIngressInput) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	a := asked{in.IpPermissions, in.CidrIp, in.IpProtocol, in.FromPort, in.ToPort, in.SourceSecurityGroupName, in.SourceSecurityGroupOwnerId}
	rules, err := s.revoke(in.GroupId, in.GroupName, a, in.SecurityGroupRuleIds, false)
	if err != nil {
		return nil, err
	}
	return &ec2.RevokeSecurityGroupIngressOutput{Return: aws.Bool(true), RevokedSecurityGroupRules: rules}, nil
}

// RevokeSecurityGroupEgress removes rules for what may go out.
func (s *Side) RevokeSecurityGroupEgress(_ context.Context, in *ec2.RevokeSecurityGroupEgressInput) (*ec2.RevokeSecurityGroupEgressOutput, error) {
	a := asked{in.IpPermissions, in.CidrIp, in.IpProtocol, in.FromPort, in.ToPort, in.SourceSecurityGroupName, in.SourceSecurityGroupOwnerId}
	rules, err := s.revoke(in.GroupId, nil, a, in.SecurityGroupRuleIds, true)
	if err != nil {
		return nil, err
	}
	return &ec2.RevokeSecurityGroupEgressOutput{Return: aws.Bool(true), RevokedSecurityGroupRules: rules}, nil
}

// rulesOf is where the rules of one direction are kept.
func rulesOf(g *world.SecurityGroup, egress bool) *[]world.Rule {
	if egress {
		return &g.Egress
	}
	return &g.Ingress
}

func (s *Side) authorize(id, name *string, a asked, specs []types.TagSpecification, egress bool) ([]types.SecurityGroupRule, error) {
	tags, err := specified(specs, types.ResourceTypeSecurityGroupRule)
	if err != nil {
		return nil, err
	}
	var out []types.SecurityGroupRule
	err = s.world.Change(func(st *world.State) error {
		g, err := groupOf(st, id, name)
		if err != nil {
			return err
		}
		add, err := a.rules(st, g)
		if err != nil {
			return err
		}
		have := rulesOf(g, egress)
		for _, r := range add {
			if slices.ContainsFunc(*have, func(h world.Rule) bool { return h.Match == r.Match }) {
				return wire.Errorf("InvalidPermission.Duplicate", "the specified rule \"%s\" already exists", describe(r.Match))
			}
		}
		if err := withinLimit(st, slices.Concat(*have, add)); err != nil {
			return err
		}
		for _, r := range add {
			r.ID, r.Tags = st.NewID("sgr"), maps.Clone(tags)
			*have = append(*have, r)
			out = append(out, showRule(st, located{g, r, egress}))
		}
		return nil
	})
	return out, err
}

// describe is how EC2 words a rule that is there already.
func describe(m world.Match) string {
	peer := m.Group + m.PrefixList
	if m.CIDR.IsValid() {
		peer = m.CIDR.String()
	}
	switch {
	case m.Protocol == "-1":
		return "peer: " + peer + ", ALL, ALLOW"
	case hasPorts(m):
		return fmt.Sprintf("peer: %s, %s, from port: %d, to port: %d, ALLOW", peer, m.Protocol, m.FromPort, m.ToPort)
	}
	return fmt.Sprintf("peer: %s, protocol: %s, ALLOW", peer, m.Protocol)
}

// withinLimit counts rules the way EC2 does: IPv4 and IPv6 apart, groups and prefix lists for both, prefix lists as many
// times as they have entries.
func withinLimit(st *world.State, rules []world.Rule) error {
	v4, v6 := 0, 0
	for _, r := range rules {
		n := 1
		if p := st.PrefixLists[r.PrefixList]; p != nil {
			n = p.Counts()
		}
		if !r.CIDR.IsValid() || r.CIDR.Addr().Is4() {
			v4 += n
		}
		if !r.CIDR.IsValid() || r.CIDR.Addr().Is6() {
			v6 += n
		}
	}
	if v4 > maxRules || v6 > maxRules {
		return wire.Errorf("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	return nil
}

func (s *Side) revoke(id, name *string, a asked, ids []string, egress bool) ([]types.RevokedSecurityGroupRule, error) {
	out := []types.RevokedSecurityGroupRule{}
	err := s.world.Change(func(st *world.State) error {
		g, err := groupOf(st, id, name)
		if err != nil {
			return err
		}
		have := rulesOf(g, egress)
		var gone func(world.Rule) bool
		if len(ids) > 0 {
			for _, id := range ids {
				if !slices.ContainsFunc(*have, func(r world.Rule) bool { return r.ID == id }) {
					return wire.Errorf("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
				}
			}
			gone = func(r world.Rule) bool { return slices.Contains(ids, r.ID) }
		} else {
			remove, err := a.rules(st, g)
			if err != nil {
				return err
			}
			match := map[world.Match]bool{}
			for _, r := range remove {
				match[r.Match] = true
				if !slices.ContainsFunc(*have, func(h world.Rule) bool { return h.Match == r.Match }) {
					return wire.Errorf("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
				}
			}
			gone = func(r world.Rule) bool { return match[r.Match] }
		}
		for _, r := range *have {
			if gone(r) {
				out = append(out, showRevoked(g.ID, r, egress))
			}
		}
		*have = slices.DeleteFunc(*have, gone)
		return nil
	})
	return out, err
}

// located is a rule with where it stands.
type located struct {
	group  *world.SecurityGroup
	rule   world.Rule
	egress bool
}

// DescribeSecurityGroupRules lists rules one by one.
func (s *Side) DescribeSecurityGroupRules(_ context.Context, in *ec2.DescribeSecurityGroupRulesInput) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeSecurityGroupRulesOutput, error) {
		var all []located
		for _, g := range world.Sorted(st.SecurityGroups) {
			for _, r := range g.Ingress {
				all = append(all, located{g, r, false})
			}
			for _, r := range g.Egress {
				all = append(all, located{g, r, true})
			}
		}
		k := kind[located]{
			missing: "InvalidSecurityGroupRuleId.NotFound", noun: "security group rule ID",
			id:   func(l located) string { return l.rule.ID },
			tags: func(l located) world.Tags { return l.rule.Tags },
			fields: map[string]func(located) []string{
				"group-id":               one(func(l located) string { return l.group.ID }),
				"security-group-rule-id": one(func(l located) string { return l.rule.ID }),
			},
		}
		slices.SortFunc(all, func(a, b located) int { return cmp.Compare(a.rule.ID, b.rule.ID) })
		rows, next, err := k.list(all, query{in.SecurityGroupRuleIds, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeSecurityGroupRulesOutput{
			NextToken: next, SecurityGroupRules: shown(rows, func(l located) types.SecurityGroupRule { return showRule(st, l) }),
		}, nil
	})
}

func showRule(st *world.State, l located) types.SecurityGroupRule {
	r := l.rule
	revoked := showRevoked(l.group.ID, r, l.egress)
	out := types.SecurityGroupRule{
		SecurityGroupRuleId: aws.String(r.ID), SecurityGroupRuleArn: aws.String(st.Identity.ARN("ec2", "security-group-rule/"+r.ID)),
		GroupId: revoked.GroupId, GroupOwnerId: aws.String(st.Identity.Account), IsEgress: revoked.IsEgress,
		IpProtocol: revoked.IpProtocol, FromPort: revoked.FromPort, ToPort: revoked.ToPort,
		CidrIpv4: revoked.CidrIpv4, CidrIpv6: revoked.CidrIpv6, PrefixListId: revoked.PrefixListId,
		Description: revoked.Description, Tags: ec2Tags(r.Tags),
	}
	if r.Group != "" {
		out.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: aws.String(r.Group), UserId: aws.String(st.Identity.Account)}
	}
	return out
}

func showRevoked(group string, r world.Rule, egress bool) types.RevokedSecurityGroupRule {
	out := types.RevokedSecurityGroupRule{
		SecurityGroupRuleId: aws.String(r.ID), GroupId: aws.String(group), IsEgress: aws.Bool(egress),
		IpProtocol: aws.String(r.Protocol), FromPort: aws.Int32(r.FromPort), ToPort: aws.Int32(r.ToPort),
	}
	if r.Description != "" {
		out.Description = aws.String(r.Description)
	}
	switch {
	case r.Group != "":
		out.ReferencedGroupId = aws.String(r.Group)
	case r.PrefixList != "":
		out.PrefixListId = aws.String(r.PrefixList)
	case r.CIDR.Addr().Is4():
		out.CidrIpv4 = aws.String(r.CIDR.String())
	default:
		out.CidrIpv6 = aws.String(r.CIDR.String())
	}
	return out
}
