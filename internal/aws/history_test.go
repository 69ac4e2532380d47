package aws_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Random users change two stacks while a fifth of all calls fails before or after it took effect and the process is now and
// then replaced by another one. When the trouble is over, one Reconcile of each stack makes it right, and the next one finds
// nothing to do.
func TestAnyHistoryOfChangesAndFailuresEndsWell(t *testing.T) {
	ids := []aws.StackID{group, {Controller: "ingress.k8s.aws", Name: "shop"}}
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			c := newCloud(t)
			c.chance = func() float64 { mu.Lock(); defer mu.Unlock(); return r.Float64() }
			p := c.start(nil)
			certificates := p.certificates()
			c.fail("elbv2:*=fail-after,probability=0.1", "elbv2:*=fail-before,probability=0.1", "ec2:*=fail-after,probability=0.1")
			wish := map[aws.StackID]*model.Model{}
			for range 25 {
				id := ids[r.IntN(len(ids))]
				wish[id] = randomStack(r, id, certificates)
				if r.IntN(5) == 0 {
					p = p.restart()
				}
				_, _ = p.realizer.Reconcile(t.Context(), id, wish[id])
			}
			c.faults.Clear()
			for _, id := range ids {
				p.settle(id, wish[id])
				if out := p.reconcile(id, wish[id]); len(out.Operations) > 0 {
					t.Errorf("%s: the second time %v", id, out.Operations)
				}
			}
			q := c.start(nil)
			var lbs, tgs int
			for _, id := range ids {
				if out := q.reconcile(id, wish[id]); len(out.Operations) > 0 {
					t.Errorf("%s: somebody who looks anew does %v", id, out.Operations)
				}
				if wish[id] != nil {
					lbs, tgs = lbs+1, tgs+len(wish[id].TargetGroups)
				}
			}
			if l, g, _ := q.inventory(); l != lbs || g != tgs {
				t.Errorf("%d load balancers and %d target groups, want %d and %d", l, g, lbs, tgs)
			}
			for _, id := range ids {
				q.settle(id, nil)
			}
			if l, g, s := q.inventory(); l+g+s > 0 {
				t.Errorf("left: %d load balancers, %d target groups, %d security groups", l, g, s)
			}
		})
	}
}

// randomStack is nothing, or a stack with some hosts, an HTTPS port or not, attributes or not.
func randomStack(r *rand.Rand, id aws.StackID, certificates []string) *model.Model {
	if r.IntN(6) == 0 {
		return nil
	}
	hosts := []string{"a.example", "b.example", "c.example", "d.example"}
	r.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	m := stackOf(id, hosts[:1+r.IntN(len(hosts))]...)
	for i := range m.TargetGroups {
		g := &m.TargetGroups[i]
		g.ID, g.Name = g.ID+"@"+id.Name, g.Name+"-"+id.Name
		if r.IntN(3) == 0 {
			g.Protocol, g.HealthCheck.Protocol, g.Name = model.TargetHTTPS, model.TargetHTTPS, g.Name+"-s"
		}
	}
	lb := &m.LoadBalancers[0]
	for i := range lb.Listeners[0].Rules {
		lb.Listeners[0].Rules[i].Actions[0].Forward.TargetGroups[0].TargetGroup = m.TargetGroups[i].ID
	}
	if r.IntN(2) == 0 {
		l := lb.Listeners[0]
		l.Port, l.Protocol, l.SSLPolicy, l.Tags = 443, model.HTTPS, "ELBSecurityPolicy-2016-08", tags(id, "443")
		l.DefaultCertificate = certificates[r.IntN(len(certificates))]
		l.Rules = slices.Clone(l.Rules)
		lb.Listeners = append(lb.Listeners, l)
	}
	if r.IntN(2) == 0 {
		lb.Attributes = []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: fmt.Sprint(60 + r.IntN(3))}}
	}
	if r.IntN(4) == 0 {
		lb.Scheme, lb.Name = model.Internal, lb.Name+"-i"
	}
	return m
}
