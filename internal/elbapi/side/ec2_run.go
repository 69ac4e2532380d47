package side

import (
	"context"
	"maps"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// maxInstances is EC2's default for running instances.
const maxInstances = 20

// RunInstances adds instances, which are running at once. They are rows with an address: no machine is started, and nothing
// answers at the address but what somebody else puts there.
func (s *Side) RunInstances(_ context.Context, in *ec2.RunInstancesInput) (*ec2.RunInstancesOutput, error) {
	tags, err := specified(in.TagSpecifications, types.ResourceTypeInstance, types.ResourceTypeVolume, types.ResourceTypeNetworkInterface)
	if err != nil {
		return nil, err
	}
	low, high := aws.ToInt32(in.MinCount), aws.ToInt32(in.MaxCount)
	switch {
	case aws.ToString(in.ImageId) == "":
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter ImageId")
	case in.MinCount == nil || in.MaxCount == nil:
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameters MinCount and MaxCount")
	case low < 1 || high < low:
		return nil, wire.Errorf(wire.InvalidParameterValue, "Invalid value for instance count: minCount %d, maxCount %d", low, high)
	case len(in.NetworkInterfaces) > 0:
		return nil, wire.Errorf("UnsupportedOperation", "Network interfaces of new instances cannot be described here: name a subnet and security groups.")
	}
	now := s.world.Now().UTC()
	return change(s, func(st *world.State) (*ec2.RunInstancesOutput, error) {
		maps.DeleteFunc(st.Instances, func(_ string, i instance) bool { return ended(i, now) })
		sub, err := subnetForRun(st, in)
		if err != nil {
			return nil, err
		}
		groups, err := groupsForRun(st, sub, in)
		if err != nil {
			return nil, err
		}
		if err := roomFor(st, sub, int(low), in.PrivateIpAddress); err != nil {
			return nil, err
		}
		count := min(int(high), st.FreeAddresses(sub), maxInstances-running(st))
		if in.PrivateIpAddress != nil {
			count = 1
		}
		out := &ec2.RunInstancesOutput{ReservationId: aws.String(st.NewID("r")), OwnerId: aws.String(st.Identity.Account), Groups: []types.GroupIdentifier{}}
		for range count {
			i := &world.Instance{
				ID: st.NewID("i"), VPC: sub.VPC, Subnet: sub.ID, SecurityGroups: slices.Clone(groups), Image: *in.ImageId,
				Type: string(in.InstanceType), Launched: now, Tags: maps.Clone(tags),
			}
			eni := world.Interface{Subnet: sub.ID, SecurityGroups: groups, Instance: i.ID}
			if in.PrivateIpAddress != nil {
				eni.Addresses = []netip.Addr{netip.MustParseAddr(*in.PrivateIpAddress)}
			}
			put, err := st.PutInterface(eni)
			if err != nil {
				return nil, wire.Errorf(wire.InternalFailure, "%v", err)
			}
			i.PrivateIP = put.Addresses[0]
			st.Instances[i.ID] = i
			shownNow := showInstance(st, i)
			shownNow.State = &types.InstanceState{Name: types.InstanceStateNamePending, Code: aws.Int32(0)}
			out.Instances = append(out.Instances, shownNow)
		}
		return out, nil
	})
}

func running(st *world.State) int {
	n := 0
	for _, i := range st.Instances {
		if i.State != string(types.InstanceStateNameTerminated) {
			n++
		}
	}
	return n
}

func subnetForRun(st *world.State, in *ec2.RunInstancesInput) (*world.Subnet, error) {
	if aws.ToString(in.SubnetId) != "" {
		return subnetOf(st, in.SubnetId)
	}
	zone := ""
	if in.Placement != nil {
		zone = aws.ToString(in.Placement.AvailabilityZone)
	}
	for _, x := range world.Sorted(st.Subnets) {
		if defaultForZone(st, x) && (zone == "" || x.Zone == zone) {
			return x, nil
		}
	}
	return nil, wire.Errorf("MissingInput", "No subnets found for the default VPC. Please specify a subnet.")
}

func groupsForRun(st *world.State, sub *world.Subnet, in *ec2.RunInstancesInput) ([]string, error) {
	var out []string
	for _, id := range in.SecurityGroupIds {
		g, err := groupOf(st, aws.String(id), nil)
		if err != nil {
			return nil, err
		}
		if g.VPC != sub.VPC {
			return nil, wire.Errorf(wire.InvalidParameterValue, "Security group %s and subnet %s belong to different networks.", id, sub.ID)
		}
		out = append(out, g.ID)
	}
	for _, name := range in.SecurityGroups {
		g, err := groupByName(st, name)
		if err != nil {
			return nil, err
		}
		out = append(out, g.ID)
	}
	if len(out) == 0 {
		if g, ok := st.GroupByName(sub.VPC, world.DefaultGroup); ok {
			out = []string{g.ID}
		}
	}
	return out, nil
}

// roomFor checks everything that would make adding interfaces fail, before anything is changed.
func roomFor(st *world.State, sub *world.Subnet, least int, address *string) error {
	if running(st)+least > maxInstances {
		return wire.Errorf("InstanceLimitExceeded", "You have requested more instances (%d) than your current instance limit of %d allows.", running(st)+least, maxInstances)
	}
	if st.FreeAddresses(sub) < least {
		return wire.Errorf("InsufficientFreeAddressesInSubnet", "There are not enough free addresses in subnet '%s' to satisfy the requested number of instances.", sub.ID)
	}
	if address == nil {
		return nil
	}
	a, err := netip.ParseAddr(*address)
	if err != nil || !a.Is4() || !sub.Usable(a) {
		return wire.Errorf(wire.InvalidParameterValue, "Address %s does not fall within the subnet's address range, or is reserved", *address)
	}
	for _, i := range st.Interfaces {
		if slices.Contains(i.Addresses, a) && i.Subnet == sub.ID {
			return wire.Errorf("InvalidIPAddress.InUse", "Address %s is in use.", a)
		}
	}
	if least > 1 {
		return wire.Errorf(wire.InvalidParameterValue, "One private IP address cannot be given to several instances")
	}
	return nil
}

// TerminateInstances ends instances and removes their interfaces. Ending one twice is no mistake.
func (s *Side) TerminateInstances(_ context.Context, in *ec2.TerminateInstancesInput) (*ec2.TerminateInstancesOutput, error) {
	if len(in.InstanceIds) == 0 {
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter InstanceId")
	}
	now := s.world.Now().UTC()
	return change(s, func(st *world.State) (*ec2.TerminateInstancesOutput, error) {
		var ending []instance
		for _, id := range in.InstanceIds {
			i, ok := st.Instances[id]
			if !ok || ended(i, now) {
				return nil, notFound("InvalidInstanceID.NotFound", "instance ID", id)
			}
			ending = append(ending, i)
		}
		out := &ec2.TerminateInstancesOutput{}
		for _, i := range ending {
			before := stateOf(i)
			if before.Name != types.InstanceStateNameTerminated {
				i.State, i.Terminated = string(types.InstanceStateNameTerminated), now
				maps.DeleteFunc(st.Interfaces, func(_ string, n netInterface) bool { return n.Instance == i.ID })
			}
			out.TerminatingInstances = append(out.TerminatingInstances, types.InstanceStateChange{
				InstanceId: aws.String(i.ID), PreviousState: before, CurrentState: stateOf(i),
			})
		}
		return out, nil
	})
}
