package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/gwanmun/gwanmun/internal/echo"
	"github.com/gwanmun/gwanmun/internal/loopback"
)

func node(name, zone, address, pods string) Node {
	return Node{
		Name: name, Zone: zone, Region: "r", Instance: "i-" + name, Address: netip.MustParseAddr(address), Pods: netip.MustParsePrefix(pods),
	}
}

// play starts stand-ins against a fake API server; they end with the test.
func play(t *testing.T, client *fake.Clientset) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := New(Options{
		Client: client, Place: loopback.Shift, Dial: loopback.Dial, Lag: time.Millisecond,
		Nodes: []Node{node("a", "z1", "10.77.0.10", "10.77.0.0/20"), node("b", "z2", "10.77.16.10", "10.77.16.0/20")},
	})
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// eventually waits for something to become true.
func eventually(t *testing.T, what string, f func() (bool, string)) {
	t.Helper()
	last := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var ok bool
		if ok, last = f(); ok {
			return
		}
	}
	t.Fatalf("%s: %s", what, last)
}

func pod(name, on string, ports ...int32) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{NodeName: on, Containers: []corev1.Container{{Name: "c", Image: "image"}}},
	}
	for _, port := range ports {
		p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, corev1.ContainerPort{ContainerPort: port})
	}
	return p
}

func ask(url string) (echo.Answer, error) {
	c := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := c.Get(url)
	if err != nil {
		return echo.Answer{}, err
	}
	defer r.Body.Close()
	var a echo.Answer
	return a, json.NewDecoder(r.Body).Decode(&a)
}

func status(t *testing.T, c *fake.Clientset, name string) corev1.PodStatus {
	t.Helper()
	p, err := c.CoreV1().Pods("shop").Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Status
}

func condition(s corev1.PodStatus, c corev1.PodConditionType) corev1.ConditionStatus {
	for _, x := range s.Conditions {
		if x.Type == c {
			return x.Status
		}
	}
	return ""
}

func TestAPodGetsAnAddressOfItsNodeAndAnswersOnItsPortsAndOnThoseOfItsServices(t *testing.T) {
	web := pod("web", "b", 18080)
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "front"},
		Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{
			{Port: 80, TargetPort: intstr.FromInt32(18081)},
		}},
	}
	client := fake.NewClientset(web, service)
	play(t, client)
	eventually(t, "the pod is ready", func() (bool, string) {
		s := status(t, client, "web")
		return condition(s, corev1.PodReady) == corev1.ConditionTrue, fmt.Sprint(s.Conditions)
	})
	s := status(t, client, "web")
	if s.PodIP != "10.77.16.32" || s.HostIP != "10.77.16.10" || s.Phase != corev1.PodRunning || !s.ContainerStatuses[0].Ready {
		t.Errorf("the status is %+v", s)
	}
	for _, port := range []int{18080, 18081} {
		a, err := ask(fmt.Sprintf("http://127.77.16.32:%d/x", port))
		if err != nil {
			t.Fatal(err)
		}
		if a.Pod != "web" || a.Service != "front" || a.Node != "b" || !a.StandIn {
			t.Errorf("port %d is answered by %+v", port, a)
		}
	}
	if n, err := client.CoreV1().Nodes().Get(t.Context(), "a", metav1.GetOptions{}); err != nil || n.Spec.ProviderID != "aws:///z1/i-a" {
		t.Errorf("node a: %v, %v", n, err)
	}
}

func TestAPodWithAClosedReadinessGateRunsAndIsNotReady(t *testing.T) {
	gated := pod("gated", "a", 18080)
	gated.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "target-health.elbv2.k8s.aws/x"}}
	client := fake.NewClientset(gated)
	play(t, client)
	eventually(t, "its containers are ready", func() (bool, string) {
		s := status(t, client, "gated")
		return condition(s, corev1.ContainersReady) == corev1.ConditionTrue, fmt.Sprint(s.Conditions)
	})
	if s := status(t, client, "gated"); condition(s, corev1.PodReady) != corev1.ConditionFalse {
		t.Errorf("it is ready: %v", s.Conditions)
	}
	p, _ := client.CoreV1().Pods("shop").Get(t.Context(), "gated", metav1.GetOptions{})
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: "target-health.elbv2.k8s.aws/x", Status: corev1.ConditionTrue})
	if _, err := client.CoreV1().Pods("shop").UpdateStatus(t.Context(), p, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the open gate makes it ready", func() (bool, string) {
		s := status(t, client, "gated")
		return condition(s, corev1.PodReady) == corev1.ConditionTrue, fmt.Sprint(s.Conditions)
	})
}

func TestNodesGetTheLabelsThatAPodAsksForAndKeepThoseThatTheyHave(t *testing.T) {
	waiting := pod("waiting", "")
	waiting.Spec.NodeSelector = map[string]string{"nodegroup": "backend", corev1.LabelTopologyZone: "elsewhere"}
	client := fake.NewClientset(waiting)
	play(t, client)
	eventually(t, "the nodes have the label", func() (bool, string) {
		n, err := client.CoreV1().Nodes().Get(t.Context(), "b", metav1.GetOptions{})
		return err == nil && n.Labels["nodegroup"] == "backend" && n.Labels[corev1.LabelTopologyZone] == "z2", fmt.Sprint(n, err)
	})
}

