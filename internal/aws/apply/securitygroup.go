package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

func (r *run) createSecurityGroup(ctx context.Context, op plan.Operation) error {
	vpc, err := r.o.VPC(ctx)
	if err != nil {
		return err
	}
	id, err := CreateSecurityGroup(ctx, r.clients.EC2, vpc, op.WantSecurityGroup)
	if err != nil {
		return err
	}
	r.fresh[id] = true
	r.s.SecurityGroups[op.SecurityGroup] = id
	return nil
}

// CreateSecurityGroup makes a group with its tags and without permissions, and gives its id.
func CreateSecurityGroup(ctx context.Context, c *ec2.Client, vpc string, g *model.SecurityGroup) (string, error) {
	in := &ec2.CreateSecurityGroupInput{GroupName: &g.Name, Description: &g.Description, VpcId: &vpc}
	if len(g.Tags) > 0 {
		in.TagSpecifications = []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeSecurityGroup, Tags: ec2Tags(g.Tags)}}
	}
	out, err := c.CreateSecurityGroup(ctx, in)
	if err != nil {
		return "", err
	}
	return *out.GroupId, nil
}

func ec2Tags(list []model.Tag) []ec2types.Tag {
	out := make([]ec2types.Tag, len(list))
	for i := range list {
		out[i] = ec2types.Tag{Key: &list[i].Key, Value: &list[i].Value}
	}
	return out
}

func (r *run) authorize(ctx context.Context, op plan.Operation) error {
	id := r.s.SecurityGroup(op.SecurityGroup)
	return r.seen(ctx, id, func() error {
		_, err := r.clients.EC2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: &id, IpPermissions: Permissions(op.Permissions, r.s.SecurityGroup),
		})
		return err
	})
}

func (r *run) revoke(ctx context.Context, op plan.Operation) error {
	id := r.s.SecurityGroup(op.SecurityGroup)
	_, err := r.clients.EC2.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &id, IpPermissions: Permissions(op.Permissions, r.s.SecurityGroup),
	})
	return err
}

func (r *run) deleteSecurityGroup(ctx context.Context, op plan.Operation) error {
	id := r.s.SecurityGroup(op.SecurityGroup)
	err := r.poll(ctx, patienceGroup, func() error {
		_, err := r.clients.EC2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &id})
		return err
	}, "DependencyViolation")
	if err != nil && !awserr.Is(err, "InvalidGroup.NotFound") {
		return err
	}
	delete(r.s.SecurityGroups, op.SecurityGroup)
	return nil
}

// Permissions are rules in the words of EC2: one permission for each protocol and range of ports, with all its sources.
// group gives the id of a security group that is named by its ID in the model; nil when all are ids already.
func Permissions(rules []model.SecurityGroupRule, group func(string) string) []ec2types.IpPermission {
	type span struct {
		protocol string
		from, to int32
	}
	at := map[span]int{}
	var out []ec2types.IpPermission
	for _, rule := range rules {
		s := span{rule.Protocol, rule.FromPort, rule.ToPort}
		i, ok := at[s]
		if !ok {
			i = len(out)
			at[s] = i
			p := ec2types.IpPermission{IpProtocol: &s.protocol}
			if s.protocol != "-1" {
				p.FromPort, p.ToPort = &s.from, &s.to
			}
			out = append(out, p)
		}
		addSource(&out[i], rule, group)
	}
	return out
}

func addSource(p *ec2types.IpPermission, rule model.SecurityGroupRule, group func(string) string) {
	var text *string
	if rule.Description != "" {
		text = &rule.Description
	}
	switch {
	case rule.CIDR != "":
		p.IpRanges = append(p.IpRanges, ec2types.IpRange{CidrIp: &rule.CIDR, Description: text})
	case rule.CIDRv6 != "":
		p.Ipv6Ranges = append(p.Ipv6Ranges, ec2types.Ipv6Range{CidrIpv6: &rule.CIDRv6, Description: text})
	case rule.PrefixList != "":
		p.PrefixListIds = append(p.PrefixListIds, ec2types.PrefixListId{PrefixListId: &rule.PrefixList, Description: text})
	default:
		id := rule.SecurityGroup
		if group != nil {
			id = group(id)
		}
		p.UserIdGroupPairs = append(p.UserIdGroupPairs, ec2types.UserIdGroupPair{GroupId: &id, Description: text})
	}
}
