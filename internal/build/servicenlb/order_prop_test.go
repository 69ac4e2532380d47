package servicenlb

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// drawService makes a Service that is right, wrong, odd or somebody else's.
func drawService(t *rapid.T, label string) *corev1.Service {
	pick := func(what string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label+what) }
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{
		Namespace: pick("ns", "a", "b"), Name: pick("name", "x", "y", "z"), Annotations: map[string]string{},
	}}
	s.Spec.Type = corev1.ServiceType(pick("type", "LoadBalancer", "NodePort", "ClusterIP", "ExternalName"))
	if class := pick("class", LoadBalancerClass, LoadBalancerClass, LoadBalancerClass, "other", ""); class != "" {
		s.Spec.LoadBalancerClass = &class
	}
	note := func(key string, values ...string) {
		if v := pick(key, append(values, "", "", "")...); v != "" {
			s.Annotations[nlb.Prefix+key] = v
		}
	}
	note("aws-load-balancer-type", "nlb-ip", "external", "nlb")
	note("aws-load-balancer-nlb-target-type", "ip", "instance", "nodes")
	note("aws-load-balancer-scheme", "internal", "internet-facing", "wrong")
	note("aws-load-balancer-ip-address-type", "dualstack")
	note("aws-load-balancer-ssl-cert", "arn:1,arn:2")
	note("aws-load-balancer-ssl-ports", "80", "http", "1")
	note("aws-load-balancer-enable-tcp-udp-listener", "true", "x")
	note("aws-load-balancer-quic-enabled-ports", "80")
	note("aws-load-balancer-disable-nlb-sg", "true")
	note("aws-load-balancer-security-groups", "sg-1")
	note("aws-load-balancer-healthcheck-port", "http", "9000")
	note("aws-load-balancer-target-group-attributes.80", "stickiness.enabled=true")
	note("aws-load-balancer-proxy-protocol", "*", "x")
	note("load-balancer-source-ranges", "10.0.0.0/8", "fd00::/8")
	for _, listener := range []string{"TCP-80", "TLS-80"} {
		note("actions."+listener, fmt.Sprintf(`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":%q,"servicePort":80}]}}`,
			pick("named "+listener, "x", "y", "z")), "{")
	}
	for i := range rapid.IntRange(0, 3).Draw(t, label+"ports") {
		p := corev1.ServicePort{
			Name: pick(fmt.Sprint("port name", i), "http", ""), Port: rapid.SampledFrom([]int32{80, 81}).Draw(t, fmt.Sprint(label, "port", i)),
			Protocol: corev1.Protocol(pick(fmt.Sprint("protocol", i), "TCP", "UDP", "SCTP", "")),
			NodePort: rapid.SampledFrom([]int32{0, 30000}).Draw(t, fmt.Sprint(label, "node port", i)),
		}
		s.Spec.Ports = append(s.Spec.Ports, p)
	}
	if rapid.IntRange(0, 3).Draw(t, label+"going?") == 0 {
		s.DeletionTimestamp, s.Finalizers = &metav1.Time{}, []string{Finalizer}
		note("aws-load-balancer-attributes", "deletion_protection.enabled=true")
	}
	return s
}

func everyAnswer() *lookup.Table {
	answers := cloudOf()
	for _, ns := range []string{"a", "b"} {
		for _, name := range []string{"x", "y", "z"} {
			answers[lookup.LoadBalancerOf(lookup.ServiceStacks, ns+"/"+name)] = lookup.Answer{}
		}
	}
	return lookup.NewTable(answers)
}

// fresh builds every unit from nothing.
func fresh(b *Builder, in build.Input) map[string]build.Unit {
	out := map[string]build.Unit{}
	for _, key := range b.Units(in) {
		if u := b.Build(in, key); u.Model != nil || len(u.Diagnostics)+len(u.Members)+len(u.Missing) > 0 {
			out[key] = u
		}
	}
	return out
}

func TestTheOrderOfServicesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		byKey := map[objects.Key]*corev1.Service{}
		var all []*corev1.Service
		for i := range rapid.IntRange(1, 6).Draw(t, "services") {
			s := drawService(t, fmt.Sprint("s", i))
			k, _ := objects.KeyOf(s)
			if byKey[k] == nil { // no two of one name, or the last one put would count
				byKey[k] = s
				all = append(all, s)
			}
		}
		of := func(list []*corev1.Service) map[string]build.Unit {
			in := build.Input{Objects: objects.NewSet(), Lookups: everyAnswer()}
			for _, s := range list {
				in.Objects.Put(s)
			}
			return fresh(New(Options{ClusterName: "c"}), in)
		}
		if d := cmp.Diff(of(all), of(rapid.Permutation(all).Draw(t, "order"))); d != "" {
			t.Fatal(d)
		}
	})
}

func TestAChangeTouchesOnlyTheUnitsThatItIsIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := New(Options{ClusterName: "c"})
		in := build.Input{Objects: objects.NewSet(), Lookups: everyAnswer()}
		state := build.NewState(in, binding.Targets, b)
		state.Rebuild()
		for i := range rapid.IntRange(1, 8).Draw(t, "changes") {
			before := map[string]build.Unit{}
			for _, u := range state.Units() {
				before[u.Key] = *u
			}
			s := drawService(t, fmt.Sprint("c", i))
			key, _ := objects.KeyOf(s)
			touched := b.UnitsOf(in, key)
			change := build.Change{Put: s}
			if rapid.IntRange(0, 3).Draw(t, fmt.Sprint("delete", i)) == 0 {
				change = build.Change{Delete: key}
			}
			state.Apply(change)
			touched = append(touched, b.UnitsOf(in, key)...)
			now := map[string]build.Unit{}
			for _, u := range state.Units() {
				now[u.Key] = *u
				if old, ok := before[u.Key]; ok && !slices.Contains(touched, u.Key) {
					if d := cmp.Diff(old, *u); d != "" {
						t.Fatalf("unit %s changed with %v: %s", u.Key, key, d)
					}
				}
			}
			if d := cmp.Diff(fresh(b, in), now); d != "" {
				t.Fatalf("after %v the state differs from a fresh build: %s", key, d)
			}
		}
	})
}
