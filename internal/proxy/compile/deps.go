package compile

import (
	"crypto/tls"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Unit is the smallest part of the model that changes as a whole: a host of class nginx, an IngressGroup of class alb.
// Its model refers only to target groups and user lists that it holds itself.
type Unit struct {
	Key string
	// Model is never changed once it was handed over. A nil Model removes the unit.
	Model *model.Model
}

// Deps is what compiling needs from outside, so that it knows neither filters nor connections.
type Deps struct {
	// Group returns the handle of a target group, making it or updating its settings. It returns the same handle
	// for the same ID as long as a snapshot refers to it. It is called once per changed group and Apply.
	Group func(*model.TargetGroup) exchange.Group
	// Filters makes the steps of the chain, in order (proxy/filter/order.go).
	Filters []FilterFactory
	// DefaultCertificate is the self-made certificate that is served when no other fits.
	DefaultCertificate *tls.Certificate
	// Logs says that the logs of load balancers can be delivered, Inspected that there is somebody who inspects
	// requests for web ACLs; users are told where they ask for what is not there.
	Logs, Inspected bool
}

// FilterFactory is one place in the chain.
type FilterFactory struct {
	// Name is what explain calls the step.
	Name string
	// New makes the step for one rule, or returns nil when the rule has no use for it. An error is a setting that
	// cannot be carried out: the rule then answers 503 to everything, because what the setting would have
	// protected must not stand open.
	New func(c *Config) (exchange.Filter, error)
}

// Config is what a step may be made from.
type Config struct {
	Dialect model.Dialect
	// LoadBalancer and Listener carry what is not a rule; their rules are not to be looked at. With DialectNginx both
	// are empty, as rules are shared by the listeners: look at the exchange instead.
	LoadBalancer *model.LoadBalancer
	Listener     *model.Listener
	// Settings are the attributes, parsed; never nil.
	Settings *Settings
	// Rule is the rule; for default actions it has neither priority nor conditions.
	Rule *model.Rule
	// Logins are the login actions of all rules of the listener, while the rule is made that answers CallbackPath; nil
	// otherwise.
	Logins []model.Action
	// Policy is the rule's policy, never nil.
	Policy *model.Policy
	// Group returns the handle of a target group, nil when it is unknown.
	Group func(id string) exchange.Group
	// Users returns a user list, nil when it is unknown.
	Users func(id string) *model.UserList
	// Style is how responses made here look.
	Style page.Style
	// Report tells the user about a setting of this rule.
	Report func(m diag.Message, args ...diag.Arg)
}
