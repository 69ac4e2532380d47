package filter

import (
	"fmt"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/jwt"
	"github.com/gwanmun/gwanmun/internal/proxy/action/oidc"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/affinity"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/basicauth"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/bodylimit"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/denied"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/forwardelb"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/forwardnginx"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/hsts"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/inspect"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/mtls"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/rewrite"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/serverheader"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/sslredirect"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/sticky"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/transform"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// Tools are what steps borrow: it outlives snapshots.
type Tools struct {
	// Verifier checks passwords; nil denies rules that ask for them.
	Verifier *basicauth.Verifier
	// Keys are for cookies and sessions; nil denies rules that need them.
	Keys *keyring.Keeper
	// Logins let users log in with identity providers, Providers hands out the keys of token issuers; nil denies rules
	// that need them.
	Logins    *oidc.Logins
	Providers *idp.Client
	// Now is the clock that tokens are checked by; time.Now when nil.
	Now func() time.Time
	// Inspector judges requests to load balancers with a web ACL; nil lets all pass. InspectBudget bounds an inspection;
	// 1 s when 0.
	Inspector     exchange.Inspector
	InspectBudget time.Duration
}

// Order returns the chain, first step first. Responses pass it the other way round.
//
// The order is that of nginx's phases where both have a step, because users can see it: a redirect wins over the one to
// HTTPS, nobody is asked for a password where no target is ready, and the default backend's 404 comes after the password.
func Order(t Tools) []compile.FilterFactory {
	jar := sticky.NewJar(t.Keys)
	return []compile.FilterFactory{
		// Outermost on the way back: what the client sees of any response, whoever made it.
		{Name: "server-header", New: newServerHeader},
		{Name: "hsts", New: func(c *compile.Config) (exchange.Filter, error) { return hsts.New(c.Policy.HSTS), nil }},

		// Who is asking. Everything behind may rely on the client's address, the scheme and the request's name in logs.
		{Name: "x-forwarded-for-limit", New: newForwardedLimit},
		{Name: "trace", New: newTrace},
		// A web ACL judges requests before anything of the rule is done.
		{Name: "inspect", New: func(c *compile.Config) (exchange.Filter, error) { return newInspect(c, t), nil }},
		{Name: "trust", New: newTrust},

		// nginx looks at the client's certificate before it enters any location.
		{Name: "client-certificate", New: func(c *compile.Config) (exchange.Filter, error) {
			return mtls.NewNginx(c.Policy.ClientCertificate, c.Style)
		}},

		// nginx refuses a declared length as soon as it knows the location, even before it would redirect.
		{Name: "body-limit", New: func(c *compile.Config) (exchange.Filter, error) {
			return bodylimit.New(c.Policy.BodyLimit, c.Style), nil
		}},
		// A denied location is nothing but its 503.
		{Name: "denied", New: func(c *compile.Config) (exchange.Filter, error) {
			return denied.New(c.Policy.Denied, c.Style), nil
		}},

		// Rewrite phase: redirects of annotations are return statements, which come before the redirect to HTTPS.
		{Name: "actions", New: func(c *compile.Config) (exchange.Filter, error) { return nil, action.Check(c.Rule.Actions) }},
		// ELB: whoever answers, only to users that may ask; and the address where logins end, before all rules.
		{Name: "login-callback", New: t.Logins.Callback},
		{Name: "login", New: t.Logins.Login},
		{Name: "jwt", New: func(c *compile.Config) (exchange.Filter, error) { return newJWT(c, t) }},
		{Name: "redirect", New: func(c *compile.Config) (exchange.Filter, error) {
			return action.NewRedirect(c, action.Routing(c.Rule.Actions).Redirect)
		}},
		{Name: "ssl-redirect", New: func(c *compile.Config) (exchange.Filter, error) {
			return sslredirect.New(c.Policy.SSLRedirect, c.Style), nil
		}},
		// Where a client is to stay decides about the target group.
		{Name: "sticky-group", New: func(c *compile.Config) (exchange.Filter, error) {
			return sticky.NewGroup(jar, action.Routing(c.Rule.Actions).Forward), nil
		}},
		{Name: "affinity", New: func(c *compile.Config) (exchange.Filter, error) {
			return affinity.New(c.Policy.Affinity, action.Routing(c.Rule.Actions).Forward)
		}},
		// The target group is chosen here, and 503 answered when it is empty: before access control.
		{Name: "forward", New: func(c *compile.Config) (exchange.Filter, error) {
			return action.NewForward(c, action.Routing(c.Rule.Actions).Forward), nil
		}},
		// Which target of the group, if it keeps clients.
		{Name: "sticky-target", New: func(c *compile.Config) (exchange.Filter, error) { return newStickyTarget(c, jar), nil }},

		// Access phase.
		{Name: "basic-auth", New: func(c *compile.Config) (exchange.Filter, error) { return newBasicAuth(c, t.Verifier) }},

		// Content phase: the default backend's answer, or the request towards the target.
		{Name: "fixed-response", New: func(c *compile.Config) (exchange.Filter, error) {
			return action.NewFixed(c, action.Routing(c.Rule.Actions).FixedResponse)
		}},
		{Name: "rewrite", New: func(c *compile.Config) (exchange.Filter, error) { return rewrite.New(c.Policy.Rewrite) }},
		{Name: "transform", New: func(c *compile.Config) (exchange.Filter, error) {
			return transform.New(c.Rule.Transforms, c.Style)
		}},
		// Last, so that nothing a client sent can stand beside what we say of it.
		{Name: "forwarded-headers", New: newForwardedHeaders},
		// Behind it because it may add what that one takes out.
		{Name: "client-certificate-headers", New: newClientCertificate},
		{Name: "login-headers", New: func(c *compile.Config) (exchange.Filter, error) { return oidc.NewHeaders(c), nil }},
	}
}

func newServerHeader(c *compile.Config) (exchange.Filter, error) {
	if c.Dialect == model.DialectNginx {
		return serverheader.NewNginx(c.Policy), nil
	}
	return serverheader.NewELB(c.Settings), nil
}

func newForwardedLimit(c *compile.Config) (exchange.Filter, error) {
	if c.Dialect == model.DialectNginx {
		return nil, nil
	}
	return forwardelb.NewLimit(c.Settings, c.Style), nil
}

func newTrace(c *compile.Config) (exchange.Filter, error) {
	if c.Dialect == model.DialectNginx {
		return nil, nil
	}
	return forwardelb.NewTrace(), nil
}

func newInspect(c *compile.Config, t Tools) exchange.Filter {
	if c.Dialect == model.DialectNginx {
		return nil
	}
	return inspect.New(inspect.Config{
		Inspector: t.Inspector, WebACL: c.LoadBalancer.WebACL, FailOpen: c.Settings.WAFFailOpen, Budget: t.InspectBudget, Style: c.Style,
	})
}

func newStickyTarget(c *compile.Config, jar *sticky.Jar) exchange.Filter {
	if c.Dialect == model.DialectNginx || action.Routing(c.Rule.Actions).Forward == nil {
		return nil
	}
	return sticky.NewTarget(jar)
}

func newTrust(c *compile.Config) (exchange.Filter, error) {
	if c.Dialect != model.DialectNginx {
		return nil, nil
	}
	return forwardnginx.NewTrust(c.Policy.Forwarded)
}

func newForwardedHeaders(c *compile.Config) (exchange.Filter, error) {
	switch {
	case action.Routing(c.Rule.Actions).Forward == nil:
		return nil, nil
	case c.Dialect == model.DialectNginx:
		return forwardnginx.NewHeaders(c.Policy)
	}
	return forwardelb.NewHeaders(c.Settings, c.LoadBalancer.Name), nil
}

func newClientCertificate(c *compile.Config) (exchange.Filter, error) {
	switch {
	case action.Routing(c.Rule.Actions).Forward == nil:
		return nil, nil
	case c.Dialect == model.DialectNginx:
		return mtls.NewNginxFields(c.Policy.ClientCertificate), nil
	}
	return mtls.NewELB(c.Listener.MutualAuthentication, c.Settings), nil
}

// newJWT makes the step of the rule's token check, if it has one.
func newJWT(c *compile.Config, t Tools) (exchange.Filter, error) {
	for i := range c.Rule.Actions {
		if v := c.Rule.Actions[i].JWTValidation; v != nil {
			return jwt.New(c, v, t.Providers, t.Now)
		}
	}
	return nil, nil
}

// newBasicAuth fails when the user list is missing: the rule is then denied, not open.
func newBasicAuth(c *compile.Config, verifier *basicauth.Verifier) (exchange.Filter, error) {
	if c.Policy.BasicAuth == nil {
		return nil, nil
	}
	users := c.Users(c.Policy.BasicAuth.Users)
	if users == nil {
		return nil, fmt.Errorf("user list %q does not exist", c.Policy.BasicAuth.Users)
	}
	if verifier == nil {
		return nil, fmt.Errorf("passwords cannot be checked here")
	}
	return basicauth.New(c.Policy.BasicAuth.Realm, basicauth.NewUserTable(verifier, users), c.Style.Error), nil
}
