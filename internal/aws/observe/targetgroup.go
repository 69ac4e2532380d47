package observe

import (
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// targetGroupFrom is a target group as listing shows it: without attributes and targets.
func targetGroupFrom(g *elbtypes.TargetGroup, tags []model.Tag) model.TargetGroup {
	out := model.TargetGroup{
		ID: value(g.TargetGroupArn), Name: value(g.TargetGroupName), Type: model.TargetType(g.TargetType),
		Protocol: model.TargetProtocol(g.Protocol), ProtocolVersion: model.ProtocolVersion(value(g.ProtocolVersion)),
		Port: value(g.Port), IPAddressType: model.IPAddressType(g.IpAddressType), ControlPort: value(g.TargetControlPort),
		Tags: tags,
		HealthCheck: &model.HealthCheck{
			Protocol: model.TargetProtocol(g.HealthCheckProtocol), Port: value(g.HealthCheckPort), Path: value(g.HealthCheckPath),
			IntervalSeconds: value(g.HealthCheckIntervalSeconds), TimeoutSeconds: value(g.HealthCheckTimeoutSeconds),
			HealthyThreshold: value(g.HealthyThresholdCount), UnhealthyThreshold: value(g.UnhealthyThresholdCount),
		},
	}
	if g.Matcher != nil {
		out.HealthCheck.HTTPCodes, out.HealthCheck.GRPCCodes = value(g.Matcher.HttpCode), value(g.Matcher.GrpcCode)
	}
	return out
}

// TargetsFrom are the targets that a group has; those on their way out count as absent.
func TargetsFrom(list []elbtypes.TargetHealthDescription) []model.Target {
	var out []model.Target
	for _, d := range list {
		if d.Target == nil || d.TargetHealth != nil && d.TargetHealth.State == elbtypes.TargetHealthStateEnumDraining {
			continue
		}
		out = append(out, model.Target{ID: value(d.Target.Id), Port: value(d.Target.Port), Zone: value(d.Target.AvailabilityZone)})
	}
	return out
}
