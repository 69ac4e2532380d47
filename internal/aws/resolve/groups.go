package resolve

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

// securityGroups finds a group by its id, or by its Name tag in the VPC. In the answer a group has the name that was asked for.
func (r *Resolver) securityGroups(ctx context.Context, name string) ([]lookup.SecurityGroup, error) {
	return rememberList(ctx, &r.memory, "group/"+name, keepGroups, func(ctx context.Context) ([]lookup.SecurityGroup, error) {
		filter := func(key string, value string) ec2types.Filter {
			return ec2types.Filter{Name: &key, Values: []string{value}}
		}
		in := &ec2.DescribeSecurityGroupsInput{Filters: []ec2types.Filter{filter("group-id", name)}}
		if !strings.HasPrefix(name, "sg-") {
			vpc, err := r.VPC(ctx)
			if err != nil {
				return nil, err
			}
			in.Filters = []ec2types.Filter{filter("tag:Name", name), filter("vpc-id", vpc)}
		}
		out := []lookup.SecurityGroup{}
		pages := ec2.NewDescribeSecurityGroupsPaginator(r.clients.EC2, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, awserr.Wrap("DescribeSecurityGroups", name, err)
			}
			for _, g := range page.SecurityGroups {
				out = append(out, lookup.SecurityGroup{ID: value(g.GroupId), Name: name})
			}
		}
		return out, nil
	})
}

// targetGroups finds a target group by its name; none when there is no such one.
func (r *Resolver) targetGroups(ctx context.Context, name string) ([]lookup.TargetGroup, error) {
	return rememberList(ctx, &r.memory, "targetgroup/"+name, keepTargetGroup, func(ctx context.Context) ([]lookup.TargetGroup, error) {
		out, err := r.clients.ELB.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{Names: []string{name}})
		if awserr.Is(err, "TargetGroupNotFound") {
			return []lookup.TargetGroup{}, nil
		}
		if err != nil {
			return nil, awserr.Wrap("DescribeTargetGroups", name, err)
		}
		list := []lookup.TargetGroup{}
		for _, g := range out.TargetGroups {
			list = append(list, lookup.TargetGroup{ARN: value(g.TargetGroupArn), Name: value(g.TargetGroupName)})
		}
		return list, nil
	})
}
