package testkit

import (
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/gwanmun/gwanmun/internal/lookup"
)

// cloud is what the section lookups.yaml describes: the answers that AWS would give.
type cloud struct {
	VPC            *lookup.Network        `json:"vpc"`
	Subnets        []cloudSubnet          `json:"subnets"`
	Certificates   []lookup.Certificate   `json:"certificates"`
	SecurityGroups []lookup.SecurityGroup `json:"securityGroups"`
	TargetGroups   []lookup.TargetGroup   `json:"targetGroups"`
	// LoadBalancers are those that stacks have already.
	LoadBalancers []cloudLoadBalancer `json:"loadBalancers"`
	// Errors are answers that fail, by kind: {subnets: access denied}.
	Errors map[lookup.Kind]string `json:"errors"`
}

// cloudLoadBalancer is the load balancer of a stack: "namespace/name" of an Ingress or Service, or the name of a group.
type cloudLoadBalancer struct {
	lookup.LoadBalancer
	Controller string `json:"controller"`
	Stack      string `json:"stack"`
}

// cloudSubnet is a subnet; Schemes say for which load balancers its tags make it eligible.
type cloudSubnet struct {
	lookup.Subnet
	Schemes []string `json:"schemes"`
}

// defaultCloud is a VPC with two public and two private subnets and nothing else.
const defaultCloud = `
vpc: {id: vpc-1, ipv4CIDRs: [10.0.0.0/16]}
subnets:
  - {id: subnet-1, ipv4CIDRs: [10.0.1.0/24], name: public-a, zone: eu-west-1a, locale: availability-zone, vpc: vpc-1, freeAddresses: 200, schemes: [internet-facing]}
  - {id: subnet-2, ipv4CIDRs: [10.0.2.0/24], name: public-b, zone: eu-west-1b, locale: availability-zone, vpc: vpc-1, freeAddresses: 200, schemes: [internet-facing]}
  - {id: subnet-3, ipv4CIDRs: [10.0.3.0/24], name: private-a, zone: eu-west-1a, locale: availability-zone, vpc: vpc-1, freeAddresses: 200, schemes: [internal]}
  - {id: subnet-4, ipv4CIDRs: [10.0.4.0/24], name: private-b, zone: eu-west-1b, locale: availability-zone, vpc: vpc-1, freeAddresses: 200, schemes: [internal]}
`

// readCloud reads the section. Without a VPC of its own, or without subnets of its own, it has those of the default.
func readCloud(text string) (*cloud, error) {
	c, rest := &cloud{}, &cloud{}
	if err := yaml.UnmarshalStrict([]byte(text), c); err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalStrict([]byte(defaultCloud), rest); err != nil {
		return nil, err
	}
	if c.Subnets == nil {
		c.Subnets = rest.Subnets
	}
	if c.VPC == nil {
		c.VPC = rest.VPC
	}
	return c, nil
}

// answer answers one question.
func (c *cloud) answer(q lookup.Question) lookup.Answer {
	if reason := c.Errors[q.Kind]; reason != "" {
		return lookup.Answer{Err: reason}
	}
	var a lookup.Answer
	switch q.Kind {
	case lookup.VPC:
		a.VPC = c.VPC
	case lookup.Certificates:
		a.Certificates = c.Certificates
	case lookup.Subnets:
		for _, s := range c.Subnets {
			if q.Name != "" && (s.ID == q.Name || s.Name == q.Name) || q.Name == "" && slices.Contains(s.Schemes, q.Scheme) {
				a.Subnets = append(a.Subnets, s.Subnet)
			}
		}
	case lookup.SecurityGroups:
		for _, g := range c.SecurityGroups {
			if g.ID == q.Name || g.Name == q.Name {
				a.SecurityGroups = append(a.SecurityGroups, g)
			}
		}
	case lookup.LoadBalancers:
		for i := range c.LoadBalancers {
			if b := &c.LoadBalancers[i]; b.Controller == q.Controller && b.Stack == q.Name {
				a.LoadBalancer = &b.LoadBalancer
			}
		}
	case lookup.TargetGroups:
		for _, g := range c.TargetGroups {
			if g.Name == q.Name {
				a.TargetGroups = append(a.TargetGroups, g)
			}
		}
	}
	return a
}
