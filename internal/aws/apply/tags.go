package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// tagged finds what an operation on tags is about: its id in AWS, where the state keeps its tags (nil for nowhere), and
// whether sweeps ask for them.
func (r *run) tagged(op plan.Operation) (id string, list *[]model.Tag, swept bool) {
	switch {
	case op.SecurityGroup != "":
		if g := r.s.sg(op.SecurityGroup); g != nil {
			list = &g.Tags
		}
		return r.s.group(op.SecurityGroup), list, false
	case op.TargetGroup != "":
		if g := r.s.tg(op.TargetGroup); g != nil {
			list = &g.Tags
		}
		return r.s.targetGroup(op.TargetGroup), list, true
	case op.Listener.Port == 0:
		if lb := r.s.lb(op.LoadBalancer); lb != nil {
			list = &lb.Tags
		}
		return r.s.loadBalancer(op.LoadBalancer), list, true
	}
	l, _, arn := r.s.listener(op.LoadBalancer, op.Listener)
	if op.Priority == 0 {
		if l != nil {
			list = &l.Tags
		}
		return arn, list, false
	}
	if rule := ruleAt(l, op.Priority); rule != nil {
		list = &rule.Tags
	}
	return r.s.Handles.Rules[observe.RuleAt{Listener: arn, Priority: op.Priority}], list, false
}

func (r *run) addTags(ctx context.Context, op plan.Operation) error {
	id, list, swept := r.tagged(op)
	err := r.seen(ctx, id, func() (err error) {
		if op.SecurityGroup != "" {
			_, err = r.clients.EC2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{id}, Tags: ec2Tags(op.Tags)})
		} else {
			_, err = r.clients.ELB.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: []string{id}, Tags: elbTags(op.Tags)})
		}
		return err
	})
	if err == nil && list != nil {
		*list = withTags(*list, op.Tags)
		r.noteTags(id, *list, swept)
	}
	return err
}

func (r *run) removeTags(ctx context.Context, op plan.Operation) error {
	id, list, swept := r.tagged(op)
	var err error
	if op.SecurityGroup != "" {
		_, err = r.clients.EC2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{id}, Tags: ec2Tags(op.Tags)})
	} else {
		in := &elbv2.RemoveTagsInput{ResourceArns: []string{id}}
		for _, t := range op.Tags {
			in.TagKeys = append(in.TagKeys, t.Key)
		}
		_, err = r.clients.ELB.RemoveTags(ctx, in)
	}
	if err == nil && list != nil {
		*list = withoutTags(*list, op.Tags)
		r.noteTags(id, *list, swept)
	}
	return err
}

func (r *run) noteTags(id string, tags []model.Tag, swept bool) {
	if swept {
		r.o.Tagged(id, tags)
	}
}
