package side

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

type gateway = *world.InternetGateway

func gatewayOf(st *world.State, id *string) (gateway, error) {
	switch g, ok := st.InternetGateways[aws.ToString(id)]; {
	case aws.ToString(id) == "":
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter internetGatewayId")
	case !ok:
		return nil, notFound("InvalidInternetGatewayID.NotFound", "internetGateway ID", *id)
	default:
		return g, nil
	}
}

// attachedVPC is nothing for a gateway that is not attached.
func attachedVPC(g gateway) []string {
	if g.VPC == "" {
		return nil
	}
	return []string{g.VPC}
}

// DescribeInternetGateways lists internet gateways.
func (s *Side) DescribeInternetGateways(_ context.Context, in *ec2.DescribeInternetGatewaysInput) (*ec2.DescribeInternetGatewaysOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeInternetGatewaysOutput, error) {
		k := kind[gateway]{
			missing: "InvalidInternetGatewayID.NotFound", noun: "internetGateway ID",
			id: func(g gateway) string { return g.ID }, tags: func(g gateway) world.Tags { return g.Tags },
			fields: map[string]func(gateway) []string{
				"internet-gateway-id": one(func(g gateway) string { return g.ID }),
				"attachment.vpc-id":   attachedVPC,
				"attachment.state": func(g gateway) []string {
					return shown(attachedVPC(g), func(string) string { return "available" })
				},
				"owner-id": one(func(gateway) string { return st.Identity.Account }),
			},
		}
		rows, next, err := k.list(world.Sorted(st.InternetGateways), query{in.InternetGatewayIds, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeInternetGatewaysOutput{NextToken: next, InternetGateways: shown(rows, func(g gateway) types.InternetGateway { return showGateway(st, g) })}, nil
	})
}

func showGateway(st *world.State, g gateway) types.InternetGateway {
	return types.InternetGateway{
		InternetGatewayId: aws.String(g.ID), OwnerId: aws.String(st.Identity.Account), Tags: ec2Tags(g.Tags),
		Attachments: shown(attachedVPC(g), func(vpc string) types.InternetGatewayAttachment {
			return types.InternetGatewayAttachment{VpcId: aws.String(vpc), State: "available"}
		}),
	}
}

// CreateInternetGateway makes a gateway that is attached to nothing.
func (s *Side) CreateInternetGateway(_ context.Context, in *ec2.CreateInternetGatewayInput) (*ec2.CreateInternetGatewayOutput, error) {
	tags, err := specified(in.TagSpecifications, types.ResourceTypeInternetGateway)
	if err != nil {
		return nil, err
	}
	return change(s, func(st *world.State) (*ec2.CreateInternetGatewayOutput, error) {
		g := &world.InternetGateway{ID: st.NewID("igw"), Tags: tags}
		st.InternetGateways[g.ID] = g
		out := showGateway(st, g)
		return &ec2.CreateInternetGatewayOutput{InternetGateway: &out}, nil
	})
}

// AttachInternetGateway attaches a gateway to a VPC that has none.
func (s *Side) AttachInternetGateway(_ context.Context, in *ec2.AttachInternetGatewayInput) (*ec2.AttachInternetGatewayOutput, error) {
	return change(s, func(st *world.State) (*ec2.AttachInternetGatewayOutput, error) {
		g, err := gatewayOf(st, in.InternetGatewayId)
		if err != nil {
			return nil, err
		}
		v, err := vpcOf(st, in.VpcId)
		if err != nil {
			return nil, err
		}
		if g.VPC != "" {
			return nil, wire.Errorf("Resource.AlreadyAssociated", "resource %s is already attached to network %s", g.ID, g.VPC)
		}
		for _, o := range st.InternetGateways {
			if o.VPC == v.ID {
				return nil, wire.Errorf(wire.InvalidParameterValue, "Network %s already has an internet gateway attached", v.ID)
			}
		}
		g.VPC = v.ID
		return &ec2.AttachInternetGatewayOutput{}, nil
	})
}

// DetachInternetGateway detaches a gateway. Routes through it stay, and lead nowhere.
func (s *Side) DetachInternetGateway(_ context.Context, in *ec2.DetachInternetGatewayInput) (*ec2.DetachInternetGatewayOutput, error) {
	return change(s, func(st *world.State) (*ec2.DetachInternetGatewayOutput, error) {
		g, err := gatewayOf(st, in.InternetGatewayId)
		if err != nil {
			return nil, err
		}
		v, err := vpcOf(st, in.VpcId)
		if err != nil {
			return nil, err
		}
		if g.VPC != v.ID {
			return nil, wire.Errorf("Gateway.NotAttached", "resource %s is not attached to network %s", g.ID, v.ID)
		}
		g.VPC = ""
		return &ec2.DetachInternetGatewayOutput{}, nil
	})
}

// DeleteInternetGateway removes a gateway that is attached to nothing.
func (s *Side) DeleteInternetGateway(_ context.Context, in *ec2.DeleteInternetGatewayInput) (*ec2.DeleteInternetGatewayOutput, error) {
	return change(s, func(st *world.State) (*ec2.DeleteInternetGatewayOutput, error) {
		g, err := gatewayOf(st, in.InternetGatewayId)
		if err != nil {
			return nil, err
		}
		if g.VPC != "" {
			return nil, wire.Errorf("DependencyViolation", "The internetGateway '%s' has dependencies and cannot be deleted.", g.ID)
		}
		delete(st.InternetGateways, g.ID)
		return &ec2.DeleteInternetGatewayOutput{}, nil
	})
}
