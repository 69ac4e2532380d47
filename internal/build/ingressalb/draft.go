package ingressalb

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// draft is one rule before it is put on a port.
type draft struct {
	conditions []model.Condition
	// secure are the login and token actions; only HTTPS listeners have them.
	secure []model.Action
	// routing is the forward, redirect or fixed response.
	routing    model.Action
	transforms []model.Transform
	source     model.Source
	// broken says that something about the rule could not be read, which leaves its member out; protects says of such a
	// rule that it may have kept requests from targets. Its conditions then hold for all requests that it could mean.
	broken, protects bool
}

// actionsFor are the actions on a listener of this protocol. Load balancers log users in over HTTPS only; over HTTP the
// request passes without, which is reported when the member is read.
func (d *draft) actionsFor(p model.ListenerProtocol) []model.Action {
	if p != model.HTTPS {
		return []model.Action{d.routing}
	}
	return append(slices.Clone(d.secure), d.routing)
}

// condition finds the host or path condition; the zero condition when there is none.
func (d *draft) condition(f model.ConditionField) model.Condition {
	i := slices.IndexFunc(d.conditions, func(c model.Condition) bool { return c.Field == f })
	if i < 0 {
		return model.Condition{}
	}
	return d.conditions[i]
}
