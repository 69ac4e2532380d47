package box

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// startLimit is for machines that are busy: on an idle one a start takes about three seconds.
	startLimit = 3 * time.Minute
	pollEvery  = 25 * time.Millisecond
)

// client asks the API server how far it is.
type client struct{ kubernetes.Interface }

func (a access) client() (client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", a.admin)
	if err != nil {
		return client{}, fmt.Errorf("read the kubeconfig: %w", err)
	}
	config.QPS = -1
	set, err := kubernetes.NewForConfig(config)
	if err != nil {
		return client{}, fmt.Errorf("make a client: %w", err)
	}
	return client{set}, nil
}

// healthy waits until the API server has made its standard roles and calls itself ready.
func (c client) healthy(ctx context.Context) error {
	return poll(ctx, "the API server to be ready", func(ctx context.Context) error {
		return c.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// usable waits until pods can be made: each needs the ServiceAccount that the controllers make. It returns the server's version.
func (c client) usable(ctx context.Context) (string, error) {
	err := poll(ctx, "the default ServiceAccount", func(ctx context.Context) error {
		_, err := c.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	if err != nil {
		return "", err
	}
	version, err := c.Discovery().ServerVersion()
	if err != nil {
		return "", fmt.Errorf("ask for the version: %w", err)
	}
	return version.GitVersion, nil
}

// poll asks until the answer is no error.
func poll(ctx context.Context, what string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain for %s: %w", what, err)
		case <-tick.C:
		}
	}
}
