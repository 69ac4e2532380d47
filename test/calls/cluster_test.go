package calls

import (
	"maps"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/testkit/lab"
)

const (
	clusterName = "gwanmun-local"
	vpc         = "vpc-0a1b2c3d4e5f60718"
)

// cluster is one controller process with the objects that it watches. It does with AWS what the loops of the controller do.
type cluster struct {
	t       testing.TB
	state   *build.State
	answers map[lookup.Question]lookup.Answer
	process *lab.Process
	// bindings are the checkpoints that bindings keep in Kubernetes.
	bindings map[string]string
}

// start starts a process; kept and bindings are what an earlier one left in Kubernetes.
func start(t testing.TB, l *lab.Lab, all []any, kept *lab.Kept, bindings map[string]string) *cluster {
	t.Helper()
	process, err := l.Start(t.Context(), lab.ProcessOptions{Cluster: clusterName, VPC: vpc, Kept: kept})
	if err != nil {
		t.Fatal(err)
	}
	set := objects.NewSet()
	for _, o := range all {
		set.Put(o)
	}
	c := &cluster{t: t, process: process, answers: map[lookup.Question]lookup.Answer{}, bindings: map[string]string{}}
	maps.Copy(c.bindings, bindings)
	c.state = build.NewState(build.Input{Objects: set}, binding.Targets, ingressalb.New(ingressalb.Options{ClusterName: clusterName, External: true}))
	c.state.Rebuild()
	return c
}

// run answers the builds' questions and brings every group in line.
func (c *cluster) run() {
	c.t.Helper()
	for range 3 {
		missing := c.state.Missing()
		if len(missing) == 0 {
			break
		}
		maps.Copy(c.answers, c.process.Resolver.Answer(c.t.Context(), missing))
		c.state.SetLookups(lookup.NewTable(maps.Clone(c.answers)))
	}
	if d := c.state.Diagnostics(); len(d) > 0 {
		c.t.Fatalf("the objects are faulty: %v", d)
	}
	for _, u := range c.state.Units() {
		name, ok := strings.CutPrefix(u.Key, "alb/group/")
		if !ok || u.Model == nil {
			c.t.Fatalf("unit %s has no model", u.Key)
		}
		c.reconcile(aws.StackID{Controller: lookup.IngressStacks, Name: name}, u.Model)
	}
	if err := c.process.Network.Complete(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) reconcile(id aws.StackID, m *model.Model) {
	c.t.Helper()
	out, err := c.process.Realizer.Reconcile(c.t.Context(), id, m)
	if err != nil || out.Waiting != "" {
		c.t.Fatalf("%s: %v %s", id, err, out.Waiting)
	}
	for i := range m.TargetGroups {
		c.bind(&m.TargetGroups[i], out)
	}
}

// bind does what the binding of a target group asks for: its targets, and the permission to reach them.
func (c *cluster) bind(g *model.TargetGroup, out aws.Outcome) {
	c.t.Helper()
	list := binding.Targets(c.state.Objects(), g)
	if len(list) == 0 {
		c.t.Fatalf("target group %s has no targets", g.ID)
	}
	access := targets.Access{Binding: namespace + "/" + g.Name}
	for _, r := range g.Binding.Networking {
		if id, ours := out.SecurityGroups[r.SecurityGroup]; ours {
			r.SecurityGroup = id
		}
		access.Rules = append(access.Rules, r)
	}
	for i := range list {
		access.Targets = append(access.Targets, targets.Endpoint{ID: list[i].ID, Instance: instanceOf(list[i].Node)})
	}
	if err := c.process.Network.Allow(c.t.Context(), access); err != nil {
		c.t.Fatal(err)
	}
	done, err := c.process.Registrar.Reconcile(c.t.Context(), targets.Want{
		ARN: out.TargetGroups[g.ID], Targets: list, Checkpoint: c.bindings[g.ID],
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.bindings[g.ID] = done.Checkpoint
}
