package testkit

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	elbworld "github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/model"
)

const (
	awsRegion  = "eu-west-1"
	awsAccount = "123456789012"
	// awsVPC is the VPC of a case whose lookups name none.
	awsVPC = "vpc-1"
)

// furnish puts into the AWS of a case what is not ours and must be there before our calls: the network that its lookups
// describe, its nodes as instances, and whatever the model refers to. It only ever adds.
func (p *awsPath) furnish(w *world, m *model.Model) error {
	err := p.lab.API.World().Change(func(s *elbworld.State) error {
		vpc := p.network(s, w.cloud)
		p.instances(s, vpc, w)
		p.groups(s, vpc, w.cloud, m)
		return p.certificates(s, m)
	})
	if err != nil {
		return err
	}
	return p.lab.API.Store().Update(func(t *store.Tx) error {
		p.foreign(t, m)
		return nil
	})
}

// addNetwork adds the network that lookups describe.
func (p *awsPath) addNetwork(c *cloud) error {
	return p.lab.API.World().Change(func(s *elbworld.State) error {
		p.network(s, c)
		return nil
	})
}

// network adds VPC, zones and subnets, and gives the id of the VPC.
func (p *awsPath) network(s *elbworld.State, c *cloud) string {
	p.vpc = p.ids.make(awsVPC)
	var cidrs, ipv6 []string
	if c.VPC != nil {
		p.vpc, cidrs, ipv6 = p.ids.make(c.VPC.ID), c.VPC.IPv4CIDRs, c.VPC.IPv6CIDRs
	}
	if s.VPCs[p.vpc] == nil {
		v := elbworld.VPC{ID: p.vpc, CIDRs: prefixesOf(cidrs), IPv6: prefixesOf(ipv6)}
		if len(v.CIDRs) == 0 {
			v.CIDRs = prefixesOf([]string{"10.0.0.0/16"})
		}
		s.AddVPC(v, s.NewID)
		gateway := &elbworld.InternetGateway{ID: s.NewID("igw"), VPC: p.vpc}
		s.InternetGateways[gateway.ID] = gateway
	}
	for i := range c.Subnets {
		from := &c.Subnets[i]
		id := p.ids.make(from.ID)
		if s.Subnets[id] != nil {
			continue
		}
		sub := &elbworld.Subnet{ID: id, VPC: p.vpc, Zone: cmp.Or(from.Zone, awsRegion+"a"), Tags: elbworld.Tags{"Name": from.Name}}
		if _, known := s.ZoneNamed(sub.Zone); !known {
			s.Zones = append(s.Zones, elbworld.Zone{Name: sub.Zone, ID: "euw1-" + sub.Zone, Type: kindOfZone(from.Locale)})
		}
		if from.Locale == "outpost" {
			sub.Outpost = "arn:aws:outposts:" + awsRegion + ":" + awsAccount + ":outpost/op-1"
		}
		if given := prefixesOf(from.IPv4CIDRs); len(given) > 0 {
			sub.CIDR = given[0]
		} else {
			sub.CIDR = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(200 + len(s.Subnets)), 0}), 24)
		}
		if given := prefixesOf(from.IPv6CIDRs); len(given) > 0 {
			sub.IPv6 = given[0]
		}
		s.Subnets[id] = sub
	}
	return p.vpc
}

func kindOfZone(locale string) string {
	if locale == "local-zone" || locale == "wavelength-zone" {
		return locale
	}
	return ""
}

