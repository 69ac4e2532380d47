package ingressalb

import (
	"cmp"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/model"
)

// none takes an add-on away that is there; an empty value leaves it as it is.
const none = alb.None

// loadBalancer makes the load balancer without its listeners and security groups.
func (w *work) loadBalancer(members []*member) model.LoadBalancer {
	lb := model.LoadBalancer{ID: w.id(), Type: model.Application, Dialect: model.DialectELB}
	lb.Scheme = cmp.Or(model.Scheme(agree(w, members, alb.Scheme, same)), w.options.defaultScheme())
	lb.IPAddressType = cmp.Or(model.IPAddressType(agree(w, members, alb.IPAddressType, same)), model.IPv4)
	lb.Name = cmp.Or(w.balancerName(members), loadBalancerName(w.options.ClusterName, w.group, lb.Scheme))
	lb.Subnets = w.subnets(members, lb.Scheme, lb.IPAddressType)
	lb.CustomerOwnedIPv4Pool = agree(w, members, alb.CustomerOwnedIPv4Pool, same)
	lb.IPAMPoolID = agree(w, members, alb.IPAMIPv4Pool, same)
	lb.MinimumCapacityUnits = agree(w, members, alb.MinimumCapacity, same)
	lb.Sources = []model.SettingSource{{Source: members[0].whole("")}}
	attributes, asked := w.loadBalancerAttributes(members)
	lb.Attributes = attributes
	lb.Sources = append(lb.Sources, asked...)
	lb.WebACL = w.webACL(members, &lb.Sources)
	if on, by := agreeBy(w, members, alb.Shield, same); by != nil {
		lb.Shield = none
		if on {
			lb.Shield = "true"
		}
	}
	lb.Tags = w.tags("LoadBalancer", w.sharedTags(members))
	return lb
}

// webACL is the ARN of a WAFv2 web ACL, or "name/" and its name; the name wins when both are given.
func (w *work) webACL(members []*member, sources *[]model.SettingSource) string {
	arn, by := agreeBy(w, members, alb.WAFv2ACLARN, same)
	field := fieldOf(alb.WAFv2ACLARN)
	name, named := agreeBy(w, members, alb.WAFv2ACLName, same)
	if named != nil {
		by, field = named, fieldOf(alb.WAFv2ACLName)
	}
	if by != nil {
		*sources = append(*sources, model.SettingSource{Setting: model.SettingWebACL, Source: by.whole(field)})
	}
	switch name {
	case "":
		return arn
	case none:
		return none
	default:
		return "name/" + name
	}
}
