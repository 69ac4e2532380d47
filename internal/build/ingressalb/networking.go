package ingressalb

import (
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// withNetworking is a target group whose binding lets a security group in to the ports that the load balancer needs: those
// of traffic, of health checks and of target control. Without a group it says nothing about networking.
func (w *work) withNetworking(tg model.TargetGroup, source string) model.TargetGroup {
	b := *tg.Binding
	p := binding.ServicePort(w.set, objects.Name{Namespace: b.Namespace, Name: b.Service}, b.Port)
	if source == "" || p == nil {
		return tg
	}
	ports := []model.BindingPort{{Protocol: elb.TCP, Port: elb.TargetPortText(tg.Type, p)}}
	if hc := tg.HealthCheck; hc != nil && hc.Port != alb.TrafficPort {
		ports = append(ports, model.BindingPort{Protocol: elb.TCP, Port: hc.Port})
	}
	if tg.ControlPort != 0 {
		ports = append(ports, model.BindingPort{Protocol: elb.TCP, Port: elb.PortText(tg.ControlPort)})
	}
	b.Networking = elb.FromGroup(source, ports, w.options.UnrestrictedBackendRules)
	tg.Binding = &b
	return tg
}
