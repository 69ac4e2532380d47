package side

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// asked is what the four calls that change rules have in common. The single form (one CIDR, one range) is older.
type asked struct {
	permissions              []types.IpPermission
	cidr, protocol           *string
	from, to                 *int32
	sourceGroup, sourceOwner *string
}

// rules takes permissions apart into rules of one protocol, port range and source each.
func (a asked) rules(st *world.State, g *world.SecurityGroup) ([]world.Rule, error) {
	all := a.permissions
	if a.cidr != nil || a.protocol != nil || a.sourceGroup != nil {
		if len(all) > 0 {
			return nil, wire.Errorf("InvalidParameterCombination", "The parameter 'ipPermissions' may not be used in combination with 'ipProtocol', 'cidrIp' or 'sourceSecurityGroupName'")
		}
		p := types.IpPermission{IpProtocol: a.protocol, FromPort: a.from, ToPort: a.to}
		if a.cidr != nil {
			p.IpRanges = []types.IpRange{{CidrIp: a.cidr}}
		}
		if a.sourceGroup != nil {
			p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupName: a.sourceGroup, UserId: a.sourceOwner}}
			if p.IpProtocol == nil {
				p.IpProtocol = aws.String("-1")
			}
		}
		all = []types.IpPermission{p}
	}
	if len(all) == 0 {
		return nil, wire.Errorf(wire.MissingParameter, "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided.")
	}
	var out []world.Rule
	for _, p := range all {
		rules, err := split(st, g, p)
		if err != nil {
			return nil, err
		}
		out = append(out, rules...)
	}
	seen := map[world.Match]bool{}
	for _, r := range out {
		if seen[r.Match] {
			return nil, wire.Errorf(wire.InvalidParameterValue, "The same permission must not appear multiple times")
		}
		seen[r.Match] = true
	}
	return out, nil
}

func split(st *world.State, g *world.SecurityGroup, p types.IpPermission) ([]world.Rule, error) {
	m, err := portsOf(p)
	if err != nil {
		return nil, err
	}
	var out []world.Rule
	add := func(m world.Match, description *string) error {
		d := aws.ToString(description)
		if len(d) > maxGroupText || strings.Trim(d, groupNameChars) != "" {
			return wire.Errorf(wire.InvalidParameterValue, "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
		}
		out = append(out, world.Rule{Match: m, Description: d})
		return nil
	}
	for _, r := range p.IpRanges {
		c, err := cidrOf(aws.ToString(r.CidrIp), true)
		if err != nil {
			return nil, err
		}
		if err := add(from(m, world.Match{CIDR: c}), r.Description); err != nil {
			return nil, err
		}
	}
	for _, r := range p.Ipv6Ranges {
		c, err := cidrOf(aws.ToString(r.CidrIpv6), false)
		if err != nil {
			return nil, err
		}
		if err := add(from(m, world.Match{CIDR: c}), r.Description); err != nil {
			return nil, err
		}
	}
	for _, r := range p.PrefixListIds {
		id := aws.ToString(r.PrefixListId)
		if _, ok := st.PrefixLists[id]; !ok {
			return nil, wire.Errorf("InvalidPrefixListID.NotFound", "The prefix list ID '%s' does not exist", id)
		}
		if err := add(from(m, world.Match{PrefixList: id}), r.Description); err != nil {
			return nil, err
		}
	}
	for _, r := range p.UserIdGroupPairs {
		id, err := peerGroup(st, g, r)
		if err != nil {
			return nil, err
		}
		if err := add(from(m, world.Match{Group: id}), r.Description); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, wire.Errorf(wire.InvalidParameterValue, "Invalid value for ipPermissions: at least one of IpRanges, Ipv6Ranges, PrefixListIds and UserIdGroupPairs is needed.")
	}
	return out, nil
}

// from joins the protocol and ports of one match with the source of another.
func from(ports, source world.Match) world.Match {
	source.Protocol, source.FromPort, source.ToPort = ports.Protocol, ports.FromPort, ports.ToPort
	return source
}

// protocolNames are the protocols that rules name by word; all others are numbers.
var protocolNames = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}

func portsOf(p types.IpPermission) (world.Match, error) {
	protocol := strings.ToLower(aws.ToString(p.IpProtocol))
	if name, ok := protocolNames[protocol]; ok {
		protocol = name
	}
	m := world.Match{Protocol: protocol, FromPort: -1, ToPort: -1}
	switch protocol {
	case "":
		return m, wire.Errorf(wire.InvalidParameterValue, "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.")
	case "tcp", "udp":
		if p.FromPort == nil || p.ToPort == nil {
			return m, wire.Errorf(wire.InvalidParameterValue, "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
		}
		if *p.FromPort == -1 && *p.ToPort == -1 {
			m.FromPort, m.ToPort = 0, 65535
			return m, nil
		}
		if *p.FromPort < 0 || *p.ToPort > 65535 || *p.FromPort > *p.ToPort {
			return m, wire.Errorf(wire.InvalidParameterValue, "Invalid TCP/UDP port range (%d:%d)", *p.FromPort, *p.ToPort)
		}
		m.FromPort, m.ToPort = *p.FromPort, *p.ToPort
	case "icmp", "icmpv6":
		if p.FromPort != nil {
			m.FromPort = *p.FromPort
		}
		if p.ToPort != nil {
			m.ToPort = *p.ToPort
		}
		if m.FromPort < -1 || m.FromPort > 255 || m.ToPort < -1 || m.ToPort > 255 {
			return m, wire.Errorf(wire.InvalidParameterValue, "ICMP code (%d) or type (%d) out of range", m.ToPort, m.FromPort)
		}
	default:
		if !world.IsProtocol(protocol) {
			return m, wire.Errorf(wire.InvalidParameterValue, "Invalid value '%s' for IP protocol. Unknown protocol.", aws.ToString(p.IpProtocol))
		}
	}
	return m, nil
}

// cidrOf reads a network and takes away the bits behind its length, as EC2 does.
func cidrOf(text string, v4 bool) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil || p.Addr().Is4() != v4 {
		return p, wire.Errorf(wire.InvalidParameterValue, "CIDR block %s is malformed", text)
	}
	return p.Masked(), nil
}

