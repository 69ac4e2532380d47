package targets

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// chunk is how many targets one call may name.
const chunk = 200

// zoneAll registers a target outside of the VPC.
const zoneAll = "all"

// Register adds targets to a group.
func (r *Registrar) Register(ctx context.Context, arn string, list []model.Target) error {
	g := r.group(arn)
	g.mu.Lock()
	defer g.mu.Unlock()
	return r.register(ctx, Want{ARN: arn}, g, list)
}

// Deregister takes targets out of a group.
func (r *Registrar) Deregister(ctx context.Context, arn string, list []model.Target) error {
	g := r.group(arn)
	g.mu.Lock()
	defer g.mu.Unlock()
	return r.deregister(ctx, arn, g, list)
}

func (r *Registrar) register(ctx context.Context, w Want, g *group, list []model.Target) error {
	outside, err := r.outside(ctx, w, list)
	if err != nil {
		return err
	}
	var errs []error
	for part := range slices.Chunk(list, chunk) {
		errs = append(errs, r.registerPart(ctx, w.ARN, g, part, outside))
	}
	return errors.Join(errs...)
}

// registerPart registers some targets in one call. AWS refuses the whole call for one target that it does not like (an
// instance that has just been stopped), so the halves are tried then: the others are not to wait for it.
func (r *Registrar) registerPart(ctx context.Context, arn string, g *group, part []model.Target, outside map[string]bool) error {
	err := r.put(ctx, arn, g, part, outside)
	if awserr.Is(err, "InvalidTarget") && len(part) > 1 {
		half := len(part) / 2
		return errors.Join(r.registerPart(ctx, arn, g, part[:half], outside), r.registerPart(ctx, arn, g, part[half:], outside))
	}
	if err != nil {
		return awserr.Wrap("RegisterTargets", subject(arn, part), err)
	}
	return nil
}

// zonalKept is for how long it is remembered that a group wants the zones of nodes.
const zonalKept = time.Hour

// put makes the call. Addresses that look as if they were outside of the group's VPC are registered for all zones; should AWS
// not like that (the VPC may be shared among accounts), for the zones of their nodes.
func (r *Registrar) put(ctx context.Context, arn string, g *group, part []model.Target, outside map[string]bool) error {
	zonal := r.o.Now().Before(g.zonal)
	err := r.putIn(ctx, arn, g, part, zoning{outside, zonal})
	odd := slices.ContainsFunc(part, func(t model.Target) bool { return outside[t.ID] })
	if !odd || zonal || !awserr.Is(err, "ValidationError", "InvalidTarget") {
		return err
	}
	if again := r.putIn(ctx, arn, g, part, zoning{outside, true}); again != nil {
		return err // it was something else
	}
	g.zonal = r.o.Now().Add(zonalKept)
	return nil
}

// zoning says which addresses are outside of the group's VPC, and whether they get the zones of their nodes nevertheless.
type zoning struct {
	outside map[string]bool
	zonal   bool
}

func (r *Registrar) putIn(ctx context.Context, arn string, g *group, part []model.Target, z zoning) error {
	in := &elbv2.RegisterTargetsInput{TargetGroupArn: &arn}
	for _, t := range part {
		d := describe(t)
		switch {
		case z.outside[t.ID] && !z.zonal:
			zone := zoneAll
			d.AvailabilityZone = &zone
		case z.outside[t.ID] && t.Zone != "":
			d.AvailabilityZone = &t.Zone
		}
		in.Targets = append(in.Targets, d)
	}
	if _, err := r.clients.ELB.RegisterTargets(ctx, in); err != nil {
		return err
	}
	for _, t := range part {
		if z.outside[t.ID] && !z.zonal {
			t.Zone = zoneAll // it is needed to take it out again
		}
		g.have[placeOf(t)] = t
	}
	return nil
}

// deregister takes targets out; those that AWS does not know are gone already.
func (r *Registrar) deregister(ctx context.Context, arn string, g *group, list []model.Target) error {
	for part := range slices.Chunk(list, chunk) {
		in := &elbv2.DeregisterTargetsInput{TargetGroupArn: &arn}
		for _, t := range part {
			d := describe(t)
			if t.Zone == zoneAll {
				d.AvailabilityZone = &t.Zone
			}
			in.Targets = append(in.Targets, d)
		}
		if _, err := r.clients.ELB.DeregisterTargets(ctx, in); err != nil && !awserr.Is(err, "InvalidTarget") {
			return awserr.Wrap("DeregisterTargets", subject(arn, part), err)
		}
		for _, t := range part {
			delete(g.have, placeOf(t))
			delete(g.healthy, placeOf(t))
		}
	}
	return nil
}

func describe(t model.Target) elbtypes.TargetDescription {
	d := elbtypes.TargetDescription{Id: &t.ID}
	if t.Port != 0 {
		d.Port = &t.Port
	}
	return d
}

func subject(arn string, part []model.Target) string {
	if len(part) == 1 {
		return fmt.Sprintf("%s of %s", part[0].ID, arn)
	}
	return fmt.Sprintf("%d targets of %s", len(part), arn)
}

// outside are the addresses that are in no range of the group's VPC.
func (r *Registrar) outside(ctx context.Context, w Want, list []model.Target) (map[string]bool, error) {
	out := map[string]bool{}
	if !slices.ContainsFunc(list, func(t model.Target) bool { return isAddress(t.ID) }) {
		return out, nil
	}
	ranges, all, err := r.ranges(ctx, w)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if a, err := netip.ParseAddr(t.ID); err == nil {
			out[t.ID] = all || ranges != nil && !slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) })
		}
	}
	return out, nil
}

// ranges are those of the group's VPC; nil when it is not known which they are. all says that every address is outside.
func (r *Registrar) ranges(ctx context.Context, w Want) (ranges []netip.Prefix, all bool, err error) {
	if w.AllZones {
		return nil, true, nil
	}
	find := r.o.VPC
	if w.VPC != "" && r.o.OtherVPC != nil {
		find = func(ctx context.Context) (lookup.Network, error) { return r.o.OtherVPC(ctx, w.VPC) }
	}
	if find == nil {
		return nil, false, nil
	}
	network, err := find(ctx)
	if err != nil {
		return nil, false, err
	}
	ranges = []netip.Prefix{}
	for _, c := range slices.Concat(network.IPv4CIDRs, network.IPv6CIDRs) {
		if p, err := netip.ParsePrefix(c); err == nil {
			ranges = append(ranges, p)
		}
	}
	return ranges, false, nil
}

func isAddress(id string) bool {
	_, err := netip.ParseAddr(id)
	return err == nil
}
