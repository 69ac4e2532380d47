package kube

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// SecretsWorthReading leaves out the types of Secrets that never hold a certificate, a user list or an OpenID client, and
// that make up most of a cluster's Secrets: releases of Helm, tokens, pull secrets. What is left is held in memory with
// its data, whether an Ingress refers to it or not: about 5 KB for a certificate with its key.
const SecretsWorthReading = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token," +
	"type!=kubernetes.io/dockerconfigjson,type!=kubernetes.io/dockercfg,type!=bootstrap.kubernetes.io/token"

// WatchOptions say what is watched and at which pace changes are passed on.
type WatchOptions struct {
	Client client.WithWatch
	// Namespace limits the kinds that have one to it; empty for all.
	Namespace string
	// Cloud adds the kinds that only load balancers of AWS need: Nodes, Pods, Namespaces and our custom resources.
	Cloud bool
	// ConfigMaps are those that are read; others are not watched.
	ConfigMaps []objects.Name
	// Secrets is a field selector; SecretsWorthReading when empty, "none" for all Secrets.
	Secrets string
	// SecretLabels are labels that Secrets must have as well; empty takes all.
	SecretLabels map[string]string
	// Quiet is how long nothing must have changed before changes are passed on, 100 ms by default; Ceiling is how long
	// they are held back at most, 1 s by default.
	Quiet, Ceiling time.Duration
	Logger         *slog.Logger
}

// Watch follows objects and delivers what changes, in batches and from one goroutine, until ctx ends. The first batch
// comes when everything has been read. An error means that it could not begin.
func Watch(ctx context.Context, o WatchOptions, deliver func(Batch)) error {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	g := newGatherer(o.Quiet, o.Ceiling)
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	var synced []cache.DoneChecker
	var kinds []string
	for _, k := range o.kinds() {
		if err := o.check(ctx, k); err != nil {
			return err
		}
		c := k.informer(&o, g)
		running.Go(func() { c.RunWithContext(ctx) })
		synced = append(synced, c.HasSyncedChecker())
		kinds = append(kinds, k.name())
	}
	for i, s := range synced {
		if err := o.wait(ctx, s, kinds[i]); err != nil {
			return nil //nolint:nilerr // ctx has ended, which is how watching ends
		}
	}
	g.run(ctx, deliver)
	return nil
}

// wait waits until a kind has been read, and says so when that takes long.
func (o *WatchOptions) wait(ctx context.Context, s cache.DoneChecker, kind string) error {
	slow := time.NewTicker(10 * time.Second)
	defer slow.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.Done():
			return nil
		case <-slow.C:
			o.Logger.Warn("still reading objects for the first time", "kind", kind)
		}
	}
}

// check finds out whether the API server has a kind at all. Waiting for a kind that is not there would take forever.
func (o *WatchOptions) check(ctx context.Context, k watchedKind) error {
	gvk, err := o.Client.GroupVersionKindFor(k.object)
	if err != nil {
		return err
	}
	if gvk.Group != elbv2.Group {
		return nil
	}
	list := k.list()
	err = o.Client.List(ctx, list, client.Limit(1))
	var noKind *meta.NoKindMatchError
	var noResource *meta.NoResourceMatchError
	if errors.As(err, &noKind) || errors.As(err, &noResource) {
		return fmt.Errorf("the cluster does not know the kind %s of %s: apply config/crd, or start with --install-crds", gvk.Kind, gvk.GroupVersion())
	}
	return nil // any other trouble may pass; the watch tries again and says so
}

// watchedKind is one kind that is watched.
type watchedKind struct {
	object client.Object
	list   func() client.ObjectList
	// namespace and fields narrow the watch; nil and empty are everything.
	namespace string
	fields    fields.Selector
	labels    labels.Selector
}

func (k *watchedKind) name() string { return reflect.TypeOf(k.object).Elem().Name() }

