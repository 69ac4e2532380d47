package controller

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/status"
)

// bound is a binding of a user that was made some minutes after the others.
func bound(name string, minutes int, change func(*elbv2.TargetGroupBindingSpec)) *elbv2.TargetGroupBinding {
	b := userBinding()
	b.Name = name
	b.CreationTimestamp = metav1.NewTime(time.Date(2026, 1, 1, 0, minutes, 0, 0, time.UTC))
	if change != nil {
		change(&b.Spec)
	}
	return b
}

// told is what a binding's condition says; empty while it says that all is well.
func (b *bench) told(name string) string {
	tgb, ok := get[elbv2.TargetGroupBinding](b, name)
	if !ok {
		return "gone"
	}
	for _, c := range tgb.Status.Conditions {
		if c.Type == status.ConditionReady && c.Status != metav1.ConditionTrue {
			return c.Message
		}
	}
	return ""
}

func (b *bench) ready(name string) bool {
	tgb, ok := get[elbv2.TargetGroupBinding](b, name)
	return ok && observed(tgb)
}

func TestATargetGroupIsTheOlderBindingsAndTheOtherIsTold(t *testing.T) {
	b := newBench(t, webService(), endpoints([]string{"10.42.64.32"}), bound("a-later", 5, nil), bound("b-first", 1, nil))
	b.start(b.options())
	b.until("the later one is told", func() bool {
		return strings.Contains(b.told("a-later"), "shop/b-first") && slices.Contains(b.eventsOf("a-later"), "FailedReconcile")
	})
	b.until("the first one is served", func() bool { return b.ready("b-first") && len(b.aws.registered()) == 1 })
	// A later one that goes leaves the group as it is.
	late := bound("c-last", 9, nil)
	b.create(late)
	b.until("the last one is told", func() bool { return strings.Contains(b.told("c-last"), "shop/b-first") })
	b.delete(late)
	b.until("it goes", func() bool { return b.told("c-last") == "gone" })
	if got := b.aws.registered(); len(got) != 1 {
		t.Errorf("the group has %v", got)
	}
	b.delete(bound("b-first", 1, nil))
	b.until("the other one takes over", func() bool { return b.ready("a-later") && len(b.aws.registered()) == 1 })
}

func TestBindingsThatAllShareTheirTargetGroupAreAllServed(t *testing.T) {
	share := func(s *elbv2.TargetGroupBindingSpec) { s.MultiClusterTargetGroup = true }
	b := newBench(t, webService(), endpoints([]string{"10.42.64.32"}), bound("one", 1, share), bound("two", 2, share), bound("alone", 3, nil))
	b.start(b.options())
	b.until("two are served and the one that does not share is not", func() bool {
		return b.ready("one") && b.ready("two") && b.told("alone") != ""
	})
}

