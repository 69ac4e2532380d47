package observe

import (
	"cmp"
	"context"
	"slices"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Stack is all that a stack owns.
type Stack struct {
	// Model has ARNs and security group ids as IDs.
	Model   *model.Model
	Handles Handles
	// Shown is what AWS made up for load balancers, by ARN.
	Shown map[string]Shown
}

// Stack reads one stack in depth. What the desired model does not mention is not read: attributes where it lists none, tags
// of listeners and rules where it has none, add-ons that it leaves alone. A nil desired model, which means that everything
// is to go, needs no more than the sweep.
func (o *Observer) Stack(ctx context.Context, s *Sweep, id StackID, desired *model.Model) (*Stack, error) {
	part := s.Part(id)
	out := &Stack{
		Model: &model.Model{
			LoadBalancers: slices.Clone(part.LoadBalancers), TargetGroups: slices.Clone(part.TargetGroups),
			SecurityGroups: slices.Clone(part.SecurityGroups),
		},
		Handles: NewHandles(), Shown: map[string]Shown{},
	}
	for arn, shown := range part.Shown {
		out.Shown[arn] = shown
	}
	if desired == nil {
		return out, nil
	}
	d := &deep{o: o, out: out, wish: wishesOf(desired)}
	for i := range out.Model.LoadBalancers {
		if err := d.loadBalancer(ctx, &out.Model.LoadBalancers[i]); err != nil {
			return nil, err
		}
	}
	if err := d.tags(ctx); err != nil {
		return nil, err
	}
	for i := range out.Model.TargetGroups {
		if err := d.targetGroup(ctx, &out.Model.TargetGroups[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// deep is one reading of a stack.
type deep struct {
	o    *Observer
	out  *Stack
	wish wishes
	// tagged are the ARNs of listeners and rules, with the places where their tags belong.
	tagged []taggedPlace
}

// taggedPlace is a listener (rule -1) or a rule of the model, by index: slices still grow while it is noted.
type taggedPlace struct {
	arn                string
	lb, listener, rule int
}

// loadBalancer completes a load balancer. One that is gone since the sweep stays as it was: the first call about it says so.
func (d *deep) loadBalancer(ctx context.Context, lb *model.LoadBalancer) error {
	listeners, err := d.listeners(ctx, lb.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(d.out.Model.LoadBalancers, func(o model.LoadBalancer) bool { return o.ID == lb.ID })
	for i := range listeners {
		l := listenerFrom(&listeners[i])
		arn := value(listeners[i].ListenerArn)
		d.out.Handles.Listeners[At(lb.ID, l.Port, l.Protocol)] = arn
		d.tagged = append(d.tagged, taggedPlace{arn, at, len(lb.Listeners), -1})
		if err := d.listener(ctx, &l, arn, at, len(lb.Listeners)); err != nil {
			return err
		}
		lb.Listeners = append(lb.Listeners, l)
	}
	if d.wish.attributesOf(lb) {
		if err := d.loadBalancerAttributes(ctx, lb); err != nil {
			return err
		}
	}
	return d.addOns(ctx, lb)
}

// listeners lists the listeners of a load balancer, by port.
func (d *deep) listeners(ctx context.Context, arn string) ([]elbtypes.Listener, error) {
	var out []elbtypes.Listener
	size := int32(pageSize)
	pages := elbv2.NewDescribeListenersPaginator(d.o.clients.ELB, &elbv2.DescribeListenersInput{LoadBalancerArn: &arn, PageSize: &size})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awserr.Wrap("DescribeListeners", arn, err)
		}
		out = append(out, page.Listeners...)
	}
	slices.SortFunc(out, func(a, b elbtypes.Listener) int {
		return cmp.Or(cmp.Compare(value(a.Port), value(b.Port)), cmp.Compare(a.Protocol, b.Protocol))
	})
	return out, nil
}

// listener reads what belongs to one listener.
func (d *deep) listener(ctx context.Context, l *model.Listener, arn string, lb, at int) error {
	size := int32(pageSize)
	rules := elbv2.NewDescribeRulesPaginator(d.o.clients.ELB, &elbv2.DescribeRulesInput{ListenerArn: &arn, PageSize: &size})
	for rules.HasMorePages() {
		page, err := rules.NextPage(ctx)
		if err != nil {
			return awserr.Wrap("DescribeRules", arn, err)
		}
		for i := range page.Rules {
			if r, ok := ruleFrom(&page.Rules[i]); ok {
				l.Rules = append(l.Rules, r)
				d.out.Handles.Rules[RuleAt{arn, r.Priority}] = value(page.Rules[i].RuleArn)
			}
		}
	}
	slices.SortFunc(l.Rules, func(a, b model.Rule) int { return cmp.Compare(a.Priority, b.Priority) })
	for i := range l.Rules {
		d.tagged = append(d.tagged, taggedPlace{d.out.Handles.Rules[RuleAt{arn, l.Rules[i].Priority}], lb, at, i})
	}
	if secure(l.Protocol) {
		if err := d.certificates(ctx, l, arn); err != nil {
			return err
		}
	}
	if !d.wish.listenerAttributes[l.Port] {
		return nil
	}
	r, err := d.o.clients.ELB.DescribeListenerAttributes(ctx, &elbv2.DescribeListenerAttributesInput{ListenerArn: &arn})
	if err != nil {
		return awserr.Wrap("DescribeListenerAttributes", arn, err)
	}
	for _, a := range r.Attributes {
		l.Attributes = append(l.Attributes, model.Attribute{Key: value(a.Key), Value: value(a.Value)})
	}
	sortAttributes(l.Attributes)
	return nil
}

// certificates lists those beside the default one, which may be among them a second time.
func (d *deep) certificates(ctx context.Context, l *model.Listener, arn string) error {
	size := int32(pageSize)
	pages := elbv2.NewDescribeListenerCertificatesPaginator(d.o.clients.ELB,
		&elbv2.DescribeListenerCertificatesInput{ListenerArn: &arn, PageSize: &size})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return awserr.Wrap("DescribeListenerCertificates", arn, err)
		}
		for _, c := range page.Certificates {
			if !value(c.IsDefault) {
				l.Certificates = append(l.Certificates, value(c.CertificateArn))
			}
		}
	}
	slices.Sort(l.Certificates)
	return nil
}

// tags reads those of listeners and rules together.
func (d *deep) tags(ctx context.Context) error {
	if !d.wish.listenerTags || len(d.tagged) == 0 {
		return nil
	}
	arns := make([]string, len(d.tagged))
	for i, t := range d.tagged {
		arns[i] = t.arn
	}
	tags, err := d.o.tagsOf(ctx, arns)
	if err != nil {
		return err
	}
	for _, t := range d.tagged {
		l := &d.out.Model.LoadBalancers[t.lb].Listeners[t.listener]
		if t.rule < 0 {
			l.Tags = tags[t.arn]
		} else {
			l.Rules[t.rule].Tags = tags[t.arn]
		}
	}
	return nil
}
