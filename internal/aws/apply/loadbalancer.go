package apply

import (
	"context"
	"slices"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

func (r *run) createLoadBalancer(ctx context.Context, op plan.Operation) error {
	want := op.WantLoadBalancer
	if len(want.Subnets) == 0 {
		return unfit("no subnets could be chosen for it")
	}
	in := &elbv2.CreateLoadBalancerInput{
		Name: &want.Name, Type: elbtypes.LoadBalancerTypeEnum(want.Type), Scheme: elbtypes.LoadBalancerSchemeEnum(want.Scheme),
		IpAddressType: elbtypes.IpAddressType(want.IPAddressType), SubnetMappings: subnets(want.Subnets),
		SecurityGroups: r.groups(want.SecurityGroups), CustomerOwnedIpv4Pool: text(want.CustomerOwnedIPv4Pool),
		EnablePrefixForIpv6SourceNat: elbtypes.EnablePrefixForIpv6SourceNatEnum(want.IPv6SourceNAT), Tags: elbTags(op.Tags),
	}
	if want.IPAMPoolID != "" {
		in.IpamPools = &elbtypes.IpamPools{Ipv4IpamPoolId: &want.IPAMPoolID}
	}
	var out *elbv2.CreateLoadBalancerOutput
	create := func() (err error) {
		out, err = r.clients.ELB.CreateLoadBalancer(ctx, in)
		return err
	}
	err := create()
	if awserr.Is(err, "InvalidSecurityGroup") && slices.ContainsFunc(in.SecurityGroups, func(g string) bool { return r.fresh[g] }) {
		err = r.poll(ctx, patienceGroup, create, "InvalidSecurityGroup")
	}
	if err != nil {
		return err
	}
	lb := &out.LoadBalancers[0]
	arn := *lb.LoadBalancerArn
	r.fresh[arn] = true
	r.s.LoadBalancers[op.LoadBalancer] = arn
	r.s.Shown[arn] = observe.ShownOf(lb)
	if rules := lb.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic; rules != nil {
		r.then = func() { r.s.lb(op.LoadBalancer).PrivateLinkInboundRules = *rules }
	}
	r.o.Tagged(arn, want.Tags)
	return nil
}

// unfit is a wish that AWS need not be asked to refuse.
type unfit string

func (u unfit) Error() string { return string(u) }

// Class makes it a matter for the user.
func (unfit) Class() awserr.Class { return awserr.Terminal }

func subnets(list []model.SubnetMapping) []elbtypes.SubnetMapping {
	var out []elbtypes.SubnetMapping
	for i := range list {
		m := &list[i]
		out = append(out, elbtypes.SubnetMapping{
			SubnetId: &m.SubnetID, AllocationId: text(m.AllocationID), PrivateIPv4Address: text(m.PrivateIPv4Address),
			IPv6Address: text(m.IPv6Address), SourceNatIpv6Prefix: text(m.SourceNATIPv6),
		})
	}
	return out
}

// groups are the ids of security groups.
func (r *run) groups(list []string) []string {
	var out []string
	for _, g := range list {
		out = append(out, r.s.SecurityGroup(g))
	}
	return out
}

func (r *run) setIPAddressType(ctx context.Context, op plan.Operation) error {
	arn, want := r.s.LoadBalancer(op.LoadBalancer), op.WantLoadBalancer
	_, err := r.clients.ELB.SetIpAddressType(ctx, &elbv2.SetIpAddressTypeInput{
		LoadBalancerArn: &arn, IpAddressType: elbtypes.IpAddressType(want.IPAddressType),
	})
	return err
}

func (r *run) setSubnets(ctx context.Context, op plan.Operation) error {
	arn, want := r.s.LoadBalancer(op.LoadBalancer), op.WantLoadBalancer
	_, err := r.clients.ELB.SetSubnets(ctx, &elbv2.SetSubnetsInput{
		LoadBalancerArn: &arn, SubnetMappings: subnets(want.Subnets),
		EnablePrefixForIpv6SourceNat: elbtypes.EnablePrefixForIpv6SourceNatEnum(want.IPv6SourceNAT),
	})
	return err
}

func (r *run) setSecurityGroups(ctx context.Context, op plan.Operation) error {
	arn, want := r.s.LoadBalancer(op.LoadBalancer), op.WantLoadBalancer
	_, err := r.clients.ELB.SetSecurityGroups(ctx, &elbv2.SetSecurityGroupsInput{
		LoadBalancerArn: &arn, SecurityGroups: r.groups(want.SecurityGroups),
		EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: elbtypes.EnforceSecurityGroupInboundRulesOnPrivateLinkTrafficEnum(want.PrivateLinkInboundRules),
	})
	return err
}

func (r *run) modifyLoadBalancerAttributes(ctx context.Context, op plan.Operation) error {
	arn := r.s.LoadBalancer(op.LoadBalancer)
	in := &elbv2.ModifyLoadBalancerAttributesInput{LoadBalancerArn: &arn}
	for i := range op.Attributes {
		in.Attributes = append(in.Attributes, elbtypes.LoadBalancerAttribute{Key: &op.Attributes[i].Key, Value: &op.Attributes[i].Value})
	}
	return r.seen(ctx, arn, func() error {
		_, err := r.clients.ELB.ModifyLoadBalancerAttributes(ctx, in)
		return err
	})
}

func (r *run) modifyIPPools(ctx context.Context, op plan.Operation) error {
	arn, want := r.s.LoadBalancer(op.LoadBalancer), op.WantLoadBalancer
	in := &elbv2.ModifyIpPoolsInput{LoadBalancerArn: &arn}
	if want.IPAMPoolID == "" {
		in.RemoveIpamPools = []elbtypes.RemoveIpamPoolEnum{elbtypes.RemoveIpamPoolEnumIpv4}
	} else {
		in.IpamPools = &elbtypes.IpamPools{Ipv4IpamPoolId: &want.IPAMPoolID}
	}
	_, err := r.clients.ELB.ModifyIpPools(ctx, in)
	return err
}

// deleteLoadBalancer takes a load balancer away with its listeners. Protection from deletion is never lifted here: only a
// plan that replaces a load balancer says so, before this.
func (r *run) deleteLoadBalancer(ctx context.Context, op plan.Operation) error {
	arn := r.s.LoadBalancer(op.LoadBalancer)
	_, err := r.clients.ELB.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: &arn})
	if err != nil && !awserr.Is(err, "LoadBalancerNotFound") {
		return err
	}
	delete(r.s.LoadBalancers, op.LoadBalancer)
	delete(r.s.Shown, arn)
	r.s.Handles.ForgetLoadBalancer(arn)
	r.o.Tagged(arn, nil)
	return nil
}