func TestAJobsPodIsDoneAtOnce(t *testing.T) {
	job := pod("job", "a")
	job.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", Name: "j", APIVersion: "batch/v1"}}
	client := fake.NewClientset(job)
	play(t, client)
	eventually(t, "it is done", func() (bool, string) {
		s := status(t, client, "job")
		return s.Phase == corev1.PodSucceeded, string(s.Phase)
	})
}

func TestADeletedPodStopsAnsweringAndGoes(t *testing.T) {
	web := pod("web", "a", 18080)
	now := metav1.Now()
	grace := int64(0)
	client := fake.NewClientset(web)
	play(t, client)
	eventually(t, "it answers", func() (bool, string) {
		_, err := ask("http://127.77.0.32:18080/")
		return err == nil, fmt.Sprint(err)
	})
	p, _ := client.CoreV1().Pods("shop").Get(t.Context(), "web", metav1.GetOptions{})
	p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &now, &grace
	if _, err := client.CoreV1().Pods("shop").Update(t.Context(), p, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is gone", func() (bool, string) {
		_, err := client.CoreV1().Pods("shop").Get(t.Context(), "web", metav1.GetOptions{})
		return err != nil, "still there"
	})
	eventually(t, "nobody answers", func() (bool, string) {
		_, err := ask("http://127.77.0.32:18080/")
		return err != nil, "still answered"
	})
}

func TestAPodWhosePortIsTakenSaysSo(t *testing.T) {
	one, two := pod("one", "a", 18080), pod("two", "a", 18085)
	one.Spec.HostNetwork, two.Spec.HostNetwork = true, true
	two.Spec.Containers[0].Ports[0].ContainerPort = 18080
	client := fake.NewClientset(one, two)
	play(t, client)
	eventually(t, "one of the two says why it does not answer", func() (bool, string) {
		text := ""
		for _, name := range []string{"one", "two"} {
			for _, c := range status(t, client, name).ContainerStatuses {
				if w := c.State.Waiting; w != nil {
					text += w.Message
				}
			}
		}
		return strings.Contains(text, "127.77.0.10:18080"), text
	})
}

func TestNodePortsLeadToEndpointsAndHealthPortsCountThoseOfTheirNode(t *testing.T) {
	web := pod("web", "a", 18080)
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec: corev1.ServiceSpec{
			ExternalTrafficPolicy: corev1.ServiceExternalTrafficPolicyLocal, HealthCheckNodePort: 31999,
			Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromInt32(18080), NodePort: 31080}},
		},
	}
	name, port, on := "http", int32(18080), "a"
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
		Ports:      []discoveryv1.EndpointPort{{Name: &name, Port: &port}},
		Endpoints:  []discoveryv1.Endpoint{{Addresses: []string{"10.77.0.32"}, NodeName: &on}},
	}
	client := fake.NewClientset(web, service, slice)
	play(t, client)
	eventually(t, "the node port leads to the pod", func() (bool, string) {
		a, err := ask("http://127.77.0.10:31080/")
		return err == nil && a.Pod == "web", fmt.Sprint(a, err)
	})
	for address, want := range map[string]int{"127.77.0.10:31999": 200, "127.77.16.10:31999": 503} {
		r, err := http.Get("http://" + address + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%s answers %d, want %d", address, r.StatusCode, want)
		}
	}
	if _, err := ask("http://127.77.16.10:31080/"); err == nil {
		t.Error("the node without a pod forwards, in spite of externalTrafficPolicy Local")
	}
}

func TestAnAddressIsNotGivenTwiceAndAKnownOneIsKept(t *testing.T) {
	a := newAddresses([]Node{node("a", "z", "10.77.0.33", "10.77.0.0/26")})
	if at, err := a.give("old", "a", "10.77.0.40"); err != nil || at.String() != "10.77.0.40" {
		t.Errorf("the address of the status was not kept: %v, %v", at, err)
	}
	seen := map[netip.Addr]bool{netip.MustParseAddr("10.77.0.33"): true, netip.MustParseAddr("10.77.0.40"): true}
	// Of .32 to .62, two are taken.
	for i := range 29 {
		at, err := a.give(types.UID(fmt.Sprint(i)), "a", "")
		if err != nil {
			t.Fatalf("pod %d: %v", i, err)
		}
		if seen[at] {
			t.Errorf("%s was given twice", at)
		}
		seen[at] = true
	}
	if at, err := a.give("one too many", "a", ""); err == nil {
		t.Errorf("a full network gave %s", at)
	}
	a.release("7")
	if _, err := a.give("again", "a", ""); err != nil {
		t.Errorf("an address that was given back is not given again: %v", err)
	}
}
