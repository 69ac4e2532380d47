package controller

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// bench is a cluster in memory with a controller at work in it. Every write to the cluster comes back to the controller
// at once, as a watch would bring it.
type bench struct {
	t      *testing.T
	client client.WithWatch
	aws    *fakeAWS
	feed   chan kube.Batch

	mu     sync.Mutex
	writes []string
	uid    int
}

func newBench(t *testing.T, have ...client.Object) *bench {
	t.Helper()
	scheme, err := kube.NewScheme()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, feed: make(chan kube.Batch, 10000)}
	b.aws = &fakeAWS{groups: map[string][]model.Target{}, healthy: map[string]bool{}}
	inner := fake.NewClientBuilder().WithScheme(scheme).
		WithStatusSubresource(&networkingv1.Ingress{}, &corev1.Service{}, &elbv2.TargetGroupBinding{}, &corev1.Pod{}).
		WithObjects(have...).Build()
	b.client = interceptor.NewClient(inner, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			if o.GetUID() == "" {
				b.mu.Lock()
				b.uid++
				o.SetUID(types.UID(fmt.Sprintf("uid-%d", b.uid)))
				b.mu.Unlock()
			}
			return b.seen("create", o, c.Create(ctx, o, opts...))
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			return b.seen("update", o, c.Update(ctx, o, opts...))
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			return b.seen("patch", o, c.Patch(ctx, o, p, opts...))
		},
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			return b.seen("delete", o, c.Delete(ctx, o, opts...))
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			return b.seen(sub, o, c.SubResource(sub).Patch(ctx, o, p, opts...))
		},
	})
	return b
}

// seen notes a write and passes on what the object is now.
func (b *bench) seen(verb string, o client.Object, err error) error {
	if err != nil {
		return err
	}
	kind := reflect.TypeOf(o).Elem().Name()
	b.mu.Lock()
	b.writes = append(b.writes, fmt.Sprintf("%s %s %s", verb, kind, client.ObjectKeyFromObject(o)))
	b.mu.Unlock()
	k, ok := objects.KeyOf(o)
	if !ok {
		return nil
	}
	now := reflect.New(reflect.TypeOf(o).Elem()).Interface().(client.Object) //nolint:forcetypeassert // a pointer to the same type
	switch err := b.client.Get(context.Background(), client.ObjectKeyFromObject(o), now); {
	case apierrors.IsNotFound(err):
		b.feed <- kube.Batch{Changes: []build.Change{{Delete: k}}}
	case err == nil:
		b.feed <- kube.Batch{Changes: []build.Change{{Put: now}}}
	}
	return nil
}

// source is what a watch of the cluster would deliver.
func (b *bench) source(ctx context.Context, deliver func(kube.Batch)) error {
	var all []build.Change
	for _, list := range []client.ObjectList{
		&networkingv1.IngressList{}, &networkingv1.IngressClassList{}, &corev1.ServiceList{}, &discoveryv1.EndpointSliceList{},
		&corev1.SecretList{}, &corev1.NodeList{}, &corev1.PodList{}, &elbv2.TargetGroupBindingList{}, &elbv2.IngressClassParamsList{},
	} {
		if err := b.client.List(ctx, list); err != nil {
			return err
		}
		items := reflect.ValueOf(list).Elem().FieldByName("Items")
		for i := range items.Len() {
			all = append(all, build.Change{Put: items.Index(i).Addr().Interface()})
		}
	}
	deliver(kube.Batch{First: true, Changes: all})
	for {
		select {
		case <-ctx.Done():
			return nil
		case batch := <-b.feed:
			deliver(batch)
		}
	}
}

func (b *bench) options() Options {
	return Options{
		Client: b.client, Source: b.source, Logger: slog.New(slog.NewTextHandler(b.t.Output(), nil)),
		Cloud: &Cloud{
			ALB: &ingressalb.Options{ClusterName: "test"}, Realizer: b.aws, Lookups: b.aws, Registrar: b.aws,
			GateInterval: 10 * time.Millisecond, LookupRetry: 20 * time.Millisecond,
		},
	}
}

// start runs a controller until the test ends, or until the returned function is called.
func (b *bench) start(o Options) (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	var once sync.Once
	over := make(chan error, 1)
	go func() { over <- Run(ctx, o) }()
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-over:
				if err != nil {
					b.t.Errorf("the controller ended with %v", err)
				}
			case <-time.After(30 * time.Second):
				b.t.Error("the controller does not stop")
			}
		})
	}
	b.t.Cleanup(stop)
	return stop
}

