package servicenlb

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/model"
)

// loadBalancer reads the load balancer without its listeners and security groups.
func (w *work) loadBalancer() {
	lb := &w.lb
	*lb = model.LoadBalancer{ID: w.id(), Type: model.Network, Dialect: model.DialectELB}
	lb.Scheme = w.scheme()
	address, _ := get(w, nlb.IPAddressType)
	lb.IPAddressType = cmp.Or(model.IPAddressType(address), model.IPv4)
	name, _ := get(w, nlb.Name)
	lb.Name = cmp.Or(name, loadBalancerName(w.options.ClusterName, w.svc, lb.Scheme))
	lb.MinimumCapacityUnits, _ = get(w, nlb.MinimumCapacity)
	lb.Attributes = w.loadBalancerAttributes()
	lb.Sources = w.sources(lb.Attributes)
	lb.Tags = w.resourceTags("LoadBalancer")
	w.chooseSubnets()
	lb.Subnets = w.addresses()
}

// scheme is that of the annotation or its older form; an existing load balancer keeps its scheme before the default counts,
// because another scheme means another load balancer with another address.
func (w *work) scheme() model.Scheme {
	scheme, set := get(w, nlb.Scheme)
	internal, old := get(w, nlb.Internal)
	switch {
	case set:
		return model.Scheme(scheme)
	case old && internal:
		return model.Internal
	case old:
		return model.InternetFacing
	case w.existing != nil && w.existing.Scheme != "":
		return model.Scheme(w.existing.Scheme)
	}
	return w.options.defaultScheme()
}

// loadBalancerAttributes puts the annotations with a name of their own over the others.
func (w *work) loadBalancerAttributes() []model.Attribute {
	pairs := getList(w, nlb.Attributes)
	if logs, _ := get(w, nlb.AccessLogEnabled); logs {
		own := []annotation.Pair{{Key: "access_logs.s3.enabled", Value: "true"}}
		if bucket, set := get(w, nlb.AccessLogBucket); set {
			own = append(own, annotation.Pair{Key: "access_logs.s3.bucket", Value: bucket})
		}
		if prefix, set := get(w, nlb.AccessLogPrefix); set {
			own = append(own, annotation.Pair{Key: "access_logs.s3.prefix", Value: prefix})
		}
		pairs = elb.Overlay(pairs, own)
	}
	if cross, set := get(w, nlb.CrossZone); set {
		pairs = elb.Overlay(pairs, []annotation.Pair{{Key: "load_balancing.cross_zone.enabled", Value: strconv.FormatBool(cross)}})
	}
	return w.attributes(pairs, model.LoadBalancerAttribute, fieldOf(nlb.Attributes))
}

// sources name the annotations that asked for attributes, and the Service for all else.
func (w *work) sources(attributes []model.Attribute) []model.SettingSource {
	whole := w.whole()
	out := []model.SettingSource{{Source: whole}}
	for _, a := range attributes {
		s := whole
		switch {
		case a.Key == "load_balancing.cross_zone.enabled" && isSet(w, nlb.CrossZone):
			s.Field = fieldOf(nlb.CrossZone)
		case strings.HasPrefix(a.Key, "access_logs.s3.") && isSet(w, nlb.AccessLogEnabled):
			s.Field = fieldOf(nlb.AccessLogEnabled)
		default:
			s.Field = fieldOf(nlb.Attributes)
		}
		out = append(out, model.SettingSource{Setting: a.Key, Source: s})
	}
	return out
}

// whole is the Service as the source of whatever has no field of its own.
func (w *work) whole() model.Source {
	return model.Source{Kind: w.object.Kind, Namespace: w.svc.Namespace, Name: w.svc.Name}
}

func isSet[T any](w *work, k *annotation.Key[T]) bool {
	_, set := get(w, k)
	return set
}

// attributes judges attributes by the model's table.
func (w *work) attributes(pairs []annotation.Pair, r model.AttributeResource, field string) []model.Attribute {
	return elb.Attributed{Resource: r, Type: model.Network, External: w.options.External}.Check(pairs, w.object, field, &w.found)
}
