package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// tagged is the id in AWS of what an operation on tags is about: with a listener and a priority, a rule.
func (r *run) tagged(op plan.Operation) (string, error) {
	switch {
	case op.SecurityGroup != "":
		return r.s.SecurityGroup(op.SecurityGroup), nil
	case op.TargetGroup != "":
		return r.s.TargetGroup(op.TargetGroup), nil
	case op.Listener.Port == 0:
		return r.s.LoadBalancer(op.LoadBalancer), nil
	}
	_, listener := r.s.listener(op.LoadBalancer, op.Listener)
	if op.Priority == 0 {
		return listener, nil
	}
	return r.s.rule(observe.RuleAt{Listener: listener, Priority: op.Priority})
}

func (r *run) addTags(ctx context.Context, op plan.Operation) error {
	id, err := r.tagged(op)
	if err != nil {
		return err
	}
	err = r.seen(ctx, id, func() (err error) {
		if op.SecurityGroup != "" {
			_, err = r.clients.EC2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{id}, Tags: ec2Tags(op.Tags)})
		} else {
			_, err = r.clients.ELB.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: []string{id}, Tags: elbTags(op.Tags)})
		}
		return err
	})
	r.then = func() { r.noteTags(op, id) }
	return err
}

func (r *run) removeTags(ctx context.Context, op plan.Operation) error {
	id, err := r.tagged(op)
	if err != nil {
		return err
	}
	if op.SecurityGroup != "" {
		_, err = r.clients.EC2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{id}, Tags: ec2Tags(op.Tags)})
	} else {
		in := &elbv2.RemoveTagsInput{ResourceArns: []string{id}}
		for _, t := range op.Tags {
			in.TagKeys = append(in.TagKeys, t.Key)
		}
		_, err = r.clients.ELB.RemoveTags(ctx, in)
	}
	r.then = func() { r.noteTags(op, id) }
	return err
}

// noteTags tells the tags that a load balancer or target group has now: sweeps ask for those.
func (r *run) noteTags(op plan.Operation, arn string) {
	switch {
	case op.TargetGroup != "":
		r.o.Tagged(arn, r.s.tg(op.TargetGroup).Tags)
	case op.SecurityGroup == "" && op.Listener.Port == 0:
		r.o.Tagged(arn, r.s.lb(op.LoadBalancer).Tags)
	}
}
