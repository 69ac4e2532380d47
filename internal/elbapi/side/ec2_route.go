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

// showRoutes are the routes of a table, the local ones of its VPC first.
func showRoutes(st *world.State, t routeTable) []types.Route {
	var out []types.Route
	if v := st.VPCs[t.VPC]; v != nil {
		for _, p := range slices.Concat(v.CIDRs, v.IPv6) {
			r := types.Route{GatewayId: aws.String("local"), Origin: types.RouteOriginCreateRouteTable, State: types.RouteStateActive}
			if p.Addr().Is4() {
				r.DestinationCidrBlock = aws.String(p.String())
			} else {
				r.DestinationIpv6CidrBlock = aws.String(p.String())
			}
			out = append(out, r)
		}
	}
	for _, r := range t.Routes {
		out = append(out, showRoute(st, t, r))
	}
	return out
}

func showRoute(st *world.State, t routeTable, r world.Route) types.Route {
	out := types.Route{Origin: types.RouteOriginCreateRoute, State: types.RouteStateActive}
	switch {
	case r.PrefixList != "":
		out.DestinationPrefixListId = aws.String(r.PrefixList)
	case r.Destination.Addr().Is4():
		out.DestinationCidrBlock = aws.String(r.Destination.String())
	default:
		out.DestinationIpv6CidrBlock = aws.String(r.Destination.String())
	}
	via := aws.String(r.Via)
	switch {
	case isID(r.Via, "nat"):
		out.NatGatewayId = via
	case isID(r.Via, "eni"):
		out.NetworkInterfaceId = via
	case isID(r.Via, "tgw"):
		out.TransitGatewayId = via
	case isID(r.Via, "eigw"):
		out.EgressOnlyInternetGatewayId = via
	case isID(r.Via, "pcx"):
		out.VpcPeeringConnectionId = via
	default:
		out.GatewayId = via
	}
	if g := st.InternetGateways[r.Via]; isID(r.Via, "igw") && (g == nil || g.VPC != t.VPC) {
		out.State = types.RouteStateBlackhole
	}
	if isID(r.Via, "eni") && st.Interfaces[r.Via] == nil {
		out.State = types.RouteStateBlackhole
	}
	return out
}

// CreateRoute adds a route to a table.
func (s *Side) CreateRoute(_ context.Context, in *ec2.CreateRouteInput) (*ec2.CreateRouteOutput, error) {
	return change(s, func(st *world.State) (*ec2.CreateRouteOutput, error) {
		t, err := tableOf(st, in.RouteTableId)
		if err != nil {
			return nil, err
		}
		r, err := destination(st, in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.DestinationPrefixListId)
		if err != nil {
			return nil, err
		}
		if r.Via, err = via(st, t, in); err != nil {
			return nil, err
		}
		v := st.VPCs[t.VPC]
		same := func(o world.Route) bool { return o.Destination == r.Destination && o.PrefixList == r.PrefixList }
		if slices.Contains(slices.Concat(v.CIDRs, v.IPv6), r.Destination) || slices.ContainsFunc(t.Routes, same) {
			return nil, wire.Errorf("RouteAlreadyExists", "The route identified by %s already exists.", destinationText(r))
		}
		t.Routes = append(t.Routes, r)
		return &ec2.CreateRouteOutput{Return: aws.Bool(true)}, nil
	})
}

// DeleteRoute removes a route; those to the VPC itself stay.
func (s *Side) DeleteRoute(_ context.Context, in *ec2.DeleteRouteInput) (*ec2.DeleteRouteOutput, error) {
	return change(s, func(st *world.State) (*ec2.DeleteRouteOutput, error) {
		t, err := tableOf(st, in.RouteTableId)
		if err != nil {
			return nil, err
		}
		r, err := destination(st, in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.DestinationPrefixListId)
		if err != nil {
			return nil, err
		}
		if v := st.VPCs[t.VPC]; slices.Contains(slices.Concat(v.CIDRs, v.IPv6), r.Destination) {
			return nil, wire.Errorf(wire.InvalidParameterValue, "cannot remove local route %s in route table %s", destinationText(r), t.ID)
		}
		at := slices.IndexFunc(t.Routes, func(o world.Route) bool { return o.Destination == r.Destination && o.PrefixList == r.PrefixList })
		if at < 0 {
			return nil, wire.Errorf("InvalidRoute.NotFound", "no route with destination %s in route table %s", destinationText(r), t.ID)
		}
		t.Routes = slices.Delete(t.Routes, at, at+1)
		return &ec2.DeleteRouteOutput{}, nil
	})
}

func destinationText(r world.Route) string {
	if r.PrefixList != "" {
		return r.PrefixList
	}
	return r.Destination.String()
}

func destination(st *world.State, v4, v6, list *string) (world.Route, error) {
	var r world.Route
	var err error
	switch {
	case len(given(v4, v6, list)) != 1:
		return r, wire.Errorf(wire.MissingParameter, "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock and destinationPrefixListId")
	case list != nil:
		if _, ok := st.PrefixLists[*list]; !ok {
			return r, wire.Errorf("InvalidPrefixListID.NotFound", "The prefix list ID '%s' does not exist", *list)
		}
		r.PrefixList = *list
	case v4 != nil:
		if r.Destination, err = block("destinationCidrBlock", *v4); err == nil && !r.Destination.Addr().Is4() {
			err = wire.Errorf(wire.InvalidParameterValue, "Value (%s) for parameter destinationCidrBlock is invalid.", *v4)
		}
	default:
		if r.Destination, err = block("destinationIpv6CidrBlock", *v6); err == nil && r.Destination.Addr().Is4() {
			err = wire.Errorf(wire.InvalidParameterValue, "Value (%s) for parameter destinationIpv6CidrBlock is invalid.", *v6)
		}
	}
	return r, err
}

// given are those of some parameters that a call has.
func given(parameters ...*string) []string {
	var out []string
	for _, p := range parameters {
		if aws.ToString(p) != "" {
			out = append(out, *p)
		}
	}
	return out
}

// via is where a new route leads to. Only internet gateways and interfaces exist in this world; ids of other gateways are
// taken as they are.
func via(st *world.State, t routeTable, in *ec2.CreateRouteInput) (string, error) {
	to := given(in.GatewayId, in.NatGatewayId, in.NetworkInterfaceId, in.TransitGatewayId, in.EgressOnlyInternetGatewayId,
		in.VpcPeeringConnectionId, in.VpcEndpointId, in.CarrierGatewayId, in.LocalGatewayId, in.CoreNetworkArn, in.OdbNetworkArn, in.InstanceId)
	if len(to) != 1 {
		return "", wire.Errorf(wire.MissingParameter, "The request must contain exactly one gateway, interface or other target of the route")
	}
	id := to[0]
	switch {
	case isID(id, "igw"):
		g := st.InternetGateways[id]
		if g == nil {
			return "", wire.Errorf("InvalidGatewayID.NotFound", "The gateway ID '%s' does not exist", id)
		}
		if g.VPC != t.VPC {
			return "", wire.Errorf(wire.InvalidParameterValue, "route table %s and network gateway %s belong to different networks", t.ID, id)
		}
	case isID(id, "eni"):
		if i := st.Interfaces[id]; i == nil || i.VPC != t.VPC {
			return "", wire.Errorf("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '%s' does not exist", id)
		}
	}
	return id, nil
}
