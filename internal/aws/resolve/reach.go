package resolve

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
)

// reach says which subnets of the VPC have a route to an internet gateway.
type reach struct {
	// explicit are subnets with a route table of their own; the others use the main one.
	explicit map[string]bool
	main     bool
}

func (r reach) of(subnet string) bool {
	if v, ok := r.explicit[subnet]; ok {
		return v
	}
	return r.main
}

func (r *Resolver) findReach(ctx context.Context) (reach, error) {
	vpc, err := r.VPC(ctx)
	if err != nil {
		return reach{}, err
	}
	name := "vpc-id"
	out := reach{explicit: map[string]bool{}}
	pages := ec2.NewDescribeRouteTablesPaginator(r.clients.EC2, &ec2.DescribeRouteTablesInput{
		Filters: []ec2types.Filter{{Name: &name, Values: []string{vpc}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return reach{}, awserr.Wrap("DescribeRouteTables", "", err)
		}
		for _, t := range page.RouteTables {
			gateway := slices.ContainsFunc(t.Routes, func(r ec2types.Route) bool { return strings.HasPrefix(value(r.GatewayId), "igw-") })
			for _, a := range t.Associations {
				switch {
				case value(a.Main):
					out.main = gateway
				case a.SubnetId != nil:
					out.explicit[*a.SubnetId] = gateway
				}
			}
		}
	}
	return out, nil
}
