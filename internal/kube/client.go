package kube

import (
	"fmt"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

// NewScheme makes a scheme with the types that the controller reads and writes, and no others.
func NewScheme() (*runtime.Scheme, error) {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, networkingv1.AddToScheme, discoveryv1.AddToScheme, coordinationv1.AddToScheme, elbv2.AddToScheme,
	} {
		if err := add(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Connect makes a client of the API server that the configuration leads to. It asks the server nothing yet. Requests are
// not slowed down on this side: the server's own fairness (API Priority and Fairness) knows better what it can bear, and
// the loops of the controller bound what is under way at once.
func Connect(config *rest.Config) (client.WithWatch, error) {
	s, err := NewScheme()
	if err != nil {
		return nil, err
	}
	own := rest.CopyConfig(config)
	if own.QPS == 0 {
		own.QPS = -1
	}
	c, err := client.NewWithWatch(own, client.Options{Scheme: s})
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", config.Host, err)
	}
	return c, nil
}
