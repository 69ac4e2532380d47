package controller_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/controller/cloud"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/testkit/lab"
)

// account is an AWS that counts calls.
type account struct {
	*lab.Lab
	t    *testing.T
	kept *lab.Kept
}

func newAccount(t *testing.T) *account {
	t.Helper()
	l, err := lab.New(lab.Options{Record: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, net.ErrClosed // nobody asks for anything here, and health does not matter
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return &account{Lab: l, t: t, kept: &lab.Kept{}}
}

const (
	clusterName = "gwanmun-local"
	clusterVPC  = "vpc-0a1b2c3d4e5f60718"
)

// options are those of a fresh controller process on this account.
func (a *account) options(b controller.Bench) controller.Options {
	a.t.Helper()
	p, err := a.Start(a.t.Context(), lab.ProcessOptions{Cluster: clusterName, VPC: clusterVPC, Kept: a.kept})
	if err != nil {
		a.t.Fatal(err)
	}
	c := cloud.New(cloud.Options{
		Clients: p.Clients, Cluster: clusterName, VPC: clusterVPC, Checkpoints: a.kept, Own: kube.NewOwnTargets(b.Client()),
	})
	o := b.Options()
	o.Cloud.ALB.ClusterName = clusterName
	o.Cloud.Realizer, o.Cloud.Lookups, o.Cloud.Registrar = c, c, c
	return o
}

// owned counts the stacks that own something in AWS.
func (a *account) owned() int {
	a.t.Helper()
	p, err := a.Start(a.t.Context(), lab.ProcessOptions{Cluster: clusterName, VPC: clusterVPC})
	if err != nil {
		a.t.Fatal(err)
	}
	stacks, err := p.Realizer.Stacks(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	return len(stacks)
}

func TestAnIngressIsServedByOurAWSAndLeavesNothingBehind(t *testing.T) {
	b, a := controller.NewBench(t), newAccount(t)
	stop := b.Start(a.options(b))
	front := b.Ingress("front")
	b.Until("the Ingress shows a load balancer and its binding is ready", func() bool {
		n, settled := b.Settled()
		return b.Host("front") != "" && n == 1 && settled
	})
	stop()

	// Another process finds everything in place.
	a.Writes() // those of the first process
	stop = b.Start(a.options(b))
	b.Ingress("second") // when this one is served, the first one has been looked at
	b.Until("the second Ingress is served too", func() bool {
		n, settled := b.Settled()
		return b.Host("second") != "" && n == 2 && settled
	})
	for _, w := range a.Writes() {
		if strings.Contains(w, "front") {
			t.Errorf("a write about what was in place: %s", w)
		}
	}

	for _, ing := range []string{"front", "second"} {
		o := front.DeepCopy()
		o.Name, o.ResourceVersion = ing, ""
		if err := b.Client().Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	b.Until("nothing is left in the cluster", func() bool {
		n, _ := b.Settled()
		return n == 0 && b.Gone("front") && b.Gone("second")
	})
	stop()
	if n := a.owned(); n != 0 {
		t.Errorf("%d stacks own something still; writes:\n%v", n, a.Writes())
	}
}
