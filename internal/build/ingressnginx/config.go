package ingressnginx

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// config is the controller's ConfigMap, read.
type config struct {
	// layer lies below the annotations of every Ingress.
	layer         annotation.Layer
	redirectCode  int32
	noTLS, noAuth []string
	// tlsVersions are those that clients may speak, and the ciphers, as model.Listener.SSLPolicy has them; empty for the
	// default.
	tlsVersions        string
	hsts               string
	retryNonIdempotent bool
	forwarded          *model.ForwardedHeaders
	// proxyProtocol is nil unless clients begin with a header of it.
	proxyProtocol  *model.ProxyProtocol
	crossNamespace bool
	risk           annotation.Risk
	blocked        []string
	strictPaths    bool
	// clients says how clients are treated; nil for the defaults.
	clients *model.ClientSettings
	// hidden are fields of responses that clients do not get; keepServer gives them Server, originalURI targets the request's
	// own path and query.
	hidden                  []string
	keepServer, originalURI bool
	// noAccessLog, logFormat and logJSON say how requests are logged.
	noAccessLog bool
	logFormat   string
	logJSON     bool
	logBare     bool
	logSkip     string
	// denied says why nothing is served at all; empty when it is.
	denied string
}

// readConfig reads the ConfigMap; diagnostics go to into unless it is nil.
func (b *Builder) readConfig(in build.Input, into *diag.Collector) *config {
	if into == nil {
		into = &diag.Collector{}
	}
	name := b.options.ConfigMap
	layer := annotation.Layer{
		Kind:   annotation.ConfigMap,
		Object: objects.Key{Kind: objects.KindConfigMap, Name: name}.Object(),
	}
	if cm := in.Objects.ConfigMap(name); cm != nil && name.Name != "" {
		layer.Values = cleanData(cm.Data)
	}
	c := &config{layer: layer}
	c.examine(into)
	r := annotation.NewReader(nginx.ConfigRegistry, &diag.Collector{}, layer)
	c.redirectCode = int32(annotation.Get(r, nginx.HTTPRedirectCode).Value)
	if !slices.Contains([]int32{301, 302, 307, 308}, c.redirectCode) {
		c.redirectCode = 308
	}
	c.noTLS = annotation.Get(r, nginx.NoTLSRedirectLocations).Value
	c.noAuth = annotation.Get(r, nginx.NoAuthLocations).Value
	c.retryNonIdempotent = annotation.Get(r, nginx.RetryNonIdempotent).Value
	c.crossNamespace = annotation.Get(r, nginx.AllowCrossNamespaceResources).Value
	c.risk = riskOf(annotation.Get(r, nginx.RiskLevel).Value)
	c.blocked = annotation.Get(r, nginx.WordBlocklist).Value
	c.strictPaths = annotation.Get(r, nginx.StrictValidatePathType).Value
	c.hsts = readHSTS(r)
	if p := annotation.Get(r, nginx.SSLProtocols); p.Set {
		c.tlsVersions = strings.Join(p.Value, " ")
	}
	if p := annotation.Get(r, nginx.ConfigSSLCiphers); p.Set && p.Err == nil {
		c.tlsVersions += model.CiphersAfter + p.Value
	}
	c.forwarded = readForwarded(r)
	c.proxyProtocol = readProxyProtocol(r)
	c.clients = readClients(r)
	c.hidden = annotation.Get(r, nginx.HideHeaders).Value
	c.keepServer = annotation.Get(r, nginx.AllowServerHeader).Value
	c.originalURI = annotation.Get(r, nginx.AddOriginalURI).Value
	c.noAccessLog = annotation.Get(r, nginx.DisableAccessLog).Value
	c.logFormat = annotation.Get(r, nginx.LogFormatUpstream).Value
	c.logJSON = c.logFormat != "" && annotation.Get(r, nginx.LogFormatEscapeJSON).Value
	c.logBare = c.logFormat != "" && annotation.Get(r, nginx.LogFormatEscapeNone).Value
	c.logSkip = annotation.Get(r, nginx.SkipAccessLogURLs).Value
	return c
}

// tlsSources names the ConfigMap where it says what TLS is spoken.
func (c *config) tlsSources() []model.SettingSource {
	if c.tlsVersions == "" {
		return nil
	}
	key := nginx.SSLProtocols.Suffix
	if strings.Contains(c.tlsVersions, model.CiphersAfter) {
		key = nginx.ConfigSSLCiphers.Suffix
	}
	o := c.layer.Object
	return []model.SettingSource{{Setting: model.SettingSSLPolicy, Source: model.Source{
		Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Field: "data[" + key + "]",
	}}}
}

// everywhere writes into a policy what the ConfigMap says for all of them: how requests are logged, and some fields.
func (c *config) everywhere(p *model.Policy) *model.Policy {
	p.HideFields, p.KeepServer, p.OriginalURI = c.hidden, c.keepServer, c.originalURI
	p.NoAccessLog = p.NoAccessLog || c.noAccessLog
	p.LogFormat, p.LogFormatJSON, p.LogFormatBare, p.LogSkip = c.logFormat, c.logJSON, c.logBare, c.logSkip
	return p
}

