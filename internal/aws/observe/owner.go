package observe

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Tag keys by which resources are found again; the same as the original's.
const (
	// TagCluster holds the name of the cluster on everything that a controller of it made.
	TagCluster = "elbv2.k8s.aws/cluster"
	// TagShared names what belongs to a cluster and to no stack: "backend-sg".
	TagShared = "elbv2.k8s.aws/resource"
	// BackendGroup is the value of TagShared on the security group that all load balancers share.
	BackendGroup = "backend-sg"

	stackSuffix = "/stack"
)

// StackID names what belongs together: one IngressGroup, one Service.
type StackID struct {
	// Controller is the prefix of the stack's tags: ingress.k8s.aws or service.k8s.aws.
	Controller string
	// Name is the value of the tag <Controller>/stack: "namespace/name", or an explicit group's name.
	Name string
}

// String is the stack in one word, for keys and logs.
func (s StackID) String() string { return s.Controller + "/" + s.Name }

// stacksOf are the stacks that tags claim.
func stacksOf(tags []model.Tag) []StackID {
	var out []StackID
	for _, t := range tags {
		if controller, ok := strings.CutSuffix(t.Key, stackSuffix); ok {
			out = append(out, StackID{controller, t.Value})
		}
	}
	return out
}

// TagValue is the value of a tag, "" without one.
func TagValue(tags []model.Tag, key string) string {
	for _, t := range tags {
		if t.Key == key {
			return t.Value
		}
	}
	return ""
}
