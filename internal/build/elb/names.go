package elb

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Hash is the first ten hex digits of SHA-256 over the texts, one after the other.
func Hash(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "")))
	return hex.EncodeToString(sum[:])[:10]
}

// Shorten takes out everything but ASCII letters and digits and cuts to n characters.
func Shorten(n int, s string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	return clean[:min(n, len(clean))]
}

// ObjectName is the name of a resource that stands for one Kubernetes object: k8s-<namespace>-<name>-<hash>, at most 31
// characters.
func ObjectName(namespace, name, hash string) string {
	return "k8s-" + Shorten(8, namespace) + "-" + Shorten(8, name) + "-" + hash
}

// GroupName is the name of a resource that stands for an explicit group: k8s-<group>-<hash>, at most 32 characters.
func GroupName(group, hash string) string { return "k8s-" + Shorten(17, group) + "-" + hash }

// BackendGroupName is the name of the security group that all load balancers of a cluster share.
func BackendGroupName(cluster string) string {
	return "k8s-traffic-" + Shorten(232, cluster) + "-" + Hash(cluster)
}
