package side

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

type routeTable = *world.RouteTable

func tableOf(st *world.State, id *string) (routeTable, error) {
	switch t, ok := st.RouteTables[aws.ToString(id)]; {
	case aws.ToString(id) == "":
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter routeTableId")
	case !ok:
		return nil, notFound("InvalidRouteTableID.NotFound", "routeTable ID", *id)
	default:
		return t, nil
	}
}

// associationID is the id of the association of a table with a subnet, or of being the main one.
func associationID(table, with string) string { return world.DerivedID("rtbassoc", table, with) }

const asMain = "main"

func associations(t routeTable) []types.RouteTableAssociation {
	out := []types.RouteTableAssociation{}
	associated := &types.RouteTableAssociationState{State: types.RouteTableAssociationStateCodeAssociated}
	if t.Main {
		out = append(out, types.RouteTableAssociation{
			Main: aws.Bool(true), RouteTableAssociationId: aws.String(associationID(t.ID, asMain)), RouteTableId: aws.String(t.ID), AssociationState: associated,
		})
	}
	for _, id := range t.Subnets {
		out = append(out, types.RouteTableAssociation{
			Main: aws.Bool(false), RouteTableAssociationId: aws.String(associationID(t.ID, id)), RouteTableId: aws.String(t.ID), SubnetId: aws.String(id), AssociationState: associated,
		})
	}
	return out
}

func tableKind(st *world.State) kind[routeTable] {
	each := func(f func(types.Route) *string) func(routeTable) []string {
		return func(t routeTable) []string {
			var out []string
			for _, r := range showRoutes(st, t) {
				if v := f(r); v != nil {
					out = append(out, *v)
				}
			}
			return out
		}
	}
	return kind[routeTable]{
		missing: "InvalidRouteTableID.NotFound", noun: "routeTable ID",
		id: func(t routeTable) string { return t.ID }, tags: func(t routeTable) world.Tags { return t.Tags },
		fields: map[string]func(routeTable) []string{
			"route-table-id": one(func(t routeTable) string { return t.ID }),
			"vpc-id":         one(func(t routeTable) string { return t.VPC }),
			"owner-id":       one(func(routeTable) string { return st.Identity.Account }),
			"association.main": func(t routeTable) []string {
				return shown(associations(t), func(a types.RouteTableAssociation) string { return truth(*a.Main) })
			},
			"association.subnet-id":      func(t routeTable) []string { return t.Subnets },
			"association.route-table-id": one(func(t routeTable) string { return t.ID }),
			"association.route-table-association-id": func(t routeTable) []string {
				return shown(associations(t), func(a types.RouteTableAssociation) string { return *a.RouteTableAssociationId })
			},
			"route.destination-cidr-block":      each(func(r types.Route) *string { return r.DestinationCidrBlock }),
			"route.destination-ipv6-cidr-block": each(func(r types.Route) *string { return r.DestinationIpv6CidrBlock }),
			"route.destination-prefix-list-id":  each(func(r types.Route) *string { return r.DestinationPrefixListId }),
			"route.gateway-id":                  each(func(r types.Route) *string { return r.GatewayId }),
			"route.nat-gateway-id":              each(func(r types.Route) *string { return r.NatGatewayId }),
			"route.transit-gateway-id":          each(func(r types.Route) *string { return r.TransitGatewayId }),
			"route.origin":                      each(func(r types.Route) *string { return aws.String(string(r.Origin)) }),
			"route.state":                       each(func(r types.Route) *string { return aws.String(string(r.State)) }),
		},
	}
}

// DescribeRouteTables lists route tables.
func (s *Side) DescribeRouteTables(_ context.Context, in *ec2.DescribeRouteTablesInput) (*ec2.DescribeRouteTablesOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeRouteTablesOutput, error) {
		rows, next, err := tableKind(st).list(world.Sorted(st.RouteTables), query{in.RouteTableIds, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeRouteTablesOutput{NextToken: next, RouteTables: shown(rows, func(t routeTable) types.RouteTable { return showTable(st, t) })}, nil
	})
}

