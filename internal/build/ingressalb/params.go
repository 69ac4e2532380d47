package ingressalb

import (
	"strings"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// paramsLayer writes IngressClassParams as a layer of raw values under the names of Entry.ParamsField, so that they are
// parsed and judged like annotations. subnets.tags and listeners have no annotation form and are read where they matter.
func paramsLayer(p *elbv2.IngressClassParams) []annotation.Layer {
	if p == nil {
		return nil
	}
	values := map[string]string{}
	s := p.Spec
	if s.Group != nil {
		values[alb.GroupName.ParamsField] = s.Group.Name
	}
	if s.Subnets != nil && len(s.Subnets.IDs) > 0 {
		values[alb.Subnets.ParamsField] = list(s.Subnets.IDs)
	}
	if s.MinimumLoadBalancerCapacity != nil {
		values[alb.MinimumCapacity.ParamsField] = alb.MinimumCapacity.Type.Format(s.MinimumLoadBalancerCapacity.CapacityUnits)
	}
	if s.IPAMConfiguration != nil {
		putPointer(values, alb.IPAMIPv4Pool.ParamsField, s.IPAMConfiguration.IPv4IPAMPoolID)
	}
	putPointer(values, alb.Scheme.ParamsField, s.Scheme)
	putPointer(values, alb.IPAddressType.ParamsField, s.IPAddressType)
	putPointer(values, alb.TargetType.ParamsField, s.TargetType)
	put(values, alb.LoadBalancerName.ParamsField, s.LoadBalancerName)
	put(values, alb.CertificateARN.ParamsField, list(s.CertificateARN))
	put(values, alb.SSLPolicy.ParamsField, s.SSLPolicy)
	put(values, alb.SSLRedirect.ParamsField, s.SSLRedirectPort)
	put(values, alb.InboundCIDRs.ParamsField, list(s.InboundCIDRs))
	put(values, alb.PrefixLists.ParamsField, list(append(s.PrefixListsIDs[:len(s.PrefixListsIDs):len(s.PrefixListsIDs)], s.PrefixListsIDsLegacy...)))
	put(values, alb.WAFv2ACLARN.ParamsField, s.WAFv2ACLARN)
	put(values, alb.WAFv2ACLName.ParamsField, s.WAFv2ACLName)
	put(values, alb.Tags.ParamsField, alb.Tags.Type.Format(pairsOfTags(s.Tags)))
	put(values, alb.LoadBalancerAttributes.ParamsField, alb.LoadBalancerAttributes.Type.Format(pairsOf(s.LoadBalancerAttributes)))
	return []annotation.Layer{{
		Kind:   annotation.Params,
		Object: diag.Object{Kind: string(objects.KindIngressClassParams), Name: p.Name},
		Values: values,
	}}
}

func put(values map[string]string, field, value string) {
	if value != "" {
		values[field] = value
	}
}

func putPointer(values map[string]string, field string, value *string) {
	if value != nil {
		values[field] = *value
	}
}

func list(pieces []string) string { return strings.Join(pieces, ",") }

func pairsOf(attributes []elbv2.Attribute) []annotation.Pair {
	var out []annotation.Pair
	for _, a := range attributes {
		out = append(out, annotation.Pair{Key: a.Key, Value: a.Value})
	}
	return out
}

func pairsOfTags(tags []elbv2.Tag) []annotation.Pair {
	var out []annotation.Pair
	for _, t := range tags {
		out = append(out, annotation.Pair{Key: t.Key, Value: t.Value})
	}
	return out
}

// listenerPairs are the attributes that the params give one listener.
func listenerPairs(p *elbv2.IngressClassParams, protocol string, port int32) []annotation.Pair {
	if p == nil {
		return nil
	}
	var out []annotation.Pair
	for _, l := range p.Spec.Listeners {
		if l.Protocol == protocol && l.Port == port {
			out = append(out, pairsOf(l.ListenerAttributes)...)
		}
	}
	return out
}
