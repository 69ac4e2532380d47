package elb

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// maxWeight is the largest weight that ELBv2 takes.
const maxWeight = 999

// Share gives a target group a share of a forward. One that is named again gets its shares together: ELBv2 refuses to hear of a
// target group twice.
func Share(list []model.WeightedTargetGroup, group string, weight int32) []model.WeightedTargetGroup {
	i := slices.IndexFunc(list, func(g model.WeightedTargetGroup) bool { return g.TargetGroup == group })
	if i < 0 {
		return append(list, model.WeightedTargetGroup{TargetGroup: group, Weight: weight})
	}
	list[i].Weight = min(list[i].Weight+weight, maxWeight)
	return list
}
