package ingressalb

import (
	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// userTags are the tags that a member asks for: its annotation's, then its IngressClassParams' over them.
func (w *work) userTags(m *member) []annotation.Pair {
	own := getList(m, m.own, alb.Tags)
	return w.allowedTags(m.object, elb.Overlay(own, w.paramsTags(m)), &m.found)
}

func (w *work) paramsTags(m *member) []annotation.Pair {
	if m.params == nil {
		return nil
	}
	return pairsOfTags(m.params.Spec.Tags)
}

// allowedTags takes out keys that are managed by others.
func (w *work) allowedTags(about diag.Object, pairs []annotation.Pair, into *diag.Collector) []annotation.Pair {
	return w.tagging().Allowed(pairs, about, fieldOf(alb.Tags), into)
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

// tagging is how the group's resources are tagged.
func (w *work) tagging() elb.Tagging {
	return elb.Tagging{
		Cluster: w.options.ClusterName, Controller: lookup.IngressStacks, Stack: w.group,
		Defaults: w.options.DefaultTags, LowPriority: w.options.DefaultTagsLowPriority, External: w.options.ExternalManagedTags,
	}
}

// tags completes the users' tags with the default ones and those that say what the resource belongs to.
func (w *work) tags(resource string, user []annotation.Pair) []model.Tag {
	return w.tagging().Of(resource, user)
}
