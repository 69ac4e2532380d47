package binding

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Labels and taints that keep a node out of load balancers, and where a node says its zone.
const (
	labelExclude       = "node.kubernetes.io/exclude-from-external-load-balancers"
	labelExcludeOld    = "alpha.service-controller.kubernetes.io/exclude-balancer"
	labelMaster        = "node-role.kubernetes.io/master"
	labelCompute       = "eks.amazonaws.com/compute-type"
	taintAutoscaler    = "ToBeDeletedByClusterAutoscaler"
	taintKarpenter     = "karpenter.sh/disrupted"
	providerPrefixAWS  = "aws://"
	instanceIDPrefix   = "i-"
	computeTypeFargate = "fargate"
)

// nodes lists the nodes that instance targets stand for. The external traffic policy of the Service is not looked at, as
// with the AWS controller: nodes without a pod fail their health check instead. When no node is ready, those that have only
// ceased to report stand in: a control plane that has lost them must not take a service down with it.
func nodes(set *objects.Set, tg *model.TargetGroup, nodePort int32, suits func(*corev1.Node) bool) []model.Target {
	if nodePort <= 0 {
		return nil
	}
	var ready, unknown []model.Target
	for _, n := range set.Nodes() {
		if !selects(tg.Binding.NodeSelector, n.Labels) || suits != nil && !suits(n) || excluded(n) {
			continue
		}
		id, zone := instanceOf(n)
		if z := n.Labels[corev1.LabelTopologyZone]; z != "" {
			zone = z
		}
		t := model.Target{ID: id, Port: nodePort, Zone: zone, Address: internalIP(n, tg.IPAddressType), Node: n.Name}
		switch Readiness(n) {
		case corev1.ConditionTrue:
			ready = append(ready, t)
		case corev1.ConditionUnknown:
			unknown = append(unknown, t)
		}
	}
	if len(ready) == 0 && !tg.Binding.FailClosed {
		return unknown
	}
	return ready
}

func selects(selector []model.Tag, labels map[string]string) bool {
	return !slices.ContainsFunc(selector, func(t model.Tag) bool {
		v, ok := labels[t.Key]
		return !ok || v != t.Value
	})
}

func excluded(n *corev1.Node) bool {
	for _, label := range []string{labelExclude, labelExcludeOld, labelMaster} {
		if _, ok := n.Labels[label]; ok {
			return true
		}
	}
	if n.Labels[labelCompute] == computeTypeFargate {
		return true
	}
	return slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool {
		return t.Key == taintAutoscaler || t.Key == taintKarpenter && t.Effect == corev1.TaintEffectNoSchedule
	})
}

// Readiness is a node's condition Ready; empty when it has none, and for no node.
func Readiness(n *corev1.Node) corev1.ConditionStatus {
	if n == nil {
		return ""
	}
	for i := range n.Status.Conditions {
		if c := &n.Status.Conditions[i]; c.Type == corev1.NodeReady {
			return c.Status
		}
	}
	return ""
}

// instanceOf reads "aws:///<zone>/<instance id>"; a node of another provider is known by its name.
func instanceOf(n *corev1.Node) (id, zone string) {
	rest, ok := strings.CutPrefix(n.Spec.ProviderID, providerPrefixAWS)
	if !ok {
		return n.Name, ""
	}
	parts := strings.Split(rest, "/")
	if last := parts[len(parts)-1]; strings.HasPrefix(last, instanceIDPrefix) {
		if len(parts) > 1 {
			zone = parts[len(parts)-2]
		}
		return last, zone
	}
	return n.Name, ""
}

// internalIP is the node's first internal address of the family; the first of any family when none fits.
func internalIP(n *corev1.Node, family model.IPAddressType) string {
	first := ""
	for _, a := range n.Status.Addresses {
		if a.Type != corev1.NodeInternalIP {
			continue
		}
		if strings.Contains(a.Address, ":") == (family == model.IPv6) {
			return a.Address
		}
		if first == "" {
			first = a.Address
		}
	}
	return first
}
