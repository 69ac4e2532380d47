package side

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

type netInterface = *world.Interface

func interfaceKind(st *world.State) kind[netInterface] {
	addresses := func(v4 bool) func(netInterface) []string {
		return func(i netInterface) []string {
			var out []string
			for _, a := range i.Addresses {
				if a.Is4() == v4 {
					out = append(out, a.String())
				}
			}
			return out
		}
	}
	fields := map[string]func(netInterface) []string{
		"network-interface-id":         one(func(i netInterface) string { return i.ID }),
		"vpc-id":                       one(func(i netInterface) string { return i.VPC }),
		"subnet-id":                    one(func(i netInterface) string { return i.Subnet }),
		"availability-zone":            one(func(i netInterface) string { return zoneOf(st, i.Subnet) }),
		"addresses.private-ip-address": addresses(true),
		"ipv6-addresses.ipv6-address":  addresses(false),
		"private-ip-address":           one(func(i netInterface) string { return primary(i).String() }),
		"addresses.primary":            func(netInterface) []string { return []string{"true", "false"} },
		"mac-address":                  one(func(i netInterface) string { return macAddress(i.ID) }),
		"description":                  one(func(i netInterface) string { return i.Description }),
		"group-id":                     func(i netInterface) []string { return i.SecurityGroups },
		"group-name":                   func(i netInterface) []string { return groupNames(st, i.SecurityGroups) },
		"interface-type":               one(func(i netInterface) string { return string(interfaceType(i)) }),
		"owner-id":                     one(func(netInterface) string { return st.Identity.Account }),
		"requester-id":                 one(func(i netInterface) string { return i.Requester }),
		"requester-managed":            one(func(i netInterface) string { return truth(i.Requester != "") }),
		"source-dest-check":            one(func(netInterface) string { return "true" }),
		"status":                       one(func(i netInterface) string { return string(interfaceStatus(i)) }),
		"attachment.instance-id":       func(i netInterface) []string { return given(&i.Instance) },
		"attachment.instance-owner-id": func(i netInterface) []string { return given(attachedBy(st, i)) },
		"attachment.attachment-id":     one(func(i netInterface) string { return world.DerivedID("eni-attach", i.ID) }),
		"attachment.status": func(i netInterface) []string {
			return shown(given(attachedBy(st, i)), func(string) string { return "attached" })
		},
		"private-dns-name":              one(func(i netInterface) string { return hostName(st, primary(i)) }),
		"attachment.device-index":       func(i netInterface) []string { return shown(given(&i.Instance), func(string) string { return "0" }) },
		"attachment.network-card-index": func(i netInterface) []string { return shown(given(&i.Instance), func(string) string { return "0" }) },
	}
	return kind[netInterface]{
		missing: "InvalidNetworkInterfaceID.NotFound", noun: "networkInterface ID",
		id: func(i netInterface) string { return i.ID }, tags: func(i netInterface) world.Tags { return i.Tags }, fields: fields,
	}
}

// primary is the first IPv4 address of an interface.
func primary(i netInterface) netip.Addr {
	for _, a := range i.Addresses {
		if a.Is4() {
			return a
		}
	}
	return netip.Addr{}
}

func zoneOf(st *world.State, subnet string) string {
	if x := st.Subnets[subnet]; x != nil {
		return x.Zone
	}
	return ""
}

func groupNames(st *world.State, ids []string) []string {
	var out []string
	for _, id := range ids {
		if g := st.SecurityGroups[id]; g != nil {
			out = append(out, g.Name)
		}
	}
	return out
}

// macAddress makes a locally administered address that stays the same.
func macAddress(id string) string {
	h := sha256.Sum256([]byte(id))
	return fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", h[0], h[1], h[2], h[3], h[4])
}

// interfaceType tells interfaces of network load balancers, whose description says net/, from all others.
func interfaceType(i netInterface) types.NetworkInterfaceType {
	if strings.HasPrefix(i.Description, "ELB net/") {
		return types.NetworkInterfaceTypeNetworkLoadBalancer
	}
	return types.NetworkInterfaceTypeInterface
}

func interfaceStatus(i netInterface) types.NetworkInterfaceStatus {
	if i.Instance != "" || i.Requester != "" {
		return types.NetworkInterfaceStatusInUse
	}
	return types.NetworkInterfaceStatusAvailable
}

