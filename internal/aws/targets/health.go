package targets

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Health is what AWS says about a target.
type Health struct {
	Target model.Target
	// State is initial, healthy, unhealthy, unused, draining or unavailable; Reason is a code such as
	// Target.FailedHealthChecks, empty when healthy; Description is AWS's sentence about it.
	State       string
	Reason      string
	Description string
}

// Healthy says whether a target gets requests.
func (h Health) Healthy() bool { return h.State == string(elbtypes.TargetHealthStateEnumHealthy) }

// Health tells the health of targets, in their order. Those that were healthy a short while ago are not asked about again:
// a readiness gate that is open stays open.
func (r *Registrar) Health(ctx context.Context, arn string, list []model.Target) ([]Health, error) {
	g := r.group(arn)
	g.mu.Lock()
	defer g.mu.Unlock()
	now := r.o.Now()
	in := &elbv2.DescribeTargetHealthInput{TargetGroupArn: &arn}
	for _, t := range list {
		if until, ok := g.healthy[placeOf(t)]; !ok || !now.Before(until) {
			d := describe(t)
			if g.have[placeOf(t)].Zone == zoneAll {
				zone := zoneAll
				d.AvailabilityZone = &zone
			}
			in.Targets = append(in.Targets, d)
		}
	}
	found := map[place]Health{}
	if len(in.Targets) > 0 {
		out, err := r.clients.ELB.DescribeTargetHealth(ctx, in)
		if err != nil {
			return nil, awserr.Wrap("DescribeTargetHealth", arn, err)
		}
		for _, d := range out.TargetHealthDescriptions {
			h, at := healthFrom(d)
			found[at] = h
			if h.Healthy() {
				g.healthy[at] = now.Add(r.o.HealthyKept)
			} else {
				delete(g.healthy, at)
			}
		}
	}
	out := make([]Health, len(list))
	for i, t := range list {
		h, asked := found[placeOf(t)]
		if _, kept := g.healthy[placeOf(t)]; kept && !asked {
			h.State = string(elbtypes.TargetHealthStateEnumHealthy)
		}
		h.Target = t
		out[i] = h
	}
	return out, nil
}

func healthFrom(d elbtypes.TargetHealthDescription) (Health, place) {
	var h Health
	var at place
	if d.Target != nil {
		if d.Target.Id != nil {
			at.id = *d.Target.Id
		}
		if d.Target.Port != nil {
			at.port = *d.Target.Port
		}
	}
	if t := d.TargetHealth; t != nil {
		h.State, h.Reason = string(t.State), string(t.Reason)
		if t.Description != nil {
			h.Description = *t.Description
		}
	}
	return h, at
}
