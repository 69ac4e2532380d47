package world

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// State is everything in the world, by id (certificates and web ACLs by ARN, server certificates by name). It is reached
// through World.View and World.Change only, and nothing of it may be kept or handed out without a copy.
type State struct {
	Identity           Identity                      `json:"identity"`
	Zones              []Zone                        `json:"zones"`
	VPCs               map[string]*VPC               `json:"vpcs"`
	Subnets            map[string]*Subnet            `json:"subnets"`
	RouteTables        map[string]*RouteTable        `json:"routeTables"`
	InternetGateways   map[string]*InternetGateway   `json:"internetGateways"`
	NetworkACLs        map[string]*NetworkACL        `json:"networkACLs"`
	SecurityGroups     map[string]*SecurityGroup     `json:"securityGroups"`
	PrefixLists        map[string]*PrefixList        `json:"prefixLists"`
	Instances          map[string]*Instance          `json:"instances"`
	Interfaces         map[string]*Interface         `json:"interfaces"`
	Certificates       map[string]*Certificate       `json:"certificates"`
	ServerCertificates map[string]*ServerCertificate `json:"serverCertificates"`
	UserPools          map[string]*UserPool          `json:"userPools,omitempty"`
	WebACLs            map[string]*WebACL            `json:"webACLs"`
	Shield             Shield                        `json:"shield"`
	// Uses are the users of each certificate, sorted, by its ARN.
	Uses map[string][]string `json:"uses"`
	// Authority is what requested certificates are signed with; made when the first one is.
	Authority *Authority `json:"authority,omitempty"`

	random func(n int) []byte
}

// clean makes empty maps of those that are missing.
func (s *State) clean() {
	fill(&s.VPCs)
	fill(&s.Subnets)
	fill(&s.RouteTables)
	fill(&s.InternetGateways)
	fill(&s.NetworkACLs)
	fill(&s.SecurityGroups)
	fill(&s.PrefixLists)
	fill(&s.Instances)
	fill(&s.Interfaces)
	fill(&s.Certificates)
	fill(&s.ServerCertificates)
	fill(&s.UserPools)
	fill(&s.WebACLs)
	fill(&s.Uses)
}

func fill[V any](m *map[string]V) {
	if *m == nil {
		*m = map[string]V{}
	}
}

// NewID makes an id of a resource: the prefix (vpc, subnet, sg ...), a dash and 17 hexadecimal digits.
func (s *State) NewID(prefix string) string { return prefix + "-" + s.Hex(17) }

// Hex makes n random hexadecimal digits.
func (s *State) Hex(n int) string { return hex.EncodeToString(s.random((n + 1) / 2))[:n] }

// UUID makes a random id in the form of a UUID of version 4.
func (s *State) UUID() string {
	b := s.random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// DerivedID is an id that follows from others: the same parts give the same one. Associations have such ids, and whatever
// a world file leaves out.
func DerivedID(prefix string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return prefix + "-" + hex.EncodeToString(sum[:])[:17]
}

// Sorted are the values of a map of the state in the order of their ids.
func Sorted[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, id := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[id])
	}
	return out
}

// DefaultVPC is the account's default VPC.
func (s *State) DefaultVPC() (*VPC, bool) {
	for _, v := range Sorted(s.VPCs) {
		if v.Default {
			return v, true
		}
	}
	return nil, false
}

// MainRouteTable is the main route table of a VPC.
func (s *State) MainRouteTable(vpc string) (*RouteTable, bool) {
	for _, t := range Sorted(s.RouteTables) {
		if t.VPC == vpc && t.Main {
			return t, true
		}
	}
	return nil, false
}

// GroupByName finds a security group of a VPC by its name.
func (s *State) GroupByName(vpc, name string) (*SecurityGroup, bool) {
	for _, g := range Sorted(s.SecurityGroups) {
		if g.VPC == vpc && g.Name == name {
			return g, true
		}
	}
	return nil, false
}

// ZoneNamed finds a zone by its name or id.
func (s *State) ZoneNamed(name string) (Zone, bool) {
	for _, z := range s.Zones {
		if z.Name == name || z.ID == name {
			return z, true
		}
	}
	return Zone{}, false
}

// AddVPC adds a VPC together with what AWS makes along with it: the default security group, the main route table and the
// default network ACL, unless the state has them already.
func (s *State) AddVPC(v VPC, id func(prefix string) string) {
	s.VPCs[v.ID] = &v
	if _, ok := s.GroupByName(v.ID, DefaultGroup); !ok {
		g := SecurityGroup{ID: id("sg"), Name: DefaultGroup, VPC: v.ID, Description: "default VPC security group"}
		g.Ingress = []Rule{{ID: id("sgr"), Match: Match{Protocol: "-1", FromPort: -1, ToPort: -1, Group: g.ID}}}
		g.Egress = s.OpenEgress(v.ID, id)
		s.SecurityGroups[g.ID] = &g
	}
	if _, ok := s.MainRouteTable(v.ID); !ok {
		t := RouteTable{ID: id("rtb"), VPC: v.ID, Main: true}
		s.RouteTables[t.ID] = &t
	}
	if _, ok := s.ACLOf(v.ID); !ok {
		a := NetworkACL{ID: id("acl"), VPC: v.ID}
		s.NetworkACLs[a.ID] = &a
	}
}

// ACLOf is the network ACL of a VPC.
func (s *State) ACLOf(vpc string) (*NetworkACL, bool) {
	for _, a := range Sorted(s.NetworkACLs) {
		if a.VPC == vpc {
			return a, true
		}
	}
	return nil, false
}

// OpenEgress are the rules that a new security group has: everything may leave, by IPv6 too if the VPC has it.
func (s *State) OpenEgress(vpc string, id func(prefix string) string) []Rule {
	rules := []Rule{{ID: id("sgr"), Match: Match{Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: everywhere4}}}
	if v, ok := s.VPCs[vpc]; ok && len(v.IPv6) > 0 {
		rules = append(rules, Rule{ID: id("sgr"), Match: Match{Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: everywhere6}})
	}
	return rules
}
