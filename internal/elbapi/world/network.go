package world

import "net/netip"

// Identity says whose world it is.
type Identity struct {
	// Region such as ap-northeast-2, Account of twelve digits, Partition aws (or aws-cn, aws-us-gov).
	Region    string `json:"region"`
	Account   string `json:"account"`
	Partition string `json:"partition"`
}

// ARN is the name of a resource of this account and region: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
func (i Identity) ARN(service, resource string) string {
	return "arn:" + i.Partition + ":" + service + ":" + i.Region + ":" + i.Account + ":" + resource
}

// GlobalARN is the name of a resource of a service without regions, such as IAM.
func (i Identity) GlobalARN(service, resource string) string {
	return "arn:" + i.Partition + ":" + service + "::" + i.Account + ":" + resource
}

// RouteTable says where the subnets that use it send their packets.
type RouteTable struct {
	ID  string `json:"id"`
	VPC string `json:"vpc"`
	// Main is the table that subnets of the VPC use when none names them; there is one in each VPC.
	Main bool `json:"main,omitempty"`
	// Subnets are those that are associated explicitly.
	Subnets []string `json:"subnets,omitempty"`
	// Routes besides the local ones, which follow from the VPC.
	Routes []Route `json:"routes,omitempty"`
	Tags   Tags    `json:"tags,omitempty"`
}

// Route is one route: exactly one of Destination and PrefixList is set.
type Route struct {
	Destination netip.Prefix `json:"destination,omitzero"`
	PrefixList  string       `json:"prefixList,omitempty"`
	// Via is the id of a gateway (igw-, nat-, eigw-, tgw-, vgw-, pcx-) or an interface (eni-). Only internet gateways and
	// interfaces are looked for in the world.
	Via string `json:"via"`
}

// InternetGateway joins a VPC and the internet.
type InternetGateway struct {
	ID string `json:"id"`
	// VPC is the one that it is attached to; empty when it is not.
	VPC  string `json:"vpc,omitempty"`
	Tags Tags   `json:"tags,omitempty"`
}

// NetworkACL is the default network ACL of a VPC. It allows everything: the world has no other ones.
type NetworkACL struct {
	ID   string `json:"id"`
	VPC  string `json:"vpc"`
	Tags Tags   `json:"tags,omitempty"`
}

// PrefixList is a named list of networks that rules and routes can refer to.
type PrefixList struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Owner is an account, or AWS for lists that AWS keeps; AWS when empty.
	Owner string `json:"owner,omitempty"`
	// Entries are its networks, all of one address family.
	Entries []netip.Prefix `json:"entries,omitempty"`
	// Weight is how many rules one use counts for in a security group; the number of entries when zero.
	Weight int  `json:"weight,omitempty"`
	Tags   Tags `json:"tags,omitempty"`
}

// Counts is how many rules of a security group one use of the list counts for, at least one.
func (p PrefixList) Counts() int { return max(1, p.Weight, len(p.Entries)) }