func peerGroup(st *world.State, g *world.SecurityGroup, r types.UserIdGroupPair) (string, error) {
	if u := aws.ToString(r.UserId); u != "" && u != st.Identity.Account {
		return "", wire.Errorf("InvalidGroup.NotFound", "The security group '%s' of account %s does not exist", aws.ToString(r.GroupId), u)
	}
	id := aws.ToString(r.GroupId)
	if id == "" {
		peer, ok := st.GroupByName(g.VPC, aws.ToString(r.GroupName))
		if !ok {
			return "", wire.Errorf("InvalidGroup.NotFound", "The security group '%s' does not exist", aws.ToString(r.GroupName))
		}
		return peer.ID, nil
	}
	peer, ok := st.SecurityGroups[id]
	if !ok {
		return "", notFound("InvalidGroup.NotFound", "security group", id)
	}
	if peer.VPC != g.VPC {
		return "", wire.Errorf("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
	}
	return id, nil
}

// permissions puts rules of one protocol and port range together again, in the order in which they were made.
func permissions(st *world.State, rules []world.Rule) []types.IpPermission {
	out := []types.IpPermission{}
	index := map[world.Match]int{}
	for _, r := range rules {
		key := world.Match{Protocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort}
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, emptyPermission(key))
		}
		p := &out[i]
		var description *string
		if r.Description != "" {
			description = aws.String(r.Description)
		}
		switch {
		case r.Group != "":
			p.UserIdGroupPairs = append(p.UserIdGroupPairs, types.UserIdGroupPair{GroupId: aws.String(r.Group), UserId: aws.String(st.Identity.Account), Description: description})
		case r.PrefixList != "":
			p.PrefixListIds = append(p.PrefixListIds, types.PrefixListId{PrefixListId: aws.String(r.PrefixList), Description: description})
		case r.CIDR.Addr().Is4():
			p.IpRanges = append(p.IpRanges, types.IpRange{CidrIp: aws.String(r.CIDR.String()), Description: description})
		default:
			p.Ipv6Ranges = append(p.Ipv6Ranges, types.Ipv6Range{CidrIpv6: aws.String(r.CIDR.String()), Description: description})
		}
	}
	return out
}

func emptyPermission(m world.Match) types.IpPermission {
	p := types.IpPermission{
		IpProtocol: aws.String(m.Protocol), IpRanges: []types.IpRange{}, Ipv6Ranges: []types.Ipv6Range{},
		PrefixListIds: []types.PrefixListId{}, UserIdGroupPairs: []types.UserIdGroupPair{},
	}
	if hasPorts(m) {
		p.FromPort, p.ToPort = aws.Int32(m.FromPort), aws.Int32(m.ToPort)
	}
	return p
}

// hasPorts says whether permissions show ports: EC2 leaves them out for protocols that have none.
func hasPorts(m world.Match) bool {
	return m.Protocol == "tcp" || m.Protocol == "udp" || strings.HasPrefix(m.Protocol, "icmp")
}

// ruleFields are what the filters on rules of security groups look at.
func ruleFields(st *world.State) map[string]func(world.Rule) string {
	port := func(p int32) string { return strconv.Itoa(int(p)) }
	return map[string]func(world.Rule) string{
		"cidr": func(r world.Rule) string {
			if r.CIDR.IsValid() && r.CIDR.Addr().Is4() {
				return r.CIDR.String()
			}
			return ""
		},
		"ipv6-cidr": func(r world.Rule) string {
			if r.CIDR.IsValid() && r.CIDR.Addr().Is6() {
				return r.CIDR.String()
			}
			return ""
		},
		"from-port":      func(r world.Rule) string { return port(r.FromPort) },
		"to-port":        func(r world.Rule) string { return port(r.ToPort) },
		"protocol":       func(r world.Rule) string { return r.Protocol },
		"prefix-list-id": func(r world.Rule) string { return r.PrefixList },
		"group-id":       func(r world.Rule) string { return r.Group },
		"group-name": func(r world.Rule) string {
			if g := st.SecurityGroups[r.Group]; g != nil {
				return g.Name
			}
			return ""
		},
		"user-id": func(r world.Rule) string {
			if r.Group != "" {
				return st.Identity.Account
			}
			return ""
		},
	}
}
