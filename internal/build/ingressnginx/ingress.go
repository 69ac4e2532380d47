package ingressnginx

import (
	"fmt"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// buildIngress says everything about one Ingress that does not depend on its hosts: its class, its annotations, its
// Secrets with users. The unit has no model.
func (c *class) buildIngress(key, name string) build.Unit {
	u := build.Unit{Key: key}
	namespace, name, _ := strings.Cut(name, "/")
	ing := c.in.Objects.Ingress(objects.Name{Namespace: namespace, Name: name})
	if ing == nil {
		return u
	}
	v := c.verdict(c.in, ing)
	var diags diag.Collector
	if v.ours || v.remark {
		v.report(ing, &diags)
	}
	if v.ours {
		nginx.Registry.CheckKeys(objectOf(ing), annotation.Ingress, ing.Annotations, &diags)
		c.readSettings(ing, &diags)
		for i := range ing.Spec.Rules {
			host := ing.Spec.Rules[i].Host
			if reason := hostError(host); reason != "" {
				diags.Add(diag.HostInvalid, objectOf(ing), fmt.Sprintf("spec.rules[%d].host", i),
					diag.A("host", host), diag.A("reason", reason))
			}
		}
		if len(ing.Spec.Rules) == 0 && ing.Spec.DefaultBackend == nil {
			diags.Add(diag.IngressWithoutRules, objectOf(ing), "spec")
		}
		unusedTLSHosts(ing, &diags)
	}
	u.Diagnostics = diags.Sorted()
	return u
}