func prefixesOf(texts []string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// instances adds the nodes.
func (p *awsPath) instances(s *elbworld.State, vpc string, w *world) {
	for _, n := range w.state.Objects().Nodes() {
		id := p.ids.make(n.Spec.ProviderID[strings.LastIndexByte(n.Spec.ProviderID, '/')+1:])
		if !strings.HasPrefix(id, "i-") || s.Instances[id] != nil {
			continue
		}
		i := &elbworld.Instance{ID: id, VPC: vpc}
		for _, a := range n.Status.Addresses {
			if at, err := netip.ParseAddr(a.Address); err == nil && a.Type == corev1.NodeInternalIP {
				i.PrivateIP = at
			}
		}
		s.Instances[id] = i
	}
}

// groups adds security groups and prefix lists that the lookups or the model name.
func (p *awsPath) groups(s *elbworld.State, vpc string, c *cloud, m *model.Model) {
	names := map[string]string{}
	for _, g := range c.SecurityGroups {
		names[p.ids.make(g.ID)] = g.Name
	}
	add := func(id string) {
		if strings.HasPrefix(id, "sg-") && s.SecurityGroups[id] == nil {
			p.furnished[id] = true
			s.SecurityGroups[id] = &elbworld.SecurityGroup{ID: id, Name: cmp.Or(names[id], p.ids.word(id)), VPC: vpc, Egress: s.OpenEgress(vpc, s.NewID)}
		}
	}
	for _, g := range c.SecurityGroups {
		add(p.ids.make(g.ID))
	}
	for i := range m.LoadBalancers {
		for _, id := range m.LoadBalancers[i].SecurityGroups {
			add(id)
		}
		if acl := m.LoadBalancers[i].WebACL; acl != "" && acl != "none" {
			p.webACL(s, acl)
		}
	}
	for i := range m.SecurityGroups {
		for _, r := range m.SecurityGroups[i].Ingress {
			add(r.SecurityGroup)
			if r.PrefixList != "" && s.PrefixLists[r.PrefixList] == nil {
				s.PrefixLists[r.PrefixList] = &elbworld.PrefixList{ID: r.PrefixList, Name: p.ids.word(r.PrefixList)}
			}
		}
	}
}

func (p *awsPath) webACL(s *elbworld.State, acl string) {
	arn, name := acl, "acl"
	if n, named := strings.CutPrefix(acl, "name/"); named {
		name = n
		arn = s.Identity.ARN("wafv2", "regional/webacl/"+n+"/"+strings.TrimPrefix(elbworld.DerivedID("", n), "-"))
	}
	if s.WebACLs[arn] == nil {
		s.WebACLs[arn] = &elbworld.WebACL{ARN: arn, ID: elbworld.DerivedID("acl", arn), Name: name, Scope: "REGIONAL", LockToken: "1"}
	}
	s.Shield.Subscribed = true
}

// certificates adds those of the model. Where nobody but AWS would have the content, all have the same.
func (p *awsPath) certificates(s *elbworld.State, m *model.Model) error {
	made, err := selfMade()
	if err != nil {
		return err
	}
	content := map[string]model.Certificate{}
	for _, c := range m.Certificates {
		content[p.ids.make(c.ID)] = c
	}
	add := func(arn string) {
		if arn == "" {
			return
		}
		c := content[arn]
		x := &elbworld.Certificate{
			ARN: arn, Names: c.Hosts, Type: "IMPORTED", Status: "ISSUED", Created: time.Now(),
			Chain: string(made.chain), Key: string(made.key),
		}
		if len(c.Chain) > 0 {
			x.Chain, x.Key = string(c.Chain), string(c.Key)
		}
		if len(x.Names) == 0 {
			x.Names = []string{"self-made.example"}
		}
		x.Domain = x.Names[0]
		s.Certificates[arn] = x
	}
	for i := range m.LoadBalancers {
		for j := range m.LoadBalancers[i].Listeners {
			l := &m.LoadBalancers[i].Listeners[j]
			add(l.DefaultCertificate)
			for _, arn := range l.Certificates {
				add(arn)
			}
		}
	}
	return nil
}

// foreign adds target groups of others that the model forwards to, and trust stores that it names.
func (p *awsPath) foreign(t *store.Tx, m *model.Model) {
	own := map[string]bool{}
	for i := range m.TargetGroups {
		own[m.TargetGroups[i].ID] = true
	}
	group := func(id string, protocol elbtypes.ProtocolEnum) {
		if own[id] || t.TargetGroup(id) != nil {
			return
		}
		t.PutTargetGroup(&store.TargetGroup{
			ARN: id, Seq: t.Next(), Name: fmt.Sprintf("foreign-%d", len(t.TargetGroups())), Type: elbtypes.TargetTypeEnumIp, Protocol: protocol,
			ProtocolVersion: "HTTP1", Port: 80, VPC: p.vpc, IPAddressType: elbtypes.TargetGroupIpAddressTypeEnumIpv4,
			Check: store.HealthCheck{Protocol: protocol, Port: "traffic-port", Path: "/", Interval: 30, Timeout: 5, Healthy: 2, Unhealthy: 2, HTTPCode: "200"},
		})
		p.theirs = append(p.theirs, id)
	}
	for i := range m.LoadBalancers {
		b := &m.LoadBalancers[i]
		protocol := elbtypes.ProtocolEnumHttp
		if b.Type == model.Network {
			protocol = elbtypes.ProtocolEnumTcp
		}
		for j := range b.Listeners {
			l := &b.Listeners[j]
			for _, actions := range actionsOf(l) {
				for _, a := range actions {
					if a.Forward == nil {
						continue
					}
					for _, g := range a.Forward.TargetGroups {
						group(g.TargetGroup, protocol)
					}
				}
			}
			if a := l.MutualAuthentication; a != nil && a.TrustStore != "" && t.TrustStore(a.TrustStore) == nil {
				t.PutTrustStore(p.trustStore(a.TrustStore, t.Next()))
			}
		}
	}
}

// trustStore is a trust store with the content that the case's id for it stands for.
func (p *awsPath) trustStore(arn string, seq uint64) *store.TrustStore {
	s := &store.TrustStore{ARN: arn, Seq: seq, Name: arn}
	pki, err := clientCertificates()
	if err != nil {
		return s // the request through the proxy says so
	}
	content := pki.trustStore(p.ids.word(arn))
	s.Authorities, s.Count = string(content.Authorities), 1
	if len(content.Revocations) > 0 {
		s.Revocations = []store.Revocation{{ID: 1, Content: string(content.Revocations), Entries: 1}}
	}
	return s
}

// actionsOf are the actions of a listener and of its rules.
func actionsOf(l *model.Listener) [][]model.Action {
	out := [][]model.Action{l.DefaultActions}
	for i := range l.Rules {
		out = append(out, l.Rules[i].Actions)
	}
	return slices.Clip(out)
}
