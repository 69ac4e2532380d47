package compile

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// noPolicy is the policy of rules without one.
var noPolicy = &model.Policy{}

// newRule makes a rule's chain. When a step cannot be made, the rule is denied: the chain is made once more without that
// step and with Policy.Denied set, so that what stands before the denial (the dialect's order) still does its work.
func newRule(factories []FilterFactory, config Config, r *model.Rule, lb string, diags *[]diag.Diagnostic) *Rule {
	out := &Rule{Model: r, Policy: r.Policy, Source: r.Source, Priority: r.Priority}
	if out.Policy == nil {
		out.Policy = noPolicy
	}
	config.Rule = r
	config.Style = page.Style{Dialect: config.Dialect, Server: config.Settings.ServerHeader}
	config.Report = func(m diag.Message, args ...diag.Arg) {
		args = append(args, diag.A("lb", lb), diag.A("priority", priorityText(r.Priority)))
		*diags = append(*diags, diag.New(m, objectOf(r.Source, lb), r.Source.Field, args...))
	}
	out.Denied = out.Policy.Denied
	if failed := out.build(factories, config); failed != nil {
		config.Report(diag.RuleDenied, diag.A("reason", failed))
		denied := *out.Policy
		denied.Denied = failed.Error()
		out.Policy, out.Denied = &denied, failed.Error()
		config.Report = func(diag.Message, ...diag.Arg) {}
		_ = out.build(factories, config) // the same error once more
	}
	return out
}

// build makes the steps and returns the first error of one.
func (r *Rule) build(factories []FilterFactory, config Config) (failed error) {
	r.steps, r.responses = nil, nil
	config.Policy = r.Policy
	for _, f := range factories {
		made, err := f.New(&config)
		if err != nil && failed == nil {
			failed = err
		}
		if err != nil || made == nil {
			continue
		}
		r.steps = append(r.steps, step{f.Name, made})
	}
	r.blocking = r.blocks()
	for i := len(r.steps) - 1; i >= 0; i-- {
		if response, ok := r.steps[i].filter.(exchange.ResponseFilter); ok {
			r.responses = append(r.responses, response)
		}
	}
	return failed
}

// fallbackRule is a rule for a listener's default actions.
func fallbackRule(l *model.Listener) *model.Rule {
	return &model.Rule{Actions: l.DefaultActions, Policy: l.DefaultPolicy, Source: l.DefaultSource}
}

// leftOut reports a rule whose conditions cannot be compiled.
func leftOut(r *Rule, lb string, err error) diag.Diagnostic {
	return diag.New(diag.RuleLeftOut, objectOf(r.Source, lb), r.Source.Field,
		diag.A("priority", r.Priority), diag.A("lb", lb), diag.A("reason", err))
}

// priorityText is how a rule's priority is written: the default actions have none.
func priorityText(p int32) string {
	if p == 0 {
		return "default"
	}
	return strconv.Itoa(int(p))
}
