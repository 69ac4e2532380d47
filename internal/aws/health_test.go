package aws_test

import (
	"testing"
	"time"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

// carrier says how targets are.
type carrier struct{ list []store.TargetHealth }

func (c *carrier) Health(string) ([]store.TargetHealth, bool) { return c.list, true }
func (c *carrier) Failure(string) string                      { return "" }

func TestHealthIsAskedAgainOnlyForTargetsThatAreNotHealthy(t *testing.T) {
	well, ill := model.Target{ID: "10.42.64.32", Port: 80}, model.Target{ID: "10.42.64.33", Port: 80}
	carried := &carrier{list: []store.TargetHealth{
		{ID: well.ID, Port: 80, State: elbtypes.TargetHealthStateEnumHealthy},
		{ID: ill.ID, Port: 80, State: elbtypes.TargetHealthStateEnumInitial, Reason: elbtypes.TargetHealthReasonEnumInitialHealthChecking},
	}}
	p := newCloud(t, func(o *action.Options) { o.Carrier = carried }).start(nil)
	arn := p.ipGroup(well, ill)
	check := func(what string, calls int, first, second bool) {
		t.Helper()
		got, err := p.registrar.Health(t.Context(), arn, []model.Target{well, ill})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got[0].Healthy() != first || got[1].Healthy() != second {
			t.Errorf("%s: got %+v", what, got)
		}
		if got[1].State == "initial" && got[1].Reason != "Elb.InitialHealthChecking" {
			t.Errorf("%s: the reason was lost: %+v", what, got[1])
		}
		p.quiet(what, calls, 0)
	}
	check("at first", 1, true, false)
	// What was healthy a moment ago is not asked about, so the gate stays open.
	carried.list[0].State, carried.list[1].State = elbtypes.TargetHealthStateEnumUnhealthy, elbtypes.TargetHealthStateEnumHealthy
	check("then", 1, true, true)
	check("both are healthy", 0, true, true)
	p.clock.advance(6 * time.Minute)
	check("later", 1, false, true)
}
