package apply

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

func (r *run) createTargetGroup(ctx context.Context, op plan.Operation) error {
	vpc, err := r.o.VPC(ctx)
	if err != nil {
		return err
	}
	want := op.WantTargetGroup
	in := &elbv2.CreateTargetGroupInput{
		Name: &want.Name, VpcId: &vpc, TargetType: elbtypes.TargetTypeEnum(want.Type), Protocol: elbtypes.ProtocolEnum(want.Protocol),
		Port: &want.Port, IpAddressType: elbtypes.TargetGroupIpAddressTypeEnum(want.IPAddressType),
		ProtocolVersion: text(string(want.ProtocolVersion)), TargetControlPort: number(want.ControlPort), Tags: elbTags(op.Tags),
	}
	if h := want.HealthCheck; h != nil {
		in.HealthCheckProtocol, in.HealthCheckPort, in.HealthCheckPath = elbtypes.ProtocolEnum(h.Protocol), text(h.Port), text(h.Path)
		in.HealthCheckIntervalSeconds, in.HealthCheckTimeoutSeconds = number(h.IntervalSeconds), number(h.TimeoutSeconds)
		in.HealthyThresholdCount, in.UnhealthyThresholdCount = number(h.HealthyThreshold), number(h.UnhealthyThreshold)
		in.Matcher = matcher(h)
	}
	out, err := r.clients.ELB.CreateTargetGroup(ctx, in)
	if err != nil {
		return err
	}
	arn := *out.TargetGroups[0].TargetGroupArn
	r.fresh[arn] = true
	r.s.TargetGroups[op.TargetGroup] = arn
	r.o.Made(arn)
	r.o.Tagged(arn, want.Tags)
	return nil
}

func matcher(h *model.HealthCheck) *elbtypes.Matcher {
	if h.HTTPCodes == "" && h.GRPCCodes == "" {
		return nil
	}
	return &elbtypes.Matcher{HttpCode: text(h.HTTPCodes), GrpcCode: text(h.GRPCCodes)}
}

func (r *run) modifyTargetGroup(ctx context.Context, op plan.Operation) error {
	h := op.WantTargetGroup.HealthCheck
	arn := r.s.TargetGroup(op.TargetGroup)
	_, err := r.clients.ELB.ModifyTargetGroup(ctx, &elbv2.ModifyTargetGroupInput{
		TargetGroupArn: &arn, HealthCheckProtocol: elbtypes.ProtocolEnum(h.Protocol), HealthCheckPort: text(h.Port),
		HealthCheckPath: text(h.Path), HealthCheckIntervalSeconds: number(h.IntervalSeconds),
		HealthCheckTimeoutSeconds: number(h.TimeoutSeconds), HealthyThresholdCount: number(h.HealthyThreshold),
		UnhealthyThresholdCount: number(h.UnhealthyThreshold), Matcher: matcher(h),
	})
	return err
}

func (r *run) modifyTargetGroupAttributes(ctx context.Context, op plan.Operation) error {
	arn := r.s.TargetGroup(op.TargetGroup)
	in := &elbv2.ModifyTargetGroupAttributesInput{TargetGroupArn: &arn}
	for i := range op.Attributes {
		in.Attributes = append(in.Attributes, elbtypes.TargetGroupAttribute{Key: &op.Attributes[i].Key, Value: &op.Attributes[i].Value})
	}
	return r.seen(ctx, arn, func() error {
		_, err := r.clients.ELB.ModifyTargetGroupAttributes(ctx, in)
		return err
	})
}

// changeTargets registers or deregisters.
func (r *run) changeTargets(ctx context.Context, op plan.Operation) error {
	arn := r.s.TargetGroup(op.TargetGroup)
	return r.seen(ctx, arn, func() error {
		if op.Call == plan.RegisterTargets {
			return r.o.Register(ctx, arn, op.Targets)
		}
		return r.o.Deregister(ctx, arn, op.Targets)
	})
}

// deleteTargetGroup waits a little: a listener or rule that was just deleted may hold the group for some seconds.
func (r *run) deleteTargetGroup(ctx context.Context, op plan.Operation) error {
	arn := r.s.TargetGroup(op.TargetGroup)
	err := r.poll(ctx, patience, func() error {
		_, err := r.clients.ELB.DeleteTargetGroup(ctx, &elbv2.DeleteTargetGroupInput{TargetGroupArn: &arn})
		return err
	}, "ResourceInUse")
	if err != nil && !awserr.Is(err, "TargetGroupNotFound") {
		return err
	}
	delete(r.s.TargetGroups, op.TargetGroup)
	r.o.Tagged(arn, nil)
	return nil
}

// text and number leave out what is not wished.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func number[T int32 | int64](n T) *T {
	if n == 0 {
		return nil
	}
	return &n
}

func elbTags(list []model.Tag) []elbtypes.Tag {
	var out []elbtypes.Tag
	for i := range list {
		out = append(out, elbtypes.Tag{Key: &list[i].Key, Value: &list[i].Value})
	}
	return out
}
