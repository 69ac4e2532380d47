package world

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// maxFile is the size from which a world file is refused unread.
const maxFile = 4 << 20

// File is a world file: what exists before the first call. Everything may be left out except what something else in the
// file names; ids, where they are left out, follow from their surroundings and stay the same from start to start.
type File struct {
	// Region is ap-northeast-2 unless given, Account 123456789012, Partition aws.
	Region    string `json:"region,omitempty"`
	Account   string `json:"account,omitempty"`
	Partition string `json:"partition,omitempty"`
	// Zones are the availability zones, in the order that DescribeAvailabilityZones shows.
	Zones []Zone `json:"zones,omitempty"`
	// VPCs get a default security group, a main route table and a network ACL, unless the file has them.
	VPCs             []VPC             `json:"vpcs,omitempty"`
	Subnets          []Subnet          `json:"subnets,omitempty"`
	RouteTables      []RouteTable      `json:"routeTables,omitempty"`
	InternetGateways []InternetGateway `json:"internetGateways,omitempty"`
	NetworkACLs      []NetworkACL      `json:"networkACLs,omitempty"`
	// SecurityGroups have exactly the rules that are written here. Ports of protocol -1 may be left out.
	SecurityGroups []SecurityGroup `json:"securityGroups,omitempty"`
	PrefixLists    []PrefixList    `json:"prefixLists,omitempty"`
	// Instances get a network interface with their address and groups, unless an interface of the file names them.
	Instances          []Instance          `json:"instances,omitempty"`
	Interfaces         []Interface         `json:"interfaces,omitempty"`
	Certificates       []FileCertificate   `json:"certificates,omitempty"`
	ServerCertificates []ServerCertificate `json:"serverCertificates,omitempty"`
	// UserPools are user pools of Cognito that rules log users in with.
	UserPools []UserPool   `json:"userPools,omitempty"`
	WebACLs   []FileWebACL `json:"webACLs,omitempty"`
	Shield    Shield       `json:"shield,omitzero"`
}

// FileCertificate is a certificate of a world file.
type FileCertificate struct {
	// ARN may be left out: it follows from the names then.
	ARN string `json:"arn,omitempty"`
	// Names it is for, the domain name first. With a chain they are read from it when left out.
	Names []string `json:"names,omitempty"`
	// Generate makes a key and a certificate at the first start, signed by the world's own authority; they are kept in the state.
	Generate bool `json:"generate,omitempty"`
	// KeyAlgorithm of what is generated: EC_prime256v1 unless given, EC_secp384r1 or RSA_2048. ListCertificates shows only
	// RSA ones to callers that do not say which they want; that is how ACM is.
	KeyAlgorithm string `json:"keyAlgorithm,omitempty"`
	// Chain and Key are PEM, the server's certificate first.
	Chain string `json:"chain,omitempty"`
	Key   string `json:"key,omitempty"`
	// Type is IMPORTED unless given, Status ISSUED. Those of another status need neither chain nor generate.
	Type      string `json:"type,omitempty"`
	Status    string `json:"status,omitempty"`
	Authority string `json:"authority,omitempty"`
	Tags      Tags   `json:"tags,omitempty"`
}

// FileWebACL is a web ACL of a world file: it allows everything.
type FileWebACL struct {
	// ID is a UUID; it follows from the name unless given.
	ID          string `json:"id,omitempty"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Tags        Tags   `json:"tags,omitempty"`
}

// Parse reads a world file. It refuses keys that it does not know and whatever does not fit together, and says where:
// subnets[2].zone. All mistakes of the file are in the error, one a line.
func Parse(text []byte) (*File, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("world file: %d bytes, more than %d", len(text), maxFile)
	}
	if secondDocument(text) {
		return nil, errors.New("world file: more than one document")
	}
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, fmt.Errorf("world file: %w", err)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(asJSON), []byte("{")) {
		return nil, errors.New("world file: not a mapping of sections such as vpcs and subnets")
	}
	var f File
	strict, err := kjson.UnmarshalStrict(asJSON, &f)
	if err != nil {
		return nil, fmt.Errorf("world file: %w", locate(asJSON, err))
	}
	if len(strict) > 0 {
		return nil, fmt.Errorf("world file: %w", errors.Join(strict...))
	}
	f.normalize()
	if problems := f.check(); len(problems) > 0 {
		return nil, fmt.Errorf("world file: %s", strings.Join(problems, "\nworld file: "))
	}
	return &f, nil
}

// Marshal writes the file as YAML. Parse reads the same file from it.
func (f *File) Marshal() ([]byte, error) {
	b, err := yaml.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("write a world file: %w", err)
	}
	return b, nil
}

var marker = regexp.MustCompile(`^---(\s|$)`)

// secondDocument says whether a document follows the first. The YAML library would read the first and not mention the rest.
func secondDocument(text []byte) bool {
	content := false
	for line := range strings.Lines(string(text)) {
		if marker.MatchString(line) {
			if content {
				return true
			}
			content = len(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "---"))) > 0
			continue
		}
		t := strings.TrimSpace(line)
		content = content || t != "" && !strings.HasPrefix(t, "#") && !strings.HasPrefix(t, "%")
	}
	return false
}

// normalize writes out what follows from the rest.
func (f *File) normalize() {
	f.Region = or(f.Region, "ap-northeast-2")
	f.Account = or(f.Account, "123456789012")
	f.Partition = or(f.Partition, "aws")
	subnets := map[string]string{}
	for _, s := range f.Subnets {
		subnets[s.ID] = s.VPC
	}
	for i := range f.Instances {
		f.Instances[i].VPC = or(f.Instances[i].VPC, subnets[f.Instances[i].Subnet])
	}
	for i := range f.Interfaces {
		f.Interfaces[i].VPC = or(f.Interfaces[i].VPC, subnets[f.Interfaces[i].Subnet])
	}
	for i := range f.SecurityGroups {
		g := &f.SecurityGroups[i]
		for n := range slices.Concat(g.Ingress, g.Egress) {
			r := ruleAt(g, n)
			if r.Protocol != "tcp" && r.Protocol != "udp" && r.FromPort == 0 && r.ToPort == 0 {
				r.FromPort, r.ToPort = -1, -1
			}
		}
	}
	for i := range f.Certificates {
		c := &f.Certificates[i]
		if c.Generate {
			c.KeyAlgorithm = or(c.KeyAlgorithm, ECP256)
		}
		c.Type, c.Status = or(c.Type, "IMPORTED"), or(c.Status, "ISSUED")
		if block, _ := pem.Decode([]byte(c.Chain)); block != nil && len(c.Names) == 0 {
			if leaf, err := x509.ParseCertificate(block.Bytes); err == nil {
				c.Names = LeafNames(leaf)
			}
		}
		if c.ARN == "" && len(c.Names) > 0 {
			c.ARN = certificateARN(f.identity(), c.Names)
		}
	}
	for i := range f.WebACLs {
		a := &f.WebACLs[i]
		a.ID = or(a.ID, strings.TrimPrefix(certificateARN(Identity{}, []string{a.Name}), "arn::acm:::certificate/"))
	}
}

// ruleAt is the n-th rule of a group, ingress before egress.
func ruleAt(g *SecurityGroup, n int) *Rule {
	if n < len(g.Ingress) {
		return &g.Ingress[n]
	}
	return &g.Egress[n-len(g.Ingress)]
}

func (f *File) identity() Identity {
	return Identity{Region: f.Region, Account: f.Account, Partition: f.Partition}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
