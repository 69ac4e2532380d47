package laptop

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"

	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// fieldManager is who server-side applied fields of manifests belong to.
const fieldManager = "gwanmun-local"

// applier applies manifests, as `kubectl apply --server-side` does.
type applier struct {
	client dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
	// applied is what was applied last, so that files that did not change cost nothing.
	applied map[string][]byte
}

// newApplier makes an applier that tells what the API server warns of.
func newApplier(config *rest.Config, out io.Writer) (*applier, error) {
	telling := rest.CopyConfig(config)
	telling.WarningHandler = &warnings{out: out, told: map[string]bool{}}
	client, err := dynamic.NewForConfig(telling)
	if err != nil {
		return nil, err
	}
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	return &applier{
		client: client, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(found)),
		applied: map[string][]byte{},
	}, nil
}

// document is one object of a file.
type document struct {
	file   string
	number int
	object *unstructured.Unstructured
}

func (d *document) String() string {
	name := d.object.GetName()
	if ns := d.object.GetNamespace(); ns != "" {
		name = ns + "/" + name
	}
	return d.object.GetKind() + " " + name
}

// apply applies what is new or different in the files. Namespaces and classes go first, since the others need them; what
// cannot be applied does not keep the others from it. loaded holds the objects that file mode reads, for kinds whose API version is
// retired: they are applied in the version of today.
func (a *applier) apply(ctx context.Context, sources []string, loaded *manifest.Loaded) (applied []string, problems []error) {
	docs, problems := read(sources)
	slices.SortStableFunc(docs, func(x, y document) int { return cmp.Compare(rank(x.object), rank(y.object)) })
	for i := range docs {
		d := &docs[i]
		done, err := a.one(ctx, d, loaded)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", d.file, d, err))
			continue
		}
		if done {
			applied = append(applied, d.String())
		}
	}
	return applied, problems
}

// rank orders kinds by what needs what.
func rank(o *unstructured.Unstructured) int {
	switch o.GetKind() {
	case "Namespace":
		return 0
	case "CustomResourceDefinition":
		return 1
	case "IngressClass", "IngressClassParams", "ServiceAccount", "ConfigMap", "Secret":
		return 2
	case "Ingress":
		return 4
	}
	return 3
}

// read decodes all documents of the files.
func read(sources []string) (docs []document, problems []error) {
	for _, file := range manifest.Files(sources, manifest.Limits{}) {
		data, err := os.ReadFile(file) //nolint:gosec // the user names the files
		if err != nil {
			problems = append(problems, err)
			continue
		}
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
		for number := 1; ; number++ {
			o := &unstructured.Unstructured{}
			err := decoder.Decode(&o.Object)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: document %d: %w", file, number, err))
				break // the decoder cannot find the next document
			}
			if len(o.Object) == 0 {
				continue
			}
			found := []*unstructured.Unstructured{o}
			if o.IsList() {
				found = items(o)
			}
			for _, o := range found {
				if o.GetKind() == "" || o.GetAPIVersion() == "" || o.GetName() == "" {
					problems = append(problems, fmt.Errorf("%s: document %d (%s %s) is no object: it lacks apiVersion, kind or metadata.name",
						file, number, o.GetKind(), o.GetName()))
					continue
				}
				docs = append(docs, document{file, number, o})
			}
		}
	}
	return docs, problems
}

// items are the objects of a List.
func items(list *unstructured.Unstructured) (out []*unstructured.Unstructured) {
	_ = list.EachListItem(func(item runtime.Object) error { // the function returns no error
		if u, ok := item.(*unstructured.Unstructured); ok {
			out = append(out, u)
		}
		return nil
	})
	return out
}

// one applies an object unless it was applied as it is; it says whether it did.
func (a *applier) one(ctx context.Context, d *document, loaded *manifest.Loaded) (bool, error) {
	o := d.object
	mapping, err := a.mapping(o)
	if meta.IsNoMatchError(err) {
		if o = today(d, loaded); o == nil {
			return false, fmt.Errorf("the API server does not know %s %s; is a CustomResourceDefinition missing?", d.object.GetAPIVersion(), d.object.GetKind())
		}
		mapping, err = a.mapping(o)
	}
	if err != nil {
		return false, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace && o.GetNamespace() == "" {
		o.SetNamespace(metav1.NamespaceDefault)
	}
	text, err := o.MarshalJSON()
	if err != nil {
		return false, err
	}
	key := o.GroupVersionKind().GroupKind().String() + " " + o.GetNamespace() + "/" + o.GetName()
	if bytes.Equal(a.applied[key], text) {
		return false, nil
	}
	resource := a.client.Resource(mapping.Resource)
	options := metav1.ApplyOptions{FieldManager: fieldManager, Force: true}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		_, err = resource.Namespace(o.GetNamespace()).Apply(ctx, o.GetName(), o, options)
	} else {
		_, err = resource.Apply(ctx, o.GetName(), o, options)
	}
	if err != nil {
		return false, err
	}
	a.applied[key] = text
	return true, nil
}

// mapping finds the resource of an object's kind; it asks the server again for kinds that are new to it.
func (a *applier) mapping(o *unstructured.Unstructured) (*meta.RESTMapping, error) {
	kind := o.GroupVersionKind()
	m, err := a.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		a.mapper.Reset()
		m, err = a.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	return m, err
}

// today is the object of a retired API version as file mode reads it, in the version that is served now; nil when file mode
// does not know it.
func today(d *document, loaded *manifest.Loaded) *unstructured.Unstructured {
	if loaded == nil {
		return nil
	}
	namespace := cmp.Or(d.object.GetNamespace(), metav1.NamespaceDefault)
	found, ok := loaded.Find(objects.Key{
		Kind: objects.Kind(d.object.GetKind()), Name: objects.Name{Namespace: namespace, Name: d.object.GetName()},
	})
	if !ok {
		return nil
	}
	value, ok := found.Value.(runtime.Object)
	if !ok {
		return nil
	}
	kinds, _, err := scheme.Scheme.ObjectKinds(value)
	if err != nil || len(kinds) == 0 {
		return nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(value)
	if err != nil {
		return nil
	}
	out := &unstructured.Unstructured{Object: content}
	out.SetGroupVersionKind(kinds[0])
	unstructured.RemoveNestedField(out.Object, "status")
	for _, made := range []string{"creationTimestamp", "uid", "resourceVersion", "generation"} {
		unstructured.RemoveNestedField(out.Object, "metadata", made) // the API server gives them
	}
	return out
}

// warnings tells each warning of the API server once.
type warnings struct {
	out io.Writer

	mu   sync.Mutex
	told map[string]bool
}

// HandleWarningHeader is called for every warning of an answer.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if text == "" || w.told[text] {
		return
	}
	w.told[text] = true
	_, _ = fmt.Fprintln(w.out, "the API server warns:", text) // nothing can be done about a terminal that is gone
}
