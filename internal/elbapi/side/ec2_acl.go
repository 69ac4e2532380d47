package side

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

type networkACL = *world.NetworkACL

// lastEntry is the number of the entry that refuses what no other entry allowed.
const lastEntry = 32767

// DescribeNetworkAcls lists the default network ACLs of the VPCs. They allow everything, and all subnets use them.
func (s *Side) DescribeNetworkAcls(_ context.Context, in *ec2.DescribeNetworkAclsInput) (*ec2.DescribeNetworkAclsOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeNetworkAclsOutput, error) {
		k := kind[networkACL]{
			missing: "InvalidNetworkAclID.NotFound", noun: "networkAcl ID",
			id: func(a networkACL) string { return a.ID }, tags: func(a networkACL) world.Tags { return a.Tags },
			fields: map[string]func(networkACL) []string{
				"network-acl-id":             one(func(a networkACL) string { return a.ID }),
				"association.network-acl-id": one(func(a networkACL) string { return a.ID }),
				"vpc-id":                     one(func(a networkACL) string { return a.VPC }),
				"default":                    one(func(networkACL) string { return "true" }),
				"owner-id":                   one(func(networkACL) string { return st.Identity.Account }),
				"association.subnet-id":      func(a networkACL) []string { return subnetsOf(st, a.VPC) },
			},
		}
		rows, next, err := k.list(world.Sorted(st.NetworkACLs), query{in.NetworkAclIds, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeNetworkAclsOutput{NextToken: next, NetworkAcls: shown(rows, func(a networkACL) types.NetworkAcl { return showACL(st, a) })}, nil
	})
}

func subnetsOf(st *world.State, vpc string) []string {
	var out []string
	for _, x := range world.Sorted(st.Subnets) {
		if x.VPC == vpc {
			out = append(out, x.ID)
		}
	}
	return out
}

func showACL(st *world.State, a networkACL) types.NetworkAcl {
	entry := func(egress bool, number int32, action types.RuleAction) types.NetworkAclEntry {
		return types.NetworkAclEntry{
			CidrBlock: aws.String("0.0.0.0/0"), Egress: aws.Bool(egress), Protocol: aws.String("-1"), RuleAction: action, RuleNumber: aws.Int32(number),
		}
	}
	return types.NetworkAcl{
		NetworkAclId: aws.String(a.ID), VpcId: aws.String(a.VPC), IsDefault: aws.Bool(true), OwnerId: aws.String(st.Identity.Account), Tags: ec2Tags(a.Tags),
		Entries: []types.NetworkAclEntry{
			entry(true, 100, types.RuleActionAllow), entry(true, lastEntry, types.RuleActionDeny),
			entry(false, 100, types.RuleActionAllow), entry(false, lastEntry, types.RuleActionDeny),
		},
		Associations: shown(subnetsOf(st, a.VPC), func(id string) types.NetworkAclAssociation {
			return types.NetworkAclAssociation{
				NetworkAclAssociationId: aws.String(world.DerivedID("aclassoc", a.ID, id)), NetworkAclId: aws.String(a.ID), SubnetId: aws.String(id),
			}
		}),
	}
}
