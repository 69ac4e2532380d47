package ingressalb

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// tellRest says what else is wrong with a member that is left out: whoever mends one mistake should not meet the next one
// afterwards. Values that nobody has come to read are checked by themselves, and what only shows when members are brought
// together is found by bringing this one together with nobody.
func (w *work) tellRest(m *member) {
	w.tellInvalid(m.object, annotation.Ingress, m.ing.Annotations, paramsLayer(m.params), &m.found)
	for _, n := range objects.ServicesOf(m.ing) {
		if svc := w.set.Service(n); svc != nil {
			w.tellInvalid(objects.Key{Kind: objects.KindService, Name: n}.Object(), annotation.Service, svc.Annotations, nil, &m.found)
		}
	}
	alone := &work{
		Builder: w.Builder, set: w.set, questions: &elb.Questions{Table: w.questions.Table}, group: w.group,
	}
	alone.join([]*member{m}) // what comes of it is not served
	w.found.Append(alone.found.Sorted()...)
	m.served = nil
}

// tellInvalid reports the values of an object's annotations that cannot be read, in the words of their readers. Those that
// a layer above takes the place of have no effect, and nothing is said about them.
func (b *Builder) tellInvalid(object diag.Object, kind annotation.Kind, values map[string]string, above []annotation.Layer, into *diag.Collector) {
	for _, f := range b.registry.Examine(values) {
		e := f.Key.Declaration()
		if f.Err == nil || !slices.Contains(e.Kinds, kind) || hidden(e, above) {
			continue
		}
		into.Add(diag.AnnotationInvalid, object, annotation.FieldOf(f.Name), diag.A("key", f.Name), diag.A("value", f.Raw),
			diag.A("expected", f.Key.Expected()), diag.A("reason", f.Err), diag.A("example", e.Example),
			diag.A("consequence", e.OnInvalid))
	}
}

func hidden(e *annotation.Entry, above []annotation.Layer) bool {
	return slices.ContainsFunc(above, func(l annotation.Layer) bool {
		_, set := l.Values[e.ParamsField]
		return set && e.ParamsField != ""
	})
}