func (o *WatchOptions) kinds() []watchedKind {
	out := []watchedKind{
		{object: &networkingv1.Ingress{}, list: func() client.ObjectList { return &networkingv1.IngressList{} }, namespace: o.Namespace},
		{object: &networkingv1.IngressClass{}, list: func() client.ObjectList { return &networkingv1.IngressClassList{} }},
		{object: &corev1.Service{}, list: func() client.ObjectList { return &corev1.ServiceList{} }, namespace: o.Namespace},
		{object: &discoveryv1.EndpointSlice{}, list: func() client.ObjectList { return &discoveryv1.EndpointSliceList{} }, namespace: o.Namespace},
		{object: &corev1.Secret{}, list: func() client.ObjectList { return &corev1.SecretList{} }, namespace: o.Namespace, fields: o.secrets(), labels: o.secretLabels()},
	}
	for _, n := range o.ConfigMaps {
		out = append(out, watchedKind{
			object: &corev1.ConfigMap{}, list: func() client.ObjectList { return &corev1.ConfigMapList{} }, namespace: n.Namespace,
			fields: fields.OneTermEqualSelector(metav1.ObjectNameField, n.Name),
		})
	}
	if !o.Cloud {
		return out
	}
	return append(out,
		watchedKind{object: &corev1.Node{}, list: func() client.ObjectList { return &corev1.NodeList{} }},
		watchedKind{object: &corev1.Pod{}, list: func() client.ObjectList { return &corev1.PodList{} }, namespace: o.Namespace},
		watchedKind{object: &corev1.Namespace{}, list: func() client.ObjectList { return &corev1.NamespaceList{} }},
		watchedKind{object: &elbv2.IngressClassParams{}, list: func() client.ObjectList { return &elbv2.IngressClassParamsList{} }},
		watchedKind{object: &elbv2.TargetGroupBinding{}, list: func() client.ObjectList { return &elbv2.TargetGroupBindingList{} }, namespace: o.Namespace},
	)
}

func (o *WatchOptions) secrets() fields.Selector {
	switch o.Secrets {
	case "none":
		return nil
	case "":
		return fields.ParseSelectorOrDie(SecretsWorthReading)
	}
	return fields.ParseSelectorOrDie(o.Secrets)
}

func (o *WatchOptions) secretLabels() labels.Selector {
	if len(o.SecretLabels) == 0 {
		return nil
	}
	return labels.SelectorFromSet(o.SecretLabels)
}

// informer makes the informer of a kind; what it sees goes to g.
func (k *watchedKind) informer(o *WatchOptions, g *gatherer) cache.Controller {
	lw := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			list := k.list()
			return list, o.Client.List(ctx, list, k.narrowed(options))
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return o.Client.Watch(ctx, k.list(), k.narrowed(options))
		},
	}
	_, c := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: cache.ToListWatcherWithWatchListSemantics(lw, o.Client),
		ObjectType:    k.object,
		Transform:     trim,
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc: func(now any) { put(g, now) },
			UpdateFunc: func(before, now any) {
				if !unchanged(before, now) {
					put(g, now)
				}
			},
			DeleteFunc: func(last any) { gone(g, k.object, last) },
		},
	})
	return c
}

func (k *watchedKind) narrowed(options metav1.ListOptions) *client.ListOptions {
	return &client.ListOptions{
		Namespace: k.namespace, FieldSelector: k.fields, LabelSelector: k.labels, Limit: options.Limit, Continue: options.Continue, Raw: &options,
	}
}

func put(g *gatherer, object any) {
	if k, ok := objects.KeyOf(object); ok {
		g.add(k, build.Change{Put: object})
	}
}

// gone notes a deletion. When it was missed, only the name of the object is known.
func gone(g *gatherer, of client.Object, last any) {
	if missed, ok := last.(cache.DeletedFinalStateUnknown); ok {
		namespace, name, err := cache.SplitMetaNamespaceKey(missed.Key)
		if err != nil {
			return
		}
		named := of.DeepCopyObject().(client.Object) //nolint:forcetypeassert // a copy is of the same type
		named.SetNamespace(namespace)
		named.SetName(name)
		last = named
	}
	if k, ok := objects.KeyOf(last); ok {
		g.add(k, build.Change{Delete: k})
	}
}

// unchanged says whether an update changed nothing that anybody reads. Pods, Nodes and EndpointSlices are updated far more
// often than what is left of them changes.
func unchanged(before, now any) bool {
	switch b := now.(type) {
	case *corev1.Pod:
		a := before.(*corev1.Pod) //nolint:forcetypeassert // both are of the informer's type
		return sameMeta(&a.ObjectMeta, &b.ObjectMeta) && reflect.DeepEqual(a.Spec, b.Spec) && reflect.DeepEqual(a.Status, b.Status)
	case *corev1.Node:
		a := before.(*corev1.Node) //nolint:forcetypeassert // both are of the informer's type
		return sameMeta(&a.ObjectMeta, &b.ObjectMeta) && reflect.DeepEqual(a.Spec, b.Spec) && reflect.DeepEqual(a.Status, b.Status)
	case *corev1.Namespace:
		a := before.(*corev1.Namespace) //nolint:forcetypeassert // both are of the informer's type
		return sameMeta(&a.ObjectMeta, &b.ObjectMeta)
	case *discoveryv1.EndpointSlice:
		a := before.(*discoveryv1.EndpointSlice) //nolint:forcetypeassert // both are of the informer's type
		return sameMeta(&a.ObjectMeta, &b.ObjectMeta) && reflect.DeepEqual(a.Endpoints, b.Endpoints) && reflect.DeepEqual(a.Ports, b.Ports)
	}
	return false
}
