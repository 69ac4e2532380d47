package kube

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/gwanmun/gwanmun/config/crd"
)

// FieldOwner is the name under which server-side applied fields are ours.
const FieldOwner = "gwanmun"

// InstallDefinitions applies our custom resource definitions and waits until the API server serves them.
func InstallDefinitions(ctx context.Context, config *rest.Config) error {
	// The definitions are applied as they stand in the files, so no types of theirs are needed.
	c, err := client.New(config, client.Options{Scheme: runtime.NewScheme()})
	if err != nil {
		return fmt.Errorf("connecting to %s: %w", config.Host, err)
	}
	names, err := fs.Glob(crd.Files, "*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(crd.Files, name)
		if err != nil {
			return err
		}
		definition := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(text, &definition.Object); err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		apply := client.ApplyConfigurationFromUnstructured(definition)
		if err := c.Apply(ctx, apply, client.FieldOwner(FieldOwner), client.ForceOwnership); err != nil {
			return fmt.Errorf("installing %s: %w", name, err)
		}
		if err := waitEstablished(ctx, c, definition); err != nil {
			return fmt.Errorf("waiting for %s: %w", definition.GetName(), err)
		}
	}
	return nil
}

func waitEstablished(ctx context.Context, c client.Client, definition *unstructured.Unstructured) error {
	now := &unstructured.Unstructured{}
	now.SetGroupVersionKind(definition.GroupVersionKind())
	return wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		if err := c.Get(ctx, client.ObjectKeyFromObject(definition), now); err != nil {
			return false, nil //nolint:nilerr // it is asked again until time is up
		}
		// Before the first look of the API server at a definition, its conditions are null, which counts as no list.
		conditions, _, err := unstructured.NestedSlice(now.Object, "status", "conditions")
		if err != nil {
			return false, nil //nolint:nilerr // it is asked again until time is up
		}
		for _, c := range conditions {
			if m, ok := c.(map[string]any); ok && m["type"] == "Established" && m["status"] == "True" {
				return true, nil
			}
		}
		return false, nil
	})
}