func TestWhatAWSSeesDifferentlyIsRefused(t *testing.T) {
	theirs := TargetGroup{
		ARN: "arn:tg/theirs", Type: model.TargetIP, Protocol: model.TargetHTTP, IPAddressType: model.IPv4, VPC: "vpc-0a1b2c3d4e5f60718",
	}
	function := theirs
	function.Type = "lambda"
	nodes := theirs
	nodes.Type = model.TargetInstance
	for name, c := range map[string]struct {
		aws    TargetGroup
		change func(*elbv2.TargetGroupBindingSpec)
		want   string
	}{
		"vpc":      {theirs, func(s *elbv2.TargetGroupBindingSpec) { s.VPCID = "vpc-0a1b2c3d" }, "vpcID is vpc-0a1b2c3d"},
		"family":   {theirs, func(s *elbv2.TargetGroupBindingSpec) { s.IPAddressType = "ipv6" }, "ipAddressType is ipv6"},
		"protocol": {theirs, func(s *elbv2.TargetGroupBindingSpec) { s.TargetGroupProtocol = "TCP" }, "targetGroupProtocol is TCP"},
		"type":     {theirs, func(s *elbv2.TargetGroupBindingSpec) { s.TargetType = "instance" }, "targetType is instance"},
		"function": {function, nil, `targets of type "lambda"`},
		"role": {nodes, func(s *elbv2.TargetGroupBindingSpec) {
			s.IAMRoleARNToAssume = "arn:aws:iam::210987654321:role/targets"
		}, "iamRoleArnToAssume is for targetType ip"},
		"selector": {theirs, func(s *elbv2.TargetGroupBindingSpec) { s.NodeSelector = &metav1.LabelSelector{} }, "nodeSelector is for targetType instance"},
		"quic": {nodes, func(s *elbv2.TargetGroupBindingSpec) {
			s.TargetGroupProtocol, s.TargetType = "QUIC", "instance"
		}, "targetGroupProtocol QUIC is for targetType ip"},
	} {
		t.Run(name, func(t *testing.T) {
			mine := bound("mine", 1, c.change)
			b := newBench(t, webService(), endpoints([]string{"10.42.64.32"}), mine)
			b.aws.described = c.aws
			b.start(b.options())
			b.until("the user is told", func() bool {
				return strings.Contains(b.told("mine"), c.want) && slices.Contains(b.eventsOf("mine"), "FailedReconcile")
			})
			b.delete(mine)
			b.until("it goes", func() bool { return b.told("mine") == "gone" })
			for _, call := range b.aws.log() {
				if strings.HasPrefix(call, "register") {
					t.Errorf("AWS was changed: %s", call)
				}
			}
		})
	}
}

func TestWhatAUserLeftOutIsFilledInBesideWhatTheyWrote(t *testing.T) {
	b := newBench(t, webService(), endpoints([]string{"10.42.64.32"}), bound("mine", 1, func(s *elbv2.TargetGroupBindingSpec) {
		s.TargetGroupName, s.TargetGroupARN, s.TargetType = "", "arn:tg/", "ip"
	}))
	b.start(b.options())
	b.until("it is served", func() bool { return b.ready("mine") })
	mine, _ := get[elbv2.TargetGroupBinding](b, "mine")
	if s := mine.Spec; s.IPAddressType != "ipv4" || s.TargetGroupProtocol != "HTTP" || s.VPCID != "vpc-0a1b2c3d4e5f60718" {
		t.Errorf("got %+v", s)
	}
}

func TestANodeSelectorWithExpressionsSelectsAmongNodes(t *testing.T) {
	node := func(name, id, pool string) *corev1.Node {
		n := instance()
		n.Name, n.Labels["pool"], n.Spec.ProviderID = name, pool, "aws:///ap-northeast-2a/"+id
		return n
	}
	service := webService()
	service.Spec.Ports[0].NodePort = 30080
	b := newBench(t, service, node("one", "i-1", "web"), node("two", "i-2", "db"), node("three", "i-3", "batch"),
		bound("mine", 1, func(s *elbv2.TargetGroupBindingSpec) {
			s.NodeSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
				{Key: "pool", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"db", "cache"}},
			}}
		}))
	b.aws.described = TargetGroup{ARN: "arn:tg/theirs", Type: model.TargetInstance, Protocol: model.TargetHTTP}
	b.start(b.options())
	b.until("the two that are selected are registered", func() bool { return slices.Equal(b.aws.registered(), []string{"i-1", "i-3"}) })
	two := node("two", "i-2", "db")
	b.change(two, func() { two.Labels["pool"] = "web" })
	b.until("so is another that is selected now", func() bool { return len(b.aws.registered()) == 3 })
}

