package observe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Sweep is everything that a cluster owned at one moment, as far as listing shows it.
type Sweep struct {
	// Taken is when it was begun.
	Taken time.Time
	// number counts from 1 in the order in which sweeps begin.
	number int64

	parts map[StackID]*Part
	// Shared are security groups of the cluster that belong to no stack.
	Shared []model.SecurityGroup
	// groupUsers counts load balancers of the cluster by the id of each of their security groups.
	groupUsers map[string]int
}

// Part is what one stack owns. IDs are ARNs and security group ids.
type Part struct {
	LoadBalancers  []model.LoadBalancer
	TargetGroups   []model.TargetGroup
	SecurityGroups []model.SecurityGroup
	// Shown is what AWS says about load balancers that no model holds, by ARN.
	Shown map[string]Shown
}

// Shown is what AWS made up for a load balancer.
type Shown struct {
	DNSName string
	// ZoneID is the hosted zone that alias records point to.
	ZoneID string
	// State is provisioning, active, active_impaired or failed.
	State string
}

// Part is what a stack owns; empty for an unknown one.
func (s *Sweep) Part(id StackID) Part {
	if p := s.parts[id]; p != nil {
		return *p
	}
	return Part{}
}

// Stacks lists the stacks that own something, in order.
func (s *Sweep) Stacks() []StackID {
	out := make([]StackID, 0, len(s.parts))
	for id := range s.parts {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b StackID) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// GroupUsers counts the cluster's load balancers that a security group is attached to.
func (s *Sweep) GroupUsers(group string) int { return s.groupUsers[group] }

// Empty says whether a stack owns nothing.
func (p Part) Empty() bool {
	return len(p.LoadBalancers)+len(p.TargetGroups)+len(p.SecurityGroups) == 0
}

// Digest is a short text that is equal when the same resources carry the same tags.
func (p Part) Digest() string {
	var lines []string
	add := func(id string, tags []model.Tag) { lines = append(lines, fmt.Sprintf("%s %q", id, sortedTags(tags))) }
	for i := range p.LoadBalancers {
		add(p.LoadBalancers[i].ID, p.LoadBalancers[i].Tags)
	}
	for i := range p.TargetGroups {
		add(p.TargetGroups[i].ID, p.TargetGroups[i].Tags)
	}
	for i := range p.SecurityGroups {
		add(p.SecurityGroups[i].ID, p.SecurityGroups[i].Tags)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:12])
}

// sweep lists load balancers, target groups and security groups, and asks for the tags that are not known.
func (o *Observer) sweep(ctx context.Context) (*Sweep, error) {
	o.mu.Lock()
	o.begun++
	s := &Sweep{Taken: o.now(), number: o.begun, parts: map[StackID]*Part{}, groupUsers: map[string]int{}}
	o.mu.Unlock()
	lbs, err := o.loadBalancers(ctx)
	if err != nil {
		return nil, err
	}
	tgs, err := o.targetGroups(ctx)
	if err != nil {
		return nil, err
	}
	var arns []string
	for i := range lbs {
		arns = append(arns, value(lbs[i].LoadBalancerArn))
	}
	for i := range tgs {
		arns = append(arns, value(tgs[i].TargetGroupArn))
	}
	tags, err := o.cachedTagsOf(ctx, arns)
	if err != nil {
		return nil, err
	}
	groups, err := o.securityGroups(ctx)
	if err != nil {
		return nil, err
	}
	for i := range lbs {
		s.addLoadBalancer(&lbs[i], o.owned(tags[value(lbs[i].LoadBalancerArn)]))
	}
	for i := range tgs {
		t := o.owned(tags[value(tgs[i].TargetGroupArn)])
		for _, p := range s.of(t) {
			p.TargetGroups = append(p.TargetGroups, targetGroupFrom(&tgs[i], t))
		}
	}
	for _, g := range groups {
		s.addSecurityGroup(g, o.owned(g.Tags))
	}
	return s, nil
}

