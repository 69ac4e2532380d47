package ingressalb

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// claim is a load balancer name that one Ingress of a group asks for, by its annotation or its IngressClassParams.
type claim struct {
	name  string
	by    objects.Name
	order int64
}

// claims lists what the Ingresses of a group ask for, in the group's order. Whether something else leaves an Ingress out
// does not count: it still asks for the name, and claims stay cheap to read and depend on no Service or Secret.
func (b *Builder) claims(set *objects.Set, group string) []claim {
	var out []claim
	for _, n := range b.candidates(set, group) {
		ing := set.Ingress(n)
		if ing == nil {
			continue
		}
		p := b.place(set, ing, &diag.Collector{})
		if p.group != group {
			continue
		}
		r := b.reader(ing, p.params, &diag.Collector{})
		if v := annotation.Get(r, alb.LoadBalancerName); v.Set && v.Err == nil {
			out = append(out, claim{v.Value, n, annotation.Get(r, alb.GroupOrder).Value})
		}
	}
	slices.SortFunc(out, func(x, y claim) int {
		return cmp.Or(cmp.Compare(x.order, y.order), strings.Compare(x.by.String(), y.by.String()))
	})
	return out
}

// holder finds the group that has a name before another group may: of those with ids that sort before the other's, the
// first whose own members would settle on the name. AWS gives a name to one load balancer of an account and region only.
func (b *Builder) holder(set *objects.Set, name, before string) (string, claim, bool) {
	for _, group := range b.groupsAsking(set, name) {
		if group >= before {
			break
		}
		if all := b.claims(set, group); len(all) > 0 && all[0].name == name {
			return group, all[0], true
		}
	}
	return "", claim{}, false
}

// groupsAsking lists the groups with an Ingress that asks for a load balancer name, by id.
func (b *Builder) groupsAsking(set *objects.Set, name string) []string {
	asking := set.IngressesAnnotatedWith(objects.AnnotationALBName, name)
	for _, p := range set.AllIngressClassParams() {
		if p.Spec.LoadBalancerName == name {
			asking = append(asking, b.ingressesOfParams(set, p.Name)...)
		}
	}
	var out []string
	for _, n := range asking {
		if p := b.place(set, set.Ingress(n), &diag.Collector{}); p.group != "" {
			out = append(out, p.group)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rivals lists the groups that are told of another holder of their name when a group's claims change: those that sort
// after it, unless the name was taken before it already.
func (b *Builder) rivals(set *objects.Set, group string) []string {
	var out []string
	asked := map[string]bool{}
	for _, c := range b.claims(set, group) {
		if asked[c.name] {
			continue
		}
		asked[c.name] = true
		if _, _, taken := b.holder(set, c.name, group); taken {
			continue
		}
		for _, other := range b.groupsAsking(set, c.name) {
			if other > group {
				out = append(out, other)
			}
		}
	}
	return out
}

// withRivals adds the units of groups that ask for the same load balancer names as the groups among these units.
func (b *Builder) withRivals(set *objects.Set, units []string) []string {
	out := units
	for _, u := range units {
		if group, ok := strings.CutPrefix(u, groupUnit); ok {
			for _, other := range b.rivals(set, group) {
				out = append(out, groupUnit+other)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mayChangeClaims says whether objects of a kind decide who asks for which load balancer name.
func mayChangeClaims(k objects.Kind) bool {
	switch k {
	case objects.KindIngress, objects.KindIngressClass, objects.KindIngressClassParams, objects.KindNamespace:
		return true
	}
	return false
}

// balancerName is the name that the members agree on; empty for none. A name that another group has is kept, because a
// load balancer that has it already must not lose it by someone else's Ingress.
func (w *work) balancerName(members []*member) string {
	name, by := agreeBy(w, members, alb.LoadBalancerName, same)
	if by == nil {
		return ""
	}
	if group, c, taken := w.holder(w.set, name, w.group); taken {
		w.found.Add(diag.ALBNameTaken, by.object, fieldOf(alb.LoadBalancerName), diag.A("name", name),
			diag.A("group", w.group), diag.A("holder", group), diag.A("other", c.by))
	}
	return name
}
