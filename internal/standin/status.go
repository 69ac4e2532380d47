package standin

import (
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Reasons that statuses give; a failed stand-in says in words why it does not answer.
const (
	reasonCannotListen = "CannotListen"
	reasonCompleted    = "Completed"
)

// podStatus is what a kubelet would report of a pod whose stand-in answers, or does not for the reason that failure gives.
// Times that are there already stay, so that an unchanged pod has an unchanged status.
func podStatus(pod *corev1.Pod, node, address netip.Addr, failure string, now time.Time) corev1.PodStatus {
	s := *pod.Status.DeepCopy()
	s.HostIP, s.HostIPs = node.String(), []corev1.HostIP{{IP: node.String()}}
	s.PodIP, s.PodIPs = address.String(), []corev1.PodIP{{IP: address.String()}}
	if s.StartTime == nil {
		t := metav1.NewTime(now)
		s.StartTime = &t
	}
	done := runsToCompletion(pod)
	s.Phase = corev1.PodRunning
	switch {
	case failure != "":
		s.Phase = corev1.PodPending
	case done:
		s.Phase = corev1.PodSucceeded
	}
	s.InitContainerStatuses = containerStatuses(pod.Spec.InitContainers, pod.Status.InitContainerStatuses, "", true, now)
	s.ContainerStatuses = containerStatuses(pod.Spec.Containers, pod.Status.ContainerStatuses, failure, done, now)
	containers := failure == "" && !done
	set := func(t corev1.PodConditionType, yes bool, reason string) { setCondition(&s, t, yes, reason, now) }
	set(corev1.PodInitialized, true, "")
	set(corev1.PodReadyToStartContainers, true, "")
	reason := ""
	switch {
	case done:
		reason = "PodCompleted"
	case !containers:
		reason = "ContainersNotReady"
	}
	set(corev1.ContainersReady, containers, reason)
	ready := containers && gatesOpen(pod)
	if containers && !ready {
		reason = "ReadinessGatesNotReady"
	}
	set(corev1.PodReady, ready, reason)
	return s
}

// runsToCompletion says whether the pod is one of a Job: its stand-in has nothing to do and is done at once.
func runsToCompletion(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Kind == "Job" })
}

// gatesOpen says whether all readiness gates have a condition that is true.
func gatesOpen(pod *corev1.Pod) bool {
	return !slices.ContainsFunc(pod.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool {
		return !slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == g.ConditionType && c.Status == corev1.ConditionTrue
		})
	})
}

func containerStatuses(containers []corev1.Container, have []corev1.ContainerStatus, failure string, done bool, now time.Time) []corev1.ContainerStatus {
	var out []corev1.ContainerStatus
	for _, c := range containers {
		i := slices.IndexFunc(have, func(s corev1.ContainerStatus) bool { return s.Name == c.Name })
		at := metav1.NewTime(now)
		if i >= 0 && have[i].State.Running != nil {
			at = have[i].State.Running.StartedAt
		} else if i >= 0 && have[i].State.Terminated != nil {
			at = have[i].State.Terminated.StartedAt
		}
		s := corev1.ContainerStatus{Name: c.Name, Image: c.Image, ImageID: "stand-in", ContainerID: "stand-in://" + c.Name}
		started := failure == "" && !done
		s.Ready, s.Started = started || done && failure == "", &started
		switch {
		case failure != "":
			s.State.Waiting = &corev1.ContainerStateWaiting{Reason: reasonCannotListen, Message: failure}
		case done:
			s.State.Terminated = &corev1.ContainerStateTerminated{Reason: reasonCompleted, StartedAt: at, FinishedAt: at}
		default:
			s.State.Running = &corev1.ContainerStateRunning{StartedAt: at}
		}
		out = append(out, s)
	}
	return out
}

func setCondition(s *corev1.PodStatus, t corev1.PodConditionType, yes bool, reason string, now time.Time) {
	status := corev1.ConditionFalse
	if yes {
		status = corev1.ConditionTrue
	}
	i := slices.IndexFunc(s.Conditions, func(c corev1.PodCondition) bool { return c.Type == t })
	if i < 0 {
		s.Conditions = append(s.Conditions, corev1.PodCondition{Type: t})
		i = len(s.Conditions) - 1
	}
	c := &s.Conditions[i]
	if c.Status != status {
		c.LastTransitionTime = metav1.NewTime(now)
	}
	c.Status, c.Reason = status, reason
}
