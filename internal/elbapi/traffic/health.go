package traffic

import (
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// Health lists the targets of a group as health checks find them, those that drain too, and says whether the group is
// served at all.
func (t *Traffic) Health(targetGroup string) ([]store.TargetHealth, bool) {
	g, ok := t.server.Health(targetGroup)
	if !ok {
		return nil, false
	}
	out := make([]store.TargetHealth, len(g.Targets))
	for i := range g.Targets {
		x := &g.Targets[i]
		out[i] = store.TargetHealth{
			ID: x.ID, Port: x.Port, Zone: x.Zone, State: types.TargetHealthStateEnum(x.State),
			Reason: types.TargetHealthReasonEnum(x.Reason), Description: x.Description,
			Anomalous: x.Anomalous, Mitigated: x.Mitigated,
		}
	}
	return out, true
}
