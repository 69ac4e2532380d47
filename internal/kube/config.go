package kube

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// namespaceFile holds the namespace of the pod that a process runs in.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// Config finds the way to the API server: a kubeconfig file if one is named, by path or in KUBECONFIG; else the service
// account of the pod; else ~/.kube/config. context is one of the kubeconfig; its current one when empty.
func Config(path, context string) (*rest.Config, error) {
	if path == "" && context == "" && os.Getenv(clientcmd.RecommendedConfigPathEnvVar) == "" {
		if c, err := rest.InClusterConfig(); err == nil {
			return c, nil
		}
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = path
	c, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: context}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w", err)
	}
	return c, nil
}

// OwnNamespace is the namespace of the pod that this process runs in; empty outside of clusters.
func OwnNamespace() string {
	if n := os.Getenv("POD_NAMESPACE"); n != "" {
		return n
	}
	text, err := os.ReadFile(namespaceFile)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// UseLogger sends what the libraries for Kubernetes have to say to a logger. It holds for the whole process and may be
// called once.
func UseLogger(l *slog.Logger) {
	klog.SetSlogLogger(l)
	log.SetLogger(klog.Background())
}
