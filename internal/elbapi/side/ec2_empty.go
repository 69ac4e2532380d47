package side

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// Kinds of resources of which the world has none. Naming one is refused, listing gives nothing.

// DescribeAddresses lists elastic addresses: there are none.
func (s *Side) DescribeAddresses(_ context.Context, in *ec2.DescribeAddressesInput) (*ec2.DescribeAddressesOutput, error) {
	if err := none("InvalidAllocationID.NotFound", "allocation ID", in.AllocationIds); err != nil {
		return nil, err
	}
	if err := none("InvalidAddress.NotFound", "address", in.PublicIps); err != nil {
		return nil, err
	}
	return &ec2.DescribeAddressesOutput{Addresses: []types.Address{}}, nil
}

// DescribeCoipPools lists pools of customer-owned addresses: there are none.
func (s *Side) DescribeCoipPools(_ context.Context, in *ec2.DescribeCoipPoolsInput) (*ec2.DescribeCoipPoolsOutput, error) {
	if err := none("InvalidPoolID.NotFound", "pool ID", in.PoolIds); err != nil {
		return nil, err
	}
	return &ec2.DescribeCoipPoolsOutput{CoipPools: []types.CoipPool{}}, nil
}

// GetCoipPoolUsage has no pool to speak of.
func (s *Side) GetCoipPoolUsage(_ context.Context, in *ec2.GetCoipPoolUsageInput) (*ec2.GetCoipPoolUsageOutput, error) {
	if aws.ToString(in.PoolId) == "" {
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter PoolId")
	}
	return nil, none("InvalidPoolID.NotFound", "pool ID", []string{*in.PoolId})
}

// DescribeIpamPools lists pools of addresses: there are none.
func (s *Side) DescribeIpamPools(_ context.Context, in *ec2.DescribeIpamPoolsInput) (*ec2.DescribeIpamPoolsOutput, error) {
	if err := none("InvalidIpamPoolId.NotFound", "ipam pool ID", in.IpamPoolIds); err != nil {
		return nil, err
	}
	return &ec2.DescribeIpamPoolsOutput{IpamPools: []types.IpamPool{}}, nil
}

// DescribeVpcPeeringConnections lists peerings of VPCs: there are none.
func (s *Side) DescribeVpcPeeringConnections(_ context.Context, in *ec2.DescribeVpcPeeringConnectionsInput) (*ec2.DescribeVpcPeeringConnectionsOutput, error) {
	if err := none("InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection ID", in.VpcPeeringConnectionIds); err != nil {
		return nil, err
	}
	return &ec2.DescribeVpcPeeringConnectionsOutput{VpcPeeringConnections: []types.VpcPeeringConnection{}}, nil
}

func none(code, noun string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return notFound(code, noun, ids[0])
}

type prefixList = *world.PrefixList

// DescribeManagedPrefixLists lists the prefix lists of the world file.
func (s *Side) DescribeManagedPrefixLists(_ context.Context, in *ec2.DescribeManagedPrefixListsInput) (*ec2.DescribeManagedPrefixListsOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeManagedPrefixListsOutput, error) {
		k := kind[prefixList]{
			missing: "InvalidPrefixListID.NotFound", noun: "prefix list ID",
			id: func(p prefixList) string { return p.ID }, tags: func(p prefixList) world.Tags { return p.Tags },
			fields: map[string]func(prefixList) []string{
				"prefix-list-id":   one(func(p prefixList) string { return p.ID }),
				"prefix-list-name": one(func(p prefixList) string { return p.Name }),
				"owner-id":         one(listOwner),
				"max-entries":      one(func(p prefixList) string { return strconv.Itoa(p.Counts()) }),
			},
		}
		rows, next, err := k.list(world.Sorted(st.PrefixLists), query{in.PrefixListIds, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeManagedPrefixListsOutput{NextToken: next, PrefixLists: shown(rows, func(p prefixList) types.ManagedPrefixList {
			return showPrefixList(st, p)
		})}, nil
	})
}

func listOwner(p prefixList) string {
	if p.Owner == "" {
		return "AWS"
	}
	return p.Owner
}

func showPrefixList(st *world.State, p prefixList) types.ManagedPrefixList {
	family := "IPv4"
	if slices.ContainsFunc(texts(p.Entries), func(e string) bool { return slices.Contains([]byte(e), ':') }) {
		family = "IPv6"
	}
	owner := st.Identity
	if listOwner(p) == "AWS" {
		owner.Account = "aws"
	}
	out := types.ManagedPrefixList{
		PrefixListId: aws.String(p.ID), PrefixListName: aws.String(p.Name), OwnerId: aws.String(listOwner(p)), AddressFamily: aws.String(family),
		PrefixListArn: aws.String(owner.ARN("ec2", "prefix-list/"+p.ID)), State: types.PrefixListStateCreateComplete, Tags: ec2Tags(p.Tags),
	}
	if listOwner(p) != "AWS" { // lists of AWS show neither
		out.MaxEntries, out.Version = aws.Int32(int32(p.Counts())), aws.Int64(1)
	}
	return out
}
