package ingressnginx

import (
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// buildBase builds what all hosts share: the load balancer, its listeners, the answer for unknown hosts, and the
// certificate for unknown names. It also says what is wrong with the ConfigMap and the flags.
func (c *class) buildBase(key string) build.Unit {
	var diags diag.Collector
	c.readConfig(c.in, &diags)
	lb := c.loadBalancer()
	m := &model.Model{}
	cert := c.defaultCertificate(&diags)
	lb.Listeners[1].DefaultCertificate = cert.ID
	m.Certificates = []model.Certificate{cert}

	s := c.defaults()
	policy := c.config.everywhere(&model.Policy{
		BodyLimit: s.policy.BodyLimit, Forwarded: c.config.forwarded, Denied: c.config.denied,
		BackendName: "upstream-default-backend",
	})
	action := notFound()
	if name := c.options.DefaultBackendService; name != (objects.Name{}) {
		if b := c.defaultService(); b != nil {
			full := s.policy
			full.Denied, full.BackendName = policy.Denied, b.name()
			policy, action = &full, forward(b)
			m.TargetGroups = []model.TargetGroup{c.targetGroup(b)}
		} else {
			_, err := firstPort(c.in.Objects.Service(name))
			diags.Add(diag.NginxDefaultService, objects.Key{Kind: objects.KindService, Name: name}.Object(), "",
				diag.A("service", name), diag.A("reason", err))
		}
	}
	lb.Listeners[0].DefaultActions = []model.Action{action}
	lb.Listeners[0].DefaultPolicy = policy
	m.LoadBalancers = []model.LoadBalancer{lb}
	return build.Unit{Key: key, Model: m, Diagnostics: diags.Sorted()}
}

// defaultCertificate is --default-ssl-certificate, or the self-made one.
func (c *class) defaultCertificate(diags *diag.Collector) model.Certificate {
	name := c.options.DefaultSSLCertificate
	if name == (objects.Name{}) {
		return c.options.SelfMade
	}
	cert, err := c.readCertificate(name, "")
	if err != nil {
		diags.Add(diag.NginxDefaultCertificate, objects.Key{Kind: objects.KindSecret, Name: name}.Object(), "",
			diag.A("secret", name), diag.A("reason", err))
		return c.options.SelfMade
	}
	return *cert
}
