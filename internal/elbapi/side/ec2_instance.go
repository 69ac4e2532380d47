package side

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

type instance = *world.Instance

// shownAfterEnd is how long EC2 goes on listing an instance that was terminated: about an hour.
const shownAfterEnd = time.Hour

// stateCodes are the numbers of EC2 for states of instances.
var stateCodes = map[types.InstanceStateName]int32{
	types.InstanceStateNamePending: 0, types.InstanceStateNameRunning: 16, types.InstanceStateNameShuttingDown: 32,
	types.InstanceStateNameTerminated: 48, types.InstanceStateNameStopping: 64, types.InstanceStateNameStopped: 80,
}

func stateOf(i instance) *types.InstanceState {
	name := types.InstanceStateNameRunning
	if i.State != "" {
		name = types.InstanceStateName(i.State)
	}
	return &types.InstanceState{Name: name, Code: aws.Int32(stateCodes[name])}
}

func instanceType(i instance) string {
	if i.Type != "" {
		return i.Type
	}
	return "t3.medium"
}

func imageOf(i instance) string {
	if i.Image != "" {
		return i.Image
	}
	return "ami-0a00000000000001a"
}

func instanceKind(st *world.State) kind[instance] {
	ofInterfaces := func(f func(netInterface) []string) func(instance) []string {
		return func(i instance) []string {
			var out []string
			for _, n := range interfacesOf(st, i.ID) {
				out = append(out, f(n)...)
			}
			return out
		}
	}
	enis := interfaceKind(st).fields
	return kind[instance]{
		missing: "InvalidInstanceID.NotFound", noun: "instance ID",
		id: func(i instance) string { return i.ID }, tags: func(i instance) world.Tags { return i.Tags },
		fields: map[string]func(instance) []string{
			"instance-id":              one(func(i instance) string { return i.ID }),
			"instance-state-name":      one(func(i instance) string { return string(stateOf(i).Name) }),
			"instance-state-code":      one(func(i instance) string { return strconv.Itoa(int(*stateOf(i).Code)) }),
			"instance-type":            one(instanceType),
			"image-id":                 one(imageOf),
			"vpc-id":                   one(func(i instance) string { return i.VPC }),
			"subnet-id":                one(func(i instance) string { return i.Subnet }),
			"availability-zone":        one(func(i instance) string { return zoneOf(st, i.Subnet) }),
			"private-ip-address":       one(func(i instance) string { return i.PrivateIP.String() }),
			"private-dns-name":         one(func(i instance) string { return hostName(st, i.PrivateIP) }),
			"instance.group-id":        func(i instance) []string { return i.SecurityGroups },
			"instance.group-name":      func(i instance) []string { return groupNames(st, i.SecurityGroups) },
			"owner-id":                 one(func(instance) string { return st.Identity.Account }),
			"reservation-id":           one(func(i instance) string { return world.DerivedID("r", i.ID) }),
			"architecture":             one(func(instance) string { return "x86_64" }),
			"tenancy":                  one(func(instance) string { return "default" }),
			"network-interface.vpc-id": one(func(i instance) string { return i.VPC }),
			"network-interface.addresses.private-ip-address": ofInterfaces(enis["addresses.private-ip-address"]),
			"network-interface.network-interface-id":         ofInterfaces(enis["network-interface-id"]),
			"network-interface.group-id":                     ofInterfaces(enis["group-id"]),
			"network-interface.subnet-id":                    ofInterfaces(enis["subnet-id"]),
			"network-interface.ipv6-addresses.ipv6-address":  ofInterfaces(enis["ipv6-addresses.ipv6-address"]),
		},
	}
}

