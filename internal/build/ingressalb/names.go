package ingressalb

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/model"
)

// groupName is k8s-<namespace>-<name>-<hash>, or k8s-<group>-<hash> for explicit groups.
func groupName(group, hash string) string {
	if namespace, name, ok := strings.Cut(group, "/"); ok {
		return elb.ObjectName(namespace, name, hash)
	}
	return elb.GroupName(group, hash)
}

// loadBalancerName is the generated name of a group's load balancer.
func loadBalancerName(cluster, group string, scheme model.Scheme) string {
	return groupName(group, elb.Hash(cluster, group, string(scheme)))
}

// managedGroupName is the name of the managed security group; it does not change with the scheme.
func managedGroupName(cluster, group string) string {
	return groupName(group, elb.Hash(cluster, group))
}

// targetGroupName hashes everything that cannot be changed on an existing target group, so that a change makes a new one.
func targetGroupName(cluster, group, ingNamespace, ingName, serviceUID string, tg *model.TargetGroup) string {
	inputs := []string{
		cluster, group, ingNamespace, ingName, serviceUID, tg.Binding.Port, elb.PortText(tg.Port),
		string(tg.Type), string(tg.Protocol), string(tg.ProtocolVersion),
	}
	if tg.ControlPort != 0 {
		inputs = append(inputs, elb.PortText(tg.ControlPort))
	}
	return elb.ObjectName(tg.Binding.Namespace, tg.Binding.Service, elb.Hash(inputs...))
}
