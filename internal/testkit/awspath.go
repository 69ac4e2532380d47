package testkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	elbworld "github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/testkit/lab"
)

// awsPath makes what a case builds true in an AWS of our own, by calls over its wire protocols, and sends requests to the load
// balancers there. A case without anything for AWS has none.
type awsPath struct {
	lab  *lab.Lab
	ids  *awsIDs
	live *lab.Process
	// start says how processes are started.
	start lab.ProcessOptions
	vpc   string
	// theirs are ARNs and ids of what others have in the account.
	theirs []string
	// furnished are the security groups that the case speaks of.
	furnished map[string]bool
	// stacks are those that were ever wanted, by the keys of their units.
	stacks map[string]aws.StackID
	// arns are the load balancers, by ID in the model.
	arns  map[string]string
	front *front
	// failed are the load balancers, by ID in the model, whose stacks could not be carried out as a whole in the last step.
	failed map[string]bool
	// said is what AWS said in the last step, for failures.
	said error
}

// tester is a test, or one draw of a property.
type tester interface {
	Helper()
	Context() context.Context
	Cleanup(f func())
	Errorf(format string, args ...any)
	Fatal(args ...any)
}

// newAWSPath starts an AWS with an empty account. The network may be nil if no request is ever sent.
func newAWSPath(t tester, w *world, network *network) *awsPath {
	t.Helper()
	ids := newAWSIDs()
	seen := newWatch()
	options := lab.Options{
		World:     &elbworld.File{Region: awsRegion, Account: awsAccount, Partition: "aws"},
		AccessLog: seen, Metrics: seen.metrics, Record: true, Word: ids.word, AnyClient: w.options.AnyClient,
		Zone: w.options.Zone,
	}
	if network != nil {
		options.Dial = network.dial
		options.CheckPace = w.options.HealthPace
		options.Login = loginOptions(network.provider)
	}
	l, err := lab.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("the AWS of the case did not come to an end: %v", err)
		}
	})
	p := startAWSPath(t, w, l, ids)
	p.front.watch = seen
	if network != nil {
		p.front.provider = network.provider
	}
	return p
}

// startAWSPath starts the controller of a world's cluster on an AWS.
func startAWSPath(t tester, w *world, l *lab.Lab, ids *awsIDs) *awsPath {
	t.Helper()
	p := &awsPath{
		lab: l, ids: ids, stacks: map[string]aws.StackID{}, arns: map[string]string{}, furnished: map[string]bool{},
		front: &front{server: l.API.Traffic().Server(), services: map[string]string{}},
		start: lab.ProcessOptions{Cluster: w.options.cluster(), VPC: ids.make(awsVPC), ForeignTags: w.options.foreignTags()},
	}
	if w.cloud.VPC != nil {
		p.start.VPC = ids.make(w.cloud.VPC.ID)
	}
	var err error
	if p.live, err = l.Start(t.Context(), p.start); err != nil {
		t.Fatal(err)
	}
	return p
}

// awsStep is what came of a step.
type awsStep struct {
	// calls and again are the calls that changed something, of the step and of a process that looks at everything anew after it.
	calls, again []string
	// refused are the codes of refusals, sorted; those that are no codes of AWS are sentences.
	refused []string
}

