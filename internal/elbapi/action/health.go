package action

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// DescribeTargetHealth tells how the targets of a group do, those that drain too: what the health checks of the data
// plane found, or why there are none.
func (a *Actions) DescribeTargetHealth(_ context.Context, in *elbv2.DescribeTargetHealthInput) (*elbv2.DescribeTargetHealthOutput, error) {
	var g *store.TargetGroup
	var zones []string
	used := false
	var err error
	a.store.View(func(s *store.State) {
		if g, err = targetGroup(s, in.TargetGroupArn); err != nil {
			return
		}
		for _, arn := range s.Users(g.ARN) {
			used = true
			for _, subnet := range s.LoadBalancer(arn).Subnets {
				zones = append(zones, subnet.Zone)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range in.Targets {
		if aws.ToString(in.Targets[i].Id) == "" {
			return nil, required("Targets.Id")
		}
	}
	anomalies := len(in.Include) > 0
	out := &elbv2.DescribeTargetHealthOutput{TargetHealthDescriptions: []types.TargetHealthDescription{}}
	add := func(h store.TargetHealth) {
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, shapeHealth(g, h, used, anomalies))
	}
	all := a.healthOf(g, used, zones)
	if len(in.Targets) == 0 {
		for _, h := range all {
			add(h)
		}
		return out, nil
	}
	for i := range in.Targets {
		d := &in.Targets[i]
		at := slices.IndexFunc(all, func(h store.TargetHealth) bool { return describes(g, d, h.ID, h.Port, h.Zone) })
		if at >= 0 {
			add(all[at])
			continue
		}
		port := g.Port
		if d.Port != nil {
			port = *d.Port
		}
		add(store.TargetHealth{
			ID: *d.Id, Port: port, Zone: aws.ToString(d.AvailabilityZone), State: types.TargetHealthStateEnumUnused,
			Reason: types.TargetHealthReasonEnumNotRegistered, Description: "Target is not registered to the target group",
		})
	}
	return out, nil
}

// healthOf lists the registered targets with their health, then those that drain.
func (a *Actions) healthOf(g *store.TargetGroup, used bool, zones []string) []store.TargetHealth {
	var seen []store.TargetHealth
	if a.carrier != nil && used {
		seen, _ = a.carrier.Health(g.ARN)
	}
	out := make([]store.TargetHealth, 0, len(g.Targets))
	for _, t := range g.Targets {
		h := store.TargetHealth{
			ID: t.ID, Port: t.Port, Zone: t.Zone, State: types.TargetHealthStateEnumInitial,
			Reason: types.TargetHealthReasonEnumRegistrationInProgress, Description: "Target registration is in progress",
		}
		at := slices.IndexFunc(seen, func(s store.TargetHealth) bool {
			return s.ID == t.ID && s.Port == t.Port && s.State != types.TargetHealthStateEnumDraining
		})
		if at >= 0 {
			h = seen[at]
			h.Zone = t.Zone
		}
		if reason, description := a.unused(g, t, used, zones); reason != "" {
			h.State, h.Reason, h.Description = types.TargetHealthStateEnumUnused, reason, description
		}
		if g.Check.Disabled && used {
			h.State, h.Reason = types.TargetHealthStateEnumUnavailable, types.TargetHealthReasonEnumHealthCheckDisabled
			h.Description = "Health checks are not enabled for this target"
		}
		out = append(out, h)
	}
	for _, h := range seen {
		if slices.ContainsFunc(g.Targets, func(t store.Target) bool { return t.ID == h.ID && t.Port == h.Port }) {
			continue
		}
		if h.State != types.TargetHealthStateEnumDraining { // the data plane has yet to hear of it
			h.State, h.Reason = types.TargetHealthStateEnumDraining, types.TargetHealthReasonEnumDeregistrationInProgress
			h.Description = "Target deregistration is in progress"
		}
		out = append(out, h)
	}
	return out
}

// unused says why a target gets no traffic whatever its health; "" when it may.
func (a *Actions) unused(g *store.TargetGroup, t store.Target, used bool, zones []string) (types.TargetHealthReasonEnum, string) {
	if !used {
		return types.TargetHealthReasonEnumNotInUse, "Target group is not configured to receive traffic from the load balancer"
	}
	if g.Type != types.TargetTypeEnumInstance {
		return "", ""
	}
	i, ok := a.world.Instance(t.ID)
	if !ok || i.State != "" && i.State != "running" {
		return types.TargetHealthReasonEnumInvalidState, "Target is in the " + orElse(i.State, "terminated") + " state"
	}
	if s, ok := a.world.Subnet(i.Subnet); ok && !slices.Contains(zones, s.Zone) {
		return types.TargetHealthReasonEnumNotInUse, "Target is in an Availability Zone that is not enabled for the load balancer"
	}
	return "", ""
}

func shapeHealth(g *store.TargetGroup, h store.TargetHealth, used, anomalies bool) types.TargetHealthDescription {
	out := types.TargetHealthDescription{
		Target:       &types.TargetDescription{Id: aws.String(h.ID), AvailabilityZone: given(h.Zone)},
		TargetHealth: &types.TargetHealth{State: h.State, Reason: h.Reason, Description: given(h.Description)},
	}
	if h.Port != 0 {
		out.Target.Port = aws.Int32(h.Port)
		out.HealthCheckPort = aws.String(strconv.Itoa(int(h.Port)))
	}
	if g.Check.Port != "" && g.Check.Port != "traffic-port" {
		out.HealthCheckPort = aws.String(g.Check.Port)
	}
	if used {
		out.AdministrativeOverride = &types.AdministrativeOverride{
			State:       types.TargetAdministrativeOverrideStateEnumNoOverride,
			Reason:      types.TargetAdministrativeOverrideReasonEnumNoOverrideEngaged,
			Description: aws.String("No override is currently active on target"),
		}
	}
	if anomalies {
		out.AnomalyDetection = &types.AnomalyDetection{Result: types.AnomalyResultEnumNormal, MitigationInEffect: types.MitigationInEffectEnumNo}
		if h.Anomalous {
			out.AnomalyDetection.Result = types.AnomalyResultEnumAnomalous
		}
		if h.Mitigated {
			out.AnomalyDetection.MitigationInEffect = types.MitigationInEffectEnumYes
		}
	}
	return out
}
