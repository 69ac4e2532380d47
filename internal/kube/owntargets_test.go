package kube

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gwanmun/gwanmun/internal/objects"
)

func TestTheTargetsOfAClusterAreKeptBesideTheirBinding(t *testing.T) {
	c := newCluster(t)
	o, n := NewOwnTargets(c), objects.Name{Namespace: "shop", Name: "web"}
	if got, err := o.Load(t.Context(), n); err != nil || len(got) > 0 {
		t.Fatalf("before anything was kept: %v, %v", got, err)
	}
	for _, want := range [][]string{{"192.0.2.1:80", "2001:db8::1:80"}, {"i-0123:30080"}, nil} {
		if err := o.Store(t.Context(), n, want); err != nil {
			t.Fatal(err)
		}
		if got, err := NewOwnTargets(c).Load(t.Context(), n); err != nil || !slices.Equal(got, want) {
			t.Errorf("kept %v, got %v, %v", want, got, err)
		}
	}
	for range 2 {
		if err := o.Delete(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	var left corev1.ConfigMapList
	if err := c.List(t.Context(), &left); err != nil || len(left.Items) > 0 {
		t.Errorf("left: %v, %v", left.Items, err)
	}
}

func TestTheTargetsThatTheOriginalKeptAreRead(t *testing.T) {
	c := newCluster(t)
	if err := c.Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "aws-lbc-targets-web"},
		Data:       map[string]string{"targets": "192.0.2.1:80,192.0.2.2:80"},
	}); err != nil {
		t.Fatal(err)
	}
	o, n := NewOwnTargets(c), objects.Name{Namespace: "shop", Name: "web"}
	if got, err := o.Load(t.Context(), n); err != nil || !slices.Equal(got, []string{"192.0.2.1:80", "192.0.2.2:80"}) {
		t.Errorf("got %v, %v", got, err)
	}
	if err := o.Store(t.Context(), n, []string{"192.0.2.3:80"}); err != nil {
		t.Fatal(err)
	}
	var m corev1.ConfigMap
	if err := c.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "aws-lbc-targets-web"}, &m); err != nil || m.Data["targets"] != "192.0.2.3:80" {
		t.Errorf("got %v, %v", m.Data, err)
	}
}
