package ingressnginx

import (
	"maps"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// member is one Ingress of a host.
type member struct {
	ing    *networkingv1.Ingress
	object diag.Object
	s      *settings
}

// hostBuild is the building of one host. Only Ingresses that name the host are read, through the index, and those of the
// wildcard host above it for the question whether it has a certificate.
type hostBuild struct {
	*class
	host  string
	diags diag.Collector
	// mains and canaries are the Ingresses that are served, the oldest first.
	mains, canaries []*member
	// withheld are those that are not served although they ask for protection: their paths answer 503, so that nothing
	// meant for them falls through to an Ingress without it. The oldest first.
	withheld []*member
	// locations begins with the implicit "/".
	locations []*location
	byPath    map[pathKey]*location
	tls       hostTLS
	// passed is where TLS goes undecrypted, passedFrom the location that says so; nil when it ends here.
	passed     *backend
	passedFrom *location
	// clientCerts is what holds for certificates of clients; nil when nothing does.
	clientCerts *clientCerts
	// denied says why the whole host answers 503; empty when it does not.
	denied string

	rules  []model.Rule
	groups map[string]model.TargetGroup
	users  map[string]model.UserList
}

func (c *class) buildHost(key, host string) build.Unit {
	u := build.Unit{Key: key}
	if hostError(host) != "" {
		return u
	}
	h := &hostBuild{
		class: c, host: host,
		byPath: map[pathKey]*location{}, groups: map[string]model.TargetGroup{}, users: map[string]model.UserList{},
	}
	u.Members = h.gather()
	if len(h.mains)+len(h.withheld) > 0 {
		h.collect()
	}
	h.chooseClientCerts()
	h.choosePassthrough()
	h.placeCanaries()
	h.tls = h.hostTLS(host)
	h.writeRules()
	if len(h.rules) > 0 {
		u.Model = h.model()
	}
	for i := range u.Members {
		u.Members[i].LoadBalancer = LoadBalancer
		u.Members[i].Ports = []int32{c.options.HTTPPort, c.options.HTTPSPort}
	}
	u.Diagnostics = h.diags.Sorted()
	return u
}

// gather reads the Ingresses of the host and sorts them by age.
func (h *hostBuild) gather() []build.Member {
	var out []build.Member
	for _, n := range h.in.Objects.IngressesOfHost(h.host) {
		ing := h.in.Objects.Ingress(n)
		if ing == nil || !h.verdict(h.in, ing).ours {
			continue
		}
		m := &member{ing: ing, object: objectOf(ing), s: h.readSettings(ing, nil)}
		out = append(out, build.Member{
			Object: objects.Key{Kind: objects.KindIngress, Name: n}, Accepted: !m.s.dropped,
		})
		switch {
		case m.s.withheld():
			h.withheld = append(h.withheld, m)
		case m.s.dropped:
		case m.s.canaryEnabled:
			h.canaries = append(h.canaries, m)
		default:
			h.mains = append(h.mains, m)
		}
	}
	byAge := func(a, b *member) int { return older(a.ing, b.ing) }
	slices.SortFunc(h.mains, byAge)
	slices.SortFunc(h.canaries, byAge)
	slices.SortFunc(h.withheld, byAge)
	for _, m := range slices.Concat(h.mains, h.withheld) {
		if h.denied == "" {
			h.denied = m.s.hostDenied
		}
	}
	return out
}

// writeRules turns the locations into rules in the order in which nginx would try them.
func (h *hostBuild) writeRules() {
	if h.host == "" && h.options.HealthCheckPath != "" {
		h.writeHealthCheck()
	}
	if len(h.locations) == 0 {
		if len(h.rules) > 0 {
			h.writeLocation(&location{path: "/", kind: prefix, isDefault: true, bare: true}, nil, nil)
		}
		return
	}
	h.writeAppRoot()
	if starter := h.regexStarter(); starter != nil {
		h.reportRegex(starter)
		h.writeRegexRules()
		return
	}
	h.writePlainRules()
}

// regexStarter is the oldest location that makes all paths of the host regular expressions; nil when none does.
func (h *hostBuild) regexStarter() *location {
	for _, l := range h.locations {
		if l.regex() {
			return l
		}
	}
	return nil
}

// reportRegex tells the Ingresses whose paths changed their meaning because of another one.
func (h *hostBuild) reportRegex(starter *location) {
	key := nginx.UseRegex.Suffix
	if starter.rewrites() {
		key = nginx.RewriteTarget.Suffix
	}
	for _, m := range h.mains {
		own := slices.ContainsFunc(h.locations, func(l *location) bool { return l.owner == m && l.regex() })
		if !own && m != starter.owner {
			h.diags.Add(diag.NginxRegexHost, m.object, "spec.rules", diag.A("host", shownHost(h.host)),
				diag.A("other", starter.owner.object), diag.A("key", nginx.Prefix+key))
		}
	}
}

func (h *hostBuild) model() *model.Model {
	lb := h.loadBalancer()
	lb.Listeners[0].Rules = h.rules
	m := &model.Model{}
	if h.tls.certificate != nil {
		lb.Listeners[1].Certificates = []string{h.tls.certificate.ID}
		m.Certificates = []model.Certificate{*h.tls.certificate}
	}
	h.passThrough(&lb, m)
	h.askForCerts(&lb, m)
	h.chooseCiphers(&lb.Listeners[1])
	m.LoadBalancers = []model.LoadBalancer{lb}
	for _, id := range slices.Sorted(maps.Keys(h.groups)) {
		m.TargetGroups = append(m.TargetGroups, h.groups[id])
	}
	for _, id := range slices.Sorted(maps.Keys(h.users)) {
		m.UserLists = append(m.UserLists, h.users[id])
	}
	return m
}
