package ingressnginx

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// settings are one Ingress's annotations, read. Their diagnostics are given out once, in the Ingress's own unit.
type settings struct {
	// dropped says that the whole Ingress is left out.
	dropped bool
	// denied says why the Ingress's paths answer 503; hostDenied why all paths of its hosts do. Empty: they do not.
	denied, hostDenied string

	useRegex              bool
	rewriteTarget         string
	appRoot               string
	redirectURL           string
	redirectCode          int32
	sslRedirect           bool
	forceSSLRedirect      bool
	preserveTrailingSlash bool
	portInRedirects       bool

	// sslPassthrough sends TLS of the host on undecrypted.
	sslPassthrough bool

	https   bool
	grpc    bool
	balance balance
	// affinity is the session cookie, nil for none; legacyCanary leaves it out of account where canaries choose.
	affinity     *model.Affinity
	legacyCanary bool
	policy       model.Policy
	basicAuth    *model.BasicAuth
	users        *model.UserList
	clientCerts  *clientCerts
	// ciphers are those of the host's TLS; empty for the ConfigMap's.
	ciphers       string
	canary        *canary
	canaryEnabled bool
}

// balance is how targets of a backend are chosen.
type balance struct {
	algorithm, hashBy string
	// subset is the size of the subsets that hashes choose; 0 for targets.
	subset int32
}

// readSettings reads the annotations of an Ingress over the ConfigMap. A nil into drops the diagnostics.
func (c *class) readSettings(ing *networkingv1.Ingress, into *diag.Collector) *settings {
	if into == nil {
		into = &diag.Collector{}
	}
	values := nginx.Clean(ing.Annotations)
	object := objectOf(ing)
	own := annotation.Layer{Kind: annotation.Annotations, Object: object, Values: values}
	// Invalid values are reported by examine; reading them again must not report them twice.
	r := annotation.NewReader(nginx.Registry, &diag.Collector{}, own, c.config.layer)

	s := &settings{}
	s.canaryEnabled = annotation.Get(r, nginx.Canary).Value
	s.examine(c.config, object, values, into)
	if ing.Spec.DefaultBackend != nil && c.options.DisableCatchAll {
		s.dropped = true
		into.Add(diag.NginxCatchAllOff, object, "spec.defaultBackend")
	}
	s.readRouting(r)
	s.readTarget(r, object, values, into)
	c.readPassthrough(s, r, object, into)
	s.readPolicy(r, c.config)
	s.ciphers = annotation.Get(r, nginx.SSLCiphers).Value
	s.readAffinity(r)
	s.readCanary(r, object, values, into)
	if !s.canaryEnabled {
		c.readBasicAuth(s, r, ing, into)
		c.readClientCerts(s, r, ing, into)
	}
	if c.config.denied != "" {
		s.deny(c.config.denied)
	}
	if s.withheld() {
		into.Add(diag.NginxWithheld, object, "spec.rules")
	}
	return s
}

// protects says whether the Ingress asks for something that keeps requests out.
func (s *settings) protects() bool {
	return s.denied != "" || s.basicAuth != nil || s.clientCerts != nil
}

// withheld says whether the Ingress is left out but its paths must not be left to others.
func (s *settings) withheld() bool { return s.dropped && !s.canaryEnabled && s.protects() }

func (s *settings) deny(reason string) {
	if s.denied == "" {
		s.denied = reason
	}
}

// examine carries out what each annotation's entry says about invalid, unsupported and risky values.
func (s *settings) examine(c *config, object diag.Object, values map[string]string, into *diag.Collector) {
	for _, f := range nginx.Registry.Examine(values) {
		e := f.Key.Declaration()
		field := annotation.FieldOf(f.Name)
		// A canary has its main Ingress's behaviour: what protects that one cannot be switched off or on by it.
		ignored := s.canaryEnabled && e.Group != nginx.Canary.Group
		if word := blockedWord(c.blocked, f.Raw); word != "" {
			s.dropped = true
			into.Add(diag.NginxBlockedWord, object, field, diag.A("key", f.Name), diag.A("word", word))
		}
		switch {
		case f.Err != nil:
			into.Add(diag.AnnotationInvalid, object, field, diag.A("key", f.Name), diag.A("value", f.Raw),
				diag.A("expected", f.Key.Expected()), diag.A("reason", f.Err), diag.A("example", e.Example),
				diag.A("consequence", e.OnInvalid))
			s.carryOut(e, e.OnInvalid, f.Name+" is invalid", ignored)
		case e.Risk > c.risk && e.Internal.Level != annotation.No:
			into.Add(diag.NginxTooRisky, object, field, diag.A("key", f.Name), diag.A("risk", e.Risk), diag.A("level", c.risk))
			s.carryOut(e, annotation.DenyRule, f.Name+" is too risky", ignored)
		case e.Internal.Level == annotation.No && !f.Inert():
			s.unsupported(&f, object, ignored, into)
		}
	}
}

func (s *settings) unsupported(f *annotation.Finding, object diag.Object, ignored bool, into *diag.Collector) {
	e := f.Key.Declaration()
	field := annotation.FieldOf(f.Name)
	if e.WhileUnsupported == annotation.DenyRule && !ignored {
		what := "the Ingress's paths"
		if e.Scope == annotation.ScopeHost {
			what = "its hosts"
		}
		into.Add(diag.NginxUnprotected, object, field,
			diag.A("key", f.Name), diag.A("why", e.Internal.Why), diag.A("what", what))
		s.carryOut(e, annotation.DenyRule, f.Name+" is not carried out", ignored)
		return
	}
	into.Add(diag.AnnotationUnsupported, object, field, diag.A("key", f.Name), diag.A("why", e.Internal.Why))
}

