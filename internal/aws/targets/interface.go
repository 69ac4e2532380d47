package targets

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
)

// knownInstance is an instance's interfaces, the primary one first.
type knownInstance struct {
	interfaces []iface
	until      time.Time
}

type iface struct {
	groups    []string
	addresses []string
	prefixes  []netip.Prefix
}

// knownAddress are the security groups of the interface that has an address; none when there is no such interface.
type knownAddress struct {
	groups []string
	until  time.Time
}

func (i *iface) has(address string) bool {
	if slices.Contains(i.addresses, address) {
		return true
	}
	a, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(i.prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// groupsOf sorts endpoints by the security group that takes permissions for them. lost says which ones have none.
func (n *Network) groupsOf(ctx context.Context, list []Endpoint) (byGroup map[string][]Endpoint, lost, err error) {
	if err := n.readInstances(ctx, list); err != nil {
		return nil, nil, err
	}
	if err := n.readAddresses(ctx, list); err != nil {
		return nil, nil, err
	}
	out := map[string][]Endpoint{}
	var errs []error
	for _, e := range list {
		ids := n.interfaceGroups(e)
		if len(ids) == 0 {
			errs = append(errs, fmt.Errorf("target %s has no network interface that could be found", e.ID))
			continue
		}
		id, err := n.choose(ctx, "target "+e.ID, ids)
		switch {
		case awserr.Code(err) != "":
			return nil, nil, err
		case err != nil:
			errs = append(errs, err)
		default:
			out[id] = append(out[id], e)
		}
	}
	return out, errors.Join(errs...), nil
}

func (e Endpoint) instance() string {
	if !isAddress(e.ID) {
		return e.ID
	}
	return e.Instance
}

// interfaceGroups are the security groups of the interface behind an endpoint: for an instance, of its primary one; for an
// address, of the one that has it. An address that no interface has (networks that hide pods behind their node) is reached
// through its node's primary interface.
func (n *Network) interfaceGroups(e Endpoint) []string {
	known := n.instances[e.instance()].interfaces
	if isAddress(e.ID) {
		for i := range known {
			if known[i].has(e.ID) {
				return known[i].groups
			}
		}
		if g := n.addresses[e.ID].groups; len(g) > 0 {
			return g
		}
	}
	if len(known) > 0 {
		return known[0].groups
	}
	return nil
}

// settled says whether the interfaces of its instance say enough about an endpoint: one of them has the address, or all of
// them have the same groups.
func (n *Network) settled(e Endpoint) bool {
	known := n.instances[e.instance()].interfaces
	same := len(known) > 0
	for i := range known {
		if known[i].has(e.ID) {
			return true
		}
		same = same && slices.Equal(known[i].groups, known[0].groups)
	}
	return same
}

// readInstances fetches instances that are not known.
func (n *Network) readInstances(ctx context.Context, list []Endpoint) error {
	now := n.o.Now()
	var ask []string
	for _, e := range list {
		id := e.instance()
		if k, ok := n.instances[id]; id != "" && (!ok || !now.Before(k.until)) {
			ask = append(ask, id)
		}
	}
	slices.Sort(ask)
	name := "instance-id"
	for part := range slices.Chunk(slices.Compact(ask), chunk) {
		for _, id := range part {
			n.instances[id] = knownInstance{until: now.Add(n.o.Kept)}
		}
		pages := ec2.NewDescribeInstancesPaginator(n.clients.EC2, &ec2.DescribeInstancesInput{
			Filters: []ec2types.Filter{{Name: &name, Values: part}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				for _, id := range part {
					delete(n.instances, id)
				}
				return awserr.Wrap("DescribeInstances", strings.Join(part, " "), err)
			}
			for _, r := range page.Reservations {
				for i := range r.Instances {
					n.instances[value(r.Instances[i].InstanceId)] = knownInstance{interfacesOf(&r.Instances[i]), now.Add(n.o.Kept)}
				}
			}
		}
	}
	return nil
}

func interfacesOf(i *ec2types.Instance) []iface {
	var out []iface
	for _, f := range i.NetworkInterfaces {
		one := iface{groups: groupIDs(f.Groups)}
		for _, a := range f.PrivateIpAddresses {
			one.addresses = append(one.addresses, value(a.PrivateIpAddress))
		}
		for _, a := range f.Ipv6Addresses {
			one.addresses = append(one.addresses, value(a.Ipv6Address))
		}
		for _, p := range f.Ipv4Prefixes {
			one.addPrefix(p.Ipv4Prefix)
		}
		for _, p := range f.Ipv6Prefixes {
			one.addPrefix(p.Ipv6Prefix)
		}
		if f.Attachment != nil && value(f.Attachment.DeviceIndex) == 0 {
			out = slices.Insert(out, 0, one)
		} else {
			out = append(out, one)
		}
	}
	if len(out) == 0 && len(i.SecurityGroups) > 0 {
		out = append(out, iface{groups: groupIDs(i.SecurityGroups), addresses: []string{value(i.PrivateIpAddress)}})
	}
	return out
}

func (i *iface) addPrefix(text *string) {
	if p, err := netip.ParsePrefix(value(text)); err == nil {
		i.prefixes = append(i.prefixes, p)
	}
}

func groupIDs(list []ec2types.GroupIdentifier) []string {
	var out []string
	for _, g := range list {
		out = append(out, value(g.GroupId))
	}
	slices.Sort(out)
	return out
}

// readAddresses looks for the interfaces of addresses about which their instances do not say enough.
func (n *Network) readAddresses(ctx context.Context, list []Endpoint) error {
	now := n.o.Now()
	var v4, v6 []string
	for _, e := range list {
		k, ok := n.addresses[e.ID]
		switch {
		case !isAddress(e.ID), n.settled(e), ok && now.Before(k.until):
		case strings.Contains(e.ID, ":"):
			v6 = append(v6, e.ID)
		default:
			v4 = append(v4, e.ID)
		}
	}
	if err := n.findAddresses(ctx, "addresses.private-ip-address", v4); err != nil {
		return err
	}
	return n.findAddresses(ctx, "ipv6-addresses.ipv6-address", v6)
}

func (n *Network) findAddresses(ctx context.Context, filter string, list []string) error {
	for part := range slices.Chunk(list, chunk) {
		filters := []ec2types.Filter{{Name: &filter, Values: part}}
		if n.o.VPC != nil {
			vpc, err := n.o.VPC(ctx)
			if err != nil {
				return err
			}
			name := "vpc-id"
			filters = append(filters, ec2types.Filter{Name: &name, Values: []string{vpc}})
		}
		pages := ec2.NewDescribeNetworkInterfacesPaginator(n.clients.EC2, &ec2.DescribeNetworkInterfacesInput{Filters: filters})
		until := n.o.Now().Add(n.o.Kept)
		found := map[string]knownAddress{}
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return awserr.Wrap("DescribeNetworkInterfaces", "", err)
			}
			for i := range page.NetworkInterfaces {
				f := &page.NetworkInterfaces[i]
				for _, a := range f.PrivateIpAddresses {
					found[value(a.PrivateIpAddress)] = knownAddress{groupIDs(f.Groups), until}
				}
				for _, a := range f.Ipv6Addresses {
					found[value(a.Ipv6Address)] = knownAddress{groupIDs(f.Groups), until}
				}
			}
		}
		for _, a := range part {
			k := found[a]
			k.until = until
			n.addresses[a] = k
		}
	}
	return nil
}

// value is what a pointer of the SDK points to; the zero value for none.
func value[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}
