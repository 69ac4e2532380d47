package compile

import (
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// CallbackPath is where identity providers send users back to. Listeners with a login answer it themselves on every host,
// before any rule is looked at (AWS).
const CallbackPath = "/oauth2/idpresponse"

// callbackRule compiles what answers CallbackPath on a listener; nil without logins.
func (c *elbCompiler) callbackRule(l *Listener, ml *model.Listener) *Rule {
	if ml.Protocol != model.HTTPS {
		return nil // logins there are denied
	}
	logins := loginsOf(ml.DefaultActions)
	for i := range ml.Rules {
		logins = append(logins, loginsOf(ml.Rules[i].Actions)...)
	}
	if len(logins) == 0 {
		return nil
	}
	u := c.parts[0].unit
	config := c.config(u, model.DialectELB)
	config.LoadBalancer, config.Listener, config.Settings, config.Logins = c.lb, ml, l.Settings, logins
	out := newRule(c.deps.Filters, config, &model.Rule{Source: ml.DefaultSource}, c.lb.ID, &c.diags)
	return out
}

func loginsOf(actions []model.Action) []model.Action {
	var out []model.Action
	for _, a := range actions {
		if a.Type == model.ActionAuthenticateOIDC || a.Type == model.ActionAuthenticateCognito {
			out = append(out, a)
		}
	}
	return out
}

// called says whether a request is for the listener's callback.
func (l *Listener) called(x *exchange.Exchange) bool {
	return l.callback != nil && string(x.Request.Path) == CallbackPath
}
