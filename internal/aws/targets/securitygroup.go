package targets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/aws/apply"
	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
)

// knownGroup is a security group as it was read, with what was changed since.
type knownGroup struct {
	model.SecurityGroup
	until time.Time
}

// read fetches security groups that are not known, in one call.
func (n *Network) read(ctx context.Context, ids []string) error {
	now := n.o.Now()
	ask := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		g, ok := n.groups[id]
		return ok && now.Before(g.until)
	})
	slices.Sort(ask)
	if ask = slices.Compact(ask); len(ask) == 0 {
		return nil
	}
	name := "group-id"
	return n.fetch(ctx, []ec2types.Filter{{Name: &name, Values: ask}})
}

// readCluster fetches the groups that carry the cluster's tag: those are the ones that may hold permissions of ours that
// no binding wishes any more.
func (n *Network) readCluster(ctx context.Context) error {
	name := "tag-key"
	return n.fetch(ctx, []ec2types.Filter{{Name: &name, Values: []string{n.clusterTag()}}})
}

func (n *Network) fetch(ctx context.Context, filters []ec2types.Filter) error {
	pages := ec2.NewDescribeSecurityGroupsPaginator(n.clients.EC2, &ec2.DescribeSecurityGroupsInput{Filters: filters})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return awserr.Wrap("DescribeSecurityGroups", "", err)
		}
		for i := range page.SecurityGroups {
			g := observe.SecurityGroupFrom(&page.SecurityGroups[i])
			n.groups[g.ID] = knownGroup{g, n.o.Now().Add(n.o.Kept)}
		}
	}
	return nil
}

// sync makes our permissions in a group what the bindings wish together. What differs from the picture that we had is
// looked at again, once.
func (n *Network) sync(ctx context.Context, id string) error {
	err := n.correct(ctx, id)
	if awserr.Is(err, "InvalidPermission.Duplicate", "InvalidPermission.NotFound") {
		delete(n.groups, id)
		err = n.correct(ctx, id)
	}
	return err
}

func (n *Network) correct(ctx context.Context, id string) error {
	var wishes []model.SecurityGroupRule
	for _, binding := range sortedKeys(n.bindings) {
		wishes = append(wishes, n.bindings[binding][id]...)
	}
	want := merged(wishes, n.o.OneByOne)
	if err := n.read(ctx, []string{id}); err != nil {
		return err
	}
	have, ok := n.groups[id]
	if !ok {
		if len(want) == 0 {
			return nil
		}
		return fmt.Errorf("it does not exist")
	}
	// A permission that somebody else gave serves as well: AWS would refuse a second one. Until all bindings were heard, so
	// does a span of ports that is there from before: once they are, it may turn out to be the right one.
	add := slices.DeleteFunc(slices.Clone(want), func(w model.SecurityGroupRule) bool {
		return slices.ContainsFunc(have.Ingress, func(h model.SecurityGroupRule) bool {
			return samePermission(h, w) || !n.complete && spans(h, w)
		})
	})
	drop := slices.DeleteFunc(slices.Clone(have.Ingress), func(h model.SecurityGroupRule) bool {
		return !n.complete || h.Description != Description ||
			slices.ContainsFunc(want, func(w model.SecurityGroupRule) bool { return samePermission(h, w) })
	})
	err := n.authorize(ctx, id, add)
	if awserr.Is(err, "RulesPerSecurityGroupLimitExceeded") && len(drop) > 0 {
		if err := n.revoke(ctx, id, drop); err != nil {
			return err
		}
		return n.authorize(ctx, id, add)
	}
	if err != nil {
		return err
	}
	return n.revoke(ctx, id, drop)
}

func samePermission(a, b model.SecurityGroupRule) bool {
	a.Description = b.Description
	return a == b
}

// spans says whether a permission lets in at least what another one does.
func spans(wide, narrow model.SecurityGroupRule) bool {
	if narrow.FromPort < wide.FromPort || narrow.ToPort > wide.ToPort {
		return false
	}
	narrow.FromPort, narrow.ToPort = wide.FromPort, wide.ToPort
	return samePermission(wide, narrow)
}

func (n *Network) authorize(ctx context.Context, id string, list []model.SecurityGroupRule) error {
	if len(list) == 0 {
		return nil
	}
	_, err := n.clients.EC2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &id, IpPermissions: apply.Permissions(list, nil),
	})
	if err != nil {
		return awserr.Wrap("AuthorizeSecurityGroupIngress", id, err)
	}
	g := n.groups[id]
	g.Ingress = slices.Concat(g.Ingress, list)
	n.groups[id] = g
	return nil
}

func (n *Network) revoke(ctx context.Context, id string, list []model.SecurityGroupRule) error {
	if len(list) == 0 {
		return nil
	}
	_, err := n.clients.EC2.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &id, IpPermissions: apply.Permissions(list, nil),
	})
	if err != nil {
		return awserr.Wrap("RevokeSecurityGroupIngress", id, err)
	}
	g := n.groups[id]
	g.Ingress = slices.DeleteFunc(slices.Clone(g.Ingress), func(r model.SecurityGroupRule) bool { return slices.Contains(list, r) })
	n.groups[id] = g
	return nil
}

func (n *Network) clusterTag() string { return "kubernetes.io/cluster/" + n.o.Cluster }

// choose picks the group of an interface that takes our permissions: the only one, or the only one with the cluster's tag.
func (n *Network) choose(ctx context.Context, about string, ids []string) (string, error) {
	if len(ids) == 1 {
		return ids[0], nil
	}
	if err := n.read(ctx, ids); err != nil {
		return "", err
	}
	fits := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		g := n.groups[id]
		tagged := slices.ContainsFunc(g.Tags, func(t model.Tag) bool { return t.Key == n.clusterTag() })
		for _, t := range n.o.GroupTags {
			tagged = tagged && slices.Contains(g.Tags, t)
		}
		return !tagged
	})
	if len(fits) != 1 {
		return "", fmt.Errorf("%s needs exactly one security group with the tag %s, and %d of its %d have it", about, n.clusterTag(), len(fits), len(ids))
	}
	return fits[0], nil
}