// attachedBy is the owner of what an interface is attached to: the account, or a service that asked for it.
func attachedBy(st *world.State, i netInterface) *string {
	switch {
	case i.Instance != "":
		return aws.String(st.Identity.Account)
	case i.Requester != "":
		return aws.String(i.Requester)
	}
	return nil
}

// hostName is the private DNS name of an address: ip-10-42-64-10.ap-northeast-2.compute.internal.
func hostName(st *world.State, a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	domain := st.Identity.Region + ".compute.internal"
	if st.Identity.Region == "us-east-1" {
		domain = "ec2.internal"
	}
	return "ip-" + strings.ReplaceAll(a.String(), ".", "-") + "." + domain
}

// DescribeNetworkInterfaces lists network interfaces: of instances, and of load balancers.
func (s *Side) DescribeNetworkInterfaces(_ context.Context, in *ec2.DescribeNetworkInterfacesInput) (*ec2.DescribeNetworkInterfacesOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeNetworkInterfacesOutput, error) {
		rows, next, err := interfaceKind(st).list(world.Sorted(st.Interfaces), query{in.NetworkInterfaceIds, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeNetworkInterfacesOutput{NextToken: next, NetworkInterfaces: shown(rows, func(i netInterface) types.NetworkInterface { return showInterface(st, i) })}, nil
	})
}

func groupIdentifiers(st *world.State, ids []string) []types.GroupIdentifier {
	return shown(ids, func(id string) types.GroupIdentifier {
		return types.GroupIdentifier{GroupId: aws.String(id), GroupName: aws.String(strings.Join(groupNames(st, []string{id}), ""))}
	})
}

func showInterface(st *world.State, i netInterface) types.NetworkInterface {
	out := types.NetworkInterface{
		NetworkInterfaceId: aws.String(i.ID), VpcId: aws.String(i.VPC), SubnetId: aws.String(i.Subnet), AvailabilityZone: aws.String(zoneOf(st, i.Subnet)),
		AvailabilityZoneId: aws.String(zoneID(st, zoneOf(st, i.Subnet))),
		Description:        aws.String(i.Description), Groups: groupIdentifiers(st, i.SecurityGroups), InterfaceType: interfaceType(i), MacAddress: aws.String(macAddress(i.ID)),
		OwnerId: aws.String(st.Identity.Account), RequesterManaged: aws.Bool(i.Requester != ""), SourceDestCheck: aws.Bool(true), Status: interfaceStatus(i),
		TagSet: ec2Tags(i.Tags), PrivateIpAddresses: []types.NetworkInterfacePrivateIpAddress{}, Ipv6Addresses: []types.NetworkInterfaceIpv6Address{},
	}
	if i.Requester != "" {
		out.RequesterId = aws.String(i.Requester)
	}
	for _, a := range i.Addresses {
		if a.Is6() {
			out.Ipv6Addresses = append(out.Ipv6Addresses, types.NetworkInterfaceIpv6Address{Ipv6Address: aws.String(a.String())})
			continue
		}
		out.PrivateIpAddresses = append(out.PrivateIpAddresses, types.NetworkInterfacePrivateIpAddress{
			PrivateIpAddress: aws.String(a.String()), Primary: aws.Bool(a == primary(i)), PrivateDnsName: aws.String(hostName(st, a)),
		})
	}
	if a := primary(i); a.IsValid() {
		out.PrivateIpAddress, out.PrivateDnsName = aws.String(a.String()), aws.String(hostName(st, a))
	}
	if owner := attachedBy(st, i); owner != nil {
		out.Attachment = &types.NetworkInterfaceAttachment{
			AttachmentId: aws.String(world.DerivedID("eni-attach", i.ID)), InstanceOwnerId: owner, Status: types.AttachmentStatusAttached,
			DeviceIndex: aws.Int32(0), DeleteOnTermination: aws.Bool(i.Instance != ""),
		}
		if i.Instance != "" {
			out.Attachment.InstanceId = aws.String(i.Instance)
		}
	}
	return out
}

// interfacesOf are the interfaces of an instance, by id.
func interfacesOf(st *world.State, instance string) []netInterface {
	return slices.DeleteFunc(world.Sorted(st.Interfaces), func(i netInterface) bool { return i.Instance != instance })
}