// apply realizes a world: once with the process that lives as long as the case, and once more with one that knows nothing.
func (p *awsPath) apply(t tester, w *world) awsStep {
	t.Helper()
	all := p.prepare(t, w)
	var s awsStep
	p.lab.Writes()
	s.refused = p.realize(t.Context(), p.live, all, true)
	s.calls = p.lab.Writes()
	fresh, err := p.lab.Start(t.Context(), p.start)
	if err != nil {
		t.Fatal(err)
	}
	for _, refusal := range p.realize(t.Context(), fresh, all, false) {
		if !slices.Contains(s.refused, refusal) {
			t.Errorf("through AWS: only the second time: %s", refusal)
		}
	}
	for _, line := range p.lab.Writes() {
		if !strings.Contains(line, " -> ") || len(s.refused) == 0 {
			s.again = append(s.again, line)
		}
	}
	if err := p.lab.API.Traffic().Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// prepare furnishes AWS with what the stacks of a world refer to, and lists them.
func (p *awsPath) prepare(t tester, w *world) []wish {
	t.Helper()
	all := p.wishes(w)
	for _, one := range all {
		if one.model == nil {
			continue
		}
		if err := p.furnish(w, one.model); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// note remembers what AWS calls the parts of a stack.
func (p *awsPath) note(m *model.Model, out aws.Outcome, err error) {
	for _, b := range out.LoadBalancers {
		p.arns[b.ID] = b.ARN
	}
	if m == nil {
		return
	}
	for i := range m.LoadBalancers {
		p.failed[m.LoadBalancers[i].ID] = err != nil
	}
	for id, service := range servicesOf(m) {
		if arn := out.TargetGroups[id]; arn != "" {
			p.front.services[arn] = service
		}
	}
}

// realize brings all stacks in line, and the targets of their groups. A stack that could not be finished is tried once more
// after the others: what stands in its way may be going.
func (p *awsPath) realize(ctx context.Context, process *lab.Process, all []wish, live bool) []string {
	var refused []string
	again := all
	for round := range 2 {
		todo := again
		if round > 0 && len(all) == 1 {
			break // nobody else is in its way
		}
		again, refused = nil, nil
		if live {
			p.failed = map[string]bool{}
		}
		for _, one := range todo {
			out, err := process.Realizer.Reconcile(ctx, one.id, one.model)
			err = errors.Join(err, p.register(ctx, process, one.model, out))
			if err != nil || out.Waiting != "" {
				again = append(again, one)
				refused, p.said = append(refused, refusals(err)...), err
				if out.Waiting != "" {
					refused = append(refused, out.Waiting)
				}
			}
			if live {
				p.note(one.model, out, err)
			}
		}
	}
	slices.Sort(refused)
	return slices.Compact(refused)
}

// register hands the targets of all groups to the registrar, as bindings do.
func (p *awsPath) register(ctx context.Context, process *lab.Process, m *model.Model, out aws.Outcome) error {
	if m == nil {
		return nil
	}
	var errs []error
	for i := range m.TargetGroups {
		g := &m.TargetGroups[i]
		if arn := out.TargetGroups[g.ID]; arn != "" {
			_, err := process.Registrar.Reconcile(ctx, targets.Want{ARN: arn, Targets: g.Targets})
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// refusals are the codes in an error.
func refusals(err error) []string {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, refusals(e)...)
		}
		return out
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return []string{e.ErrorCode()}
	}
	parts := strings.Split(err.Error(), ": ")
	return parts[len(parts)-1:]
}

// serving finds where AWS serves what the proxy serves at a placement; nil when AWS has no part in it, or refused a part of it.
// A placement without an address says that it should be there and is not.
func (p *awsPath) serving(at proxy.Placement) *proxy.Placement {
	if at.LoadBalancer == ingressnginx.LoadBalancer || p != nil && p.failed[at.LoadBalancer] {
		return nil
	}
	there := proxy.Placement{LoadBalancer: at.LoadBalancer, Port: at.Port, Datagrams: at.Datagrams}
	if p == nil {
		return &there
	}
	for _, a := range p.front.server.Addresses() {
		if a.LoadBalancer == p.arns[at.LoadBalancer] && a.Port == at.Port && a.Datagrams == at.Datagrams {
			return &a
		}
	}
	return &there
}

// run sends a request through AWS.
func (p *awsPath) run(r *request, at proxy.Placement) []string {
	if !at.Address.IsValid() {
		return []string{fmt.Sprintf("there is no load balancer %s with a listener on port %d", at.LoadBalancer, at.Port)}
	}
	return p.front.run(r, at)
}

// finish takes everything away, as the end of all objects does, and says what is left.
func (p *awsPath) finish(t tester) []string {
	t.Helper()
	if err := p.unprotect(t); err != nil {
		return []string{err.Error()}
	}
	var all []wish
	for _, key := range slices.Sorted(maps.Keys(p.stacks)) {
		all = append(all, wish{id: p.stacks[key]})
	}
	var left []string
	for _, refusal := range p.realize(t.Context(), p.live, all, false) {
		left = append(left, "refused: "+refusal)
	}
	if waiting, err := p.live.Realizer.Tidy(t.Context()); err != nil || waiting != "" {
		left = append(left, fmt.Sprintf("the shared security group stays: %s %v", waiting, err))
	}
	for _, r := range p.inventory() {
		if !slices.Contains(p.theirs, r.id) {
			left = append(left, r.what)
		}
	}
	if n := p.live.Kept.Len(); n > 0 {
		left = append(left, fmt.Sprintf("%d checkpoints", n))
	}
	return left
}
