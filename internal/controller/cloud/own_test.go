package cloud

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func TestTargetsOfAnotherClusterInASharedGroupAreLeftAlone(t *testing.T) {
	b := newBench(t)
	c := b.start()
	arn := b.group("shared", clusterVPC)
	b.register(arn, "10.42.64.98", "10.42.64.99")
	want := controller.Registration{
		Binding: objects.Name{Namespace: "shop", Name: "b"}, ARN: arn, Type: model.TargetIP, MultiCluster: true,
	}
	for _, ip := range []string{"10.42.64.32", "10.42.64.33"} {
		want.Targets = pods(ip)
		if _, err := c.Register(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	b.has("after our target has moved", arn, "10.42.64.33", "10.42.64.98", "10.42.64.99")
	if got := b.own.by["shop/b"]; !slices.Equal(got, []string{"10.42.64.33:80"}) {
		t.Errorf("remembered as ours: %v", got)
	}
	c = b.start()
	if err := c.Clean(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	b.has("after another process has cleaned up", arn, "10.42.64.98", "10.42.64.99")
	if _, there := b.own.by["shop/b"]; there {
		t.Error("something is remembered of a binding that is gone")
	}
}

func TestTheFirstPassOverASharedGroupOnlyRecords(t *testing.T) {
	b := newBench(t)
	arn := b.group("shared", clusterVPC)
	b.register(arn, "10.42.64.32", "10.42.64.33")
	want := controller.Registration{
		Binding: objects.Name{Namespace: "shop", Name: "b"}, ARN: arn, Type: model.TargetIP, MultiCluster: true, Targets: pods("10.42.64.32"),
	}
	// The second one may have been ours; nobody knows.
	if _, err := b.start().Register(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	b.has("after the first pass", arn, "10.42.64.32", "10.42.64.33")
	if got := b.own.by["shop/b"]; !slices.Equal(got, []string{"10.42.64.32:80"}) {
		t.Errorf("remembered as ours: %v", got)
	}
	want.Targets = nil
	if _, err := b.start().Register(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	b.has("when ours is not wanted any more", arn, "10.42.64.33")
}

func TestAProcessThatEndsWhileItRegistersLeavesNothingThatNobodyTakesOut(t *testing.T) {
	b := newBench(t)
	arn := b.group("shared", clusterVPC)
	want := controller.Registration{
		Binding: objects.Name{Namespace: "shop", Name: "b"}, ARN: arn, Type: model.TargetIP, MultiCluster: true, Targets: pods("10.42.64.32"),
	}
	b.own.broken = func(call int) bool { return call == 2 } // after the registration
	if _, err := b.start().Register(t.Context(), want); err == nil {
		t.Fatal("nothing failed")
	}
	b.has("when the process ended", arn, "10.42.64.32")
	b.own.broken = nil
	want.Targets = pods("10.42.64.33")
	if _, err := b.start().Register(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	b.has("after the next one", arn, "10.42.64.33")
}

func TestASharedGroupNeedsAPlaceToRemember(t *testing.T) {
	b := newBench(t)
	c := b.start()
	c.own = nil
	_, err := c.Register(t.Context(), controller.Registration{ARN: b.group("shared", clusterVPC), MultiCluster: true})
	if !errors.Is(err, errNotKept) {
		t.Errorf("got %v", err)
	}
}

// ownInMemory remembers targets; broken says which of the calls to Store fail.
type ownInMemory struct {
	by     map[string][]string
	broken func(call int) bool
	stores int
}

func (o *ownInMemory) Load(_ context.Context, n objects.Name) ([]string, error) {
	return o.by[n.String()], nil
}

func (o *ownInMemory) Store(_ context.Context, n objects.Name, list []string) error {
	o.stores++
	if o.broken != nil && o.broken(o.stores) {
		return errors.New("no API server")
	}
	o.by[n.String()] = list
	return nil
}

func (o *ownInMemory) Delete(_ context.Context, n objects.Name) error {
	delete(o.by, n.String())
	return nil
}
