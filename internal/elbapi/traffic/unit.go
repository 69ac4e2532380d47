package traffic

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

// unit is the model of one load balancer with all that it needs. IDs are ARNs.
func (t *Traffic) unit(s *store.State, b *store.LoadBalancer) *model.Model {
	m := &model.Model{}
	lb := model.LoadBalancer{
		ID: b.ARN, Name: b.Name, Type: model.LoadBalancerType(b.Type), Scheme: model.Scheme(b.Scheme),
		IPAddressType: model.IPAddressType(b.IPAddressType), SecurityGroups: b.SecurityGroups, Attributes: attributes(b.Attributes),
		WebACL: t.options.World.WebACLOf(b.ARN),
	}
	groups, certificates, trust := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, l := range s.Listeners(b.ARN) {
		ml := model.Listener{
			Port: l.Port, Protocol: model.ListenerProtocol(l.Protocol), DefaultCertificate: l.Certificate,
			Certificates: l.Certificates, SSLPolicy: l.SSLPolicy, ALPNPolicy: l.ALPNPolicy, Attributes: attributes(l.Attributes),
			MutualAuthentication: mutual(l.Mutual), DefaultSource: model.Source{Kind: "Listener", Name: l.ARN},
		}
		for _, r := range s.Rules(l.ARN) {
			for _, g := range r.TargetGroups() {
				groups[g] = true
			}
			if r.Priority == 0 {
				ml.DefaultActions = actions(r.Actions)
				continue
			}
			ml.Rules = append(ml.Rules, model.Rule{
				Priority: r.Priority, Conditions: conditions(r.Conditions), Actions: actions(r.Actions),
				Transforms: transforms(r.Transforms), Source: model.Source{Kind: "Rule", Name: r.ARN},
			})
		}
		for _, arn := range append([]string{l.Certificate}, l.Certificates...) {
			certificates[arn] = arn != ""
		}
		if l.Mutual != nil && l.Mutual.TrustStore != "" {
			trust[l.Mutual.TrustStore] = true
		}
		lb.Listeners = append(lb.Listeners, ml)
	}
	m.LoadBalancers = []model.LoadBalancer{lb}
	m.SecurityGroups = t.securityGroups(b.SecurityGroups)
	for _, arn := range slices.Sorted(maps.Keys(groups)) {
		m.TargetGroups = append(m.TargetGroups, t.group(s, s.TargetGroup(arn), b))
	}
	for _, arn := range slices.Sorted(maps.Keys(certificates)) {
		if c, ok := t.options.World.Certificate(arn); ok && certificates[arn] {
			m.Certificates = append(m.Certificates, model.Certificate{ID: arn, Hosts: c.Names, Chain: []byte(c.Chain), Key: []byte(c.Key)})
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(trust)) {
		if x := s.TrustStore(arn); x != nil {
			m.TrustStores = append(m.TrustStores, trustStore(x))
		}
	}
	return m
}

// trustStore puts a trust store into words of the model.
func trustStore(x *store.TrustStore) model.TrustStore {
	out := model.TrustStore{ID: x.ARN, Authorities: []byte(x.Authorities)}
	for _, r := range x.Revocations {
		out.Revocations = append(out.Revocations, r.Content...)
	}
	return out
}

// attributes lists what was set, by key.
func attributes(set map[string]string) []model.Attribute {
	var out []model.Attribute
	for _, k := range slices.Sorted(maps.Keys(set)) {
		out = append(out, model.Attribute{Key: k, Value: set[k]})
	}
	return out
}

func mutual(m *store.Mutual) *model.MutualAuthentication {
	if m == nil || m.Mode == "off" {
		return nil
	}
	return &model.MutualAuthentication{
		Mode: m.Mode, TrustStore: m.TrustStore, IgnoreClientCertificateExpiry: m.IgnoreExpiry, AdvertiseTrustStoreCANames: m.Advertise,
	}
}

func conditions(list []types.RuleCondition) []model.Condition {
	out := make([]model.Condition, len(list))
	for i := range list {
		c := &list[i]
		m := model.Condition{Field: model.ConditionField(aws.ToString(c.Field)), Values: c.Values, RegexValues: c.RegexValues}
		switch {
		case c.HttpHeaderConfig != nil:
			m.Name = aws.ToString(c.HttpHeaderConfig.HttpHeaderName)
			m.Values, m.RegexValues = c.HttpHeaderConfig.Values, c.HttpHeaderConfig.RegexValues
		case c.HttpRequestMethodConfig != nil:
			m.Values = c.HttpRequestMethodConfig.Values
		case c.QueryStringConfig != nil:
			for _, q := range c.QueryStringConfig.Values {
				m.Query = append(m.Query, model.QueryValue{Key: aws.ToString(q.Key), Value: aws.ToString(q.Value)})
			}
		case c.SourceIpConfig != nil:
			m.Values = c.SourceIpConfig.Values
			switch c.SourceIpConfig.IpAddressType {
			case types.SourceIpAddressTypeEnumIpv4:
				m.Values = []string{"0.0.0.0/0"}
			case types.SourceIpAddressTypeEnumIpv6:
				m.Values = []string{"::/0"}
			}
		}
		out[i] = m
	}
	return out
}

func transforms(list []types.RuleTransform) []model.Transform {
	var out []model.Transform
	for _, t := range list {
		rewrites := []types.RewriteConfig{}
		if t.HostHeaderRewriteConfig != nil {
			rewrites = t.HostHeaderRewriteConfig.Rewrites
		} else if t.UrlRewriteConfig != nil {
			rewrites = t.UrlRewriteConfig.Rewrites
		}
		for _, r := range rewrites {
			out = append(out, model.Transform{
				Type: model.TransformType(t.Type), Regex: aws.ToString(r.Regex), Replace: aws.ToString(r.Replace),
			})
		}
	}
	return out
}

// status reads HTTP_301 and 503.
func status(text string) int32 {
	n, err := strconv.ParseInt(strings.TrimPrefix(text, "HTTP_"), 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}
