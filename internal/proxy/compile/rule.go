package compile

import (
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Rule is a compiled rule; Exchange.Rule holds a *Rule. It is never changed.
type Rule struct {
	// Model is the rule it was made from; for a listener's default actions a rule without priority and conditions.
	Model *model.Rule
	// Policy is never nil.
	Policy *model.Policy
	// Source names the object it came from, for logs and metrics.
	Source model.Source
	// Priority is the model's; 0 for default actions.
	Priority int32
	// Tried is how many rules ELB looks at until this one has been found, itself included and the default one not:
	// RuleEvaluations counts them. 0 with DialectNginx.
	Tried int
	// Unit is the key of the unit it came from; empty for default actions.
	Unit string
	// Denied says why every request is answered 503; empty when it is served.
	Denied string

	steps []step
	// blocking says that one of the steps may wait.
	blocking bool
	// responses are the steps that look at responses, last step first.
	responses []exchange.ResponseFilter
}

// step is a filter in its place.
type step struct {
	name   string
	filter exchange.Filter
}
