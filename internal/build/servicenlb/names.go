package servicenlb

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/model"
)

// loadBalancerName is the generated name of a Service's load balancer. A Service that is deleted and made again is another
// one, and so is its load balancer.
func loadBalancerName(cluster string, svc *corev1.Service, scheme model.Scheme) string {
	return elb.ObjectName(svc.Namespace, svc.Name, elb.Hash(cluster, string(svc.UID), string(scheme)))
}

// managedGroupName is the name of the managed security group; it does not change with the scheme.
func managedGroupName(cluster string, svc *corev1.Service) string {
	return elb.ObjectName(svc.Namespace, svc.Name, elb.Hash(cluster, svc.Name, svc.Namespace, string(svc.UID)))
}

// targetGroupName hashes everything that cannot be changed on an existing target group, so that a change makes a new one.
// The health check is part of it because older network load balancers could not change theirs. base is the Service that
// forwards to another one's; nil for its own, so that two load balancers may forward to the same Service.
func targetGroupName(cluster string, base, svc *corev1.Service, servicePort int32, tg *model.TargetGroup) string {
	inputs := []string{cluster}
	if base != nil {
		inputs = append(inputs, string(base.UID))
	}
	inputs = append(inputs, string(svc.UID), elb.PortText(tg.Port), elb.PortText(servicePort), string(tg.Type), string(tg.Protocol),
		string(tg.HealthCheck.Protocol), strconv.Itoa(int(tg.HealthCheck.IntervalSeconds)))
	return elb.ObjectName(svc.Namespace, svc.Name, elb.Hash(inputs...))
}
