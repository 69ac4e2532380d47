package elb

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// BackendSecurityGroup is the ID of the security group that all load balancers of the cluster share, so that targets can
// let them in with one rule.
const BackendSecurityGroup = "backend"

// ManagedGroupResource is the resource tag of a load balancer's own security group.
const ManagedGroupResource = "ManagedLBSecurityGroup"

// BackendGroup is the shared backend security group, one and the same for all classes.
func BackendGroup(cluster string) model.SecurityGroup {
	return model.SecurityGroup{
		ID:          BackendSecurityGroup,
		Name:        BackendGroupName(cluster),
		Description: "load balancers of cluster " + cluster + " towards their targets",
		Tags:        []model.Tag{{Key: TagCluster, Value: cluster}, {Key: TagResource, Value: "backend-sg"}},
	}
}

// AttachBackendGroup attaches the shared backend security group, or an existing one in its place when existing is an id,
// and returns what targets have to let in.
func AttachBackendGroup(cluster, existing string, lb *model.LoadBalancer, out *model.Model) string {
	if existing != "" {
		lb.SecurityGroups = append(lb.SecurityGroups, existing)
		return existing
	}
	lb.SecurityGroups = append(lb.SecurityGroups, BackendSecurityGroup)
	out.SecurityGroups = append(out.SecurityGroups, BackendGroup(cluster))
	return BackendSecurityGroup
}

// SecurityGroup finds the id behind an id or Name tag. answered is false when there is no good answer (yet): that has been
// kept or told already. An empty id then means that there is no such group, which the caller tells.
func (q *Questions) SecurityGroup(name string, about diag.Object, field string, into *diag.Collector) (id string, answered bool) {
	if strings.HasPrefix(name, "sg-") {
		return name, true
	}
	answer, ok := q.Ask(lookup.Question{Kind: lookup.SecurityGroups, Name: name}, about, field, into)
	if !ok {
		return "", false
	}
	for _, g := range answer.SecurityGroups {
		if g.Name == name || g.ID == name {
			return g.ID, true
		}
	}
	return "", true
}
