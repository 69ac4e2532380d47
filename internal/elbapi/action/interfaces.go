package action

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// interfaceDescription is what the network interfaces of a load balancer are called: "ELB app/NAME/ID".
func interfaceDescription(arn string) string {
	_, rest, _ := strings.Cut(arn, ":loadbalancer/")
	return "ELB " + rest
}

// attach makes a network interface in each of the load balancer's subnets, all or none.
func (a *Actions) attach(b *store.LoadBalancer) error {
	for _, s := range b.Subnets {
		i := world.Interface{
			VPC: b.VPC, Subnet: s.ID, SecurityGroups: b.SecurityGroups,
			Description: interfaceDescription(b.ARN), Requester: "amazon-elb",
		}
		for _, text := range []string{s.PrivateIPv4Address, s.IPv6Address} {
			if at, err := netip.ParseAddr(text); err == nil {
				i.Addresses = append(i.Addresses, at)
			}
		}
		if _, err := a.world.AddInterface(i); err != nil {
			a.world.RemoveInterfaces(i.Description)
			return &types.InvalidSubnetException{Message: said("Subnet '%s' has no room for the load balancer: %v", s.ID, err)}
		}
	}
	return nil
}

// reattach replaces the network interfaces when subnets or security groups differ. On an error the old ones are there
// again.
func (a *Actions) reattach(have, next *store.LoadBalancer) error {
	if slices.Equal(have.Subnets, next.Subnets) && slices.Equal(have.SecurityGroups, next.SecurityGroups) {
		return nil
	}
	a.world.RemoveInterfaces(interfaceDescription(have.ARN))
	err := a.attach(next)
	if err != nil {
		if again := a.attach(have); again != nil {
			return again
		}
	}
	return err
}
