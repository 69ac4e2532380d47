package aws

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/aws/apply"
	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
)

// backend is the security group that all load balancers of the cluster share, so that targets let them in with one
// permission. It is made when the first stack needs it and goes when none does.
type backend struct {
	mu    sync.Mutex
	id    string
	users map[StackID]bool
	// parted says that the last look found no group that could go: only what has changed since then can make a difference.
	parted bool
	// touched marks the last time that the group was made, deleted or missed: older lists may not tell the truth about it.
	touched int64
}

func (b *backend) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.id, b.parted = "", false
	clear(b.users)
}

// lost notes that the group may be gone.
func (b *backend) lost(mark int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.id, b.touched = "", mark
}

// joinBackend notes that a stack needs the group, and finds or makes it.
func (r *Realizer) joinBackend(ctx context.Context, id StackID, want *model.SecurityGroup) (string, error) {
	b := &r.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	b.users[id], b.parted = true, false
	if b.id != "" {
		return b.id, nil
	}
	found, err := r.findBackend(ctx, b.touched)
	if err != nil {
		return "", err
	}
	if found == "" {
		found, err = r.createBackend(ctx, want)
		b.touched = r.observer.Mark()
		if err != nil {
			return "", err
		}
	}
	b.id = found
	return found, nil
}

// findBackend looks for the group among what the cluster owns.
func (r *Realizer) findBackend(ctx context.Context, mark int64) (string, error) {
	s, err := r.observer.Latest(ctx, mark, r.o.Now().Add(-r.o.SweepKept))
	if err != nil {
		return "", err
	}
	for i := range s.Shared {
		if observe.TagValue(s.Shared[i].Tags, observe.TagShared) == observe.BackendGroup {
			return s.Shared[i].ID, nil
		}
	}
	return "", nil
}

// createBackend makes the group. One with the name that is there already is ours if it has our tags: an earlier call may
// have succeeded without our knowing.
func (r *Realizer) createBackend(ctx context.Context, want *model.SecurityGroup) (string, error) {
	vpc, err := r.o.Resolver.VPC(ctx)
	if err != nil {
		return "", err
	}
	id, err := apply.CreateSecurityGroup(ctx, r.clients.EC2, vpc, want)
	if !awserr.Is(err, "InvalidGroup.Duplicate") {
		if err == nil {
			r.o.Logger.Info("changed AWS", "call", "CreateSecurityGroup", "securityGroup", id)
		}
		return id, awserr.Wrap("CreateSecurityGroup", want.Name, err)
	}
	names := [2]string{"group-name", "vpc-id"}
	out, failed := r.clients.EC2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: []ec2types.Filter{
		{Name: &names[0], Values: []string{want.Name}}, {Name: &names[1], Values: []string{vpc}},
	}})
	if failed != nil {
		return "", awserr.Wrap("DescribeSecurityGroups", want.Name, failed)
	}
	for i := range out.SecurityGroups {
		if g := observe.SecurityGroupFrom(&out.SecurityGroups[i]); observe.TagValue(g.Tags, observe.TagCluster) == r.o.Cluster {
			return g.ID, nil
		}
	}
	return "", awserr.Wrap("CreateSecurityGroup", want.Name, err)
}

// Tidy deletes the security group that all load balancers share if no stack needs it any more. It is for whoever did not
// want to wait for that when the last stack went: permissions of targets that name the group keep it for a while. waiting says
// why it is still there although it should go; come back then.
func (r *Realizer) Tidy(ctx context.Context) (waiting string, err error) {
	return r.leaveBackend(ctx, StackID{})
}

// leaveBackend notes that a stack does not need the group any more, and deletes it when nobody does. waiting says why it is
// still there although it should go.
func (r *Realizer) leaveBackend(ctx context.Context, id StackID) (waiting string, err error) {
	b := &r.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.users, id)
	b.parted = len(b.users) > 0 || r.withholdsDeletion()
	if b.parted {
		return "", nil
	}
	// Stacks that were not reconciled since the start are found by their load balancers.
	s, err := r.observer.Latest(ctx, r.observer.Mark(), time.Time{})
	if err != nil {
		return "", err
	}
	for i := range s.Shared {
		g := &s.Shared[i]
		if observe.TagValue(g.Tags, observe.TagShared) != observe.BackendGroup || s.GroupUsers(g.ID) > 0 {
			continue
		}
		b.id, b.touched = "", r.observer.Mark()
		_, err := r.clients.EC2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &g.ID})
		switch {
		case awserr.Is(err, "DependencyViolation"):
			return fmt.Sprintf("security group %s, which all load balancers shared, is still in use", g.ID), nil
		case err != nil && !awserr.Is(err, "InvalidGroup.NotFound"):
			return "", awserr.Wrap("DeleteSecurityGroup", g.ID, err)
		}
		r.o.Logger.Info("changed AWS", "call", "DeleteSecurityGroup", "securityGroup", g.ID)
	}
	b.parted = true
	return "", nil
}
