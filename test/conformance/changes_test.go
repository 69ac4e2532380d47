package conformance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestAChangedIngressIsServedAsItSaysNow(t *testing.T) {
	r := begin(t)
	in := ingress{
		namespace: "default", name: "web", class: "alb", paths: []string{"/a one", "/b two"},
		annotations: []string{"scheme: internet-facing", "target-type: ip"},
	}
	r.apply(t, app("default", "one", 1), app("default", "two", 1), in.String())
	r.settle(t)
	r.ask(t, "GET http://-/a via=default/web -> 200 from one\nGET http://-/b via=default/web -> 200 from two\nGET http://-/c via=default/web -> 404")

	in.paths = []string{"/b one", "/c two"}
	r.apply(t, in.String())
	r.ask(t, "GET http://-/b via=default/web -> 200 from one\nGET http://-/c via=default/web -> 200 from two\nGET http://-/a via=default/web -> 404")

	in.class, in.annotations = "nginx", nil
	r.apply(t, in.String())
	wait(t, func() string {
		if s := r.State(); len(s.Ingresses) != 1 || s.Ingresses[0].Class != "nginx" {
			return fmt.Sprintf("the Ingress is at %+v", s.Ingresses)
		}
		return ""
	})
	r.ask(t, "GET http://any.example/b -> 200 from one\nGET http://any.example/c -> 200 from two")
	wait(t, func() string { return differs(r.before, r.aws()) })
	got := r.kubectl(t, "get", "ingress", "-n", "default", "web", "-o", "jsonpath={.metadata.finalizers} {.status.loadBalancer.ingress}")
	if want := ` [{"ip":"127.43.0.1"}]`; got != want {
		t.Errorf("finalizers and status are %s, want%s", got, want)
	}

	in.class, in.annotations = "alb", []string{"scheme: internal", "target-type: ip"}
	r.apply(t, in.String())
	wait(t, func() string {
		if s := r.State(); len(s.Ingresses) != 1 || s.Ingresses[0].Class != "alb" {
			return fmt.Sprintf("the Ingress is at %+v", s.Ingresses)
		}
		return ""
	})
	r.ask(t, "GET http://any.example/b -> 404\nGET http://-/b via=default/web -> 200 from one")
}

func TestAMemberMayLeaveItsGroup(t *testing.T) {
	r := begin(t)
	member := func(name, group, path, service string) string {
		return ingress{
			namespace: "default", name: name, class: "alb", paths: []string{path + " " + service},
			annotations: []string{"scheme: internet-facing", "target-type: ip", "group.name: " + group},
		}.String()
	}
	r.apply(t, app("default", "one", 1), app("default", "two", 1), member("a", "shared", "/a", "one"), member("b", "shared", "/b", "two"))
	r.settle(t)
	r.ask(t, "GET http://-/b via=default/a -> 200 from two\nGET http://-/a via=default/b -> 200 from one")

	r.apply(t, member("b", "alone", "/b", "two"))
	r.ask(t, "GET http://-/b via=default/a -> 404\nGET http://-/b via=default/b -> 200 from two\nGET http://-/a via=default/b -> 404\nGET http://-/a via=default/a -> 200 from one")

	r.kubectl(t, "delete", "ingress", "-n", "default", "a", "--wait=false")
	r.kubectl(t, "annotate", "ingress", "-n", "default", "b", "alb.ingress.kubernetes.io/group.name-")
	r.ask(t, "GET http://-/b via=default/b -> 200 from two")
	wait(t, func() string {
		if n := len(r.State().LoadBalancers); n != 2 { // the other one is class nginx
			return fmt.Sprintf("there are %d load balancers", n-1)
		}
		return ""
	})
}

// TestPodsAreRegisteredSoonAfterTheirEndpoints measures from the change of the EndpointSlice, as a watcher sees it, to the
// targets that AWS has.
func TestPodsAreRegisteredSoonAfterTheirEndpoints(t *testing.T) {
	r := begin(t)
	r.apply(t, app("default", "web", 1), ingress{
		namespace: "default", name: "web", class: "alb", paths: []string{"/ web"},
		annotations: []string{"scheme: internet-facing", "target-type: ip"},
	}.String())
	r.settle(t)

	changes, err := r.core.DiscoveryV1().EndpointSlices("default").Watch(t.Context(), metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=web"})
	if err != nil {
		t.Fatal(err)
	}
	defer changes.Stop()
	var took []time.Duration
	for i := range 10 {
		replicas := 2 + 3*((i+1)%2) // up to 5, down to 2
		patch := fmt.Sprintf(`{"spec":{"replicas":%d}}`, replicas)
		if _, err := r.core.AppsV1().Deployments("default").Patch(t.Context(), "web", types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
		var changed time.Time
		var ready []string
		for end := time.After(patience); len(ready) != replicas; {
			select {
			case e := <-changes.ResultChan():
				if s, ok := e.Object.(*discoveryv1.EndpointSlice); ok {
					ready, changed = readyEndpoints(s), time.Now()
				}
			case <-end:
				t.Fatalf("the endpoints are %v, want %d of them", ready, replicas)
			}
		}
		r.untilTargets(t, ready)
		took = append(took, time.Since(changed))
	}
	slices.Sort(took)
	t.Logf("from the EndpointSlice to the targets in AWS, of %d changes: min %v, median %v, max %v", len(took),
		took[0].Round(time.Millisecond), took[len(took)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	if most := took[len(took)-1]; most > 20*time.Second {
		t.Errorf("one change took %v", most)
	}
}

func readyEndpoints(s *discoveryv1.EndpointSlice) []string {
	var out []string
	for _, e := range s.Endpoints {
		if e.Conditions.Ready != nil && *e.Conditions.Ready {
			out = append(out, e.Addresses[0]+":8080")
		}
	}
	slices.Sort(out)
	return out
}

// untilTargets waits until AWS has these targets, and no others.
func (r *rig) untilTargets(t *testing.T, want []string) {
	t.Helper()
	changes := r.Cloud().Store().Watch()
	defer changes.Stop()
	for end := time.After(patience); ; {
		got := r.targets()
		if slices.Equal(got, want) {
			return
		}
		select {
		case <-changes.Wake():
			changes.Take()
		case <-end:
			t.Fatalf("the targets are %v, want %v", got, want)
		}
	}
}
