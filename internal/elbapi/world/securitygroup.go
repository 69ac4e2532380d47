package world

import "net/netip"

// SecurityGroup is a set of rules for the interfaces that carry it.
type SecurityGroup struct {
	ID string `json:"id"`
	// Name is unique in its VPC; the group called default comes and goes with the VPC.
	Name        string `json:"name"`
	VPC         string `json:"vpc"`
	Description string `json:"description,omitempty"`
	Ingress     []Rule `json:"ingress,omitempty"`
	Egress      []Rule `json:"egress,omitempty"`
	Tags        Tags   `json:"tags,omitempty"`
}

// Rule lets packets in or out.
type Rule struct {
	// ID is sgr- and 17 hexadecimal digits; the world gives one to rules of a file that have none.
	ID string `json:"id,omitempty"`
	Match
	Description string `json:"description,omitempty"`
	Tags        Tags   `json:"tags,omitempty"`
}

// Match is what makes a rule the same as another: no group holds two with the same one in one direction.
type Match struct {
	// Protocol is tcp, udp, icmp, icmpv6, the number of another one, or -1 for all.
	Protocol string `json:"protocol"`
	// FromPort and ToPort are ports for tcp and udp, type and code for icmp (-1 for all), and -1 for other protocols.
	FromPort int32 `json:"fromPort"`
	ToPort   int32 `json:"toPort"`
	// Exactly one of CIDR, PrefixList and Group says who is on the other end.
	CIDR       netip.Prefix `json:"cidr,omitzero"`
	PrefixList string       `json:"prefixList,omitempty"`
	Group      string       `json:"group,omitempty"`
}

// Refers says whether a rule of the group, in any direction, names another group.
func (g SecurityGroup) Refers(group string) bool {
	for _, rules := range [][]Rule{g.Ingress, g.Egress} {
		for _, r := range rules {
			if r.Group == group {
				return true
			}
		}
	}
	return false
}

// IsDefault says whether the group is the one that comes with its VPC.
func (g SecurityGroup) IsDefault() bool { return g.Name == DefaultGroup }

// DefaultGroup is the name of the security group that every VPC has.
const DefaultGroup = "default"
