package standin

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/retry"
)

// Node is a node to play.
type Node struct {
	Name string
	// Zone and Region are its topology; Instance is its EC2 instance id, part of its provider id.
	Zone, Region, Instance string
	// Address is its internal address; Pods is the network that its pods get their addresses from.
	Address netip.Addr
	Pods    netip.Prefix
}

const (
	// kubeletVersion says in `kubectl get nodes` that there is no kubelet.
	kubeletVersion = "v1.36.3-stand-in"
	leaseNamespace = "kube-node-lease"
	// leaseTime is how long a heartbeat counts, as kubelet has it; one is sent four times as often.
	leaseTime = 40 * time.Second
	// maxPods is what a node says that it can hold.
	maxPods = "110"
)

// ensureNode makes a node, or renews it after a restart.
func ensureNode(ctx context.Context, client kubernetes.Interface, n Node, now time.Time) error {
	nodes := client.CoreV1().Nodes()
	if _, err := nodes.Create(ctx, n.object(), metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("making node %s: %w", n.Name, err)
	}
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		have, err := nodes.Get(ctx, n.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		want := n.object()
		have.Labels, have.Spec.ProviderID = merged(have.Labels, want.Labels), want.Spec.ProviderID
		// A fresh node has this taint until its first report is seen, seconds later; here it is in order from the start.
		have.Spec.Taints = slices.DeleteFunc(have.Spec.Taints, func(t corev1.Taint) bool { return t.Key == corev1.TaintNodeNotReady })
		if have, err = nodes.Update(ctx, have, metav1.UpdateOptions{}); err != nil {
			return err
		}
		have.Status = n.status(now)
		_, err = nodes.UpdateStatus(ctx, have, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return fmt.Errorf("reporting node %s as ready: %w", n.Name, err)
	}
	return beat(ctx, client, n.Name, now)
}

func merged(have, want map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range have {
		out[k] = v
	}
	for k, v := range want {
		out[k] = v
	}
	return out
}

func (n Node) object() *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: map[string]string{
			corev1.LabelHostname: n.Name, corev1.LabelTopologyZone: n.Zone, corev1.LabelTopologyRegion: n.Region,
			corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64",
			corev1.LabelInstanceTypeStable: "stand-in", "gwanmun.dev/stand-in": "true",
		}},
		Spec: corev1.NodeSpec{ProviderID: fmt.Sprintf("aws:///%s/%s", n.Zone, n.Instance)},
	}
}

func (n Node) status(now time.Time) corev1.NodeStatus {
	at := metav1.NewTime(now)
	condition := func(t corev1.NodeConditionType, s corev1.ConditionStatus, reason, message string) corev1.NodeCondition {
		return corev1.NodeCondition{
			Type: t, Status: s, Reason: reason, Message: message, LastHeartbeatTime: at, LastTransitionTime: at,
		}
	}
	room := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("16"), corev1.ResourceMemory: resource.MustParse("64Gi"),
		corev1.ResourcePods: resource.MustParse(maxPods), corev1.ResourceEphemeralStorage: resource.MustParse("100Gi"),
	}
	return corev1.NodeStatus{
		Capacity: room, Allocatable: room,
		Addresses: []corev1.NodeAddress{
			{Type: corev1.NodeInternalIP, Address: n.Address.String()},
			{Type: corev1.NodeHostName, Address: n.Name},
			{Type: corev1.NodeInternalDNS, Address: n.Name},
		},
		Conditions: []corev1.NodeCondition{
			condition(corev1.NodeReady, corev1.ConditionTrue, "StandIn", "this node is a stand-in on one machine"),
			condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, "StandIn", "a stand-in needs little memory"),
			condition(corev1.NodeDiskPressure, corev1.ConditionFalse, "StandIn", "a stand-in needs no disk"),
			condition(corev1.NodePIDPressure, corev1.ConditionFalse, "StandIn", "a stand-in starts no processes"),
		},
		NodeInfo: corev1.NodeSystemInfo{
			KubeletVersion: kubeletVersion, OperatingSystem: "linux", Architecture: "amd64", OSImage: "stand-in",
			ContainerRuntimeVersion: "stand-in://1", KernelVersion: "stand-in",
		},
	}
}

// heartbeats renew the leases of the nodes; without them the node controller would take them for lost.
func (c *Cluster) heartbeats(ctx context.Context) {
	ticker := time.NewTicker(leaseTime / 4)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for _, n := range c.options.Nodes {
				if err := beat(ctx, c.options.Client, n.Name, c.options.Now()); err != nil && ctx.Err() == nil {
					c.options.Logger.Warn("a node's heartbeat failed", "node", n.Name, "error", err)
				}
			}
		}
	}
}

func beat(ctx context.Context, client kubernetes.Interface, node string, now time.Time) error {
	leases := client.CoordinationV1().Leases(leaseNamespace)
	seconds, at := int32(leaseTime/time.Second), metav1.NewMicroTime(now)
	spec := coordinationv1.LeaseSpec{HolderIdentity: &node, LeaseDurationSeconds: &seconds, RenewTime: &at}
	have, err := leases.Get(ctx, node, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		_, err = leases.Create(ctx, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: node}, Spec: spec}, metav1.CreateOptions{})
	case err == nil:
		have.Spec = spec
		_, err = leases.Update(ctx, have, metav1.UpdateOptions{})
	}
	if err != nil {
		return fmt.Errorf("renewing the lease of node %s: %w", node, err)
	}
	return nil
}
