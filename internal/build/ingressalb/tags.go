package ingressalb

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Keys of the tags that say what a resource belongs to. They are how resources are found again, so nothing overrides
// them.
const (
	tagCluster  = "elbv2.k8s.aws/cluster"
	tagResource = "elbv2.k8s.aws/resource"
	tagStack    = "ingress.k8s.aws/stack"
	tagStackRes = "ingress.k8s.aws/resource"
)

// userTags are the tags that a member asks for: its annotation's, then its IngressClassParams' over them.
func (w *work) userTags(m *member) []annotation.Pair {
	own := getList(m, m.own, alb.Tags)
	return w.allowedTags(m.object, overlay(own, w.paramsTags(m)), &m.found)
}

func (w *work) paramsTags(m *member) []annotation.Pair {
	if m.params == nil {
		return nil
	}
	return pairsOfTags(m.params.Spec.Tags)
}

// allowedTags takes out keys that are managed by others.
func (w *work) allowedTags(about diag.Object, pairs []annotation.Pair, into *diag.Collector) []annotation.Pair {
	return slices.DeleteFunc(slices.Clone(pairs), func(p annotation.Pair) bool {
		external := slices.Contains(w.options.ExternalManagedTags, p.Key)
		if external {
			into.Add(diag.ALBExternalTag, about, fieldOf(alb.Tags), diag.A("tag", p.Key))
		}
		return external
	})
}

// sharedTags are the users' tags of a resource that several members share.
func (w *work) sharedTags(members []*member) []annotation.Pair {
	var parts []contribution
	for _, m := range members {
		parts = append(parts, contribution{m, m.tags})
	}
	return w.mergePairs(parts, nil, func(p contribution, pair annotation.Pair, winner string, by *member) {
		w.found.Add(diag.ALBTagConflict, p.by.object, fieldOf(alb.Tags), diag.A("tag", pair.Key),
			diag.A("value", pair.Value), diag.A("winner", winner), diag.A("other", by.name()), diag.A("group", w.group))
	})
}

// tags completes the users' tags with the default ones and those that say what the resource belongs to.
func (w *work) tags(resource string, user []annotation.Pair) []model.Tag {
	defaults := make([]annotation.Pair, len(w.options.DefaultTags))
	for i, t := range w.options.DefaultTags {
		defaults[i] = annotation.Pair{Key: t.Key, Value: t.Value}
	}
	if w.options.DefaultTagsLowPriority {
		user = overlay(defaults, user)
	} else {
		user = overlay(user, defaults)
	}
	return tagsOf(overlay(user, []annotation.Pair{
		{Key: tagCluster, Value: w.options.ClusterName}, {Key: tagStack, Value: w.group}, {Key: tagStackRes, Value: resource},
	}))
}

func tagsOf(pairs []annotation.Pair) []model.Tag {
	out := make([]model.Tag, len(pairs))
	for i, p := range pairs {
		out[i] = model.Tag{Key: p.Key, Value: p.Value}
	}
	return out
}

// overlay joins two lists; for a key in both, top counts. The result is sorted by key.
func overlay(bottom, top []annotation.Pair) []annotation.Pair {
	out := slices.Clone(bottom)
	for _, p := range top {
		if i := slices.IndexFunc(out, func(q annotation.Pair) bool { return q.Key == p.Key }); i >= 0 {
			out[i] = p
		} else {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b annotation.Pair) int { return strings.Compare(a.Key, b.Key) })
	return out
}