// owned are the tags if they name this cluster, and nil otherwise.
func (o *Observer) owned(tags []model.Tag) []model.Tag {
	if o.cluster == "" || TagValue(tags, TagCluster) != o.cluster {
		return nil
	}
	return tags
}

// of are the parts that tags claim; none for nil.
func (s *Sweep) of(tags []model.Tag) []*Part {
	var out []*Part
	for _, id := range stacksOf(tags) {
		p := s.parts[id]
		if p == nil {
			p = &Part{Shown: map[string]Shown{}}
			s.parts[id] = p
		}
		out = append(out, p)
	}
	return out
}

func (s *Sweep) addLoadBalancer(lb *elbtypes.LoadBalancer, tags []model.Tag) {
	if tags == nil {
		return
	}
	for _, g := range lb.SecurityGroups {
		s.groupUsers[g]++
	}
	for _, p := range s.of(tags) {
		p.LoadBalancers = append(p.LoadBalancers, loadBalancerFrom(lb, tags))
		p.Shown[value(lb.LoadBalancerArn)] = ShownOf(lb)
	}
}

func (s *Sweep) addSecurityGroup(g model.SecurityGroup, tags []model.Tag) {
	if tags == nil {
		return
	}
	parts := s.of(tags)
	for _, p := range parts {
		p.SecurityGroups = append(p.SecurityGroups, g)
	}
	if len(parts) == 0 {
		s.Shared = append(s.Shared, g)
	}
}

// pageSize is the largest page that the lists of ELBv2 give.
const pageSize = 400

func (o *Observer) loadBalancers(ctx context.Context) ([]elbtypes.LoadBalancer, error) {
	var out []elbtypes.LoadBalancer
	size := int32(pageSize)
	pages := elbv2.NewDescribeLoadBalancersPaginator(o.clients.ELB, &elbv2.DescribeLoadBalancersInput{PageSize: &size})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awserr.Wrap("DescribeLoadBalancers", "", err)
		}
		out = append(out, page.LoadBalancers...)
	}
	return out, nil
}

func (o *Observer) targetGroups(ctx context.Context) ([]elbtypes.TargetGroup, error) {
	var out []elbtypes.TargetGroup
	size := int32(pageSize)
	pages := elbv2.NewDescribeTargetGroupsPaginator(o.clients.ELB, &elbv2.DescribeTargetGroupsInput{PageSize: &size})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awserr.Wrap("DescribeTargetGroups", "", err)
		}
		out = append(out, page.TargetGroups...)
	}
	return out, nil
}

func (o *Observer) securityGroups(ctx context.Context) ([]model.SecurityGroup, error) {
	var out []model.SecurityGroup
	name := "tag:" + TagCluster
	pages := ec2.NewDescribeSecurityGroupsPaginator(o.clients.EC2, &ec2.DescribeSecurityGroupsInput{
		Filters: []ec2types.Filter{{Name: &name, Values: []string{o.cluster}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awserr.Wrap("DescribeSecurityGroups", "", err)
		}
		for i := range page.SecurityGroups {
			out = append(out, SecurityGroupFrom(&page.SecurityGroups[i]))
		}
	}
	return out, nil
}

// States reads the states of all load balancers in one call or a few, by ARN.
func (o *Observer) States(ctx context.Context) (map[string]Shown, error) {
	lbs, err := o.loadBalancers(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Shown, len(lbs))
	for i := range lbs {
		out[value(lbs[i].LoadBalancerArn)] = ShownOf(&lbs[i])
	}
	return out, nil
}

// Model is what a part holds, as a model of its own.
func (p Part) Model() *model.Model {
	return &model.Model{
		LoadBalancers: slices.Clone(p.LoadBalancers), TargetGroups: slices.Clone(p.TargetGroups),
		SecurityGroups: slices.Clone(p.SecurityGroups),
	}
}
