package resolve

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

const (
	subnetPrefix = "subnet-"
	roleExternal = "kubernetes.io/role/elb"
	roleInternal = "kubernetes.io/role/internal-elb"
	outpost      = "outpost"
)

// subnets answers from the list of the VPC's subnets, which one call gives; only ids of other VPCs' subnets need another
// one. Whether a subnet reaches an internet gateway is found out only when no subnet has the role tag that is asked for.
func (r *Resolver) subnets(ctx context.Context, q lookup.Question) ([]lookup.Subnet, error) {
	all, err := remember(ctx, &r.memory, "subnets", keepSubnets, r.findSubnets)
	if err != nil {
		return nil, err
	}
	switch {
	case q.Tagged():
		return all, nil
	case strings.HasPrefix(q.Name, subnetPrefix):
		found := named(all, func(s lookup.Subnet) bool { return s.ID == q.Name })
		if len(found) > 0 {
			return found, nil
		}
		return remember(ctx, &r.memory, "subnet/"+q.Name, keepSubnets, func(ctx context.Context) ([]lookup.Subnet, error) {
			return r.subnetByID(ctx, q.Name)
		})
	case q.Name != "":
		return named(all, func(s lookup.Subnet) bool { return s.Name == q.Name }), nil
	}
	role := roleInternal
	if q.Scheme == "internet-facing" {
		role = roleExternal
	}
	if slices.ContainsFunc(all, func(s lookup.Subnet) bool { v, ok := s.Tags[role]; return ok && (v == "" || v == "1") }) {
		return all, nil
	}
	reach, err := remember(ctx, &r.memory, "routes", keepRoutes, r.findReach)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(all)
	for i := range out {
		out[i].ReachesGateway = reach.of(out[i].ID)
	}
	return out, nil
}

func named(all []lookup.Subnet, ok func(lookup.Subnet) bool) []lookup.Subnet {
	return slices.DeleteFunc(slices.Clone(all), func(s lookup.Subnet) bool { return !ok(s) })
}

func (r *Resolver) findSubnets(ctx context.Context) ([]lookup.Subnet, error) {
	vpc, err := r.VPC(ctx)
	if err != nil {
		return nil, err
	}
	name := "vpc-id"
	return r.listSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []ec2types.Filter{{Name: &name, Values: []string{vpc}}}})
}

// subnetByID finds a subnet anywhere; none when there is no such one.
func (r *Resolver) subnetByID(ctx context.Context, id string) ([]lookup.Subnet, error) {
	list, err := r.listSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: []string{id}})
	if awserr.Is(err, "InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed", "InvalidSubnetId.Malformed") {
		return []lookup.Subnet{}, nil
	}
	return list, err
}

func (r *Resolver) listSubnets(ctx context.Context, in *ec2.DescribeSubnetsInput) ([]lookup.Subnet, error) {
	kinds, err := remember(ctx, &r.memory, "zones", keepZones, r.findZones)
	if err != nil {
		return nil, err
	}
	out := []lookup.Subnet{}
	pages := ec2.NewDescribeSubnetsPaginator(r.clients.EC2, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awserr.Wrap("DescribeSubnets", strings.Join(in.SubnetIds, " "), err)
		}
		for i := range page.Subnets {
			out = append(out, subnetFrom(&page.Subnets[i], kinds))
		}
	}
	slices.SortFunc(out, func(a, b lookup.Subnet) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func subnetFrom(s *ec2types.Subnet, kinds map[string]string) lookup.Subnet {
	out := lookup.Subnet{
		ID: value(s.SubnetId), Zone: value(s.AvailabilityZone), VPC: value(s.VpcId), Locale: kinds[value(s.AvailabilityZone)],
		FreeAddresses: int64(value(s.AvailableIpAddressCount)), Tags: map[string]string{},
	}
	if s.OutpostArn != nil && *s.OutpostArn != "" {
		out.Locale = outpost
	}
	for _, t := range s.Tags {
		out.Tags[value(t.Key)] = value(t.Value)
	}
	out.Name = out.Tags["Name"]
	if s.CidrBlock != nil {
		out.IPv4CIDRs = []string{*s.CidrBlock}
	}
	for _, a := range s.Ipv6CidrBlockAssociationSet {
		if a.Ipv6CidrBlockState == nil || a.Ipv6CidrBlockState.State == ec2types.SubnetCidrBlockStateCodeAssociated {
			out.IPv6 = true
			out.IPv6CIDRs = append(out.IPv6CIDRs, value(a.Ipv6CidrBlock))
		}
	}
	return out
}

// findZones tells the kind of each zone.
func (r *Resolver) findZones(ctx context.Context) (map[string]string, error) {
	out, err := r.clients.EC2.DescribeAvailabilityZones(ctx, &ec2.DescribeAvailabilityZonesInput{})
	if err != nil {
		return nil, awserr.Wrap("DescribeAvailabilityZones", "", err)
	}
	kinds := map[string]string{}
	for _, z := range out.AvailabilityZones {
		kinds[value(z.ZoneName)] = value(z.ZoneType)
	}
	return kinds, nil
}
