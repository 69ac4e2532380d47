package servicenlb

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// localCheck says whether targets are nodes that answer on a health check node port of their own: they take traffic only for
// the pods that they have.
func localCheck(svc *corev1.Service, t model.TargetType) bool {
	return t == model.TargetInstance && svc.Spec.Type == corev1.ServiceTypeLoadBalancer &&
		svc.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal && svc.Spec.HealthCheckNodePort != 0
}

// defaultHealthCheck is what holds where no annotation says otherwise. Path and codes are for HTTP and HTTPS.
func defaultHealthCheck(svc *corev1.Service, t model.TargetType) model.HealthCheck {
	hc := model.HealthCheck{
		Protocol: model.TargetTCP, Port: annotation.TrafficPort, Path: "/", IntervalSeconds: 10, TimeoutSeconds: 10,
		HealthyThreshold: 3, UnhealthyThreshold: 3, HTTPCodes: "200-399",
	}
	if localCheck(svc, t) {
		hc.Protocol, hc.Port, hc.Path = model.TargetHTTP, elb.PortText(svc.Spec.HealthCheckNodePort), "/healthz"
		hc.TimeoutSeconds, hc.HealthyThreshold, hc.UnhealthyThreshold = 6, 2, 2
	}
	return hc
}

// healthCheck reads the health check of a target group; false when it cannot be made.
func (w *work) healthCheck(svc *corev1.Service, tg *model.TargetGroup) (*model.HealthCheck, bool) {
	hc := defaultHealthCheck(svc, tg.Type)
	if v, set := get(w, nlb.HealthCheckProtocol); set {
		hc.Protocol = model.TargetProtocol(v)
	}
	ok := w.healthCheckPort(svc, tg, &hc)
	if v, set := get(w, nlb.HealthCheckPath); set {
		hc.Path = v
	}
	if v, set := get(w, nlb.SuccessCodes); set {
		hc.HTTPCodes = v
	}
	number(w, nlb.HealthCheckInterval, &hc.IntervalSeconds)
	number(w, nlb.HealthCheckTimeout, &hc.TimeoutSeconds)
	number(w, nlb.HealthyThreshold, &hc.HealthyThreshold)
	number(w, nlb.UnhealthyThreshold, &hc.UnhealthyThreshold)
	if hc.Protocol == model.TargetTCP {
		hc.Path, hc.HTTPCodes = "", ""
	}
	return &hc, ok
}

// number puts the value of an annotation in place of a default.
func number(w *work, k *annotation.Key[int64], into *int32) {
	if v, set := get(w, k); set {
		*into = int32(v)
	}
}

// healthCheckPort resolves the name of a Service port to its node port or, for ip targets, to its target port, which must
// be a number then.
func (w *work) healthCheckPort(svc *corev1.Service, tg *model.TargetGroup, hc *model.HealthCheck) bool {
	v, set := get(w, nlb.HealthCheckPort)
	if !set {
		return true
	}
	if _, err := strconv.Atoi(v); err == nil || v == annotation.TrafficPort {
		hc.Port = v
		return true
	}
	p := binding.FindPort(svc, v)
	reason := ""
	switch {
	case p == nil:
		reason = "there is no port of this name"
	case tg.Type == model.TargetInstance && p.NodePort == 0:
		reason = "it has no node port"
	case tg.Type == model.TargetInstance:
		hc.Port = elb.PortText(p.NodePort)
	case elb.NumericTargetPort(p) == 0:
		reason = "its targetPort is a name, which may differ from pod to pod"
	default:
		hc.Port = elb.PortText(elb.NumericTargetPort(p))
	}
	if reason != "" {
		w.fail(diag.NLBHealthCheckPort, fieldOf(nlb.HealthCheckPort),
			diag.A("port", v), diag.A("service", svc.Name), diag.A("reason", reason))
	}
	return reason == ""
}