func TestANamedTargetPortIsEachPodsOwn(t *testing.T) {
	service := webService()
	service.Spec.Ports[0].TargetPort = intstr.FromString("web")
	other, port := endpoints([]string{"10.42.64.33"}), int32(9090)
	other.Name, other.Ports = "web-2", []discoveryv1.EndpointPort{{Port: &port}}
	all := intstr.FromString("web")
	b := newBench(t, service, endpoints([]string{"10.42.64.32"}), other, bound("mine", 1, func(s *elbv2.TargetGroupBindingSpec) {
		s.Networking = &elbv2.TargetGroupBindingNetworking{Ingress: []elbv2.NetworkingIngressRule{{
			From: []elbv2.NetworkingPeer{{IPBlock: &elbv2.IPBlock{CIDR: "192.0.2.0/24"}}}, Ports: []elbv2.NetworkingPort{{Port: &all}},
		}}}
	}))
	b.start(b.options())
	b.until("both are registered", func() bool { return b.ready("mine") })
	b.aws.mu.Lock()
	defer b.aws.mu.Unlock()
	asked := b.aws.asked[objects.Name{Namespace: "shop", Name: "mine"}]
	for i, want := range []int32{8080, 9090} {
		if got := asked.Targets[i].Port; got != want || asked.Hosts[i].Ports["web"] != want {
			t.Errorf("target %d has port %d, for security groups %d, want %d", i, got, asked.Hosts[i].Ports["web"], want)
		}
	}
}

func TestABindingSaysThatThereIsNoRoomForSomeTargets(t *testing.T) {
	b := newBench(t, webService(), endpoints([]string{"10.42.64.32", "10.42.64.33"}), bound("mine", 1, nil))
	b.aws.left = 1
	o := b.options()
	o.Cloud.MaxTargets = 1
	b.start(o)
	b.until("it says so", func() bool {
		mine, _ := get[elbv2.TargetGroupBinding](b, "mine")
		return len(mine.Status.Conditions) == 1 && mine.Status.Conditions[0].Message == "1 targets, and no room for 1 more (--max-targets-per-target-group)"
	})
	b.aws.mu.Lock()
	defer b.aws.mu.Unlock()
	if got := b.aws.asked[objects.Name{Namespace: "shop", Name: "mine"}].Max; got != 1 {
		t.Errorf("AWS was asked for at most %d", got)
	}
}

func TestTargetsAreLookedAtAnewFromTimeToTime(t *testing.T) {
	b := newBench(t, webService(), endpoints([]string{"10.42.64.32"}), bound("mine", 1, nil))
	o := b.options()
	o.Cloud.SyncInterval = 200 * time.Millisecond
	b.start(o)
	b.until("AWS is asked whatever is remembered", func() bool {
		b.aws.mu.Lock()
		defer b.aws.mu.Unlock()
		return b.aws.asked[objects.Name{Namespace: "shop", Name: "mine"}].Recheck
	})
}

func TestANodeThatCeasesToReportIsNoticedByBindingsOfPods(t *testing.T) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-32"},
		Spec:       corev1.PodSpec{NodeName: instanceNode},
		Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}}},
	}
	for closed, want := range map[bool][]string{false: {"10.42.64.32"}, true: nil} {
		node := instance()
		node.Status.Conditions[0].Status = corev1.ConditionFalse
		b := newBench(t, webService(), endpoints([]string{"10.42.64.32"}, "10.42.64.32"), pod.DeepCopy(), node, bound("mine", 1, nil))
		o := b.options()
		o.Cloud.FailClosed = closed
		b.start(o)
		b.until("a pod on a broken node is no target", func() bool { return b.ready("mine") })
		if got := b.aws.registered(); len(got) > 0 {
			t.Errorf("closed %v: the group has %v", closed, got)
		}
		before := node.DeepCopy()
		node.Status.Conditions[0].Status = corev1.ConditionUnknown
		if err := b.client.Status().Patch(t.Context(), node, client.MergeFrom(before)); err != nil {
			t.Fatal(err)
		}
		probe := bound("probe", 2, func(s *elbv2.TargetGroupBindingSpec) { s.TargetGroupName = "probe" })
		b.create(probe)
		b.until("a binding that came after the node has been worked on", func() bool { return b.ready("probe") })
		b.until("the group has what it should", func() bool {
			b.aws.mu.Lock()
			defer b.aws.mu.Unlock()
			var got []string
			for _, x := range b.aws.groups["arn:tg/theirs"] {
				got = append(got, x.ID)
			}
			return slices.Equal(got, want)
		})
	}
}
