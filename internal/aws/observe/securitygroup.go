package observe

import (
	"cmp"
	"slices"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// SecurityGroupFrom is a security group in the model's words, its permissions one by one and in order.
func SecurityGroupFrom(g *ec2types.SecurityGroup) model.SecurityGroup {
	out := model.SecurityGroup{ID: value(g.GroupId), Name: value(g.GroupName), Description: value(g.Description)}
	for _, t := range g.Tags {
		out.Tags = append(out.Tags, model.Tag{Key: value(t.Key), Value: value(t.Value)})
	}
	out.Tags = sortedTags(out.Tags)
	for _, p := range g.IpPermissions {
		out.Ingress = append(out.Ingress, permissionsFrom(p)...)
	}
	slices.SortFunc(out.Ingress, comparePermissions)
	return out
}

func permissionsFrom(p ec2types.IpPermission) []model.SecurityGroupRule {
	var out []model.SecurityGroupRule
	base := model.SecurityGroupRule{Protocol: value(p.IpProtocol), FromPort: value(p.FromPort), ToPort: value(p.ToPort)}
	for _, r := range p.IpRanges {
		one := base
		one.CIDR, one.Description = value(r.CidrIp), value(r.Description)
		out = append(out, one)
	}
	for _, r := range p.Ipv6Ranges {
		one := base
		one.CIDRv6, one.Description = value(r.CidrIpv6), value(r.Description)
		out = append(out, one)
	}
	for _, r := range p.PrefixListIds {
		one := base
		one.PrefixList, one.Description = value(r.PrefixListId), value(r.Description)
		out = append(out, one)
	}
	for _, r := range p.UserIdGroupPairs {
		one := base
		one.SecurityGroup, one.Description = value(r.GroupId), value(r.Description)
		out = append(out, one)
	}
	return out
}

func comparePermissions(a, b model.SecurityGroupRule) int {
	return cmp.Or(
		cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.FromPort, b.FromPort), cmp.Compare(a.ToPort, b.ToPort),
		cmp.Compare(a.CIDR, b.CIDR), cmp.Compare(a.CIDRv6, b.CIDRv6), cmp.Compare(a.PrefixList, b.PrefixList),
		cmp.Compare(a.SecurityGroup, b.SecurityGroup), cmp.Compare(a.Description, b.Description),
	)
}
