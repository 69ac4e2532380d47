package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// welcome gives the stand-in nodes the labels that a pod without a node asks for, where no node has the label at all: which
// node groups a cloud has is decided by its labels, and here all of them are these nodes. Labels that are there stay: a pod
// that asks for another value waits, as it would elsewhere.
func (k *kubelet) welcome(ctx context.Context, pod *corev1.Pod) error {
	if len(pod.Spec.NodeSelector) == 0 || pod.DeletionTimestamp != nil {
		return nil
	}
	nodes, err := k.options.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing nodes: %w", err)
	}
	missing := map[string]string{}
	for key, value := range pod.Spec.NodeSelector {
		if !slices.ContainsFunc(nodes.Items, func(n corev1.Node) bool { _, has := n.Labels[key]; return has }) {
			missing[key] = value
		}
	}
	if len(missing) == 0 {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": missing}})
	if err != nil {
		return err
	}
	for _, n := range k.options.Nodes {
		if _, err := k.options.Client.CoreV1().Nodes().Patch(ctx, n.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("labelling node %s: %w", n.Name, err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(missing)) {
		k.options.Logger.Info("the stand-in nodes got a label that a pod asks for", "pod", pod.Namespace+"/"+pod.Name, "label", key+"="+missing[key])
	}
	return nil
}