// until waits until something holds.
func (b *bench) until(what string, holds func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t.Fatalf("it never came to be that %s; writes:\n%s\ncalls:\n%s", what, lines(b.writes), lines(b.aws.log()))
}

func lines(list []string) string {
	out := ""
	for _, l := range list {
		out += "  " + l + "\n"
	}
	return out
}

func (b *bench) create(o client.Object) {
	b.t.Helper()
	if err := b.client.Create(b.t.Context(), o); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) delete(o client.Object) {
	b.t.Helper()
	if err := b.client.Delete(b.t.Context(), o); err != nil {
		b.t.Fatal(err)
	}
}

// get reads an object; false when it is not there.
func get[T any, P interface {
	*T
	client.Object
}](b *bench, name string,
) (P, bool) {
	b.t.Helper()
	o := P(new(T))
	err := b.client.Get(b.t.Context(), client.ObjectKey{Namespace: "shop", Name: name}, o)
	if apierrors.IsNotFound(err) {
		return nil, false
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return o, true
}

func (b *bench) change(o client.Object, change func()) {
	b.t.Helper()
	before := o.DeepCopyObject().(client.Object) //nolint:forcetypeassert // a copy is of the same type
	change()
	if err := b.client.Patch(b.t.Context(), o, client.MergeFrom(before)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) bindings() []elbv2.TargetGroupBinding {
	b.t.Helper()
	var list elbv2.TargetGroupBindingList
	if err := b.client.List(b.t.Context(), &list); err != nil {
		b.t.Fatal(err)
	}
	return list.Items
}

func (b *bench) eventsOf(name string) []string {
	b.t.Helper()
	var list corev1.EventList
	if err := b.client.List(b.t.Context(), &list); err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for i := range list.Items {
		if e := &list.Items[i]; e.InvolvedObject.Name == name {
			out = append(out, e.Reason)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fakeAWS is an account with nothing in it that takes everything.
type fakeAWS struct {
	mu    sync.Mutex
	calls []string
	// stacks holds what each stack was realized as last.
	stacks map[StackID]*model.Model
	groups map[string][]model.Target
	// healthy are the targets that pass their checks, by id; refuse is the next error of Realize.
	healthy map[string]bool
	refuse  error
	// withheld is what a policy forbids when a stack goes.
	withheld []string
	// denied is a kind of question that is not answered.
	denied lookup.Kind
	// described is what AWS says of every target group; one for addresses in the cluster's VPC when it is empty.
	described TargetGroup
	// asked are the last registrations, by binding; left is how many targets find no room.
	asked map[objects.Name]Registration
	left  int
}

func (a *fakeAWS) log() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

func (a *fakeAWS) do(format string, args ...any) {
	a.calls = append(a.calls, fmt.Sprintf(format, args...))
}

func (a *fakeAWS) Answer(_ context.Context, questions []lookup.Question) map[lookup.Question]lookup.Answer {
	out := map[lookup.Question]lookup.Answer{}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, q := range questions {
		if q.Kind == a.denied {
			out[q] = lookup.Answer{Err: "access denied"}
			continue
		}
		switch q.Kind {
		case lookup.VPC:
			out[q] = lookup.Answer{VPC: &lookup.Network{ID: "vpc-0a1b2c3d4e5f60718", IPv4CIDRs: []string{"10.42.0.0/16"}}}
		case lookup.Subnets:
			out[q] = lookup.Answer{Subnets: []lookup.Subnet{
				{ID: "subnet-0a00000000000002a", Zone: "ap-northeast-2a", Locale: "availability-zone", FreeAddresses: 100},
				{ID: "subnet-0a00000000000002b", Zone: "ap-northeast-2b", Locale: "availability-zone", FreeAddresses: 100},
			}}
		default:
			out[q] = lookup.Answer{}
		}
	}
	return out
}

func (a *fakeAWS) Realize(_ context.Context, id StackID, desired *model.Model) (Realized, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refuse != nil {
		return Realized{}, a.refuse
	}
	if a.stacks == nil {
		a.stacks = map[StackID]*model.Model{}
	}
	out := Realized{
		LoadBalancers: map[string]LoadBalancer{}, TargetGroups: map[string]string{},
		SecurityGroups: map[string]string{"backend": "sg-0backend"},
	}
	if desired != nil {
		bare := *desired
		bare.TargetGroups = slices.Clone(desired.TargetGroups)
		for i := range bare.TargetGroups {
			bare.TargetGroups[i].Targets = nil
		}
		desired = &bare
	}
	if a.withheld != nil && desired == nil {
		out.Withheld = a.withheld
	}
	if have := a.stacks[id]; !reflect.DeepEqual(have, desired) {
		out.Changes = 1
		a.do("realize %s: %v", id, desired != nil)
	}
	a.stacks[id] = desired
	if desired == nil {
		delete(a.stacks, id)
		return out, nil
	}
	for i := range desired.LoadBalancers {
		lb := &desired.LoadBalancers[i]
		out.LoadBalancers[lb.ID] = LoadBalancer{ARN: "arn:lb/" + lb.Name, DNSName: "Internal-" + lb.Name + ".elb.example"}
	}
	for i := range desired.TargetGroups {
		out.TargetGroups[desired.TargetGroups[i].ID] = "arn:tg/" + desired.TargetGroups[i].Name
	}
	return out, nil
}

func (a *fakeAWS) Reset() {}

func (a *fakeAWS) Register(ctx context.Context, want Registration) (Registered, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := Registered{Healthy: map[Place]bool{}, Left: a.left}
	if a.asked == nil {
		a.asked = map[objects.Name]Registration{}
	}
	a.asked[want.Binding] = want
	var ids []string
	for _, t := range want.Targets {
		ids = append(ids, fmt.Sprintf("%s:%d", t.ID, t.Port))
		out.Healthy[Place{t.ID, t.Port}] = a.healthy[t.ID]
	}
	if !slices.Equal(a.groups[want.ARN], want.Targets) {
		if err := want.Changing(ctx); err != nil {
			return out, err
		}
		out.Changes = 1
		a.do("register %s %v", want.Binding, ids)
	}
	a.groups[want.ARN] = slices.Clone(want.Targets)
	return out, nil
}

func (a *fakeAWS) Allow(context.Context, Registration) (bool, error) { return true, nil }

func (a *fakeAWS) Complete(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.do("complete")
	return nil
}

func (a *fakeAWS) Clean(_ context.Context, last Registration) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.groups, last.ARN)
	a.do("clean %s", last.Binding)
	return nil
}

func (a *fakeAWS) Describe(_ context.Context, want Registration) (TargetGroup, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.described != (TargetGroup{}) {
		return a.described, nil
	}
	return TargetGroup{
		ARN: "arn:tg/" + want.Name, Type: model.TargetIP, Protocol: model.TargetHTTP, IPAddressType: model.IPv4,
		VPC: "vpc-0a1b2c3d4e5f60718",
	}, nil
}

// registered lists the target ids of the only group that has targets.
func (a *fakeAWS) registered() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for _, arn := range slices.Sorted(maps.Keys(a.groups)) {
		for _, t := range a.groups[arn] {
			out = append(out, t.ID)
		}
	}
	return out
}

func (a *fakeAWS) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

// Objects of a small shop.

func albClass() *networkingv1.IngressClass {
	return &networkingv1.IngressClass{
		ObjectMeta: metav1.ObjectMeta{Name: "alb"}, Spec: networkingv1.IngressClassSpec{Controller: ingressalb.Controller},
	}
}

func ingress(name, class string, annotations map[string]string) *networkingv1.Ingress {
	exact := networkingv1.PathTypePrefix
	all := map[string]string{"alb.ingress.kubernetes.io/target-type": "ip"}
	maps.Copy(all, annotations)
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Annotations: all},
		Spec: networkingv1.IngressSpec{
			IngressClassName: &class,
			Rules: []networkingv1.IngressRule{{
				Host: name + ".example",
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
					Paths: []networkingv1.HTTPIngressPath{{
						Path: "/", PathType: &exact,
						Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
							Name: "web", Port: networkingv1.ServiceBackendPort{Number: 80},
						}},
					}},
				}},
			}},
		},
	}
}

func webService() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "uid-of-web"},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}, ClusterIP: "10.96.0.9"},
	}
}

// endpoints is the slice of web with these addresses; those in notReady are not ready. The pod of 10.42.64.33 is web-33.
func endpoints(addresses []string, notReady ...string) *discoveryv1.EndpointSlice {
	port := int32(8080)
	s := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "shop", Name: "web-1", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
		AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Port: &port}},
	}
	for _, a := range addresses {
		ready := !slices.Contains(notReady, a)
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{a}, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: "web-" + a[len(a)-2:]},
		})
	}
	return s
}