// DescribeInstances lists instances, each in a reservation of its own. Those that ended are listed for an hour.
func (s *Side) DescribeInstances(_ context.Context, in *ec2.DescribeInstancesInput) (*ec2.DescribeInstancesOutput, error) {
	now := s.world.Now()
	return view(s, func(st *world.State) (*ec2.DescribeInstancesOutput, error) {
		all := slices.DeleteFunc(world.Sorted(st.Instances), func(i instance) bool { return ended(i, now) })
		rows, next, err := instanceKind(st).list(all, query{in.InstanceIds, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeInstancesOutput{NextToken: next, Reservations: shown(rows, func(i instance) types.Reservation {
			return types.Reservation{
				ReservationId: aws.String(world.DerivedID("r", i.ID)), OwnerId: aws.String(st.Identity.Account),
				Groups: []types.GroupIdentifier{}, Instances: []types.Instance{showInstance(st, i)},
			}
		})}, nil
	})
}

// ended says whether an instance was terminated so long ago that it is no longer listed.
func ended(i instance, now time.Time) bool {
	return !i.Terminated.IsZero() && now.Sub(i.Terminated) > shownAfterEnd
}

func showInstance(st *world.State, i instance) types.Instance {
	out := types.Instance{
		InstanceId: aws.String(i.ID), InstanceType: types.InstanceType(instanceType(i)), ImageId: aws.String(imageOf(i)), State: stateOf(i),
		Placement:    &types.Placement{AvailabilityZone: aws.String(zoneOf(st, i.Subnet)), Tenancy: types.TenancyDefault},
		Architecture: types.ArchitectureValuesX8664, Hypervisor: types.HypervisorTypeXen, VirtualizationType: types.VirtualizationTypeHvm,
		RootDeviceType: types.DeviceTypeEbs, RootDeviceName: aws.String("/dev/xvda"), AmiLaunchIndex: aws.Int32(0),
		Monitoring: &types.Monitoring{State: types.MonitoringStateDisabled}, EbsOptimized: aws.Bool(false), EnaSupport: aws.Bool(true),
		Tags: ec2Tags(i.Tags), BlockDeviceMappings: []types.InstanceBlockDeviceMapping{},
		NetworkInterfaces: []types.InstanceNetworkInterface{}, SecurityGroups: []types.GroupIdentifier{},
		PublicDnsName: aws.String(""), PrivateDnsName: aws.String(""), StateTransitionReason: aws.String(""),
	}
	if !i.Launched.IsZero() {
		out.LaunchTime = aws.Time(i.Launched)
	}
	if i.State == string(types.InstanceStateNameTerminated) {
		return out
	}
	out.VpcId, out.SubnetId, out.SecurityGroups = aws.String(i.VPC), aws.String(i.Subnet), groupIdentifiers(st, i.SecurityGroups)
	out.PrivateIpAddress, out.PrivateDnsName, out.SourceDestCheck = aws.String(i.PrivateIP.String()), aws.String(hostName(st, i.PrivateIP)), aws.Bool(true)
	for _, n := range interfacesOf(st, i.ID) {
		out.NetworkInterfaces = append(out.NetworkInterfaces, attachedInterface(st, n))
	}
	return out
}

func attachedInterface(st *world.State, n netInterface) types.InstanceNetworkInterface {
	x := showInterface(st, n)
	return types.InstanceNetworkInterface{
		NetworkInterfaceId: x.NetworkInterfaceId, VpcId: x.VpcId, SubnetId: x.SubnetId, Description: x.Description, Groups: x.Groups,
		InterfaceType: aws.String(string(x.InterfaceType)), MacAddress: x.MacAddress, OwnerId: x.OwnerId, Status: x.Status, SourceDestCheck: x.SourceDestCheck,
		PrivateIpAddress: x.PrivateIpAddress, PrivateDnsName: x.PrivateDnsName,
		PrivateIpAddresses: shown(x.PrivateIpAddresses, func(a types.NetworkInterfacePrivateIpAddress) types.InstancePrivateIpAddress {
			return types.InstancePrivateIpAddress{PrivateIpAddress: a.PrivateIpAddress, Primary: a.Primary, PrivateDnsName: a.PrivateDnsName}
		}),
		Ipv6Addresses: shown(x.Ipv6Addresses, func(a types.NetworkInterfaceIpv6Address) types.InstanceIpv6Address {
			return types.InstanceIpv6Address{Ipv6Address: a.Ipv6Address}
		}),
		Attachment: &types.InstanceNetworkInterfaceAttachment{
			AttachmentId: x.Attachment.AttachmentId, DeviceIndex: aws.Int32(0), DeleteOnTermination: aws.Bool(true), Status: types.AttachmentStatusAttached,
		},
	}
}
