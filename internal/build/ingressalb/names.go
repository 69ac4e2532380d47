package ingressalb

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// hash10 is the first ten hex digits of SHA-256 over the texts, one after the other.
func hash10(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "")))
	return hex.EncodeToString(sum[:])[:10]
}

// shorten takes out everything but ASCII letters and digits and cuts to n characters.
func shorten(n int, s string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	return clean[:min(n, len(clean))]
}

// groupName is k8s-<namespace>-<name>-<hash>, or k8s-<group>-<hash> for explicit groups.
func groupName(group, hash string) string {
	if namespace, name, ok := strings.Cut(group, "/"); ok {
		return "k8s-" + shorten(8, namespace) + "-" + shorten(8, name) + "-" + hash
	}
	return "k8s-" + shorten(17, group) + "-" + hash
}

// loadBalancerName is the generated name of a group's load balancer.
func loadBalancerName(cluster, group string, scheme model.Scheme) string {
	return groupName(group, hash10(cluster, group, string(scheme)))
}

// managedGroupName is the name of the managed security group; it does not change with the scheme.
func managedGroupName(cluster, group string) string { return groupName(group, hash10(cluster, group)) }

// backendGroupName is the name of the security group that all load balancers of a cluster share.
func backendGroupName(cluster string) string {
	return "k8s-traffic-" + shorten(232, cluster) + "-" + hash10(cluster)
}

// targetGroupName hashes everything that cannot be changed on an existing target group, so that a change makes a new one.
func targetGroupName(cluster, group, ingNamespace, ingName, serviceUID string, tg *model.TargetGroup) string {
	inputs := []string{
		cluster, group, ingNamespace, ingName, serviceUID, tg.Binding.Port, portText(tg.Port),
		string(tg.Type), string(tg.Protocol), string(tg.ProtocolVersion),
	}
	if tg.ControlPort != 0 {
		inputs = append(inputs, portText(tg.ControlPort))
	}
	return "k8s-" + shorten(8, tg.Binding.Namespace) + "-" + shorten(8, tg.Binding.Service) + "-" + hash10(inputs...)
}
