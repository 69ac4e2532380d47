package ingressalb

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// contribution is what one member adds to settings that are merged key by key.
type contribution struct {
	by    *member
	pairs []annotation.Pair
}

// mergePairs joins contributions key by key. Keys of over win whatever the members say; otherwise the first member that
// gives a key decides, and a later one that differs is told. The result is sorted by key.
func (w *work) mergePairs(parts []contribution, over []annotation.Pair, lost func(p contribution, pair annotation.Pair, winner string, by *member)) []annotation.Pair {
	type decided struct {
		value string
		by    *member
	}
	values := map[string]decided{}
	var out []annotation.Pair
	for _, p := range over {
		if _, ok := values[p.Key]; !ok {
			values[p.Key] = decided{value: p.Value}
			out = append(out, p)
		}
	}
	for _, part := range parts {
		for _, p := range part.pairs {
			d, ok := values[p.Key]
			switch {
			case !ok:
				values[p.Key] = decided{p.Value, part.by}
				out = append(out, p)
			case d.by != nil && d.value != p.Value:
				lost(part, p, d.value, d.by)
			}
		}
	}
	slices.SortFunc(out, func(a, b annotation.Pair) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// mergeAttributes is mergePairs for attributes that members give under key.
func (w *work) mergeAttributes(parts []contribution, over []annotation.Pair, key string) []annotation.Pair {
	return w.mergePairs(parts, over, func(p contribution, pair annotation.Pair, winner string, by *member) {
		w.conflictAt(p.by, by, key, pair.Key+"="+pair.Value, pair.Key+"="+winner)
	})
}

// loadBalancerAttributes merges those of all members; the IngressClassParams of the first member beat them key by key.
func (w *work) loadBalancerAttributes(members []*member) ([]model.Attribute, []model.SettingSource) {
	var parts []contribution
	for _, m := range members {
		parts = append(parts, contribution{m, getList(m, m.own, alb.LoadBalancerAttributes)})
	}
	var over []annotation.Pair
	if p := members[0].params; p != nil {
		over = pairsOf(p.Spec.LoadBalancerAttributes)
	}
	key := alb.Prefix + alb.LoadBalancerAttributes.Suffix
	merged := w.mergeAttributes(parts, over, key)
	out := w.checkAttributes(merged, model.LoadBalancerAttribute, members[0].object, annotation.FieldOf(key), &w.found)
	return out, attributeSources(out, parts, over, annotation.FieldOf(key))
}

// listenerAttributes merges those of the port's members alike.
func (w *work) listenerAttributes(l *portListener) ([]model.Attribute, []model.SettingSource) {
	name := listenerName(l.protocol, l.port)
	var parts []contribution
	for _, m := range l.members {
		pairs, _ := settle(m, annotation.GetMember(m.own, alb.ListenerAttributes, name))
		parts = append(parts, contribution{m, pairs})
	}
	over := listenerPairs(l.members[0].params, string(l.protocol), l.port)
	key := alb.Prefix + alb.ListenerAttributes.Suffix + name
	merged := w.mergeAttributes(parts, over, key)
	out := w.checkAttributes(merged, model.ListenerAttribute, l.members[0].object, annotation.FieldOf(key), &w.found)
	return out, attributeSources(out, parts, over, annotation.FieldOf(key))
}

// attributeSources name who asked for each attribute: the first member that gives it, unless the params of the first one do.
func attributeSources(list []model.Attribute, parts []contribution, over []annotation.Pair, field string) []model.SettingSource {
	var out []model.SettingSource
	for _, a := range list {
		gives := func(pairs []annotation.Pair) bool {
			return slices.ContainsFunc(pairs, func(p annotation.Pair) bool { return p.Key == a.Key })
		}
		switch by := slices.IndexFunc(parts, func(p contribution) bool { return gives(p.pairs) }); {
		case gives(over):
			out = append(out, model.SettingSource{Setting: a.Key, Source: model.Source{Kind: string(objects.KindIngressClassParams), Name: parts[0].by.params.Name}})
		case by >= 0:
			out = append(out, model.SettingSource{Setting: a.Key, Source: parts[by].by.whole(field)})
		}
	}
	return out
}

// whole is the member as the source of a setting in one of its fields.
func (m *member) whole(field string) model.Source {
	return model.Source{Kind: m.object.Kind, Namespace: m.ing.Namespace, Name: m.ing.Name, Field: field}
}

// checkAttributes judges attributes by the model's table.
func (w *work) checkAttributes(pairs []annotation.Pair, r model.AttributeResource, about diag.Object, field string, into *diag.Collector) []model.Attribute {
	return elb.Attributed{Resource: r, Type: model.Application, External: w.options.External}.Check(pairs, about, field, into)
}
