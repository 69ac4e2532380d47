package testkit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/build/servicenlb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/testkit/selfsigned"
)

// selfMade is the certificate that class nginx serves for names without one, the same for all cases.
var selfMade = sync.OnceValues(func() (c pair, err error) {
	c.chain, c.key, err = selfsigned.Certificate("self-made.example")
	return c, err
})

// pair is a certificate with its key.
type pair struct{ chain, key []byte }

// maxPasses is how often a build may ask for more lookups.
const maxPasses = 4

// world is everything that a case has built so far.
type world struct {
	options Options
	state   *build.State
	cloud   *cloud
	answers map[lookup.Question]lookup.Answer
	// put are the objects that exist, in the order of their last change, to build the same world again.
	put []any
	// read are the diagnostics of reading the last step's input.
	read []diag.Diagnostic
	// results are what the last step's changes led to, in order.
	results []build.Result
}

func newWorld(o Options) (*world, error) {
	state, err := newState(o)
	if err != nil {
		return nil, err
	}
	w := &world{options: o, state: state, answers: map[lookup.Question]lookup.Answer{}}
	if w.cloud, err = readCloud(""); err != nil {
		return nil, err
	}
	w.results = []build.Result{w.state.Rebuild()}
	w.apply(surroundings(o), nil)
	return w, nil
}

func newState(o Options) (*build.State, error) {
	nginx, err := builderOptions[ingressnginx.Options](o.Nginx)
	if err != nil {
		return nil, fmt.Errorf("option nginx: %w", err)
	}
	made, err := selfMade()
	if err != nil {
		return nil, err
	}
	nginx.SelfMade.Chain, nginx.SelfMade.Key = made.chain, made.key
	alb, err := builderOptions[ingressalb.Options](o.ALB)
	if err != nil {
		return nil, fmt.Errorf("option alb: %w", err)
	}
	alb.ClusterName = o.cluster()
	nlb, err := builderOptions[servicenlb.Options](o.NLB)
	if err != nil {
		return nil, fmt.Errorf("option nlb: %w", err)
	}
	nlb.ClusterName = o.cluster()
	if _, given := o.NLB["External"]; !given {
		nlb.External = true // only AWS realizes network load balancers of a cluster
	}
	in := build.Input{Objects: objects.NewSet()}
	return build.NewState(in, binding.Targets, ingressnginx.New(nginx), ingressalb.New(alb), servicenlb.New(nlb)), nil
}

// step carries out a step's changes.
func (w *world) step(s *Step) error {
	if s.Has(sectionLookups) {
		c, err := readCloud(s.Text(sectionLookups))
		if err != nil {
			return fmt.Errorf("%s: %w", sectionLookups, err)
		}
		w.cloud = c
	}
	if s.Number > 1 {
		w.results = nil
	}
	if s.Has(sectionLookups) {
		for q := range w.answers {
			w.answers[q] = w.cloud.answer(q)
		}
		w.results = append(w.results, w.state.SetLookups(lookup.NewTable(maps.Clone(w.answers))))
	}
	loaded, err := load(s.Text(sectionInput), w.options)
	if err != nil {
		return fmt.Errorf("%s: %w", sectionInput, err)
	}
	w.read = loaded.Diagnostics
	var put []any
	for _, o := range loaded.Objects {
		put = append(put, o.Value)
	}
	var gone []objects.Key
	for _, line := range strings.Split(strings.TrimSpace(s.Text(sectionDelete)), "\n") {
		if line == "" {
			continue
		}
		k, err := parseKey(line)
		if err != nil {
			return fmt.Errorf("%s: %w", sectionDelete, err)
		}
		gone = append(gone, k)
	}
	w.apply(put, gone)
	return nil
}

// apply puts and deletes objects, gives endpoints to Services that have none, and answers the lookups that builds ask for.
func (w *world) apply(put []any, gone []objects.Key) {
	var changes []build.Change
	for _, k := range gone {
		changes = append(changes, build.Change{Delete: k})
		if k.Kind == objects.KindService {
			slice := objects.Key{Kind: objects.KindEndpointSlice, Name: objects.Name{Namespace: k.Namespace, Name: k.Name.Name + "-case"}}
			changes = append(changes, build.Change{Delete: slice})
		}
		w.forget(k)
	}
	for _, o := range put {
		if k, ok := objects.KeyOf(o); ok {
			changes = append(changes, build.Change{Put: o})
			w.forget(k)
			w.put = append(w.put, o)
		}
		if s, ok := o.(*corev1.Service); ok && s.Spec.Type != corev1.ServiceTypeExternalName && !w.hasSlices(s, put) {
			slice := endpoints(s, w.options)
			k, _ := objects.KeyOf(slice)
			w.forget(k)
			w.put = append(w.put, slice)
			changes = append(changes, build.Change{Put: slice})
		}
	}
	w.results = append(w.results, w.state.Apply(changes...))
	w.ask()
}

// ask answers open questions until there are none.
func (w *world) ask() {
	for range maxPasses {
		missing := w.state.Missing()
		if len(missing) == 0 {
			return
		}
		for _, q := range missing {
			w.answers[q] = w.cloud.answer(q)
		}
		w.results = append(w.results, w.state.SetLookups(lookup.NewTable(maps.Clone(w.answers))))
	}
}

func (w *world) forget(k objects.Key) {
	w.put = slices.DeleteFunc(w.put, func(o any) bool {
		have, _ := objects.KeyOf(o)
		return have == k
	})
}

// hasSlices says whether somebody wrote EndpointSlices for a Service: then none are made for it.
func (w *world) hasSlices(s *corev1.Service, put []any) bool {
	name := objects.Name{Namespace: s.Namespace, Name: s.Name}
	for _, o := range put {
		if slice, ok := o.(*discoveryv1.EndpointSlice); ok && slice.Namespace == s.Namespace && slice.Labels[discoveryv1.LabelServiceName] == s.Name {
			return true
		}
	}
	for _, slice := range w.state.Objects().EndpointSlicesOf(name) {
		if slice.Name != s.Name+"-case" {
			return true
		}
	}
	return false
}

// model is the joined model as cases hold it.
func (w *world) model() string {
	return string(model.Print(shown(w.state.Model(), w.options.Show), model.ForCases()))
}

// wholeModel is the joined model with nothing left out.
func (w *world) wholeModel() string { return string(model.Print(w.state.Model(), model.ForCases())) }

// diagnostics lists what users are told: "LEVEL CODE OBJECT FIELD", one on a line.
func (w *world) diagnostics() string {
	var c diag.Collector
	c.Append(w.read...)
	c.Append(w.state.Diagnostics()...)
	return diagnosticLines(c.Sorted())
}

func diagnosticLines(ds []diag.Diagnostic) string {
	var b strings.Builder
	last := ""
	for _, d := range ds {
		line := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", d.Level, d.Code, d.Object, d.Field)) + "\n"
		if line != last {
			b.WriteString(line)
		}
		last = line
	}
	return b.String()
}

// again builds the same objects from nothing, in reverse order.
func (w *world) again() (*world, error) {
	state, err := newState(w.options)
	if err != nil {
		return nil, err
	}
	fresh := &world{options: w.options, state: state, cloud: w.cloud, answers: map[lookup.Question]lookup.Answer{}, read: w.read}
	for _, o := range slices.Backward(w.put) {
		fresh.state.Objects().Put(o)
	}
	fresh.state.Rebuild()
	fresh.ask()
	return fresh, nil
}
