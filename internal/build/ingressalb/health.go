package ingressalb

import (
	"cmp"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Paths and codes of health checks when no annotation gives them; gRPC targets answer 12, "unimplemented", to a method
// that they do not have.
const (
	defaultPath     = "/"
	defaultGRPCPath = "/AWS.ALB/healthcheck"
	defaultCode     = "200"
	defaultGRPCCode = "12"
)

// healthCheck reads the health check of a target group.
func (w *work) healthCheck(m *member, r *annotation.Reader, svc *corev1.Service, tg *model.TargetGroup, field string) bool {
	port, ok := w.healthCheckPort(m, r, svc, tg, field)
	if !ok {
		return false
	}
	hc := &model.HealthCheck{Port: port}
	protocol, _ := get(m, r, alb.HealthCheckProtocol)
	hc.Protocol = cmp.Or(model.TargetProtocol(protocol), tg.Protocol)
	path, _ := get(m, r, alb.HealthCheckPath)
	codes, _ := get(m, r, alb.SuccessCodes)
	if tg.ProtocolVersion == model.GRPC {
		hc.Path, hc.GRPCCodes = cmp.Or(path, defaultGRPCPath), cmp.Or(codes, defaultGRPCCode)
	} else {
		hc.Path, hc.HTTPCodes = cmp.Or(path, defaultPath), cmp.Or(codes, defaultCode)
	}
	hc.IntervalSeconds = number(m, r, alb.HealthCheckInterval)
	hc.TimeoutSeconds = number(m, r, alb.HealthCheckTimeout)
	hc.HealthyThreshold = number(m, r, alb.HealthyThreshold)
	hc.UnhealthyThreshold = number(m, r, alb.UnhealthyThreshold)
	// ELBv2 refuses a timeout that is not less than the interval. The smallest interval is 5, so 4 always fits.
	if hc.TimeoutSeconds >= hc.IntervalSeconds {
		used := hc.IntervalSeconds - 1
		m.say(diag.ALBHealthCheckTimeout, fieldOf(alb.HealthCheckTimeout), diag.A("service", svc.Name),
			diag.A("timeout", hc.TimeoutSeconds), diag.A("interval", hc.IntervalSeconds), diag.A("used", used))
		hc.TimeoutSeconds = used
	}
	tg.HealthCheck = hc
	return true
}

func number(m *member, r *annotation.Reader, k *annotation.Key[int64]) int32 {
	v, _ := get(m, r, k)
	return int32(v)
}

// healthCheckPort resolves the name of a Service port to its node port or, for ip targets, to its target port, which must
// be a number then.
func (w *work) healthCheckPort(m *member, r *annotation.Reader, svc *corev1.Service, tg *model.TargetGroup, field string) (string, bool) {
	v, _ := get(m, r, alb.HealthCheckPort)
	if _, err := strconv.Atoi(v); err == nil || v == alb.TrafficPort || m.failed {
		return v, !m.failed
	}
	refuse := func(reason string) (string, bool) {
		m.fail(diag.ALBHealthCheckPort, field, diag.A("port", v), diag.A("service", svc.Name), diag.A("reason", reason))
		return "", false
	}
	p := binding.FindPort(svc, v)
	switch {
	case p == nil:
		return refuse("there is no port of this name")
	case tg.Type == model.TargetInstance && p.NodePort == 0:
		return refuse("it has no node port")
	case tg.Type == model.TargetInstance:
		return elb.PortText(p.NodePort), true
	case elb.NumericTargetPort(p) == 0:
		return refuse("its targetPort is a name, which may differ from pod to pod")
	}
	return elb.PortText(elb.NumericTargetPort(p)), true
}
