package targets

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Group is what AWS says of a target group.
type Group struct {
	ARN           string
	Type          model.TargetType
	Protocol      model.TargetProtocol
	IPAddressType model.IPAddressType
	VPC           string
}

// Describe looks up a target group by its ARN, or by its name when that is empty.
func (r *Registrar) Describe(ctx context.Context, arn, name string) (Group, error) {
	in := &elbv2.DescribeTargetGroupsInput{TargetGroupArns: []string{arn}}
	what := arn
	if arn == "" {
		in, what = &elbv2.DescribeTargetGroupsInput{Names: []string{name}}, name
	}
	out, err := r.clients.ELB.DescribeTargetGroups(ctx, in)
	if err != nil {
		return Group{}, awserr.Wrap("DescribeTargetGroups", what, err)
	}
	for i := range out.TargetGroups {
		t := &out.TargetGroups[i]
		return Group{
			ARN: value(t.TargetGroupArn), Type: model.TargetType(t.TargetType), Protocol: model.TargetProtocol(t.Protocol),
			IPAddressType: model.IPAddressType(t.IpAddressType), VPC: value(t.VpcId),
		}, nil
	}
	return Group{}, nil
}
