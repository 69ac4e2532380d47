package kube

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestCheckpointsOutliveTheirProcessAndShareFewConfigMaps(t *testing.T) {
	c := newCluster(t)
	first := NewCheckpoints(c, "kube-system", "gwanmun-checkpoints")
	key := func(i int) string { return fmt.Sprintf("ingress.k8s.aws shop/front-%d", i) }
	for i := range 100 {
		if err := first.Store(t.Context(), key(i), fmt.Sprint("value\n", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Delete(t.Context(), key(7)); err != nil {
		t.Fatal(err)
	}
	second := NewCheckpoints(c, "kube-system", "gwanmun-checkpoints")
	for i := range 100 {
		value, ok, err := second.Load(t.Context(), key(i))
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprint("value\n", i); i != 7 && value != want || ok != (i != 7) {
			t.Errorf("checkpoint %d is %q (%v), want %q", i, value, ok, want)
		}
	}
	var list corev1.ConfigMapList
	if err := c.List(t.Context(), &list, client.InNamespace("kube-system")); err != nil {
		t.Fatal(err)
	}
	if n := len(list.Items); n == 0 || n > checkpointShards {
		t.Errorf("there are %d ConfigMaps, want 1 to %d", n, checkpointShards)
	}
}

func TestACheckpointIsWrittenAlthoughSomebodyElseWroteMeanwhile(t *testing.T) {
	c := newCluster(t)
	one, two := NewCheckpoints(c, "kube-system", "x"), NewCheckpoints(c, "kube-system", "x")
	for i, s := range []*Checkpoints{one, two, one, two} {
		if err := s.Store(t.Context(), "same", fmt.Sprint(i)); err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
	if value, _, err := NewCheckpoints(c, "kube-system", "x").Load(t.Context(), "same"); value != "3" || err != nil {
		t.Errorf("the checkpoint is %q (%v), want the last one written", value, err)
	}
}

func TestAFinalizerIsAddedAndRemovedBesideThoseOfOthers(t *testing.T) {
	ing := ingressNamed("front")
	ing.Finalizers = []string{"example.com/theirs"}
	c := newCluster(t, ing)
	stale := ingressNamed("front")
	stale.ResourceVersion = "1"
	if err := AddFinalizer(t.Context(), c, stale, "ingress.k8s.aws/resources"); err != nil {
		t.Fatal(err)
	}
	now := ingressNamed("")
	read := func() []string {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(ing), now); err != nil {
			t.Fatal(err)
		}
		return now.Finalizers
	}
	if got := fmt.Sprint(read()); got != "[example.com/theirs ingress.k8s.aws/resources]" {
		t.Errorf("after adding: %s", got)
	}
	if err := RemoveFinalizer(t.Context(), c, now, "ingress.k8s.aws/resources"); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(read()); got != "[example.com/theirs]" {
		t.Errorf("after removing: %s", got)
	}
	if err := RemoveFinalizer(t.Context(), c, ingressNamed("gone"), "x"); err != nil {
		t.Errorf("an object that is gone is no error, got %v", err)
	}
}
