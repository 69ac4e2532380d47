package testkit

import (
	"regexp"
	"slices"
	"strings"

	elbworld "github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/model"
)

// awsIDs translates between the ids of cases, which people choose ("subnet-1"), and ids that AWS could have given.
type awsIDs struct {
	real, ofCase map[string]string
}

func newAWSIDs() *awsIDs { return &awsIDs{real: map[string]string{}, ofCase: map[string]string{}} }

var (
	caseID = regexp.MustCompile(`^(vpc|subnet|sg|pl|eipalloc|i|ipam-pool|ipv4pool-coip)-.+`)
	realID = regexp.MustCompile(`^[a-z0-9-]+-[0-9a-f]{8,17}$`)
)

// make gives the id that AWS knows for one of a case.
func (n *awsIDs) make(id string) string {
	if id, known := n.real[id]; known {
		return id
	}
	made := id
	switch m := caseID.FindStringSubmatch(id); {
	case strings.HasPrefix(id, "secret/"):
		made = "arn:aws:acm:" + awsRegion + ":" + awsAccount + ":certificate/" + strings.TrimPrefix(elbworld.DerivedID("", id), "-")
	case m != nil && !realID.MatchString(id):
		made = elbworld.DerivedID(m[1], id)
	}
	return n.note(id, made)
}

func (n *awsIDs) note(id, made string) string {
	n.real[id], n.ofCase[made] = made, id
	return made
}

// makeARN gives the ARN that AWS knows for a target group or trust store of somebody else.
func (n *awsIDs) makeARN(kind, id string) string {
	if made, known := n.real[id]; known {
		return made
	}
	made := strings.TrimPrefix(elbworld.DerivedID("", id), "-")[:16]
	return n.note(id, "arn:aws:elasticloadbalancing:"+awsRegion+":"+awsAccount+":"+kind+"/theirs-"+made[:4]+"/"+made)
}

// word is the case's id for one that AWS knows.
func (n *awsIDs) word(id string) string {
	if of, ok := n.ofCase[id]; ok {
		return of
	}
	return id
}

// model translates all ids in a model that are not its own.
func (n *awsIDs) model(m *model.Model) *model.Model {
	own := map[string]bool{}
	for i := range m.SecurityGroups {
		own[m.SecurityGroups[i].ID] = true
	}
	groups := map[string]bool{}
	for i := range m.TargetGroups {
		groups[m.TargetGroups[i].ID] = true
	}
	group := func(id string) string {
		if id == "" || own[id] {
			return id
		}
		return n.make(id)
	}
	out := &model.Model{Certificates: m.Certificates}
	for _, b := range m.LoadBalancers {
		b = n.loadBalancer(b, group)
		for i := range b.Listeners {
			b.Listeners[i] = n.listener(b.Listeners[i], groups)
		}
		out.LoadBalancers = append(out.LoadBalancers, b)
	}
	for _, g := range m.TargetGroups {
		g.Targets = slices.Clone(g.Targets)
		for i := range g.Targets {
			g.Targets[i].ID = n.make(g.Targets[i].ID)
		}
		out.TargetGroups = append(out.TargetGroups, g)
	}
	for _, g := range m.SecurityGroups {
		g.Ingress = slices.Clone(g.Ingress)
		for i := range g.Ingress {
			r := &g.Ingress[i]
			r.SecurityGroup = group(r.SecurityGroup)
			if r.PrefixList != "" {
				r.PrefixList = n.make(r.PrefixList)
			}
		}
		out.SecurityGroups = append(out.SecurityGroups, g)
	}
	return out
}

func (n *awsIDs) loadBalancer(b model.LoadBalancer, group func(string) string) model.LoadBalancer {
	b.Subnets, b.SecurityGroups, b.Listeners = slices.Clone(b.Subnets), slices.Clone(b.SecurityGroups), slices.Clone(b.Listeners)
	for i := range b.Subnets {
		s := &b.Subnets[i]
		s.SubnetID = n.make(s.SubnetID)
		if s.AllocationID != "" {
			s.AllocationID = n.make(s.AllocationID)
		}
	}
	for i := range b.SecurityGroups {
		b.SecurityGroups[i] = group(b.SecurityGroups[i])
	}
	for _, id := range []*string{&b.CustomerOwnedIPv4Pool, &b.IPAMPoolID} {
		if *id != "" {
			*id = n.make(*id)
		}
	}
	return b
}

// listener translates certificates, trust stores and target groups of others.
func (n *awsIDs) listener(l model.Listener, own map[string]bool) model.Listener {
	l.Certificates = slices.Clone(l.Certificates)
	for i := range l.Certificates {
		l.Certificates[i] = n.make(l.Certificates[i])
	}
	if l.DefaultCertificate != "" {
		l.DefaultCertificate = n.make(l.DefaultCertificate)
	}
	if a := l.MutualAuthentication; a != nil && strings.HasPrefix(a.TrustStore, "arn:") {
		made := *a
		made.TrustStore = n.makeARN("truststore", a.TrustStore)
		l.MutualAuthentication = &made
	}
	l.DefaultActions = n.actions(l.DefaultActions, own)
	l.Rules = slices.Clone(l.Rules)
	for i := range l.Rules {
		l.Rules[i].Actions = n.actions(l.Rules[i].Actions, own)
	}
	return l
}

func (n *awsIDs) actions(list []model.Action, own map[string]bool) []model.Action {
	out := slices.Clone(list)
	for i := range out {
		if out[i].Forward == nil {
			continue
		}
		f := *out[i].Forward
		f.TargetGroups = slices.Clone(f.TargetGroups)
		for j := range f.TargetGroups {
			if g := &f.TargetGroups[j]; !own[g.TargetGroup] {
				g.TargetGroup = n.makeARN("targetgroup", g.TargetGroup)
			}
		}
		out[i].Forward = &f
	}
	return out
}
