package resolve

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

// Network is the cluster's VPC with its address ranges.
func (r *Resolver) Network(ctx context.Context) (lookup.Network, error) {
	return remember(ctx, &r.memory, "vpc", keepNetwork, r.findNetwork)
}

// NetworkOf is another VPC with its address ranges, such as the one that a target group was made in.
func (r *Resolver) NetworkOf(ctx context.Context, id string) (lookup.Network, error) {
	if id == "" || id == r.o.VPC {
		return r.Network(ctx)
	}
	return remember(ctx, &r.memory, "vpc/"+id, keepNetwork, func(ctx context.Context) (lookup.Network, error) {
		return r.describeNetwork(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	})
}

func (r *Resolver) findNetwork(ctx context.Context) (lookup.Network, error) {
	in := &ec2.DescribeVpcsInput{}
	if r.o.VPC == "" && len(r.o.VPCTags) > 0 {
		for _, k := range slices.Sorted(maps.Keys(r.o.VPCTags)) {
			name := "tag:" + k
			in.Filters = append(in.Filters, ec2types.Filter{Name: &name, Values: []string{r.o.VPCTags[k]}})
		}
	} else {
		id, err := r.vpcID(ctx)
		if err != nil {
			return lookup.Network{}, err
		}
		in.VpcIds = []string{id}
	}
	return r.describeNetwork(ctx, in)
}

func (r *Resolver) describeNetwork(ctx context.Context, in *ec2.DescribeVpcsInput) (lookup.Network, error) {
	out, err := r.clients.EC2.DescribeVpcs(ctx, in)
	if err != nil {
		return lookup.Network{}, awserr.Wrap("DescribeVpcs", "", err)
	}
	if len(out.Vpcs) != 1 {
		return lookup.Network{}, unanswerable(fmt.Sprintf("%d VPCs have the tags %s, and it must be one", len(out.Vpcs), tagText(r.o.VPCTags)))
	}
	v := out.Vpcs[0]
	n := lookup.Network{ID: value(v.VpcId)}
	for _, a := range v.CidrBlockAssociationSet {
		if a.CidrBlockState == nil || a.CidrBlockState.State == ec2types.VpcCidrBlockStateCodeAssociated {
			n.IPv4CIDRs = append(n.IPv4CIDRs, value(a.CidrBlock))
		}
	}
	if len(n.IPv4CIDRs) == 0 && v.CidrBlock != nil {
		n.IPv4CIDRs = []string{*v.CidrBlock}
	}
	for _, a := range v.Ipv6CidrBlockAssociationSet {
		if a.Ipv6CidrBlockState == nil || a.Ipv6CidrBlockState.State == ec2types.VpcCidrBlockStateCodeAssociated {
			n.IPv6CIDRs = append(n.IPv6CIDRs, value(a.Ipv6CidrBlock))
		}
	}
	return n, nil
}
