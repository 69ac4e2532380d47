package local

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Entries of a Secret with a client and its secret: those that auth-type oidc reads, too.
const (
	secretClientID     = "clientID"
	secretClientSecret = "clientSecret"
)

// clientSecrets are the secrets of user pools' clients. AWS's load balancers read them from Cognito; here a Secret among the
// manifests holds them, found by the client's ID. Reading is safe while they change.
type clientSecrets struct {
	byClient atomic.Pointer[map[string]string]
	// named are the objects that name a user pool themselves; only who takes and tells uses it.
	named map[diag.Object]bool
}

// annotationUserPool names a user pool, on an Ingress or a Service.
const annotationUserPool = "alb.ingress.kubernetes.io/auth-idp-cognito"

// take reads the Secrets. Of two for one client the first by namespace and name counts.
func (c *clientSecrets) take(l *manifest.Loaded) {
	var found []*corev1.Secret
	c.named = map[diag.Object]bool{}
	for _, o := range l.Objects {
		if o.Value.GetAnnotations()[annotationUserPool] != "" {
			c.named[o.Key.Object()] = true
		}
		if s, ok := o.Value.(*corev1.Secret); ok && len(s.Data[secretClientID]) > 0 && len(s.Data[secretClientSecret]) > 0 {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b *corev1.Secret) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	out := map[string]string{}
	for _, s := range found {
		id := strings.TrimSpace(string(s.Data[secretClientID]))
		if _, taken := out[id]; !taken {
			out[id] = strings.TrimSpace(string(s.Data[secretClientSecret]))
		}
	}
	c.byClient.Store(&out)
}

// secret is the secret of a client; empty when no Secret holds it.
func (c *clientSecrets) secret(_, client string) string {
	if all := c.byClient.Load(); all != nil {
		return (*all)[client]
	}
	return ""
}

// tell says which clients of user pools there is no secret of, once for each object that names one.
func (c *clientSecrets) tell(units []*build.Unit, into *diag.Collector) {
	type mention struct {
		source model.Source
		client string
	}
	told := map[mention]bool{}
	look := func(source model.Source, actions []model.Action) {
		for _, a := range actions {
			if a.AuthenticateCognito == nil {
				continue
			}
			m := mention{model.Source{Kind: source.Kind, Namespace: source.Namespace, Name: source.Name}, a.AuthenticateCognito.UserPoolClientID}
			if told[m] || c.secret("", m.client) != "" {
				continue
			}
			told[m] = true
			at, field := diag.Object{Kind: source.Kind, Namespace: source.Namespace, Name: source.Name}, ""
			if c.named[at] {
				field = "metadata.annotations[" + annotationUserPool + "]"
			}
			into.Add(diag.LocalClientSecret, at, field, diag.A("client", m.client))
		}
	}
	for _, u := range units {
		if u.Model == nil {
			continue
		}
		for i := range u.Model.LoadBalancers {
			for j := range u.Model.LoadBalancers[i].Listeners {
				l := &u.Model.LoadBalancers[i].Listeners[j]
				look(l.DefaultSource, l.DefaultActions)
				for k := range l.Rules {
					look(l.Rules[k].Source, l.Rules[k].Actions)
				}
			}
		}
	}
}