func (s *settings) carryOut(e *annotation.Entry, outcome annotation.Outcome, reason string, ignored bool) {
	switch {
	case outcome == annotation.DropObject:
		s.dropped = true
	case outcome != annotation.DenyRule || ignored:
	case e.Scope == annotation.ScopeHost:
		s.deny(reason)
		if s.hostDenied == "" {
			s.hostDenied = reason
		}
	default:
		s.deny(reason)
	}
}

func blockedWord(words []string, value string) string {
	for _, w := range words {
		if strings.Contains(value, w) {
			return w
		}
	}
	return ""
}

// readRouting reads what decides about paths and redirects.
func (s *settings) readRouting(r *annotation.Reader) {
	s.useRegex = annotation.Get(r, nginx.UseRegex).Value
	s.rewriteTarget = annotation.Get(r, nginx.RewriteTarget).Value
	s.appRoot = annotation.Get(r, nginx.AppRoot).Value
	if to := annotation.Get(r, nginx.PermanentRedirect).Value; to != "" {
		s.redirectURL = to
		s.redirectCode = int32(annotation.Get(r, nginx.PermanentRedirectCode).Value)
	}
	if to := annotation.Get(r, nginx.TemporalRedirect).Value; to != "" {
		s.redirectURL = to
		s.redirectCode = int32(annotation.Get(r, nginx.TemporalRedirectCode).Value)
	}
	s.sslRedirect = annotation.Get(r, nginx.SSLRedirect).Value
	s.forceSSLRedirect = annotation.Get(r, nginx.ForceSSLRedirect).Value
	s.preserveTrailingSlash = annotation.Get(r, nginx.PreserveTrailingSlash).Value
	s.portInRedirects = annotation.Get(r, nginx.UsePortInRedirects).Value
}

// readTarget reads the settings of target groups.
func (s *settings) readTarget(r *annotation.Reader, object diag.Object, values map[string]string, into *diag.Collector) {
	partly := func(k annotation.Declared) {
		e := k.Declaration()
		full := nginx.Registry.FullKey(e)
		if _, set := values[full]; set {
			into.Add(diag.AnnotationUnsupported, object, annotation.FieldOf(full), diag.A("key", full), diag.A("why", e.Internal.Why))
		}
	}
	switch annotation.Get(r, nginx.BackendProtocol).Value {
	case "HTTP":
	case "HTTPS":
		s.https = true
	case "GRPC":
		s.grpc = true
	case "GRPCS":
		s.https, s.grpc = true, true
	default:
		partly(nginx.BackendProtocol)
	}
	switch lb := annotation.Get(r, nginx.LoadBalance).Value; lb {
	case "round_robin":
	case "ewma":
		s.balance.algorithm = lb
	default:
		partly(nginx.LoadBalance)
	}
	if by := annotation.Get(r, nginx.UpstreamHashBy).Value; by != "" {
		s.balance = balance{algorithm: "chash", hashBy: by}
		if annotation.Get(r, nginx.UpstreamHashBySubset).Value {
			s.balance.subset = int32(annotation.Get(r, nginx.UpstreamHashBySubsetSize).Value)
		}
	}
}

// readPolicy reads what goes into the policy of every rule.
func (s *settings) readPolicy(r *annotation.Reader, c *config) {
	s.policy = model.Policy{
		BodyLimit: annotation.Get(r, nginx.ProxyBodySize).Value,
		Timeouts: model.Timeouts{
			ConnectMillis: unless(annotation.Get(r, nginx.ProxyConnectTimeout).Value, 5),
			SendMillis:    unless(annotation.Get(r, nginx.ProxySendTimeout).Value, 60),
			ReadMillis:    unless(annotation.Get(r, nginx.ProxyReadTimeout).Value, 60),
		},
		ResponseHeadLimit: annotation.Get(r, nginx.ProxyBufferSize).Value,
		RequestBuffering:  annotation.Get(r, nginx.ProxyRequestBuffering).Value == "on",
		UpstreamHost:      annotation.Get(r, nginx.UpstreamVhost).Value,
		Forwarded:         c.forwarded,
		NoAccessLog:       !annotation.Get(r, nginx.EnableAccessLog).Value,
	}
	c.everywhere(&s.policy)
	on := slices.Clone(annotation.Get(r, nginx.ProxyNextUpstream).Value)
	if c.retryNonIdempotent && !slices.Contains(on, "non_idempotent") {
		on = append(on, "non_idempotent")
	}
	s.policy.Retry = &model.Retry{
		Attempts:      int32(annotation.Get(r, nginx.ProxyNextUpstreamTries).Value),
		TimeoutMillis: annotation.Get(r, nginx.ProxyNextUpstreamTimeout).Value * 1000,
		On:            on,
	}
}

// unless gives seconds in milliseconds, and 0, which means the dialect's default, for the default.
func unless(seconds, standard int64) int64 {
	if seconds == standard {
		return 0
	}
	return seconds * 1000
}

// secretName resolves a reference of an annotation; false when it points into another namespace that is off limits.
func (c *class) secretName(ing *networkingv1.Ingress, ref annotation.Reference) (objects.Name, bool) {
	if ref.Namespace == "" || ref.Namespace == ing.Namespace {
		return objects.Name{Namespace: ing.Namespace, Name: ref.Name}, true
	}
	return objects.Name{Namespace: ref.Namespace, Name: ref.Name}, c.config.crossNamespace
}