func showTable(st *world.State, t routeTable) types.RouteTable {
	return types.RouteTable{
		RouteTableId: aws.String(t.ID), VpcId: aws.String(t.VPC), OwnerId: aws.String(st.Identity.Account), Tags: ec2Tags(t.Tags),
		Associations: associations(t), Routes: showRoutes(st, t), PropagatingVgws: []types.PropagatingVgw{},
	}
}

// CreateRouteTable makes a table that has the local routes only.
func (s *Side) CreateRouteTable(_ context.Context, in *ec2.CreateRouteTableInput) (*ec2.CreateRouteTableOutput, error) {
	tags, err := specified(in.TagSpecifications, types.ResourceTypeRouteTable)
	if err != nil {
		return nil, err
	}
	return change(s, func(st *world.State) (*ec2.CreateRouteTableOutput, error) {
		v, err := vpcOf(st, in.VpcId)
		if err != nil {
			return nil, err
		}
		t := &world.RouteTable{ID: st.NewID("rtb"), VPC: v.ID, Tags: tags}
		st.RouteTables[t.ID] = t
		out := showTable(st, t)
		return &ec2.CreateRouteTableOutput{RouteTable: &out, ClientToken: in.ClientToken}, nil
	})
}

// DeleteRouteTable removes a table that nothing uses.
func (s *Side) DeleteRouteTable(_ context.Context, in *ec2.DeleteRouteTableInput) (*ec2.DeleteRouteTableOutput, error) {
	return change(s, func(st *world.State) (*ec2.DeleteRouteTableOutput, error) {
		t, err := tableOf(st, in.RouteTableId)
		if err != nil {
			return nil, err
		}
		if t.Main || len(t.Subnets) > 0 {
			return nil, wire.Errorf("DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", t.ID)
		}
		delete(st.RouteTables, t.ID)
		return &ec2.DeleteRouteTableOutput{}, nil
	})
}

// AssociateRouteTable makes a subnet use a table. One that uses another one by its own choice is refused, as EC2 does.
func (s *Side) AssociateRouteTable(_ context.Context, in *ec2.AssociateRouteTableInput) (*ec2.AssociateRouteTableOutput, error) {
	return change(s, func(st *world.State) (*ec2.AssociateRouteTableOutput, error) {
		t, err := tableOf(st, in.RouteTableId)
		if err != nil {
			return nil, err
		}
		if in.GatewayId != nil {
			return nil, wire.Errorf("UnsupportedOperation", "Route tables of gateways are not part of this world.")
		}
		x, err := subnetOf(st, in.SubnetId)
		if err != nil {
			return nil, err
		}
		if x.VPC != t.VPC {
			return nil, wire.Errorf(wire.InvalidParameterValue, "Route table %s and subnet %s belong to different networks", t.ID, x.ID)
		}
		for _, o := range st.RouteTables {
			if slices.Contains(o.Subnets, x.ID) && o.ID != t.ID {
				return nil, wire.Errorf("Resource.AlreadyAssociated", "the specified association for route table %s conflicts with an existing association", t.ID)
			}
		}
		if !slices.Contains(t.Subnets, x.ID) {
			t.Subnets = append(t.Subnets, x.ID)
		}
		return &ec2.AssociateRouteTableOutput{
			AssociationId:    aws.String(associationID(t.ID, x.ID)),
			AssociationState: &types.RouteTableAssociationState{State: types.RouteTableAssociationStateCodeAssociated},
		}, nil
	})
}

// DisassociateRouteTable makes a subnet use the main table again.
func (s *Side) DisassociateRouteTable(_ context.Context, in *ec2.DisassociateRouteTableInput) (*ec2.DisassociateRouteTableOutput, error) {
	return change(s, func(st *world.State) (*ec2.DisassociateRouteTableOutput, error) {
		id := aws.ToString(in.AssociationId)
		for _, t := range world.Sorted(st.RouteTables) {
			if t.Main && associationID(t.ID, asMain) == id {
				return nil, wire.Errorf(wire.InvalidParameterValue, "cannot disassociate the main route table association %s", id)
			}
			at := slices.IndexFunc(t.Subnets, func(sub string) bool { return associationID(t.ID, sub) == id })
			if at >= 0 {
				t.Subnets = slices.Delete(t.Subnets, at, at+1)
				return &ec2.DisassociateRouteTableOutput{}, nil
			}
		}
		return nil, wire.Errorf("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
	})
}