func cleanData(data map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range data {
		if v = strings.TrimSpace(v); v != "" {
			out[k] = v
		}
	}
	return out
}

func riskOf(level string) annotation.Risk {
	for r := annotation.Low; r <= annotation.Critical; r++ {
		if r.String() == level {
			return r
		}
	}
	return annotation.High
}

// readHSTS makes the value of Strict-Transport-Security; empty for none.
func readHSTS(r *annotation.Reader) string {
	if !annotation.Get(r, nginx.HSTS).Value {
		return ""
	}
	v := "max-age=" + strconv.FormatInt(annotation.Get(r, nginx.HSTSMaxAge).Value, 10)
	if annotation.Get(r, nginx.HSTSIncludeSubdomains).Value {
		v += "; includeSubDomains"
	}
	if annotation.Get(r, nginx.HSTSPreload).Value {
		v += "; preload"
	}
	return v
}

// readForwarded is nil as long as nothing that clients send is believed.
func readForwarded(r *annotation.Reader) *model.ForwardedHeaders {
	use := annotation.Get(r, nginx.UseForwardedHeaders).Value
	realIP := annotation.Get(r, nginx.EnableRealIP).Value
	if !use && !realIP {
		return nil
	}
	f := &model.ForwardedHeaders{
		TrustProtoHostPort: use,
		// With the PROXY protocol its header says who the client is, and no other.
		RealIP:      !annotation.Get(r, nginx.UseProxyProtocol).Value,
		ComputeFull: use && annotation.Get(r, nginx.ComputeFullForwardedFor).Value,
	}
	if h := annotation.Get(r, nginx.ForwardedForHeader); h.Set {
		f.Header = h.Value
	}
	f.TrustedCIDRs = trustedRanges(r)
	return f
}

// trustedRanges are the peers that are believed; empty when that is everyone.
func trustedRanges(r *annotation.Reader) []string {
	var out []string
	if ranges := annotation.Get(r, nginx.ProxyRealIPCIDR); ranges.Set {
		for _, p := range ranges.Value {
			out = append(out, p.String())
		}
	}
	return out
}

// readProxyProtocol is nil as long as connections begin with what clients send themselves.
func readProxyProtocol(r *annotation.Reader) *model.ProxyProtocol {
	if !annotation.Get(r, nginx.UseProxyProtocol).Value {
		return nil
	}
	return &model.ProxyProtocol{
		TimeoutMillis: annotation.Get(r, nginx.ProxyProtocolHeaderTimeout).Value.Milliseconds(), TrustedCIDRs: trustedRanges(r),
	}
}

// examine looks at every key of the ConfigMap that is known and says what is invalid or not carried out.
func (c *config) examine(into *diag.Collector) {
	for _, r := range []*annotation.Registry{nginx.ConfigRegistry, nginx.Registry} {
		for _, k := range r.All() {
			e := k.Declaration()
			raw, set := c.layer.Values[e.ConfigMapKey]
			if e.ConfigMapKey == "" || !set {
				continue
			}
			c.examineOne(annotation.Finding{Key: k, Name: e.ConfigMapKey, Raw: raw, Err: k.Check(raw)}, into)
		}
	}
	known := knownConfigKeys()
	for _, key := range slices.Sorted(maps.Keys(c.layer.Values)) {
		if !known[key] {
			into.Add(diag.NginxConfigUnknown, c.layer.Object, "data["+key+"]", diag.A("key", key), diag.A("suggestion", nearest(key, known)))
		}
	}
}

func (c *config) examineOne(f annotation.Finding, into *diag.Collector) {
	e := f.Key.Declaration()
	field := "data[" + f.Name + "]"
	if f.Err != nil {
		consequence := annotation.UseDefault
		if e.OnInvalid == annotation.DenyRule {
			consequence = "every path answers 503"
			c.deny(f.Name + " is invalid")
		}
		into.Add(diag.NginxConfigInvalid, c.layer.Object, field, diag.A("key", f.Name), diag.A("value", f.Raw),
			diag.A("expected", f.Key.Expected()), diag.A("reason", f.Err), diag.A("consequence", consequence))
		return
	}
	if e.Internal.Level != annotation.No || f.Inert() {
		return
	}
	if e.WhileUnsupported == annotation.DenyRule {
		c.deny(f.Name + " is not carried out")
		into.Add(diag.NginxConfigUnprotected, c.layer.Object, field, diag.A("key", f.Name), diag.A("why", e.Internal.Why))
		return
	}
	into.Add(diag.NginxConfigUnsupported, c.layer.Object, field, diag.A("key", f.Name), diag.A("why", e.Internal.Why))
}

func (c *config) deny(reason string) {
	if c.denied == "" {
		c.denied = "the controller's ConfigMap: " + reason
	}
}
